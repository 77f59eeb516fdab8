"""Which documents stand for a library: the large ones, each about something else."""

import numpy as np

from tacrochat.arrays import Floats
from tacrochat.library import Library

_LOOKED_AT = 300  # documents; of more, every n-th
_PASSAGES = 8  # of a document, that say what it is about
_SIZE = 0.4  # what the largest document gains over the smallest, against the cosine to those chosen


def main_documents(library: Library, count: int = 60) -> list[int]:
    """Return the ids of up to ``count`` documents, chosen one after the other.

    The next one is large, and unlike all that are chosen already.
    """
    counts = np.asarray(library.passage_counts)
    least = min(2, int(counts.max(initial=0)))
    ids = np.flatnonzero(counts >= max(1, least))
    ids = ids[:: max(1, len(ids) // _LOOKED_AT)]
    if not len(ids):
        return []
    vectors = np.stack([_vector(library, int(number)) for number in ids])
    likeness = vectors @ vectors.T
    ranks = np.empty(len(ids))
    ranks[np.argsort(counts[ids], kind="stable")] = np.linspace(0, _SIZE, len(ids))
    chosen: list[int] = []
    nearest = np.zeros(len(ids))
    score = ranks.copy()
    for _ in range(min(count, len(ids))):
        best = int(np.argmax(score))
        chosen.append(best)
        nearest = np.maximum(nearest, likeness[best])
        score = ranks - nearest
        score[chosen] = -np.inf
    return [int(ids[number]) for number in chosen]


def _vector(library: Library, document_id: int) -> Floats:
    ids = library.passage_ids(document_id)
    mean = library.vectors(ids[:: max(1, len(ids) // _PASSAGES)]).mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), np.float32)
