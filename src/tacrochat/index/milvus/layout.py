"""The collections of one generation in Milvus: their names and their fields.

    NAME                           an alias of the collection of items of the current generation
    NAME_0123abcd4567              items: the manifest, documents, texts, words; each by its key
    NAME_0123abcd4567_passages     a row for each passage: text, words, the two vectors that are searched
    NAME_0123abcd4567_sentences    a row for each sentence: its vector
    NAME_0123abcd4567_lock         who is building this generation, and until when
    NAME_building                  an alias of the collection ``_lock`` of the build that is running

A generation is never changed after the alias points to it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tacrochat.index.vectors import EXACT_UP_TO

VERSION = 1
"""Of this layout."""

MAX_VARCHAR = 65_535
"""Bytes of a text field in Milvus."""

CONTINUED = ("about", "text", "data")
"""Fields of a passage that may be longer; bit i of ``more`` says that field i is an item instead."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a collection; ``kind`` is a type of Milvus, ``index`` a type of index, "" for none."""

    name: str
    kind: str
    index: str = ""
    dimension: int = 0
    max_length: int = 0
    parameters: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_vector(self) -> bool:
        """Whether it is searched by inner product."""
        return self.kind.endswith("VECTOR")


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of a collection; the first is the primary key."""

    fields: tuple[Field, ...]

    @property
    def names(self) -> list[str]:
        """The names of the fields."""
        return [field.name for field in self.fields]

    def field(self, name: str) -> Field:
        """Return the field with a name."""
        return next(field for field in self.fields if field.name == name)


def vector_field(count: int, dimension: int) -> Field:
    """Return the field of ``count`` vectors: compared all, or above ``EXACT_UP_TO`` found by a graph."""
    if count <= EXACT_UP_TO:
        return Field("vector", "FLOAT_VECTOR", "FLAT", dimension)
    return Field("vector", "FLOAT_VECTOR", "HNSW", dimension, parameters={"M": 16, "efConstruction": 200})


def items() -> Layout:
    """Return the layout of items. Milvus wants a vector in each collection: ``none`` is never searched."""
    return Layout(
        (
            Field("key", "VARCHAR", max_length=100),
            Field("parts", "INT64"),
            Field("data", "VARCHAR", max_length=MAX_VARCHAR),
            Field("none", "FLOAT_VECTOR", "FLAT", 2),
        )
    )


def passages(count: int, dimension: int) -> Layout:
    """Return the layout of ``count`` passages.

    ``terms`` has for each term the weight of BM25, so that its product with the
    inverse document frequencies of a question is the score.
    """
    return Layout(
        (
            Field("id", "INT64"),
            Field("document", "INT64", "INVERTED"),
            Field("key", "VARCHAR", "INVERTED", max_length=32),
            Field("about", "VARCHAR", max_length=MAX_VARCHAR),
            Field("text", "VARCHAR", max_length=MAX_VARCHAR),
            Field("data", "VARCHAR", max_length=MAX_VARCHAR),
            Field("more", "INT64"),
            Field("terms", "SPARSE_FLOAT_VECTOR", "SPARSE_INVERTED_INDEX"),
            vector_field(count, dimension),
        )
    )


def sentences(count: int, dimension: int) -> Layout:
    """Return the layout of ``count`` sentences."""
    return Layout(
        (
            Field("id", "INT64"),
            Field("passage", "INT64", "INVERTED"),
            Field("document", "INT64", "INVERTED"),
            Field("key", "VARCHAR", "INVERTED", max_length=32),
            vector_field(count, dimension),
        )
    )


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the collections of one generation; ``generation`` is twelve hexadecimal digits."""

    index: str
    generation: str

    @property
    def items(self) -> str:
        """The collection of items."""
        return f"{self.index}_{self.generation}"

    @property
    def passages(self) -> str:
        """The collection of passages."""
        return f"{self.items}_passages"

    @property
    def sentences(self) -> str:
        """The collection of sentences."""
        return f"{self.items}_sentences"

    @property
    def lock(self) -> str:
        """The collection that says who is building."""
        return f"{self.items}_lock"

    @classmethod
    def of(cls, index: str, collection: str) -> "Names | None":
        """Return the names that a collection belongs to; None if it is not one of this index."""
        pattern = rf"{re.escape(index)}_([0-9a-f]{{12}})(?:_passages|_sentences|_lock)?"
        match = re.fullmatch(pattern, collection)
        return cls(index, match[1]) if match else None


def building(index: str) -> str:
    """Return the alias that the build which is running holds."""
    return f"{index}_building"
