"""Vectors in two dimensions: their first two principal components (PCA)."""

from dataclasses import dataclass

import numpy as np

from tacrochat.arrays import Floats

SAMPLE = 5_000
"""Vectors that the axes are computed from; more hardly change them."""


@dataclass(frozen=True, slots=True)
class Projection:
    """The two directions in which vectors differ most.

    ``mean`` is ``(dim,)``, ``axes`` is ``(2, dim)``; ``shares`` are the shares of
    the variance along the two, 0 to 1.
    """

    mean: Floats
    axes: Floats
    shares: tuple[float, float]

    @property
    def share(self) -> float:
        """The share of the variance in the plane of the two axes, 0 to 1."""
        return sum(self.shares)

    @classmethod
    def fit(cls, vectors: Floats) -> "Projection":
        """Compute the axes of ``(n, dim)`` vectors; the same vectors give the same axes."""
        sample = vectors[:: max(1, len(vectors) // SAMPLE)]
        mean = sample.mean(axis=0)
        centred = sample - mean
        values, directions = np.linalg.eigh(centred.T @ centred)
        axes = directions[:, -2:][:, ::-1].T
        # An axis may point either way: let its largest part point up.
        signs = np.sign(axes[np.arange(2), np.abs(axes).argmax(axis=1)])
        total = max(float(values.sum()), 1e-12)
        shares = (float(values[-1]) / total, float(values[-2]) / total)
        return cls(mean, np.asarray(axes * signs[:, None], np.float32), shares)

    def place(self, vectors: Floats) -> Floats:
        """Return the points of ``(n, dim)`` vectors in the plane, ``(n, 2)``."""
        return np.asarray((vectors - self.mean) @ self.axes.T, np.float32)
