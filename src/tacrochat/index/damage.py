"""What a damaged or crafted file of an index raises, turned into errors that name it."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tacrochat.errors import IndexCorrupt
from tacrochat.index.manifest import corrupt

MALFORMED = (
    sqlite3.Error,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
    MemoryError,
    RuntimeError,
    OSError,
)
"""What reading a damaged or crafted file of an index can raise."""


@contextmanager
def reading(folder: Path, path: Path) -> Iterator[None]:
    """Turn whatever a malformed file of an index folder raises into an error that names it.

    Raises:
        IndexCorrupt: the file is damaged.

    """
    try:
        yield
    except MALFORMED as error:
        raise IndexCorrupt(corrupt(folder, path, f"is damaged ({error})")) from error


def check_size(folder: Path, path: Path, facts: Mapping[str, object]) -> None:
    """Compare the size of a file with that in the manifest.

    Raises:
        FileNotFoundError: it is not there.
        IndexCorrupt: it has another size.

    """
    if path.stat().st_size != facts.get("bytes"):
        raise IndexCorrupt(corrupt(folder, path, "is cut short or changed"))


def check_file(folder: Path, path: Path, facts: Mapping[str, object]) -> None:
    """Check that a file is there, with the size in the manifest.

    Raises:
        IndexCorrupt: it is not.

    """
    if not path.is_file():
        raise IndexCorrupt(corrupt(folder, path, "is missing"))
    check_size(folder, path, facts)
