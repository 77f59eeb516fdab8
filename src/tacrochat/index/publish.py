"""Make new segments a part of the index, in one step.

A build writes new segments and the state of a generation beside the old ones
and then replaces ``manifest.json``. A process that dies before that step leaves the
old index in place; a reader sees the old generation or the new one, never parts
of both.
"""

import logging
import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tacrochat.errors import IndexBusy, IndexFolderError
from tacrochat.index.contents import SegmentContents, SegmentRecord, State
from tacrochat.index.locking import acquire
from tacrochat.index.manifest import (
    DRAFT,
    GENERATION,
    LOCK,
    SCHEMA,
    SEGMENT,
    Manifest,
    published,
    sealed,
)
from tacrochat.index.manifest import NAME as MANIFEST
from tacrochat.index.store import Store
from tacrochat.index.write import sync, write_segment, write_state

log = logging.getLogger(__name__)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, so that one build writes at a time.

    Raises:
        IndexBusy: another process holds it.
        IndexFolderError: the folder cannot be written.

    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = acquire(folder / LOCK, 0)
    except TimeoutError as error:
        raise IndexBusy(
            f"another build is writing {folder}; wait for it to end, or give another --index"
        ) from error
    except OSError as error:
        raise IndexFolderError(_unwritable(folder, error)) from error
    with held:
        yield


def add_segment(folder: Path, contents: SegmentContents) -> SegmentRecord:
    """Write a segment, which nothing uses before ``publish`` names it; call it inside ``writing``.

    Raises:
        IndexFolderError: it cannot be written (a full disk, no permission).

    """
    name = f"segment-{uuid.uuid4().hex[:12]}"
    try:
        return write_segment(folder, name, contents)
    except (OSError, RuntimeError, OverflowError, sqlite3.Error) as error:
        shutil.rmtree(folder / name, ignore_errors=True)
        raise IndexFolderError(_unwritable(folder, error)) from error


def publish(
    folder: Path,
    segments: Sequence[SegmentRecord],
    state: State,
    about: Mapping[str, Any],
    background: Callable[[Store], Mapping[str, float]],
) -> None:
    """Make segments the current generation; call it inside ``writing``.

    ``background`` computes that of the confidence from the index before it is current.

    Raises:
        IndexFolderError: it cannot be written (a full disk, no permission); the
            previous generation stays the current one.

    """
    name = f"generation-{uuid.uuid4().hex[:12]}"
    previous = published(folder)
    try:
        files = write_state(folder, name, state)
        manifest = Manifest(SCHEMA, generation=name, segments=tuple(segments), files=files, **about)
        known = background(Store(folder, manifest))
        draft = folder / DRAFT
        draft.write_text(sealed(replace(manifest, background=known).to_dict()), "utf-8")
        sync(draft)
        sync(folder)
        draft.replace(folder / MANIFEST)
        sync(folder)
    except (OSError, RuntimeError, sqlite3.Error) as error:
        shutil.rmtree(folder / name, ignore_errors=True)
        raise IndexFolderError(_unwritable(folder, error)) from error
    # The generation before stays until the next build: someone may be opening it.
    kept = {name, *previous, *(segment.name for segment in segments)}
    for old in folder.iterdir():
        if (GENERATION.fullmatch(old.name) or SEGMENT.fullmatch(old.name)) and old.name not in kept:
            shutil.rmtree(old, ignore_errors=True)


def withdraw(folder: Path, segments: Sequence[SegmentRecord]) -> None:
    """Delete segments that a build wrote and did not publish."""
    current = published(folder)
    for segment in segments:
        if segment.name not in current:
            shutil.rmtree(folder / segment.name, ignore_errors=True)


def _unwritable(folder: Path, error: Exception) -> str:
    why = getattr(error, "strerror", None) or "writing it failed"
    log.debug("%s cannot be written: %s", folder, error)
    return f"{folder} cannot be written ({why}); free space or permissions there, or give another --index"
