"""One answer out of the answers to several questions."""

from collections.abc import Sequence
from itertools import zip_longest

from tacrochat.answering import framing
from tacrochat.answering.answer import Answer
from tacrochat.library import Library
from tacrochat.search.spelling import described
from tacrochat.text import stems
from tacrochat.types import Quote, Status

_WITH_QUOTES: tuple[Status, ...] = ("answered", "uncertain")
MAX_NEAREST = 3
"""Nearest passages that are shown where nothing answers."""


def joined(
    answers: Sequence[Answer],
    top: int,
    library: Library,
    *,
    direct: Sequence[Quote] = (),
    compared: tuple[str, ...] = (),
) -> Answer:
    """Join answers: first the best quote of each, then the second ones, ``top`` in all.

    If none is answered, uncertain ones count as such. The confidence is that of
    the least sure answer, or if there are no quotes, of the surest. ``direct`` are
    quotes for the message as a whole, the first of which comes first; ``compared``
    are the things that a comparison is about.
    """
    statuses = {a.status for a in answers}
    status: Status = next((s for s in _WITH_QUOTES if s in statuses), "not_found")
    answered = [a for a in answers if a.status == status and a.quotes]
    quotes = alternating([direct[:1], *(a.quotes for a in answered)], top)
    unanswered = tuple(a.question for a in answers if a not in answered)
    respellings = tuple(dict.fromkeys(r for a in answers for r in a.respellings))
    shown = [*direct[:1], *(quote for a in answered for quote in a.quotes)]
    message = [framing.answered(shown, library)] if status == "answered" else []
    message += [_unanswered(unanswered, are_quotes=bool(quotes)), described(respellings)]
    message += [framing.UNCERTAIN] if status == "uncertain" else []
    return Answer(
        question="",
        resolved_question=" ".join(a.resolved_question for a in answers),
        status=status,
        confidence=(min if answered else max)(a.confidence for a in answered or answers),
        message=" ".join(filter(None, message)),
        quotes=quotes,
        missing_terms=tuple(dict.fromkeys(term for a in answers for term in a.missing_terms)),
        nearest=() if quotes else alternating([a.nearest for a in answers], MAX_NEAREST),
        unanswered=unanswered,
        respellings=respellings,
        parts=tuple(answers),
        compared=compared,
    )


def _unanswered(questions: Sequence[str], *, are_quotes: bool) -> str:
    if not are_quotes:
        return framing.NOT_FOUND
    return "The sources do not say: " + framing.listed(questions) if questions else ""


def alternating(lists: Sequence[Sequence[Quote]], count: int) -> tuple[Quote, ...]:
    """Take the first quote of each list, then the second ones, none twice."""
    mixed = [quote for rank in zip_longest(*lists) for quote in rank if quote is not None]
    unique: dict[tuple[int, int], Quote] = {}
    for quote in mixed:
        unique.setdefault((quote.document_id, quote.start), quote)
    return tuple(unique.values())[:count]


def names_all(quote: Quote, things: Sequence[str]) -> bool:
    """Tell whether a quote has the words of all things that are compared."""
    said = set(stems(quote.text))
    return bool(things) and all(said.issuperset(stems(thing)) for thing in things)
