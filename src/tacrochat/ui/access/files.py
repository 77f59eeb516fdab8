"""Files of secrets: private, changed by one process at a time, and read again when they change."""

import logging
import os
import secrets
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from tacrochat.errors import TacrochatError
from tacrochat.index.locking import acquire

log = logging.getLogger(__name__)
Value = TypeVar("Value")

_LONGEST_WAIT = 10.0  # seconds; a change takes milliseconds


def read_lines(path: Path, make: str) -> list[str]:
    """Return the lines of a file that only its owner can read; ``make`` is the command that makes one.

    Raises:
        TacrochatError: it cannot be read, or others can read it.

    """
    try:
        if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise TacrochatError(f"{path} can be read by others; run 'chmod 600 {path}'")
        return path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TacrochatError(f"{path} cannot be read ({error}); make it with '{make}'") from error


@contextmanager
def changing(path: Path) -> Iterator[None]:
    """Hold the lock of a file, so that what is read within is what is replaced, whoever else changes it.

    Raises:
        TacrochatError: others hold it for too long, or its folder cannot be written.

    """
    target = path.resolve()
    try:
        if not target.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {target.parent}")
        held = acquire(target.with_name(f".{target.name}.lock"), _LONGEST_WAIT, is_private=True)
    except TimeoutError as error:
        raise TacrochatError(f"{path} is being changed by another process; try again") from error
    except OSError as error:
        raise TacrochatError(f"{path} cannot be written ({error}); make its folder writable") from error
    with held:
        yield


def write_lines(path: Path, lines: Sequence[str]) -> None:
    """Replace a file in one step, within ``changing``; it can be read by its owner only.

    Raises:
        TacrochatError: it cannot be written; the file is as it was.

    """
    target = path.resolve()  # a link to a file of secrets stays one
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.new")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise TacrochatError(f"{path} cannot be written ({error}); make its folder writable") from error


class Watched(Generic[Value]):
    """What a file holds, read again when the file changes; what cannot be read leaves the old value."""

    def __init__(self, path: Path, read: Callable[[Path], Value]) -> None:
        """Read a file.

        Raises:
            TacrochatError: ``read`` cannot.

        """
        self._path, self._read = path, read
        self._state = self._look()
        self._value = read(path)

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def value(self) -> Value:
        """What the file holds now."""
        state = self._look()
        if state != self._state:
            self._state = state
            try:
                self._value = self._read(self._path)
                log.info("%s has changed, and was read again", self._path)
            except TacrochatError as error:
                log.warning("%s (what was read before stays in use)", error)
        return self._value

    def _look(self) -> tuple[int, ...] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_mode)
