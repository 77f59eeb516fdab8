"""What the rest of the program asks of an index, wherever it lives: in a folder, or in Milvus.

A ``Place`` is where an index lives: it opens the index that is there and publishes
a new one. An ``Index`` is one published generation of it, open for reading. Its
``Terms`` are the words of its passages.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import CharacterBoxes, Floats
from tacrochat.index.contents import FileRecord, SegmentRecord, State
from tacrochat.index.headings import HeadingUse
from tacrochat.index.manifest import Manifest
from tacrochat.index.origin import Origin
from tacrochat.index.words import PassageWords
from tacrochat.types import Document, Passage, Section, Skipped
from tacrochat.word_codes import Codes

Ids = NDArray[np.int64]


class Terms(Protocol):
    """The words of an index. ``stem`` is the stem of a content word, as ``text.tokens`` gives it."""

    def fetch(self, stems: Iterable[str]) -> None:
        """Read what is known of some stems at once, if asking for each alone would take long."""
        ...

    def frequency(self, stem: str) -> int:
        """Return the number of passages that have a stem in text or heading."""
        ...

    def is_in_body(self, stem: str) -> bool:
        """Tell whether the text of any passage has a stem."""
        ...

    def is_in_navigation(self, stem: str) -> bool:
        """Tell whether a navigation section, which is never quoted, has a stem."""
        ...

    def idf(self, stem: str) -> float:
        """Return the inverse document frequency of BM25, never negative."""
        ...

    def near(self, word: str) -> dict[str, int]:
        """Return the words of the corpus that may be a few edits away, each with its frequency."""
        ...


class Index(Protocol):
    """One published generation, open for reading; safe to use from several threads.

    Ids of documents and passages count from 0. Whatever is read can raise
    ``IndexCorrupt`` if it is damaged, and ``IndexFolderError`` if a server is away.
    """

    address: str
    """What ``--index`` names it by."""
    exported: Path
    """Where the model is exported to on this machine, see ``embedding.exported``."""
    manifest: Manifest
    dimension: int
    documents: Sequence[Document]
    passages: Sequence[Passage]
    has_copies_apart: bool
    """Whether the same text may be indexed in two passages of different documents."""

    @property
    def terms(self) -> Terms:
        """The words of the passages."""
        ...

    def latest(self) -> "Index":
        """Return the current generation: this one, unless a build has published since."""
        ...

    def check_sizes(self) -> None:
        """Check, where it can be seen at once, that nothing was cut short since the index was opened."""
        ...

    # --- documents -------------------------------------------------------------------------------

    def find_document(self, path: str) -> int | None:
        """Return the id of the document with a path, None if there is none."""
        ...

    def document_columns(self, *columns: str) -> list[tuple[Any, ...]]:
        """List some fields of all documents, in the order of their ids."""
        ...

    def sections(self, document_id: int | None = None) -> list[Section]:
        """List the sections of one document, or of all."""
        ...

    def packed_boxes(self, document_id: int) -> bytes:
        """Return the boxes of a document's characters as they are stored; empty if it has none."""
        ...

    def boxes(self, document_id: int) -> CharacterBoxes | None:
        """Return the boxes of a document's characters; None if it has none."""
        ...

    def headings(self) -> Mapping[str, HeadingUse]:
        """Return the headings right above passages, each with what is under it."""
        ...

    # --- passages --------------------------------------------------------------------------------

    def passages_at(self, ids: Ids) -> list[Passage]:
        """Return some passages, read together."""
        ...

    def passage_ids_of(self, document_id: int) -> range:
        """Return the ids of the passages of a document that are indexed in it."""
        ...

    def passage_counts(self) -> list[int]:
        """Return the number of passages of each document."""
        ...

    def quotable_sizes(self) -> list[int]:
        """Return the number of characters of each document in sections that can be quoted."""
        ...

    def repeated(self, document_id: int) -> list[tuple[Passage, int]]:
        """List the passages of a document that repeat one of another, with that one's id."""
        ...

    def copies(self, passage_id: int) -> list[Passage]:
        """List the passages that repeat one; their own id is -1."""
        ...

    # --- search ----------------------------------------------------------------------------------

    def masks(self, documents: frozenset[int]) -> Any:
        """Return, for ``find``, which passages are of some documents, or repeated in one of them."""
        ...

    def find(self, vector: Floats, stems: Sequence[str], count: int, allowed: Any = None) -> Ids:
        """Return the best ``count`` passages of each of three searches, each once, ids in ascending order.

        The three are cosine of the passage, cosine of its best sentence, and BM25.
        ``allowed`` says which passages may be returned, None for all.
        """
        ...

    def nearest(self, space: str, vector: Floats, k: int, allowed: Any = None) -> list[tuple[int, float]]:
        """Return the passages nearest to a vector in a space, at most ``k``, with the cosines; best first.

        In the space "sentences" a passage may come several times.
        """
        ...

    @property
    def embeddings(self) -> Floats:
        """All passage vectors, ``(n_passages, dimension)`` float32, read-only."""
        ...

    def vectors(self, ids: Ids) -> Floats:
        """Return the vectors of some passages, ``(ids, dimension)`` float32, each of length 1."""
        ...

    def sentence_cosines(self, ids: Ids, vector: Floats) -> list[Floats]:
        """Compare a vector with the sentences of passages, ids in order: ``(sentences,)`` for each."""
        ...

    @property
    def mean_length(self) -> float:
        """The mean number of content words in a passage's text."""
        ...

    def words(self, ids: Ids, stems: Sequence[str]) -> PassageWords:
        """Return the words of some passages, ids in ascending order, compared with ``stems``."""
        ...

    # --- what a build wrote ----------------------------------------------------------------------

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What the build left out."""
        ...

    def files(self) -> dict[str, FileRecord]:
        """Return the files that were read, by path."""
        ...

    def embedded(self, space: str, keys: Iterable[str]) -> tuple[dict[str, Floats], dict[str, Codes]]:
        """Return the vectors of texts that are there, see ``index.embedded.embedded``."""
        ...

    def problems(self) -> list[str]:
        """Read everything and return a line for each thing that does not fit the others."""
        ...

    def damaged(self) -> list[str]:
        """List the files or collections of the index that are not as they were published."""
        ...


class Place(Protocol):
    """Where an index lives, or will live.

    ``folder`` is a folder of this machine for what a build writes before it
    publishes: segments, the vectors it has made, the exported model.
    """

    address: str
    folder: Path

    def exists(self) -> bool:
        """Tell whether there is an index, damaged or not."""
        ...

    def state(self) -> object:
        """Return a value that differs after a build has published."""
        ...

    def open(self) -> Index:
        """Open the current generation.

        Raises:
            IndexFolderError: it is missing, damaged, from another version, or its server is away.

        """
        ...

    def previous(self) -> Index | None:
        """Open the index that a build can take texts and vectors from; None if there is none to use."""
        ...

    def recorded(self) -> tuple[Origin, str] | None:
        """Return what the index was made from, and its model; None without an index.

        Raises:
            IndexCorrupt: the index does not say.
            IndexFolderError: it cannot be read.

        """
        ...

    def is_outdated(self) -> bool:
        """Tell whether an older tacrochat wrote the index: a build reads and embeds all files again."""
        ...

    def writing(self) -> AbstractContextManager[None]:
        """Keep other builds out.

        Raises:
            IndexBusy: another one is running.
            IndexFolderError: the place cannot be written.

        """
        ...

    def publish(
        self,
        segments: Sequence[SegmentRecord],
        state: State,
        about: Mapping[str, Any],
        background: Callable[[Index], Mapping[str, float]],
    ) -> None:
        """Make the segments in ``folder`` the current generation, in one step; call it inside ``writing``.

        ``background`` computes that of the confidence from the index before it is current.

        Raises:
            IndexFolderError: it cannot be written; the previous generation stays the current one.

        """
        ...
