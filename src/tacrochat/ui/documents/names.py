"""Names of uploaded files: each part of a path is made harmless by itself, and none leads upwards."""

import unicodedata
from collections.abc import Callable
from pathlib import PurePosixPath

from tacrochat.readers.files import SIDECAR, SUFFIXES
from tacrochat.readers.formats import COMPRESSED, suffix_of

MAX_BYTES = 200
"""Bytes of a name in UTF-8, its side-car's suffix not counted; most file systems allow 255."""

_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{n}{i}" for n in ("com", "lpt") for i in range(10))})


def parts_of(name: str) -> list[str]:
    """Split a path as an archive or a browser states it; ``.`` and ``..`` are left out."""
    parts = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    return [part for part in parts if part not in {"", ".", ".."}]


def safe_name(name: str) -> str:
    """Return a file name without folders, leading dots, and unprintable or reserved characters.

    The result is one path component of at most ``MAX_BYTES`` bytes; the suffix is
    kept. A side-car file's name is made of that of the file it describes.
    """
    if name.endswith(SIDECAR) and name != SIDECAR:
        return safe_name(name.removesuffix(SIDECAR)) + SIDECAR
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    printable = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*').strip().lstrip(".").strip()
    printable = printable or "document"
    stem, suffix = _split(printable)
    if PurePosixPath(stem).stem.lower() in _RESERVED:
        stem += "_"
    return _cut(stem, MAX_BYTES - len(suffix.encode())) + suffix


def safe_path(name: str) -> PurePosixPath:
    """Return a path of safe names, its folders kept."""
    return PurePosixPath(*map(safe_name, parts_of(name) or [""]))


def free_path(path: PurePosixPath, is_taken: Callable[[PurePosixPath], bool]) -> PurePosixPath:
    """Return the path, or the first of NAME-2, NAME-3 … that is not taken."""
    number, candidate = 1, path
    while is_taken(candidate):
        number += 1
        sidecar = SIDECAR if path.name.endswith(SIDECAR) else ""
        stem, suffix = _split(path.name.removesuffix(sidecar))
        end = f"-{number}{suffix}"
        candidate = path.with_name(_cut(stem, MAX_BYTES - len(end.encode())) + end + sidecar)
    return candidate


def _split(name: str) -> tuple[str, str]:
    """Split a name before the suffix that decides how it is read, or its last suffix."""
    suffix = suffix_of(name)
    if suffix not in SUFFIXES or not name.lower().endswith(suffix):
        suffix = PurePosixPath(name).suffix
    if suffix in COMPRESSED:  # "manual.pdf.gz": the suffix before it decides too
        suffix = PurePosixPath(name[: -len(suffix)]).suffix + suffix
    length = len(suffix) if len(suffix) <= 16 else 0
    return name[: len(name) - length], name[len(name) - length :]


def _cut(text: str, max_bytes: int) -> str:
    """Cut a text to so many bytes in UTF-8, at a character."""
    return text.encode()[:max_bytes].decode("utf-8", "ignore").rstrip()
