"""Passages and questions as the reader sees them: word vectors, and what each word is.

They are cut, encoded and compressed by the functions that build an index, so
that the reader is trained on what it will read.
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import get_context

import numpy as np
import torch
from numpy.typing import NDArray

from tacrochat.building import passages as cutting
from tacrochat.embedding.encoder import Encoder
from tacrochat.embedding.weights import weights
from tacrochat.ranking.reading.features import word_features
from tacrochat.ranking.reading.pieces import WordPieces
from tacrochat.text import sentences, tokens
from tacrochat.types import Block, Document, Span
from tacrochat.word_codes import Codes, unpacked

_PROCESSES, _PART = 2, 2_048
_PASSAGE_TOKENS, _MERGE_TOKENS, _CONTEXT_TOKENS = 160, 48, 48  # as in the settings


@dataclass(slots=True)
class Texts:
    """Texts, each once, numbered in the order in which they were added.

    ``context`` of a passage is its title and headings, which are encoded with it.
    """

    texts: list[str] = field(default_factory=list)
    contexts: list[str] = field(default_factory=list)
    sentences: list[tuple[Span, ...]] = field(default_factory=list)
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, text: str, context: str = "", sentences: Sequence[Span] = ()) -> int:
        """Add a text, or find it; returns its number."""
        key = (text, context)
        if key not in self._numbers:
            self._numbers[key] = len(self.texts)
            self.texts.append(text)
            self.contexts.append(context)
            self.sentences.append(tuple(sentences))
        return self._numbers[key]


def cut(text: str, title: str, encoder: Encoder) -> list[tuple[int, int, tuple[Span, ...]]]:
    """Cut a text into passages as a build does; returns start, end and sentences (relative to start)."""
    document = Document(0, "text", title, text, "")
    sections = cutting.sections(document, [Block(0, len(text), "body")])
    found = cutting.passages(
        document,
        sections,
        cutting.paragraphs(text, sections),
        encoder.count_tokens,
        max_tokens=_PASSAGE_TOKENS,
        min_tokens=_MERGE_TOKENS,
    )
    return [(p.start, p.end, tuple((a - p.start, b - p.start) for a, b in p.sentences)) for p in found]


def whole(text: str) -> tuple[Span, ...]:
    """Return the sentences of a text that stays one passage."""
    return tuple(sentences(text))


@dataclass(slots=True)
class Encoded:
    """Encoded texts, their words one after the other; text i has the words ``start[i]`` to ``start[i + 1]``.

    ``vectors`` is ``(words, dimension)`` in bfloat16, ``static`` the number of
    each word in ``static_vectors``, the mean of the model's embeddings of its
    pieces. ``features`` is ``(words, FEATURES)``, ``stems`` the number of each
    stem, the same in questions and passages, ``sentence`` the number of each
    word's sentence in its passage. ``spans`` are the words' places in their
    texts, ``means`` ``(texts, dimension)`` the vectors of the texts. ``context``
    holds the stems in the context of each text.
    """

    start: NDArray[np.int64]
    vectors: torch.Tensor
    static: torch.Tensor
    features: torch.Tensor
    stems: torch.Tensor
    sentence: torch.Tensor
    spans: NDArray[np.int32]
    means: NDArray[np.float32]
    context: list[NDArray[np.int64]]


class Numbers:
    """Numbers things in the order in which they come."""

    def __init__(self) -> None:
        self.of: dict[str, int] = {}

    def __getitem__(self, name: str) -> int:
        return self.of.setdefault(name, len(self.of))


def _encode(full: list[str], spans: list[list[Span]]) -> tuple[NDArray[np.float32], list[Codes]]:
    torch.set_num_threads(1)
    return _encoder().encode_words(full, spans, engine="torch-bfloat16")


@cache
def _encoder() -> Encoder:
    return Encoder()


def encode(texts: Texts, encoder: Encoder, stems: Numbers, words: Numbers) -> Encoded:
    """Encode texts: questions exactly, passages compressed and read back, as an index keeps them."""
    found = [tokens(text) for text in texts.texts]
    short = encoder.truncate_all(list(dict.fromkeys(texts.contexts)), _CONTEXT_TOKENS)
    full = [f"{short[c]}\n{t}" if c else t for t, c in zip(texts.texts, texts.contexts, strict=True)]
    shift = [len(whole) - len(text) for whole, text in zip(full, texts.texts, strict=True)]
    spans = [[(t.start + s, t.end + s) for t in ts] for ts, s in zip(found, shift, strict=True)]
    start = np.concatenate([[0], np.cumsum([len(ts) for ts in found])])
    vectors = torch.zeros(int(start[-1]), encoder.dimension, dtype=torch.bfloat16)
    means = np.zeros((len(full), encoder.dimension), np.float32)
    parts = [slice(first, first + _PART) for first in range(0, len(full), _PART)]
    # Two processes with a thread each are faster than one with two, as batches are small.
    with ProcessPoolExecutor(_PROCESSES, get_context("spawn")) as pool:
        work = pool.map(_encode, [full[p] for p in parts], [spans[p] for p in parts])
        for part, (own_means, codes) in zip(parts, work, strict=True):
            means[part] = own_means
            for number, own in enumerate(codes, part.start):
                vectors[int(start[number]) : int(start[number + 1])] = torch.from_numpy(
                    unpacked(own)
                ).bfloat16()
            print("encoded", part.stop, "of", len(full), flush=True)
    flat = [token for ts in found for token in ts]
    features = np.concatenate(
        [
            word_features(text, ts, encoder.vocabulary)
            for text, ts in zip(texts.texts, found, strict=True)
            if ts
        ]
    )
    sentence = [
        np.searchsorted([a for a, _ in spans_], [t.start for t in ts], side="right") - 1
        if len(spans_)
        else np.zeros(len(ts), np.int64)
        for spans_, ts in zip(texts.sentences, found, strict=True)
    ]
    return Encoded(
        start=start,
        vectors=vectors,
        static=torch.tensor([words[t.text] for t in flat]),
        features=torch.from_numpy(features),
        stems=torch.tensor([stems[t.stem] for t in flat]),
        sentence=torch.from_numpy(np.concatenate(sentence).clip(0)),
        spans=np.asarray([(t.start, t.end) for t in flat], np.int32),
        means=means,
        context=[np.asarray([stems[t.stem] for t in tokens(c)], np.int64) for c in texts.contexts],
    )


def static_vectors(words: Sequence[str], encoder: Encoder) -> torch.Tensor:
    """Return the mean of the model's own embeddings of each word's pieces, ``(words, dimension)``."""
    table = embedding_table(encoder)
    pieces = WordPieces(encoder.word_pieces)
    return torch.stack([table[list(pieces.of(word))].mean(0) for word in words]).bfloat16()


def embedding_table(encoder: Encoder) -> torch.Tensor:
    """Return the model's embeddings of its pieces, ``(pieces, dimension)``, each of length 1."""
    for _, name, values in weights(encoder.folder):
        if name.endswith("word_embeddings.weight"):
            return torch.nn.functional.normalize(torch.tensor(np.asarray(values, np.float32)), dim=1)
    raise ValueError("the model has no table of word embeddings")
