"""Questions wait their turn, person by person: many questions of one do not hold up the others."""

import contextlib
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator

from tacrochat.errors import TacrochatError

MAX_WAITING, MAX_WAITING_EACH = 256, 128
"""Questions that wait at most: of all, and of one person (or address)."""

MAX_SECONDS = 60.0
"""How long a question waits at most."""

RETRY_AFTER = 5
"""Seconds after which a client may ask again."""


class Busy(TacrochatError):
    """A question is refused because too many wait, or because it has waited too long."""

    def __init__(self, reason: str) -> None:
        """Refuse; ``reason`` is ``full`` or ``late``."""
        super().__init__(f"the server is busy; ask again in {RETRY_AFTER} seconds")
        self.reason = reason


class FairQueue:
    """Lets a few callers run at a time, and takes turns among the people who wait.

    Each person's questions run in the order in which they came. Whoever comes waits
    for those that run, and for one question of each other person who waits.
    """

    def __init__(
        self,
        at_once: int = 1,
        *,
        max_waiting: int = MAX_WAITING,
        max_waiting_each: int = MAX_WAITING_EACH,
        max_seconds: float = MAX_SECONDS,
        refused: Callable[[str], object] = lambda reason: None,
    ) -> None:
        """Let ``at_once`` run at a time; ``refused`` is told the reason of each refusal."""
        self._at_once = at_once
        self._max_waiting, self._max_waiting_each = max_waiting, max_waiting_each
        self._max_seconds = max_seconds
        self._refused = refused
        self._changed = threading.Condition()
        self._running = 0
        self._waiting: OrderedDict[str, deque[threading.Event]] = OrderedDict()  # whose turn is next: first

    @property
    def waiting(self) -> int:
        """The number of questions that wait."""
        with self._changed:
            return sum(map(len, self._waiting.values()))

    @property
    def running(self) -> int:
        """The number of questions that are being answered."""
        return self._running

    def wait_until_empty(self, seconds: float) -> None:
        """Wait until no question is being answered, and none waits, but not longer than this."""
        with self._changed:
            self._changed.wait_for(lambda: not self._running, seconds)

    @contextlib.contextmanager
    def turn(self, person: str) -> Iterator[None]:
        """Wait until it is this person's turn, and let the next one run at the end.

        Raises:
            Busy: too many wait already, or it has taken too long.

        """
        try:
            self._begin(person)
        except Busy as error:
            self._refused(error.reason)
            raise
        try:
            yield
        finally:
            self._end()

    def _begin(self, person: str) -> None:
        turn = threading.Event()
        with self._changed:
            if self._running < self._at_once:
                self._running += 1
                return
            is_full = sum(map(len, self._waiting.values())) >= self._max_waiting
            if is_full or len(self._waiting.get(person, ())) >= self._max_waiting_each:
                raise Busy("full")
            self._waiting.setdefault(person, deque()).append(turn)
        if turn.wait(self._max_seconds):  # by the monotonic clock
            return
        with self._changed:
            if turn.is_set():
                return  # it came in this very moment
            self._waiting[person].remove(turn)
            if not self._waiting[person]:
                del self._waiting[person]
        raise Busy("late")

    def _end(self) -> None:
        with self._changed:
            if not self._waiting:
                self._running -= 1
                self._changed.notify_all()
                return
            person, turns = next(iter(self._waiting.items()))
            turns.popleft().set()  # it runs in the place of the one that has ended
            self._waiting.move_to_end(person)
            if not turns:
                del self._waiting[person]
