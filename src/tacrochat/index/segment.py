"""One segment of an index, open for reading: nothing of it is read before it is asked for."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tacrochat import mapped
from tacrochat.arrays import CharacterBoxes
from tacrochat.errors import IndexCorrupt
from tacrochat.index import damage
from tacrochat.index.contents import SegmentRecord
from tacrochat.index.damage import check_file, check_size
from tacrochat.index.database import Database
from tacrochat.index.manifest import NAME as MANIFEST
from tacrochat.index.manifest import corrupt
from tacrochat.index.schema import (
    ARRAYS,
    DATABASE,
    DOCUMENT_COLUMNS,
    FILES,
    LISTS,
    SPACES,
    TABLES,
    check_shapes,
    numbers,
)
from tacrochat.index.stored import (
    check_columns,
    check_sentences,
    stored_document,
    stored_heading,
    stored_repeated,
)
from tacrochat.index.terms import TermArrays
from tacrochat.index.vectors import VectorIndex
from tacrochat.mapped import Strings
from tacrochat.types import QUOTABLE, ROLES, Document, Passage, Section
from tacrochat.word_codes import Codes, width

Rows = NDArray[np.int64]

_HEADINGS = 1_000  # heading paths that are kept in memory
_AT_ONCE = 500  # documents read by one query


def _heading_of(headings: Strings) -> Callable[[int], tuple[str, ...]]:
    return lambda number: stored_heading(headings[number])


class Segment:
    """The documents, passages, words and vectors of one segment; ids count from 0 within it."""

    def __init__(self, folder: Path, record: SegmentRecord) -> None:
        """Open the files of a segment of an index folder.

        Raises:
            IndexCorrupt: one is missing, cut short, damaged, or does not fit the others.

        """
        self.name = record.name
        self.folder = folder
        self.record = record
        # A question names files a thousand times, and joining paths is slow.
        self._paths = {name: folder / record.name / name for name in {*FILES, *record.files}}
        self._check_files()
        self._database = Database(folder / record.name / DATABASE, TABLES)
        with self.reading(ARRAYS):
            self.arrays = mapped.read(folder / record.name / ARRAYS)
            check_shapes(self.arrays, record.passages, record.sentences)
            self.terms = TermArrays(self.arrays)
            self._headings = Strings(self.arrays["heading.bytes"], self.arrays["heading.offsets"])
        self.spaces = {name: self._space(name, len(self.arrays[f"{name[:-1]}.start"])) for name in SPACES}
        self._heading = lru_cache(_HEADINGS)(_heading_of(self._headings))
        self.word_codes: Codes = self.arrays["words"]
        self.dimension = self.spaces["passages"].dimension
        with self.reading(ARRAYS):
            widths = (self.spaces["sentences"].dimension, self.word_codes.shape[1])
            if widths != (self.dimension, width(self.dimension)):
                raise ValueError("vectors of different lengths")
        with self.reading(DATABASE):
            self._database.open()

    def _check_files(self) -> None:
        """Compare the files and their sizes with the manifest."""
        names = set(self.record.files)
        # Each document takes more than a byte of the database.
        size = self.record.files.get(DATABASE, {}).get("bytes")
        if not FILES <= names <= FILES | LISTS or not isinstance(size, int) or self.record.documents > size:
            raise IndexCorrupt(corrupt(self.folder, self.folder / MANIFEST))
        for name, facts in self.record.files.items():
            check_file(self.folder, self.folder / self.name / name, facts)

    def check_sizes(self) -> None:
        """Check that no file was cut short since: a page of a mapped file that is gone ends the process.

        A file that is not there any more is none of those: its pages stay as long as it is mapped.

        Raises:
            IndexCorrupt: one was.

        """
        for name, facts in self.record.files.items():
            with suppress(FileNotFoundError):
                check_size(self.folder, self._paths[name], facts)

    def reading(self, file: str) -> AbstractContextManager[None]:
        """Turn whatever a malformed file raises into an error that names it; see ``damage.reading``."""
        return damage.reading(self.folder, self._paths[file])

    def _space(self, name: str, count: int) -> VectorIndex:
        file, lists = f"{name}.faiss", f"{name}.lists.faiss"
        parent = self.folder / self.name
        with self.reading(file):
            space = VectorIndex.read(parent / file, parent / lists if lists in self.record.files else None)
            if len(space) != count:
                raise ValueError("another number of vectors than of texts")
        return space

    def _query(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self.reading(DATABASE):
            return self._database.query(sql, values)

    # --- documents -------------------------------------------------------------------------------

    def document(self, number: int, document_id: int) -> Document:
        """Return a document of the segment with the id that it has in the index."""
        return next(iter(self.documents([number], [document_id])))

    def documents(self, wanted: Sequence[int], ids: Sequence[int]) -> Iterator[Document]:
        """Yield documents of the segment, in ascending order, with the ids that they have in the index."""
        columns = ", ".join(("id", *DOCUMENT_COLUMNS, "text_at", "text_bytes", "characters"))
        for first in range(0, len(wanted), _AT_ONCE):
            numbers_of = dict(
                zip(wanted[first : first + _AT_ONCE], ids[first : first + _AT_ONCE], strict=True)
            )
            marks = ", ".join("?" * len(numbers_of))
            query = f"SELECT {columns} FROM documents WHERE id IN ({marks}) ORDER BY id"  # noqa: S608
            rows = self._query(query, tuple(numbers_of))
            with self.reading(DATABASE):
                if len(rows) != len(numbers_of):
                    raise ValueError("a document is not there")
                yield from (
                    stored_document(self.text, row, numbers_of[number], len(self.arrays["text"]))
                    for number, *row in rows
                )

    def text(self, at: int, size: int, characters: int | None = None) -> str:
        """Return a stretch of the texts, from a byte on; ``characters`` is its length in code points."""
        with self.reading(ARRAYS):
            text = bytes(self.arrays["text"][at : at + size]).decode("utf-8", "surrogatepass")
            if characters is not None and len(text) != characters:
                raise ValueError("a text has another length")
        return text

    def find_document(self, path: str) -> int | None:
        """Return the number of the document with a path, None if there is none."""
        rows = self._query("SELECT id FROM documents WHERE path = ?", (path,))
        return int(rows[0][0]) if rows else None

    def document_columns(self, *columns: str) -> list[tuple[Any, ...]]:
        """List some columns of all documents, in order."""
        rows = self._query(f"SELECT {', '.join(columns)} FROM documents ORDER BY id")  # noqa: S608
        with self.reading(DATABASE):
            check_columns(columns, rows)
        return rows

    # --- passages and sections -------------------------------------------------------------------

    def passages_of(self, number: int) -> range:
        """Return the rows of a document's passages."""
        owners = self.arrays["passage.document"]
        return range(*(int(np.searchsorted(owners, number, side)) for side in ("left", "right")))

    def passage(self, row: int, document_id: int, passage_id: int) -> Passage:
        """Return a passage with the ids that its document and it have in the index, without its copies."""
        a = self.arrays
        with self.reading(ARRAYS):
            start, end = int(a["passage.start"][row]), int(a["passage.end"][row])
            at, size = int(a["passage.text"][row]), int(a["passage.bytes"][row])
            first, last = (int(n) for n in a["passage.sentences"][row : row + 2])
            starts, ends = a["sentence.start"][first:last].tolist(), a["sentence.end"][first:last].tolist()
            sentences = tuple(zip(starts, ends, strict=True))
            text = self.text(at, size)
            check_sentences(sentences, start, end)
            role = ROLES[int(a["passage.role"][row])]
            if len(text) != end - start or at < 0 or size < 0 or not 0 <= first < last:
                raise ValueError(f"the text of passage {row} does not fit")
            if role not in QUOTABLE:
                raise ValueError(f"passage {row} is not one that can be quoted")
            heading = self._heading(int(a["passage.heading"][row]))
        return Passage(passage_id, document_id, heading, start, end, text, role, sentences)

    def quotable_sizes(self) -> dict[int, int]:
        """Return the number of characters in sections that can be quoted, by document."""
        marks = ", ".join("?" * len(QUOTABLE))
        return dict(
            self._query(
                f"SELECT document_id, SUM(end - start) FROM sections WHERE role IN ({marks})"  # noqa: S608
                " GROUP BY document_id",
                tuple(QUOTABLE),
            )
        )

    def headings(self) -> Iterator[tuple[tuple[str, ...], int, int]]:
        """Yield each heading of each document once, with the number of characters under it."""
        a = self.arrays
        pairs, inverse = np.unique(
            np.stack([a["passage.heading"], a["passage.document"]]), axis=1, return_inverse=True
        )
        sizes = np.bincount(inverse, weights=a["passage.end"] - a["passage.start"])
        for (heading, document), size in zip(pairs.T.tolist(), sizes, strict=True):
            yield stored_heading(self._headings[heading]), document, int(size)

    def has_repeated(self) -> bool:
        """Tell whether any document of the segment repeats a passage of another."""
        return bool(self._query("SELECT 1 FROM repeated LIMIT 1"))

    def repeated(
        self, *, document: int | None = None, original: int | None = None
    ) -> list[tuple[Passage, int]]:
        """List the passages that repeat one of another document, with that one's row.

        Those of one document, or of one original, or all; document ids are the segment's.
        """
        rows = self._query(
            "SELECT document_id, heading, start, end, text, role, sentences, original FROM repeated"
            " WHERE (?1 IS NULL OR document_id = ?1) AND (?2 IS NULL OR original = ?2)"
            " ORDER BY document_id, start",
            (document, original),
        )
        with self.reading(DATABASE):
            found = [stored_repeated(row) for row in rows]
            if any(not 0 <= row < len(self.arrays["passage.start"]) for _, row in found):
                raise ValueError("a passage repeats one that is not there")
            if any(not 0 <= p.document_id < self.record.documents for p, _ in found):
                raise ValueError("a passage of a document that is not there")
        return found

    def sections(self, document: int | None = None) -> list[Section]:
        """List the sections of one document, or of all; document ids are the segment's."""
        rows = self._query(
            "SELECT document_id, heading, start, end, role, reason FROM sections"
            " WHERE ?1 IS NULL OR document_id = ?1 ORDER BY document_id, start",
            (document,),
        )
        with self.reading(DATABASE):
            sections = [Section(d, stored_heading(heading), *rest) for d, heading, *rest in rows]
            numbers(n for s in sections for n in (s.document_id, s.start, s.end))
            if any(s.role not in ROLES or not 0 <= s.start < s.end for s in sections) or not all(
                isinstance(s.reason, str) for s in sections
            ):
                raise ValueError("a section does not fit")
            if any(not 0 <= s.document_id < self.record.documents for s in sections):
                raise ValueError("a section of a document that is not there")
        return sections

    def packed_boxes(self, document: int) -> bytes:
        """Return the boxes of a document's characters as they are stored; empty if it has none."""
        for (data,) in self._query("SELECT data FROM boxes WHERE document_id = ?", (document,)):
            return data if isinstance(data, bytes) else b""
        return b""

    def boxes(self, document: int, characters: int) -> CharacterBoxes | None:
        """Return the boxes of a document's characters; None if it has none."""
        data = self.packed_boxes(document)
        with self.reading(DATABASE):
            return CharacterBoxes.unpacked(data, characters) if data else None
