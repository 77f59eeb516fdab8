"""Put candidates in one order: signals times fitted weights, which depend on the length of the question."""

from collections.abc import Mapping, Sequence

import numpy as np

from tacrochat.arrays import Floats
from tacrochat.ranking import weights as fitted
from tacrochat.ranking.highlights import highlights
from tacrochat.ranking.records import Candidate, Collection, Query
from tacrochat.ranking.signals import NAMES, SENTENCE_NAMES, measure
from tacrochat.types import Hit


def rank(query: Query, candidates: Sequence[Candidate], collection: Collection) -> list[Hit]:
    """Order candidates, best first.

    A score is in log-odds, up to a constant of the query: scores of one query
    can be compared, those of two queries cannot.
    """
    if not candidates:
        return []
    weights = fitted.load()
    signals = measure(query, candidates, collection)
    scores = signals.values @ _vector(weights.of_length(len(query.terms)), NAMES)
    sentence_weights = _vector(weights.sentence, SENTENCE_NAMES)
    hits = []
    for i in np.argsort(-scores, kind="stable"):
        values: dict[str, float] = dict(zip(NAMES, map(float, signals.values[i]), strict=True))
        passage = candidates[i].passage
        sentence_scores = signals.sentences[i] @ sentence_weights
        answering = highlights(passage.sentences, sentence_scores, weights.highlight)
        hits.append(Hit(passage, float(scores[i]), values, answering))
    return hits


def _vector(weights: Mapping[str, float], names: Sequence[str]) -> Floats:
    return np.asarray([weights.get(name, 0.0) for name in names], np.float32)


def contributions(signals: Mapping[str, float], terms: int) -> dict[str, float]:
    """Return what each signal of a hit adds to its score, in log-odds, the largest first.

    ``terms`` is the number of content words of the question.
    """
    weights = fitted.load().of_length(terms)
    parts = {name: weights.get(name, 0.0) * value for name, value in signals.items()}
    return dict(sorted(parts.items(), key=lambda item: -item[1]))


def by_document(hits: Sequence[Hit]) -> list[tuple[int, float]]:
    """Rank document ids by their best passage (maxP; Dai and Callan, 2019)."""
    best: dict[int, float] = {}
    for hit in hits:
        best.setdefault(hit.passage.document_id, hit.score)
    return sorted(best.items(), key=lambda item: -item[1])
