"""Documents of an index in Milvus: written as items, and read back when they are asked for.

A document has an item for what is known of it and one for its text, and where
there are any, one for the boxes of its characters and one for the passages that
repeat those of other documents.
"""

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

from tacrochat.index.contents import FileRecord, FileState
from tacrochat.index.milvus.items import Items, batched_list, json_value
from tacrochat.index.milvus.packing import escaped, unescaped
from tacrochat.index.milvus.recent import Recent
from tacrochat.index.milvus.rows import repeated_of
from tacrochat.index.schema import DOCUMENT_COLUMNS, numbers
from tacrochat.index.stored import StoredDocument, check_document
from tacrochat.types import QUOTABLE, ROLES, Document, Passage, Section, Skipped

_KEPT = 16  # documents whose text is kept in memory
_AT_ONCE = 1_000  # documents asked for at a time

Reading = Callable[[str], AbstractContextManager[None]]


def about_value(document: Document, sections: Sequence[Section], passages: range) -> str:
    """Return what is stored of a document beside its text."""
    about: dict[str, Any] = {name: getattr(document, name) for name in DOCUMENT_COLUMNS}
    about["characters"] = len(document.text)
    about["passages"] = [passages.start, len(passages)]
    about["quotable"] = sum(s.end - s.start for s in sections if s.role in QUOTABLE)
    about["sections"] = [[s.heading, s.start, s.end, s.role, s.reason] for s in sections]
    return json_value(about)


def files_value(files: Sequence[FileRecord]) -> str:
    """Return the files that were read, as they are stored."""
    return json_value(
        [
            [f.path, f.digest, f.state.bytes, f.state.modified_ns, f.state.sidecar, skipped_value(f.skipped)]
            for f in files
        ]
    )


def skipped_value(skipped: Sequence[Skipped]) -> list[list[str]]:
    """Return what was left out as plain values."""
    return [[one.path, one.reason] for one in skipped]


class Documents:
    """The documents of one generation; errors are those of ``reading``."""

    def __init__(self, items: Items, count: int, reading: Reading) -> None:
        """Name where they are; ``reading`` names what is damaged."""
        self._items = items
        self._count = count
        self._reading = reading
        self._kept: Recent[int, Document] = Recent(_KEPT)

    def get(self, document_id: int) -> Document:
        """Return one document, with its text."""
        if kept := self._kept.get([document_id]):
            return kept[document_id]
        with self._reading("a document"):
            keys = [f"document/{document_id}", f"text/{document_id}"]
            values = self._items.get(keys)
            about = _about(values[keys[0]], document_id)
            document = self._document(about, values[keys[1]])
        self._kept.keep({document_id: document})
        return document

    def every(self) -> Iterator[Document]:
        """Yield all documents in order; the text of each is read when it is first used."""
        return (self._document(about, None) for about in self.table)

    def _document(self, about: dict[str, Any], stored: str | None) -> Document:
        document = StoredDocument.__new__(StoredDocument)
        for name in ("id", *DOCUMENT_COLUMNS):
            object.__setattr__(document, name, about[name])
        if stored is None:
            object.__setattr__(document, "_read", self._text)
            object.__setattr__(document, "_text_at", (about["id"], about["characters"]))
        else:
            object.__setattr__(document, "text", _text(stored, about["characters"]))
        return document

    def _text(self, document_id: int, characters: int) -> str:
        with self._reading("a document"):
            return _text(self._items.value(f"text/{document_id}"), characters)

    @cached_property
    def table(self) -> list[dict[str, Any]]:
        """What is known of each document beside its text and its sections; kept once it is read."""
        found = []
        with self._reading("a document"):
            for some in batched_list(range(self._count), _AT_ONCE):
                values = self._items.get([f"document/{i}" for i in some])
                for i in some:
                    about = _about(values[f"document/{i}"], i)
                    del about["sections"]
                    found.append(about)
        return found

    def passage_ids(self, document_id: int) -> range:
        """Return the ids of the passages of a document."""
        if "table" in self.__dict__:
            about = self.table[document_id]
        else:
            with self._reading("a document"):
                about = _about(self._items.value(f"document/{document_id}"), document_id)
        first, count = about["passages"]
        return range(first, first + count)

    def sections(self, wanted: Sequence[int]) -> list[Section]:
        """List the sections of some documents."""
        found = []
        with self._reading("a document"):
            for some in batched_list(wanted, _AT_ONCE):
                values = self._items.get([f"document/{i}" for i in some])
                found += [section for i in some for section in _sections(values[f"document/{i}"], i)]
        return found

    def packed_boxes(self, document_id: int) -> bytes:
        """Return the boxes of a document's characters as they are stored; empty if it has none."""
        key = f"boxes/{document_id}"
        with self._reading("a document"):
            return base64.b64decode(self._items.get([key]).get(key, ""), validate=True)

    def repeated(self, wanted: Sequence[int]) -> list[tuple[Passage, int]]:
        """List the passages of some documents that repeat one of another, with that one's id."""
        return self._repeated([f"repeated/{i}" for i in wanted])

    def copies(self, passage_id: int) -> list[tuple[Passage, int]]:
        """List the passages that repeat one, with its id."""
        return self._repeated([f"copies/{passage_id}"])

    def _repeated(self, keys: Sequence[str]) -> list[tuple[Passage, int]]:
        with self._reading("a document"):
            values = self._items.get(keys)
            return [pair for key in keys if key in values for pair in repeated_of(json.loads(values[key]))]

    def skipped(self) -> tuple[Skipped, ...]:
        """Return what the build left out."""
        with self._reading("the list of files"):
            return _skipped(json.loads(self._items.value("skipped")))

    def files(self) -> dict[str, FileRecord]:
        """Return the files that were read, by path."""
        with self._reading("the list of files"):
            return {row[0]: _file(row) for row in json.loads(self._items.value("files"))}


