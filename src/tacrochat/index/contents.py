"""All that one generation of an index holds, before it is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tacrochat.index.terms import TermTable
from tacrochat.index.vectors import VectorIndex
from tacrochat.types import Document, FileState, Passage, Section, Skipped


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

    ``keys[i]`` names the texts that were embedded for passage i: first the
    passage, then its sentences. The rows of the spaces "passages" and
    "sentences" follow ``terms``; ``words``, ``(terms.spoken[-1], dimension)``
    int8, holds all words as they stand in their passages, times 127.
    ``repeated`` pairs a passage that is not indexed with the id of the one
    that has its words.
    """

    documents: Sequence[Document]
    files: Sequence[FileRecord]
    sections: Sequence[Section]
    passages: Sequence[Passage]
    repeated: Sequence[tuple[Passage, int]]
    keys: Sequence[Sequence[str]]
    terms: TermTable
    skipped: Sequence[Skipped]
    spaces: Mapping[str, VectorIndex]
    words: NDArray[np.int8]
