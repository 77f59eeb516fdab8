"""What was read of an index last, kept in memory."""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """The values that were used last, at most ``count``; safe to use from several threads."""

    def __init__(self, count: int) -> None:
        """Keep ``count`` values."""
        self._count = count
        self._lock = Lock()
        self._kept: OrderedDict[K, V] = OrderedDict()

    def get(self, keys: Collection[K]) -> dict[K, V]:
        """Return the values that are kept, by key."""
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
            for key in found:
                self._kept.move_to_end(key)
            return found

    def keep(self, values: Mapping[K, V]) -> None:
        """Keep values, those used longest ago no longer."""
        with self._lock:
            self._kept.update(values)
            while len(self._kept) > self._count:
                self._kept.popitem(last=False)
