"""Items of an index in Milvus: values by key, of any length, in one collection.

A value is cut in parts that fit a field; each row says how many parts there are.
So one request reads short values, and a second the rest of long ones.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tacrochat.index.milvus.client import Client
from tacrochat.index.milvus.packing import cut

_AT_ONCE = 250  # rows of one request: 16 MB at most


def item_rows(key: str, value: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a value, which is valid Unicode without NUL."""
    parts = cut(value)
    for number, part in enumerate(parts):
        yield {"key": f"{key}/{number}", "parts": len(parts), "data": part, "none": [0.0, 1.0]}


def json_value(value: Any) -> str:
    """Return a value as JSON of ASCII characters only, whatever characters are in it."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


class Items:
    """The items of one generation, read when they are asked for."""

    def __init__(self, client: Client, collection: str) -> None:
        """Name the collection."""
        self._client = client
        self._collection = collection

    def get(self, keys: Sequence[str]) -> dict[str, str]:
        """Return values by key; what is not there is left out.

        Raises:
            ValueError: a part of a value is missing.

        """
        first = self._rows(f"{key}/0" for key in keys)
        rest = [f"{key}/{n}" for key in keys for n in range(1, _parts(first.get(f"{key}/0")))]
        rows = first | self._rows(rest)
        values = {}
        for key in keys:
            count = _parts(first.get(f"{key}/0"))
            parts = [rows.get(f"{key}/{number}") for number in range(count)]
            if any(part is None or _parts(part) != count for part in parts):
                raise ValueError(f"a part of {key} is missing")
            if parts:
                values[key] = "".join(part["data"] for part in parts if part)
        return values

    def _rows(self, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for some in batched_list(keys, _AT_ONCE):
            rows = self._client.get(self._collection, some, ("key", "parts", "data"))
            found.update((str(row["key"]), row) for row in rows)
        return found

    def value(self, key: str) -> str:
        """Return one value.

        Raises:
            ValueError: it is not there.

        """
        values = self.get([key])
        if key not in values:
            raise ValueError(f"{key} is missing")
        return values[key]


def batched_list(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield lists of at most ``size`` values."""
    some: list[Any] = []
    for value in values:
        some.append(value)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some


def _parts(row: dict[str, Any] | None) -> int:
    if row is None:
        return 0
    parts = row["parts"]
    if type(parts) is not int or not 0 < parts < 1_000_000:
        raise ValueError("an item has an impossible number of parts")
    return parts
