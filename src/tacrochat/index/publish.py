"""Write a generation of an index and make it the current one.

A build writes a new generation beside the old one and then replaces
``manifest.json`` in one step. A process that dies before that step leaves the
old index in place; a reader sees the old generation or the new one, never parts
of both.
"""

import json
import logging
import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from tacrochat.errors import IndexBusy, IndexFolderError
from tacrochat.index.contents import Contents
from tacrochat.index.manifest import DRAFT, GENERATION, LOCK, SCHEMA, file_facts, published, sealed
from tacrochat.index.manifest import NAME as MANIFEST
from tacrochat.index.schema import DATABASE, SPACES, TABLES, TERM_ARRAYS, WORD_VECTORS, passage_columns
from tacrochat.types import Document

log = logging.getLogger(__name__)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, so that one build writes at a time.

    Raises:
        IndexBusy: another process holds it.
        IndexFolderError: the folder cannot be written.

    """
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise IndexBusy(
            f"another build is writing {folder}; wait for it to end, or give another --index"
        ) from error
    except OSError as error:
        raise IndexFolderError(_unwritable(folder, error)) from error
    try:
        yield
    finally:
        lock.release()


def publish(folder: Path, contents: Contents, about: Mapping[str, Any]) -> None:
    """Write a new generation and make it the current one; call it inside ``writing``.

    Raises:
        IndexFolderError: it cannot be written (a full disk, no permission); the
            previous generation stays the current one.

    """
    name = f"generation-{uuid.uuid4().hex[:12]}"
    generation = folder / name
    previous = published(folder)
    try:
        generation.mkdir()
        _write_database(generation / DATABASE, contents)
        for space in SPACES:
            contents.spaces[space].write(generation / f"{space}.faiss")
        np.save(generation / WORD_VECTORS, contents.word_vectors, allow_pickle=False)
        for path in generation.iterdir():
            _sync(path)
        files = {path.name: file_facts(path) for path in sorted(generation.iterdir())}
        values = {"schema": SCHEMA, **about, "generation": name, "files": files}
        draft = folder / DRAFT
        draft.write_text(sealed(values), "utf-8")
        _sync(draft)
        _sync(generation)
        draft.replace(folder / MANIFEST)
        _sync(folder)
    except (OSError, RuntimeError, sqlite3.Error) as error:
        shutil.rmtree(generation, ignore_errors=True)
        raise IndexFolderError(_unwritable(folder, error)) from error
    for old in folder.iterdir():
        # The generation before stays until the next build: someone may be opening it.
        if GENERATION.fullmatch(old.name) and old.name not in {name, previous}:
            shutil.rmtree(old, ignore_errors=True)


def _unwritable(folder: Path, error: Exception) -> str:
    why = getattr(error, "strerror", None) or "writing it failed"
    log.debug("%s cannot be written: %s", folder, error)
    return f"{folder} cannot be written ({why}); free space or permissions there, or give another --index"


def _write_database(path: Path, contents: Contents) -> None:
    connection = sqlite3.connect(path)
    terms = contents.terms
    try:
        connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + TABLES)
        _write_texts(connection, contents)
        connection.executemany(
            "INSERT INTO lexical (rowid, heading, body) VALUES (?,?,?)",
            ((i, *terms.stems_of(i)) for i in range(len(contents.passages))),
        )
        words = enumerate(zip(terms.vocabulary, terms.stems, strict=True))
        connection.executemany(
            "INSERT INTO words VALUES (?,?,?)", ((i, word, stem) for i, (word, stem) in words)
        )
        connection.executemany(
            "INSERT INTO arrays VALUES (?,?)",
            ((name, getattr(terms, field).astype("<i4").tobytes()) for name, field in TERM_ARRAYS.items()),
        )
        connection.executemany(
            "INSERT INTO skipped VALUES (?,?)", ((s.path, s.reason) for s in contents.skipped)
        )
        connection.commit()
    finally:
        connection.close()


def _write_texts(connection: sqlite3.Connection, contents: Contents) -> None:
    connection.executemany(
        "INSERT INTO files VALUES (?,?,?,?,?,?)",
        (
            (f.path, f.digest, f.state.bytes, f.state.modified_ns, f.state.sidecar)
            + (json.dumps([[s.path, s.reason] for s in f.skipped]),)
            for f in contents.files
        ),
    )
    names = tuple(Document.__dataclass_fields__)
    as_json = {"pages", "places"}
    connection.executemany(
        f"INSERT INTO documents ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",  # noqa: S608
        (
            [json.dumps(getattr(d, n)) if n in as_json else getattr(d, n) for n in names]
            for d in contents.documents
        ),
    )
    connection.executemany("INSERT INTO boxes VALUES (?,?)", contents.boxes.items())
    connection.executemany(
        "INSERT INTO sections VALUES (?,?,?,?,?,?)",
        ((s.document_id, json.dumps(s.heading), s.start, s.end, s.role, s.reason) for s in contents.sections),
    )
    connection.executemany(
        "INSERT INTO passages VALUES (?,?,?,?,?,?,?,?,?,?)",
        (
            (p.id, *passage_columns(p), json.dumps([[c.document, c.label] for c in p.copies]))
            + (json.dumps(list(keys)),)
            for p, keys in zip(contents.passages, contents.keys, strict=True)
        ),
    )
    connection.executemany(
        "INSERT INTO repeated VALUES (?,?,?,?,?,?,?,?)",
        ((*passage_columns(p), original) for p, original in contents.repeated),
    )


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
