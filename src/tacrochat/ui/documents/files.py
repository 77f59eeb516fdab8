"""Add files to the corpus folder and remove them; an uploaded name cannot lead outside it.

Uploads go to ``uploaded/`` inside the corpus, with the folders they have in a
zip; a file replaces an earlier one of the same path. Removed files are moved to
``.removed/`` in the folder that they were read from, which a build does not read, so that they can be put
back.
"""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from tacrochat.configuration.folders import UPLOADED
from tacrochat.errors import CorpusError
from tacrochat.index.origin import Origin
from tacrochat.readers import files as readers
from tacrochat.readers.formats import inner_suffix
from tacrochat.types import Skipped
from tacrochat.ui.documents.names import free_path, safe_path
from tacrochat.ui.documents.unpack import DAMAGED, Item, items

REMOVED = ".removed"
MAX_FILES = 200
"""Files per upload, including those inside zips."""

MAX_BYTES = 256_000_000
"""Bytes per upload, after unpacking."""


@dataclass(slots=True)
class Change:
    """What was done with an upload or a removal; paths are relative to the corpus."""

    done: list[str] = field(default_factory=list)
    refused: list[Skipped] = field(default_factory=list)


def add(corpus: Path, uploads: Sequence[tuple[str, Path]], max_bytes: int) -> Change:
    """Copy uploaded files, ``(name, path)``, into the corpus; zips are unpacked.

    ``max_bytes`` is the limit for one file. Every file is taken, or reported with
    the reason; one that cannot be taken does not hold up the others.

    Raises:
        CorpusError: the corpus folder cannot be written.

    """
    target = corpus / UPLOADED
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CorpusError(
            f"{corpus} cannot be written ({error.strerror}); free space or permissions there"
        ) from error
    upload = _Upload(corpus, target, max_bytes)
    for item in items(uploads):
        upload.take(item)
    return upload.change


class _Upload:
    """One upload: what was taken of it so far, and how much is left of the limits."""

    def __init__(self, corpus: Path, target: Path, max_bytes: int) -> None:
        self.change = Change()
        self._root = corpus.resolve()
        self._target = target
        self._max_bytes = max_bytes
        self._bytes_left = MAX_BYTES
        self._count = 0
        self._taken: set[str] = set()

    def take(self, item: Item) -> None:
        """Copy a file, or report why not."""
        reason = item.reason or self._refusal(item)
        if not reason:
            try:
                reason = self._copy(item)
            except DAMAGED as error:
                reason = f"it is damaged, or protected by a password ({error})"
            except OSError as error:
                reason = f"it cannot be written ({error.strerror or error})"
        if reason:
            self.change.refused.append(Skipped(item.shown, reason))

    def _refusal(self, item: Item) -> str:
        self._count += 1
        if self._count > MAX_FILES:
            return f"more than {MAX_FILES} files at once; add the rest after these"
        described = item.name.removesuffix(readers.SIDECAR)
        suffix = inner_suffix(PurePosixPath(described.replace("\\", "/")).name)
        if suffix and suffix not in readers.SUFFIXES:
            return f"no reader for {suffix}"
        limit = min(self._max_bytes, self._bytes_left)
        return f"it is over the limit of {limit / 1e6:.0f} MB" if item.size > limit else ""

    def _copy(self, item: Item) -> str:
        """Copy a file completely or not at all; returns the reason if not."""
        # Within one upload two files may get the same safe name; case is ignored as some file systems do.
        path = free_path(safe_path(item.name), lambda path: str(path).casefold() in self._taken)
        target = self._target / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.parent.resolve().is_relative_to(self._root):
            return "its folder is a link that leads out of the corpus folder"
        if target.is_dir():
            return "there is a folder of that name"
        if item.open is None:
            return "it cannot be opened"
        with item.open() as source:
            written = _write(source, target, min(self._max_bytes, self._bytes_left))
        if written is None:
            return "it unpacks to more than it claims"
        self._bytes_left -= written
        self._taken.add(str(path).casefold())
        self.change.done.append(f"{UPLOADED}/{path}")
        return ""


def _write(source: IO[bytes], target: Path, max_bytes: int) -> int | None:
    """Write a file completely or not at all; returns its size, None if it is above ``max_bytes``."""
    draft = target.parent / f".{os.getpid()}.part"  # one upload at a time: see Workspace.rebuild
    written = 0
    try:
        with draft.open("wb") as file:
            while block := source.read(1 << 20):
                written += len(block)
                if written > max_bytes:
                    return None
                file.write(block)
        draft.replace(target)  # also replaces a link, and does not write through it
    finally:
        draft.unlink(missing_ok=True)
    return written


def remove(origin: Origin, paths: Sequence[str], files: Mapping[str, str]) -> Change:
    """Move the files of documents into the ``.removed`` folder of the folder that they were read from.

    ``files`` maps the paths of the documents in the index to those of their
    files; only these are moved. A document inside an archive goes with the
    archive, a side-car file with the file that it describes.

    Raises:
        CorpusError: the corpus folder cannot be written.

    """
    change = Change()
    bins = {top: _bin(top) for top in origin.tops.values()}
    for name in dict.fromkeys(files.get(path, path) for path in paths):
        top, inner = origin.place(name)
        path = top / inner
        is_known = name in files.values() and top in bins and path.is_file()
        if not is_known or not path.parent.resolve().is_relative_to(top.resolve()):
            change.refused.append(Skipped(name, "it is not in the corpus folder"))
            continue
        removed, sidecar = bins[top] / inner, inner + readers.SIDECAR
        try:
            removed.parent.mkdir(parents=True, exist_ok=True)
            path.replace(removed)
            if (top / sidecar).is_file():
                (top / sidecar).replace(bins[top] / sidecar)
        except OSError as error:
            change.refused.append(
                Skipped(name, f"it cannot be removed ({error.strerror}); check its permissions")
            )
            continue
        change.done.append(name)
    return change


def _bin(corpus: Path) -> Path:
    """Return a folder for removed files that is not there yet: what was removed before is never replaced."""
    now = time.strftime("%Y%m%d-%H%M%S")
    names = (now if number == 1 else f"{now}-{number}" for number in range(1, 1_000_000))
    return next(folder for name in names if not (folder := corpus / REMOVED / name).exists())
