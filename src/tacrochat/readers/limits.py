"""Limits on one file, and opening files and zip containers within them."""

import io
import os
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tacrochat.errors import ReadError


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on one file: bytes on disk, bytes when unpacked, members, levels of nested archives.

    ``text_chars`` limits the text of one document in it, ``file_text_chars`` that
    of all together; a process that reads files keeps to them. ``seconds`` is the time
    that a process has for the file.
    """

    file_bytes: int = 64_000_000
    unpacked_bytes: int = 256_000_000
    members: int = 2_000
    depth: int = 2
    text_chars: int = 10_000_000
    file_text_chars: int = 50_000_000
    seconds: float = 60


def check_size(size: int, limits: Limits) -> None:
    """Refuse a file of ``size`` bytes that is too large.

    Raises:
        ReadError: it is over the limit.

    """
    if size > limits.file_bytes:
        raise ReadError(
            f"it is {size / 1e6:.0f} MB, over the limit of {limits.file_bytes / 1e6:.0f} MB; split it,"
            " or raise TACROCHAT_MAX_FILE_MB"
        )


def open_regular(path: Path) -> io.BufferedReader:
    """Open a regular file to read; a named pipe or a device is refused and never waited for.

    Raises:
        OSError: it cannot be opened.
        ReadError: it is something else than a regular file.

    """
    # Opening a pipe waits for a writer without O_NONBLOCK. For a regular file the flag has no effect.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags | getattr(os, "O_NOCTTY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ReadError("it is not a regular file but a folder, a pipe or a device; remove it")
    return os.fdopen(descriptor, "rb")


def read_bytes(path: Path, limits: Limits) -> bytes:
    """Read the bytes of a regular file.

    Raises:
        ReadError: it cannot be opened, is too large, or is not a regular file.

    """
    try:
        with open_regular(path) as file:
            check_size(os.fstat(file.fileno()).st_size, limits)
            data = file.read(limits.file_bytes + 1)
    except OSError as error:
        raise ReadError(f"it cannot be opened ({error.strerror})") from error
    check_size(len(data), limits)  # it may have grown, and a file of the system may state no size
    return data


def open_zip(data: bytes, limits: Limits, *, max_members: int | None = None) -> zipfile.ZipFile:
    """Open a zip container, if its directory stays within the limits.

    ``ZipFile`` never returns more bytes of a member than its directory states,
    so the sum over the directory limits what unpacking can cost.

    Raises:
        ReadError: it is not a zip, or would unpack to too much.

    """
    try:
        container = zipfile.ZipFile(io.BytesIO(data))
        entries = container.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as error:
        raise ReadError("it is damaged or cut short; get it anew") from error
    max_members = limits.members if max_members is None else max_members
    if len(entries) > max_members:
        raise ReadError(f"it holds {len(entries):,} files, over the limit of {max_members:,}; split it")
    total = sum(entry.file_size for entry in entries)
    if total > limits.unpacked_bytes:
        raise ReadError(
            f"it would unpack to {total / 1e6:,.0f} MB, over the limit of"
            f" {limits.unpacked_bytes / 1e6:,.0f} MB; unpack and check it,"
            " or raise TACROCHAT_MAX_UNPACKED_MB"
        )
    return container


def member(container: zipfile.ZipFile, entry: str | zipfile.ZipInfo) -> bytes:
    """Read one member of a container, by its name or its entry in the directory.

    Raises:
        ReadError: it is missing or damaged.

    """
    name = entry if isinstance(entry, str) else entry.filename
    try:
        return container.read(entry)
    except KeyError as error:
        raise ReadError(f"it is damaged: {name} is missing in it; get it anew") from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise ReadError(f"it is damaged: {name} in it cannot be unpacked; get it anew") from error
    except Exception as error:  # zlib.error, lzma.LZMAError: each compression method has its own
        raise ReadError(f"it is damaged: {name} in it cannot be unpacked; get it anew") from error