def item_values(
    document: Document, about: str, boxes: bytes, repeated: Sequence[Any]
) -> Iterator[tuple[str, str]]:
    """Yield the items of a document, each by its key."""
    yield f"document/{document.id}", about
    yield f"text/{document.id}", escaped(document.text)
    if boxes:
        yield f"boxes/{document.id}", base64.b64encode(boxes).decode()
    if repeated:
        yield f"repeated/{document.id}", json_value(repeated)


def _text(stored: str, characters: int) -> str:
    text = unescaped(stored)
    if len(text) != characters:
        raise ValueError("a text has another length")
    return text


def _about(text: str, document_id: int) -> dict[str, Any]:
    about: dict[str, Any] = json.loads(text)
    about["id"] = document_id
    about["pages"] = tuple(about["pages"])
    about["places"] = tuple((offset, name) for offset, name in about["places"])
    numbers((about["characters"], about["quotable"], *about["passages"]))
    check_document(about, about["characters"])
    if not isinstance(about["sections"], list):
        raise TypeError("the sections of a document do not fit")
    return about


def _sections(text: str, document_id: int) -> Iterator[Section]:
    for heading, start, end, role, reason in json.loads(text)["sections"]:
        numbers((start, end))
        texts = (*heading, reason)
        if role not in ROLES or not 0 <= start < end or not all(isinstance(t, str) for t in texts):
            raise ValueError("a section does not fit")
        yield Section(document_id, tuple(heading), start, end, role, reason)


def _skipped(values: Sequence[Sequence[Any]]) -> tuple[Skipped, ...]:
    if not all(isinstance(text, str) for pair in values for text in pair):
        raise TypeError("what was left out is no text")
    return tuple(Skipped(path, reason) for path, reason in values)


def _file(row: Sequence[Any]) -> FileRecord:
    path, digest, size, modified_ns, sidecar, skipped = row
    if not all(isinstance(text, str) for text in (path, digest, sidecar)):
        raise TypeError("a file's name or digest is no text")
    numbers((size, modified_ns))
    return FileRecord(path, digest, FileState(size, modified_ns, sidecar), _skipped(skipped))
