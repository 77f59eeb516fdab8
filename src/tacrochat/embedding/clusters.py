"""Groups of vectors that point in nearly the same direction (spherical k-means)."""

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import Floats

_ROUNDS = 15


def clusters(vectors: Floats, count: int) -> tuple[NDArray[np.int64], Floats]:
    """Divide unit vectors, ``(n, dim)``, into at most ``count`` groups; the same ones give the same groups.

    Returns the group of each vector, ``(n,)``, and the direction of each group,
    ``(groups, dim)``. The first centre is the vector nearest to the mean, each
    further one the vector farthest from those before.
    """
    centres = [int(np.argmax(vectors @ vectors.mean(axis=0)))]
    nearest = vectors @ vectors[centres[0]]
    for _ in range(1, min(count, len(vectors))):
        centres.append(int(np.argmin(nearest)))
        nearest = np.maximum(nearest, vectors @ vectors[centres[-1]])
    directions = vectors[centres].astype(np.float32)
    groups = np.argmax(vectors @ directions.T, axis=1)
    for _ in range(_ROUNDS):
        for number in range(len(directions)):
            if len(members := vectors[groups == number]):
                mean = members.mean(axis=0)
                directions[number] = mean / max(float(np.linalg.norm(mean)), 1e-9)
        moved = np.argmax(vectors @ directions.T, axis=1)
        if (moved == groups).all():
            break
        groups = moved
    return groups, directions
