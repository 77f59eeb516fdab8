"""The turns of a conversation as the browser keeps them: offsets, never the text of a document.

A saved quote is a span of a document and the document's digest. To be shown
again it is cut from the document; if the document has changed, it is not shown.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from tacrochat.answering.answer import Answer
from tacrochat.answering.escaping import escape_markdown
from tacrochat.answering.quoting import cut
from tacrochat.errors import QuoteError
from tacrochat.library import Library
from tacrochat.search.filter import EVERYTHING, Filter
from tacrochat.search.spelling import Respelling
from tacrochat.types import KINDS, Hit, Passage, Quote, Status

MAX_KEPT = 40
"""Turns that a browser keeps; the oldest are dropped first."""

_DIGEST = 16  # hexadecimal digits of a document's digest that are kept


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with its answer.

    ``lost`` is the number of quotes that the documents no longer contain.
    ``liked`` is True for a thumb up, False for a thumb down, None for neither.
    ``related`` are suggested questions. ``digests`` has the digest of each document
    that is quoted, by path, as it was in the library that answered. ``tries`` are
    words of the documents, each with the question to try, and ``narrowed`` says which
    documents were searched.
    """

    answer: Answer
    lost: int = 0
    liked: bool | None = None
    related: tuple[str, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    tries: tuple[tuple[str, str], ...] = ()
    narrowed: Filter = EVERYTHING

    @classmethod
    def of(cls, answer: Answer, library: Library, related: tuple[str, ...] = ()) -> "Turn":
        """Take an answer and the library that gave it; another one may be in use by now."""
        shown = (answer, *answer.parts)
        quoted = {quote.document_id for a in shown for quote in (*a.quotes, *a.nearest)}
        documents = [library.documents[number] for number in quoted]
        return cls(answer, related=related, digests={d.path: d.digest[:_DIGEST] for d in documents})


def save(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Return what the browser keeps of the latest turns."""

    def reference(quote: Quote, digests: Mapping[str, str]) -> dict[str, Any]:
        return {
            "document": quote.document,
            "digest": digests[quote.document],
            "span": [quote.start, quote.end],
            "highlights": [list(span) for span in quote.highlights],
            "answers": [list(span) for span in quote.answers],
            "score": round(quote.score, 6),
            "signals": {name: round(value, 4) for name, value in quote.signals.items()},
        }

    def record(answer: Answer, digests: Mapping[str, str]) -> dict[str, Any]:
        return {
            "question": answer.question,
            "resolved": answer.resolved_question,
            "status": answer.status,
            "confidence": answer.confidence,
            "message": answer.message,
            "missing": list(answer.missing_terms),
            "unanswered": list(answer.unanswered),
            "choices": list(answer.choices),
            "subject": answer.subject,
            "respellings": [[r.typed, r.searched] for r in answer.respellings],
            "quotes": [reference(quote, digests) for quote in answer.quotes],
            "nearest": [reference(quote, digests) for quote in answer.nearest],
            "parts": [record(part, digests) for part in answer.parts],
            "compared": list(answer.compared),
            "differ": [list(group) for group in answer.differ],
        }

    return [
        record(turn.answer, turn.digests)
        | {"lost": turn.lost, "liked": turn.liked, "related": list(turn.related)}
        | {"tries": [list(pair) for pair in turn.tries]}
        | {"narrowed": {"documents": list(turn.narrowed.documents), "kinds": list(turn.narrowed.kinds)}}
        for turn in turns[-MAX_KEPT:]
    ]


def restore(saved: Any, library: Library) -> list[Turn]:
    """Return the turns that a browser kept; a turn of another form is dropped."""
    if not isinstance(saved, list) or not saved:
        return []
    places = _Places(library)
    turns = []
    for record in saved[-MAX_KEPT:]:
        try:
            turns.append(_turn(record, places))
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    return turns


class _Places:
    """Finds the passage at a place of a document, also one that is indexed in another document."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._passages: dict[str, dict[tuple[int, int], Passage]] = {}

    def passage(self, document: str, start: int, end: int) -> Passage | None:
        if document not in self._passages:
            number = self.library.find_document(document)
            own = [] if number is None else self.library.passages_of(number)
            repeated = [] if number is None else [p for p, _ in self.library.repeated(number)]
            self._passages[document] = {(p.start, p.end): p for p in (*repeated, *own)}
        return self._passages[document].get((start, end))


def _turn(record: Mapping[str, Any], places: _Places) -> Turn:
    answer, lost = _answer(record, places)
    liked = record["liked"] if isinstance(record["liked"], bool) else None
    turn = Turn.of(answer, places.library, tuple(str(text) for text in record["related"]))
    tries = tuple((str(word), str(question)) for word, question in record.get("tries", ()))
    narrowed = _narrowed(record.get("narrowed", {}))
    return replace(turn, lost=int(record["lost"]) + lost, liked=liked, tries=tries, narrowed=narrowed)


def _narrowed(saved: Mapping[str, Any]) -> Filter:
    """Return which documents were searched; an unknown kind is an error, a document may be gone."""
    kinds = [kind for kind in KINDS if kind in saved.get("kinds", ())]
    if len(kinds) != len(saved.get("kinds", ())):
        raise ValueError(saved)
    return Filter.of([str(path) for path in saved.get("documents", ())], kinds)


def _answer(record: Mapping[str, Any], places: _Places, *, is_part: bool = False) -> tuple[Answer, int]:
    """Return a saved answer, and how many of its quotes are gone; a part has no parts."""
    status = record["status"]
    if status not in get_args(Status):
        raise ValueError(status)
    quotes = [_quote(reference, places) for reference in record["quotes"]]
    nearest = [_quote(reference, places) for reference in record["nearest"]]
    parts = [] if is_part else [_answer(p, places, is_part=True) for p in record.get("parts", ())]
    answer = Answer(
        question=str(record["question"]),
        resolved_question=str(record["resolved"]),
        status=status,
        confidence=min(1.0, max(0.0, float(record["confidence"]))),
        message=str(record["message"]),
        quotes=tuple(quote for quote in quotes if quote),
        missing_terms=tuple(str(word) for word in record["missing"]),
        nearest=tuple(quote for quote in nearest if quote),
        unanswered=tuple(str(text) for text in record.get("unanswered", ())),
        choices=tuple(str(text) for text in record.get("choices", ())),
        subject=str(record.get("subject", "")),
        respellings=tuple(Respelling(str(a), str(b)) for a, b in record.get("respellings", ())),
        parts=tuple(part for part, _ in parts),
        compared=tuple(str(thing) for thing in record.get("compared", ())),
        differ=_groups(record.get("differ", ()), quotes),
    )
    # A part's quotes are mostly those of the whole: what is lost counts once.
    gone = sum(quote is None for quote in [*quotes, *nearest]) or sum(lost for _, lost in parts)
    return answer, gone


def _groups(saved: Sequence[Sequence[int]], quotes: Sequence[Quote | None]) -> tuple[tuple[int, ...], ...]:
    """Return the groups of quotes that say opposite things; none if a quote is lost, and with it its side."""
    groups = tuple(tuple(int(index) for index in group) for group in saved)
    indices = [index for group in groups for index in group]
    if any(not 0 <= index < len(quotes) for index in indices) or not all(groups) or len(groups) == 1:
        raise ValueError(saved)
    return () if None in quotes else groups


def _quote(reference: Mapping[str, Any], places: _Places) -> Quote | None:
    start, end = (int(offset) for offset in reference["span"])
    passage = places.passage(str(reference["document"]), start, end)
    if passage is None:
        return None
    document = places.library.documents[passage.document_id]
    if not document.digest.startswith(str(reference["digest"])) or len(reference["digest"]) < _DIGEST:
        return None
    signals = {str(name): float(value) for name, value in reference["signals"].items()}
    spans = tuple((int(a), int(b)) for a, b in reference["highlights"])
    answers = tuple((int(a), int(b)) for a, b in reference.get("answers", ()))
    try:
        return cut(document, Hit(passage, float(reference["score"]), signals, spans, answers))
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
