"""The models of ranking and confidence, fitted on labelled sets.

* ranking: listwise softmax over the candidates of a query (Cao et al., 2007), with
  weights for short questions and for long ones, interpolated between them,
* sentence: the same over the sentences of a right passage,
* topic: logistic regression of "is answerable" against "is off topic",
* answer: the same against "is near the topic"; no weight is negative, so that a
  signal can only raise the confidence.

SHARES are the weights of the sets.
"""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from fit_sets import LabelledSet, Sample
from tacrochat.arrays import Floats
from tacrochat.ranking import confidence, signals
from tacrochat.ranking.records import Query
from tacrochat.ranking.weights import length
from tacrochat.types import Hit

MAX_QUERIES = 700  # queries of one set that a fit of the ranking uses
MAX_CANDIDATES = 150  # of a query that are not right
_LOOKS_RIGHT = ("cosine", "sentence_cosine", "term_match", "bm25_share")
# The sets about medicine weigh most: the other's unanswerable questions share every word with an answer.
SHARES = {
    "ranking": {"scifact_train": 0.5},  # claims, not questions; all others 1
    "topic": {"sources": 1.0, "corpus": 1.0, "wiki_articles": 2.0},
    "answer": {"sources": 1.0, "corpus": 1.0, "wiki_articles": 0.5},
    "calibration": {"sources": 1.0, "corpus": 1.0, "plain": 1.0, "wiki_articles": 0.5},
}
Weights = Mapping[str, float]
Features = Mapping[str, NDArray[np.float64]]
"""Features of each set, ``(samples, features)``."""


def listwise(
    lists: Sequence[Sequence[tuple[Floats, Floats]]], shares: Sequence[float], penalty: float = 1e-3
) -> Floats:
    """Fit weights by listwise softmax: ``lists[set]`` holds pairs (values, labels) of a query each.

    ``shares[set]`` is what a set weighs.
    """

    def square(weights: torch.Tensor) -> torch.Tensor:
        return penalty * (weights**2).sum()

    width = lists[0][0][0].shape[1]
    return _minimised(_softmax_loss(lists, shares), square, width, bounds=None)


def listwise_by_length(
    lists: Sequence[Sequence[tuple[Floats, Floats]]], shares: Sequence[float], penalty: float = 3e-4
) -> Floats:
    """Fit weights to columns of ``by_length``; none is negative.

    A larger signal always speaks for a passage: a weight below 0 corrects
    another signal on the questions of the fit, and does not carry over to others.
    The penalty holds the weights of long questions near those of short ones.
    """

    def apart(weights: torch.Tensor) -> torch.Tensor:
        short, long = weights.tensor_split(2)
        return penalty * ((short**2).sum() + ((long - short) ** 2).sum())

    width = lists[0][0][0].shape[1]
    return _minimised(_softmax_loss(lists, shares), apart, width, bounds=[(0, None)] * width)


def _softmax_loss(
    lists: Sequence[Sequence[tuple[Floats, Floats]]], shares: Sequence[float]
) -> Callable[[torch.Tensor], torch.Tensor]:
    padded = []
    for queries in lists:
        longest = max(len(labels) for _, labels in queries)
        width = queries[0][0].shape[1]
        values = torch.zeros(len(queries), longest, width)
        right = torch.zeros(len(queries), longest, dtype=torch.bool)
        outside = torch.full((len(queries), longest), -1e9)
        for i, (candidate_values, labels) in enumerate(queries):
            values[i, : len(labels)] = torch.from_numpy(candidate_values)
            right[i, : len(labels)] = torch.from_numpy(labels > 0)
            outside[i, : len(labels)] = 0
        padded.append((values, right, outside))

    def loss(weights: torch.Tensor) -> torch.Tensor:
        total = torch.zeros(())
        for (values, right, outside), share in zip(padded, shares, strict=True):
            logs = torch.log_softmax(values @ weights + outside, 1)
            mean = -torch.logsumexp(logs.masked_fill(~right, -1e9), 1).mean()
            total = total + share / sum(shares) * mean
        return total

    return loss


