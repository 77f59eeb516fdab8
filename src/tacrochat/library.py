"""A folder of documents, indexed: ``build``, ``open``, ``search``, ``verify``."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from tacrochat.embedding import encoder as encoding
from tacrochat.errors import IndexMismatch, QuestionError
from tacrochat.index import store
from tacrochat.index.manifest import Manifest
from tacrochat.index.terms import TermTable
from tacrochat.index.vectors import Vectors
from tacrochat.ranking import score as ranking
from tacrochat.readers import files as readers
from tacrochat.search import spelling
from tacrochat.settings import Settings
from tacrochat.text import content, tokens
from tacrochat.types import KINDS, BuildReport, Document, Hit, Kind, Passage, Section, Skipped

if TYPE_CHECKING:
    import pandas


_PASSAGES_A_DOCUMENT = 3  # passages looked at for each document that is wanted


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

    def __init__(
        self,
        opened: store.Store,
        settings: Settings,
        *,
        report: BuildReport | None = None,
        encoder: encoding.Encoder | None = None,
    ) -> None:
        """Use ``tacrochat.open`` or ``tacrochat.build`` instead."""
        self._store = opened
        self.settings = settings
        self.report = report
        self._encoder = encoder
        self._loading = Lock()

    @property
    def folder(self) -> Path:
        """The index folder."""
        return self._store.folder

    @property
    def manifest(self) -> Manifest:
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

    @cached_property
    def collection(self) -> ranking.Collection:
        """What ranking needs of the whole corpus."""
        return ranking.Collection(self.terms, self._store.words, self.embeddings)

    @cached_property
    def background(self) -> dict[str, float]:
        """What questions about something else reach here; takes some time at first use."""
        return ranking.background(self._ranked(q, 0, None, None) for q in ranking.unrelated())

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

    def repeated(self, document_id: int) -> list[tuple[Passage, Passage]]:
        """List the passages of a document that repeat another's, each with the one indexed."""
        found = self._store.repeated()
        return [(p, self.passages[number]) for p, number in found if p.document_id == document_id]

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
        return self._ranked(query, k, documents, kinds)[1][:k]

    def find(
        self,
        query: str,
        k: int = 10,
        *,
        documents: Collection[str] | None = None,
        kinds: Collection[Kind] | None = None,
    ) -> Found:
        """Search, and say how likely the hits answer the query; raises as ``search`` does."""
        analysed, hits = self._ranked(query, k, documents, kinds)
        return Found(analysed, tuple(hits[:k]), ranking.confidence(analysed, hits, self.background))

    def _ranked(
        self, query: str, k: int, documents: Collection[str] | None, kinds: Collection[Kind] | None
    ) -> tuple[ranking.Query, list[Hit]]:
        analysed = self.analyse(self.check(query))
        candidates = self.candidates(analysed, k, self._allowed(documents, kinds))
        return analysed, ranking.rank(analysed, candidates, self.collection)

    def search_documents(self, query: str, k: int = 10) -> list[tuple[Document, float]]:
        """Rank documents by their best passages, best first; raises as ``search`` does."""
        hits = self.search(query, _PASSAGES_A_DOCUMENT * k)
        return [(self.documents[i], score) for i, score in ranking.by_document(hits)[:k]]

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

    def repair(self, question: str) -> str:
        """Return a question with its misspelt words replaced by words of the corpus."""

        def is_known(word: str, stem: str) -> bool:
            there = stem in self.terms.ids or stem in self.named_only
            return there or self.encoder.is_word(word)

        return spelling.repair(question, self.terms.words, is_known)

    def analyse(self, question: str) -> ranking.Query:
        """Turn a checked question into what ranking needs: words, weights and vectors."""
        every = tokens(question)
        found = list({token.stem: token for token in content(every)}.values())
        vectors, words = self.encoder.encode_words([question], [[(t.start, t.end) for t in every]])
        return ranking.Query(
            text=question,
            terms=tuple(found),
            ids=tuple(self.terms.ids.get(token.stem, -1) for token in found),
            idf=tuple(self.terms.idf(token.stem) for token in found),
            specificity=tuple(self.encoder.specificity(token.text) for token in found),
            vector=vectors[0],
            word_vectors=np.asarray(words[0] / encoding.SCALE, np.float32),
            places=tuple(every.index(token) for token in found),
        )

    def candidates(
        self, query: ranking.Query, k: int = 0, allowed: frozenset[int] | None = None
    ) -> list[ranking.Candidate]:
        """Gather passages from dense, sentence-level and lexical search, enough to rank ``k``."""
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
        rows = self._store.space("sentences").rows
        return [
            ranking.Candidate(
                passage=self.passages[i],
                cosine=float(self.embeddings[i] @ query.vector),
                sentence_cosines=rows[starts[i] : starts[i + 1]] @ query.vector,
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
        paths = {self.documents[number].path for number in chosen}
        return frozenset(
            p.id
            for p in self.passages
            if p.document_id in chosen or any(copy.document in paths for copy in p.copies)
        )

    def verify(self) -> list[str]:
        """Compare the index with its checksums and with the files; list what differs."""
        problems = [f"{path} is damaged; run 'tacrochat build --full'" for path in self._store.damaged()]
        for passage in self.passages:
            document = self.documents[passage.document_id]
            if document.text[passage.start : passage.end] != passage.text:
                problems.append(f"{document.path}: passage {passage.id} is not in its document")
        root = Path(self.manifest.corpus)
        for document in self.documents:
            path = root / document.file
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
        IndexFolderError: it is missing, damaged, or from another version.

    """
    return Library(store.Store(Path(index)), settings or Settings.from_environment())
