"""Ragged arrays: the words of many sentences in one flat array, with the offset of each sentence.

Range i of an array has the rows ``offsets[i]`` to ``offsets[i + 1]``, as in a
CSR matrix. One NumPy call then handles all ranges at once.
"""

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import Floats

Numbers = NDArray[np.int64]


def select_ranges(offsets: NDArray[np.int32], ranges: Numbers, total: int) -> tuple[Numbers, Numbers]:
    """Return the row numbers of some ranges, one after the other, and the offsets among those rows.

    ``total`` is the number of rows of the array that ``offsets`` divide.

    Raises:
        ValueError: a range ends before it begins, or lies outside the array.

    """
    starts, ends = offsets[ranges].astype(np.int64), offsets[ranges + 1].astype(np.int64)
    if np.any((starts < 0) | (starts > ends) | (ends > total)):
        raise ValueError("offsets do not fit")
    selected = np.concatenate([[0], np.cumsum(ends - starts)]).astype(np.int64)
    return np.arange(selected[-1]) + np.repeat(starts - selected[:-1], ends - starts), selected


def same_words(words: NDArray[np.int32], terms: Numbers) -> Floats:
    """Compare words with terms: ``(words, terms)``, 1 where the two have one number, else 0."""
    return np.asarray(words[:, None] == terms[None, :], np.float32)


def range_max(values: Floats, offsets: Numbers) -> Floats:
    """Return the maximum of each column within each range, ``(ranges, columns)``; 0 in an empty one."""
    result = np.zeros((len(offsets) - 1, values.shape[1]), np.float32)
    full = np.flatnonzero(np.diff(offsets) > 0)
    if len(full):
        result[full] = np.maximum.reduceat(values, offsets[full], axis=0)
    return result
