"""Put candidates in one order: signals times fitted weights."""

from collections.abc import Mapping, Sequence

import numpy as np

from tacrochat.ranking import weights as fitted
from tacrochat.ranking.highlights import highlights
from tacrochat.ranking.records import Candidate, Collection, Query
from tacrochat.ranking.signals import NAMES, SENTENCE_NAMES, measure
from tacrochat.types import Hit


def rank(query: Query, candidates: Sequence[Candidate], collection: Collection) -> list[Hit]:
    """Order candidates, best first; scores are log-odds up to a constant of the query."""
    if not candidates:
        return []
    chosen = fitted.load()
    found = measure(query, candidates, collection)
    scores = found.values @ np.asarray([chosen.ranking.get(name, 0.0) for name in NAMES], np.float32)
    sentence = np.asarray([chosen.sentence.get(name, 0.0) for name in SENTENCE_NAMES], np.float32)
    hits = []
    for i in np.argsort(-scores, kind="stable"):
        named: dict[str, float] = dict(zip(NAMES, map(float, found.values[i]), strict=True))
        passage = candidates[i].passage
        marked = highlights(passage.sentences, found.sentences[i] @ sentence, chosen.highlight)
        hits.append(Hit(passage, float(scores[i]), named, marked))
    return hits


def contributions(signals: Mapping[str, float]) -> dict[str, float]:
    """Return what each signal of a hit adds to its score, the most first."""
    weights = fitted.load().ranking
    parts = {name: weights.get(name, 0.0) * value for name, value in signals.items()}
    return dict(sorted(parts.items(), key=lambda item: -item[1]))


def by_document(hits: Sequence[Hit]) -> list[tuple[int, float]]:
    """Rank document ids by their best passage (maxP; Dai and Callan, 2019)."""
    best: dict[int, float] = {}
    for hit in hits:
        best.setdefault(hit.passage.document_id, hit.score)
    return sorted(best.items(), key=lambda item: -item[1])
