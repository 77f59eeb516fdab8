"""One answer out of those of several libraries: their quotes, best first, each with its library."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from tacrochat.answering.answer import Answer
from tacrochat.types import Quote, Status

if TYPE_CHECKING:
    from tacrochat.library import Library

_ORDER: tuple[Status, ...] = ("answered", "uncertain", "not_found", "conversation")


@dataclass(frozen=True, slots=True)
class LibraryAnswer:
    """What one library answers; without an answer, ``error`` says why there is none.

    ``source`` is what was asked, as it was then: another index may be in use by now.
    """

    library: str
    answer: Answer | None
    error: str = ""
    source: "Library | None" = None


@dataclass(frozen=True, slots=True)
class LibraryQuote:
    """A quote, and the name of the library whose document it was cut from."""

    library: str
    quote: Quote

    @property
    def label(self) -> str:
        """The label of the quote, with the library in front."""
        return f"{self.library} · {self.quote.label}"

    def to_dict(self) -> dict[str, Any]:
        """Return the quote as the JSON object of the contract, with ``library``."""
        return {**self.quote.to_dict(), "library": self.library, "label": self.label}


@dataclass(frozen=True, slots=True)
class JointAnswer:
    """The answer of several libraries.

    ``status`` is the best of any library, ``confidence`` the highest of those with that
    status, and ``quotes`` are theirs: each library is quoted once before any is quoted
    twice, in the order of its confidence. ``nearest`` are the closest passages of all, only
    if nothing was found. ``missing_terms`` are missing in every library.
    """

    question: str
    status: Status
    confidence: float
    quotes: tuple[LibraryQuote, ...]
    nearest: tuple[LibraryQuote, ...]
    missing_terms: tuple[str, ...]
    message: str
    answers: tuple[LibraryAnswer, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as a JSON object like that of one library, with ``libraries``."""
        return {
            "question": self.question,
            "status": self.status,
            "confidence": round(self.confidence, 4),
            "message": self.message,
            "quotes": [quote.to_dict() for quote in self.quotes],
            "missing_terms": list(self.missing_terms),
            "nearest": [quote.to_dict() for quote in self.nearest],
            "libraries": [
                {
                    "library": one.library,
                    "status": one.answer.status if one.answer else "failed",
                    "error": one.error,
                }
                for one in self.answers
            ],
        }


def join(question: str, answers: Sequence[LibraryAnswer]) -> JointAnswer:
    """Make one answer of those of several libraries; without any, nothing is found."""
    given = [(one.library, one.answer) for one in answers if one.answer is not None]
    statuses = {answer.status for _, answer in given}
    status: Status = next((one for one in _ORDER if one in statuses), "not_found")
    best = sorted(
        ((library, answer) for library, answer in given if answer.status == status),
        key=lambda pair: -pair[1].confidence,
    )
    return JointAnswer(
        question,
        status,
        best[0][1].confidence if best else 0.0,
        tuple(_in_turn([[LibraryQuote(name, quote) for quote in answer.quotes] for name, answer in best])),
        tuple(_in_turn([[LibraryQuote(name, quote) for quote in answer.nearest] for name, answer in best])),
        _missing_in_all([answer for _, answer in given if answer.status != "conversation"]),
        best[0][1].message if best and status == "conversation" else "",
        tuple(answers),
    )


def _in_turn(lists: Sequence[Sequence[LibraryQuote]]) -> Iterator[LibraryQuote]:
    """Yield the first of each list, then the second of each."""
    for row in zip_longest(*lists):
        yield from (quote for quote in row if quote is not None)


def _missing_in_all(answers: Sequence[Answer]) -> tuple[str, ...]:
    first = answers[0].missing_terms if answers else ()
    return tuple(term for term in first if all(term in answer.missing_terms for answer in answers))
