"""The files of a segment: the tables of its database, and the shapes of its arrays."""

from typing import Any

import numpy as np

from tacrochat.mapped import Array
from tacrochat.types import Document

DATABASE = "documents.sqlite"
ARRAYS = "arrays.safetensors"
SPACES = ("passages", "sentences")
FILES = {DATABASE, ARRAYS, *(f"{space}.faiss" for space in SPACES)}
"""The files of each segment."""
LISTS = {f"{space}.lists.faiss" for space in SPACES}
"""The files that a segment has if it is large."""
STATE = "files.sqlite"
"""The database of a generation, beside its segments: the files that were read, and what was left out."""

TABLES = """
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, path TEXT UNIQUE NOT NULL, title TEXT NOT NULL, digest TEXT NOT NULL,
    kind TEXT NOT NULL, source TEXT, url TEXT, date TEXT, pages TEXT NOT NULL, places TEXT NOT NULL,
    author TEXT, language TEXT, kind_reason TEXT, container TEXT,
    text_at INTEGER NOT NULL, text_bytes INTEGER NOT NULL, characters INTEGER NOT NULL
);
CREATE TABLE boxes (document_id INTEGER PRIMARY KEY REFERENCES documents(id), data BLOB NOT NULL);
CREATE TABLE sections (
    document_id INTEGER NOT NULL REFERENCES documents(id), heading TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, role TEXT NOT NULL, reason TEXT NOT NULL
);
CREATE INDEX sections_by_document ON sections (document_id);
CREATE TABLE repeated (
    document_id INTEGER NOT NULL REFERENCES documents(id), heading TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, text TEXT NOT NULL, role TEXT NOT NULL,
    sentences TEXT NOT NULL, original INTEGER NOT NULL
);
CREATE INDEX repeated_by_document ON repeated (document_id);
CREATE INDEX repeated_by_original ON repeated (original);
"""

STATE_TABLES = """
CREATE TABLE files (
    path TEXT PRIMARY KEY, digest TEXT NOT NULL, bytes INTEGER NOT NULL, modified_ns INTEGER NOT NULL,
    sidecar TEXT NOT NULL, skipped TEXT NOT NULL
);
CREATE TABLE skipped (path TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE removed (segment TEXT NOT NULL, document_id INTEGER NOT NULL);
"""

DOCUMENT_COLUMNS = tuple(name for name in Document.__dataclass_fields__ if name != "text")

# The arrays of a segment: type, what its rows are, and how many numbers a row has ("*": any number).
# "…+1" are offsets, which are one more than what they divide.
_SHAPES: dict[str, tuple[str, str, int | str]] = {
    "text": ("u1", "*", 1),
    "heading.bytes": ("u1", "*", 1),
    "heading.offsets": ("i8", "*", 1),
    "passage.document": ("i4", "passages", 1),
    "passage.start": ("i4", "passages", 1),
    "passage.end": ("i4", "passages", 1),
    "passage.text": ("i8", "passages", 1),
    "passage.bytes": ("i4", "passages", 1),
    "passage.heading": ("i4", "passages", 1),
    "passage.role": ("u1", "passages", 1),
    "passage.key": ("u1", "passages", 16),
    "passage.sentences": ("i4", "passages+1", 1),
    "passage.context": ("i4", "passages", 1),
    "passage.length": ("i4", "passages", 1),
    "sentence.start": ("i4", "sentences", 1),
    "sentence.end": ("i4", "sentences", 1),
    "sentence.key": ("u1", "sentences", 16),
    "sentence.body": ("i4", "sentences+1", 1),
    "sentence.words": ("i4", "sentences+1", 1),
    "body": ("i4", "*", 1),
    "words": ("u1", "words", "*"),
    "context.heading": ("i4", "*", 1),
    "heading": ("i4", "*", 1),
    "stem.bytes": ("u1", "*", 1),
    "stem.offsets": ("i8", "terms+1", 1),
    "word.bytes": ("u1", "*", 1),
    "word.offsets": ("i8", "terms+1", 1),
    "navigation.bytes": ("u1", "*", 1),
    "navigation.offsets": ("i8", "*", 1),
    "term.letters": ("u4", "terms", 1),
    "term.postings": ("i4", "terms+1", 1),
    "posting.passage": ("i4", "postings", 1),
    "posting.body": ("u2", "postings", 1),
    "posting.heading": ("u2", "postings", 1),
}

# Arrays of offsets, and what each divides: the first offset is 0, the last its length.
_DIVIDED = {
    "heading.offsets": "heading.bytes",
    "stem.offsets": "stem.bytes",
    "word.offsets": "word.bytes",
    "navigation.offsets": "navigation.bytes",
    "passage.sentences": "sentence.start",
    "sentence.body": "body",
    "sentence.words": "words",
    "context.heading": "heading",
    "term.postings": "posting.passage",
}


def check_shapes(arrays: dict[str, Array], passages: int, sentences: int) -> None:
    """Check that a segment has the arrays it needs, of the right types and sizes.

    Raises:
        ValueError: it does not; the message names the array.

    """
    sizes: dict[str, int] = {"passages": passages, "sentences": sentences}
    if set(arrays) != set(_SHAPES):
        raise ValueError("its arrays are not those of an index")
    for name, (kind, rows, columns) in _SHAPES.items():
        array = arrays[name]
        fits = array.dtype.str[1:] == kind and array.ndim == (1 if columns == 1 else 2)
        wanted, is_offsets = rows.removesuffix("+1"), rows.endswith("+1")
        if fits and wanted != "*":
            fits = len(array) - is_offsets == sizes.setdefault(wanted, len(array) - is_offsets)
        if fits and array.ndim == 2 and columns != "*":
            fits = array.shape[1] == columns
        if not fits:
            raise ValueError(f"the array {name} does not fit the others")
    for name, divided in _DIVIDED.items():
        if not len(arrays[name]) or arrays[name][[0, -1]].tolist() != [0, len(arrays[divided])]:
            raise ValueError(f"the array {name} does not fit the others")


def numbers(values: Any) -> Array:
    """Return whole numbers of a stored row as an array.

    Raises:
        ValueError: some are no whole numbers.

    """
    array = np.asarray(list(values))
    if array.size and (array.dtype.kind != "i" or array.ndim != 1):
        raise ValueError("numbers do not fit")
    return array.astype(np.int64)
