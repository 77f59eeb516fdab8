"""A folder of documents, indexed: ``build``, ``open``, ``search``, ``verify``."""

import hashlib
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from tacrochat import encoder as encoding
from tacrochat import ranking, readers, splitting, store
from tacrochat.dense import VectorIndex, Vectors
from tacrochat.errors import CorpusError, IndexError_, IndexMismatch, QuestionError, ReadError
from tacrochat.lexical import TermTable
from tacrochat.settings import Settings
from tacrochat.text import content, tokens
from tacrochat.types import (
    KINDS,
    BuildReport,
    Document,
    Hit,
    Kind,
    Passage,
    Section,
    Skipped,
)

if TYPE_CHECKING:
    import pandas

_SPLITTING = ("max_file_mb", "passage_tokens", "merge_tokens", "context_tokens")
_RACY_NS = 2_000_000_000  # a file changed this close to a build may change again unseen


@dataclass(frozen=True, slots=True)
class Found:
    """A query as it was understood, its hits, and the confidence, 0 to 1, in them."""

    query: ranking.Query
    hits: tuple[Hit, ...]
    confidence: float


class Library:
    """An open index: documents, passages, vectors, and the search over them.

    ``report`` says what the build did that made this library, None when opened.
    """

    def __init__(self, opened: store.Store, settings: Settings, report: BuildReport | None) -> None:
        """Use ``open`` or ``build`` instead."""
        self._store = opened
        self.settings = settings
        self.report = report
        self._encoder: encoding.Encoder | None = None
        self._loading = Lock()

    @property
    def folder(self) -> Path:
        """The index folder."""
        return self._store.folder

    @property
    def manifest(self) -> store.Manifest:
        """What the index says of itself."""
        return self._store.manifest

    @property
    def documents(self) -> tuple[Document, ...]:
        """All documents; ``documents[i].id == i``."""
        return self._store.documents

    @property
    def passages(self) -> tuple[Passage, ...]:
        """All passages; ``passages[i].id == i``."""
        return self._store.passages

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The files that the last build left out, with the reasons."""
        return self._store.skipped

    @property
    def terms(self) -> TermTable:
        """The words of the passages."""
        return self._store.terms

    @property
    def embeddings(self) -> Vectors:
        """``(n_passages, dim)`` float32, unit rows, read-only; row i is ``passages[i]``."""
        return self._store.space("passages").rows

    def document(self, path: str) -> Document:
        """Return the document with a path.

        Raises:
            QuestionError: there is none.

        """
        found = next((d for d in self.documents if d.path == path), None)
        if found is None:
            raise QuestionError(f"no document {path!r} in {self.folder}; 'tacrochat info' lists them")
        return found

    def sections(self, document_id: int | None = None) -> list[Section]:
        """List the sections of one document, or of all, navigation included."""
        return self._store.sections(document_id)

    @cached_property
    def named_only(self) -> frozenset[str]:
        """Stems that stand in navigation (links, menus, teasers): named, not treated."""
        return frozenset(
            token.stem
            for section in self.sections()
            if section.role == "navigation"
            for token in tokens(self.documents[section.document_id].text, section.start, section.end)
        )

    @property
    def encoder(self) -> encoding.Encoder:
        """The model, loaded at first use.

        Raises:
            ModelError: it cannot be loaded.
            IndexMismatch: it is not the model that made this index.

        """
        with self._loading:
            if self._encoder is None:
                loaded = encoding.Encoder(self.manifest.model)
                if loaded.fingerprint != self.manifest.fingerprint:
                    raise IndexMismatch(
                        f"{self.folder} was made with another {self.manifest.model} than the one on"
                        f" this machine; run 'tacrochat build --full --index {self.folder}'"
                    )
                self._encoder = loaded
        return self._encoder

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        documents: Collection[str] | None = None,
        kinds: Collection[Kind] | None = None,
    ) -> list[Hit]:
        """Rank passages for a query, best first; at most ``k``.

        ``documents`` (paths) and ``kinds`` narrow the search.

        Raises:
            QuestionError: the query is empty, or names a document or kind that
                is not there.

        """
        return list(self.find(query, k, documents=documents, kinds=kinds).hits)

    def find(
        self,
        query: str,
        k: int = 10,
        *,
        documents: Collection[str] | None = None,
        kinds: Collection[Kind] | None = None,
    ) -> Found:
        """Search, and say how likely the hits answer the query; raises as ``search`` does."""
        question = self.check(query)
        allowed = self._allowed(documents, kinds)
        analysed = self.analyse(question)
        candidates = self._candidates(analysed, k, allowed)
        hits = ranking.rank(analysed, candidates, self.terms, self._store.space("words").rows)
        return Found(analysed, tuple(hits[:k]), ranking.confidence(analysed, hits))

    def check(self, question: str) -> str:
        """Return a question without control characters and outer white space.

        Raises:
            QuestionError: nothing is left of it, or it is too long.

        """
        limit = self.settings.max_question_chars
        if len(question) > limit:
            raise QuestionError(
                f"the question has {len(question):,} characters, the limit is {limit:,}; shorten it"
            )
        cleaned = " ".join("".join(c if c.isprintable() else " " for c in question).split())
        if not any(c.isalnum() for c in cleaned):
            raise QuestionError("the question is empty; type a question or a few words")
        return cleaned

    def analyse(self, question: str) -> ranking.Query:
        """Turn a checked question into what ranking needs: words, weights and vectors."""
        found = list({token.stem: token for token in content(tokens(question))}.values())
        known = [self.terms.ids.get(token.stem) for token in found]
        unknown = [t.text for t, number in zip(found, known, strict=True) if number is None]
        vectors = self.encoder.encode([question, *unknown])
        fresh = iter(vectors[1:])
        words = self._store.space("words").rows
        rows = [next(fresh) if number is None else words[number] for number in known]
        return ranking.Query(
            text=question,
            terms=tuple(found),
            ids=tuple(-1 if number is None else number for number in known),
            idf=tuple(self.terms.idf(token.stem) for token in found),
            vector=vectors[0],
            word_vectors=np.asarray(rows, np.float32).reshape(len(found), vectors.shape[1]),
        )

    def _candidates(
        self, query: ranking.Query, k: int, allowed: frozenset[int] | None
    ) -> list[ranking.Candidate]:
        """Gather passages from dense, sentence-level and lexical search."""
        count = max(self.settings.candidates, 2 * k)
        wide = count if allowed is None else len(self.passages)
        starts = self.terms.passages
        dense = self._store.space("passages").search(query.vector, wide)
        fine = self._store.space("sentences").search(query.vector, 3 * wide)
        owners = np.searchsorted(starts, [row for row, _ in fine], side="right") - 1
        sparse = self._store.match((token.stem for token in query.terms), wide)
        ids: dict[int, None] = {}
        for source in ((i for i, _ in dense), (int(i) for i in owners), (i for i, _ in sparse)):
            chosen = dict.fromkeys(i for i in source if allowed is None or i in allowed)
            ids.update(dict.fromkeys(list(chosen)[:count]))
        bm25 = dict(sparse)
        rows = self._store.space("sentences").rows
        return [
            ranking.Candidate(
                passage=self.passages[i],
                cosine=float(self.embeddings[i] @ query.vector),
                sentence_cosines=rows[starts[i] : starts[i + 1]] @ query.vector,
                bm25=bm25.get(i, 0.0),
            )
            for i in ids
        ]

    def _allowed(
        self, documents: Collection[str] | None, kinds: Collection[Kind] | None
    ) -> frozenset[int] | None:
        if not documents and not kinds:
            return None
        unknown = set(documents or ()) - {d.path for d in self.documents}
        if unknown:
            raise QuestionError(f"no document {sorted(unknown)[0]!r}; 'tacrochat info' lists them")
        wrong = set(kinds or ()) - set(KINDS)
        if wrong:
            raise QuestionError(f"no kind {sorted(wrong)[0]!r}; kinds are: {', '.join(KINDS)}")
        chosen = {
            d.id
            for d in self.documents
            if (not documents or d.path in documents) and (not kinds or d.kind in kinds)
        }
        return frozenset(p.id for p in self.passages if p.document_id in chosen)

    def verify(self) -> list[str]:
        """Compare the index with its checksums and with the files; list what differs."""
        problems = [f"{path} is damaged; run 'tacrochat build --full'" for path in self._store.damaged()]
        for passage in self.passages:
            document = self.documents[passage.document_id]
            if document.text[passage.start : passage.end] != passage.text:
                problems.append(f"{document.path}: passage {passage.id} is not in its document")
        root = Path(self.manifest.corpus)
        for document in self.documents:
            path = root / document.path
            if not path.is_file():
                problems.append(f"{path} is gone; run 'tacrochat build'")
            elif readers.digest(path) != document.digest:
                problems.append(f"{path} has changed; run 'tacrochat build'")
        return problems

    def to_pandas(self) -> "pandas.DataFrame":
        """Return one row a passage, indexed by passage id."""
        import pandas

        rows = []
        for passage in self.passages:
            document = self.documents[passage.document_id]
            rows.append(
                {
                    "document": document.path,
                    "title": document.title,
                    "kind": document.kind,
                    "heading": " › ".join(passage.heading),
                    "start": passage.start,
                    "end": passage.end,
                    "line": document.line(passage.start),
                    "role": passage.role,
                    "text": passage.text,
                }
            )
        return pandas.DataFrame(rows).rename_axis("passage")

    def __repr__(self) -> str:
        """Name the folder and the counts."""
        return (
            f"Library({str(self.folder)!r}: {len(self.documents)} documents,"
            f" {len(self.passages)} passages, {self.manifest.model})"
        )


def open_index(index: str | Path = "index", *, settings: Settings | None = None) -> Library:
    """Open an index folder.

    Raises:
        IndexError_: it is missing, damaged, or from another version.

    """
    return Library(store.Store(Path(index)), settings or Settings.from_environment(), None)


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
) -> Library:
    """Make or refresh an index from a folder; only changed files are read again.

    ``full`` starts from nothing. The returned library's ``report`` says what
    was done. Whatever goes wrong, an index that was there stays usable.

    Raises:
        CorpusError: the folder is missing or holds nothing readable.
        ModelError: the model is not on this machine.
        IndexBusy: another build is writing this index.
        IndexError_: the index cannot be written.

    """
    began = time.perf_counter()
    settings = settings or Settings.from_environment()
    settings = replace(settings, model=model or settings.model)
    root, folder = Path(corpus), Path(index)
    files = list(_scan(root, folder))
    with store.writing(folder):
        previous = None if full else _previous(folder, settings)
        builder = _Builder(root, settings, previous)
        report = builder.run(files)
        if previous is None or builder.is_changed or previous.manifest.corpus != str(root.resolve()):
            store.publish(folder, builder.contents(), builder.about())
        library = Library(store.Store(folder), settings, None)
    library.report = replace(report, seconds=time.perf_counter() - began)
    library._encoder = builder.loaded
    return library


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
    except IndexError_:
        return None
    same_text = all(opened.manifest.settings.get(n) == getattr(settings, n) for n in _SPLITTING)
    same_model = opened.manifest.fingerprint == encoding.fingerprint(settings.model)
    return opened if same_text and same_model and not opened.damaged() else None


class _Builder:
    """Reads what changed, keeps the rest, and assembles one generation."""

    def __init__(self, root: Path, settings: Settings, previous: store.Store | None) -> None:
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
        for file in files:
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
        """Number everything anew and embed what has no vector yet."""
        documents, sections, passages = [], [], []
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
        return [
            [f"{short[context]}\n{p.text}"] + [p.text[a - p.start : b - p.start] for a, b in p.sentences]
            for p, context in zip(passages, contexts, strict=True)
        ]

    def _vectors(self, texts: Sequence[Sequence[str]], keys: Sequence[Sequence[str]]) -> dict[str, Any]:
        known: dict[str, Any] = {}
        if self.previous:
            rows = iter(self.previous.space("sentences").rows)
            for row, own in zip(self.previous.space("passages").rows, self.previous.keys(), strict=True):
                known[own[0]] = row
                known.update((key, next(rows)) for key in own[1:])
        wanted = {k: t for ks, ts in zip(keys, texts, strict=True) for k, t in zip(ks, ts, strict=True)}
        missing = [key for key in wanted if key not in known]
        fresh = self.encoder.encode([wanted[key] for key in missing], progress="embedding")
        known.update(zip(missing, fresh, strict=True))
        return known

    def _word_vectors(self, terms: TermTable) -> Vectors:
        known: dict[str, Any] = {}
        if self.previous:
            rows = self.previous.space("words").rows
            known = dict(zip(self.previous.terms.words, rows, strict=True))
        missing = [word for word in terms.words if word not in known]
        known.update(zip(missing, self.encoder.encode(missing, progress="words"), strict=True))
        return np.stack([known[word] for word in terms.words])


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
