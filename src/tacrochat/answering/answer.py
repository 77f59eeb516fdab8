"""The record of an answer."""

from dataclasses import dataclass, replace
from typing import Any

from tacrochat.answering import render
from tacrochat.answering.escaping import visible
from tacrochat.search.spelling import Respelling
from tacrochat.types import Quote, Status


@dataclass(frozen=True, slots=True)
class Answer:
    """Quotes, and a message that frames them and makes no medical statement.

    ``resolved_question`` is the question after a follow-up was completed and
    spelling repaired. ``confidence`` is the calibrated probability, 0 to 1, that
    the quotes answer the question. ``missing_terms`` are words of the question
    that no passage has. ``nearest`` are the closest passages, only if ``status``
    is "not_found"; if it is "uncertain", the quotes may not answer. ``choices`` are
    complete questions to choose from, when it is asked back what was meant.
    ``differ`` holds groups of indices into ``quotes``: each group says something
    opposite to the others. ``parts`` has an answer for each question of a message
    with several, and ``compared`` the things that these are about, one each, if the
    message compares things. ``unanswered`` are the questions of a message with
    several that nothing was found for. ``respellings`` are the words that were
    searched for in another spelling as well. ``message`` names both. ``subject``
    names what a follow-up had to be answered about, "" for a question that stands
    by itself.
    """

    question: str
    resolved_question: str
    status: Status
    confidence: float
    message: str
    quotes: tuple[Quote, ...] = ()
    missing_terms: tuple[str, ...] = ()
    nearest: tuple[Quote, ...] = ()
    unanswered: tuple[str, ...] = ()
    respellings: tuple[Respelling, ...] = ()
    choices: tuple[str, ...] = ()
    differ: tuple[tuple[int, ...], ...] = ()
    parts: tuple["Answer", ...] = ()
    subject: str = ""
    compared: tuple[str, ...] = ()

    @property
    def direct(self) -> tuple[Quote, ...]:
        """The quotes that are in none of the parts: what answers a comparison as a whole."""
        in_parts = {(quote.document_id, quote.start) for part in self.parts for quote in part.quotes}
        quotes = self.quotes if self.parts else ()
        return tuple(quote for quote in quotes if (quote.document_id, quote.start) not in in_parts)

    def _as_part(self) -> "Answer":
        """Return what is shown under the question of a part: the message of the whole counts the quotes."""
        return replace(self, message="") if self.status == "answered" else self

    def _without_parts(self) -> "Answer":
        """Return what is shown above the parts."""
        return replace(self, quotes=self.direct, nearest=(), parts=())

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as the JSON object of the contract."""
        return {
            "question": self.question,
            "resolved_question": self.resolved_question,
            "status": self.status,
            "confidence": round(self.confidence, 4),
            "message": self.message,
            "quotes": [quote.to_dict() for quote in self.quotes],
            "missing_terms": list(self.missing_terms),
            "nearest": [quote.to_dict() for quote in self.nearest],
            "choices": list(self.choices),
            "differ": [list(group) for group in self.differ],
            "parts": [part.to_dict() for part in self.parts],
        }

    def to_text(self) -> str:
        """Return the answer as plain text for a terminal; control characters are shown as escapes."""
        if self.parts:
            parts = [(part.question, part._as_part().to_text()) for part in self.parts]
            return render.parts_to_text(self._without_parts(), parts)
        text = render.to_text(self)
        if self.resolved_question == self.question:
            return text
        return f"Understood as: {visible(self.resolved_question)}\n\n{text}"

    def to_markdown(self) -> str:
        """Return the answer as Markdown in which document text cannot act as markup."""
        if self.parts:
            parts = [(part.question, part._as_part().to_markdown()) for part in self.parts]
            return render.parts_to_markdown(self._without_parts(), parts)
        return render.to_markdown(self)

    def to_html(self) -> str:
        """Return the answer as an HTML fragment with its own style."""
        if self.parts:
            parts = [(part.question, part._as_part().to_html()) for part in self.parts]
            return render.parts_to_html(self._without_parts(), parts, in_rows=bool(self.compared))
        return render.to_html(self)

    def _repr_html_(self) -> str:
        return self.to_html()

    def _repr_markdown_(self) -> str:
        return self.to_markdown()
