"""Signals → one order and one calibrated confidence.

``signals`` measures, ``weights`` holds the fitted numbers, ``judging`` judges the
whole; here they come together.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tacrochat.ranking import weights as fitted
from tacrochat.ranking.confidence import background as _background
from tacrochat.ranking.confidence import confidence as _confidence
from tacrochat.ranking.confidence import features, unrelated
from tacrochat.ranking.signals import NAMES, SENTENCE_NAMES, Candidate, Collection, Query, measure
from tacrochat.types import Hit, Span

__all__ = [
    "Candidate",
    "Collection",
    "Query",
    "background",
    "by_document",
    "confidence",
    "contributions",
    "diversify",
    "rank",
    "threshold",
    "unrelated",
]

_NEAR_DUPLICATE = 0.97  # cosine of two passages that say the same
_RELATED = 8.0  # how far, in log-odds, below the best passage one is no longer about the question
_ENOUGH = 3  # quotes from which on the last may go to another document
_SAME_MATTER = 10.0  # what being about the same as the first quote counts, in log-odds
_SPEAKS = 3.0  # how far, in log-odds, below the best passage a document still speaks to a question


def threshold(chosen: float | None = None) -> float:
    """Return the confidence from which an answer is shown: the one chosen, else the fitted one."""
    return fitted.load().threshold if chosen is None else chosen


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
        marked = _highlights(passage.sentences, found.sentences[i] @ sentence, chosen.highlight)
        hits.append(Hit(passage, float(scores[i]), named, marked))
    return hits


def contributions(signals: Mapping[str, float]) -> dict[str, float]:
    """Return what each signal of a hit adds to its score, the most first."""
    weights = fitted.load().ranking
    parts = {name: weights.get(name, 0.0) * value for name, value in signals.items()}
    return dict(sorted(parts.items(), key=lambda item: -item[1]))


def confidence(query: Query, hits: Sequence[Hit], around: Mapping[str, float]) -> float:
    """Return how likely the first of the hits answers the query, 0 to 1.

    ``around`` is the corpus's ``background``.
    """
    return _confidence(features(query, hits), around, fitted.load())


def background(found: Iterable[tuple[Query, Sequence[Hit]]]) -> dict[str, float]:
    """Return what the questions ``unrelated()`` reach in a corpus, from each with its hits there."""
    return _background([features(query, hits) for query, hits in found])


def by_document(hits: Sequence[Hit]) -> list[tuple[int, float]]:
    """Rank document ids by their best passage (maxP; Dai and Callan, 2019)."""
    best: dict[int, float] = {}
    for hit in hits:
        best.setdefault(hit.passage.document_id, hit.score)
    return sorted(best.items(), key=lambda item: -item[1])


def diversify(hits: Sequence[Hit], embeddings: NDArray[np.float32], count: int) -> list[Hit]:
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


def _with_another_side(
    chosen: list[Hit], others: Sequence[Hit], embeddings: NDArray[np.float32]
) -> list[Hit]:
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


def _highlights(sentences: Sequence[Span], scores: NDArray[np.float32], least: float) -> tuple[Span, ...]:
    """Choose the sentence that answers, none when no one stands out.

    The scores are log-odds within the passage: their softmax is the probability
    that a sentence is the one.
    """
    shares = np.exp(scores - scores.max())
    shares = shares / shares.sum()
    best = int(shares.argmax())
    return (sentences[best],) if shares[best] >= least else ()
