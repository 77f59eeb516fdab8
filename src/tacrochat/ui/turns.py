"""The turns of a conversation as the browser keeps them: offsets, never the text of a document.

A saved quote is a span of a document and the document's digest. To be shown
again it is cut from the document; if the document has changed, it is not shown.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tacrochat.answering.answer import Answer
from tacrochat.answering.escaping import escape_markdown
from tacrochat.answering.quoting import cut
from tacrochat.errors import QuoteError
from tacrochat.library import Library
from tacrochat.types import Hit, Passage, Quote

MAX_KEPT = 40
"""Turns that a browser keeps; the oldest are dropped first."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with its answer.

    ``lost`` is the number of quotes that the documents no longer contain.
    ``liked`` is True for a thumb up, False for a thumb down, None for neither.
    ``related`` are suggested questions.
    """

    answer: Answer
    lost: int = 0
    liked: bool | None = None
    related: tuple[str, ...] = ()


def save(turns: Sequence[Turn], library: Library) -> list[dict[str, Any]]:
    """Return what the browser keeps of the latest turns."""
    digests = {d.path: d.digest[:16] for d in library.documents}

    def reference(quote: Quote) -> dict[str, Any]:
        return {
            "document": quote.document,
            "digest": digests[quote.document],
            "span": [quote.start, quote.end],
            "highlights": [list(span) for span in quote.highlights],
            "score": round(quote.score, 6),
            "signals": {name: round(value, 4) for name, value in quote.signals.items()},
        }

    return [
        {
            "question": turn.answer.question,
            "resolved": turn.answer.resolved_question,
            "status": turn.answer.status,
            "confidence": turn.answer.confidence,
            "message": turn.answer.message,
            "missing": list(turn.answer.missing_terms),
            "quotes": [reference(quote) for quote in turn.answer.quotes],
            "nearest": [reference(quote) for quote in turn.answer.nearest],
            "lost": turn.lost,
            "liked": turn.liked,
            "related": list(turn.related),
        }
        for turn in turns[-MAX_KEPT:]
    ]


def restore(saved: Any, library: Library) -> list[Turn]:
    """Return the turns that a browser kept; a turn of another form is dropped."""
    if not isinstance(saved, list):
        return []
    passages = {(library.documents[p.document_id].path, p.start, p.end): p for p in library.passages}
    turns = []
    for record in saved[-MAX_KEPT:]:
        try:
            turns.append(_turn(record, library, passages))
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    return turns


def _turn(record: Mapping[str, Any], library: Library, passages: Mapping[Any, Passage]) -> Turn:
    status = record["status"]
    if status not in {"answered", "not_found", "conversation"}:
        raise ValueError(status)
    quotes = [_quote(reference, library, passages) for reference in record["quotes"]]
    nearest = [_quote(reference, library, passages) for reference in record["nearest"]]
    answer = Answer(
        question=str(record["question"]),
        resolved_question=str(record["resolved"]),
        status=status,
        confidence=min(1.0, max(0.0, float(record["confidence"]))),
        message=str(record["message"]),
        quotes=tuple(quote for quote in quotes if quote),
        missing_terms=tuple(str(word) for word in record["missing"]),
        nearest=tuple(quote for quote in nearest if quote),
    )
    lost = int(record["lost"]) + sum(quote is None for quote in [*quotes, *nearest])
    liked = record["liked"] if isinstance(record["liked"], bool) else None
    return Turn(answer, lost, liked, tuple(str(text) for text in record["related"]))


def _quote(reference: Mapping[str, Any], library: Library, passages: Mapping[Any, Passage]) -> Quote | None:
    start, end = (int(offset) for offset in reference["span"])
    passage = passages.get((reference["document"], start, end))
    if passage is None:
        return None
    document = library.documents[passage.document_id]
    if not document.digest.startswith(str(reference["digest"])) or len(reference["digest"]) < 16:
        return None
    signals = {str(name): float(value) for name, value in reference["signals"].items()}
    spans = tuple((int(a), int(b)) for a, b in reference["highlights"])
    try:
        return cut(document, Hit(passage, float(reference["score"]), signals, spans))
    except QuoteError:
        return None


def to_json(turns: Sequence[Turn]) -> str:
    """Return the conversation as JSON: a list of answers, each as ``Answer.to_dict`` makes it."""
    return json.dumps([turn.answer.to_dict() for turn in turns], ensure_ascii=False, indent=2) + "\n"


def to_markdown(turns: Sequence[Turn]) -> str:
    """Return the conversation as Markdown in which document text cannot act as markup."""
    parts = [
        f"## {escape_markdown(' '.join(t.answer.question.split()))}\n\n{t.answer.to_markdown()}"
        for t in turns
    ]
    return "# tacrochat\n\n" + "\n".join(parts)
