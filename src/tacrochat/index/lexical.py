"""Search by words over all segments: BM25 (Robertson and Zaragoza, 2009), and how rare each word is."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import Floats
from tacrochat.index.parts import Part
from tacrochat.index.ragged import select_ranges
from tacrochat.index.schema import ARRAYS
from tacrochat.index.terms import letter_bits

K1, B = 1.2, 0.75
"""The usual constants of BM25: saturation of counts, weight of length."""

HEADING_WEIGHT = 0.5
"""Of a term in title or headings, against 1 in the text."""

_CACHED = 10_000  # terms whose statistics are kept
_EDITS = 3  # of a misspelt word, see ``Lexicon.near``

Ids = NDArray[np.int64]


class Lexicon:
    """The terms of all segments. Only passages of documents that are still there count."""

    def __init__(self, parts: Sequence[Part]) -> None:
        """Take the segments."""
        self._parts = parts
        self._passages = sum(part.passages for part in parts)
        # A function of the parts, not of this lexicon: it would keep itself in memory.
        self.counts = lru_cache(_CACHED)(partial(_counts, parts))
        """The same as ``_counts``, kept for the commonest stems."""

    def fetch(self, stems: Iterable[str]) -> None:
        """Do nothing: asking for each stem alone is fast."""

    def frequency(self, stem: str) -> int:
        """Return the number of passages that have a stem in text or heading."""
        return self.counts(stem)[0]

    def is_in_body(self, stem: str) -> bool:
        """Tell whether the text of any passage has a stem."""
        return self.counts(stem)[1] > 0

    def is_in_navigation(self, stem: str) -> bool:
        """Tell whether a navigation section (links, menus, teasers), which is never quoted, has a stem."""
        return any(part.segment.terms.navigation.find(stem) >= 0 for part in self._parts)

    def idf(self, stem: str) -> float:
        """Return the inverse document frequency of BM25, never negative."""
        return inverse_document_frequency(self.frequency(stem), self._passages)

    @cached_property
    def mean_length(self) -> float:
        """The mean number of content words in a passage's text."""
        return self._mean(lambda part: part.body_lengths())

    @cached_property
    def mean_size(self) -> float:
        """The mean number of terms of a passage, those of its headings too."""
        return self._mean(lambda part: part.alive(part.segment.terms.lengths))

    def _mean(self, sizes: Callable[[Part], NDArray[np.int32]]) -> float:
        total = 0
        for part in self._parts:
            with part.segment.reading(ARRAYS):
                total += int(sizes(part).sum())
        return max(1.0, total / max(1, self._passages))

    def search(
        self, stems: Iterable[str], k: int, allowed: Sequence[NDArray[np.bool_]] | None = None
    ) -> tuple[Ids, Floats]:
        """Rank passages by BM25, at most ``k``, best first; returns their ids and scores.

        ``allowed`` has a mask for each segment: which of its rows may be returned.
        """
        weights = {stem: self.idf(stem) for stem in dict.fromkeys(stems)}
        found = [
            _best(part, weights, self.mean_size, k, None if allowed is None else allowed[number])
            for number, part in enumerate(self._parts)
        ]
        if not found:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        ids, scores = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
        best = np.lexsort((ids, -scores))[:k]
        return ids[best], scores[best]

    def near(self, word: str) -> dict[str, int]:
        """Return the words of the corpus that may be a few edits away, each with its frequency.

        They are about as long and have about the same letters; how near they are
        is for the caller to say.
        """
        bits, size = np.uint32(letter_bits(word)), len(word.encode("utf-8", "surrogatepass"))
        counts: Counter[str] = Counter()
        for part in self._parts:
            terms = part.segment.terms
            is_near = np.abs(np.diff(terms.words.offsets) - size) <= 2 * _EDITS
            # Large folders have numbers by the million, which have no letter in common with a word.
            is_near &= (terms.letters & bits) > 0
            is_near &= np.bitwise_count(terms.letters & ~bits) <= _EDITS
            is_near &= np.bitwise_count(bits & ~terms.letters) <= _EDITS
            near = np.flatnonzero(is_near)
            with part.segment.reading(ARRAYS):
                for other, count in zip(terms.words.select(near), _alive(part, near).tolist(), strict=True):
                    counts[other] += count
        return {other: count for other, count in counts.items() if count}


def inverse_document_frequency(frequency: int, passages: int) -> float:
    """Return that of BM25 for a term that ``frequency`` of ``passages`` passages have, never negative."""
    return math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5))


def may_be_near(word: str, other: str) -> bool:
    """Tell whether two words are about as long and have about the same letters, see ``Lexicon.near``."""
    shorter, longer = sorted(len(text.encode("utf-8", "surrogatepass")) for text in (word, other))
    bits, of_other = letter_bits(word), letter_bits(other)
    more, less = (of_other & ~bits).bit_count(), (bits & ~of_other).bit_count()
    return bool(bits & of_other) and max(more, less) <= _EDITS and longer - shorter <= 2 * _EDITS


def _alive(part: Part, terms: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many passages that are still there have each of some terms."""
    arrays = part.segment.terms
    rows, offsets = select_ranges(arrays.posting_offsets, terms, len(arrays.postings))
    if part.live is None:
        return np.diff(offsets)
    there = np.concatenate([[0], np.cumsum(part.live[arrays.postings[rows]])])
    return np.asarray(np.diff(there[offsets]), np.int64)


def _counts(parts: Sequence[Part], stem: str) -> tuple[int, int]:
    """Return how many passages have a stem in text or heading, and how many in the text."""
    everywhere = in_body = 0
    for part in parts:
        terms = part.segment.terms
        with part.segment.reading(ARRAYS):
            postings = terms.posting_range(stem)
            has_body = terms.in_body[postings] > 0
            if part.live is not None:
                has_body = has_body[part.live[terms.passages_of(postings)]]
        everywhere, in_body = everywhere + len(has_body), in_body + int(has_body.sum())
    return everywhere, in_body


def _best(
    part: Part, weights: dict[str, float], mean_size: float, k: int, allowed: NDArray[np.bool_] | None
) -> tuple[Ids, Floats]:
    terms = part.segment.terms
    scores = np.zeros(part.segment.record.passages, np.float32)
    for stem, weight in weights.items():
        with part.segment.reading(ARRAYS):
            postings = terms.posting_range(stem)
            rows = terms.passages_of(postings)
            lengths = terms.lengths[rows]
            if np.any(lengths < 0):
                raise ValueError("a passage has less than no words")
        times = terms.in_body[postings] + HEADING_WEIGHT * terms.in_heading[postings].astype(np.float32)
        norm = K1 * (1 - B + B * lengths / mean_size)
        scores[rows] += weight * times * (K1 + 1) / (times + norm)
    if part.live is not None:
        scores[~part.live] = 0
    if allowed is not None:
        scores[~allowed] = 0
    found = np.flatnonzero(scores)
    if len(found) > k:
        found = found[np.argpartition(-scores[found], k - 1)[:k]]
    return part.ids(found), scores[found]
