"""The turns of a conversation as the browser keeps them: offsets, never the text of a document.

A saved quote is a span of a document and the document's digest. To be shown
again it is cut from the document; if the document has changed, it is not shown,
and stays in what the browser keeps.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from tacrochat.answering.answer import Answer
from tacrochat.answering.export.reference import DIGEST, Kept, Measured, Reference, References
from tacrochat.library import Library
from tacrochat.search.filter import EVERYTHING, Filter
from tacrochat.search.spelling import Respelling
from tacrochat.types import KINDS, Quote, Status

MAX_KEPT = 40
"""Turns that a browser keeps; the oldest are dropped first."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with its answer.

    ``lost`` is the number of quotes that the documents no longer contain, ``changed``
    are those of them that are still known, and ``record`` is then the turn as it was
    saved: it is saved again as it was, in case its documents come back.
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
    changed: tuple[Kept, ...] = ()
    record: Mapping[str, Any] | None = None
    tries: tuple[tuple[str, str], ...] = ()
    narrowed: Filter = EVERYTHING

    @classmethod
    def of(cls, answer: Answer, library: Library, related: tuple[str, ...] = ()) -> "Turn":
        """Take an answer and the library that gave it; another one may be in use by now."""
        shown = (answer, *answer.parts)
        quoted = {quote.document_id for a in shown for quote in (*a.quotes, *a.nearest)}
        documents = [library.documents[number] for number in quoted]
        return cls(answer, related=related, digests={d.path: d.digest[:DIGEST] for d in documents})


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
        {**turn.record, "liked": turn.liked}
        if turn.record is not None
        else record(turn.answer, turn.digests)
        | {"lost": turn.lost, "liked": turn.liked, "related": list(turn.related)}
        | {"tries": [list(pair) for pair in turn.tries]}
        | {"narrowed": {"documents": list(turn.narrowed.documents), "kinds": list(turn.narrowed.kinds)}}
        for turn in turns[-MAX_KEPT:]
    ]


def restore(saved: Any, library: Library) -> list[Turn]:
    """Return the turns that a browser kept; a turn of another form is dropped."""
    if not isinstance(saved, list) or not saved:
        return []
    references = References(library)
    turns = []
    for record in saved[-MAX_KEPT:]:
        try:
            turns.append(_turn(record, references))
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    return turns


def _turn(record: Mapping[str, Any], references: References) -> Turn:
    answer, changed = _answer(record, references)
    turn = Turn.of(answer, references.library, tuple(str(text) for text in record["related"]))
    return replace(
        turn,
        lost=int(record["lost"]) + len(changed),
        liked=record["liked"] if isinstance(record["liked"], bool) else None,
        changed=tuple(changed),
        record=record if changed else None,
        tries=tuple((str(word), str(question)) for word, question in record.get("tries", ())),
        narrowed=_narrowed(record.get("narrowed", {})),
    )


def _narrowed(saved: Mapping[str, Any]) -> Filter:
    """Return which documents were searched; an unknown kind is an error, a document may be gone."""
    kinds = [kind for kind in KINDS if kind in saved.get("kinds", ())]
    if len(kinds) != len(saved.get("kinds", ())):
        raise ValueError(saved)
    return Filter.of([str(path) for path in saved.get("documents", ())], kinds)


def _answer(
    record: Mapping[str, Any], references: References, *, is_part: bool = False
) -> tuple[Answer, list[Kept]]:
    """Return a saved answer, and those of its quotes that are gone; a part has no parts."""
    status = record["status"]
    if status not in get_args(Status):
        raise ValueError(status)
    kept_quotes = [_kept(reference, references) for reference in record["quotes"]]
    kept_nearest = [_kept(reference, references) for reference in record["nearest"]]
    quotes = [kept.quote for kept in kept_quotes]
    parts = [] if is_part else [_answer(p, references, is_part=True) for p in record.get("parts", ())]
    answer = Answer(
        question=str(record["question"]),
        resolved_question=str(record["resolved"]),
        status=status,
        confidence=min(1.0, max(0.0, float(record["confidence"]))),
        message=str(record["message"]),
        quotes=tuple(quote for quote in quotes if quote),
        missing_terms=tuple(str(word) for word in record["missing"]),
        nearest=tuple(kept.quote for kept in kept_nearest if kept.quote),
        unanswered=tuple(str(text) for text in record.get("unanswered", ())),
        choices=tuple(str(text) for text in record.get("choices", ())),
        subject=str(record.get("subject", "")),
        respellings=tuple(Respelling(str(a), str(b)) for a, b in record.get("respellings", ())),
        parts=tuple(part for part, _ in parts),
        compared=tuple(str(thing) for thing in record.get("compared", ())),
        differ=_groups(record.get("differ", ()), quotes),
    )
    # A part's quotes are mostly those of the whole: what is gone counts once.
    gone = [kept for kept in (*kept_quotes, *kept_nearest) if not kept.quote]
    return answer, gone or [kept for _, in_part in parts for kept in in_part]


def _groups(saved: Sequence[Sequence[int]], quotes: Sequence[Quote | None]) -> tuple[tuple[int, ...], ...]:
    """Return the groups of quotes that say opposite things; none if a quote is lost, and with it its side."""
    groups = tuple(tuple(int(index) for index in group) for group in saved)
    indices = [index for group in groups for index in group]
    if any(not 0 <= index < len(quotes) for index in indices) or not all(groups) or len(groups) == 1:
        raise ValueError(saved)
    return () if None in quotes else groups


def _kept(reference: Mapping[str, Any], references: References) -> Kept:
    start, end = (int(offset) for offset in reference["span"])
    place = Reference(str(reference["document"]), str(reference["digest"]), start, end)
    measured = Measured(
        float(reference["score"]),
        {str(name): float(value) for name, value in reference["signals"].items()},
        tuple((int(a), int(b)) for a, b in reference["highlights"]),
        tuple((int(a), int(b)) for a, b in reference.get("answers", ())),
    )
    return references.look_up(place, measured)


def to_json(turns: Sequence[Turn]) -> str:
    """Return the conversation as JSON: a list of answers, each as ``Answer.to_dict`` makes it."""
    return json.dumps([turn.answer.to_dict() for turn in turns], ensure_ascii=False, indent=2) + "\n"
