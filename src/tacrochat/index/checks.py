"""Check that what was read of an index fits together: ids, offsets, spans, shapes, values.

A manifest's seal shows that an index is as it was written, not that it was
written by tacrochat: anybody can compute a SHA-256. So the contents are checked
too, before anything relies on them. Each function raises ``ValueError`` that
says what is wrong.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import Floats
from tacrochat.index.terms import TermTable
from tacrochat.types import KINDS, ROLES, Document, Passage, Section

_MAX_NORM = 1.01  # of a vector that was stored with length 1


def check_documents(documents: Sequence[Document]) -> None:
    """Check ids, the types of all fields, and the places in each text."""
    require([document.id for document in documents] == list(range(len(documents))), "document ids")
    for document in documents:
        needed = (document.path, document.title, document.text, document.digest)
        about = (document.source, document.url, document.date, document.author)
        optional = (*about, document.language, document.kind_reason, document.container)
        require(
            all(isinstance(value, str) for value in needed)
            and all(value is None or isinstance(value, str) for value in optional)
            and document.kind in KINDS,
            f"the fields of document {document.id}",
        )
        names = [name for _, name in document.places]
        if not document.pages and not document.places:
            continue
        for offsets in (document.pages, [offset for offset, _ in document.places]):
            places = _integers(offsets)
            ordered = not places.size or (places[0] >= 0 and places[-1] <= len(document.text))
            require(bool(ordered and np.all(np.diff(places) >= 0)), f"the pages of document {document.id}")
        require(all(isinstance(name, str) for name in names), f"the places of document {document.id}")


def check_passages(passages: Sequence[Passage], documents: Sequence[Document]) -> None:
    """Check that each passage lies in its document, and its sentences, in order, in the passage."""
    owners = _integers(passage.document_id for passage in passages)
    starts, ends = _check_spans(owners, passages, documents)
    lengths = _integers(len(passage.text) for passage in passages)
    require(bool(np.all(lengths == ends - starts)), "the texts of passages")
    _check_labels(passages)
    copies = chain.from_iterable((c.document, c.label) for passage in passages for c in passage.copies)
    require(all(isinstance(value, str) for value in copies), "the copies of passages")
    counts = np.asarray([len(passage.sentences) for passage in passages], np.int64)
    require(bool(np.all(counts > 0)), "a passage without sentences")
    spans = _integers(chain.from_iterable(chain.from_iterable(p.sentences for p in passages))).reshape(-1, 2)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64) if len(counts) else counts
    before = np.concatenate([[0], spans[:-1, 1]]) if len(spans) else spans[:, 0]
    before[first] = starts  # the first sentence follows the start of its passage
    inside = (before <= spans[:, 0]) & (spans[:, 0] < spans[:, 1]) & (spans[:, 1] <= np.repeat(ends, counts))
    require(bool(np.all(inside)), "the sentences of passages")


def check_sections(sections: Sequence[Section], documents: Sequence[Document]) -> None:
    """Check that each section lies in its document."""
    _check_spans(_integers(section.document_id for section in sections), sections, documents)
    _check_labels(sections)
    require(all(isinstance(section.reason, str) for section in sections), "the reasons of sections")


def check_terms(terms: TermTable, sentence_counts: Sequence[int], word_vectors: int) -> None:
    """Check the arrays of offsets and term ids; ``sentence_counts`` are those of the passages."""
    counts = np.asarray(sentence_counts, np.int64)
    sentences = int(counts.sum())
    words = (*terms.vocabulary, *terms.stems)
    require(all(isinstance(word, str) for word in words), "the words")
    _check_offsets("passages", terms.passage_offsets, len(counts), sentences)
    _check_offsets("sentences", terms.sentence_offsets, sentences, len(terms.body))
    _check_offsets("headings", terms.heading_offsets, len(counts), len(terms.heading))
    _check_offsets("words", terms.word_offsets, sentences, word_vectors)
    require(bool(np.all(np.diff(terms.passage_offsets) == counts)), "the offsets of passages")
    for ids in (terms.body, terms.heading):
        require(not ids.size or 0 <= ids.min() <= ids.max() < len(terms.stems), "the ids of terms")


def check_vectors(vectors: Floats) -> None:
    """Check that vectors are finite and not longer than 1: one pass, no copy."""
    with np.errstate(all="ignore"):
        squares = np.einsum("ij,ij->i", vectors, vectors)
    require(bool(np.all(squares <= _MAX_NORM**2)), "vectors that are not of length 1")


def check_ids(ids: Iterable[Any], count: int) -> None:
    """Check that ids are whole numbers from 0 to ``count - 1``."""
    numbers = _integers(ids)
    require(not numbers.size or 0 <= numbers.min() <= numbers.max() < count, "the ids")


def _check_spans(
    owners: NDArray[np.int64], parts: Sequence[Passage | Section], documents: Sequence[Document]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Check the documents and the spans of passages or sections; returns their starts and ends."""
    require(not owners.size or 0 <= owners.min() <= owners.max() < len(documents), "the ids of documents")
    starts = _integers(part.start for part in parts)
    ends = _integers(part.end for part in parts)
    sizes = np.asarray([len(document.text) for document in documents], np.int64)[owners]
    require(bool(np.all((starts >= 0) & (starts < ends) & (ends <= sizes))), "the offsets of texts")
    return starts, ends


def _check_labels(parts: Sequence[Passage | Section]) -> None:
    headings = chain.from_iterable(part.heading for part in parts)
    require(all(isinstance(name, str) for name in headings), "the headings")
    require(all(part.role in ROLES for part in parts), "the roles")


def _check_offsets(name: str, offsets: NDArray[np.int32], count: int, total: int) -> None:
    fits = len(offsets) == count + 1 and offsets[0] == 0 and offsets[-1] == total
    require(bool(fits and np.all(np.diff(offsets) >= 0)), f"the offsets of {name}")


def _integers(values: Iterable[Any]) -> NDArray[np.int64]:
    """Return whole numbers as an array; anything else is refused."""
    array = np.asarray(list(values))
    require(not array.size or (array.dtype.kind == "i" and array.ndim == 1), "numbers")
    return array.astype(np.int64)


def require(condition: bool, what: str) -> None:  # noqa: FBT001
    """Raise ``ValueError`` unless a condition holds."""
    if not condition:
        raise ValueError(f"{what} do not fit")
