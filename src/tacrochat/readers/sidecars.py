"""Side-car files, NAME.meta.yaml beside NAME: their fields replace what the format itself states."""

import errno
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tacrochat.errors import ReadError
from tacrochat.readers.limits import open_regular
from tacrochat.readers.metadata import MAX_BYTES, SIDECAR, parse_fields

_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The fields of a side-car file; ``note`` says why it was not used, empty if it was."""

    fields: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


def read_sidecar(path: Path) -> Sidecar:
    """Read the side-car beside a file; it has no fields if there is none."""
    beside = path.with_name(path.name + SIDECAR)
    try:
        with open_regular(beside) as file:
            return parse_sidecar(beside.name, file.read(MAX_BYTES + 1))
    except ReadError as error:
        return Sidecar(note=f"its side-car {beside.name} was not used: {error}")
    except OSError as error:
        if error.errno in _ABSENT:
            return Sidecar()
        reason = f"it cannot be opened ({error.strerror})"
        return Sidecar(note=f"its side-car {beside.name} was not used: {reason}")


def parse_sidecar(name: str, data: bytes) -> Sidecar:
    """Return the fields in the bytes of the side-car file ``name``."""
    if len(data) > MAX_BYTES:
        return Sidecar(note=f"its side-car {name} is over {MAX_BYTES:,} bytes and was not used; shorten it")
    try:
        fields = parse_fields(data.decode("utf-8-sig"))
    except ValueError:  # not UTF-8
        fields = None
    if fields is None:
        return Sidecar(note=f"its side-car {name} is no YAML mapping and was not used; correct it")
    return Sidecar(fields)
