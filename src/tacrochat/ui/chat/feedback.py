"""Thumbs up and down, kept as labelled questions in a file that ``tacrochat eval`` reads."""

import json
import os
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tacrochat.answering.answer import Answer

_lock = threading.Lock()
UNKNOWN = "(fill in the words that answer this)"
"""Stands for the answer that a reader says is in the documents."""


def labelled_question(answer: Answer, history: Sequence[str], *, liked: bool) -> dict[str, Any]:
    """Return an answer with a thumb up or down as a labelled question.

    A thumb up for quotes says that the first quote is right; a thumb down, that
    the documents do not answer. A thumb up for "The sources do not say" says the
    same; a thumb down, that they do answer, in words to be filled in.
    """
    is_answer = answer.status in {"answered", "uncertain"}
    record: dict[str, Any] = {
        "id": datetime.now(UTC).strftime("feedback-%Y%m%dT%H%M%S%f"),
        "question": answer.question,
        "history": list(history),
        "answerable": is_answer == liked,
        "kind": "liked" if liked else "disliked",
        "answers": [],
    }
    if is_answer and liked:
        quote = answer.quotes[0]
        spans = quote.highlights or ((quote.start, quote.end),)
        record |= {
            "document": quote.document,
            "start": quote.start,
            "end": quote.end,
            "answers": [quote.text[a - quote.start : b - quote.start] for a, b in spans],
        }
    elif record["answerable"]:
        record["answers"] = [UNKNOWN]
    return record


def append(path: Path, record: dict[str, Any]) -> None:
    """Append a record as a line; the file can be read by its owner only."""
    data = json.dumps(record, ensure_ascii=False) + "\n"
    with _lock:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(data)
