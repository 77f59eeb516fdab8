"""Ragged arrays: the words of many sentences in one flat array, with the offset of each sentence.

Segment i of an array has the rows ``offsets[i]`` to ``offsets[i + 1]``, as in a
CSR matrix. One NumPy call then handles all segments at once.
"""

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import Floats


def select_segments(
    offsets: NDArray[np.int32], segments: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the row numbers of some segments, one after the other, and the offsets among those rows."""
    starts, ends = offsets[segments].astype(np.int64), offsets[segments + 1].astype(np.int64)
    selected = np.concatenate([[0], np.cumsum(ends - starts)]).astype(np.int64)
    return np.arange(selected[-1]) + np.repeat(starts - selected[:-1], ends - starts), selected


def same_words(word_ids: NDArray[np.int32], term_ids: NDArray[np.int64]) -> Floats:
    """Compare words with query terms: ``(words, terms)``, 1 where the two have one id, else 0."""
    return np.asarray(word_ids[:, None] == term_ids[None, :], np.float32)


def segment_max(values: Floats, offsets: NDArray[np.int64]) -> Floats:
    """Return the maximum of each column within each segment, ``(segments, columns)``; 0 in an empty one."""
    result = np.zeros((len(offsets) - 1, values.shape[1]), np.float32)
    full = np.flatnonzero(np.diff(offsets) > 0)
    if len(full):
        result[full] = np.maximum.reduceat(values, offsets[full], axis=0)
    return result
