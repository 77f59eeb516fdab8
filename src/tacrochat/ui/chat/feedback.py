"""Right, wrong, missing: what readers say about answers, in a file that ``tacrochat eval`` reads.

A line is a labelled question where the reader's word settles the label, and has
``"answerable": null`` where somebody has to look into the documents first.
"""

import errno
import hashlib
import json
import os
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from tacrochat.answering.answer import Answer
from tacrochat.ui.turns import Turn

Verdict = Literal["right", "wrong", "missing"]

_MAX_BYTES = 16_000_000  # of a file; about ten thousand lines
_MAX_CHARS = 2_000  # of a text that is kept
_MAX_HISTORY = 20  # earlier questions that are kept, the last ones
_lock = threading.Lock()


def file_of(library: str) -> Path:
    """Return the file for the feedback about a library, in the folder where the server was started."""
    return Path(f"feedback-{library}.jsonl" if library else "feedback.jsonl")


def verdict_of(liked: object) -> Verdict | None:
    """Read what Gradio says was clicked: a thumb, our own third choice, or "" if it was taken back."""
    if isinstance(liked, bool):
        return "right" if liked else "wrong"
    return "missing" if liked else None


def labelled_question(
    turn: Turn, history: Sequence[str], verdict: Verdict | None, session: str
) -> dict[str, Any]:
    """Return what a reader says about an answer as a labelled question.

    "Right" about quotes says that the first one answers; about "The sources do not say", that
    they do not. "Wrong" and "missing" say nothing certain about what the documents
    hold: ``answerable`` is None. The id is that of the session's question, so that a
    later line replaces an earlier one; ``verdict`` None takes it back.
    """
    answer = turn.answer
    is_answer = answer.status in {"answered", "uncertain"}
    asked = [text[:_MAX_CHARS] for text in history[-_MAX_HISTORY:]]
    key = json.dumps([session, answer.question, asked])
    record: dict[str, Any] = {
        "id": f"feedback-{hashlib.sha256(key.encode()).hexdigest()[:16]}",
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "verdict": verdict,
        "status": answer.status,
        "question": answer.question[:_MAX_CHARS],
        "history": asked,
        "answerable": is_answer if verdict == "right" else None,
        "kind": "feedback",
        "answers": [],
        "quoted": [[quote.document, turn.digests.get(quote.document, "")] for quote in answer.quotes],
    }
    return record | _place(answer) if is_answer and verdict == "right" else record


def _place(answer: Answer) -> dict[str, Any]:
    quote = answer.quotes[0]
    spans = quote.highlights or ((quote.start, quote.end),)
    texts = [quote.text[a - quote.start : b - quote.start][:_MAX_CHARS] for a, b in spans]
    return {"document": quote.document, "start": quote.start, "end": quote.end, "answers": texts}


def append(path: Path, record: dict[str, Any]) -> None:
    """Append a record as a line, whole or not at all; the file can be read by its owner only.

    Raises:
        OSError: it cannot be written, or is as large as it may get.

    """
    # ASCII only: what a reader typed controls no terminal in which the file is shown.
    data = (json.dumps(record) + "\n").encode("ascii")
    with _lock:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            size = os.fstat(handle).st_size
            if size + len(data) > _MAX_BYTES:
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
            if os.write(handle, data) < len(data):  # the disk is full
                os.ftruncate(handle, size)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            os.close(handle)
