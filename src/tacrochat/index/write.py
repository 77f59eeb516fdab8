"""Write a segment, and the state of a generation, to files that nothing changes afterwards."""

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from tacrochat import mapped
from tacrochat.index import terms, vectors
from tacrochat.index.contents import SegmentContents, SegmentRecord, State
from tacrochat.index.manifest import file_facts
from tacrochat.index.schema import ARRAYS, DATABASE, DOCUMENT_COLUMNS, STATE, STATE_TABLES, TABLES
from tacrochat.mapped import Array, Strings, narrow
from tacrochat.types import ROLES, Document, Passage


def write_segment(folder: Path, name: str, contents: SegmentContents) -> SegmentRecord:
    """Write a segment into a new folder ``name`` of an index folder.

    Raises:
        OSError, RuntimeError, sqlite3.Error: it cannot be written.
        OverflowError: it is too large.

    """
    segment = folder / name
    segment.mkdir()
    encoded = [d.text.encode("utf-8", "surrogatepass") for d in contents.documents]
    text_at = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    with _database(segment / DATABASE, TABLES) as connection:
        _write_documents(connection, contents, encoded, text_at)
    text = np.frombuffer(b"".join(encoded), np.uint8)
    mapped.write(segment / ARRAYS, {"text": text} | _arrays(contents, encoded, text_at))
    for space, values, bits in (
        ("passages", contents.vectors, "float16"),
        ("sentences", contents.sentence_vectors, "int8"),
    ):
        vectors.write(values, bits, segment / f"{space}.faiss", segment / f"{space}.lists.faiss")  # type: ignore[arg-type]
    files = _finished(segment)
    return SegmentRecord(
        name, len(contents.documents), len(contents.passages), len(contents.sentence_vectors), files
    )


def write_state(folder: Path, name: str, state: State) -> dict[str, Any]:
    """Write the state of a generation into a new folder ``name``; returns the facts about its files.

    Raises:
        OSError, sqlite3.Error: it cannot be written.

    """
    generation = folder / name
    generation.mkdir()
    with _database(generation / STATE, STATE_TABLES) as connection:
        connection.executemany(
            "INSERT INTO files VALUES (?,?,?,?,?,?)",
            (
                (f.path, f.digest, f.state.bytes, f.state.modified_ns, f.state.sidecar)
                + (json.dumps([[s.path, s.reason] for s in f.skipped]),)
                for f in state.files
            ),
        )
        connection.executemany(
            "INSERT INTO skipped VALUES (?,?)", ((s.path, s.reason) for s in state.skipped)
        )
        connection.executemany(
            "INSERT INTO removed VALUES (?,?)",
            ((segment, number) for segment, numbers in state.removed.items() for number in numbers),
        )
    return _finished(generation)


@contextmanager
def _database(path: Path, tables: str) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path)
    try:
        connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + tables)
        yield connection
        connection.commit()
    finally:
        connection.close()


def _write_documents(
    connection: sqlite3.Connection, contents: SegmentContents, encoded: Sequence[bytes], text_at: Array
) -> None:
    columns = (*DOCUMENT_COLUMNS, "text_at", "text_bytes", "characters")
    connection.executemany(
        f"INSERT INTO documents ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",  # noqa: S608
        (
            (*_document_columns(d), int(text_at[d.id]), len(encoded[d.id]), len(d.text))
            for d in contents.documents
        ),
    )
    connection.executemany("INSERT INTO boxes VALUES (?,?)", contents.boxes.items())
    connection.executemany(
        "INSERT INTO sections VALUES (?,?,?,?,?,?)",
        ((s.document_id, json.dumps(s.heading), s.start, s.end, s.role, s.reason) for s in contents.sections),
    )
    connection.executemany(
        "INSERT INTO repeated VALUES (?,?,?,?,?,?,?,?)",
        ((*_passage_columns(p), original) for p, original in contents.repeated),
    )


def _document_columns(document: Document) -> Iterator[Any]:
    for name in DOCUMENT_COLUMNS:
        value = getattr(document, name)
        yield json.dumps(value) if name in {"pages", "places"} else value


def _passage_columns(passage: Passage) -> tuple[Any, ...]:
    numbers = json.dumps([number for span in passage.sentences for number in span])
    heading = json.dumps(passage.heading)
    return passage.document_id, heading, passage.start, passage.end, passage.text, passage.role, numbers


def _arrays(contents: SegmentContents, encoded: Sequence[bytes], text_at: Array) -> dict[str, Array]:
    passages = contents.passages
    headings = list(dict.fromkeys(p.heading for p in passages))
    number = {heading: i for i, heading in enumerate(headings)}
    heading_bytes, heading_offsets = Strings.pack(json.dumps(heading) for heading in headings)
    set_aside = (
        contents.documents[s.document_id].text[s.start : s.end]
        for s in contents.sections
        if s.role == "navigation"
    )
    spans = np.asarray([span for p in passages for span in p.sentences], np.int64).reshape(-1, 2)
    texts = [p.text.encode("utf-8", "surrogatepass") for p in passages]
    return {
        "heading.bytes": heading_bytes,
        "heading.offsets": heading_offsets,
        "passage.document": narrow([p.document_id for p in passages]),
        "passage.start": narrow([p.start for p in passages]),
        "passage.end": narrow([p.end for p in passages]),
        "passage.text": _bytes_at(contents, encoded, text_at),
        "passage.bytes": narrow([len(text) for text in texts]),
        "passage.heading": narrow([number[p.heading] for p in passages]),
        "passage.role": np.asarray([ROLES.index(p.role) for p in passages], np.uint8),
        "passage.key": _keys([first for first, *_ in contents.keys]),
        "sentence.start": narrow(spans[:, 0]),
        "sentence.end": narrow(spans[:, 1]),
        "sentence.key": _keys([key for _, *rest in contents.keys for key in rest]),
        "words": contents.word_codes,
        **terms.build(passages, contents.contexts, set_aside),
    }


def _keys(keys: Sequence[str]) -> Array:
    return np.frombuffer(b"".join(map(bytes.fromhex, keys)), np.uint8).reshape(len(keys), 16)


def _bytes_at(contents: SegmentContents, encoded: Sequence[bytes], text_at: Array) -> Array:
    """Return where each passage's text begins in the bytes of all texts."""
    result = np.zeros(len(contents.passages), np.int64)
    document, at, character = -1, 0, 0
    for passage in contents.passages:
        text = contents.documents[passage.document_id].text
        if passage.document_id != document:
            document, at, character = passage.document_id, 0, 0
        if len(encoded[document]) == len(text):
            at = passage.start
        elif passage.start >= character:
            at += len(text[character : passage.start].encode("utf-8", "surrogatepass"))
        else:
            at = len(text[: passage.start].encode("utf-8", "surrogatepass"))
        character = passage.start
        result[passage.id] = text_at[document] + at
    return result


def _finished(folder: Path) -> dict[str, Any]:
    """Make sure that the files of a folder are on the disk, and return their sizes and SHA-256."""
    for path in folder.iterdir():
        sync(path)
    sync(folder)
    return {path.name: file_facts(path) for path in sorted(folder.iterdir())}


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
