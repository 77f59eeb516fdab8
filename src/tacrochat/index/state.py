"""The database of a generation: the files that were read, and what was left out."""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import Any

from tacrochat.errors import IndexCorrupt
from tacrochat.index import damage
from tacrochat.index.contents import FileRecord, FileState
from tacrochat.index.damage import check_file
from tacrochat.index.database import Database
from tacrochat.index.manifest import NAME as MANIFEST
from tacrochat.index.manifest import Manifest, corrupt
from tacrochat.index.schema import STATE, STATE_TABLES, numbers
from tacrochat.types import Skipped


class StateFile:
    """The database ``files.sqlite`` of a generation, open for reading."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Open it.

        Raises:
            IndexCorrupt: it is missing, cut short, or damaged.

        """
        self._folder = folder
        self._path = folder / manifest.generation / STATE
        if set(manifest.files) != {STATE}:
            raise IndexCorrupt(corrupt(folder, folder / MANIFEST))
        check_file(folder, self._path, manifest.files[STATE])
        self._database = Database(self._path, STATE_TABLES)
        with self.reading():
            self._database.open()

    def reading(self) -> AbstractContextManager[None]:
        """Turn whatever a malformed file raises into an error that names it; see ``damage.reading``."""
        return damage.reading(self._folder, self._path)

    def _query(self, sql: str) -> list[tuple[Any, ...]]:
        with self.reading():
            return self._database.query(sql)

    def removed(self) -> dict[str, list[int]]:
        """Return the documents that are gone, by the name of their segment."""
        removed: dict[str, list[int]] = {}
        for name, number in self._query("SELECT segment, document_id FROM removed"):
            removed.setdefault(str(name), []).append(number)
        return removed

    @cached_property
    def skipped(self) -> tuple[Skipped, ...]:
        """What the build left out."""
        rows = self._query("SELECT path, reason FROM skipped")
        with self.reading():
            return tuple(_skipped(row) for row in rows)

    def files(self) -> dict[str, FileRecord]:
        """Return the files that were read, by path."""
        rows = self._query("SELECT path, digest, bytes, modified_ns, sidecar, skipped FROM files")
        with self.reading():
            return {row[0]: _record(row) for row in rows}


def _record(row: Sequence[Any]) -> FileRecord:
    path, digest, size, modified_ns, sidecar, skipped = row
    if not all(isinstance(text, str) for text in (path, digest, sidecar)):
        raise TypeError("a file's name or digest is no text")
    numbers((size, modified_ns))
    state = FileState(size, modified_ns, sidecar)
    return FileRecord(path, digest, state, tuple(map(_skipped, json.loads(skipped))))


def _skipped(row: Sequence[Any]) -> Skipped:
    path, reason = row
    if not isinstance(path, str) or not isinstance(reason, str):
        raise TypeError("what was left out is no text")
    return Skipped(path, reason)
