"""Locks between processes. They are the operating system's: a lock ends with the process that holds it."""

from contextlib import AbstractContextManager
from pathlib import Path

from filelock import FileLock


def acquire(path: Path, seconds: float, *, is_private: bool = False) -> AbstractContextManager[object]:
    """Take the lock of a file, which is made and stays; it is held until the returned context ends.

    Nobody but the owner can open the file if ``is_private``, and so nobody else can hold up a process.

    Raises:
        TimeoutError: another process, or another thread, has held it for so many seconds.
        OSError: the file cannot be made.

    """
    lock = FileLock(path, timeout=seconds, mode=0o600) if is_private else FileLock(path, timeout=seconds)
    return lock.acquire()
