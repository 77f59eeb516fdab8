"""Vectors that an index already holds, by the hash of the text they belong to."""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np

from tacrochat.arrays import Floats
from tacrochat.index.parts import Part
from tacrochat.index.ragged import select_ranges
from tacrochat.index.schema import ARRAYS
from tacrochat.word_codes import Codes

_KEY = "<u8"  # keys are compared by their first 8 bytes, then whole


def text_key(text: str) -> str:
    """Return the key of a text's vector: 128 bits of its SHA-256, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def embedded(
    parts: Sequence[Part], space: str, keys: Iterable[str]
) -> tuple[dict[str, Floats], dict[str, Codes]]:
    """Return the vectors of texts that are there, by key, and for passages also those of their words.

    ``space`` is "passages" or "sentences". Vectors are float32, of the precision
    of the index.

    Raises:
        IndexCorrupt: a segment is damaged.

    """
    wanted = set(keys)
    first = np.unique(np.frombuffer(b"".join(bytes.fromhex(key)[:8] for key in wanted), _KEY))
    vectors: dict[str, Floats] = {}
    words: dict[str, Codes] = {}
    for part in parts:
        segment = part.segment
        stored = segment.arrays[f"{space[:-1]}.key"]
        rows = np.flatnonzero(np.isin(stored[:, :8].copy().view(_KEY).ravel(), first))
        names = [stored[row].tobytes().hex() for row in rows]
        with segment.reading(ARRAYS):
            found = segment.spaces[space].vectors(rows)
            vectors.update((k, v) for k, v in zip(names, found, strict=True) if k in wanted)
            if space != "passages":
                continue
            offsets = segment.terms.word_offsets[segment.terms.sentence_offsets]
            selected, of_passage = select_ranges(offsets, rows, len(segment.word_codes))
            of_rows = np.split(segment.word_codes[selected], of_passage[1:-1]) if len(rows) else []
            words.update((k, w) for k, w in zip(names, of_rows, strict=True) if k in wanted)
    return vectors, words
