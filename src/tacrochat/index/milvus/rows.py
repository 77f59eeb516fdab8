"""Rows of passages in Milvus: written from a passage and its words, read back, the latest kept in memory."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tacrochat.arrays import Floats
from tacrochat.index.milvus.client import Client
from tacrochat.index.milvus.items import Items, batched_list, json_value
from tacrochat.index.milvus.layout import CONTINUED, MAX_VARCHAR, Names
from tacrochat.index.milvus.packing import PackedWords, escaped, unescaped
from tacrochat.index.milvus.recent import Recent
from tacrochat.index.schema import numbers
from tacrochat.index.stored import check_sentences
from tacrochat.index.vectors import check_vectors
from tacrochat.types import QUOTABLE, ROLES, Copy, Passage

KEPT = 2_000  # passages kept in memory, about 15 kB each
_AT_ONCE = 250  # passages of one request: 49 MB at most
FIELDS = ("id", "document", "about", "text", "data", "more", "vector")


@dataclass(frozen=True, slots=True)
class Row:
    """A passage as it is stored: with its words, and its vector, ``(dimension,)`` as it was built."""

    passage: Passage
    words: PackedWords
    vector: Floats


def passage_value(passage: Passage) -> list[Any]:
    """Return everything of a passage but its ids and its text as plain values."""
    flat = [number for span in passage.sentences for number in span]
    copies = [[copy.document, copy.label] for copy in passage.copies]
    return [passage.heading, passage.start, passage.end, passage.role, flat, copies]


def passage_of(passage_id: int, document_id: int, value: Sequence[Any], text: str) -> Passage:
    """Return the passage of what ``passage_value`` returned, and its text.

    Raises:
        ValueError: it does not fit.

    """
    heading, start, end, role, flat, copies = value
    spans = [int(n) for n in numbers(flat)]
    numbers((passage_id, document_id, start, end))
    sentences = tuple(zip(spans[::2], spans[1::2], strict=True))
    check_sentences(sentences, start, end)
    texts = [*heading, *(part for copy in copies for part in copy)]
    if len(text) != end - start or role not in ROLES or not all(isinstance(t, str) for t in texts):
        raise ValueError(f"passage {passage_id} does not fit")
    found = tuple(Copy(document, label) for document, label in copies)
    return Passage(passage_id, document_id, tuple(heading), start, end, text, role, sentences, found)


def row_values(passage: Passage, words: PackedWords) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the fields of a passage that hold texts, and the items of those that are too long."""
    values = {
        "about": json_value(passage_value(passage)),
        "text": escaped(passage.text),
        "data": words.packed(),
    }
    long: dict[str, str] = {}
    more = 0
    for bit, name in enumerate(CONTINUED):
        if len(values[name]) > MAX_VARCHAR or len(values[name].encode()) > MAX_VARCHAR:
            long[f"more/{passage.id}/{name}"] = values[name]
            values[name] = ""
            more |= 1 << bit
    return {"id": passage.id, "document": passage.document_id, **values, "more": more}, long


def read_row(row: dict[str, Any], items: Items, dimension: int) -> Row:
    """Return the passage of a row.

    Raises:
        ValueError, TypeError: it does not fit.

    """
    number, more = row["id"], int(row["more"])
    long = [name for bit, name in enumerate(CONTINUED) if more >> bit & 1]
    if long:
        values = items.get([f"more/{number}/{name}" for name in long])
        row = row | {name: values[f"more/{number}/{name}"] for name in long}
    passage = passage_of(number, row["document"], json.loads(row["about"]), unescaped(row["text"]))
    words = PackedWords.unpacked(row["data"], dimension)
    vector = np.asarray(row["vector"], np.float32)
    check_vectors(vector.reshape(1, dimension))
    if passage.role not in QUOTABLE or len(words.sentences) != len(passage.sentences):
        raise ValueError(f"passage {number} does not fit")
    return Row(passage, words, vector)


class Rows:
    """The passages of one generation, by id; the latest used are kept in memory."""

    def __init__(self, client: Client, names: Names, items: Items, dimension: int) -> None:
        """Name the collections."""
        self._client = client
        self._names = names
        self._items = items
        self._dimension = dimension
        self._kept: Recent[int, Row] = Recent(KEPT)

    def get(self, ids: Sequence[int]) -> list[Row]:
        """Return some passages, those not in memory with one request for each 250.

        Raises:
            ValueError: one is not there, or does not fit.

        """
        found = self._kept.get(ids)
        missing = sorted(set(ids) - found.keys())
        for some in batched_list(missing, _AT_ONCE):
            rows = self._client.get(self._names.passages, some, FIELDS)
            found.update((row["id"], read_row(row, self._items, self._dimension)) for row in rows)
        self._kept.keep({i: found[i] for i in missing[-KEPT:] if i in found})
        if any(i not in found for i in ids):
            raise ValueError("a passage is missing")
        return [found[i] for i in ids]

    def vectors(self, ids: Sequence[int]) -> Floats:
        """Return the vectors of some passages as they are stored, ``(ids, dimension)``.

        Raises:
            ValueError: one is not there, or does not fit.

        """
        found = {i: row.vector for i, row in self._kept.get(ids).items()}
        for some in batched_list(sorted(set(ids) - found.keys()), 8 * _AT_ONCE):
            rows = self._client.get(self._names.passages, some, ("id", "vector"))
            found.update((row["id"], np.asarray(row["vector"], np.float32)) for row in rows)
        result = np.zeros((len(ids), self._dimension), np.float32)
        for at, i in enumerate(ids):
            if i not in found or found[i].shape != (self._dimension,):
                raise ValueError("a passage is missing")
            result[at] = found[i]
        check_vectors(result)
        return result


def repeated_of(value: Sequence[Any], document_of: Callable[[Any], int] = int) -> list[tuple[Passage, int]]:
    """Return repeated passages from their stored values, each with the id of the one it repeats.

    Raises:
        ValueError: one does not fit.

    """
    found = []
    for document_id, about, text, original in value:
        passage = passage_of(-1, document_of(document_id), about, unescaped(text))
        found.append((replace(passage, copies=()), int(original)))
    return found


def repeated_value(passage: Passage, original: int) -> list[Any]:
    """Return a passage that repeats another one as plain values."""
    return [passage.document_id, passage_value(passage), escaped(passage.text), original]
