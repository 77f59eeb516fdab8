"""Sequences whose items are read when they are asked for."""

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar, overload

T = TypeVar("T")


class Lazy(Sequence[T], Generic[T]):
    """A sequence whose items are read when they are asked for."""

    def __init__(
        self,
        count: int,
        get: Callable[[int], T],
        every: Callable[[], Iterator[T]] | None = None,
        some: Callable[[Sequence[int]], list[T]] | None = None,
    ) -> None:
        """Give the number of items and what returns one; if faster, what yields all, or returns some."""
        self._count = count
        self._get = get
        self._every = every
        self._some = some

    def __len__(self) -> int:
        """Return the number of items."""
        return self._count

    @overload
    def __getitem__(self, number: int) -> T: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[T]: ...
    def __getitem__(self, number: int | slice) -> T | Sequence[T]:
        """Return an item, or a list of those in a slice."""
        if isinstance(number, slice):
            numbers = range(*number.indices(self._count))
            return self._some(numbers) if self._some else [self._get(i) for i in numbers]
        if not -self._count <= number < self._count:
            raise IndexError(f"there are {self._count}")
        return self._get(int(number) % self._count)

    def __iter__(self) -> Iterator[T]:
        """Yield all items in order."""
        return self._every() if self._every else (self._get(i) for i in range(self._count))

    def __repr__(self) -> str:
        """Say how many items there are."""
        return f"<{self._count} items, read when they are asked for>"
