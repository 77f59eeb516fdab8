"""BM25 over arrays of words (Robertson and Zaragoza, 2009)."""

import numpy as np
from numpy.typing import NDArray

from tacrochat.ranking.segments import Array

_K1, _B = 1.2, 0.75  # the usual constants: saturation of counts, weight of length


def bm25(same: Array, bounds: NDArray[np.int64], idf: Array, mean_length: float) -> Array:
    """BM25 of the passages' text as a share of the most a query could score."""
    counts = np.zeros((len(bounds) - 1, same.shape[1]), np.float32)
    lengths = np.diff(bounds)
    full = np.flatnonzero(lengths > 0)
    if len(full):
        counts[full] = np.add.reduceat(same, bounds[full], axis=0)
    norm = _K1 * (1 - _B + _B * lengths[:, None] / mean_length)
    return np.asarray((counts / (counts + norm)) @ idf / max(float(idf.sum()), 1e-9), np.float32)
