"""The database of a generation: its tables, and how passages are written as columns."""

import json
from typing import Any

from tacrochat.types import Passage, Span

DATABASE = "documents.sqlite"
SPACES = ("passages", "sentences")
WORD_VECTORS = "words.npy"

TERM_ARRAYS = {
    "body": "body",
    "sentences": "sentence_offsets",
    "passages": "passage_offsets",
    "heading": "heading",
    "headings": "heading_offsets",
    "spoken": "word_offsets",
}
"""The arrays of ``TermTable``: the name in the table ``arrays``, and that of the field."""

TABLES = """
CREATE TABLE files (
    path TEXT PRIMARY KEY, digest TEXT NOT NULL, bytes INTEGER NOT NULL, modified_ns INTEGER NOT NULL,
    sidecar TEXT NOT NULL, skipped TEXT NOT NULL
);
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, path TEXT UNIQUE NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
    digest TEXT NOT NULL, kind TEXT NOT NULL, source TEXT, url TEXT, date TEXT, pages TEXT NOT NULL,
    places TEXT NOT NULL, author TEXT, language TEXT, kind_reason TEXT, container TEXT
);
CREATE TABLE boxes (document_id INTEGER PRIMARY KEY REFERENCES documents(id), data BLOB NOT NULL);
CREATE TABLE sections (
    document_id INTEGER NOT NULL REFERENCES documents(id), heading TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, role TEXT NOT NULL, reason TEXT NOT NULL
);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, document_id INTEGER NOT NULL REFERENCES documents(id),
    heading TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, text TEXT NOT NULL,
    role TEXT NOT NULL, sentences TEXT NOT NULL, copies TEXT NOT NULL, keys TEXT NOT NULL
);
CREATE TABLE repeated (
    document_id INTEGER NOT NULL REFERENCES documents(id), heading TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, text TEXT NOT NULL, role TEXT NOT NULL,
    sentences TEXT NOT NULL, original INTEGER NOT NULL REFERENCES passages(id)
);
CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT NOT NULL, stem TEXT UNIQUE NOT NULL);
CREATE TABLE arrays (name TEXT PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE skipped (path TEXT NOT NULL, reason TEXT NOT NULL);
CREATE VIRTUAL TABLE lexical USING fts5(
    heading, body, content='', tokenize="unicode61 remove_diacritics 0 tokenchars '.,'''"
);
"""

DEFINITIONS = frozenset(" ".join(sql.split()) for sql in TABLES.split(";") if sql.strip())
"""The statements of ``TABLES``, white space aside, as a database repeats them."""


def passage_columns(passage: Passage) -> tuple[Any, ...]:
    """Return the columns that the tables ``passages`` and ``repeated`` share."""
    numbers = json.dumps([number for span in passage.sentences for number in span])
    return (
        passage.document_id,
        json.dumps(passage.heading),
        passage.start,
        passage.end,
        passage.text,
        passage.role,
        numbers,
    )


def spans(stored: str) -> tuple[Span, ...]:
    """Read the sentences of a passage as ``passage_columns`` writes them."""
    numbers = json.loads(stored)
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))
