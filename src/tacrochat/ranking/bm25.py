"""BM25 over arrays of words (Robertson and Zaragoza, 2009).

This is the signal ``bm25`` of ranking. The first-stage search has its own, over
postings (``index/lexical.py``).
"""

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import Floats
from tacrochat.index.lexical import K1, B


def bm25(same: Floats, offsets: NDArray[np.int64], idf: Floats, mean_length: float) -> Floats:
    """Return the BM25 score of each passage's text, as a share of the most that a query could score.

    ``same`` is ``(words, terms)``, 1 where a word is a term; passage p has the
    words ``offsets[p]`` to ``offsets[p + 1]``. ``mean_length`` is in words.
    """
    counts = np.zeros((len(offsets) - 1, same.shape[1]), np.float32)
    lengths = np.diff(offsets)
    full = np.flatnonzero(lengths > 0)
    if len(full):
        counts[full] = np.add.reduceat(same, offsets[full], axis=0)
    norm = K1 * (1 - B + B * lengths[:, None] / mean_length)
    return np.asarray((counts / (counts + norm)) @ idf / max(float(idf.sum()), 1e-9), np.float32)
