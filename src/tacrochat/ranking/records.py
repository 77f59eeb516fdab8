"""What ranking reads: the analysed question, its candidates, and the corpus they come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import Floats
from tacrochat.index.words import PassageWords
from tacrochat.text import Token
from tacrochat.types import Passage


@dataclass(frozen=True, slots=True)
class Query:
    """An analysed question.

    ``terms`` are the content words of ``text``, each stem once. The fields
    ``ids``, ``idf``, ``specificity`` and ``positions`` have one value a term:

    - ``ids``: its number among ``terms``, -1 where the corpus does not have it.
    - ``idf``: how rare it is in this corpus.
    - ``specificity``: how rare it is in the language, 0 to 1.
    - ``positions``: its number among all words of the question, function words too.

    ``query_vector`` is ``(dimension,)``. ``word_vectors`` is ``(words,
    dimension)``, a row for every word of the question in its context.
    """

    text: str
    terms: tuple[Token, ...]
    ids: tuple[int, ...]
    idf: tuple[float, ...]
    specificity: tuple[float, ...]
    query_vector: Floats
    word_vectors: Floats
    positions: tuple[int, ...]

    @property
    def stems(self) -> list[str]:
        """The stems of ``terms``."""
        return [term.stem for term in self.terms]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that a first-stage search returned.

    ``cosine`` is that of the passage with the question, ``sentence_cosines``
    those of its sentences, ``(sentences,)``.
    """

    passage: Passage
    cosine: float
    sentence_cosines: Floats


class Collection(Protocol):
    """What ranking asks of the corpus, for some passages at a time."""

    @property
    def mean_length(self) -> float:
        """The mean number of content words in a passage's text."""
        ...

    def words(self, ids: NDArray[np.int64], stems: Sequence[str]) -> PassageWords:
        """Return the words of some passages, ids in ascending order, compared with ``stems``."""
        ...

    def passage_ids_of(self, document_id: int) -> range:
        """Return the ids of the passages of a document, in reading order."""
        ...

    def vectors(self, ids: NDArray[np.int64]) -> Floats:
        """Return the vectors of some passages, ``(ids, dimension)``."""
        ...

    def sentence_cosines(self, ids: NDArray[np.int64], vector: Floats) -> list[Floats]:
        """Compare a vector with the sentences of passages, ids in order: ``(sentences,)`` for each."""
        ...
