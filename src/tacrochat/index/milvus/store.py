"""One generation of an index in Milvus, open for reading: see ``protocol.Index``.

Opening reads one item, the manifest. Documents, passages, texts and words are read
for a question, in a few requests, and the latest are kept in memory. So a server
that answers questions holds no part of the index that it cannot read again.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from tacrochat.arrays import CharacterBoxes, Floats
from tacrochat.index.contents import FileRecord
from tacrochat.index.embedded import text_key
from tacrochat.index.headings import HeadingUse
from tacrochat.index.manifest import EXPORTED
from tacrochat.index.milvus import checks
from tacrochat.index.milvus.client import Client
from tacrochat.index.milvus.documents import Documents
from tacrochat.index.milvus.items import Items, batched_list
from tacrochat.index.milvus.layout import Names, passages, sentences
from tacrochat.index.milvus.record import GenerationRecord, reading
from tacrochat.index.milvus.rows import Row, Rows
from tacrochat.index.milvus.terms import MilvusTerms
from tacrochat.index.parts import Ids
from tacrochat.index.sequences import Lazy
from tacrochat.index.words import PassageWords, joined, numbered
from tacrochat.types import Document, Passage, Section, Skipped
from tacrochat.word_codes import Codes

_KEYS = 1_000  # texts whose vectors are asked for at a time


class MilvusStore:
    """One published generation; safe to use from several threads."""

    def __init__(
        self,
        client: Client,
        names: Names,
        address: str,
        folder: Path,
        latest: Callable[["MilvusStore"], "MilvusStore"],
    ) -> None:
        """Open a generation.

        Raises:
            IndexFolderError: it is not there, damaged, or of another version.

        """
        self.address, self.exported = address, folder / EXPORTED
        self.names = names
        self._client = client
        self._latest = latest
        for name in (names.items, names.passages, names.sentences):
            client.load(name)
        self._items = Items(client, names.items)
        self.record = GenerationRecord.read(self._items, address)
        self.manifest = self.record.manifest
        counts = self.record.numbers
        self.dimension: int = counts["dimension"]
        self.has_copies_apart: bool = counts["segments"] > 1
        self._passage_fields = passages(counts["passages"], self.dimension)
        self._sentence_fields = sentences(counts["sentences"], self.dimension)
        self.terms = MilvusTerms(self._items, counts, self.reading)
        self._rows = Rows(client, names, self._items, self.dimension)
        self._documents = Documents(self._items, counts["documents"], self.reading)
        self.documents: Sequence[Document] = Lazy(
            counts["documents"], self._documents.get, self._documents.every
        )
        self.passages: Sequence[Passage] = Lazy(
            counts["passages"], lambda i: self._some([i])[0].passage, None, self._passages_in
        )

    def reading(self, what: str) -> AbstractContextManager[None]:
        """Turn whatever damaged rows raise into an error that names them."""
        return reading(self.address, what)

    def _some(self, ids: Sequence[int]) -> list[Row]:
        with self.reading("a passage"):
            return self._rows.get(ids)

    def _passages_in(self, ids: Sequence[int]) -> list[Passage]:
        return [row.passage for row in self._some(ids)]

    def latest(self) -> "MilvusStore":
        """Return the current generation: this one, unless a build has published since."""
        return self._latest(self)

    def check_sizes(self) -> None:
        """Do nothing: what is missing is seen when it is read."""

    # --- documents -------------------------------------------------------------------------------

    def find_document(self, path: Any) -> int | None:
        """Return the id of the document with a path, None if there is none."""
        if not isinstance(path, str):  # it may come out of a saved answer
            return None
        with self.reading("a document"):
            key = f"path/{text_key(path)}"
            value = self._items.get([key]).get(key)
            return None if value is None else int(value)

    def document_columns(self, *columns: str) -> list[tuple[Any, ...]]:
        """List some fields of all documents, in the order of their ids."""
        return [tuple(about[name] for name in columns) for about in self._documents.table]

    def sections(self, document_id: int | None = None) -> list[Section]:
        """List the sections of one document, or of all."""
        wanted = range(len(self.documents)) if document_id is None else [document_id]
        return self._documents.sections(wanted)

    def packed_boxes(self, document_id: int) -> bytes:
        """Return the boxes of a document's characters as they are stored; empty if it has none."""
        return self._documents.packed_boxes(document_id)

    def boxes(self, document_id: int) -> CharacterBoxes | None:
        """Return the boxes of a document's characters; None if it has none."""
        data = self.packed_boxes(document_id)
        size = len(self.documents[document_id].text)
        with self.reading("a document"):
            return CharacterBoxes.unpacked(data, size) if data else None

    def headings(self) -> Mapping[str, HeadingUse]:
        """Return the headings right above passages, each with what is under it."""
        with self.reading("the headings"):
            uses = json.loads(self._items.value("headings"))
            return {heading: HeadingUse(*values) for heading, values in uses.items()}

    # --- passages --------------------------------------------------------------------------------

    def passages_at(self, ids: Ids) -> list[Passage]:
        """Return some passages, read together."""
        return self._passages_in(ids.tolist())

    def passage_ids_of(self, document_id: int) -> range:
        """Return the ids of the passages of a document that are indexed in it."""
        return self._documents.passage_ids(document_id)

    def passage_counts(self) -> list[int]:
        """Return the number of passages of each document."""
        return [about["passages"][1] for about in self._documents.table]

    def quotable_sizes(self) -> list[int]:
        """Return the number of characters of each document in sections that can be quoted."""
        return [about["quotable"] for about in self._documents.table]

    def repeated(self, document_id: int) -> list[tuple[Passage, int]]:
        """List the passages of a document that repeat one of another, with that one's id."""
        return self._documents.repeated([document_id]) if self.record.numbers["repeated"] else []

    def copies(self, passage_id: int) -> list[Passage]:
        """List the passages that repeat one; their own id is -1."""
        return [passage for passage, _ in self._documents.copies(passage_id)]

    # --- search ----------------------------------------------------------------------------------

    def masks(self, documents: frozenset[int]) -> tuple[str, str]:
        """Return the conditions for passages and for sentences of some documents, or repeated in them."""
        wanted = sorted(documents)
        repeated = self._documents.repeated(wanted) if self.record.numbers["repeated"] else []
        originals = sorted({original for _, original in repeated})
        own = f"document in {wanted or [-1]}"
        if not originals:
            return own, own
        return f"{own} or id in {originals}", f"{own} or passage in {originals}"

    def find(
        self, vector: Floats, stems: Sequence[str], count: int, allowed: tuple[str, str] | None = None
    ) -> Ids:
        """Return the best ``count`` passages of each of three searches, each once, ids in ascending order."""
        self.terms.fetch(stems)
        weights = {self.terms.term(stem).id + 1: self.terms.idf(stem) for stem in stems}
        weights = {term: weight for term, weight in weights.items() if term > 0}
        searches: list[tuple[Any, Any]] = [(self._passage_fields.field("vector"), vector)]
        if weights:
            searches.append((self._passage_fields.field("terms"), weights))
        condition = allowed[0] if allowed else ""
        found = self._client.search_both(self.names.passages, searches, count, condition)
        of_sentences = dict.fromkeys(i for i, _ in self.nearest("sentences", vector, 3 * count, allowed))
        return np.asarray(sorted({*found, *list(of_sentences)[:count]}), np.int64)

    def nearest(
        self, space: str, vector: Floats, k: int, allowed: tuple[str, str] | None = None
    ) -> list[tuple[int, float]]:
        """Return the passages nearest to a vector in a space, at most ``k``, with the cosines; best first."""
        name, fields, key = (
            (self.names.passages, self._passage_fields, "id")
            if space == "passages"
            else (self.names.sentences, self._sentence_fields, "passage")
        )
        condition = allowed[space == "sentences"] if allowed else ""
        field = fields.field("vector")
        found = self._client.search(name, field, vector, k, condition=condition, fields=[key])
        with self.reading("a sentence"):
            return [(int(row[key]), cosine) for row, cosine in found]

    @cached_property
    def embeddings(self) -> Floats:
        """All passage vectors, ``(n_passages, dimension)`` float32, read-only; kept once they are read."""
        vectors = self.vectors(np.arange(len(self.passages)))
        vectors.flags.writeable = False
        return vectors

    def vectors(self, ids: Ids) -> Floats:
        """Return the vectors of some passages, ``(ids, dimension)`` float32."""
        with self.reading("a passage"):
            result = self._rows.vectors(ids.tolist())
        result /= np.maximum(np.linalg.norm(result, axis=1, keepdims=True), 1e-12)
        return result

    def sentence_cosines(self, ids: Ids, vector: Floats) -> list[Floats]:
        """Compare a vector with the sentences of passages, ids in order: ``(sentences,)`` for each."""
        words = [row.words for row in self._some(ids.tolist())]
        if not words:
            return []
        values = [(w.sentences.astype(np.float32) - 127) * np.float32(w.step) for w in words]
        cosines = np.concatenate(values) @ vector
        return np.split(cosines, np.cumsum([len(v) for v in values])[:-1])

    @property
    def mean_length(self) -> float:
        """The mean number of content words in a passage's text."""
        return float(self.record.numbers["mean_length"])

    def words(self, ids: Ids, stems: Sequence[str]) -> PassageWords:
        """Return the words of some passages, in the order of their ids, compared with ``stems``."""
        if len(ids) < 1 or np.any(np.diff(ids) <= 0):
            raise ValueError("no passages, or ids are not in ascending order")
        self.terms.fetch(stems)
        terms = {self.terms.term(stem).id: number for number, stem in enumerate(stems)}
        found = [row.words for row in self._some(ids.tolist())]
        return PassageWords(
            body=numbered(np.concatenate([w.body for w in found]), terms),
            heading=numbered(np.concatenate([w.heading for w in found]), terms),
            codes=np.concatenate([w.codes for w in found]),
            passage_offsets=joined([np.asarray([0, len(w.sentences)]) for w in found]),
            body_offsets=joined([w.body_offsets.astype(np.int64) for w in found]),
            word_offsets=joined([w.word_offsets.astype(np.int64) for w in found]),
            heading_offsets=joined([np.asarray([0, len(w.heading)]) for w in found]),
        )

    # --- what a build wrote ----------------------------------------------------------------------

    @cached_property
    def skipped(self) -> tuple[Skipped, ...]:
        """What the build left out."""
        return self._documents.skipped()

    def files(self) -> dict[str, FileRecord]:
        """Return the files that were read, by path."""
        return self._documents.files()

    def embedded(self, space: str, keys: Iterable[str]) -> tuple[dict[str, Floats], dict[str, Codes]]:
        """Return the vectors of texts that are there, see ``index.embedded.embedded``."""
        vectors: dict[str, Floats] = {}
        words: dict[str, Codes] = {}
        is_passages = space == "passages"
        name = self.names.passages if is_passages else self.names.sentences
        for some in batched_list(dict.fromkeys(keys), _KEYS // 4 if is_passages else _KEYS):
            condition = f"key in {json.dumps(some)}"
            rows = self._client.select(name, condition, ["id", "key", "vector"])
            vectors.update((row["key"], np.asarray(row["vector"], np.float32)) for row in rows)
            if is_passages:
                found = self._some([row["id"] for row in rows])
                words.update((r["key"], f.words.codes) for r, f in zip(rows, found, strict=True))
        return vectors, words

    def problems(self) -> list[str]:
        """Read everything and return a line for each thing that does not fit the others."""
        return checks.problems(self, self.names, self._client, self._items)

    def damaged(self) -> list[str]:
        """List the collections that are not as they were published."""
        return checks.damaged(self.address, self.names, self.record, self._client)
