"""Passages in two dimensions: principal components of their vectors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_FITTED = 5_000  # rows that the axes are computed from; more change them hardly


@dataclass(frozen=True, slots=True)
class Projection:
    """The two directions in which vectors differ most.

    ``axes`` is ``(2, dim)``; ``share`` (0 to 1) is how much of the variance they hold.
    """

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    share: float

    @classmethod
    def fit(cls, vectors: NDArray[np.float32]) -> "Projection":
        """Compute the axes of ``(n, dim)`` vectors; the same vectors give the same axes."""
        rows = vectors[:: max(1, len(vectors) // _FITTED)]
        mean = rows.mean(axis=0)
        centred = rows - mean
        values, directions = np.linalg.eigh(centred.T @ centred)
        axes = directions[:, -2:][:, ::-1].T
        # An axis may point either way: let its largest part point up.
        signs = np.sign(axes[np.arange(2), np.abs(axes).argmax(axis=1)])
        total = float(values.sum())
        share = float(values[-2:].sum()) / total if total > 0 else 0.0
        return cls(mean, np.asarray(axes * signs[:, None], np.float32), share)

    def place(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return ``(n, 2)`` coordinates."""
        return np.asarray((vectors - self.mean) @ self.axes.T, np.float32)
