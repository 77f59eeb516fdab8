"""What a log of ``tacrochat serve`` and a file of feedback say was asked: what ``report`` sums up."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tacrochat.errors import TacrochatError

_LONGEST = 1_000_000  # characters of a line; longer ones are not of ours


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was asked; ``text`` is "" if the log has no texts.

    ``quoted`` are the documents of the quotes, each with the start of its digest at
    that time ("" if it is not known). ``verdict`` is what a reader said: right, wrong
    or missing, "" for nothing.
    """

    text: str
    status: str
    quoted: tuple[tuple[str, str], ...] = ()
    verdict: str = ""


def feedback(path: Path) -> list[Asked]:
    """Read a file of feedback; of the lines with the same id the last one counts.

    Raises:
        TacrochatError: it cannot be read, or a line is no feedback; names the line.

    """
    lines: dict[object, Asked | None] = {}
    for number, line in _lines(path, "feedback"):
        try:
            record = json.loads(line)
            lines[str(record.get("id", number))] = _judged(record)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise TacrochatError(
                f"{path}, line {number}: not feedback of the page ({error}); correct or delete the line"
            ) from error
    return [question for question in lines.values() if question]


def logged(path: Path, library: str | None) -> list[Asked]:
    """Read the questions in a log: of one library, or of all (None). Other lines are passed over.

    Raises:
        TacrochatError: it cannot be read.

    """
    asked = []
    for _, line in _lines(path, "log"):
        try:
            record = json.loads(line)
            if record["event"] == "ask" and library in {None, record["library"]}:
                quoted = tuple((str(name), "") for name in record.get("documents", ()))
                asked.append(Asked(str(record.get("question", "")), str(record["status"]), quoted))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue  # standard error holds other lines, too
    return asked


def _judged(record: Mapping[str, Any]) -> Asked | None:
    """Return a line of feedback, None if it takes back an earlier one."""
    verdict = record.get("verdict", {"liked": "right", "disliked": "wrong"}.get(str(record.get("kind")), ""))
    if verdict not in {"right", "wrong", "missing", None}:
        raise ValueError(f"the verdict {verdict!r} is not right, wrong or missing")
    quoted = tuple((str(name), str(digest)) for name, digest in record.get("quoted", ()))
    status = str(record.get("status", "answered" if quoted else ""))
    return Asked(str(record["question"]), status, quoted, verdict) if verdict else None


def _lines(path: Path, what: str) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(iter(lambda: file.readline(_LONGEST), ""), 1):
                if line.strip():
                    yield number, line
    except OSError as error:
        raise TacrochatError(
            f"{path} cannot be read ({error.strerror}); name the {what} of 'tacrochat serve'"
        ) from error
