"""Build an index from a folder: read what changed, keep the rest, publish the whole."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from tacrochat import encoder as encoding
from tacrochat import readers, splitting, store
from tacrochat.dense import VectorIndex, Vectors
from tacrochat.errors import CorpusError, IndexFolderError, ReadError
from tacrochat.lexical import TermTable
from tacrochat.library import Library
from tacrochat.settings import Settings
from tacrochat.types import KINDS, BuildReport, Document, Passage, Progress, Section, Skipped

_SPLITTING = ("max_file_mb", "passage_tokens", "merge_tokens", "context_tokens")
_RACY_NS = 2_000_000_000  # a file changed this close to a build may change again unseen


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    state: store.FileState


@dataclass(frozen=True, slots=True)
class _Read:
    """One document with its sections and passages, ids still its own."""

    document: Document
    state: store.FileState
    sections: Sequence[Section]
    passages: Sequence[Passage]


def build(
    corpus: str | Path = "corpus",
    index: str | Path = "index",
    *,
    model: str | None = None,
    full: bool = False,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Library:
    """Make or refresh an index from a folder; only changed files are read again.

    ``full`` starts from nothing. The returned library's ``report`` says what
    was done; ``progress`` is told of it underway. Whatever goes wrong, an index that was there stays usable.

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
    files = list(_scan(root, folder))
    with store.writing(folder):
        previous = None if full else _previous(folder, settings)
        builder = _Builder(root, settings, previous, progress)
        report = builder.run(files)
        if previous is None or builder.is_changed or previous.manifest.corpus != str(root.resolve()):
            store.publish(folder, builder.contents(), builder.about())
        opened = store.Store(folder)
    report = replace(report, seconds=time.perf_counter() - began)
    return Library(opened, settings, report=report, encoder=builder.loaded)


def _scan(root: Path, index: Path) -> Iterator[_File]:
    """List the files of a corpus in a fixed order, hidden ones and the index left out."""
    if not root.is_dir():
        raise CorpusError(f"there is no folder {root}; name one with 'tacrochat build --corpus DIR'")
    inside = index.resolve()
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if any(part.startswith(".") for part in relative.parts) or not path.is_file():
            continue
        if inside != root.resolve() and path.resolve().is_relative_to(inside):
            continue
        facts = path.stat()
        yield _File(relative.as_posix(), store.FileState(facts.st_size, facts.st_mtime_ns))


def _previous(folder: Path, settings: Settings) -> store.Store | None:
    """Open the index to refresh, or None where a new one has to be made from nothing."""
    try:
        opened = store.Store(folder)
    except IndexFolderError:
        return None
    same_text = all(opened.manifest.settings.get(n) == getattr(settings, n) for n in _SPLITTING)
    same_model = opened.manifest.fingerprint == encoding.fingerprint(settings.model)
    return opened if same_text and same_model and not opened.damaged() else None


