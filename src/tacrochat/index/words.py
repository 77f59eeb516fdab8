"""The words of some passages, fetched from their segments and compared with the words of a question."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tacrochat.index.parts import Ids, Part
from tacrochat.index.ragged import select_ranges
from tacrochat.index.schema import ARRAYS
from tacrochat.index.segment import Segment
from tacrochat.word_codes import Codes


@dataclass(frozen=True, slots=True)
class PassageWords:
    """The words of some passages, as a question sees them.

    ``body`` and ``heading`` hold the content words of texts, and of titles and
    headings: each is the number of the question's stem that it is, -1 for any
    other word. ``codes`` has the compressed vector of every word of the texts,
    function words too, see ``word_codes``. Every array of
    offsets is one longer than what it divides:

    - passage p has the sentences ``passage_offsets[p]`` to ``passage_offsets[p + 1]``;
    - sentence s has the words ``body[body_offsets[s]:body_offsets[s + 1]]`` and the
      rows ``word_offsets[s]`` to ``word_offsets[s + 1]`` of ``codes``;
    - passage p has ``heading[heading_offsets[p]:heading_offsets[p + 1]]``.
    """

    body: NDArray[np.int32]
    heading: NDArray[np.int32]
    codes: Codes
    passage_offsets: Ids
    body_offsets: Ids
    word_offsets: Ids
    heading_offsets: Ids


def words_of(parts: Sequence[Part], ids: Ids, stems: Sequence[str]) -> PassageWords:
    """Fetch the words of some passages; ``ids`` are in ascending order.

    Raises:
        IndexCorrupt: a segment is damaged.
        ValueError: the ids are not in order.

    """
    if len(ids) > 1 and np.any(np.diff(ids) <= 0):
        raise ValueError("ids are not in ascending order")
    found = []
    for part in parts:
        own = ids[(ids >= part.first_passage) & (ids < part.first_passage + part.passages)]
        if len(own):
            with part.segment.reading(ARRAYS):
                found.append(_words(part.segment, part.rows(own), stems))
    if len(found) == 1:
        return found[0]
    if not found:
        raise ValueError("no passages")
    return PassageWords(
        *(np.concatenate([getattr(f, name) for f in found]) for name in ("body", "heading", "codes")),
        *(joined([getattr(f, name) for f in found]) for name in PassageWords.__slots__[3:]),
    )


def joined(offsets: Sequence[Ids]) -> Ids:
    """Put offsets one after the other."""
    first = np.cumsum([0, *(part[-1] for part in offsets)])
    return np.concatenate([[0], *(part[1:] + base for part, base in zip(offsets, first, strict=False))])


def _words(segment: Segment, rows: Ids, stems: Sequence[str]) -> PassageWords:
    terms = segment.terms
    sentences, passage_offsets = select_ranges(terms.sentence_offsets, rows, segment.record.sentences)
    body, body_offsets = select_ranges(terms.body_offsets, sentences, len(terms.body))
    words, word_offsets = select_ranges(terms.word_offsets, sentences, len(segment.word_codes))
    contexts = terms.contexts[rows].astype(np.int64)
    heading, heading_offsets = select_ranges(terms.heading_offsets, contexts, len(terms.heading))
    numbers = {terms.stems.find(stem): number for number, stem in enumerate(stems)}
    return PassageWords(
        body=numbered(terms.body[body], numbers),
        heading=numbered(terms.heading[heading], numbers),
        codes=segment.word_codes[words],
        passage_offsets=passage_offsets,
        body_offsets=body_offsets,
        word_offsets=word_offsets,
        heading_offsets=heading_offsets,
    )


def numbered(terms: NDArray[np.int32], numbers: dict[int, int]) -> NDArray[np.int32]:
    """Return the question's number for each term, -1 for one that it does not have."""
    result = np.full(len(terms), -1, np.int32)
    for term, number in numbers.items():
        if term >= 0:
            result[terms == term] = number
    return result
