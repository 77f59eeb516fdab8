"""The reader at work: it judges passages for a question, and says which sentence and which words answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tacrochat import mapped
from tacrochat.arrays import Floats
from tacrochat.embedding.vocabulary import Vocabulary
from tacrochat.embedding.weights import weights as weights_of
from tacrochat.index.words import PassageWords
from tacrochat.ranking.reading.features import word_features
from tacrochat.ranking.reading.network import Judgement, Network, Words
from tacrochat.ranking.reading.pieces import WordPieces
from tacrochat.ranking.records import Collection, Query
from tacrochat.text import Token, tokens
from tacrochat.types import Passage, Span
from tacrochat.word_codes import compress, unpacked

MAX_QUESTION, MAX_PASSAGE, MAX_ANSWER = 32, 220, 24
"""Words of a question and of a passage that are read, in training too, and of an answer at most."""
_KEPT = 256  # texts whose words are kept: the same passages are read again and again; about 150 kB each
_UNREAD = -50.0  # score of a sentence that lies beyond the words that are read


class Model(Protocol):
    """What the reader asks of an encoder."""

    @property
    def folder(self) -> Path:
        """The folder with the model's weights."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The words that are one piece for the tokenizer."""

    @property
    def word_pieces(self) -> dict[str, int]:
        """The pieces of the tokenizer's vocabulary, each with its number."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader says of a passage.

    ``log_odds`` that it answers. ``sentences`` has a score for each sentence of
    the passage, comparable within it.
    """

    log_odds: float
    sentences: Floats
    _judgement: Judgement
    _said: "_Said"
    _start: int

    def answer(self, sentence: int) -> tuple[Span, float]:
        """Return the words of a sentence most likely to answer, as a span into the document.

        Beside it, how likely they are, 0 to 1, if the passage answers.
        """
        start, end = self._judgement.start, self._judgement.end
        inside = np.flatnonzero(self._said.sentences == sentence)
        if not len(inside):
            return (self._start, self._start), 0.0
        near = np.triu(np.tri(len(inside), k=MAX_ANSWER - 1, dtype=bool))
        both = np.where(near, start[inside][:, None] + end[inside][None, :], -np.inf)
        first, last = np.unravel_index(int(both.argmax()), both.shape)
        likelihood = float(both[first, last]) - _log_sum(start) - _log_sum(end)
        words = self._said.tokens
        span = self._start + words[inside[first]].start, self._start + words[inside[last]].end
        return span, float(np.exp(min(0.0, likelihood)))


@cache
def _network() -> Network:
    """Read the weights that ship with tacrochat."""
    path = files("tacrochat.ranking.reading").joinpath("reader.safetensors")
    return Network(mapped.read(Path(str(path))))


