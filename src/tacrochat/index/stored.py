"""Rows of a segment's database as documents and passages; each is checked as it is read.

Each function raises ``ValueError``, or another error of ``damage.MALFORMED``, for a row that does not fit.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tacrochat.index.schema import DOCUMENT_COLUMNS, numbers
from tacrochat.types import KINDS, ROLES, Document, Passage, Span

_OPTIONAL = ("source", "url", "date", "author", "language", "kind_reason", "container")


class StoredDocument(Document):
    """A document whose text is read from the index when it is first used."""

    __slots__ = ("_read", "_text_at")

    def __getattr__(self, name: str) -> Any:
        """Read the text: an empty slot calls this."""
        if name != "text":
            raise AttributeError(name)
        text = self._read(*self._text_at)
        object.__setattr__(self, "text", text)
        return text


def stored_document(
    read: Callable[[int, int, int], str], row: Sequence[Any], document_id: int, text_bytes: int
) -> Document:
    """Return the document of a row of ``documents``; ``read`` reads its text out of ``text_bytes`` bytes."""
    values = dict(zip(DOCUMENT_COLUMNS, row, strict=False))
    places = json.loads(values["places"])
    values |= {"id": document_id, "pages": tuple(json.loads(values["pages"]))}
    values["places"] = tuple((offset, name) for offset, name in places)
    at, size, characters = (int(n) for n in numbers(row[-3:]))
    check_document(values, characters)
    if not 0 <= at <= at + size <= text_bytes or characters > size:
        raise ValueError(f"the text of {values['path']!r} lies outside the file")
    document = StoredDocument.__new__(StoredDocument)
    for name, value in values.items():
        object.__setattr__(document, name, value)
    object.__setattr__(document, "_read", read)
    object.__setattr__(document, "_text_at", (at, size, characters))
    return document


def check_columns(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Check that columns of ``documents`` hold texts, None where that is allowed, and kinds."""
    for number, column in enumerate(columns):
        for value in {row[number] for row in rows}:
            is_text = isinstance(value, str) or (value is None and column in _OPTIONAL)
            if not is_text or (column == "kind" and value not in KINDS):
                raise ValueError(f"the {column} of a document does not fit")


def stored_heading(stored: str) -> tuple[str, ...]:
    """Return a heading path as it was stored."""
    heading = json.loads(stored)
    if not isinstance(heading, list) or not all(isinstance(name, str) for name in heading):
        raise ValueError("a heading does not fit")
    return tuple(heading)


def stored_repeated(row: Sequence[Any]) -> tuple[Passage, int]:
    """Return the passage of a row of ``repeated``, and the row of the one that it repeats."""
    document, heading, start, end, text, role, stored, original = row
    flat = [int(n) for n in numbers(json.loads(stored))]
    numbers((document, start, end, original))
    sentences = tuple(zip(flat[::2], flat[1::2], strict=True))
    check_sentences(sentences, start, end)
    if role not in ROLES or not isinstance(text, str) or len(text) != end - start:
        raise ValueError("a repeated passage does not fit")
    return Passage(-1, document, stored_heading(heading), start, end, text, role, sentences), original


def check_sentences(sentences: tuple[Span, ...], start: int, end: int) -> None:
    """Check that the sentences of a passage lie in it, in order, and that there are some."""
    at = start
    for first, last in sentences:
        if not at <= first < last <= end:
            raise ValueError("a sentence lies outside its passage")
        at = last
    if not sentences or start < 0:
        raise ValueError("a passage without sentences")


def check_document(values: dict[str, Any], characters: int) -> None:
    """Check the types of a document's fields, and that its pages and places are in its text, in order."""
    names = ("path", "title", "digest", "kind", *_OPTIONAL)
    check_columns(names, [[values[name] for name in names]])
    if not all(isinstance(name, str) for _, name in values["places"]):
        raise ValueError(f"the places of document {values['path']!r}")
    for offsets in (values["pages"], [offset for offset, _ in values["places"]]):
        places = numbers(offsets)
        if places.size and (places[0] < 0 or places[-1] > characters or np.any(np.diff(places) < 0)):
            raise ValueError(f"the pages of document {values['path']!r}")
