"""Open the files of an index folder: its manifest, its state, and its segments side by side."""

from collections.abc import Sequence
from pathlib import Path

from tacrochat.errors import IndexCorrupt
from tacrochat.index.manifest import Manifest, read_manifest
from tacrochat.index.parts import Part
from tacrochat.index.segment import Segment
from tacrochat.index.state import StateFile


def open_files(folder: Path, draft: Manifest | None) -> tuple[Manifest, StateFile, list[Part]]:
    """Open the current generation of an index folder, or that of a manifest not yet written.

    Raises:
        IndexFolderError: see ``read_manifest``; or a file is missing, cut short,
            damaged, or does not fit the others.

    """
    for attempt in range(5):
        manifest = draft or read_manifest(folder)
        try:
            state = StateFile(folder, manifest)
            return manifest, state, _parts(state, [Segment(folder, s) for s in manifest.segments])
        except IndexCorrupt:
            # A build may have published and cleared away while we were reading.
            if draft or attempt == 4 or read_manifest(folder).generation == manifest.generation:
                raise
    raise AssertionError("unreachable")


def _parts(state: StateFile, segments: Sequence[Segment]) -> list[Part]:
    removed = state.removed()
    with state.reading():
        if not removed.keys() <= {segment.name for segment in segments}:
            raise ValueError("documents were removed from a segment that is not there")
    parts: list[Part] = []
    documents = passages = 0
    for segment in segments:
        with state.reading():
            part = Part(segment, removed.get(segment.name, ()), documents, passages)
        documents, passages = documents + part.documents, passages + part.passages
        parts.append(part)
    return parts
