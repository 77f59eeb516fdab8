"""Slows down guessing: an address that fails is refused for a growing time, a name that is guessed waits."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from tacrochat.ui.hosts import network_of

FREE = 5
"""Wrong logins in a row that cost nothing."""

_MAX_REFUSED = 60.0  # seconds that an address is refused after a wrong login
_MAX_WAIT = 1.0  # seconds that a login with a guessed name waits: its owner, at another address, waits too
_FORGET = 900.0  # seconds after which wrong logins are forgotten
_MAX_KEPT = 10_000  # addresses, and names


@dataclass(slots=True)
class _Count:
    failures: int = 0
    at: float = 0.0


class Throttle:
    """Counts the logins that were not right, by address and by name."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the time from a clock that never jumps."""
        self._clock = clock
        self._addresses: OrderedDict[str, _Count] = OrderedDict()
        self._names: OrderedDict[str, _Count] = OrderedDict()

    def refused_for(self, address: str) -> float:
        """Return the seconds for which logins from an address are refused without a look at them."""
        count = self._addresses.get(network_of(address))
        if count is None:
            return 0.0
        return max(0.0, count.at + _growing(count.failures, 1.0, _MAX_REFUSED) - self._clock())

    def begin(self, address: str, name: str) -> float:
        """Count a login as wrong, until ``succeeded``; returns the seconds that it is to wait.

        Counting first leaves no room for many logins at once.
        """
        wait = self._names[name].failures if name in self._names else 0
        self._count(self._addresses, network_of(address))
        self._count(self._names, name)
        return _growing(wait, 0.1, _MAX_WAIT)

    def succeeded(self, address: str, name: str) -> None:
        """Forget the wrong logins with a name, and take back what ``begin`` has counted for the address.

        The other wrong logins of the address stay: whoever has a password of their own must not
        clear them by logging in now and then.
        """
        self._names.pop(name, None)
        count = self._addresses.get(network_of(address))
        if count is not None:
            count.failures -= 1

    def _count(self, counts: OrderedDict[str, _Count], key: str) -> None:
        now = self._clock()
        count = counts.pop(key, None)
        if count is None or now - count.at > _FORGET:
            count = _Count()
        count.failures, count.at = count.failures + 1, now
        counts[key] = count
        if len(counts) > _MAX_KEPT:
            counts.popitem(last=False)


def _growing(failures: int, first: float, most: float) -> float:
    """Return 0 for few failures, then ``first``, and twice as much after each further one."""
    return min(most, first * 2.0 ** min(failures - FREE, 30)) if failures >= FREE else 0.0
