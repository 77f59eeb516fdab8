"""The index folder: one SQLite database and its vectors, published together.

    index/
      manifest.json             which generation is current, and its files' SHA-256
      generation-0123abcd/      documents.sqlite, passages.faiss, sentences.faiss, words.npy
      .lock                     held by the one build that may write

A build writes a new generation beside the old one and then replaces
``manifest.json`` in one step. Whoever dies before that step leaves the old
index in place; a reader sees one whole generation or the other. This is the one
door to sqlite3.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from tacrochat.errors import IndexBusy, IndexCorrupt, IndexFolderError
from tacrochat.index.contents import Contents, FileRecord
from tacrochat.index.manifest import NAME as MANIFEST
from tacrochat.index.manifest import SCHEMA, Manifest, corrupt, is_sealed, read_manifest, sealed
from tacrochat.index.terms import TermTable
from tacrochat.index.vectors import VectorIndex
from tacrochat.types import Copy, Document, FileState, Passage, Section, Skipped

_DATABASE = "documents.sqlite"
_SPACES = ("passages", "sentences")
_WORDS = "words.npy"
# NumPy parses a file's header as Python, which two threads may not do at once (CPython issue 106905).
_HEADER = threading.Lock()

_TABLES = """
CREATE TABLE files (
    path TEXT PRIMARY KEY, digest TEXT NOT NULL, bytes INTEGER NOT NULL, modified_ns INTEGER NOT NULL,
    sidecar TEXT NOT NULL, skipped TEXT NOT NULL
);
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, path TEXT UNIQUE NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
    digest TEXT NOT NULL, kind TEXT NOT NULL, source TEXT, url TEXT, date TEXT, pages TEXT NOT NULL,
    places TEXT NOT NULL, author TEXT, language TEXT, kind_reason TEXT, container TEXT
);
CREATE TABLE sections (
    document_id INTEGER NOT NULL REFERENCES documents(id), heading TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, role TEXT NOT NULL, reason TEXT NOT NULL
);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, document_id INTEGER NOT NULL REFERENCES documents(id),
    heading TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, text TEXT NOT NULL,
    role TEXT NOT NULL, sentences TEXT NOT NULL, copies TEXT NOT NULL, keys TEXT NOT NULL
);
CREATE TABLE repeated (
    document_id INTEGER NOT NULL REFERENCES documents(id), heading TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, text TEXT NOT NULL, role TEXT NOT NULL,
    sentences TEXT NOT NULL, original INTEGER NOT NULL REFERENCES passages(id)
);
CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT NOT NULL, stem TEXT UNIQUE NOT NULL);
CREATE TABLE arrays (name TEXT PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE skipped (path TEXT NOT NULL, reason TEXT NOT NULL);
CREATE VIRTUAL TABLE lexical USING fts5(
    heading, body, content='', tokenize="unicode61 remove_diacritics 0 tokenchars '.,'''"
);
"""


class Store:
    """One published generation, open for reading; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Open the current generation of an index folder.

        Raises:
            IndexFolderError: see ``read_manifest``; or a file is missing, cut short or damaged.

        """
        self.folder = folder
        self.manifest, self._spaces, self.words = _open_files(folder)
        self._database = folder / self.manifest.generation / _DATABASE
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        try:
            self.documents = tuple(self._read_documents())
            self.passages = tuple(self._read_passages())
            self.terms = self._read_terms()
            self.skipped = tuple(Skipped(*r) for r in self._query("SELECT path, reason FROM skipped"))
        except (sqlite3.Error, ValueError, TypeError) as error:
            raise IndexCorrupt(corrupt(folder, self._database, f"is damaged ({error})")) from error
        rows = (len(self._spaces["passages"].rows), len(self._spaces["sentences"].rows), len(self.words))
        if rows != (len(self.passages), len(self.terms.sentences) - 1, int(self.terms.spoken[-1])):
            raise IndexCorrupt(corrupt(folder, self._database, "does not match its vectors"))

    def space(self, name: str) -> VectorIndex:
        """Return the vectors of "passages" or "sentences"."""
        return self._spaces[name]

    def sections(self, document_id: int | None = None) -> list[Section]:
        """List the sections of one document, or of all."""
        rows = self._query(
            "SELECT document_id, heading, start, end, role, reason FROM sections"
            " WHERE ? IS NULL OR document_id = ? ORDER BY document_id, start",
            (document_id, document_id),
        )
        return [Section(d, tuple(json.loads(heading)), *rest) for d, heading, *rest in rows]

    def repeated(self) -> list[tuple[Passage, int]]:
        """List the passages that repeat one of another document, with that one's id."""
        rows = self._query(
            "SELECT document_id, heading, start, end, text, role, sentences, original"
            " FROM repeated ORDER BY document_id, start"
        )
        return [
            (Passage(-1, d, tuple(json.loads(h)), a, b, text, role, _spans(spans)), original)
            for d, h, a, b, text, role, spans, original in rows
        ]

    def match(self, stems: Iterable[str], limit: int) -> list[tuple[int, float]]:
        """Rank passages by BM25 (Robertson and Zaragoza, 2009; k1 1.2, b .75), best first."""
        query = " OR ".join('"' + s.replace('"', "") + '"' for s in dict.fromkeys(stems))
        if not query:
            return []
        rows = self._query(
            "SELECT rowid, -bm25(lexical, .5, 1.0) FROM lexical WHERE lexical MATCH ?"
            " ORDER BY bm25(lexical, .5, 1.0) LIMIT ?",
            (query, limit),
        )
        return [(int(i), float(s)) for i, s in rows]

    def keys(self) -> list[list[str]]:
        """List the keys of the embedded texts, by passage."""
        return [json.loads(k) for (k,) in self._query("SELECT keys FROM passages ORDER BY id")]

    def files(self) -> dict[str, FileRecord]:
        """Return the files that were read, by path."""
        rows = self._query("SELECT path, digest, bytes, modified_ns, sidecar, skipped FROM files")
        return {
            path: FileRecord(path, digest, FileState(*state), tuple(Skipped(*s) for s in json.loads(skipped)))
            for path, digest, *state, skipped in rows
        }

    def damaged(self) -> list[str]:
        """List the files of the index that are not as they were published."""
        folder = self.folder / self.manifest.generation
        path = self.folder / MANIFEST
        return ([] if is_sealed(path) else [str(path)]) + [
            str(folder / name)
            for name, facts in self.manifest.files.items()
            if _facts(folder / name) != dict(facts)
        ]

    def _query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        # One connection for all threads: a later build may clear this generation
        # away, and what is open stays readable where a new connection would fail.
        with self._lock:
            if self._connection is None:
                uri = f"{self._database.resolve().as_uri()}?mode=ro&immutable=1"
                self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
            try:
                return list(self._connection.execute(sql, values))
            except sqlite3.DatabaseError as error:  # a damaged page may be met only now
                why = f"is damaged ({error})"
                raise IndexCorrupt(corrupt(self.folder, self._database, why)) from error

    def _read_documents(self) -> Iterator[Document]:
        names = Document.__dataclass_fields__
        for row in self._query(f"SELECT {', '.join(names)} FROM documents ORDER BY id"):  # noqa: S608
            values = dict(zip(names, row, strict=True))
            places = tuple((offset, name) for offset, name in json.loads(values["places"]))
            yield Document(**values | {"pages": tuple(json.loads(values["pages"])), "places": places})

    def _read_passages(self) -> Iterator[Passage]:
        rows = self._query(
            "SELECT id, document_id, heading, start, end, text, role, sentences, copies"
            " FROM passages ORDER BY id"
        )
        for number, document, heading, start, end, text, role, spans, copies in rows:
            places = tuple(Copy(*copy) for copy in json.loads(copies))
            path = tuple(json.loads(heading))
            yield Passage(number, document, path, start, end, text, role, _spans(spans), places)

    def _read_terms(self) -> TermTable:
        words, stems = zip(*self._query("SELECT word, stem FROM words ORDER BY id"), strict=True)
        blobs = dict(self._query("SELECT name, data FROM arrays"))
        arrays = (np.frombuffer(blobs.get(name, b""), "<i4") for name in TermTable.ARRAYS)
        return TermTable(words, stems, *arrays)


def _spans(stored: str) -> tuple[tuple[int, int], ...]:
    ends = json.loads(stored)
    return tuple(zip(ends[::2], ends[1::2], strict=True))


def _open_files(folder: Path) -> tuple[Manifest, dict[str, VectorIndex], NDArray[np.int8]]:
    for attempt in range(5):
        manifest = read_manifest(folder)
        try:
            return manifest, *_read_spaces(folder, manifest)
        except IndexCorrupt:
            # A build may have published and cleared away while we were reading.
            if attempt == 4 or read_manifest(folder).generation == manifest.generation:
                raise
    raise AssertionError("unreachable")


def _read_spaces(folder: Path, manifest: Manifest) -> tuple[dict[str, VectorIndex], NDArray[np.int8]]:
    generation = folder / manifest.generation
    expected = {_DATABASE, _WORDS, *(f"{name}.faiss" for name in _SPACES)}
    if set(manifest.files) != expected or Path(manifest.generation).name != manifest.generation:
        raise IndexCorrupt(corrupt(folder, folder / MANIFEST))
    for name, facts in manifest.files.items():
        path = generation / name
        if not path.is_file():
            raise IndexCorrupt(corrupt(folder, path, "is missing"))
        if path.stat().st_size != facts.get("bytes"):
            raise IndexCorrupt(corrupt(folder, path, "is cut short or changed"))
    spaces = {}
    for name in _SPACES:
        path = generation / f"{name}.faiss"
        try:
            spaces[name] = VectorIndex.read(path)
        except (RuntimeError, AttributeError, MemoryError) as error:
            raise IndexCorrupt(corrupt(folder, path, "is damaged")) from error
    try:
        # Mapped, not read: a question touches the rows of its candidates only.
        with _HEADER:
            words = np.load(generation / _WORDS, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise IndexCorrupt(corrupt(folder, generation / _WORDS, "is damaged")) from error
    if words.ndim != 2 or words.dtype != np.int8:
        raise IndexCorrupt(corrupt(folder, generation / _WORDS, "is damaged"))
    return spaces, words


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, so that one build writes at a time.

    Raises:
        IndexBusy: another process holds it.
        IndexFolderError: the folder cannot be written.

    """
    lock = FileLock(folder / ".lock", timeout=0)
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
    try:
        before = json.loads((folder / MANIFEST).read_text("utf-8")).get("generation")
    except (OSError, ValueError, AttributeError):
        before = None
    try:
        generation.mkdir()
        _write_database(generation / _DATABASE, contents)
        for space in _SPACES:
            contents.spaces[space].write(generation / f"{space}.faiss")
        np.save(generation / _WORDS, contents.words, allow_pickle=False)
        for path in generation.iterdir():
            _sync(path)
        files = {path.name: _facts(path) for path in sorted(generation.iterdir())}
        values = {"schema": SCHEMA, **about, "generation": name, "files": files}
        draft = folder / f"{MANIFEST}.new"
        draft.write_text(sealed(values), "utf-8")
        _sync(draft)
        _sync(generation)
        draft.replace(folder / MANIFEST)
        _sync(folder)
    except (OSError, RuntimeError, sqlite3.Error) as error:
        shutil.rmtree(generation, ignore_errors=True)
        raise IndexFolderError(_unwritable(folder, error)) from error
    for old in folder.glob("generation-*"):
        # The generation before stays until the next build: someone may be opening it.
        if old.name not in {name, before}:
            shutil.rmtree(old, ignore_errors=True)


def _unwritable(folder: Path, error: Exception) -> str:
    why = getattr(error, "strerror", None) or str(error)
    return f"{folder} cannot be written ({why}); free space or permissions there, or give another --index"


def _write_database(path: Path, contents: Contents) -> None:
    connection = sqlite3.connect(path)
    terms = contents.terms
    try:
        connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _TABLES)
        _write_texts(connection, contents)
        connection.executemany(
            "INSERT INTO lexical (rowid, heading, body) VALUES (?,?,?)",
            ((i, *terms.stems_of(i)) for i in range(len(contents.passages))),
        )
        words = zip(terms.words, terms.stems, strict=True)
        connection.executemany("INSERT INTO words VALUES (?,?,?)", ((i, *w) for i, w in enumerate(words)))
        connection.executemany(
            "INSERT INTO arrays VALUES (?,?)",
            ((name, getattr(terms, name).astype("<i4").tobytes()) for name in TermTable.ARRAYS),
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
    listed = {"pages", "places"}
    connection.executemany(
        f"INSERT INTO documents ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",  # noqa: S608
        (
            [json.dumps(getattr(d, n)) if n in listed else getattr(d, n) for n in names]
            for d in contents.documents
        ),
    )
    connection.executemany(
        "INSERT INTO sections VALUES (?,?,?,?,?,?)",
        ((s.document_id, json.dumps(s.heading), s.start, s.end, s.role, s.reason) for s in contents.sections),
    )
    connection.executemany(
        "INSERT INTO passages VALUES (?,?,?,?,?,?,?,?,?,?)",
        (
            (p.id, *_columns(p), json.dumps([[c.document, c.label] for c in p.copies]))
            + (json.dumps(list(keys)),)
            for p, keys in zip(contents.passages, contents.keys, strict=True)
        ),
    )
    connection.executemany(
        "INSERT INTO repeated VALUES (?,?,?,?,?,?,?,?)",
        ((*_columns(p), original) for p, original in contents.repeated),
    )


def _columns(p: Passage) -> tuple[Any, ...]:
    spans = json.dumps([x for span in p.sentences for x in span])
    return (p.document_id, json.dumps(p.heading), p.start, p.end, p.text, p.role, spans)


def _facts(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {"bytes": path.stat().st_size, "sha256": digest}
    except OSError:
        return {}


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
