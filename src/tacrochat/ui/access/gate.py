"""Checks names and passwords, a few at a time, in threads beside the server's loop."""

import asyncio
import math
import secrets
from collections.abc import Mapping
from pathlib import Path

from tacrochat.ui.access.files import Watched
from tacrochat.ui.access.hashes import PasswordHash
from tacrochat.ui.access.people import Entry, only, read
from tacrochat.ui.access.throttle import Throttle

_AT_ONCE = 2  # each takes a core for a tenth of a second, and 32 MB
_MAX_WAITING = 50  # logins that are checked, or wait for it


class TryLater(Exception):
    """A login is not looked at now; ``seconds`` says when it will be."""

    def __init__(self, seconds: float) -> None:
        """Give the seconds, rounded up."""
        super().__init__("too many wrong logins")
        self.seconds = max(1, math.ceil(seconds))


class Gate:
    """The people of a password file, and the check of their passwords."""

    def __init__(self, path: Path, name: str) -> None:
        """Admit the person of this name, or everyone (``*``).

        Raises:
            TacrochatError: the file cannot be read.

        """
        self._file = Watched(path, read)
        self._name = name
        self._throttle = Throttle()
        self._nobody = PasswordHash.of(secrets.token_hex(16))
        self._running = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    @property
    def path(self) -> Path:
        """The password file."""
        return self._file.path

    @property
    def people(self) -> Mapping[str, Entry]:
        """The people who may log in, as the file has them now."""
        return only(self._file.value, self._name)

    async def check(self, address: str, name: str, password: str) -> Entry | None:
        """Return the person with this name and password, None if there is none.

        An unknown name and one without a password take as long as a wrong password.

        Raises:
            TryLater: there were too many wrong logins from this address.

        """
        seconds = self._throttle.refused_for(address)
        if seconds or self._waiting >= _MAX_WAITING:
            raise TryLater(seconds)
        wait = self._throttle.begin(address, name)
        self._waiting += 1
        try:
            await asyncio.sleep(wait)
            async with self._running:
                entry = self.people.get(name)
                known = entry.password if entry else None
                matches = await asyncio.to_thread((known or self._nobody).matches, password)
        finally:
            self._waiting -= 1
        if entry is None or known is None or not matches or self.people.get(name) != entry:
            return None
        self._throttle.succeeded(address, name)
        return entry
