"""A folder of documents, indexed: ``open``, ``search``, ``verify``."""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from tacrochat.arrays import Box, Floats
from tacrochat.checking import check_model, file_problem
from tacrochat.configuration.read import load
from tacrochat.embedding.encoder import Encoder
from tacrochat.embedding.exported import read
from tacrochat.embedding.lazy import LazyEncoder
from tacrochat.errors import QuestionError
from tacrochat.frame import frame
from tacrochat.index.headings import HeadingUse
from tacrochat.index.manifest import Manifest
from tacrochat.index.places import place_of
from tacrochat.index.protocol import Index
from tacrochat.ranking.score import by_document
from tacrochat.search.filter import Filter
from tacrochat.search.pipeline import SearchPipeline
from tacrochat.search.threads import one_thread
from tacrochat.settings import Settings
from tacrochat.types import BuildReport, Document, Hit, Kind, Passage, Section, Skipped

Column: TypeAlias = Literal[
    "path", "title", "digest", "kind", "source", "url", "date", "author", "language", "kind_reason",
    "container",
]  # fmt: skip
"""A field of documents that can be listed without reading the documents."""

_PASSAGES_PER_DOCUMENT = 3  # passages looked at for each document that is wanted


class Library:
    """An open index: documents, passages, vectors, and the search over them.

    ``report`` says what the build did that made this library, None when opened.
    """

    def __init__(
        self,
        store: Index,
        settings: Settings,
        *,
        report: BuildReport | None = None,
        encoder: Encoder | None = None,
    ) -> None:
        """Use ``tacrochat.open`` or ``tacrochat.build`` instead."""
        self._store = store
        self.settings = settings
        self.report = report
        manifest = store.manifest
        check = partial(check_model, store.address, manifest, store.dimension)
        self._model = LazyEncoder(manifest.model, encoder, check, store.exported)

    @property
    def address(self) -> str:
        """What ``--index`` names the index by: its folder, or ``milvus+…``."""
        return self._store.address

    @property
    def folder(self) -> Path:
        """The index folder; for an index in Milvus its address as a path, to show."""
        return Path(self.address)

    @property
    def manifest(self) -> Manifest:
        """What the index records about itself: model, corpus folder, time, files."""
        return self._store.manifest

    @property
    def documents(self) -> Sequence[Document]:
        """All documents, each read when it is asked for; ``documents[i].id == i``."""
        return self._store.documents

    @property
    def passages(self) -> Sequence[Passage]:
        """All passages, each read when it is asked for; ``passages[i].id == i``."""
        return self._store.passages

    @cached_property
    def passage_counts(self) -> tuple[int, ...]:
        """The number of passages of each document; ``passage_counts[i]`` belongs to ``documents[i]``."""
        return tuple(self._store.passage_counts())

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The files that the last build left out, with the reasons."""
        return self._store.skipped

    @cached_property
    def file_sizes(self) -> Mapping[str, int]:
        """The bytes of each file with documents in the index, by its path below the corpus folder.

        A file that could be read in part only, and is read again by each build, has none.
        """
        return {path: file.state.bytes for path, file in self._store.files().items() if file.state.bytes >= 0}

    @property
    def dimension(self) -> int:
        """The length of all vectors."""
        return self._store.dimension

    @property
    def embeddings(self) -> Floats:
        """``(n_passages, dim)`` float32, each row of length 1, read-only; row i is ``passages[i]``.

        The index holds them in half precision. They are read at first use and
        kept: ``4 * dim`` bytes a passage. ``vectors`` reads some of them only.
        """
        return self._store.embeddings

    def vectors(self, ids: Sequence[int]) -> Floats:
        """Return the rows of ``embeddings`` of some passages, ``(len(ids), dim)``."""
        return self._store.vectors(np.asarray(ids, np.int64))

    def similar(self, passage_id: int, k: int) -> list[tuple[int, float]]:
        """Return the ids of the ``k`` passages nearest to one, itself among them, with the cosines."""
        return self._store.nearest("passages", self.vectors([passage_id])[0], k)

    def passage_ids(self, document_id: int) -> range:
        """Return the ids of the passages that are indexed in a document, in reading order."""
        return self._store.passage_ids_of(document_id)

    def passages_of(self, document_id: int) -> Sequence[Passage]:
        """Return the passages that are indexed in a document, in reading order."""
        ids = self.passage_ids(document_id)
        return self.passages[ids.start : ids.stop]

    def find_document(self, path: str) -> int | None:
        """Return the id of the document with a path, None if there is none."""
        return self._store.find_document(path)

    def document_columns(self, *columns: Column) -> list[tuple[Any, ...]]:
        """List fields of all documents without their texts: a row for each document, in order of ids."""
        return self._store.document_columns(*columns)

    @cached_property
    def pipeline(self) -> SearchPipeline:
        """The steps of a search, one method each, for measuring and extending them."""
        # Not a function of this library: the two would keep each other in memory.
        return SearchPipeline(self._store, self.settings, self._model.get)

    def document(self, path: str) -> Document:
        """Return the document with a path.

        Raises:
            QuestionError: there is none.

        """
        number = self.find_document(path)
        if number is None:
            raise QuestionError(f"no document {path!r} in {self.address}; 'tacrochat info' lists them")
        return self.documents[number]

    def sections(self, document_id: int | None = None) -> list[Section]:
        """List the sections of one document, or of all, navigation included."""
        return self._store.sections(document_id)

    @cached_property
    def quotable_sizes(self) -> tuple[int, ...]:
        """The characters of each document in sections that can be quoted."""
        return tuple(self._store.quotable_sizes())

    @cached_property
    def headings(self) -> Mapping[str, HeadingUse]:
        """The headings right above passages, each with what is under it."""
        return self._store.headings()

    def boxes(self, document_id: int, start: int, end: int) -> list[Box]:
        """Say where a part of a document is drawn, such as a quote: from offset ``start`` to ``end``.

        Returns a box for each line: the page, counted from 1, and left, bottom,
        right and top in points from the lower left corner of the page, before the
        page is turned. The list is empty if the format has no pages.

        Raises:
            QuestionError: there is no such document.
            IndexCorrupt: the boxes are damaged.

        """
        if not 0 <= document_id < len(self.documents):
            raise QuestionError(f"no document {document_id} in {self.address}; 'tacrochat info' lists them")
        boxes = self._store.boxes(document_id)
        return boxes.lines(max(0, start), min(end, len(boxes.pages))) if boxes else []

    def repeated(self, document_id: int) -> list[tuple[Passage, Passage]]:
        """List the passages of a document that are indexed in another one, with the same text.

        Each comes with the passage that is indexed; its own ``id`` is -1.
        """
        return [(p, self.passages[original]) for p, original in self._store.repeated(document_id)]

    @property
    def encoder(self) -> Encoder:
        """The model, loaded at first use.

        Raises:
            ModelError: it cannot be loaded.
            IndexMismatch: it is not the model that made this index.
            IndexCorrupt: the vectors of this index are not the model's.

        """
        return self._model.get()

    @property
    def engine(self) -> str:
        """What encodes questions: ``onnx-float32``, or ``torch-float32`` if the model is not exported."""
        return self._model.engine(self.manifest.fingerprint)

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        documents: Collection[str] | None = None,
        kinds: Collection[Kind] | None = None,
    ) -> list[Hit]:
        """Rank passages for a query, best first; at most ``k``.

        ``documents`` (paths) and ``kinds`` narrow the search. A hit's score is in
        log-odds, and can be compared only with scores of the same query.

        Raises:
            QuestionError: the query is empty or too long, or a document or kind
                is unknown.
            ModelError: the model cannot be loaded.
            IndexMismatch: it is not the model that made this index.
            IndexCorrupt: a part of the index that is read only now is damaged.

        """
        with one_thread():
            _, hits = self.pipeline.rank(query, k, Filter.of(documents, kinds))
        return hits[:k]

    def search_documents(self, query: str, k: int = 10) -> list[tuple[Document, float]]:
        """Rank documents by their best passages, best first; scores and errors are those of ``search``."""
        hits = self.search(query, _PASSAGES_PER_DOCUMENT * k)
        return [(self.documents[i], score) for i, score in by_document(hits)[:k]]

    def reopen(self) -> "Library":
        """Return a library of the index's current generation: this one, unless a build has published since.

        Raises:
            IndexFolderError: the folder cannot be opened any more.

        """
        if (store := self._store.latest()) is self._store:
            return self
        same_model = store.manifest.fingerprint == self.manifest.fingerprint
        return Library(store, self.settings, encoder=self._model.loaded if same_model else None)

    def with_settings(self, settings: Settings) -> "Library":
        """Return this library with other settings for questions."""
        return Library(self._store, settings, report=self.report, encoder=self._model.loaded)

    def verify(self) -> list[str]:
        """Compare the index with its checksums and with the files; returns a line for each difference."""
        problems = [f"{path} is damaged; run 'tacrochat build --full'" for path in self._store.damaged()]
        problems += self._store.problems()
        exported = self._store.exported
        if exported.exists() and not read(exported, self.manifest.fingerprint):
            problems.append(f"{exported} is damaged; delete it, or run 'tacrochat build --full'")
        columns = self.document_columns("path", "container", "digest")
        digests = {container or path: digest for path, container, digest in columns}
        files = {self.manifest.origin.location(file): digest for file, digest in digests.items()}
        return problems + [p for file, digest in files.items() if (p := file_problem(file, digest))]

    def to_pandas(self) -> Any:
        """Return a data frame with one row for each passage, indexed by passage id.

        The columns are ``document`` (path), ``title``, ``kind``, ``heading`` (joined
        by " › "), ``start``, ``end``, ``line``, ``role`` and ``text``.

        Raises:
            TacrochatError: pandas is not installed (extra ``notebook``).

        """
        return frame(self.documents, self.passages)

    def __repr__(self) -> str:
        """Name the folder and the counts."""
        counts = f"{len(self.documents)} documents, {len(self.passages)} passages"
        return f"Library({self.address!r}: {counts}, {self.manifest.model})"


def open_index(index: str | Path = "index", *, settings: Settings | None = None) -> Library:
    """Open an index: a folder, or an address such as ``milvus+http://HOST:19530/NAME``.

    Raises:
        IndexFolderError: it is missing, damaged, from another version, or its server is away.
        TacrochatError: ``tacrochat.yaml`` or a variable ``TACROCHAT_…`` has a value that is not allowed.

    """
    store = place_of(index).open()
    return Library(store, settings or load(Path(store.manifest.corpus)).settings())
