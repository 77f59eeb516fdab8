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

Ids = NDArray[np.int32]


@dataclass(frozen=True)
class TermTable:
    """All passages as rows of word ids, content words only, in reading order.

    ``words[i]`` is the commonest spelling of ``stems[i]``. Sentence s holds
    ``body[sentences[s]:sentences[s + 1]]``; passage p holds the sentences
    ``passages[p]`` to ``passages[p + 1]`` (which are also its rows in the
    vector space "sentences") and the heading words
    ``heading[headings[p]:headings[p + 1]]``, title included. All words of
    sentence s, function words too, are numbered ``spoken[s]`` to
    ``spoken[s + 1]``, as their vectors are.
    """

    words: tuple[str, ...]
    stems: tuple[str, ...]
    body: Ids
    sentences: Ids
    passages: Ids
    heading: Ids
    headings: Ids
    spoken: Ids

    ARRAYS = ("body", "sentences", "passages", "heading", "headings", "spoken")

    @classmethod
    def build(cls, passages: Sequence[Passage], contexts: Sequence[str]) -> "TermTable":
        """Collect the words of passages and of the context (title, headings) of each."""
        ids: dict[str, int] = {}
        spellings: list[Counter[str]] = []

        def rows(found: Iterable[Token]) -> list[int]:
            result = []
            for token in found:
                if token.text in STOPWORDS:
                    continue
                number = ids.setdefault(token.stem, len(ids))
                if number == len(spellings):
                    spellings.append(Counter())
                spellings[number][token.text] += 1
                result.append(number)
            return result

        body: list[int] = []
        heading: list[int] = []
        sentence_starts, passage_starts, heading_starts, spoken = [0], [0], [0], [0]
        seen: dict[str, list[int]] = {}
        for passage, context in zip(passages, contexts, strict=True):
            for start, end in passage.sentences:
                first, last = start - passage.start, end - passage.start
                found = tokens(passage.text, first, last)
                body += rows(found)
                sentence_starts.append(len(body))
                spoken.append(spoken[-1] + len(found))
            passage_starts.append(len(sentence_starts) - 1)
            if context not in seen:
                seen[context] = rows(tokens(context))
            heading += seen[context]
            heading_starts.append(len(heading))
        words = tuple(counter.most_common(1)[0][0] for counter in spellings)
        arrays = (body, sentence_starts, passage_starts, heading, heading_starts, spoken)
        return cls(words, tuple(ids), *(np.asarray(a, np.int32) for a in arrays))

    @cached_property
    def ids(self) -> dict[str, int]:
        """Map stems to word ids."""
        return {stem: number for number, stem in enumerate(self.stems)}

    @cached_property
    def body_starts(self) -> Ids:
        """Where each passage starts in ``body``; one more than there are passages."""
        return np.asarray(self.sentences[self.passages], np.int32)

    @cached_property
    def spoken_starts(self) -> Ids:
        """Where each passage starts in the numbering of ``spoken``; one more than there are passages."""
        return np.asarray(self.spoken[self.passages], np.int32)

    @cached_property
    def document_frequency(self) -> Ids:
        """Count, for each word, the passages that hold it in text or heading."""
        count = len(self.passages) - 1
        pairs = [
            self._pairs(self.body, self.body_starts, count),
            self._pairs(self.heading, self.headings, count),
        ]
        unique = np.unique(np.concatenate(pairs))
        return np.bincount(unique % max(1, len(self.stems)), minlength=len(self.stems)).astype(np.int32)

    @cached_property
    def in_body(self) -> NDArray[np.bool_]:
        """Tell, for each word, whether the text of any passage holds it."""
        found = np.zeros(len(self.stems), bool)
        found[self.body] = True
        return found

    @cached_property
    def mean_length(self) -> float:
        """Mean number of content words in a passage's text."""
        return max(1.0, len(self.body) / max(1, len(self.passages) - 1))

    def idf(self, stem: str) -> float:
        """Return the inverse document frequency of BM25, never negative."""
        count = len(self.passages) - 1
        number = self.ids.get(stem)
        frequency = 0 if number is None else int(self.document_frequency[number])
        return math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))

    def stems_of(self, passage: int) -> tuple[str, str]:
        """Return the stems of a passage's heading and of its text, separated by spaces."""
        heading = self.heading[self.headings[passage] : self.headings[passage + 1]]
        body = self.body[self.body_starts[passage] : self.body_starts[passage + 1]]
        return " ".join(self.stems[i] for i in heading), " ".join(self.stems[i] for i in body)

    def _pairs(self, found: Ids, starts: Ids, count: int) -> NDArray[np.int64]:
        owner = np.repeat(np.arange(count, dtype=np.int64), np.diff(starts))
        return np.unique(owner * max(1, len(self.stems)) + found)
