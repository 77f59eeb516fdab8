"""Check that all of a segment fits together: ids, offsets, spans, texts, terms, vectors.

A manifest's seal shows that an index is as it was written, not that it was
written by tacrochat: anybody can compute a SHA-256. Opening checks sizes and
shapes, and reading an item checks that item. Here everything is read.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import Floats
from tacrochat.errors import IndexCorrupt
from tacrochat.index import terms, vectors
from tacrochat.index.schema import ARRAYS, DATABASE, SPACES
from tacrochat.index.segment import Segment
from tacrochat.mapped import Array, by_bytes

_MAX_NORM = 1.02  # of a vector that was stored with length 1, in fewer bits
_CHUNK = 65_536  # vectors looked at a time


def problems(segment: Segment) -> list[str]:
    """Return a line for each file of a segment that does not fit the others, or is not as it is made."""
    checks: tuple[tuple[str, Callable[[Segment], None]], ...] = (
        (DATABASE, _documents),
        (ARRAYS, _passages),
        (ARRAYS, _terms),
        *((f"{space}.faiss", _vectors(space)) for space in SPACES),
    )
    found: dict[str, str] = {}
    for file, check in checks:
        try:
            with segment.reading(file):
                check(segment)
        except IndexCorrupt as error:
            found.setdefault(file, str(error))
    return list(found.values())


def _documents(segment: Segment) -> None:
    """Check all documents, sections, repeated passages and boxes."""
    count = segment.record.documents
    ids = [number for (number,) in segment.document_columns("id")]
    require(ids == list(range(count)), "the ids of documents")
    sizes = []
    for document in segment.documents(list(range(count)), list(range(count))):
        sizes.append(len(document.text))
        segment.boxes(document.id, len(document.text))
    for section in segment.sections():
        require(section.end <= sizes[section.document_id], "the offsets of sections")
        require(isinstance(section.reason, str), "the reasons of sections")
    for passage, _ in segment.repeated():
        require(passage.end <= sizes[passage.document_id], "the offsets of repeated passages")


def _passages(segment: Segment) -> None:
    """Check every passage against its document."""
    owners = segment.arrays["passage.document"]
    require(bool(np.all(np.diff(owners) >= 0)), "the order of passages")
    require(
        not owners.size or 0 <= owners[0] <= owners[-1] < segment.record.documents,
        "the documents of passages",
    )
    for number in range(segment.record.documents):
        rows = segment.passages_of(number)
        text = segment.document(number, number).text if rows else ""
        for row in rows:
            passage = segment.passage(row, number, row)
            require(text[passage.start : passage.end] == passage.text, f"passage {row} and its document")


def _terms(segment: Segment) -> None:
    """Check offsets and term ids, and that the postings are those of the texts."""
    table, arrays = segment.terms, segment.arrays
    count, sentences = segment.record.passages, segment.record.sentences
    _offsets("passages", table.sentence_offsets, count, sentences)
    _offsets("sentences", table.body_offsets, sentences, len(table.body))
    _offsets("words", table.word_offsets, sentences, len(segment.word_codes))
    contexts = len(table.heading_offsets) - 1
    _offsets("headings", table.heading_offsets, contexts, len(table.heading))
    _ids("contexts", table.contexts, contexts)
    for ids in (table.body, table.heading):
        _ids("terms", ids, len(table.stems))
    expected = terms.postings(arrays, len(table.stems))
    for name, values in expected.items():
        require(np.array_equal(values, arrays[name]), f"the array {name}")
    for strings in (table.stems, table.words, table.navigation):
        list(strings)  # decodes each
    order = list(map(by_bytes, table.stems))
    require(order == sorted(order), "the order of words")


def _vectors(space: str) -> Callable[[Segment], None]:
    def check(segment: Segment) -> None:
        index = segment.spaces[space]
        for start in range(0, len(index), _CHUNK):
            check_vectors(index.vectors(slice(start, start + _CHUNK)))
        vectors.check_lists(index)

    return check


def check_vectors(values: Floats) -> None:
    """Check that vectors are finite and not longer than 1: one pass, no copy.

    Raises:
        ValueError: they are not.

    """
    with np.errstate(all="ignore"):
        squares = np.einsum("ij,ij->i", values, values)
    require(bool(np.all(squares <= _MAX_NORM**2)), "vectors that are not of length 1")


def _offsets(name: str, offsets: NDArray[np.int32], count: int, total: int) -> None:
    fits = len(offsets) == count + 1 and offsets[0] == 0 and offsets[-1] == total
    require(bool(fits and np.all(np.diff(offsets) >= 0)), f"the offsets of {name}")


def _ids(name: str, ids: Array, count: int) -> None:
    require(not ids.size or 0 <= ids.min() <= ids.max() < count, f"the ids of {name}")


def require(condition: bool, what: str) -> None:  # noqa: FBT001
    """Raise ``ValueError`` unless a condition holds."""
    if not condition:
        raise ValueError(f"{what} do not fit")
