"""Rows cut into ranges: the words of many passages or sentences, handled at once."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def ranges(
    starts: NDArray[np.int32], first: NDArray[np.int64], last: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the places ``starts[first[i]]`` to ``starts[last[i]]`` over all i, and where each i begins."""
    begins, ends = starts[first].astype(np.int64), starts[last].astype(np.int64)
    bounds = np.concatenate([[0], np.cumsum(ends - begins)]).astype(np.int64)
    return np.arange(bounds[-1]) + np.repeat(begins - bounds[:-1], ends - begins), bounds


def same_words(found: NDArray[np.int32], ids: NDArray[np.int64]) -> Array:
    """Tell which words are which query terms: ``(len(found), terms)`` of 0 and 1."""
    return np.asarray(found[:, None] == ids[None, :], np.float32)


def segment_max(values: Array, bounds: NDArray[np.int64]) -> Array:
    """Take the maximum over rows ``bounds[i]`` to ``bounds[i + 1]``, 0 where there are none."""
    result = np.zeros((len(bounds) - 1, values.shape[1]), np.float32)
    full = np.flatnonzero(np.diff(bounds) > 0)
    if len(full):
        result[full] = np.maximum.reduceat(values, bounds[full], axis=0)
    return result
