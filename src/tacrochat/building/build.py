"""Build an index from a folder: read the changed files, keep the rest, publish a new generation."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tacrochat.building.assemble import assemble
from tacrochat.building.changes import PreviousFiles, text_settings
from tacrochat.building.embed import EmbeddingCache
from tacrochat.building.read import FileReader, ReadDocument
from tacrochat.building.scan import File, scan
from tacrochat.embedding.encoder import Encoder
from tacrochat.embedding.model_files import fingerprint
from tacrochat.errors import CorpusError, IndexFolderError
from tacrochat.index.contents import Contents, FileRecord
from tacrochat.index.publish import publish, writing
from tacrochat.index.store import Store
from tacrochat.library import Library
from tacrochat.readers.files import SUFFIXES
from tacrochat.settings import Settings
from tacrochat.types import BuildReport, Progress, Skipped


def build(
    corpus: str | Path = "corpus",
    index: str | Path = "index",
    *,
    model: str | None = None,
    full: bool = False,
    settings: Settings | None = None,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
) -> Library:
    """Make or refresh an index from a folder; only changed files are read again.

    ``model`` is a sentence-transformers model, by name or path. ``full`` reads and
    embeds everything again. ``encoder`` is a model that is loaded already.
    ``progress`` is called as the build proceeds, see ``Progress``. The library's
    ``report`` says what was done. If anything fails, the old index stays usable.

    Raises:
        CorpusError: the folder is missing or holds nothing readable.
        ModelError: the model is not on this machine.
        IndexBusy: another build is writing this index.
        IndexFolderError: the index cannot be written.
        TacrochatError: a variable ``TACROCHAT_…`` has a value that is not allowed.

    """
    began = time.perf_counter()
    settings = settings or Settings.from_environment()
    settings = replace(settings, model=model or settings.model)
    root, folder = Path(corpus), Path(index)
    files = list(scan(root, folder))
    with writing(folder):
        previous = None if full else _previous(folder, settings)
        with _Build(root, settings, previous, encoder, progress) as running:
            report = running.read_all(files)
        moved = previous is not None and previous.manifest.corpus != str(root.resolve())
        if previous is None or running.is_changed or moved:
            publish(folder, running.contents(), running.about())
        store = Store(folder)
    report = replace(report, passages=len(store.passages), seconds=time.perf_counter() - began)
    return Library(store, settings, report=report, encoder=running.loaded)


def _previous(folder: Path, settings: Settings) -> Store | None:
    """Open the index to refresh; None if there is none that can be refreshed."""
    try:
        store = Store(folder)
    except IndexFolderError:
        return None
    same_model = store.manifest.fingerprint == fingerprint(settings.model)
    return store if same_model and not store.damaged() else None


class _Build:
    """One build: reads what changed, keeps the rest, and assembles one generation."""

    def __init__(
        self,
        root: Path,
        settings: Settings,
        previous: Store | None,
        encoder: Encoder | None,
        progress: Progress | None,
    ) -> None:
        self.loaded = encoder
        self.is_changed = False
        self._root = root
        self._settings = settings
        self._previous = previous
        self._progress = progress
        self._documents: list[ReadDocument] = []
        self._files: list[FileRecord] = []
        self._skipped: list[Skipped] = []
        self._reader = FileReader(root, settings, self._count_tokens)

    def __enter__(self) -> "_Build":
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.__exit__()

    @property
    def encoder(self) -> Encoder:
        if self.loaded is None or self.loaded.model != self._settings.model:
            self.loaded = Encoder(self._settings.model)
        return self.loaded

    def _count_tokens(self, texts: list[str]) -> list[int]:
        # Asked when the first changed file is cut: the model is loaded then, not before.
        return self.encoder.count_tokens(texts)

    def read_all(self, files: Sequence[File | Skipped]) -> BuildReport:
        """Read changed files; returns the counts (``passages`` and ``seconds`` are still 0)."""
        previous = PreviousFiles(self._root, self._previous, self._settings)
        before = {read.document.path for known in previous.files.values() for read in known.documents}
        added = changed = 0
        for number, file in enumerate(files):
            if self._progress:
                self._progress("reading", number, len(files))
            if isinstance(file, Skipped):
                self._skipped.append(file)
                continue
            unchanged = previous.unchanged(file)
            read_file = unchanged or self._reader.read(file)
            self._files.append(read_file.record)
            self._documents += read_file.documents
            self._skipped += read_file.record.skipped
            if unchanged is None:
                added += sum(read.document.path not in before for read in read_file.documents)
                changed += sum(read.document.path in before for read in read_file.documents)
        removed = len(before - {read.document.path for read in self._documents})
        skipped_before = self._previous.skipped if self._previous else ()
        self.is_changed = bool(added or changed or removed) or tuple(self._skipped) != skipped_before
        if not self._documents:
            raise CorpusError(self._nothing(files))
        return BuildReport(
            documents=len(self._documents),
            passages=0,
            added=added,
            changed=changed,
            removed=removed,
            skipped=tuple(self._skipped),
            seconds=0.0,
        )

    def contents(self) -> Contents:
        """Give what was read ids and vectors."""
        cache = EmbeddingCache(
            self._previous, lambda: self.encoder, self._settings.context_tokens, self._progress
        )
        return assemble(self._documents, self._files, self._skipped, cache)

    def about(self) -> dict[str, Any]:
        """Return what the manifest records beside its files."""
        return {
            "model": self._settings.model,
            "fingerprint": self.encoder.fingerprint,
            "settings": text_settings(self._settings),
            "corpus": str(self._root.resolve()),
            "built": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }

    def _nothing(self, files: Sequence[File | Skipped]) -> str:
        if not files:
            return f"{self._root} holds no files; put documents there ({', '.join(sorted(SUFFIXES))})"
        reasons = "; ".join(f"{skipped.path}: {skipped.reason}" for skipped in self._skipped[:3])
        return f"{self._root} holds no document that can be read ({reasons})"
