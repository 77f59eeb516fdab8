"""Build an index from a folder: read the changed files, keep the rest, publish a new generation."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from tacrochat.building import merging
from tacrochat.building.assemble import assemble
from tacrochat.building.changes import PreviousFiles, read_before, text_settings
from tacrochat.building.checkpoint import Checkpoint, discard
from tacrochat.building.embed import EmbeddingCache
from tacrochat.building.progress import file_cost, plan
from tacrochat.building.read import FileReader, ReadDocument
from tacrochat.building.scan import File, scan
from tacrochat.building.sources import origin_of, sources
from tacrochat.building.walk import Unreadable
from tacrochat.configuration.read import load
from tacrochat.configuration.record import Configuration
from tacrochat.embedding.encoder import Encoder
from tacrochat.embedding.lazy import LazyEncoder
from tacrochat.embedding.model_files import fingerprint
from tacrochat.errors import CorpusError, IndexCorrupt
from tacrochat.index.checksums import check_segments
from tacrochat.index.contents import FileRecord, SegmentRecord, State
from tacrochat.index.manifest import EXPORTED
from tacrochat.index.places import place_of
from tacrochat.index.protocol import Index, Place
from tacrochat.index.publish import add_segment, withdraw
from tacrochat.index.store import Store
from tacrochat.library import Library
from tacrochat.ranking.confidence import stamped
from tacrochat.readers.files import SUFFIXES, reported
from tacrochat.search.pipeline import SearchPipeline
from tacrochat.settings import Settings
from tacrochat.types import BuildReport, Progress, Skipped


def build(
    corpus: str | Path | None = None,
    index: str | Path = "index",
    *,
    model: str | None = None,
    full: bool = False,
    settings: Settings | None = None,
    configuration: Configuration | None = None,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
) -> Library:
    """Make or refresh an index from a folder; only changed files are read again.

    Without ``corpus`` and ``model``, those that the index was made from are used again; if there is no
    index, the folder ``corpus`` and the default model. ``model`` is a sentence-transformers model, by name
    or path. ``full`` reads and embeds everything again. ``configuration`` and ``settings`` are those of
    the folder's ``tacrochat.yaml`` and of the environment by default. ``encoder`` is a model that is loaded
    already. ``index`` is a folder, or an address such as ``milvus+http://HOST:19530/NAME``. ``progress`` is
    called as it proceeds; the library's ``report`` says what was done. If it fails, the old index stays.

    Raises:
        CorpusError: the folder is missing or holds nothing readable.
        ModelError: the model is not on this machine.
        IndexBusy: another build is writing this index.
        IndexFolderError: the index cannot be written, or its server is away.
        TacrochatError: ``tacrochat.yaml`` or a variable ``TACROCHAT_…`` has a value that is not allowed.

    """
    began, place = time.perf_counter(), place_of(index)
    root, chosen = sources(corpus, model, place, settings or Settings.from_environment())
    configuration = configuration or load(root)
    settings = replace(settings or configuration.settings(), model=chosen.model)
    files = scan(configuration.roots(root, settings), place.folder)
    loaded = encoder if encoder and encoder.model == settings.model else None
    lazy = LazyEncoder(settings.model, loaded, exported=place.folder / EXPORTED)
    with place.writing():
        make = partial(_Build, root, place, settings, configuration, model=lazy, progress=progress, full=full)
        report, store = _run(make, files, place.previous()), place.open()
        report = replace(report, passages=len(store.passages), seconds=time.perf_counter() - began)
    return Library(store, settings, report=report, encoder=lazy.loaded)


def _run(
    make: "Callable[[Index | None], _Build]",
    files: Sequence[File | Skipped | Unreadable],
    previous: Index | None,
) -> BuildReport:
    """Run a build; without the previous index if that is damaged where it is read."""
    try:
        return make(previous).run(files)
    except IndexCorrupt:
        if previous is None:
            raise
        return make(None).run(files)


class _Build:
    """One build: reads what changed, writes it as segments, and makes them current with those that stay."""

    def __init__(
        self,
        root: Path,
        place: Place,
        settings: Settings,
        configuration: Configuration,
        previous: Index | None,
        *,
        model: LazyEncoder,
        progress: Progress | None,
        full: bool,
    ) -> None:
        same_model = previous is not None and previous.manifest.fingerprint == fingerprint(settings.model)
        self._afresh = full
        self._full = full or not same_model
        self._origin = origin_of(root, configuration)
        self.is_changed = self._full or previous is None or previous.manifest.origin != self._origin
        self._model = model
        self._root = root
        self._place = place
        self._folder = place.folder
        self._settings = settings
        self._previous = previous
        self._kinds = configuration.kinds
        self._text_settings = text_settings(settings, configuration.kinds)
        self._known = PreviousFiles(self._origin, previous, self._text_settings, full=self._full)
        self._progress = progress
        self._kept: list[int] = []  # ids of documents of the previous index that are still right
        self._new: list[ReadDocument] = []  # documents read now that are in no segment yet
        self._new_passages = 0
        self._segments: list[SegmentRecord] = []  # segments written now
        self._files: list[FileRecord] = []
        self._skipped: list[Skipped] = []

    def run(self, files: Sequence[File | Skipped | Unreadable]) -> BuildReport:
        """Read, write and publish; what is half done is cleared away if it fails."""
        try:
            report = self.read_all(files)
            if self.is_changed:
                self.publish()
        except BaseException:
            withdraw(self._folder, self._segments)
            raise
        discard(self._folder)
        return report

    def read_all(self, files: Sequence[File | Skipped | Unreadable]) -> BuildReport:
        """Read changed files; returns the counts (``passages`` and ``seconds`` are still 0)."""
        read_now = self._read_files(files)
        known = self._known
        before = {known.paths[number] for file in known.files for number in known.documents.get(file, ())}
        kept = {known.paths[number] for number in self._kept}
        added = sum(path not in before for path in read_now)
        changed = len(read_now) - added
        removed = len(before - kept - set(read_now))
        skipped_before = self._previous.skipped if self._previous else ()
        self.is_changed |= bool(added or changed or removed) or tuple(self._skipped) != skipped_before
        if not self._kept and not read_now:
            raise CorpusError(self._nothing(files))
        return BuildReport(
            documents=len(self._kept) + len(read_now),
            passages=0,
            added=added,
            changed=changed,
            removed=removed,
            skipped=tuple(self._skipped),
            seconds=0.0,
        )

    def _read_files(self, files: Sequence[File | Skipped | Unreadable]) -> list[str]:
        """Read what has changed, and keep the rest; returns the paths of the documents read now."""
        tell: Progress = self._progress or (lambda stage, done, total: None)
        read_now: list[str] = []
        unchanged = [self._known.unchanged(file) if isinstance(file, File) else None for file in files]
        costs = [
            file_cost(file.state.bytes) if isinstance(file, File) and not known else 0.0
            for file, known in zip(files, unchanged, strict=True)
        ]
        plan(self._progress, "reading", {"reading": costs})
        with FileReader(self._settings, self._model.count_tokens, self._kinds) as reader:
            for number, (file, known) in enumerate(zip(files, unchanged, strict=True)):
                tell("reading", number, len(files))
                if isinstance(file, Skipped):
                    self._skipped.append(file)
                elif isinstance(file, Unreadable):
                    self._keep_unreadable(file)
                elif known:
                    self._keep(known)
                else:
                    read_now += self._read(file, reader)
                if self._new_passages >= merging.LARGEST:
                    self._write(self._new)
                    self._new, self._new_passages = [], 0
        tell("reading", len(files), len(files))
        return read_now

    def _read(self, file: File, reader: FileReader) -> list[str]:
        """Read a file; returns the paths of the documents in it."""
        try:
            read_file = reader.read(file)
        except OSError as error:
            why = f"it cannot be opened ({error.strerror}); check its permissions"
            self._keep_unreadable(Unreadable(file.path, why))
            return []
        self._record(read_file.record)
        self._new += read_file.documents
        self._new_passages += sum(len(read.passages) for read in read_file.documents)
        return [read.document.path for read in read_file.documents]

    def _record(self, record: FileRecord) -> None:
        self._files.append(record)
        self._skipped += [Skipped(s.path, reported(s.reason)) for s in record.skipped]

    def _keep(self, record: FileRecord) -> None:
        """Keep what was read of a file before."""
        self._record(record)
        self._kept += self._known.documents.get(record.path, ())

    def _keep_unreadable(self, unreadable: Unreadable) -> None:
        """Report what cannot be read now, and keep what was read of it before."""
        kept = self._known.below(unreadable.path)
        reason = unreadable.reason
        if any(self._known.documents.get(record.path) for record in kept):
            reason += "; what was read of it before is kept"
        self._skipped.append(Skipped(unreadable.path, reason))
        for record in kept:
            self._keep(record)

    def publish(self) -> None:
        """Write the new documents, with those that are to be written again, and make the index current."""
        encoder = self._model.get()
        encoder.export(self._folder / EXPORTED)
        chosen = merging.Plan(again=self._kept)
        if isinstance(self._previous, Store) and not self._full:
            chosen = merging.plan(self._previous, frozenset(self._kept))
            manifest = self._previous.manifest
            read_again = {s.name for s in manifest.segments} - {s.name for s in chosen.kept}
            check_segments(self._folder, manifest, read_again)
        elif self._previous and self._kept and (damaged := self._previous.damaged()):
            raise IndexCorrupt(f"{damaged[0]} is not as it was published")
        again = [read_before(self._previous, number) for number in chosen.again] if self._previous else []
        # In the order of a first build, so that a small index is the same however it came about.
        self._write(sorted([*again, *self._new], key=lambda read: read.document.file))
        state = State(self._files, self._skipped, chosen.removed)
        self._place.publish([*chosen.kept, *self._segments], state, self._about(), self._background)
        encoder.save(self._folder / EXPORTED)

    def _write(self, documents: Sequence[ReadDocument]) -> None:
        """Write documents as segments; vectors are kept in the index folder as they are made."""

        def checkpoint(encoder: Encoder) -> Checkpoint:
            return Checkpoint(self._folder, encoder.fingerprint, encoder.dimension, full=self._afresh)

        cache = EmbeddingCache(
            None if self._full else self._previous,
            self._model.get,
            self._settings.context_tokens,
            self._progress,
            checkpoint,
        )
        for part in merging.parts(documents):
            self._segments.append(add_segment(self._folder, assemble(part, cache)))

    def _background(self, store: Index) -> dict[str, float]:
        pipeline = SearchPipeline(store, self._settings, self._model.get)
        return stamped(pipeline.compute_background())

    def _about(self) -> dict[str, Any]:
        """Return what the manifest records beside its files."""
        return {
            "model": self._settings.model,
            "fingerprint": self._model.get().fingerprint,
            "settings": self._text_settings,
            **asdict(self._origin),
            "built": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }

    def _nothing(self, files: Sequence[File | Skipped | Unreadable]) -> str:
        if not files:
            return f"{self._root} holds no files; put documents there ({', '.join(sorted(SUFFIXES))})"
        reasons = "; ".join(f"{skipped.path}: {skipped.reason}" for skipped in self._skipped[:3])
        return f"{self._root} holds no document that can be read ({reasons})"
