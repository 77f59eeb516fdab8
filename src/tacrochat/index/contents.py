"""All that one generation of an index holds, before it is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tacrochat.index.terms import TermTable
from tacrochat.index.vectors import VectorIndex
from tacrochat.types import Document, Passage, Section, Skipped


@dataclass(frozen=True, slots=True)
class FileState:
    """Size and time of a file; ``sidecar`` is "SIZE:TIME" of its side-car, "" if there is none."""

    bytes: int
    modified_ns: int
    sidecar: str = ""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file as it was read: its digest, its state, and what in it was left out and why."""

    path: str
    digest: str
    state: FileState
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """All that one generation of an index holds.

    ``keys[i]`` are the hashes of the texts that were embedded for passage i:
    first the passage, then its sentences. The rows of the spaces "passages" and
    "sentences" follow ``terms``. ``word_vectors`` is ``(words, dimension)`` int8,
    see ``WORD_VECTOR_SCALE``, in the order of ``terms.word_offsets``.
    ``repeated`` pairs a passage that is not indexed with the id of the indexed
    one that has the same text. ``boxes`` maps a document's id to the boxes of its
    characters, packed; documents without pages have none.
    """

    documents: Sequence[Document]
    files: Sequence[FileRecord]
    sections: Sequence[Section]
    passages: Sequence[Passage]
    repeated: Sequence[tuple[Passage, int]]
    keys: Sequence[Sequence[str]]
    terms: TermTable
    boxes: Mapping[int, bytes]
    skipped: Sequence[Skipped]
    spaces: Mapping[str, VectorIndex]
    word_vectors: NDArray[np.int8]
