"""Labelled questions, read from JSON lines.

``{"id", "question", "history": [str]?, "answerable": bool, "kind": str?,
"document": str?, "start": int?, "end": int?, "answers": [str],
"also": [[document, start, end], …]?}``. A quote is right when it overlaps
``document[start:end]`` (or one of the places in ``also``), or, without offsets,
contains one of ``answers``.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tacrochat.errors import TacrochatError
from tacrochat.types import Quote


@dataclass(frozen=True, slots=True)
class Question:
    """One labelled question; ``places`` are (document, start, end)."""

    id: str
    text: str
    history: tuple[str, ...]
    answerable: bool
    kind: str
    places: tuple[tuple[str, int, int], ...]
    answers: tuple[str, ...]

    def is_right(self, quote: Quote) -> bool:
        """Tell whether a quote holds the answer."""
        if not self.answerable:
            return False
        if self.places:
            return any(
                quote.document == document and quote.start < end and start < quote.end
                for document, start, end in self.places
            )
        return any(answer in quote.text for answer in self.answers)


def read_questions(path: Path) -> list[Question]:
    """Read a labelled set.

    Raises:
        TacrochatError: a line is not a labelled question; names the line.

    """
    questions = []
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise TacrochatError(f"{path} cannot be read ({error}); name a JSON-lines file") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            questions.append(_question(json.loads(line), number))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise TacrochatError(
                f"{path}, line {number}: not a labelled question ({error}); see docs/evaluation.md"
            ) from error
    if not questions:
        raise TacrochatError(f"{path} holds no questions; see docs/evaluation.md")
    return questions


def _question(record: dict[str, Any], number: int) -> Question:
    places = [(str(d), int(a), int(b)) for d, a, b in record.get("also", ())]
    if record.get("document") is not None and record.get("start") is not None:
        places.insert(0, (record["document"], int(record["start"]), int(record["end"])))
    answerable = record["answerable"]
    if not isinstance(answerable, bool):
        raise TypeError("'answerable' is not true or false")
    if not str(record["question"]).strip():
        raise ValueError("the question is empty")
    if answerable and not places and not record.get("answers"):
        raise ValueError("an answerable question needs a place or an answer")
    return Question(
        id=str(record.get("id", number)),
        text=str(record["question"]),
        history=tuple(record.get("history") or ()),
        answerable=answerable,
        kind=str(record.get("kind") or ("answerable" if answerable else "unanswerable")),
        places=tuple(places),
        answers=tuple(record.get("answers") or ()),
    )
