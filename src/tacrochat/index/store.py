"""The index folder, open for reading: the current generation and its segments.

    index/
      manifest.json             which generation is current, and its files' SHA-256
      generation-0123abcd4567/  files.sqlite
      segment-89ab01234567/     documents.sqlite, arrays.safetensors, passages.faiss, sentences.faiss
      .lock                     held by the one build that may write

``Store`` reads what ``publish`` wrote. Opening reads the manifest and the heads
of files; everything else is read when it is asked for.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import CharacterBoxes, Floats
from tacrochat.errors import IndexCorrupt
from tacrochat.index import checks, checksums
from tacrochat.index.contents import FileRecord
from tacrochat.index.embedded import embedded
from tacrochat.index.headings import HeadingUse, heading_uses
from tacrochat.index.lexical import Lexicon
from tacrochat.index.manifest import EXPORTED, Manifest, corrupt, read_manifest
from tacrochat.index.manifest import NAME as MANIFEST
from tacrochat.index.opening import open_files
from tacrochat.index.parts import (
    Ids,
    all_documents,
    by_part,
    document_at,
    part_of_document,
    part_of_passage,
    passage_at,
)
from tacrochat.index.schema import ARRAYS, DATABASE
from tacrochat.index.sequences import Lazy
from tacrochat.index.words import PassageWords, words_of
from tacrochat.types import Document, Passage, Section, Skipped
from tacrochat.word_codes import Codes

Masks = Sequence[NDArray[np.bool_]]
"""For each segment, which of its passages a search may return."""

_KEPT = 16  # documents whose text is kept in memory
_KEPT_PASSAGES = 2_000  # about 2 MB: the same passages are candidates again and again


class Store:
    """One published generation; safe to use from several threads.

    ``documents`` and ``passages`` are sequences, read item by item. ``dimension`` is
    that of all vectors. Files are closed when the last reference is gone.
    """

    def __init__(self, folder: Path, manifest: Manifest | None = None) -> None:
        """Open the current generation of an index folder, or that of a manifest not yet written.

        Raises:
            IndexFolderError: see ``read_manifest``; or a file is missing, cut short,
                damaged, or does not fit the others.

        """
        self.folder = folder
        self.address, self.exported = str(folder), folder / EXPORTED
        self.manifest, self._state, self.parts = open_files(folder, manifest)
        self.dimension = self.parts[0].segment.dimension
        if any(part.segment.dimension != self.dimension for part in self.parts):
            raise IndexCorrupt(
                corrupt(folder, folder / MANIFEST, "names segments that do not fit each other")
            )
        # Functions of the parts, not of this store: it would keep itself in memory.
        self.documents: Sequence[Document] = Lazy(
            sum(part.documents for part in self.parts),
            lru_cache(_KEPT)(partial(document_at, self.parts)),
            partial(all_documents, self.parts),
        )
        self.passages: Sequence[Passage] = Lazy(
            sum(part.passages for part in self.parts),
            lru_cache(_KEPT_PASSAGES)(partial(passage_at, self.parts)),
        )
        self.terms = Lexicon(self.parts)
        self.has_copies_apart = len(self.parts) > 1

    def latest(self) -> "Store":
        """Return the current generation: this one, unless a build has published since."""
        is_same = read_manifest(self.folder).generation == self.manifest.generation
        return self if is_same else Store(self.folder)

    def check_sizes(self) -> None:
        """Check that no file was cut short since it was opened.

        Raises:
            IndexCorrupt: one was.

        """
        for part in self.parts:
            part.segment.check_sizes()

    # --- documents -------------------------------------------------------------------------------

    def find_document(self, path: str) -> int | None:
        """Return the id of the document with a path, None if there is none."""
        # A path may come out of a saved answer or a request: something that is no path is not there.
        if not isinstance(path, str) or any("\ud800" <= character <= "\udfff" for character in path):
            return None
        for part in self.parts:
            number = part.segment.find_document(path)
            if number is not None and (document_id := part.document_id(number)) >= 0:
                return document_id
        return None

    def document_columns(self, *columns: str) -> list[tuple[Any, ...]]:
        """List some columns of all documents, in the order of their ids."""
        rows: list[tuple[Any, ...]] = []
        for part in self.parts:
            all_rows = part.segment.document_columns(*columns)
            with part.segment.reading(DATABASE):
                rows += [all_rows[number] for number in part.numbers]
        return rows

    def sections(self, document_id: int | None = None) -> list[Section]:
        """List the sections of one document, or of all."""
        if document_id is not None:
            part = part_of_document(self.parts, document_id)
            found = part.segment.sections(part.number(document_id))
            return [replace(section, document_id=document_id) for section in found]
        return [
            replace(section, document_id=part.document_id(section.document_id))
            for part in self.parts
            for section in part.segment.sections()
            if part.document_id(section.document_id) >= 0
        ]

    def packed_boxes(self, document_id: int) -> bytes:
        """Return the boxes of a document's characters as they are stored; empty if it has none."""
        part = part_of_document(self.parts, document_id)
        return part.segment.packed_boxes(part.number(document_id))

    def boxes(self, document_id: int) -> CharacterBoxes | None:
        """Return the boxes of a document's characters; None if it has none."""
        part = part_of_document(self.parts, document_id)
        return part.segment.boxes(part.number(document_id), len(self.documents[document_id].text))

    def headings(self) -> Mapping[str, HeadingUse]:
        """Return the headings right above passages, each with what is under it."""
        return heading_uses(self.parts)

    # --- passages --------------------------------------------------------------------------------

    def passages_at(self, ids: Ids) -> list[Passage]:
        """Return some passages."""
        return [self.passages[i] for i in ids.tolist()]

    def passage_ids_of(self, document_id: int) -> range:
        """Return the ids of the passages of a document that are indexed in it."""
        part = part_of_document(self.parts, document_id)
        rows = part.segment.passages_of(part.number(document_id))
        if not rows:
            return range(0)
        first = int(part.ids(np.asarray(rows.start)))
        return range(first, first + len(rows))

    def passage_counts(self) -> list[int]:
        """Return the number of passages of each document."""
        counts: list[int] = []
        for part in self.parts:
            owners = part.segment.arrays["passage.document"]
            of_all = np.diff(np.searchsorted(owners, np.arange(part.segment.record.documents + 1)))
            counts += of_all[list(part.numbers)].tolist()
        return counts

    def quotable_sizes(self) -> list[int]:
        """Return the number of characters of each document in sections that can be quoted."""
        sizes: list[int] = []
        for part in self.parts:
            of_all = part.segment.quotable_sizes()
            sizes += [of_all.get(number, 0) for number in part.numbers]
        return sizes

    def repeated(self, document_id: int) -> list[tuple[Passage, int]]:
        """List the passages of a document that repeat one of another, with that one's id."""
        part = part_of_document(self.parts, document_id)
        return part.repeated(document=part.number(document_id))

    def copies(self, passage_id: int) -> list[Passage]:
        """List the passages that repeat one; their own id is -1."""
        part = part_of_passage(self.parts, passage_id)
        row = int(part.rows(np.asarray(passage_id)))
        return [passage for passage, _ in part.repeated(original=row)]

    # --- vectors and words -----------------------------------------------------------------------

    @cached_property
    def embeddings(self) -> Floats:
        """All passage vectors, ``(n_passages, dimension)`` float32, read-only; kept once they are read."""
        vectors = self.vectors(np.arange(len(self.passages)))
        vectors.flags.writeable = False
        return vectors

    def vectors(self, ids: Ids) -> Floats:
        """Return the vectors of some passages, ``(ids, dimension)`` float32."""
        result = np.zeros((len(ids), self.dimension), np.float32)
        for part, at in by_part(self.parts, ids):
            with part.segment.reading("passages.faiss"):
                result[at] = part.segment.spaces["passages"].vectors(part.rows(ids[at]))
        # Half precision is off by up to .00003.
        result /= np.maximum(np.linalg.norm(result, axis=1, keepdims=True), 1e-12)
        return result

    def sentence_cosines(self, ids: Ids, vector: Floats) -> list[Floats]:
        """Compare a vector with the sentences of passages, ids in order: ``(sentences,)`` for each."""
        found: list[Floats] = []
        for part, at in by_part(self.parts, ids):
            with part.segment.reading(ARRAYS):
                found += part.sentence_cosines(part.rows(ids[at]), vector)
        return found

    @property
    def mean_length(self) -> float:
        """The mean number of content words in a passage's text."""
        return self.terms.mean_length

    def words(self, ids: Ids, stems: Sequence[str]) -> PassageWords:
        """Return the words of some passages, in the order of their ids, compared with ``stems``."""
        return words_of(self.parts, ids, stems)

    def find(self, vector: Floats, stems: Sequence[str], count: int, allowed: Masks | None = None) -> Ids:
        """Return the best ``count`` passages of each of three searches, each once, ids in ascending order."""
        sentences = dict.fromkeys(i for i, _ in self.nearest("sentences", vector, 3 * count, allowed))
        words, _ = self.terms.search(stems, count, allowed)
        passages = [i for i, _ in self.nearest("passages", vector, count, allowed)]
        return np.asarray(sorted({*passages, *list(sentences)[:count], *words.tolist()}), np.int64)

    def nearest(
        self, space: str, vector: Floats, k: int, allowed: Masks | None = None
    ) -> list[tuple[int, float]]:
        """Return the passages nearest to a vector in a space, at most ``k``, with the cosines; best first.

        In the space "sentences" a passage may come several times.
        """
        found = [
            part.nearest(space, vector, k, None if allowed is None else allowed[number])
            for number, part in enumerate(self.parts)
        ]
        pairs = [(int(i), float(c)) for ids, cosines in found for i, c in zip(ids, cosines, strict=True)]
        return sorted(pairs, key=lambda pair: -pair[1])[:k]

    def masks(self, documents: frozenset[int]) -> Masks:
        """Say which passages belong to some documents, or are repeated in one of them."""
        return [part.mask(documents) for part in self.parts]

    # --- what a build wrote ----------------------------------------------------------------------

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What the build left out."""
        return self._state.skipped

    def files(self) -> dict[str, FileRecord]:
        """Return the files that were read, by path."""
        return self._state.files()

    def embedded(self, space: str, keys: Iterable[str]) -> tuple[dict[str, Floats], dict[str, Codes]]:
        """Return the vectors of texts that are there, see ``index.embedded.embedded``."""
        return embedded(self.parts, space, keys)

    def problems(self) -> list[str]:
        """Read everything and return a line for each file that does not fit the others."""
        found = [line for part in self.parts for line in checks.problems(part.segment)]
        try:
            self.files()
            _ = self.skipped
        except IndexCorrupt as error:
            found.append(str(error))
        return found

    def damaged(self, at_most: float = math.inf) -> list[str]:
        """List the files of the index that are not as they were published; see ``checksums.damaged``."""
        return checksums.damaged(self.folder, self.manifest, at_most)
