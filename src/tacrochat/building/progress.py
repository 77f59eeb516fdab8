"""How far a build is: the share that is done, and the time that is left, from the cost of each step.

A build that counts files and texts does not know how long they take: a large PDF
is one file. So each step has a cost, and the share is the cost that is done.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from tacrochat.types import Progress

_MIN_SECONDS = 3.0  # of measuring, before a time left is named
_MEMORY_SECONDS = 30.0  # how fast older speeds are forgotten
_LONGEST = 1_000  # characters of a text that fill the model's window
_OVERHEAD = 60  # characters: what a text costs beside its length
_KB_PER_FILE = 20  # what a file costs beside its size


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a build is.

    ``stage`` is a stage of ``Progress``, with ``done`` of ``total`` steps. ``share``
    (0 to 1) is that of its phase: "reading", or "embedding" for passages and
    sentences together. ``seconds_left`` is None while it is not known.
    """

    stage: str
    done: int
    total: int
    phase: str
    share: float
    seconds_left: float | None


class Meter:
    """A ``Progress`` that knows what each step costs, and passes on the share and the time left."""

    def __init__(self, show: Callable[[Pace], object], clock: Callable[[], float] = time.monotonic) -> None:
        """Name a function to pass each pace to; ``clock`` returns seconds."""
        self._show = show
        self._clock = clock
        self._phase = ""
        self._costs: dict[str, tuple[float, list[float]]] = {}
        self._total = 0.0
        self._speed = _Speed(0.0)

    def plan(self, phase: str, costs: Mapping[str, Sequence[float]]) -> None:
        """Begin a phase: the stages in it, and the cost of each step of a stage in order."""
        self._phase = phase
        self._costs.clear()
        before = 0.0
        for stage, of_steps in costs.items():
            sums = [0.0, *accumulate(of_steps)]
            self._costs[stage] = before, sums
            before += sums[-1]
        self._total = before
        self._speed = _Speed(self._clock())

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Receive that ``done`` of ``total`` steps of a stage are finished."""
        if stage not in self._costs:
            self.plan(stage, {stage: [1.0] * total})
        before, sums = self._costs[stage]
        cost = before + sums[min(done, len(sums) - 1)]
        share = cost / self._total if self._total else 1.0
        left = self._speed.seconds_for(self._total - cost, cost, self._clock())
        self._show(Pace(stage, done, total, self._phase, share, left))


class _Speed:
    """The speed of a phase, cost per second: an average in which the last half minute counts most."""

    def __init__(self, began: float) -> None:
        self._began = self._at = began
        self._cost = 0.0
        self._weight = self._seconds = 0.0

    def seconds_for(self, cost: float, done: float, now: float) -> float | None:
        """Return how long a cost will take, given what is done; None while it is not known."""
        seconds = now - self._at
        if not self._cost and done:  # before, the model was loaded: that tells nothing of the speed
            self._at, self._cost = now, done
        elif seconds > 0 and done > self._cost:
            kept = 0.5 ** (seconds / _MEMORY_SECONDS)
            self._weight = self._weight * kept + (done - self._cost)
            self._seconds = self._seconds * kept + seconds
            self._at, self._cost = now, done
        if now - self._began < _MIN_SECONDS or not self._weight:
            return None
        return cost * self._seconds / self._weight


def plan(progress: Progress | None, phase: str, costs: Mapping[str, Sequence[float]]) -> None:
    """Tell a ``Meter`` what the steps of a phase cost; any other ``Progress`` does not ask."""
    if isinstance(progress, Meter):
        progress.plan(phase, costs)


def file_cost(size: int) -> float:
    """Return the cost of reading a file of ``size`` bytes."""
    return size / 1_000 + _KB_PER_FILE


def text_costs(texts: Sequence[str], factor: float = 1.0) -> list[float]:
    """Return the costs of encoding texts, in the order in which an ``Encoder`` takes them."""
    return sorted((factor * (min(len(text), _LONGEST) + _OVERHEAD) for text in texts), reverse=True)
