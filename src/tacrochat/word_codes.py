"""Word vectors in few bits, and their cosines with the words of a question.

A vector is turned by a fixed random rotation, after which its numbers are about
normally distributed, whatever the model, and each is rounded to one of four
steps (scalar quantisation after a random rotation, as in RaBitQ, Gao and Long,
2024, and TurboQuant, Zandieh et al., 2025). Nothing is fitted.
"""

from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import Floats

Codes = NDArray[np.uint8]
"""Compressed vectors, ``(words, width(dimension))``."""

_EACH = 4  # numbers in a byte, of two bits each
_STEP = 0.9957  # of four equal steps for a normal distribution with variance 1 (Max, 1960)
_MIDDLE = 1.5  # of the numbers 0 to 3
_SEED = 20
_CHUNK = 65_536  # words compressed at a time
_COMPARED = 512  # words compared at a time: what is unpacked of them stays in the processor's cache


def width(dimension: int) -> int:
    """Return the bytes of one word: the factor that makes its cosine with itself 1, and the numbers."""
    return 2 + -(-dimension // _EACH)


def compress(vectors: Floats) -> Codes:
    """Compress vectors of length 1, ``(words, dimension)``; one of length 0 stays known as such."""
    count, dimension = vectors.shape
    codes = np.zeros((count, width(dimension)), np.uint8)
    for start in range(0, count, _CHUNK):
        chunk = vectors[start : start + _CHUNK]
        turned = chunk @ _rotation(dimension)
        numbers = np.clip(np.floor(turned * np.float32(dimension**0.5 / _STEP)) + 2, 0, 3).astype(np.uint8)
        codes[start : start + _CHUNK, 2:] = _packed(numbers)
        with_itself = ((numbers - np.float32(_MIDDLE)) * turned).sum(axis=1)
        factors = np.where(chunk.any(axis=1), 1 / np.maximum(with_itself, 1e-3), 0).astype("<f2")
        codes[start : start + _CHUNK, :2] = factors[:, None].view(np.uint8)
    return codes


def _packed(numbers: Codes) -> Codes:
    """Put each four numbers into a byte, the first into the lowest bits."""
    padded = np.pad(numbers, ((0, 0), (0, -numbers.shape[1] % _EACH)))
    packed = np.zeros((len(numbers), padded.shape[1] // _EACH), np.uint8)
    for part in range(_EACH):
        packed |= padded[:, part::_EACH] << np.uint8(2 * part)
    return packed


def cosines(codes: Codes, query_vectors: Floats) -> Floats:
    """Return the cosine of each word with each word of a question, ``(words, question's words)``.

    ``query_vectors`` is ``(question's words, dimension)``, not compressed. The
    cosine is 0 for a word without a vector.
    """
    turned = query_vectors @ _rotation(query_vectors.shape[1])
    result = np.zeros((len(codes), len(query_vectors)), np.float32)
    columns = [np.ascontiguousarray(turned[:, part::_EACH].T) for part in range(_EACH)]
    for start in range(0, len(codes), _COMPARED):
        packed = codes[start : start + _COMPARED, 2:]
        for part, own in enumerate(columns):
            numbers = (packed >> np.uint8(2 * part)) & np.uint8(3)
            result[start : start + _COMPARED] += numbers[:, : len(own)].astype(np.float32) @ own
    result -= _MIDDLE * turned.sum(axis=1)
    factors = np.ascontiguousarray(codes[:, :2]).view("<f2").astype(np.float32)
    return np.asarray(result * np.nan_to_num(factors), np.float32)


def decoded(codes: Codes, dimension: int) -> Floats:
    """Return vectors of length 1 from compressed ones, about as they were: ``(words, dimension)``."""
    return np.asarray(unpacked(codes)[:, :dimension] @ _rotation(dimension).T, np.float32)


def unpacked(codes: Codes) -> Floats:
    """Return compressed vectors as they are stored, turned by the fixed rotation, ``(words, dimension)``.

    They are of length 1; a word without a vector stays 0. Cosines between them are
    about those of the vectors themselves.
    """
    centred = _numbers()[codes[:, 2:]].reshape(len(codes), _EACH * (codes.shape[1] - 2))
    lengths = np.sqrt(np.einsum("ij,ij->i", centred, centred))
    centred *= (codes[:, :2].any(axis=1) / lengths)[:, None]
    return centred


@cache
def _numbers() -> Floats:
    """Return the four numbers of each byte, centred, ``(256, 4)``."""
    shifts = 2 * np.arange(_EACH, dtype=np.uint8)
    return np.asarray(
        (np.arange(256, dtype=np.uint8)[:, None] >> shifts & 3) - np.float32(_MIDDLE), np.float32
    )


@lru_cache(2)
def _rotation(dimension: int) -> Floats:
    """Return a random rotation, ``(dimension, dimension)``: always the same one."""
    random = np.random.default_rng(_SEED).normal(size=(dimension, dimension))
    rotation, triangle = np.linalg.qr(random)
    # With a positive diagonal there is only one such decomposition, on every machine.
    return np.asarray(rotation * np.sign(np.diag(triangle)), np.float32)
