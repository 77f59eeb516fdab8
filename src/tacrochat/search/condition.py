"""The condition that a passage is about a subject."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tacrochat.index.protocol import Index
from tacrochat.index.ragged import range_max, same_words
from tacrochat.ranking.records import Candidate
from tacrochat.types import Passage


@dataclass(frozen=True, slots=True)
class About:
    """What makes a passage one about a subject; one of four is enough.

    - It is of a document in ``documents`` (ids): one about this subject alone.
    - It is in a section in ``sections``: a document with a path of headings, and what is below it.
    - It overlaps one of ``stretches``: a document with an offset where something starts, and where it ends.
    - Its text, headings and title together have all of ``stems``. If there are none, this never holds.
    """

    documents: frozenset[int] = frozenset()
    sections: frozenset[tuple[int, tuple[str, ...]]] = frozenset()
    stretches: frozenset[tuple[int, int, int]] = frozenset()
    stems: frozenset[str] = frozenset()

    @property
    def all_documents(self) -> frozenset[int]:
        """The documents that are about the subject, as a whole or in part."""
        of_sections = {document for document, _ in self.sections}
        return self.documents.union(of_sections, (document for document, _, _ in self.stretches))

    def has_place(self, passage: Passage) -> bool:
        """Tell whether a passage is of the documents, sections or stretches."""
        number, heading = passage.document_id, passage.heading
        return (
            number in self.documents
            or any(number == d and heading[: len(path)] == path for d, path in self.sections)
            or any(
                number == d and passage.start < end and start < passage.end
                for d, start, end in self.stretches
            )
        )


Condition = tuple[About, ...]
"""A passage has to be about one of these; without any, every passage passes."""


def fulfilled(candidates: Sequence[Candidate], condition: Condition, store: Index) -> list[Candidate]:
    """Return the candidates, by id, that are about a subject."""
    if not condition or not candidates:
        return list(candidates)
    passes = np.zeros(len(candidates), bool)
    for about in condition:
        passes |= [about.has_place(candidate.passage) for candidate in candidates]
        passes |= _named(candidates, about, store)
    return [candidate for candidate, is_about in zip(candidates, passes, strict=True) if is_about]


def _named(candidates: Sequence[Candidate], about: About, store: Index) -> NDArray[np.bool_]:
    """Say which candidates have all of a subject's stems in text, headings and title."""
    if not about.stems:
        return np.zeros(len(candidates), bool)
    words = store.words(np.asarray([c.passage.id for c in candidates]), sorted(about.stems))
    numbers = np.arange(len(about.stems))
    heading = range_max(same_words(words.heading, numbers), words.heading_offsets)
    body = range_max(same_words(words.body, numbers), words.body_offsets[words.passage_offsets])
    return np.asarray(np.maximum(body, heading).min(axis=1) > 0)
