"""Signals → one order and one calibrated confidence."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tacrochat.ranking.signals import NAMES, Candidate, Collection, Query, measure
from tacrochat.types import Hit

__all__ = ["THRESHOLD", "Candidate", "Collection", "Query", "by_document", "confidence", "diversify", "rank"]

THRESHOLD = 0.5

_WEIGHTS = {
    "cosine": 1.0,
    "sentence_cosine": 1.0,
    "bm25": 0.8,
    "heading_match": 0.2,
    "exact": 0.3,
    "coverage": 0.5,
    "sentence_coverage": 0.8,
    "rarest": 0.1,
    "phrase": 0.2,
    "numbers": 0.3,
    "answer_type": 0.1,
}
_NEAR_DUPLICATE = 0.97
_SPEAKS = 0.75


def rank(query: Query, candidates: Sequence[Candidate], collection: Collection) -> list[Hit]:
    """Order candidates, best first."""
    if not candidates:
        return []
    found = measure(query, candidates, collection)
    weights = np.asarray([_WEIGHTS.get(name, 0.0) for name in NAMES], np.float32)
    scores = found.values @ weights
    hits = []
    for i in np.argsort(-scores, kind="stable"):
        passage = candidates[i].passage
        best = passage.sentences[int(found.sentences[i].argmax())]
        named: dict[str, float] = dict(zip(NAMES, map(float, found.values[i]), strict=True))
        hits.append(Hit(passage, float(scores[i]), named, (best,)))
    return hits


def by_document(hits: Sequence[Hit]) -> list[tuple[int, float]]:
    """Rank document ids by their best passage (maxP; Dai and Callan, 2019)."""
    best: dict[int, float] = {}
    for hit in hits:
        best.setdefault(hit.passage.document_id, hit.score)
    return sorted(best.items(), key=lambda item: -item[1])


def confidence(query: Query, hits: Sequence[Hit]) -> float:
    """Return how likely the hits answer the query, 0 to 1."""
    if not hits:
        return 0.0
    top = hits[0].signals
    raw = 6 * (0.5 * top["sentence_coverage"] + 0.5 * top["exact"] + 0.3 * top["sentence_cosine"] - 0.75)
    return float(1 / (1 + np.exp(-raw)))


def diversify(hits: Sequence[Hit], embeddings: NDArray[np.float32], count: int) -> list[Hit]:
    """Choose hits so that each document that speaks to the question does so before any speaks twice.

    A document speaks when its best passage scores near the best of all. A
    passage that hardly differs from a chosen one is left out.
    """
    if not hits:
        return []
    distinct: list[Hit] = []
    for hit in hits:
        vector = embeddings[hit.passage.id]
        if all(float(vector @ embeddings[d.passage.id]) < _NEAR_DUPLICATE for d in distinct):
            distinct.append(hit)
    bar = _SPEAKS * hits[0].score
    first, rest, seen = [], [], set()
    for hit in distinct:
        if hit.passage.document_id not in seen and hit.score >= bar:
            first.append(hit)
            seen.add(hit.passage.document_id)
        else:
            rest.append(hit)
    return (first + rest)[:count]