def _minimised(
    loss: Callable[[torch.Tensor], torch.Tensor],
    penalty: Callable[[torch.Tensor], torch.Tensor],
    width: int,
    bounds: Sequence[tuple[float, None]] | None,
) -> Floats:
    def value_and_slope(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = torch.tensor(point, dtype=torch.float32, requires_grad=True)
        total = loss(weights) + penalty(weights)
        total.backward()
        assert weights.grad is not None
        return float(total.detach()), weights.grad.numpy().astype(np.float64)

    start = np.full(width, 0.5)
    found = minimize(
        value_and_slope, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 150}
    )
    return np.asarray(found.x, np.float32)


def logistic(
    features: NDArray[np.float64],
    labels: NDArray[np.bool_],
    share: NDArray[np.float64],
    strength: float = 0.05,
) -> NDArray[np.float64]:
    """Fit a logistic regression whose weights cannot be negative; returns the weights, the intercept last.

    ``strength`` is the inverse of the penalty on the weights of standardised features, as in scikit-learn.
    """
    mean, deviation = features.mean(axis=0), features.std(axis=0) + 1e-9
    scaled = np.c_[(features - mean) / deviation, np.ones(len(features))]
    sign = np.where(labels, 1.0, -1.0)
    share = strength * share / share.mean()

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (scaled @ weights)
        slope = scaled.T @ (-share * sign / (1 + np.exp(margin)))
        slope[:-1] += weights[:-1]
        return float(share @ np.logaddexp(0, -margin) + (weights[:-1] ** 2).sum() / 2), slope

    bounds = [(0, None)] * features.shape[1] + [(None, None)]
    weights = minimize(loss, np.zeros(scaled.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds).x
    weights[:-1] /= deviation
    weights[-1] -= mean @ weights[:-1]
    return np.asarray(weights)


def by_length(values: Floats, query: Query) -> Floats:
    """Return the signals twice, ``(candidates, 2 * signals)``: for weights of short and of long questions."""
    share = length(len(query.terms))
    return np.concatenate([(1 - share) * values, share * values], axis=1)


def _hardest(sample: Sample) -> tuple[Floats, Floats]:
    """Return what ``listwise_by_length`` reads: the right candidates, and MAX_CANDIDATES that look right."""
    looks_right = sample.values[:, [signals.NAMES.index(name) for name in _LOOKS_RIGHT]].sum(axis=1)
    chosen = sample.grades > 0
    chosen[np.argsort(-looks_right)[:MAX_CANDIDATES]] = True
    return by_length(sample.values[chosen], sample.query), sample.grades[chosen]


def fit_ranking(sets: Mapping[str, Sequence[Sample]]) -> Floats:
    """Fit the ranking; returns the weights of the columns of ``by_length``."""
    lists, shares = [], []
    for name, samples in sets.items():
        usable = [s for s in samples if 0 < (s.grades > 0).sum() < len(s.grades)]
        chosen = sorted(usable, key=lambda s: zlib.crc32(s.query.text.encode()))[:MAX_QUERIES]
        if chosen:
            lists.append([_hardest(s) for s in chosen])
            shares.append(SHARES["ranking"].get(name, 1.0))
    return listwise_by_length(lists, shares)


def fit_sentence(sets: Mapping[str, Sequence[Sample]]) -> Floats:
    """Fit the choice of the sentence that answers."""
    lists = [[pair for s in samples for pair in s.sentences] for samples in sets.values()]
    nonempty = [pairs for pairs in lists if pairs]
    return listwise(nonempty, [1.0] * len(nonempty))


def describe(query: Query, values: Floats, ranking: Floats) -> tuple[dict[str, float], int]:
    """Rank candidates by their signals; returns the confidence features and the first candidate."""
    scores = by_length(values, query) @ ranking
    order = np.argsort(-scores, kind="stable")
    hits = [
        Hit(None, float(scores[i]), dict(zip(signals.NAMES, map(float, values[i]), strict=True)))  # type: ignore[arg-type]
        for i in order
    ]
    return confidence.features(query, hits), int(order[0])


@dataclass(slots=True)
class Judged:
    """The confidence features and the labels of a set's samples, one row for each.

    ``topic`` and ``answer`` are the features of the two models; ``right`` tells
    whether the first candidate is right.
    """

    topic: NDArray[np.float64]
    answer: NDArray[np.float64]
    answerable: NDArray[np.bool_]
    off_topic: NDArray[np.bool_]
    right: NDArray[np.bool_]
    folds: NDArray[np.int64]


def judge(labelled: LabelledSet, ranking: Floats) -> Judged:
    """Compute the confidence features of samples under a ranking."""
    samples = labelled.samples
    background = confidence.median_features(
        [describe(query, values, ranking)[0] for query, values in labelled.unrelated]
    )
    described = [describe(s.query, s.values, ranking) for s in samples]
    topics = [confidence.topic(features, background) for features, _ in described]
    return Judged(
        np.asarray([[topic[name] for name in confidence.TOPIC] for topic in topics]),
        np.asarray([[features[name] for name in ANSWER] for features, _ in described]),
        np.asarray([s.answerable for s in samples]),
        np.asarray([s.kind == "off_topic" for s in samples]),
        np.asarray([s.grades[first] > 0 for s, (_, first) in zip(samples, described, strict=True)]),
        np.asarray([s.fold for s in samples]),
    )


ANSWER = [
    name
    for name in confidence.features(
        Query("", (), (), (), (), np.zeros(1, np.float32), np.zeros((0, 1), np.float32), ()),
        [Hit(None, 0.0, dict.fromkeys(signals.NAMES, 0.0))],  # type: ignore[arg-type]
    )
    if name != "score"
]


def fit_confidence(
    judged: Mapping[str, Judged], outside: int | None = None
) -> tuple[dict[str, float], dict[str, float]]:
    """Fit topic and answer on all samples but those of one fold."""

    def fit(part: str, names: Sequence[str], features: Features, negatives: Features) -> dict[str, float]:
        masks = {
            n: (j.answerable | negatives[n]) & (j.folds != outside)
            for n, j in judged.items()
            if n in SHARES[part]
        }
        weights = logistic(
            np.concatenate([features[n][mask] for n, mask in masks.items()]),
            np.concatenate([judged[n].answerable[mask] for n, mask in masks.items()]),
            np.concatenate([np.full(mask.sum(), SHARES[part][n] / mask.sum()) for n, mask in masks.items()]),
        )
        positive = {name: round(float(w), 4) for name, w in zip(names, weights, strict=False) if w > 1e-4}
        return {"intercept": round(float(weights[-1]), 4)} | positive

    off, near = {n: j.off_topic for n, j in judged.items()}, {n: ~j.off_topic for n, j in judged.items()}
    topic = fit("topic", confidence.TOPIC, {n: j.topic for n, j in judged.items()}, off)
    return topic, fit("answer", ANSWER, {n: j.answer for n, j in judged.items()}, near)


def both(judged: Judged, topic: Weights, answer: Weights) -> NDArray[np.float64]:
    """Return the log-odds that topic and answer both hold, ``(samples,)``."""
    return np.asarray(
        [
            confidence.both_hold(
                confidence.log_odds(dict(zip(confidence.TOPIC, topic_values, strict=True)), topic),
                confidence.log_odds(dict(zip(ANSWER, answer_values, strict=True)), answer),
            )
            for topic_values, answer_values in zip(judged.topic, judged.answer, strict=True)
        ]
    )


def calibrate(
    log_odds: Mapping[str, NDArray[np.float64]],
    right: Mapping[str, NDArray[np.bool_]],
    chosen: Mapping[str, NDArray[np.bool_]],
) -> tuple[float, float]:
    """Fit slope and intercept from log-odds to "the first quote is right" (Platt, 1999)."""
    scores = np.concatenate([log_odds[n][mask] for n, mask in chosen.items()])
    labels = np.concatenate([right[n][mask] for n, mask in chosen.items()])
    share = np.concatenate(
        [np.full(mask.sum(), SHARES["calibration"][n] / mask.sum()) for n, mask in chosen.items()]
    )
    model = LogisticRegression(C=1e6).fit(scores[:, None], labels, sample_weight=share / share.mean())
    return float(model.coef_[0][0]), float(model.intercept_[0])
