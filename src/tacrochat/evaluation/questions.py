"""Labelled questions, read from JSON lines.

``{"id", "question", "history": [str]?, "answerable": bool | null, "kind": str?,
"document": str?, "start": int?, "end": int?, "answers": [str],
"also": [[document, start, end], …]?}``. A quote is right when it overlaps
``document[start:end]`` (or one of the places in ``also``), or, without offsets,
contains one of ``answers``. If ``answerable`` is null, nobody has said yet whether
the documents answer: the question is not measured.
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
    """Read a labelled set, without the questions that have no label yet; see ``read_set``."""
    return read_set(path)[0]


def read_set(path: Path) -> tuple[list[Question], int]:
    """Read a labelled set, and count the questions without a label.

    Of the lines with a ``verdict``, which a page has written, the last one with an id counts.

    Raises:
        TacrochatError: a line is not a labelled question; names the line.

    """
    questions: dict[object, Question | None] = {}
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise TacrochatError(f"{path} cannot be read ({error}); name a JSON-lines file") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            key = str(record["id"]) if "verdict" in record else number
            questions[key] = _question(record, number)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise TacrochatError(
                f"{path}, line {number}: not a labelled question ({error}); see docs/evaluation.md"
            ) from error
    labelled = [question for question in questions.values() if question]
    if not labelled:
        what = "questions with a label" if questions else "questions"
        raise TacrochatError(f"{path} holds no {what}; see docs/evaluation.md")
    return labelled, len(questions) - len(labelled)


def _question(record: dict[str, Any], number: int) -> Question | None:
    """Return a question, None if it has no label yet."""
    places = [(str(d), int(a), int(b)) for d, a, b in record.get("also", ())]
    if record.get("document") is not None and record.get("start") is not None:
        places.insert(0, (record["document"], int(record["start"]), int(record["end"])))
    answerable = record["answerable"]
    if not isinstance(answerable, bool | None):
        raise TypeError("'answerable' is not true, false or null")
    if not str(record["question"]).strip():
        raise ValueError("the question is empty")
    if answerable is None:
        return None
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
