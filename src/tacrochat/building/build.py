"""Build an index from a folder: read what changed, keep the rest, publish the whole."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tacrochat.building import kind_guess as kinds
from tacrochat.building import passages as splitting
from tacrochat.building import scan as scanning
from tacrochat.building.assemble import Read, Vectors, assemble
from tacrochat.embedding import encoder as encoding
from tacrochat.errors import CorpusError, IndexFolderError, ReadError
from tacrochat.index import store
from tacrochat.index.contents import Contents, FileRecord
from tacrochat.library import Library
from tacrochat.readers import files as readers
from tacrochat.settings import Settings
from tacrochat.types import (
    KINDS,
    BuildReport,
    Document,
    Extract,
    FileState,
    Kind,
    Passage,
    Progress,
    Section,
    Skipped,
)

_READING = ("max_file_mb", "max_unpacked_mb", "reader_seconds", "reader_memory_mb")
_SPLITTING = (*_READING, "passage_tokens", "merge_tokens", "context_tokens")
_RACY_NS = 2_000_000_000  # a file changed this close to a build may change again unseen
_READ_AGAIN = FileState(-1, -1)  # the state of no file: it is read again by the next build


def build(
    corpus: str | Path = "corpus",
    index: str | Path = "index",
    *,
    model: str | None = None,
    full: bool = False,
    settings: Settings | None = None,
    encoder: encoding.Encoder | None = None,
    progress: Progress | None = None,
) -> Library:
    """Make or refresh an index from a folder; only changed files are read again.

    ``full`` starts from nothing; ``encoder`` is a model that is loaded already;
    ``progress`` is told how far it has come. The returned library's ``report``
    says what was done. Whatever goes wrong, an index that was there stays usable.

    Raises:
        CorpusError: the folder is missing or holds nothing readable.
        ModelError: the model is not on this machine.
        IndexBusy: another build is writing this index.
        IndexFolderError: the index cannot be written.

    """
    began = time.perf_counter()
    settings = settings or Settings.from_environment()
    settings = replace(settings, model=model or settings.model)
    root, folder = Path(corpus), Path(index)
    found = list(scanning.scan(root, folder))
    with store.writing(folder):
        previous = None if full else _previous(folder, settings)
        with _Builder(root, settings, previous, encoder, progress) as builder:
            report = builder.run(found)
        if previous is None or builder.is_changed or previous.manifest.corpus != str(root.resolve()):
            store.publish(folder, builder.contents(), builder.about())
        opened = store.Store(folder)
    seconds = time.perf_counter() - began
    report = replace(report, passages=len(opened.passages), seconds=seconds)
    return Library(opened, settings, report=report, encoder=builder.loaded)


def _previous(folder: Path, settings: Settings) -> store.Store | None:
    """Open the index to refresh, or None where a new one has to be made from nothing."""
    try:
        opened = store.Store(folder)
    except IndexFolderError:
        return None
    same_model = opened.manifest.fingerprint == encoding.fingerprint(settings.model)
    return opened if same_model and not opened.damaged() else None


@dataclass(frozen=True, slots=True)
class _Known:
    """What the previous index knows of one file."""

    record: FileRecord
    reads: Sequence[Read]


class _Builder:
    """Reads what changed, keeps the rest, and assembles one generation."""

    def __init__(
        self,
        root: Path,
        settings: Settings,
        previous: store.Store | None,
        encoder: encoding.Encoder | None,
        progress: Progress | None,
    ) -> None:
        self.root = root
        self.settings = settings
        self.previous = previous
        self.loaded = encoder
        self._progress = progress
        self.is_changed = False
        self._reads: list[Read] = []
        self._files: list[FileRecord] = []
        self._skipped: list[Skipped] = []
        limits = readers.Limits(
            file_bytes=settings.max_file_mb * 1_000_000, unpacked_bytes=settings.max_unpacked_mb * 1_000_000
        )
        self._worker = readers.Worker(
            limits, seconds=settings.reader_seconds, memory_mb=settings.reader_memory_mb
        )

    def __enter__(self) -> "_Builder":
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.close()

    @property
    def encoder(self) -> encoding.Encoder:
        if self.loaded is None or self.loaded.model != self.settings.model:
            self.loaded = encoding.Encoder(self.settings.model)
        return self.loaded

    def run(self, found: Sequence[scanning.File | Skipped]) -> BuildReport:
        """Read changed files; returns the counts (``passages`` and ``seconds`` are still 0)."""
        known = self._known()
        before = {read.document.path for one in known.values() for read in one.reads}
        added = changed = 0
        for number, file in enumerate(found):
            if self._progress:
                self._progress("reading", number, len(found))
            if isinstance(file, Skipped):
                self._skipped.append(file)
                continue
            old = known.get(file.path)
            record, reads = self._kept(file, old) or self._read_file(file)
            self._files.append(record)
            self._reads += reads
            self._skipped += record.skipped
            if old is None or reads is not old.reads:
                added += sum(read.document.path not in before for read in reads)
                changed += sum(read.document.path in before for read in reads)
        removed = len(before - {read.document.path for read in self._reads})
        skipped_before = self.previous.skipped if self.previous else ()
        self.is_changed = bool(added or changed or removed) or tuple(self._skipped) != skipped_before
        if not self._reads:
            raise CorpusError(self._nothing(found))
        return BuildReport(
            documents=len(self._reads),
            passages=0,
            added=added,
            changed=changed,
            removed=removed,
            skipped=tuple(self._skipped),
            seconds=0.0,
        )

    def contents(self) -> Contents:
        """Return all that the new generation holds."""
        return assemble(
            self._reads,
            self._files,
            self._skipped,
            Vectors(self.previous, lambda: self.encoder, self.settings.context_tokens, self._progress),
        )

    def about(self) -> dict[str, Any]:
        """Return what the manifest says beside its files."""
        return {
            "model": self.settings.model,
            "fingerprint": self.encoder.fingerprint,
            "settings": self._text_settings(),
            "corpus": str(self.root.resolve()),
            "built": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }

    def _text_settings(self) -> dict[str, Any]:
        """Return what decides how files become passages."""
        chosen = {n: v for n, v in asdict(self.settings).items() if n in _SPLITTING}
        return {**chosen, "readers": readers.VERSION}

    def _nothing(self, found: Sequence[scanning.File | Skipped]) -> str:
        known = ", ".join(sorted(readers.SUFFIXES))
        if not found:
            return f"{self.root} holds no files; put documents there ({known})"
        reasons = "; ".join(f"{s.path}: {s.reason}" for s in self._skipped[:3])
        return f"{self.root} holds no document that can be read ({reasons})"

    def _known(self) -> dict[str, _Known]:
        """Take what the previous index knows, where its texts would be cut the same way now."""
        if self.previous is None or self.previous.manifest.settings != self._text_settings():
            return {}
        sections: dict[int, list[Section]] = {}
        for section in self.previous.sections():
            sections.setdefault(section.document_id, []).append(section)
        passages: dict[int, list[Passage]] = {}
        for passage in (*self.previous.passages, *(p for p, _ in self.previous.repeated())):
            passages.setdefault(passage.document_id, []).append(passage)
        by_file: dict[str, list[Read]] = {}
        for document in self.previous.documents:
            own = sorted(passages.get(document.id, ()), key=lambda p: p.start)
            read = Read(document, sections.get(document.id, ()), own)
            by_file.setdefault(document.file, []).append(read)
        files = self.previous.files()
        return {path: _Known(record, by_file.get(path, [])) for path, record in files.items()}

    def _kept(self, file: scanning.File, old: _Known | None) -> tuple[FileRecord, Sequence[Read]] | None:
        """Return what is known of a file that has not changed, None for one to read."""
        if old is None or old.record.state.sidecar != file.state.sidecar:
            return None
        if old.record.state == file.state and not self._is_racy(file.state):
            return old.record, old.reads
        if old.record.state == _READ_AGAIN:
            return None
        try:
            same = readers.digest(self.root / file.path) == old.record.digest
        except OSError:
            return None
        racy_sidecar = file.state.sidecar and self._is_racy(self._sidecar_state(file))
        return (replace(old.record, state=file.state), old.reads) if same and not racy_sidecar else None

    def _sidecar_state(self, file: scanning.File) -> FileState:
        size, modified = file.state.sidecar.split(":")
        return FileState(int(size), int(modified))

    def _is_racy(self, state: FileState) -> bool:
        """Tell whether a file was written so late that the clock may hide a second write."""
        assert self.previous is not None
        built = datetime.fromisoformat(self.previous.manifest.built).timestamp()
        return state.modified_ns > built * 1e9 - _RACY_NS

    def _read_file(self, file: scanning.File) -> tuple[FileRecord, Sequence[Read]]:
        try:
            found = self._worker.read(self.root / file.path)
        except ReadError as error:
            gone = Skipped(file.path, str(error))
            return FileRecord(file.path, "", _READ_AGAIN, (gone,)), []
        reads: list[Read] = []
        skipped: list[Skipped] = []
        for part in found.parts:
            path = f"{file.path}/{part.name}" if part.name else file.path
            if part.extract is None:
                skipped.append(Skipped(path, part.reason))
                continue
            skipped += [Skipped(path, note) for note in part.extract.notes]
            read = self._split(part.extract, path, file.path, found.digest)
            if read.passages:
                reads.append(read)
            else:
                skipped.append(Skipped(path, "it holds no sentences to quote, only headings or links"))
        state = file.state if all(part.lasting for part in found.parts) else _READ_AGAIN
        return FileRecord(file.path, found.digest, state, tuple(skipped)), reads

    def _split(self, extract: Extract, path: str, file: str, digest: str) -> Read:
        facts = extract.metadata
        title = facts.get("title") or " ".join(Path(path).stem.split()) or path
        kind, kind_reason = _kind(title, extract)
        document = Document(
            id=0,
            path=path,
            title=title,
            text=extract.text,
            digest=digest,
            kind=kind,
            source=facts.get("source"),
            url=facts.get("url"),
            date=facts.get("date"),
            pages=extract.pages,
            places=extract.places,
            author=facts.get("author"),
            language=facts.get("language"),
            kind_reason=kind_reason,
            container=file if path != file else None,
        )
        found = splitting.sections(document, extract.blocks)
        cut = splitting.passages(
            document,
            found,
            self.encoder.count_tokens,
            most=self.settings.passage_tokens,
            least=self.settings.merge_tokens,
        )
        return Read(document, found, cut)


def _kind(title: str, extract: Extract) -> tuple[Kind, str | None]:
    """Return the kind that is given, or else a guess with its reason."""
    given = extract.metadata.get("kind", "").strip().lower()
    for kind in KINDS:
        if kind == given:
            return kind, None
    kind, reason = kinds.guess(title, extract.metadata.get("url"), extract.text)
    return kind, reason if not given else f"“{given}” is no kind; {reason}"
