"""Readers: one file to one ``Extract``; which reader, the file's suffix says.

A reader turns decoded text into blocks (``plain``, ``markdown``). To add a
format, write a module with such a function and name its suffixes in ``_TEXT``.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

from tacrochat.errors import ReadError
from tacrochat.readers import markdown, plain
from tacrochat.readers.decoding import decode
from tacrochat.types import Extract

__all__ = ["SUFFIXES", "VERBATIM", "decode", "digest", "read"]

_TEXT: dict[str, Callable[[str], Extract]] = {
    ".md": markdown.read,
    ".markdown": markdown.read,
    ".txt": plain.read,
    ".text": plain.read,
}

SUFFIXES = frozenset(_TEXT)
"""The suffixes, in lower case, that have a reader."""

VERBATIM = frozenset({".md", ".markdown", ".txt", ".text"})
"""The suffixes of files whose decoded text is the document's text itself."""


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(path: Path, max_bytes: int) -> Extract:
    """Read one file.

    Raises:
        ReadError: with the reason, when the file is too large, not text, empty,
            of no known format, or cannot be opened.

    """
    reader = _TEXT.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(sorted(SUFFIXES))
        raise ReadError(f"no reader for {path.suffix or 'files without a suffix'} (known: {known})")
    try:
        size = path.stat().st_size
        if size > max_bytes:
            raise ReadError(
                f"it is {size / 1e6:.0f} MB, over the limit of {max_bytes / 1e6:.0f} MB; split it,"
                " or raise TACROCHAT_MAX_FILE_MB"
            )
        data = path.read_bytes()
    except OSError as error:
        raise ReadError(f"it cannot be opened ({error.strerror})") from error
    text = decode(data)
    if not text.strip():
        raise ReadError("it is empty")
    return reader(text)
