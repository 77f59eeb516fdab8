"""The record of an answer."""

from dataclasses import dataclass
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
    opposite to the others. ``parts`` has an answer for
    each question of a message with several. ``unanswered`` are the questions of a message with several
    that nothing was found for. ``respellings`` are the words that were searched
    for in another spelling as well. ``message`` names both. ``subject`` names what a
    follow-up had to be answered about, "" for a question that stands by itself.
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
        text = render.to_text(self)
        if self.resolved_question == self.question:
            return text
        return f"Understood as: {visible(self.resolved_question)}\n\n{text}"

    def to_markdown(self) -> str:
        """Return the answer as Markdown in which document text cannot act as markup."""
        return render.to_markdown(self)

    def to_html(self) -> str:
        """Return the answer as an HTML fragment with its own style."""
        return render.to_html(self)

    def _repr_html_(self) -> str:
        return self.to_html()

    def _repr_markdown_(self) -> str:
        return self.to_markdown()
