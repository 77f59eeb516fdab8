"""Check that all of a segment fits together: ids, offsets, spans, texts, terms, vectors.

A manifest's seal shows that an index is as it was written, not that it was
written by tacrochat: anybody can compute a SHA-256. Opening checks sizes and
shapes, and reading an item checks that item. Here everything is read.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tacrochat.errors import IndexCorrupt
from tacrochat.index import terms, vectors
from tacrochat.index.embedded import text_key
from tacrochat.index.schema import ARRAYS, DATABASE, SPACES
from tacrochat.index.segment import Segment
from tacrochat.mapped import Array, by_bytes

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
    require(len(segment.document_columns("path")) == count, "the number of documents")
    sizes = []
    has_repeated = segment.has_repeated()
    for document in segment.documents(range(count), range(count)):
        sizes.append(len(document.text))
        segment.boxes(document.id, len(document.text))
        for passage, row in segment.repeated(document=document.id) if has_repeated else ():
            is_same = document.text[passage.start : passage.end] == passage.text
            original = segment.passage(row, -1, row).text
            require(is_same and passage.text.split() == original.split(), "repeated passages")
    for section in segment.sections():
        require(section.end <= sizes[section.document_id], "the offsets of sections")
    segment.repeated()  # those of documents that are not there, too


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
            first, last = segment.terms.sentence_offsets[row : row + 2]
            stored = [key.tobytes().hex() for key in segment.arrays["sentence.key"][first:last]]
            require(
                stored == [text_key(text[a:b]) for a, b in passage.sentences], f"the keys of passage {row}"
            )


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
    for name in ("stem", "word", "navigation", "heading"):
        data = arrays[f"{name}.bytes"]
        _offsets(f"{name}s", arrays[f"{name}.offsets"], len(arrays[f"{name}.offsets"]) - 1, len(data))
    for strings in (table.stems, table.navigation):
        order = list(map(by_bytes, strings))
        require(all(one < other for one, other in pairwise(order)), "the order of words")
    letters = [terms.letter_bits(word) for word in table.words]
    require(letters == table.letters.tolist(), "the letters of words")


def _vectors(space: str) -> Callable[[Segment], None]:
    def check(segment: Segment) -> None:
        index = segment.spaces[space]
        for start in range(0, len(index), _CHUNK):
            index.vectors(slice(start, start + _CHUNK))
        vectors.check_lists(index)

    return check


def _offsets(name: str, offsets: NDArray[np.int32], count: int, total: int) -> None:
    fits = len(offsets) == count + 1 and offsets[0] == 0 and offsets[-1] == total
    require(bool(fits and np.all(np.diff(offsets) >= 0)), f"the offsets of {name}")


def _ids(name: str, ids: Array, count: int) -> None:
    require(not ids.size or 0 <= ids.min() <= ids.max() < count, f"the ids of {name}")


def require(condition: bool, what: str) -> None:  # noqa: FBT001
    """Raise ``ValueError`` unless a condition holds."""
    if not condition:
        raise ValueError(f"{what} do not fit")
