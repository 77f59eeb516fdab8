"""The manifest of a generation in Milvus: an item, sealed as the manifest of a folder is."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from tacrochat.errors import IndexCorrupt, IndexMismatch
from tacrochat.index.damage import MALFORMED
from tacrochat.index.manifest import SCHEMA, Manifest, corrupt, sealed
from tacrochat.index.milvus.items import Items, json_value
from tacrochat.index.milvus.layout import VERSION
from tacrochat.index.origin import Origin

_NUMBERS = ("dimension", "documents", "passages", "sentences", "repeated", "blocks", "segments")
_TEXTS = ("model", "fingerprint", "corpus", "generation", "built")


@dataclass(frozen=True, slots=True)
class GenerationRecord:
    """The manifest; ``numbers`` are counts and means, ``previous`` the generation before, "" if none.

    ``manifest.files`` maps "items", "passages" and "sentences" to the number of
    ``rows`` and their ``digest``, see ``checks``. It names no segments.
    """

    manifest: Manifest
    numbers: Mapping[str, Any]
    previous: str = ""

    def text(self) -> str:
        """Return the record as it is stored."""
        values = {
            **self.manifest.to_dict(),
            "layout": VERSION,
            "numbers": dict(self.numbers),
            "previous": self.previous,
        }
        return json_value(json.loads(sealed(values)))

    @classmethod
    def read(cls, items: Items, address: str) -> "GenerationRecord":
        """Read the record of a generation.

        Raises:
            IndexCorrupt: it is not as it was written.
            IndexMismatch: another version wrote it.

        """
        with reading(address, "the manifest"):
            values = json.loads(items.value("manifest"))
            layout, schema = values["layout"], values["schema"]
            if type(layout) is not int or type(schema) is not int:
                raise ValueError("its version is no number")
        if (layout, schema) != (VERSION, SCHEMA):
            newer = (layout, schema) > (VERSION, SCHEMA)
            raise IndexMismatch(
                f"{address} was written by {'a newer' if newer else 'an older'} tacrochat;"
                f" {'upgrade tacrochat, or ' if newer else ''}run 'tacrochat build --index {address}'"
            )
        with reading(address, "the manifest"):
            return cls._checked(values)

    @classmethod
    def _checked(cls, values: dict[str, Any]) -> "GenerationRecord":
        if not is_whole(values):
            raise ValueError("its seal is not that of its contents")
        values = {**values, **asdict(Origin.of(values))}
        manifest = Manifest(**{name: values[name] for name in Manifest.__dataclass_fields__})
        numbers = values["numbers"]
        if not all(isinstance(values[name], str) for name in (*_TEXTS, "previous")):
            raise ValueError("a name is no text")
        if not all(type(numbers[name]) is int and numbers[name] >= 0 for name in _NUMBERS):
            raise ValueError("a count is no number")
        if not numbers["blocks"] or not numbers["dimension"] or not numbers["mean_length"] >= 1:
            raise ValueError("a count is impossible")
        return cls(manifest, numbers, values["previous"])


def is_whole(values: Mapping[str, Any]) -> bool:
    """Tell whether a manifest is as it was written."""
    return bool(json.loads(sealed(values)) == values)


@contextmanager
def reading(address: str, what: str) -> Iterator[None]:
    """Turn whatever damaged rows raise into an error that names them.

    Raises:
        IndexCorrupt: they are damaged.

    """
    try:
        yield
    except MALFORMED as error:
        raise IndexCorrupt(corrupt(address, f"{what} of {address}", f"is damaged ({error})")) from error
