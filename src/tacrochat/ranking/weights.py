"""The fitted weights of ranking and confidence, read from ``weights.json``.

That file also says on what they were fitted, with the cross-validated figures.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_SHORT, _LONG = 3, 15  # content words of a question


@dataclass(frozen=True, slots=True)
class Weights:
    """Linear models, each with one weight for each signal or feature.

    ``ranking`` orders passages for a short question, ``ranking_long`` for a long
    one; between them the weights are interpolated, see ``of_length``.
    ``sentence`` orders the sentences of a passage.
    ``topic`` and ``answer``, each with its ``intercept``, give the confidence;
    ``slope`` and ``offset`` calibrate it. ``threshold`` is the smallest
    confidence of an answer, ``uncertain`` that of quotes which may not answer,
    see ``ranking.zones``. ``right`` tells for each zone how often the first quote
    of left-out questions was right. ``highlight`` is the smallest probability at
    which a sentence is highlighted.

    ``reader`` has what the reader's words weigh: ``ranking`` and ``sentence`` are the
    weights of its log-odds beside the other signals, ``span`` is how likely the
    words that answer must be to be shown. ``without_reader`` holds the ``topic``,
    ``answer``, ``slope`` and ``offset`` that are used where there is none.
    """

    ranking: Mapping[str, float]
    ranking_long: Mapping[str, float]
    sentence: Mapping[str, float]
    topic: Mapping[str, float]
    answer: Mapping[str, float]
    slope: float
    offset: float
    threshold: float
    uncertain: float
    right: Mapping[str, float]
    highlight: float
    reader: Mapping[str, float]
    without_reader: Mapping[str, Any]

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Weights":
        """Take the fields out of the JSON object, its provenance left aside."""
        return cls(**{name: values[name] for name in cls.__dataclass_fields__})

    def of_length(self, terms: int) -> dict[str, float]:
        """Return the weights of ranking for a question of so many content words."""
        share = length(terms)
        long = self.ranking_long
        return {name: (1 - share) * weight + share * long[name] for name, weight in self.ranking.items()}


def length(terms: int) -> float:
    """Return how long a question of so many content words is: 0 up to three, 1 from 15 on, by logarithm.

    A signal does not mean the same in both: of three words, a right passage has
    all or one less, of 30 it has a few, and the cosine of the whole says more.
    """
    return min(1.0, math.log(max(terms, _SHORT) / _SHORT) / math.log(_LONG / _SHORT))


@cache
def load() -> Weights:
    """Read the weights that ship with tacrochat."""
    text = files("tacrochat.ranking").joinpath("weights.json").read_text("utf-8")
    return Weights.from_dict(json.loads(text))
