"""How much one person may ask of the server in a minute: a token bucket for each."""

import time
from collections import OrderedDict
from collections.abc import Callable

from tacrochat.ui.asgi import Scope
from tacrochat.ui.hosts import network_of
from tacrochat.ui.person import SCOPE_KEY

_MAX_KEPT = 10_000  # people and addresses; a sender that is forgotten begins with a full bucket


class Rates:
    """Token buckets by sender (Turner, 1986): each holds ``burst`` units and gets ``per_minute`` of them."""

    def __init__(self, per_minute: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the time from a clock that never jumps; 0 a minute is no limit."""
        self._rate, self._burst, self._clock = per_minute / 60, burst, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # units, and since when

    def refused_for(self, sender: str, cost: float) -> float:
        """Take units from a sender's bucket; returns the seconds until they are there, 0 if they are."""
        if not self._rate or not cost:
            return 0.0
        now = self._clock()
        units, since = self._buckets.pop(sender, (self._burst, now))
        units = min(self._burst, units + (now - since) * self._rate)
        is_enough = units >= cost
        self._buckets[sender] = (units - cost if is_enough else units, now)
        if len(self._buckets) > _MAX_KEPT:
            self._buckets.popitem(last=False)
        return 0.0 if is_enough else (cost - units) / self._rate


def sender_of(scope: Scope) -> str:
    """Return by what a sender is told from others: the person's name, or without a login the network."""
    person = scope.get(SCOPE_KEY)
    return person.name if person and person.name else network_of(str((scope.get("client") or ("",))[0]))
