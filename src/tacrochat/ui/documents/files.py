"""Add files to the corpus folder and remove them; an uploaded name cannot lead outside it.

Uploads go to ``uploaded/`` inside the corpus; a file replaces an earlier one of
the same name. Removed files are moved to ``.removed/``, which a build does not
read, so that they can be put back.
"""

import os
import shutil
import stat
import time
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from tacrochat.errors import CorpusError
from tacrochat.readers import files as readers
from tacrochat.types import Skipped

UPLOADED = "uploaded"
REMOVED = ".removed"
MAX_FILES = 200
"""Files per upload, including those inside zips."""

MAX_BYTES = 256_000_000
"""Bytes per upload, after unpacking."""

_MAX_NAME = 120
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{n}{i}" for n in ("com", "lpt") for i in range(10))})


@dataclass(slots=True)
class Change:
    """What was done with an upload or a removal; paths are relative to the corpus."""

    done: list[str] = field(default_factory=list)
    refused: list[Skipped] = field(default_factory=list)


def safe_name(name: str) -> str:
    """Return a file name without folders, leading dots, and unprintable or reserved characters.

    The result is one path component of at most 120 characters; the suffix is kept.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    printable = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*').strip().lstrip(".").strip()
    path = PurePosixPath(printable or "document")
    stem = f"{path.stem}_" if path.stem.lower() in _RESERVED else path.stem
    suffix = path.suffix[:16]
    return stem[: _MAX_NAME - len(suffix)] + suffix


def add(corpus: Path, uploads: Sequence[tuple[str, Path]], max_bytes: int) -> Change:
    """Copy uploaded files, ``(name, path)``, into the corpus; zips are unpacked.

    ``max_bytes`` is the limit for one file.

    Raises:
        CorpusError: the corpus folder cannot be written.

    """
    change = Change()
    bytes_left = MAX_BYTES
    count = 0
    try:
        target = corpus / UPLOADED
        target.mkdir(parents=True, exist_ok=True)
        for name, size, opened in _files(uploads, change):
            with opened as source:
                count += 1
                reason = _refusal(name, size, min(max_bytes, bytes_left))
                if count > MAX_FILES:
                    reason = f"more than {MAX_FILES} files at once; add the rest after these"
                if reason:
                    change.refused.append(Skipped(name, reason))
                    continue
                written = _copy(source, target / safe_name(name), min(max_bytes, bytes_left))
            if written is None:
                change.refused.append(Skipped(name, "it unpacks to more than it claims"))
                continue
            bytes_left -= written
            change.done.append(f"{UPLOADED}/{safe_name(name)}")
    except OSError as error:
        raise CorpusError(
            f"{corpus} cannot be written ({error.strerror}); free space or permissions there"
        ) from error
    return change


def remove(corpus: Path, paths: Sequence[str], known: Sequence[str]) -> Change:
    """Move documents out of the corpus into its ``.removed`` folder.

    Only ``known`` paths, those in the index, are moved.

    Raises:
        CorpusError: the corpus folder cannot be written.

    """
    change = Change()
    root = corpus.resolve()
    bin_folder = corpus / REMOVED / time.strftime("%Y%m%d-%H%M%S")
    for name in dict.fromkeys(paths):
        path = corpus / name
        if name not in known or not path.is_file() or not path.parent.resolve().is_relative_to(root):
            change.refused.append(Skipped(name, "it is not in the corpus folder"))
            continue
        try:
            (bin_folder / name).parent.mkdir(parents=True, exist_ok=True)
            path.replace(bin_folder / name)
        except OSError as error:
            raise CorpusError(
                f"{path} cannot be removed ({error.strerror}); check its permissions"
            ) from error
        change.done.append(name)
    return change


def _refusal(name: str, size: int, max_bytes: int) -> str:
    if Path(name).suffix.lower() not in readers.SUFFIXES:
        return f"no reader for {Path(name).suffix or 'files without a suffix'}"
    return f"it is over the limit of {max_bytes / 1e6:.0f} MB" if size > max_bytes else ""


def _files(uploads: Sequence[tuple[str, Path]], change: Change) -> Iterator[tuple[str, int, IO[bytes]]]:
    """Yield name, stated size and content of each file, including those inside zips."""
    for name, path in uploads:
        if Path(name).suffix.lower() != ".zip":
            yield name, path.stat().st_size, path.open("rb")
            continue
        try:
            with zipfile.ZipFile(path) as archive:
                yield from _members(name, archive, change)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
            change.refused.append(Skipped(name, f"it is no zip that can be unpacked ({error})"))


def _members(name: str, archive: zipfile.ZipFile, change: Change) -> Iterator[tuple[str, int, IO[bytes]]]:
    for member in archive.infolist():
        inner = PurePosixPath(member.filename.replace("\\", "/"))
        is_hidden = any(part.startswith((".", "__MACOSX")) for part in inner.parts if part != "..")
        if member.is_dir() or is_hidden:
            continue
        if stat.S_ISLNK(member.external_attr >> 16):
            change.refused.append(Skipped(f"{name}/{inner}", "it is a link"))
            continue
        yield inner.name, member.file_size, archive.open(member)


def _copy(source: IO[bytes], target: Path, max_bytes: int) -> int | None:
    """Copy a file completely or not at all; returns its size, None if it is above ``max_bytes``."""
    draft = target.parent / f".{target.name[:80]}.{os.getpid()}.part"
    written = 0
    try:
        with draft.open("wb") as file:
            while block := source.read(1 << 20):
                written += len(block)
                if written > max_bytes:
                    return None
                file.write(block)
        if target.is_symlink():
            target.unlink()
        shutil.move(draft, target)
    finally:
        draft.unlink(missing_ok=True)
    return written
