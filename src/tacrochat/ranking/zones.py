"""Three zones of confidence: answered, uncertain, not found.

Two thresholds divide them. The upper one keeps false answers rare, the lower one
false refusals; ``benchmarks/fit_ranking.py`` chooses both on left-out questions.
"""

from dataclasses import dataclass
from typing import Literal

from tacrochat.ranking.weights import load

Zone = Literal["answered", "uncertain", "not_found"]

_NUMBERS = "none one two three four five six seven eight nine ten".split()


@dataclass(frozen=True, slots=True)
class Zones:
    """The smallest confidence of "answered" and that of "uncertain", which is never above it."""

    answered: float
    uncertain: float

    @classmethod
    def of(cls, chosen: float | None = None, uncertain: float | None = None) -> "Zones":
        """Return the fitted zones; ``chosen`` replaces the smallest confidence of "answered".

        ``uncertain`` replaces that of "uncertain". If ``chosen`` is below it, no answer
        is uncertain: from ``chosen`` on it is "answered", below it "not_found".
        """
        weights = load()
        answered = weights.threshold if chosen is None else chosen
        return cls(answered, min(answered, weights.uncertain if uncertain is None else uncertain))

    def zone(self, confidence: float) -> Zone:
        """Return the zone of a confidence."""
        if confidence >= self.answered:
            return "answered"
        return "uncertain" if confidence >= self.uncertain else "not_found"


def right_of_ten(zone: Zone) -> int:
    """Return of how many in ten left-out questions of a zone the first quote was right."""
    return round(10 * load().right[zone])


def in_words(zone: Zone) -> str:
    """Say how often the quotes of a zone answer: "of ten such answers about nine are right"."""
    number = right_of_ten(zone)
    return f"of ten such answers about {_NUMBERS[number]} {'is' if number == 1 else 'are'} right"
