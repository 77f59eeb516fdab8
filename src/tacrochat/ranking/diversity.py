"""Choose which hits an answer quotes: each document first, near duplicates left out."""

from collections.abc import Sequence

from tacrochat.arrays import Floats
from tacrochat.types import Hit

_NEAR_DUPLICATE = 0.97  # cosine of two passages that say the same
_RELATED = 8.0  # how far, in log-odds, below the best passage one is no longer about the question
_ENOUGH = 3  # quotes from which on the last may go to another document
_SAME_MATTER = 10.0  # what being about the same as the first quote counts, in log-odds
_SPEAKS = 3.0  # how far, in log-odds, below the best passage a document still speaks to a question


def diversify(hits: Sequence[Hit], embeddings: Floats, count: int) -> list[Hit]:
    """Choose hits so that each document that speaks to the question does so before any speaks twice.

    A document speaks when its best passage scores near the best of all. A
    passage that hardly differs from a chosen one is left out, and so is one far
    below the best.
    """
    distinct: list[Hit] = []
    for hit in hits:
        vector = embeddings[hit.passage.id]
        if all(float(vector @ embeddings[d.passage.id]) < _NEAR_DUPLICATE for d in distinct):
            distinct.append(hit)
    first: list[Hit] = []
    rest: list[Hit] = []
    seen: set[int] = set()
    for hit in (d for d in distinct if d.score >= distinct[0].score - _RELATED):
        new = hit.passage.document_id not in seen and hit.score >= distinct[0].score - _SPEAKS
        (first if new else rest).append(hit)
        seen.add(hit.passage.document_id)
    ordered = first + rest
    return _with_another_side(ordered[:count], ordered[count:], embeddings)


def _with_another_side(chosen: list[Hit], others: Sequence[Hit], embeddings: Floats) -> list[Hit]:
    """Let the last quote be of a document not quoted yet, or what another says of the first quote's matter.

    One side of a disagreement shown as the whole is worse than a third quote
    lost.
    """
    if len(chosen) < _ENOUGH:
        return chosen
    quoted = [hit.passage.document_id for hit in chosen]
    new = next((hit for hit in others if hit.passage.document_id not in quoted), None)
    if new and quoted.count(quoted[-1]) > 1:
        chosen = [*chosen[:-1], new]
    elsewhere = [hit for hit in (*chosen, *others) if hit.passage.document_id != quoted[0]]
    matter = embeddings[chosen[0].passage.id]

    def speaks(hit: Hit) -> float:
        return hit.score + _SAME_MATTER * float(embeddings[hit.passage.id] @ matter)

    other = max(elsewhere, key=speaks, default=chosen[-1])
    return chosen if other in chosen else [*chosen[:-1], other]