class Reader:
    """Reads a question and passages; several threads may use it."""

    def __init__(self, network: Network, model: Model) -> None:
        self._network = network
        self._model = model
        self._described = lru_cache(_KEPT)(self._describe)

    @classmethod
    def load(cls, model: Model) -> "Reader":
        """Return a reader with the weights that ship with tacrochat."""
        return cls(_network(), model)

    def read(self, query: Query, passages: Sequence[Passage], collection: Collection) -> list[Reading | None]:
        """Judge passages of a collection, ids in ascending order.

        None for a passage without a word; nothing if the question has none.
        """
        asked = tokens(query.text)[:MAX_QUESTION]
        if not asked or not passages:
            return []
        words = collection.words(np.asarray([passage.id for passage in passages]), query.stems)
        own = _words(
            self._describe(query.text, MAX_QUESTION, in_question=True),
            unpacked(compress(query.word_vectors[: len(asked)])),
            np.zeros(len(asked), np.int64),
        )
        described = [self._described(passage.text, MAX_PASSAGE) for passage in passages]
        said = [_said(described[i].tokens, words, i) for i in range(len(passages))]
        found = [
            _words(text, unpacked(words.codes[part.rows]), part.sentences)
            for text, part in zip(described, said, strict=True)
        ]
        with_words = [i for i, part in enumerate(said) if part.tokens]
        known = [_in_headings(query, asked, words, i) for i in with_words]
        judged = self._network.judge(own, [found[i] for i in with_words], known) if with_words else []
        readings: list[Reading | None] = [None] * len(passages)
        for i, judgement in zip(with_words, judged, strict=True):
            readings[i] = _reading(judgement, passages[i], said[i])
        return readings

    def _describe(self, text: str, max_words: int, *, in_question: bool = False) -> "_Described":
        words = tokens(text)[:max_words]
        static = self._static([word.text for word in words])
        features = word_features(text, words, self._model.vocabulary)
        alone = self._network.alone(static, features, in_question=in_question)
        # A hash stands for a stem: the same one in question and passage, and hardly ever for two.
        return _Described(words, static, features, alone, np.asarray([hash(w.stem) for w in words], np.int64))

    def _static(self, words: Sequence[str]) -> Floats:
        """Return the mean of the model's embeddings of each word's pieces, each of length 1."""
        pieces = [self._pieces.of(word) for word in words]
        if not pieces:
            return np.zeros((0, self._table.shape[1]), np.float32)
        rows, at = np.unique(np.concatenate(pieces), return_inverse=True)
        table = np.asarray(self._table[rows], np.float32)
        table = table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-12)
        ends = np.cumsum([0, *(len(p) for p in pieces)])
        sums = np.add.reduceat(table[at], ends[:-1], axis=0)
        return np.asarray(sums / np.diff(ends)[:, None], np.float32)

    @cached_property
    def _pieces(self) -> WordPieces:
        return WordPieces(self._model.word_pieces)

    @cached_property
    def _table(self) -> Floats:
        """The model's embeddings of its pieces, ``(pieces, dimension)``, as they lie in its file."""
        return next(v for _, n, v in weights_of(self._model.folder) if n.endswith("word_embeddings.weight"))


@dataclass(frozen=True, slots=True)
class _Described:
    """The first words of a text, and what is known of them whatever is asked; see ``Words``."""

    tokens: Sequence[Token]
    static: Floats
    features: Floats
    alone: Floats
    stems: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Said:
    """The words of a passage that are read: their rows among the indexed ones, and the sentence of each."""

    tokens: Sequence[Token]
    rows: slice
    sentences: NDArray[np.int64]


def _words(text: _Described, contextual: Floats, sentences: NDArray[np.int64]) -> Words:
    """Put together what is known of a text's words, as many as have a vector in context."""
    count = len(contextual)
    return Words(
        contextual=contextual,
        static=text.static[:count],
        features=text.features[:count],
        alone=text.alone[:count],
        stems=text.stems[:count],
        sentences=sentences,
    )


def _said(all_words: Sequence[Token], words: PassageWords, number: int) -> _Said:
    first, last = words.passage_offsets[number : number + 2]
    offsets = words.word_offsets[first : last + 1]
    said = all_words[: int(offsets[-1] - offsets[0])]
    rows = slice(int(offsets[0]), int(offsets[0]) + len(said))
    sentences = np.searchsorted(offsets, np.arange(rows.start, rows.stop), side="right") - 1
    return _Said(said, rows, sentences)


def _in_headings(query: Query, asked: Sequence[Token], words: PassageWords, number: int) -> NDArray[np.bool_]:
    """Tell of each word of the question whether title or headings of a passage have it."""
    named = words.heading[words.heading_offsets[number] : words.heading_offsets[number + 1]]
    stems = {query.terms[term].stem for term in named if term >= 0}
    return np.asarray([token.stem in stems for token in asked])


def _reading(judgement: Judgement, passage: Passage, said: _Said) -> Reading:
    scores = np.full(len(passage.sentences), _UNREAD, np.float32)
    np.maximum.at(scores, said.sentences, judgement.sentence)
    return Reading(judgement.log_odds, scores, judgement, said, passage.start)


def _log_sum(x: Floats) -> float:
    return float(x.max() + np.log(np.exp(x - x.max()).sum()))