class _Builder:
    """Reads what changed, keeps the rest, and assembles one generation."""

    def __init__(
        self, root: Path, settings: Settings, previous: store.Store | None, progress: Progress | None
    ) -> None:
        self.progress = progress
        self.root = root
        self.settings = settings
        self.previous = previous
        self.loaded: encoding.Encoder | None = None
        self._read: list[_Read] = []
        self._skipped: list[Skipped] = []
        self.is_changed = False

    @property
    def encoder(self) -> encoding.Encoder:
        if self.loaded is None:
            self.loaded = encoding.Encoder(self.settings.model)
        return self.loaded

    def run(self, files: Sequence[_File]) -> BuildReport:
        """Read changed files; returns the counts (``seconds`` is still 0)."""
        known = {d.path: d for d in self.previous.documents} if self.previous else {}
        states = self.previous.file_states() if self.previous else {}
        kept = self._kept()
        added = changed = 0
        for number, file in enumerate(files):
            if self.progress:
                self.progress("reading", number, len(files))
            old = known.get(file.path)
            if old and states[file.path] == file.state and not self._is_racy(file.state):
                self._read.append(kept[old.id])
                continue
            read = self._read_file(file)
            if read is None:
                continue
            if old and old.digest == read.document.digest:
                read = replace(kept[old.id], state=file.state)
            elif old:
                changed += 1
            else:
                added += 1
            self._read.append(read)
        present = {read.document.path for read in self._read}
        removed = len(known.keys() - present)
        before = self.previous.skipped if self.previous else ()
        self.is_changed = bool(added or changed or removed) or tuple(self._skipped) != before
        if not self._read:
            raise CorpusError(self._nothing(files))
        return BuildReport(
            documents=len(self._read),
            passages=sum(len(read.passages) for read in self._read),
            added=added,
            changed=changed,
            removed=removed,
            skipped=tuple(self._skipped),
            seconds=0.0,
        )

    def _nothing(self, files: Sequence[_File]) -> str:
        known = ", ".join(sorted(readers.SUFFIXES))
        if not files:
            return f"{self.root} holds no files; put documents there ({known})"
        reasons = "; ".join(f"{s.path}: {s.reason}" for s in self._skipped[:3])
        return f"{self.root} holds no document that can be read ({reasons})"

    def _is_racy(self, state: store.FileState) -> bool:
        """Tell whether a file was written so late that the clock may hide a second write."""
        assert self.previous is not None
        built = datetime.fromisoformat(self.previous.manifest.built).timestamp()
        return state.modified_ns > built * 1e9 - _RACY_NS

    def _kept(self) -> dict[int, _Read]:
        """Take what the previous index knows of each document."""
        if self.previous is None:
            return {}
        sections: dict[int, list[Section]] = {}
        for section in self.previous.sections():
            sections.setdefault(section.document_id, []).append(section)
        passages: dict[int, list[Passage]] = {}
        for passage in self.previous.passages:
            passages.setdefault(passage.document_id, []).append(passage)
        states = self.previous.file_states()
        return {
            d.id: _Read(d, states[d.path], sections.get(d.id, ()), passages.get(d.id, ()))
            for d in self.previous.documents
        }

    def _read_file(self, file: _File) -> _Read | None:
        path = self.root / file.path
        try:
            extract = readers.read(path, self.settings.max_file_mb * 1_000_000)
            digest = readers.digest(path)
        except ReadError as error:
            self._skipped.append(Skipped(file.path, str(error)))
            return None
        except OSError as error:
            self._skipped.append(Skipped(file.path, f"it cannot be opened ({error.strerror})"))
            return None
        facts = extract.metadata
        document = Document(
            id=0,
            path=file.path,
            title=facts.get("title") or path.stem,
            text=extract.text,
            digest=digest,
            kind=next((kind for kind in KINDS if kind == facts.get("kind", "").lower()), "unknown"),
            source=facts.get("source"),
            url=facts.get("url"),
            date=facts.get("date"),
            pages=extract.pages,
        )
        found = splitting.sections(document, extract.blocks)
        cut = splitting.passages(
            document,
            found,
            self.encoder.count_tokens,
            most=self.settings.passage_tokens,
            least=self.settings.merge_tokens,
        )
        if not cut:
            self._skipped.append(Skipped(file.path, "it holds no sentences to quote, only headings or links"))
            return None
        return _Read(document, file.state, found, cut)

    def contents(self) -> store.Contents:
        """Give everything new numbers and embed what has no vector yet."""
        documents: list[Document] = []
        sections: list[Section] = []
        passages: list[Passage] = []
        for number, read in enumerate(self._read):
            documents.append(replace(read.document, id=number))
            sections += [replace(s, document_id=number) for s in read.sections]
            for passage in read.passages:
                passages.append(replace(passage, id=len(passages), document_id=number))
        contexts = [splitting.context(documents[p.document_id], p.heading) for p in passages]
        terms = TermTable.build(passages, contexts)
        texts = self._texts(passages, contexts)
        keys = [[_key(text) for text in row] for row in texts]
        vectors = self._vectors(texts, keys)
        return store.Contents(
            documents=documents,
            files=[read.state for read in self._read],
            sections=sections,
            passages=passages,
            keys=keys,
            terms=terms,
            skipped=self._skipped,
            spaces={
                "passages": VectorIndex.build(np.stack([vectors[row[0]] for row in keys])),
                "sentences": VectorIndex.build(np.stack([vectors[k] for row in keys for k in row[1:]])),
                "words": VectorIndex.build(self._word_vectors(terms)),
            },
        )

    def about(self) -> dict[str, Any]:
        """Return what the manifest says beside its files."""
        return {
            "model": self.settings.model,
            "fingerprint": self.encoder.fingerprint,
            "settings": {n: v for n, v in asdict(self.settings).items() if n in _SPLITTING},
            "corpus": str(self.root.resolve()),
            "built": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }

    def _texts(self, passages: Sequence[Passage], contexts: Sequence[str]) -> list[list[str]]:
        """List what is embedded for each passage: it with its context, then its sentences."""
        most = self.settings.context_tokens
        short = {c: self.encoder.truncate(c, most) for c in dict.fromkeys(contexts)}
        rows = []
        for passage, context in zip(passages, contexts, strict=True):
            whole = f"{short[context]}\n{passage.text}" if context else passage.text
            spans = [(a - passage.start, b - passage.start) for a, b in passage.sentences]
            rows.append([whole, *(passage.text[a:b] for a, b in spans)])
        return rows

    def _vectors(self, texts: Sequence[Sequence[str]], keys: Sequence[Sequence[str]]) -> dict[str, Any]:
        known: dict[str, Any] = {}
        if self.previous:
            rows = iter(self.previous.space("sentences").rows)
            for row, own in zip(self.previous.space("passages").rows, self.previous.keys(), strict=True):
                known[own[0]] = row
                known.update((key, next(rows)) for key in own[1:])
        wanted = {k: t for ks, ts in zip(keys, texts, strict=True) for k, t in zip(ks, ts, strict=True)}
        missing = [key for key in wanted if key not in known]
        fresh = self.encoder.encode(
            [wanted[key] for key in missing], progress="embedding", tell=self.progress
        )
        known.update(zip(missing, fresh, strict=True))
        return known

    def _word_vectors(self, terms: TermTable) -> Vectors:
        known: dict[str, Any] = {}
        if self.previous:
            rows = self.previous.space("words").rows
            known = dict(zip(self.previous.terms.words, rows, strict=True))
        missing = [word for word in terms.words if word not in known]
        known.update(
            zip(missing, self.encoder.encode(missing, progress="words", tell=self.progress), strict=True)
        )
        return np.stack([known[word] for word in terms.words])


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
