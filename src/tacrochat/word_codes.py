"""Word vectors in few bits, and their cosines with the words of a question.

A vector is turned by a fixed random rotation, after which its numbers are about
normally distributed, whatever the model, and each is rounded to one of eight equal
steps (scalar quantisation after a random rotation, as in RaBitQ, Gao and Long,
2024, and TurboQuant, Zandieh et al., 2025). Nothing is fitted. A cosine changes by
.015 (root mean square).
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import Floats

Codes = NDArray[np.uint8]
"""Compressed vectors, ``(words, width(dimension))``."""

_BITS = 3
_LEVELS = 2**_BITS
_STEP = 0.586  # of eight equal steps for a normal distribution with variance 1 (Max, 1960)
_GROUP = 5  # numbers in 16 bits
_SEED = 20
_MIDDLE = (_LEVELS - 1) / 2
_CHUNK = 65_536  # words compressed at a time


def width(dimension: int) -> int:
    """Return the bytes of one word."""
    return 2 * -(-dimension // _GROUP)


def compress(vectors: Floats) -> Codes:
    """Compress vectors of length 1, ``(words, dimension)``; one of length 0 stays known as such."""
    count, dimension = vectors.shape
    codes = np.zeros((count, width(dimension)), np.uint8)
    step = np.float32(_STEP / dimension**0.5)
    for start in range(0, count, _CHUNK):
        chunk = vectors[start : start + _CHUNK]
        numbers = np.floor(chunk @ _rotation(dimension) / step) + _LEVELS // 2
        packed = _packed(np.clip(numbers, 0, _LEVELS - 1).astype("<u2"))
        packed[~packed.any(axis=1), 0] = 1  # all zeros stand for a word without a vector
        packed[~chunk.any(axis=1)] = 0
        codes[start : start + _CHUNK] = packed.view(np.uint8)
    return codes


def _packed(numbers: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Put each group of numbers into 16 bits, the first into the lowest."""
    padded = np.pad(numbers, ((0, 0), (0, -numbers.shape[1] % _GROUP)))
    packed = np.zeros((len(numbers), padded.shape[1] // _GROUP), "<u2")
    for part in range(_GROUP):
        packed |= padded[:, part::_GROUP] << np.uint16(part * _BITS)
    return packed


def cosines(codes: Codes, query_vectors: Floats) -> Floats:
    """Return the cosine of each word with each word of a question, ``(words, question's words)``.

    ``query_vectors`` is ``(question's words, dimension)``, not compressed. The
    cosine is 0 for a word without a vector.
    """
    dimension = query_vectors.shape[1]
    turned = query_vectors @ _rotation(dimension)
    packed = np.ascontiguousarray(codes).view("<u2")
    result = np.zeros((len(codes), len(query_vectors)), np.float32)
    for part in range(_GROUP):
        numbers = (packed >> np.uint16(part * _BITS)) & np.uint16(_LEVELS - 1)
        columns = turned[:, part::_GROUP].T
        result += numbers[:, : len(columns)].astype(np.float32) @ columns
    result -= _MIDDLE * turned.sum(axis=1)
    result *= np.float32(_STEP / dimension**0.5)
    result[~packed.any(axis=1)] = 0
    return result


@lru_cache(2)
def _rotation(dimension: int) -> Floats:
    """Return a random rotation, ``(dimension, dimension)``: always the same one."""
    random = np.random.default_rng(_SEED).normal(size=(dimension, dimension))
    rotation, triangle = np.linalg.qr(random)
    # With a positive diagonal there is only one such decomposition, on every machine.
    return np.asarray(rotation * np.sign(np.diag(triangle)), np.float32)
