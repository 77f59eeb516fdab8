"""What the library behind the page is doing."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from tacrochat.building.progress import Pace

_STARTED = time.time_ns()
_SHOWN_AFTER_SECONDS = 2.0

Phase = Literal["starting", "building", "loading", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class Synced:
    """How many documents a folder has added, changed and removed, and when, in seconds since 1970."""

    added: int
    changed: int
    removed: int
    at: float


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an index is not up to date: the key of a text of the page, and an error that is put into it."""

    key: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """What the library is doing; ``share`` (0 to 1), ``stage`` and ``seconds_left`` belong to a build.

    ``seconds_left`` is for reading or for embedding, None while it is not known.
    ``is_cancelled`` says that the build is to stop, or, afterwards, that it was stopped.
    ``generation`` names the index in use, "" if there is none yet.
    """

    phase: Phase = "starting"
    stage: str = ""
    share: float = 0.0
    seconds_left: float | None = None
    error: str = ""
    is_cancelled: bool = False
    generation: str = ""

    @property
    def is_busy(self) -> bool:
        """Tell whether the state will change by itself."""
        return self.phase in {"starting", "building", "loading"}


class Cancelled(Exception):
    """Raised within a build that is to stop."""


class Announced:
    """A state that pages ask for; each change of it gives it another ``version``.

    ``synced`` and ``problem`` belong to a folder that is followed.
    """

    def __init__(self) -> None:
        """Begin with the state "starting"."""
        self.synced: Synced | None = None
        self.problem: Problem | None = None
        self._state = State()
        self._changes = 0
        self._changed = threading.Condition()
        self._shown_from = 0.0

    @property
    def state(self) -> State:
        """The current state."""
        return self._state

    @property
    def version(self) -> str:
        """A text that differs whenever the state does, also from that of a server started later."""
        return f"{_STARTED:x}.{self._changes}"

    def tell(self) -> None:
        """Have every page look again: something that it shows has changed."""
        self._set(self._state)

    def cancel(self) -> bool:
        """Stop the running build at its next step; False if none is running.

        The library in use stays, and what is embedded is kept for the next build.
        """
        with self._changed:
            if self._state.phase != "building":
                return False
            self._update(is_cancelled=True)
        return True

    @contextlib.contextmanager
    def _quietly(self) -> Iterator[None]:
        """Show a build that runs meanwhile only if it takes long: most refreshes are done in a moment."""
        before = replace(self._state, is_cancelled=False, error="")
        if before != self._state:
            self._set(before)
        self._shown_from = time.monotonic() + _SHOWN_AFTER_SECONDS
        try:
            yield
        finally:
            self._shown_from = 0.0
            is_cancelled = self._state.is_cancelled
            if self._state.phase == "building":
                self._set(replace(before, is_cancelled=is_cancelled))

    def _show(self, pace: Pace) -> None:
        if self._state.is_cancelled:
            raise Cancelled
        if time.monotonic() >= self._shown_from:
            self._update(phase="building", stage=pace.stage, share=pace.share, seconds_left=pace.seconds_left)

    def _update(self, **changes: Any) -> None:
        with self._changed:  # in one step: a cancellation is not written over
            self._set(replace(self._state, **changes))

    def _set(self, state: State) -> None:
        with self._changed:
            self._state = state
            self._changes += 1
            self._changed.notify_all()
