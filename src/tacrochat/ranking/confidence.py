"""How likely the first hit answers a question.

``P(answers) = P(topic) · P(answer | topic)``, with a logistic model for each factor:

- topic: the folder is about what is asked. Its features are compared with the
  background: what unrelated questions reach in the same folder. So one set of
  weights serves a folder about one drug and one about eighteen subjects.
- answer: a passage says what is asked. No weight is negative, so that a signal
  can only raise the probability.

The product is calibrated by Platt scaling (Platt, 1999).
"""

import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

import numpy as np

from tacrochat.ranking.records import Query
from tacrochat.ranking.signals import beyond_everyday
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
_READ = 3  # hits whose best reading counts
_ALL = ("sentence_cosine", "sentence_specific_match", "specific_lacking", "sentence_specific_lacking")


def features(query: Query, hits: Sequence[Hit]) -> dict[str, float]:
    """Describe a ranking for the confidence models; a larger value always speaks for an answer.

    - ``first:NAME``: signal NAME of the best hit.
    - ``all:NAME``: the largest value of signal NAME among all hits.
    - ``score``: the score of the best hit, in log-odds.
    - ``lead:second``, ``lead:tenth``: ``score`` minus that of the second hit,
      and minus the mean of the first ten.
    - ``reader:first``: the log-odds of the reader that the best hit answers.
    - ``reader:best``: the largest of those of the first three hits.
    - ``known``: minus the share of the terms' idf that the corpus does not have.
    - ``known:specific``: the same for specificity, not divided by the sum.
    """
    if not hits:
        return {}
    scores = [hit.score for hit in hits]
    unknown = np.asarray(query.ids) < 0
    total = sum(query.idf) or 1.0
    values = {f"first:{name}": hits[0].signals[name] for name in _FIRST}
    values |= {f"all:{name}": max(hit.signals[name] for hit in hits) for name in _ALL}
    values["score"] = scores[0]
    values["lead:second"] = scores[0] - scores[min(1, len(scores) - 1)]
    values["lead:tenth"] = scores[0] - sum(scores[:10]) / len(scores[:10])
    read = [hit.signals["reader"] for hit in hits[:_READ] if "reader" in hit.signals]
    if read:
        values["reader:first"], values["reader:best"] = read[0], max(read)
    values["known"] = -float(np.asarray(query.idf)[unknown].sum()) / total
    values["known:specific"] = -float(beyond_everyday(query)[unknown].sum())
    return values


@cache
def unrelated() -> tuple[str, ...]:
    """Return questions about many subjects, most of them unrelated to any one folder."""
    text = files("tacrochat.ranking").joinpath("unrelated.txt").read_text("utf-8")
    return tuple(text.splitlines())


def stamped(background: Mapping[str, float]) -> dict[str, float]:
    """Return a background as an index keeps it: with a number for the weights it was computed with."""
    return {**background, "weights": _weights_number()}


def restored(stored: Mapping[str, float]) -> dict[str, float] | None:
    """Return a stored background; None unless it was computed with the weights of this version."""
    if stored.get("weights") != _weights_number() or not set(TOPIC) < set(stored):
        return None
    return {name: stored[name] for name in TOPIC}


@cache
def _weights_number() -> float:
    """Return a number that changes with the weights, those of the reader too, and the questions."""
    names = ("weights.json", "unrelated.txt", "reading/reader.safetensors")
    data = b"".join(files("tacrochat.ranking").joinpath(name).read_bytes() for name in names)
    return float(zlib.crc32(data))


def median_features(rankings: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the median of each feature in ``TOPIC`` over rankings, each described by ``features``.

    Scores are normalised by those of a cohort, as in speaker verification
    (Auckenthaler et al., 2000). The median, because a folder may be about some
    of the questions.
    """
    known = [values for values in rankings if values]
    return {name: float(np.median([values[name] for values in known])) if known else 0.0 for name in TOPIC}


def topic(values: Mapping[str, float], background: Mapping[str, float]) -> dict[str, float]:
    """Return the features in ``TOPIC`` minus the background."""
    return {name: values[name] - background[name] for name in TOPIC}


def probability(values: Mapping[str, float], background: Mapping[str, float], weights: Weights) -> float:
    """Return the calibrated probability, 0 to 1, that the first hit answers; 0 without features."""
    if not values:
        return 0.0
    about, answer, slope, offset = weights.topic, weights.answer, weights.slope, weights.offset
    if "reader:first" not in values:
        names = ("topic", "answer", "slope", "offset")
        about, answer, slope, offset = (weights.without_reader[name] for name in names)
    both = both_hold(log_odds(topic(values, background), about), log_odds(values, answer))
    return 1 / (1 + math.exp(-_limited(slope * both + offset)))


def log_odds(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Apply a logistic model; ``weights`` has its ``intercept`` beside a weight for each feature."""
    terms = (weight * values[name] for name, weight in weights.items() if name != "intercept")
    return sum(terms) + weights["intercept"]


def both_hold(topic: float, answer: float) -> float:
    """Return the log-odds of two independent events together, from the log-odds of each."""
    product = 1 / (1 + math.exp(-_limited(topic))) / (1 + math.exp(-_limited(answer)))
    return math.log(product) - math.log1p(-product)


def _limited(value: float) -> float:
    return max(-30.0, min(30.0, value))


def threshold(chosen: float | None = None) -> float:
    """Return the smallest confidence at which an answer is shown: the one chosen, else the fitted one."""
    return load().threshold if chosen is None else chosen


def confidence(query: Query, hits: Sequence[Hit], background: Mapping[str, float]) -> float:
    """Return how likely the first of the hits answers the query, 0 to 1.

    ``background`` is that of the corpus, see ``background_of``.
    """
    return probability(features(query, hits), background, load())


def background_of(searches: Iterable[tuple[Query, Sequence[Hit]]]) -> dict[str, float]:
    """Return what the questions ``unrelated()`` reach in a corpus, from each with its hits there."""
    return median_features([features(query, hits) for query, hits in searches])
