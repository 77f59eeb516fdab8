"""The words of a corpus: which there are, how rare they are, and where they stand."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tacrochat.text import STOPWORDS, Token, tokens
from tacrochat.types import Passage

Integers = NDArray[np.int32]


@dataclass(frozen=True)
class TermTable:
    """The words of all passages, in reading order.

    A term is a stem of a content word; its id is its number in ``stems``, and
    ``vocabulary[id]`` is its commonest spelling. ``body`` holds the term ids of
    all passages, ``heading`` those of their headings, titles included. Every
    array of offsets is one longer than what it divides:

    - passage p has the sentences ``passage_offsets[p]`` to ``passage_offsets[p + 1]``,
      which are also its rows in the vector space "sentences";
    - sentence s has the terms ``body[sentence_offsets[s]:sentence_offsets[s + 1]]``;
    - passage p has the heading terms ``heading[heading_offsets[p]:heading_offsets[p + 1]]``;
    - the word vectors of sentence s are the rows ``word_offsets[s]`` to
      ``word_offsets[s + 1]``, one for each word, function words too.
    """

    vocabulary: tuple[str, ...]
    stems: tuple[str, ...]
    body: Integers
    sentence_offsets: Integers
    passage_offsets: Integers
    heading: Integers
    heading_offsets: Integers
    word_offsets: Integers

    @classmethod
    def build(cls, passages: Sequence[Passage], contexts: Sequence[str]) -> "TermTable":
        """Collect the words of passages and of the context (title, headings) of each."""
        collector = _Collector()
        body: list[int] = []
        heading: list[int] = []
        sentence_offsets, passage_offsets, heading_offsets, word_offsets = [0], [0], [0], [0]
        of_context: dict[str, list[int]] = {}
        for passage, context in zip(passages, contexts, strict=True):
            for start, end in passage.sentences:
                words = tokens(passage.text, start - passage.start, end - passage.start)
                body += collector.term_ids(words)
                sentence_offsets.append(len(body))
                word_offsets.append(word_offsets[-1] + len(words))
            passage_offsets.append(len(sentence_offsets) - 1)
            if context not in of_context:
                of_context[context] = collector.term_ids(tokens(context))
            heading += of_context[context]
            heading_offsets.append(len(heading))
        arrays = (body, sentence_offsets, passage_offsets, heading, heading_offsets, word_offsets)
        return cls(collector.vocabulary(), tuple(collector.ids), *(np.asarray(a, np.int32) for a in arrays))

    @cached_property
    def ids(self) -> dict[str, int]:
        """The id of each stem."""
        return {stem: number for number, stem in enumerate(self.stems)}

    @cached_property
    def passage_body_offsets(self) -> Integers:
        """The offset of each passage in ``body``; one more than there are passages."""
        return np.asarray(self.sentence_offsets[self.passage_offsets], np.int32)

    @cached_property
    def passage_word_offsets(self) -> Integers:
        """The offset of each passage among the word vectors; one more than there are passages."""
        return np.asarray(self.word_offsets[self.passage_offsets], np.int32)

    @cached_property
    def document_frequency(self) -> Integers:
        """For each term, the number of passages that have it in text or heading."""
        count = len(self.passage_offsets) - 1
        pairs = [
            self._pairs(self.body, self.passage_body_offsets, count),
            self._pairs(self.heading, self.heading_offsets, count),
        ]
        unique = np.unique(np.concatenate(pairs))
        return np.bincount(unique % max(1, len(self.stems)), minlength=len(self.stems)).astype(np.int32)

    @cached_property
    def word_counts(self) -> dict[str, int]:
        """The number of passages that have each word of ``vocabulary``."""
        return dict(zip(self.vocabulary, self.document_frequency.tolist(), strict=True))

    @cached_property
    def in_body(self) -> NDArray[np.bool_]:
        """For each term, whether the text of any passage has it."""
        is_in_body = np.zeros(len(self.stems), bool)
        is_in_body[self.body] = True
        return is_in_body

    @cached_property
    def mean_length(self) -> float:
        """The mean number of content words in a passage's text."""
        return max(1.0, len(self.body) / max(1, len(self.passage_offsets) - 1))

    def idf(self, stem: str) -> float:
        """Return the inverse document frequency of BM25, never negative."""
        count = len(self.passage_offsets) - 1
        term_id = self.ids.get(stem)
        frequency = 0 if term_id is None else int(self.document_frequency[term_id])
        return math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))

    def stems_of(self, passage: int) -> tuple[str, str]:
        """Return the stems of a passage's heading and of its text, separated by spaces."""
        heading = self.heading[self.heading_offsets[passage] : self.heading_offsets[passage + 1]]
        body = self.body[self.passage_body_offsets[passage] : self.passage_body_offsets[passage + 1]]
        return " ".join(self.stems[i] for i in heading), " ".join(self.stems[i] for i in body)

    def _pairs(self, term_ids: Integers, offsets: Integers, count: int) -> NDArray[np.int64]:
        """Return each pair of a passage and a term in it once, as ``passage * terms + term``."""
        passages = np.repeat(np.arange(count, dtype=np.int64), np.diff(offsets))
        return np.unique(passages * max(1, len(self.stems)) + term_ids)


class _Collector:
    """Gives each stem an id in the order in which stems are met, and counts how it is spelt."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}
        self._spellings: list[Counter[str]] = []

    def term_ids(self, words: Iterable[Token]) -> list[int]:
        """Return the term ids of words, function words left out."""
        result = []
        for token in words:
            if token.text in STOPWORDS:
                continue
            term_id = self.ids.setdefault(token.stem, len(self.ids))
            if term_id == len(self._spellings):
                self._spellings.append(Counter())
            self._spellings[term_id][token.text] += 1
            result.append(term_id)
        return result

    def vocabulary(self) -> tuple[str, ...]:
        """Return the commonest spelling of each stem."""
        return tuple(spellings.most_common(1)[0][0] for spellings in self._spellings)
