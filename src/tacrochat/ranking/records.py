"""What ranking reads: the analysed question, its candidates, and the corpus they come from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import Floats
from tacrochat.index.terms import TermTable
from tacrochat.text import Token
from tacrochat.types import Passage


@dataclass(frozen=True, slots=True)
class Query:
    """An analysed question.

    ``terms`` are the content words of ``text``, each stem once. The fields
    ``ids``, ``idf``, ``specificity`` and ``positions`` have one value a term:

    - ``ids``: its number in ``TermTable``, -1 where the corpus does not have it.
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


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that a first-stage search returned.

    ``cosine`` is that of the passage with the question, ``sentence_cosines``
    those of its sentences, ``(sentences,)``.
    """

    passage: Passage
    cosine: float
    sentence_cosines: Floats


@dataclass(frozen=True, slots=True)
class Collection:
    """What ranking needs of the whole corpus.

    ``word_vectors`` is ``(words, dimension)`` int8: every word of the passages in
    its context, times ``WORD_VECTOR_SCALE``, in the order of
    ``terms.word_offsets``. ``passage_vectors`` is ``(passages, dimension)``.
    """

    terms: TermTable
    word_vectors: NDArray[np.int8]
    passage_vectors: Floats
