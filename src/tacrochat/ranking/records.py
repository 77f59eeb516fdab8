"""What ranking reads: the analysed question, its candidates, and the corpus they come from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tacrochat.index.terms import TermTable
from tacrochat.ranking.segments import Array
from tacrochat.text import Token
from tacrochat.types import Passage


@dataclass(frozen=True, slots=True)
class Query:
    """A question as ranking sees it.

    ``terms`` are its content words; ``ids[i]`` (-1 where the corpus does not
    have the word) and ``idf[i]`` belong to ``terms[i]``, which is word
    ``positions[i]`` of all its words. ``word_vectors``, ``(words, dimension)``,
    holds every word as it stands in the question. ``specificity[i]``, 0 to 1, is
    how particular ``terms[i]`` is in the language, ``idf[i]`` in this corpus.
    """

    text: str
    terms: tuple[Token, ...]
    ids: tuple[int, ...]
    idf: tuple[float, ...]
    specificity: tuple[float, ...]
    vector: Array
    word_vectors: Array
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that some first-stage search brought up, with what that search knows of it."""

    passage: Passage
    cosine: float
    sentence_cosines: Array


@dataclass(frozen=True, slots=True)
class Collection:
    """What ranking needs of the whole corpus.

    ``words`` holds every word as it stands in its passage, times 127, in the
    order of ``terms.spoken``; ``vectors`` the vector of every passage.
    """

    terms: TermTable
    words: NDArray[np.int8]
    vectors: Array
