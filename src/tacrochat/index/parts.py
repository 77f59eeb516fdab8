"""Segments side by side: which of their documents are still there, and the ids that these have in the index.

Ids count through the segments: first the documents of the first segment that
are still there, then those of the second. Passages likewise.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import Floats
from tacrochat.index.ragged import select_ranges
from tacrochat.index.schema import ARRAYS
from tacrochat.index.segment import Segment
from tacrochat.types import Copy, Document, Passage

Ids = NDArray[np.int64]


class Part:
    """One segment as a part of the index. ``live`` says which passages are still there, None if all are."""

    def __init__(
        self, segment: Segment, removed: Sequence[int], first_document: int, first_passage: int
    ) -> None:
        """Take a segment, its documents that are gone, and the first ids of the part.

        Raises:
            ValueError: a document that is gone was never there.

        """
        self.segment = segment
        self.first_document = first_document
        self.first_passage = first_passage
        self.live: NDArray[np.bool_] | None = None
        self._documents: Ids | None = None
        self._rows: Ids | None = None
        self.documents, self.passages = segment.record.documents, segment.record.passages
        if removed:
            if not 0 <= min(removed) <= max(removed) < segment.record.documents:
                raise ValueError("a document was removed that was never there")
            is_there = np.ones(segment.record.documents, bool)
            is_there[list(removed)] = False
            with segment.reading(ARRAYS):
                self.live = is_there[segment.arrays["passage.document"]]
            self._documents, self._rows = np.flatnonzero(is_there), np.flatnonzero(self.live)
            self.documents, self.passages = len(self._documents), len(self._rows)

    def rows(self, ids: Ids) -> Ids:
        """Return the segment's rows of passages of this part, given their ids."""
        return ids - self.first_passage if self._rows is None else self._rows[ids - self.first_passage]

    def ids(self, rows: Ids) -> Ids:
        """Return the ids of passages that are still there, given the segment's rows."""
        at = rows if self._rows is None else np.searchsorted(self._rows, rows)
        return np.asarray(at, np.int64) + self.first_passage

    def number(self, document_id: int) -> int:
        """Return the segment's number of a document, given its id."""
        number = document_id - self.first_document
        return number if self._documents is None else int(self._documents[number])

    def document_id(self, number: int) -> int:
        """Return the id of a document, -1 if it is gone or was never there."""
        if self._documents is None:
            return self.first_document + number if 0 <= number < self.documents else -1
        at = int(np.searchsorted(self._documents, number))
        is_there = at < len(self._documents) and self._documents[at] == number
        return self.first_document + at if is_there else -1

    @property
    def numbers(self) -> Sequence[int]:
        """The segment's numbers of the documents that are still there."""
        return range(self.documents) if self._documents is None else self._documents.tolist()

    def alive(self, values: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the values of passages that are still there, out of one for each of the segment's."""
        return values if self.live is None else values[self.live]

    def body_lengths(self) -> NDArray[np.int32]:
        """Return the number of content words in the text of each passage."""
        terms = self.segment.terms
        return self.alive(np.diff(terms.body_offsets[terms.sentence_offsets]))

    def passage(self, row: int, passage_id: int) -> Passage:
        """Return a passage with the ids of the index and its copies, given the segment's row."""
        number = int(self.segment.arrays["passage.document"][row])
        document_id = self.document_id(number)
        with self.segment.reading(ARRAYS):
            if document_id < 0:
                raise ValueError(f"passage {row} belongs to a document that is not there")
        passage = self.segment.passage(row, document_id, passage_id)
        copies = tuple(
            Copy.of(self.segment.document(p.document_id, -1), p.start)
            for p, _ in (self.segment.repeated(original=row) if self._has_repeated else ())
            if self.document_id(p.document_id) >= 0
        )
        return replace(passage, copies=copies) if copies else passage

    @cached_property
    def _has_repeated(self) -> bool:
        return self.segment.has_repeated()

    def repeated(
        self, *, document: int | None = None, original: int | None = None
    ) -> list[tuple[Passage, int]]:
        """List the passages that repeat one of another document, with that one's id.

        ``document`` and ``original`` are the segment's numbers; see ``Segment.repeated``.
        """
        return [
            (
                replace(passage, document_id=self.document_id(passage.document_id)),
                int(self.ids(np.asarray(row))),
            )
            for passage, row in self.segment.repeated(document=document, original=original)
            if self.document_id(passage.document_id) >= 0
        ]

    def sentence_cosines(self, rows: Ids, vector: Floats) -> list[Floats]:
        """Compare a vector with the sentences of some passages (rows): ``(sentences,)`` for each."""
        offsets, total = self.segment.terms.sentence_offsets, self.segment.record.sentences
        sentences, of_passage = select_ranges(offsets, rows, total)
        cosines = self.segment.spaces["sentences"].vectors(sentences) @ vector
        return [cosines[a:b] for a, b in itertools.pairwise(of_passage.tolist())]

    def nearest(
        self, space: str, vector: Floats, k: int, allowed: NDArray[np.bool_] | None
    ) -> tuple[Ids, Floats]:
        """Return the ids of the passages nearest to a vector, and the cosines; see ``Store.nearest``."""
        offsets = self.segment.terms.sentence_offsets
        if allowed is None:
            allowed = self.live
        elif self.live is not None:
            allowed = allowed & self.live
        with self.segment.reading(f"{space}.faiss"):
            if allowed is not None and space == "sentences":
                allowed = np.repeat(allowed, np.diff(offsets))
            rows, cosines = self.segment.spaces[space].search(vector, k, allowed)
            if space == "sentences":
                rows = np.searchsorted(offsets, rows, side="right") - 1
            return self.ids(rows), cosines

    def mask(self, documents: frozenset[int]) -> NDArray[np.bool_]:
        """Say which of the segment's passages belong to, or are repeated in, some documents (ids)."""
        wanted = np.zeros(self.segment.record.documents, bool)
        last = self.first_document + self.documents
        wanted[[self.number(i) for i in documents if self.first_document <= i < last]] = True
        with self.segment.reading(ARRAYS):
            mask = wanted[self.segment.arrays["passage.document"]]
        if self._has_repeated and not wanted.all():
            originals = [row for passage, row in self.segment.repeated() if wanted[passage.document_id]]
            mask[originals] = True
        return mask


def part_of_document(parts: Sequence[Part], document_id: int) -> Part:
    """Return the part that has a document."""
    return next(p for p in reversed(parts) if p.first_document <= document_id and p.documents)


def part_of_passage(parts: Sequence[Part], passage_id: int) -> Part:
    """Return the part that has a passage."""
    return next(p for p in reversed(parts) if p.first_passage <= passage_id and p.passages)


def by_part(parts: Sequence[Part], ids: Ids) -> Iterator[tuple[Part, Ids]]:
    """Yield each part that has some of the passages, with their places among ``ids``."""
    for part in parts:
        at = np.flatnonzero((ids >= part.first_passage) & (ids < part.first_passage + part.passages))
        if len(at):
            yield part, at


def document_at(parts: Sequence[Part], document_id: int) -> Document:
    """Return the document with an id."""
    part = part_of_document(parts, document_id)
    return part.segment.document(part.number(document_id), document_id)


def all_documents(parts: Sequence[Part]) -> Iterator[Document]:
    """Yield all documents in order."""
    for part in parts:
        ids = range(part.first_document, part.first_document + part.documents)
        yield from part.segment.documents(part.numbers, ids)


def passage_at(parts: Sequence[Part], passage_id: int) -> Passage:
    """Return the passage with an id."""
    part = part_of_passage(parts, passage_id)
    return part.passage(int(part.rows(np.asarray(passage_id))), passage_id)
