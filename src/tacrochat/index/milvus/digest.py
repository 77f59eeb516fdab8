"""Digests of rows, in whatever order they come: the sum of the SHA-256 of each."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

_MODULUS = 1 << 256


class RowsDigest:
    """The number of rows of a collection, and a digest of all that is in them."""

    def __init__(self, fields: Sequence[str]) -> None:
        """Name the fields that count."""
        self._fields = fields
        self._rows = 0
        self._sum = 0

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a row, as it is inserted or as it is read."""
        digest = hashlib.sha256()
        for name in self._fields:
            digest.update(_bytes(row[name]))
        self._sum = (self._sum + int.from_bytes(digest.digest(), "big")) % _MODULUS
        self._rows += 1

    def facts(self) -> dict[str, Any]:
        """Return what a manifest keeps."""
        return {"rows": self._rows, "digest": f"{self._sum:064x}"}


def _bytes(value: Any) -> bytes:
    if isinstance(value, Mapping):  # a sparse vector
        pairs = sorted((int(term), float(np.float32(weight))) for term, weight in value.items())
        return json.dumps(pairs).encode()
    if isinstance(value, np.ndarray | list):
        return np.asarray(value, "<f4").tobytes()
    data = json.dumps(value).encode()
    return len(data).to_bytes(8, "big") + data
