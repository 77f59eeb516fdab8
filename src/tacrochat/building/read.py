"""Read one file: the documents in it, cut into sections and passages."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tacrochat.building.kind_guess import guess
from tacrochat.building.passages import TokenCounter, passages, sections
from tacrochat.building.scan import File
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
    """One document with its sections and passages, index ids not yet assigned."""

    document: Document
    sections: Sequence[Section]
    passages: Sequence[Passage]


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file and the documents in it: one, or those of an archive or a mail."""

    record: FileRecord
    documents: Sequence[ReadDocument]


class FileReader:
    """Reads files in a process of its own, under limits; use it as a context manager."""

    def __init__(self, root: Path, settings: Settings, count_tokens: TokenCounter) -> None:
        """Read files below ``root``; ``count_tokens`` measures sentences in the model's word pieces."""
        self._root = root
        self._settings = settings
        self._count_tokens = count_tokens
        limits = Limits(
            file_bytes=settings.max_file_mb * 1_000_000, unpacked_bytes=settings.max_unpacked_mb * 1_000_000
        )
        self._worker = Worker(limits, seconds=settings.reader_seconds, memory_mb=settings.reader_memory_mb)

    def __enter__(self) -> "FileReader":
        """Start nothing yet: the process starts with the first file."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self._worker.close()

    def read(self, file: File) -> ReadFile:
        """Read a file. A file or part that cannot be read is recorded as skipped, with the reason."""
        try:
            content = self._worker.read(self._root / file.path)
        except ReadError as error:
            reason = Skipped(file.path, str(error))
            return ReadFile(FileRecord(file.path, "", READ_AGAIN, (reason,)), [])
        documents, skipped = self._documents(file, content)
        state = file.state if all(part.lasting for part in content.parts) else READ_AGAIN
        return ReadFile(FileRecord(file.path, content.digest, state, tuple(skipped)), documents)

    def _documents(self, file: File, content: FileRead) -> tuple[list[ReadDocument], list[Skipped]]:
        documents: list[ReadDocument] = []
        skipped: list[Skipped] = []
        for part in content.parts:
            path = f"{file.path}/{part.name}" if part.name else file.path
            if part.extract is None:
                skipped.append(Skipped(path, part.reason))
                continue
            skipped += [Skipped(path, note) for note in part.extract.notes]
            read = self._split(part.extract, path, file.path, content.digest)
            if read.passages:
                documents.append(read)
            else:
                skipped.append(Skipped(path, "it holds no sentences to quote, only headings or links"))
        return documents, skipped

    def _split(self, extract: Extract, path: str, file: str, digest: str) -> ReadDocument:
        metadata = extract.metadata
        title = metadata.get("title") or " ".join(Path(path).stem.split()) or path
        kind, kind_reason = _kind(title, extract)
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
        parts = sections(document, extract.blocks)
        cut = passages(
            document,
            parts,
            self._count_tokens,
            max_tokens=self._settings.passage_tokens,
            min_tokens=self._settings.merge_tokens,
        )
        return ReadDocument(document, parts, cut)


def _kind(title: str, extract: Extract) -> tuple[Kind, str | None]:
    """Return the kind that is given, or else a guess with its reason."""
    given = extract.metadata.get("kind", "").strip().lower()
    for kind in KINDS:
        if kind == given:
            return kind, None
    kind, reason = guess(title, extract.metadata.get("url"), extract.text)
    return kind, reason if not given else f"“{given}” is not a kind; {reason}"
