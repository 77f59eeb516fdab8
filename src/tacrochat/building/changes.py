"""Decide which files have changed since the previous build, and keep what was read of the others."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from tacrochat.building.read import READ_AGAIN, ReadDocument
from tacrochat.building.scan import File
from tacrochat.configuration.patterns import KindRules
from tacrochat.index.contents import FileRecord, FileState
from tacrochat.index.origin import Origin
from tacrochat.index.protocol import Index
from tacrochat.readers.files import VERSION, digest, is_outdated
from tacrochat.settings import Settings

# The settings that decide how a file becomes passages.
_TEXT_SETTINGS = (
    "max_file_mb",
    "max_unpacked_mb",
    "max_text_chars",
    "max_file_text_chars",
    "max_passages",
    "reader_seconds",
    "reader_memory_mb",
    "passage_tokens",
    "merge_tokens",
    "context_tokens",
)
# A file written this shortly before a build may have been written again within the same tick of the
# clock, with the same size and time (git calls such an entry racy).
_RACY_NS = 2_000_000_000


def text_settings(settings: Settings, kinds: KindRules) -> dict[str, Any]:
    """Return the settings that decide how files become documents, as the manifest keeps them."""
    chosen = {name: value for name, value in asdict(settings).items() if name in _TEXT_SETTINGS}
    given = {"kinds": [list(rule) for rule in kinds.rules]} if kinds.rules else {}
    return {**chosen, "readers": VERSION, **given}


class PreviousFiles:
    """The files of the previous index, and whether each is still the same.

    ``files`` maps a path to its record. It is empty if all files are to be read
    again, as when the settings that decide how texts are cut have changed.
    ``documents`` maps a path to the ids of the documents in the file.
    """

    def __init__(
        self, origin: Origin, previous: Index | None, settings: Mapping[str, Any], *, full: bool
    ) -> None:
        """Load what a previous index knows of the files; ``full``: read all again.

        ``origin`` is what is read now, ``settings`` are the ``text_settings`` of this build.
        """
        self._built_ns = 0.0
        self._known: Mapping[str, FileRecord] = {}
        self.files: Mapping[str, FileRecord] = {}
        self.documents: dict[str, list[int]] = {}
        self.paths: list[str] = []
        """The path of each document of the previous index."""
        if previous is None:
            return
        for number, (path, container) in enumerate(previous.document_columns("path", "container")):
            self.documents.setdefault(container or path, []).append(number)
            self.paths.append(path)
        known = previous.files()
        before = previous.manifest.origin
        self._known = {
            path: record for path, record in known.items() if before.location(path) == origin.location(path)
        }
        if not full and previous.manifest.settings == settings:
            self._built_ns = datetime.fromisoformat(previous.manifest.built).timestamp() * 1e9
            self.files = known

    def below(self, path: str) -> list[FileRecord]:
        """Return the record of a file as it was read before, or those of the files in a folder."""
        return [known for name, known in self._known.items() if name == path or name.startswith(f"{path}/")]

    def unchanged(self, file: File) -> FileRecord | None:
        """Return the record of a file that has not changed; None for a file to read.

        Size and time decide; where they differ, the SHA-256 of its bytes does.
        """
        known = self.files.get(file.path)
        if known is None or known.state.sidecar != file.state.sidecar:
            return None
        if any(is_outdated(skipped.reason) for skipped in known.skipped):
            return None
        if known.state == file.state and not self._is_racy(file.state):
            return known
        if known.state == READ_AGAIN:
            return None
        try:
            same = digest(file.location) == known.digest
        except OSError:
            return None
        racy_sidecar = file.state.sidecar and self._is_racy(_sidecar_state(file))
        if not same or racy_sidecar:
            return None
        return replace(known, state=file.state)

    def _is_racy(self, state: FileState) -> bool:
        """Tell whether a file was written so shortly before the build that a second write may be hidden."""
        return state.modified_ns > self._built_ns - _RACY_NS


def _sidecar_state(file: File) -> FileState:
    size, modified = file.state.sidecar.split(":")
    return FileState(int(size), int(modified))


def read_before(previous: Index, document_id: int) -> ReadDocument:
    """Return a document of the previous index as it was read."""
    repeated = [passage for passage, _ in previous.repeated(document_id)]
    ids = previous.passage_ids_of(document_id)
    passages = sorted(
        [*previous.passages[ids.start : ids.stop], *repeated], key=lambda passage: passage.start
    )
    return ReadDocument(
        previous.documents[document_id],
        previous.sections(document_id),
        passages,
        previous.packed_boxes(document_id),
    )
