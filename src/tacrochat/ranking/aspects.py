"""Let both sides of a yes-or-no question stand among the first quotes.

The answers "yes" and "no" are the aspects of such a question, and a quote is worth
more if the aspect it shows is not shown yet: explicit diversification (xQuAD,
Santos et al., 2010) with a passage's stance as its probability of an aspect,
0 or 1. Only one quote gives way, so the ranking stays what it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tacrochat.ranking.stance import Stance
from tacrochat.types import Hit

FIRST = 3
"""Quotes among which both sides are to stand."""

_MAX_DISTANCE = 4.0  # log-odds below the best hit beyond which a passage is not the other side
_PER_LOG_ODDS = 0.5  # what a log-odds of the score counts, against 1 of the stance being about the question

Stances = Mapping[int, Stance]
"""Stances by the id of the passage."""


def with_both_sides(chosen: Sequence[Hit], hits: Sequence[Hit], known: Stances) -> list[Hit]:
    """Put the best passage of the other side among the first quotes, in place of the last that has none.

    ``hits`` are all that may be quoted, best first. Nothing changes if both sides stand there
    already, or if no quote among the first takes a side.
    """
    first = list(chosen[:FIRST])
    sides = {known[hit.passage.id].side for hit in first if hit.passage.id in known}
    if len(sides) != 1 or len(first) < 2:
        return list(chosen)
    others = [
        hit
        for hit in hits
        if hit.passage.id in known
        and known[hit.passage.id].side not in sides
        and hit.score >= chosen[0].score - _MAX_DISTANCE
    ]
    if not others:
        return list(chosen)
    other = max(others, key=lambda hit: known[hit.passage.id].about + _PER_LOG_ODDS * hit.score)
    given_way = _least(first, known)
    kept = [hit for hit in first if hit is not given_way]
    rest = [hit for hit in chosen[FIRST:] if hit.passage.id != other.passage.id]
    return [*kept, other, *rest, given_way][: len(chosen)]


def _least(first: Sequence[Hit], known: Stances) -> Hit:
    """Return the hit that gives way: the last one, or the one before if the last alone takes a side."""
    is_alone = first[-1].passage.id in known and not any(hit.passage.id in known for hit in first[:-1])
    return first[-2] if is_alone and len(first) > 2 else first[-1]


def opposed(quoted: Sequence[Hit], known: Stances) -> tuple[tuple[int, ...], ...]:
    """Group the indices of hits that say opposite things; empty unless the first ones hold both sides."""
    sides = [known[hit.passage.id].side if hit.passage.id in known else None for hit in quoted]
    if len({side for side in sides[:FIRST] if side}) < 2:
        return ()
    groups = [tuple(i for i, own in enumerate(sides) if own == side) for side in ("yes", "no")]
    return tuple(sorted(groups))


def marked(hit: Hit, known: Stances) -> Hit:
    """Return the hit with the sentence that takes a side among the highlighted ones."""
    stance = known.get(hit.passage.id)
    if stance is None or stance.sentence in hit.sentences:
        return hit
    return replace(hit, sentences=(*hit.sentences, stance.sentence))
