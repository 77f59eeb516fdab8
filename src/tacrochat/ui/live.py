"""The configuration of a served folder, read again when its file changes."""

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tacrochat.configuration.read import load
from tacrochat.configuration.record import NAME, Configuration
from tacrochat.errors import TacrochatError
from tacrochat.library import Library
from tacrochat.ranking.confidence import threshold

log = logging.getLogger(__name__)

_QUIET_SECONDS = 0.5  # for which a file must not have changed: an editor may be writing it

_State = tuple[int, ...] | None


class LiveConfiguration:
    """The last usable configuration of a folder; ``error`` says what is wrong with a later one."""

    def __init__(self, folder: Callable[[], Path]) -> None:
        """Read the configuration of a folder, which may be another one later.

        Raises:
            TacrochatError: it cannot be used.

        """
        self._folder = folder
        self._lock = threading.Lock()
        now = folder()  # asked once: for an index on a server it may take a while
        self._used = self._seen = _state(now)
        self._seen_at = 0.0
        self.current = load(now)
        self.settings = self.current.settings()
        self.thresholds = {threshold(self.settings.threshold)}
        """The minimum confidences since the start: what a page shows that nobody has changed."""
        self.error = ""

    def look(self) -> bool:
        """Read the file again if it has changed; tells whether the configuration or error is another."""
        with self._lock:
            folder, now = self._folder(), time.monotonic()
            state = _state(folder)
            if state != self._seen:
                self._seen, self._seen_at = state, now
            if state == self._used or now - self._seen_at < _QUIET_SECONDS or not _has_entries(folder):
                return False
            self._used = state
            return self._read(folder)

    def applied_to(self, library: Library) -> Library:
        """Return a library with the settings as they are now."""
        settings = replace(self.settings, model=library.settings.model)
        return library if library.settings == settings else library.with_settings(settings)

    def _read(self, folder: Path) -> bool:
        before: tuple[Configuration, str] = self.current, self.error
        try:
            read = load(folder)
            if read.login != self.current.login:
                log.warning("the login settings of %s have changed; they need a restart", NAME)
            self.settings, self.current, self.error = read.settings(), read, ""
            self.thresholds.add(threshold(self.settings.threshold))
        except TacrochatError as error:
            self.error = str(error).replace(f"{folder}{os.sep}", "")
            log.warning("the configuration before stays in use: %s", error)
        return (self.current, self.error) != before


def _state(folder: Path) -> _State:
    try:
        status = (folder / NAME).stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _has_entries(folder: Path) -> bool:
    """Tell whether a folder is there and not empty, as one is whose drive is not connected."""
    try:
        return bool(os.listdir(folder))
    except OSError:
        return False
