"""The fitted weights of ranking and confidence, read from ``weights.json``.

That file also says on what they were fitted, with the cross-validated figures.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Weights:
    """Linear models, each with one weight for each signal or feature.

    ``ranking`` orders passages, ``sentence`` the sentences of a passage.
    ``topic`` and ``answer``, each with its ``intercept``, give the confidence;
    ``slope`` and ``offset`` calibrate it. ``threshold`` is the smallest
    confidence of an answer, ``uncertain`` that of quotes which may not answer,
    see ``ranking.zones``. ``right`` tells for each zone how often the first quote
    of left-out questions was right. ``highlight`` is the smallest probability at
    which a sentence is highlighted.

    ``reader`` has what the reader's words weigh: ``ranking`` and ``sentence`` are the
    weights of its log-odds beside the other signals, ``span`` is how likely the
    words that answer must be to be shown. ``without_reader`` holds the ``answer``,
    ``slope`` and ``offset`` that are used where there is none.
    """

    ranking: Mapping[str, float]
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


@cache
def load() -> Weights:
    """Read the weights that ship with tacrochat."""
    text = files("tacrochat.ranking").joinpath("weights.json").read_text("utf-8")
    return Weights.from_dict(json.loads(text))
