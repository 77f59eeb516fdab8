"""How likely the first hit answers a question.

Two things must hold, and each has a logistic model of its own: the folder is
about what is asked, and it says what is asked. The first compares with what
questions about anything else reach in this very folder, so that one set of
numbers serves a folder about one drug and one about eighteen subjects. In the
second every signal can only speak for an answer, never against one.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

import numpy as np

from tacrochat.ranking.records import Query
from tacrochat.ranking.signals import particular
from tacrochat.ranking.weights import Weights, load
from tacrochat.types import Hit

TOPIC = ("score", "all:sentence_cosine")
_FIRST = (
    "sentence_cosine",
    "exact",
    "word_match",
    "weakest_term",
    "sentence_weakest_term",
    "specific_match",
    "sentence_specific_match",
    "specific_lacking",
    "sentence_specific_lacking",
    "names",
)
_ALL = ("sentence_cosine", "sentence_specific_match", "specific_lacking", "sentence_specific_lacking")


def features(query: Query, hits: Sequence[Hit]) -> dict[str, float]:
    """Describe a ranking for the confidence models; more is better in all.

    ``first:`` are signals of the best hit, ``all:`` the best value among all
    hits; ``lead`` is how far the first hit's score stands above others;
    ``known`` and ``known:specific`` say, below 0, how much of the question are
    words that the corpus does not have.
    """
    if not hits:
        return {}
    scores = [hit.score for hit in hits]
    unknown = np.asarray(query.ids) < 0
    total = sum(query.idf) or 1.0
    found = {f"first:{name}": hits[0].signals[name] for name in _FIRST}
    found |= {f"all:{name}": max(hit.signals[name] for hit in hits) for name in _ALL}
    found["score"] = scores[0]
    found["lead:second"] = scores[0] - scores[min(1, len(scores) - 1)]
    found["lead:tenth"] = scores[0] - sum(scores[:10]) / len(scores[:10])
    found["known"] = -float(np.asarray(query.idf)[unknown].sum()) / total
    found["known:specific"] = -float(particular(query)[unknown].sum())
    return found


@cache
def unrelated() -> tuple[str, ...]:
    """Questions about all sorts of things, whatever a folder is about."""
    text = files("tacrochat.ranking").joinpath("unrelated.txt").read_text("utf-8")
    return tuple(text.splitlines())


def median_features(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return what unrelated questions reach in a corpus: the median of each feature in ``TOPIC``.

    A cohort's scores normalise those of the one that counts, as in speaker
    verification (Auckenthaler et al., 2000). The median, because a folder may
    be about some of the questions.
    """
    known = [one for one in found if one]
    return {name: float(np.median([one[name] for one in known])) if known else 0.0 for name in TOPIC}


def topic(found: Mapping[str, float], around: Mapping[str, float]) -> dict[str, float]:
    """Return the features in ``TOPIC`` above the background."""
    return {name: found[name] - around[name] for name in TOPIC}


def probability(found: Mapping[str, float], around: Mapping[str, float], weights: Weights) -> float:
    """Return the calibrated probability, 0 to 1, that the first hit answers (Platt, 1999)."""
    if not found:
        return 0.0
    both = both_hold(log_odds(topic(found, around), weights.topic), log_odds(found, weights.answer))
    return 1 / (1 + math.exp(-_limited(weights.slope * both + weights.offset)))


def log_odds(found: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Apply a logistic model; ``weights`` has its ``intercept`` beside a weight a feature."""
    return sum(w * found[name] for name, w in weights.items() if name != "intercept") + weights["intercept"]


def both_hold(topic: float, answer: float) -> float:
    """Return the log-odds that two independent things hold, from the log-odds of each."""
    chance = 1 / (1 + math.exp(-_limited(topic))) / (1 + math.exp(-_limited(answer)))
    return math.log(chance) - math.log1p(-chance)


def _limited(value: float) -> float:
    return max(-30.0, min(30.0, value))


def threshold(chosen: float | None = None) -> float:
    """Return the confidence from which an answer is shown: the one chosen, else the fitted one."""
    return load().threshold if chosen is None else chosen


def confidence(query: Query, hits: Sequence[Hit], around: Mapping[str, float]) -> float:
    """Return how likely the first of the hits answers the query, 0 to 1.

    ``around`` is the corpus's ``background``.
    """
    return probability(features(query, hits), around, load())


def background(found: Iterable[tuple[Query, Sequence[Hit]]]) -> dict[str, float]:
    """Return what the questions ``unrelated()`` reach in a corpus, from each with its hits there."""
    return median_features([features(query, hits) for query, hits in found])
