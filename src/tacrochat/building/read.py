"""Read one file: the documents in it, cut into sections and passages.

A process of its own reads and finds the sentences, see ``worker``.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tacrochat.building.kind_guess import guess
from tacrochat.building.passages import TokenCounter, passages
from tacrochat.building.scan import File
from tacrochat.building.titles import title_of
from tacrochat.configuration.patterns import NO_KINDS, KindRules
from tacrochat.errors import ReadError
from tacrochat.index.contents import FileRecord, FileState
from tacrochat.readers.files import FileRead, Limits, Worker
from tacrochat.settings import Settings
from tacrochat.types import (
    KINDS,
    Document,
    Extract,
    Kind,
    Passage,
    Section,
    Skipped,
)

READ_AGAIN = FileState(-1, -1)
"""The state of a file that the next build has to read again: it matches no file."""


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """One document with its sections and passages, index ids not yet assigned.

    ``boxes`` are those of its characters, packed, empty if the format has no pages.
    """

    document: Document
    sections: Sequence[Section]
    passages: Sequence[Passage]
    boxes: bytes = b""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file and the documents in it: one, or those of an archive or a mail."""

    record: FileRecord
    documents: Sequence[ReadDocument]


class FileReader:
    """Reads files in a process of its own, under limits; use it as a context manager."""

    def __init__(self, settings: Settings, count_tokens: TokenCounter, kinds: KindRules = NO_KINDS) -> None:
        """Read files; ``count_tokens`` measures sentences in the model's word pieces.

        ``kinds`` are for documents that do not state their kind.
        """
        self._settings = settings
        self._count_tokens = count_tokens
        self._kinds = kinds
        limits = Limits(
            file_bytes=settings.max_file_mb * 1_000_000,
            unpacked_bytes=settings.max_unpacked_mb * 1_000_000,
            text_chars=settings.max_text_chars,
            file_text_chars=settings.max_file_text_chars,
            seconds=settings.reader_seconds,
        )
        self._worker = Worker(
            limits,
            seconds=settings.reader_seconds,
            memory_mb=settings.reader_memory_mb,
            module="tacrochat.building.worker",
        )

    def __enter__(self) -> "FileReader":
        """Start nothing yet: the process starts with the first file."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self._worker.close()

    def read(self, file: File) -> ReadFile:
        """Read a file. A file or part that cannot be read is recorded as skipped, with the reason.

        Raises:
            OSError: the file is there but cannot be opened now.

        """
        try:
            content = self._worker.read(file.location, sidecar=bool(file.state.sidecar))
        except ReadError as error:
            _open(file.location)
            reason = Skipped(file.path, str(error))
            return ReadFile(FileRecord(file.path, "", READ_AGAIN, (reason,)), [])
        documents, skipped = self._documents(file, content)
        state = file.state if all(part.lasting for part in content.parts) else READ_AGAIN
        return ReadFile(FileRecord(file.path, content.digest, state, tuple(skipped)), documents)

    def _documents(self, file: File, content: FileRead) -> tuple[list[ReadDocument], list[Skipped]]:
        documents: list[ReadDocument] = []
        skipped: list[Skipped] = []
        left = self._settings.max_passages
        for part, cut in zip(content.parts, content.results, strict=True):
            path = f"{file.path}/{part.name}" if part.name else file.path
            if part.extract is None:
                skipped.append(Skipped(path, part.reason))
                continue
            if not left:
                skipped.append(Skipped(path, self._too_many(0)))
                continue
            skipped += [Skipped(path, note) for note in part.extract.notes]
            read = self._split(part.extract, cut, path, file.path, content.digest)
            count = len(read.passages)
            if not count:
                skipped.append(Skipped(path, "it holds no sentences to quote, only headings or links"))
            elif count > left:
                skipped.append(Skipped(path, self._too_many(left)))
                read = replace(read, passages=read.passages[:left])
            if count:
                documents.append(read)
            left -= len(read.passages)
        return documents, skipped

    def _too_many(self, indexed: int) -> str:
        which = f"only its first {indexed:,}" if indexed else "none of its"
        return (
            f"{which} passages are indexed: one file may have"
            f" {self._settings.max_passages:,}; split it, or raise TACROCHAT_MAX_PASSAGES"
        )

    def _split(
        self, extract: Extract, cut: list[list[Any]], path: str, file: str, digest: str
    ) -> ReadDocument:
        metadata = extract.metadata
        title = title_of(path, extract)
        kind, kind_reason = _kind(title, extract, self._kinds.kind_of(path))
        document = Document(
            id=0,
            path=path,
            title=title,
            text=extract.text,
            digest=digest,
            kind=kind,
            source=metadata.get("source"),
            url=metadata.get("url"),
            date=metadata.get("date"),
            pages=extract.pages,
            places=extract.places,
            author=metadata.get("author"),
            language=metadata.get("language"),
            kind_reason=kind_reason,
            container=file if path != file else None,
        )
        parts = [Section(0, tuple(heading), *rest) for heading, *rest, _ in cut]
        pieces = passages(
            document,
            parts,
            [[[(a, b) for a, b in paragraph] for paragraph in paragraphs] for *_, paragraphs in cut],
            self._count_tokens,
            max_tokens=self._settings.passage_tokens,
            min_tokens=self._settings.merge_tokens,
        )
        return ReadDocument(document, parts, pieces, extract.boxes)


def _open(path: Path) -> None:
    """Raise the error that opening a file raises, unless the file is gone."""
    with suppress(FileNotFoundError, NotADirectoryError), path.open("rb"):
        pass


def _kind(title: str, extract: Extract, configured: Kind | None) -> tuple[Kind, str | None]:
    """Return the kind that the document states, or else the configured one, or a guess with its reason."""
    given = extract.metadata.get("kind", "").strip().lower()
    for kind in KINDS:
        if kind == given:
            return kind, None
    if configured:
        return configured, None
    kind, reason = guess(title, extract.metadata.get("url"), extract.text)
    return kind, reason if not given else f"“{given}” is not a kind; {reason}"
