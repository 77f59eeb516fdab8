"""Read the documents in a file; this module is what other packages import.

The suffix of a file decides which reader reads it. A reader turns bytes into an
``Extract``: a text with its blocks. To add a format, write a module with such a
function and add a line to ``formats.FORMATS``; see docs/readers.md. ``Worker``
runs readers in a separate process, with limits on time and memory; ``parts``
and ``read`` run them in this process.
"""

import errno
import hashlib
from collections.abc import Iterator
from pathlib import Path

from tacrochat.errors import ReadError
from tacrochat.readers.decoding import decode
from tacrochat.readers.formats import SUFFIXES, is_outdated, reported
from tacrochat.readers.isolation import FileRead, Worker
from tacrochat.readers.limits import Limits, open_regular, read_bytes
from tacrochat.readers.metadata import SIDECAR
from tacrochat.readers.parts import Part, parts_of
from tacrochat.types import Extract

__all__ = [
    "SIDECAR",
    "SUFFIXES",
    "VERBATIM",
    "VERSION",
    "FileRead",
    "Limits",
    "Part",
    "Worker",
    "decode",
    "digest",
    "is_outdated",
    "parts",
    "read",
    "reported",
]

VERSION = 4
"""Raise it when a reader gives another text for the same file: the next build then reads all files again."""


VERBATIM = frozenset({".md", ".markdown", ".txt", ".text"})
"""The suffixes of formats for which ``Document.text`` is the decoded file, unchanged.

Only in a text with pages (``Document.pages``) are the page breaks taken out."""


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal.

    Raises:
        OSError: it cannot be opened, or is not a regular file.

    """
    try:
        with open_regular(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except ReadError as error:
        raise OSError(errno.EINVAL, str(error), str(path)) from error


def parts(path: Path, limits: Limits) -> Iterator[Part]:
    """List the documents in a file, read in this process: one, or several for an archive or a mail.

    Raises:
        ReadError: with the reason, when the file cannot be opened or is too large.

    """
    return parts_of(path.name, read_bytes(path, limits), limits)


def read(path: Path, max_bytes: int) -> Extract:
    """Read a file that holds one document, in this process.

    Raises:
        ReadError: with the reason, when the file is too large, damaged, empty,
            of no known format, or cannot be opened.

    """
    first = next(parts(path, Limits(file_bytes=max_bytes)), None)
    if first is None or first.extract is None:
        raise ReadError(first.reason if first else "it is empty")
    return first.extract
