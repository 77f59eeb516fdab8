"""Sessions: who is logged in, by a random number in a cookie. They are in memory, and end with the server.

All times are of the monotonic clock: setting the clock of the machine ends no session, and prolongs none.
"""

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tacrochat.ui.access.people import Entry

_MAX_SESSIONS = 10_000  # the one that is unused for longest makes room
_MAX_OF_ONE = 50  # sessions of one person


@dataclass(frozen=True, slots=True)
class _Session:
    entry: Entry  # as the password file had it at the login
    began: float
    used: float


class Sessions:
    """The sessions of one server. They are for its event loop: no other thread may use them."""

    def __init__(
        self, *, idle_seconds: float, max_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """End a session that is unused for the first time, and each after the second."""
        self._idle_seconds, self._max_seconds, self._clock = idle_seconds, max_seconds, clock
        self._sessions: OrderedDict[bytes, _Session] = OrderedDict()  # the one used last is at the end

    def __len__(self) -> int:
        return len(self._sessions)

    def begin(self, entry: Entry) -> str:
        """Begin a session of a person; returns its number, which nothing but the cookie holds."""
        self._forget_ended()
        of_one = [key for key, session in self._sessions.items() if session.entry.name == entry.name]
        for key in of_one[: max(0, len(of_one) - _MAX_OF_ONE + 1)]:
            del self._sessions[key]
        while len(self._sessions) >= _MAX_SESSIONS:
            self._sessions.popitem(last=False)
        number, now = secrets.token_urlsafe(32), self._clock()
        self._sessions[_key(number)] = _Session(entry, now, now)
        return number

    def entry_of(self, number: str, people: Mapping[str, Entry]) -> Entry | None:
        """Return whose session this is, None if it is none or has ended.

        It ends when its person's line of the password file changes in any way.
        """
        key = _key(number)
        session = self._sessions.get(key)
        if session is None:
            return None
        if self._has_ended(session) or people.get(session.entry.name) != session.entry:
            del self._sessions[key]
            return None
        self._sessions[key] = replace(session, used=self._clock())
        self._sessions.move_to_end(key)
        return session.entry

    def end(self, number: str) -> None:
        """End a session."""
        self._sessions.pop(_key(number), None)

    def end_all_of(self, name: str) -> None:
        """End all sessions of a person."""
        for key in [key for key, session in self._sessions.items() if session.entry.name == name]:
            del self._sessions[key]

    def _has_ended(self, session: _Session) -> bool:
        now = self._clock()
        return now - session.used > self._idle_seconds or now - session.began > self._max_seconds

    def _forget_ended(self) -> None:
        for key in [key for key, session in self._sessions.items() if self._has_ended(session)]:
            del self._sessions[key]


def _key(number: str) -> bytes:
    return hashlib.sha256(number.encode("utf-8", "replace")).digest()
