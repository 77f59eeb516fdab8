"""The index folder: one SQLite database and its vectors, published together.

    index/
      manifest.json             which generation is current, and its files' SHA-256
      generation-0123abcd/      documents.sqlite, passages.faiss, sentences.faiss, words.npy
      .lock                     held by the one build that may write

``Store`` reads what ``publish`` wrote.
"""

import json
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import CharacterBoxes
from tacrochat.errors import IndexCorrupt
from tacrochat.index import checks
from tacrochat.index.contents import FileRecord, FileState
from tacrochat.index.manifest import NAME as MANIFEST
from tacrochat.index.manifest import Manifest, corrupt, file_facts, is_sealed, read_manifest
from tacrochat.index.schema import DATABASE, DEFINITIONS, SPACES, TERM_ARRAYS, WORD_VECTORS, spans
from tacrochat.index.terms import TermTable
from tacrochat.index.vectors import VectorIndex
from tacrochat.types import Copy, Document, Passage, Section, Skipped

# NumPy parses a file's header as Python, which two threads may not do at once (CPython issue 106905).
_HEADER = threading.Lock()


_MALFORMED = (
    sqlite3.Error,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
    MemoryError,
)
"""What reading a damaged or crafted file of an index can raise."""


class Store:
    """One published generation, open for reading; safe to use from several threads.

    ``dimension`` is that of all its vectors. Its files are closed when the last
    reference to it is gone.
    """

    def __init__(self, folder: Path) -> None:
        """Open the current generation of an index folder.

        Raises:
            IndexFolderError: see ``read_manifest``; or a file is missing, cut short,
                damaged, or does not fit the others.

        """
        self.folder = folder
        self.manifest, self._spaces, self.word_vectors = _open_files(folder)
        self.dimension = self.word_vectors.shape[1]
        self._database = folder / self.manifest.generation / DATABASE
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        with self._reading():
            self._check_tables()
            self.documents = tuple(self._read_documents())
            self.passages = tuple(self._read_passages())
            self.terms = self._read_terms()
            self.skipped = tuple(Skipped(*r) for r in self._query("SELECT path, reason FROM skipped"))
            checks.check_documents(self.documents)
            ids = [passage.id for passage in self.passages]
            checks.require(ids == list(range(len(ids))), "the ids of passages")
            checks.check_passages(self.passages, self.documents)
            counts = [len(passage.sentences) for passage in self.passages]
            checks.check_terms(self.terms, counts, len(self.word_vectors))
            sizes = [len(self._spaces[space].vectors) for space in SPACES]
            checks.require(sizes == [len(counts), sum(counts)], "the numbers of vectors")
        self.sections()
        self.repeated()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Turn whatever a malformed database raises into an error that names it."""
        try:
            yield
        except _MALFORMED as error:
            raise IndexCorrupt(corrupt(self.folder, self._database, f"is damaged ({error})")) from error

    def _check_tables(self) -> None:
        """Refuse a database with other tables than ours, with views, or with triggers."""
        parts = self._query("SELECT type, name, sql FROM sqlite_schema")
        tables = {
            " ".join(sql.split()) for kind, name, sql in parts if sql and not name.startswith("lexical_")
        }
        kinds = {kind for kind, _, _ in parts}
        checks.require(tables == DEFINITIONS and kinds <= {"table", "index"}, "the tables")

    def space(self, name: str) -> VectorIndex:
        """Return the vectors of "passages" or "sentences"."""
        return self._spaces[name]

    def sections(self, document_id: int | None = None) -> list[Section]:
        """List the sections of one document, or of all."""
        records = self._query(
            "SELECT document_id, heading, start, end, role, reason FROM sections"
            " WHERE ? IS NULL OR document_id = ? ORDER BY document_id, start",
            (document_id, document_id),
        )
        with self._reading():
            sections = [Section(d, tuple(json.loads(heading)), *rest) for d, heading, *rest in records]
            checks.check_sections(sections, self.documents)
        return sections

    def packed_boxes(self, document_id: int) -> bytes:
        """Return the boxes of a document's characters as they are stored; empty if it has none."""
        for (data,) in self._query("SELECT data FROM boxes WHERE document_id = ?", (document_id,)):
            return data if isinstance(data, bytes) else b""
        return b""

    def boxes(self, document_id: int) -> CharacterBoxes | None:
        """Return the boxes of a document's characters; None if it has none."""
        data = self.packed_boxes(document_id)
        with self._reading():
            return CharacterBoxes.unpacked(data, len(self.documents[document_id].text)) if data else None

    def repeated(self) -> list[tuple[Passage, int]]:
        """List the passages that repeat one of another document, with that one's id."""
        records = self._query(
            "SELECT document_id, heading, start, end, text, role, sentences, original"
            " FROM repeated ORDER BY document_id, start"
        )
        with self._reading():
            passages = [
                Passage(-1, d, tuple(json.loads(h)), a, b, text, role, spans(numbers))
                for d, h, a, b, text, role, numbers, _ in records
            ]
            checks.check_passages(passages, self.documents)
            originals = [original for *_, original in records]
            checks.check_ids(originals, len(self.passages))
        return list(zip(passages, originals, strict=True))

    def match(self, stems: Iterable[str], limit: int) -> list[tuple[int, float]]:
        """Rank passages by BM25 (Robertson and Zaragoza, 2009; k1 1.2, b .75), best first."""
        match_expression = " OR ".join('"' + s.replace('"', "") + '"' for s in dict.fromkeys(stems))
        if not match_expression:
            return []
        records = self._query(
            "SELECT rowid, -bm25(lexical, .5, 1.0) FROM lexical WHERE lexical MATCH ?"
            " ORDER BY bm25(lexical, .5, 1.0) LIMIT ?",
            (match_expression, limit),
        )
        with self._reading():
            checks.check_ids([number for number, _ in records], len(self.passages))
            return [(number, float(score)) for number, score in records]

    def keys(self) -> list[list[str]]:
        """List the keys of the embedded texts, passage by passage; see ``Contents.keys``."""
        records = self._query("SELECT keys FROM passages ORDER BY id")
        with self._reading():
            keys = [json.loads(k) for (k,) in records]
            counts = [1 + len(passage.sentences) for passage in self.passages]
            checks.require([len(of_passage) for of_passage in keys] == counts, "the keys")
            checks.require(all(isinstance(key, str) for ks in keys for key in ks), "the keys")
        return keys

    def files(self) -> dict[str, FileRecord]:
        """Return the files that were read, by path."""
        records = self._query("SELECT path, digest, bytes, modified_ns, sidecar, skipped FROM files")
        with self._reading():
            return {
                path: FileRecord(
                    path, digest, FileState(*state), tuple(Skipped(*s) for s in json.loads(skipped))
                )
                for path, digest, *state, skipped in records
            }

    def check(self) -> None:
        """Check also what opening leaves out: the texts of passages, and what only a build reads.

        Raises:
            IndexCorrupt: something does not fit.

        """
        self.keys()
        self.files()
        with self._reading():
            for passage in self.passages:
                text = self.documents[passage.document_id].text[passage.start : passage.end]
                checks.require(text == passage.text, f"passage {passage.id} and its document")

    def damaged(self) -> list[str]:
        """List the files of the index that are not as they were published."""
        folder = self.folder / self.manifest.generation
        path = self.folder / MANIFEST
        return ([] if is_sealed(path) else [str(path)]) + [
            str(folder / name)
            for name, facts in self.manifest.files.items()
            if file_facts(folder / name) != dict(facts)
        ]

    def _query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        # One connection for all threads: a later build may clear this generation
        # away, and what is open stays readable where a new connection would fail.
        with self._lock:
            if self._connection is None:
                uri = f"{self._database.resolve().as_uri()}?mode=ro&immutable=1"
                self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
                weakref.finalize(self, self._connection.close)
            try:
                return list(self._connection.execute(sql, values))
            except sqlite3.DatabaseError as error:  # a damaged page may be met only now
                why = f"is damaged ({error})"
                raise IndexCorrupt(corrupt(self.folder, self._database, why)) from error

    def _read_documents(self) -> Iterator[Document]:
        names = Document.__dataclass_fields__
        for record in self._query(f"SELECT {', '.join(names)} FROM documents ORDER BY id"):  # noqa: S608
            values = dict(zip(names, record, strict=True))
            places = tuple((offset, name) for offset, name in json.loads(values["places"]))
            yield Document(**values | {"pages": tuple(json.loads(values["pages"])), "places": places})

    def _read_passages(self) -> Iterator[Passage]:
        records = self._query(
            "SELECT id, document_id, heading, start, end, text, role, sentences, copies"
            " FROM passages ORDER BY id"
        )
        for number, document, heading, start, end, text, role, numbers, copies in records:
            yield Passage(
                id=number,
                document_id=document,
                heading=tuple(json.loads(heading)),
                start=start,
                end=end,
                text=text,
                role=role,
                sentences=spans(numbers),
                copies=tuple(Copy(*copy) for copy in json.loads(copies)),
            )

    def _read_terms(self) -> TermTable:
        words = self._query("SELECT word, stem FROM words ORDER BY id")
        vocabulary, stems = (tuple(record[column] for record in words) for column in (0, 1))
        blobs = dict(self._query("SELECT name, data FROM arrays"))
        arrays = {field: np.frombuffer(blobs.get(name, b""), "<i4") for name, field in TERM_ARRAYS.items()}
        return TermTable(vocabulary, stems, **arrays)


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
    expected = {DATABASE, WORD_VECTORS, *(f"{name}.faiss" for name in SPACES)}
    if set(manifest.files) != expected or Path(manifest.generation).name != manifest.generation:
        raise IndexCorrupt(corrupt(folder, folder / MANIFEST))
    for name, facts in manifest.files.items():
        path = generation / name
        if not path.is_file():
            raise IndexCorrupt(corrupt(folder, path, "is missing"))
        if path.stat().st_size != facts.get("bytes"):
            raise IndexCorrupt(corrupt(folder, path, "is cut short or changed"))
    spaces = {name: _read_space(folder, generation / f"{name}.faiss") for name in SPACES}
    path = generation / WORD_VECTORS
    try:
        # Mapped, not read: a question touches the rows of its candidates only.
        with _HEADER:
            word_vectors = np.lib.format.open_memmap(path, mode="r")
    except (OSError, EOFError, SyntaxError, *_MALFORMED) as error:
        raise IndexCorrupt(corrupt(folder, path, "is damaged")) from error
    widths = {space.vectors.shape[1] for space in spaces.values()}
    if word_vectors.ndim != 2 or word_vectors.dtype != np.int8 or widths != {word_vectors.shape[1]}:
        raise IndexCorrupt(corrupt(folder, path, "does not fit the other vectors"))
    return spaces, word_vectors


def _read_space(folder: Path, path: Path) -> VectorIndex:
    try:
        space = VectorIndex.read(path)
        checks.check_vectors(space.vectors)
    except (RuntimeError, OSError, *_MALFORMED) as error:
        raise IndexCorrupt(corrupt(folder, path, "is damaged")) from error
    return space
