"""Choose which hits an answer quotes: every document on the question first, near duplicates left out."""

from collections.abc import Mapping, Sequence

from tacrochat.arrays import Floats
from tacrochat.types import Hit

_NEAR_DUPLICATE = 0.97  # cosine of two passages that say the same
_MAX_DISTANCE = 8.0  # log-odds below the best hit beyond which a passage is not quoted
_MAX_DOCUMENT_DISTANCE = 3.0  # log-odds below the best hit within which a document is quoted early
_MIN_FOR_ANOTHER = 3  # quotes from which on the last one may go to another document
_SAME_TOPIC_BONUS = 10.0  # bonus, in log-odds, per unit of cosine to the first quote


def diversify(hits: Sequence[Hit], vectors: Floats, count: int) -> list[Hit]:
    """Choose ``count`` hits so that each relevant document is quoted once before any is quoted twice.

    A document is relevant if its best passage scores near the best of all. A
    passage that hardly differs from one chosen before is left out, and so is
    one far below the best. ``vectors[i]`` is that of the passage of ``hits[i]``.
    """
    embeddings = {hit.passage.id: vector for hit, vector in zip(hits, vectors, strict=True)}
    distinct: list[Hit] = []
    for hit in hits:
        vector = embeddings[hit.passage.id]
        if all(float(vector @ embeddings[d.passage.id]) < _NEAR_DUPLICATE for d in distinct):
            distinct.append(hit)
    first: list[Hit] = []
    rest: list[Hit] = []
    seen: set[int] = set()
    for hit in (d for d in distinct if d.score >= distinct[0].score - _MAX_DISTANCE):
        is_near = hit.score >= distinct[0].score - _MAX_DOCUMENT_DISTANCE
        (first if is_near and hit.passage.document_id not in seen else rest).append(hit)
        seen.add(hit.passage.document_id)
    ordered = first + rest
    return _with_another_document(ordered[:count], ordered[count:], embeddings)


def _with_another_document(
    chosen: list[Hit], others: Sequence[Hit], embeddings: Mapping[int, Floats]
) -> list[Hit]:
    """Let the last quote be a passage from another document on the first quote's topic.

    To show one side of a disagreement as the whole is worse than to lose the
    last quote. The passage is the one with the largest ``score +
    _SAME_TOPIC_BONUS · cosine`` to the first quote.
    """
    if len(chosen) < _MIN_FOR_ANOTHER:
        return chosen
    quoted = [hit.passage.document_id for hit in chosen]
    new = next((hit for hit in others if hit.passage.document_id not in quoted), None)
    if new and quoted.count(quoted[-1]) > 1:
        chosen = [*chosen[:-1], new]
    elsewhere = [hit for hit in (*chosen, *others) if hit.passage.document_id != quoted[0]]
    first_vector = embeddings[chosen[0].passage.id]

    def on_topic(hit: Hit) -> float:
        return hit.score + _SAME_TOPIC_BONUS * float(embeddings[hit.passage.id] @ first_vector)

    other = max(elsewhere, key=on_topic, default=chosen[-1])
    return chosen if other in chosen else [*chosen[:-1], other]
