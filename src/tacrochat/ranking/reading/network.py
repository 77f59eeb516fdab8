"""The reader's network, computed with NumPy: no other library is needed to answer a question.

Words of question and passage come with vectors. They are compared with each
other (the best match of each word, and the words it is aligned with; Chen et
al., 2017), and then a small transformer reads both together, as TK does
(Hofstätter et al., 2020). ``scripts/reader/network.py`` is the same network for
training.

The words of the question and of one passage stand in the rows of one array, the
question first; the arrays of all passages one after the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import Floats

_SHARPNESS = np.float32(8.0)
_PLACES = 32
_HEADS = 4


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text.

    ``contextual`` and ``static`` are ``(words, dimension)``: vectors in context, of
    length 1, and of the words by themselves. ``features``: see ``features``.
    ``alone`` is what the network makes of each word but its vector in context, see
    ``Network.alone``. ``stems`` are numbers, the same for the same stem in question
    and passage. ``sentences`` is the number of each word's sentence, all 0 in a question.
    """

    contextual: Floats
    static: Floats
    features: Floats
    alone: Floats
    stems: NDArray[np.int64]
    sentences: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the network says of a passage.

    ``log_odds`` that it answers, and for each word the scores that the answer
    starts there and ends there, and of its sentence, each ``(words,)``.
    """

    log_odds: float
    start: Floats
    end: Floats
    sentence: Floats


class Network:
    """Judges passages by their words; ``weights`` are the arrays that training has written, by name."""

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self._weights = {name: np.asarray(values, np.float32) for name, values in weights.items()}
        self._layers = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("blocks."))

    def alone(self, static: Floats, features: Floats, *, in_question: bool) -> Floats:
        """Return what is made of each word whatever it is compared with, ``(words, width)``."""
        weights = self._weights["features.weight"][:, : features.shape[1]]
        return np.asarray(
            self._linear("static", _scaled(static))
            + self._linear("place", _places(len(static)))
            + self._weights["side"][0 if in_question else 1]
            + features @ weights.T
            + self._weights["features.bias"],
            np.float32,
        )

    def judge(
        self, question: Words, passages: Sequence[Words], in_context: Sequence[NDArray[np.bool_]]
    ) -> list[Judgement]:
        """Judge passages; ``in_context[i]`` tells which of the question's words passage i's headings have."""
        count = len(question.stems)
        ends = np.cumsum([0, *(count + len(p.stems) for p in passages)]).tolist()
        rows = [slice(start, end) for start, end in pairwise(ends)]
        cosines = [question.contextual @ passage.contextual.T for passage in passages]
        h = self._inputs(question, passages, _matches(question, passages, cosines, in_context))
        h += self._linear(
            "aligned", np.concatenate([_alignment(h[r], c) for r, c in zip(rows, cosines, strict=True)])
        )
        for layer in range(self._layers):
            self._block(f"blocks.{layer}", h, rows)
        h = self._norm("norm", h)
        return [self._judgement(h[r], count) for r in rows]

    def _linear(self, name: str, x: Floats) -> Floats:
        result = x @ self._weights[f"{name}.weight"].T
        bias = self._weights.get(f"{name}.bias")
        if bias is not None:
            result += bias
        return np.asarray(result, np.float32)

    def _norm(self, name: str, x: Floats) -> Floats:
        result = x - x.mean(axis=1, keepdims=True)
        variance = np.einsum("ij,ij->i", result, result) / np.float32(x.shape[1])
        result *= (1 / np.sqrt(variance + np.float32(1e-5)))[:, None]
        result *= self._weights[f"{name}.weight"]
        result += self._weights[f"{name}.bias"]
        return np.asarray(result, np.float32)

    def _inputs(self, question: Words, passages: Sequence[Words], matches: Floats) -> Floats:
        """Add up what is known of each word before any is aligned with others."""
        own, *others = (
            self._linear("contextual", _scaled(words.contextual)) + words.alone
            for words in (question, *passages)
        )
        h = np.concatenate([part for other in others for part in (own, other)])
        h += matches @ self._weights["features.weight"][:, -matches.shape[1] :].T
        return np.asarray(h, np.float32)

    def _block(self, name: str, h: Floats, rows: Sequence[slice]) -> None:
        """Add self-attention within each passage and its question, and a feed-forward layer."""
        qkv = self._linear(f"{name}.qkv", self._norm(f"{name}.norm1", h))
        count, width = h.shape
        qkv[:, :width] *= np.float32((width // _HEADS) ** -0.5)
        q, k, v = qkv.reshape(count, 3, _HEADS, -1).transpose(1, 2, 0, 3)
        read = np.empty_like(h)
        by_head = read.reshape(count, _HEADS, -1).transpose(1, 0, 2)
        for r in rows:
            np.matmul(_softmax(q[:, r] @ k[:, r].transpose(0, 2, 1)), v[:, r], out=by_head[:, r])
        h += self._linear(f"{name}.out", read)
        inner = self._linear(f"{name}.up", self._norm(f"{name}.norm2", h))
        h += self._linear(f"{name}.down", np.maximum(inner, 0, out=inner))

    def _judgement(self, h: Floats, count: int) -> Judgement:
        question, passage = h[:count], h[count:]
        start, end, sentence, weight = self._linear("words", passage).T
        pooled = [
            question.mean(axis=0),
            question.max(axis=0),
            _softmax(weight) @ passage,
            passage.max(axis=0),
            [sentence.max()],
        ]
        inner = np.maximum(self._linear("judge.0", np.concatenate(pooled)[None, :]), 0)
        return Judgement(float(self._linear("judge.2", inner)[0, 0]), start, end, sentence)


def _scaled(vectors: Floats) -> Floats:
    """Return vectors of length 1 with numbers of about that size."""
    return np.float32(vectors.shape[1] ** 0.5) * vectors


def _softmax(x: Floats) -> Floats:
    shifted = x - x.max(axis=-1, keepdims=True)
    np.exp(shifted, out=shifted)
    shifted /= shifted.sum(axis=-1, keepdims=True)
    return np.asarray(shifted, np.float32)


def _matches(
    question: Words,
    passages: Sequence[Words],
    cosines: Sequence[Floats],
    in_context: Sequence[NDArray[np.bool_]],
) -> Floats:
    """Return how each word is matched on the other side: a row of seven features for each word.

    Both: the same stem, the same content word, the best and the second cosine in
    context, the best cosine of static vectors. A word of the question: its match
    in the sentence that matches the question best, and whether the headings have
    it. A word of the passage: how well its sentence matches the question, and the
    difference to the best sentence.
    """
    ends = np.cumsum([0, *(len(p.stems) for p in passages)])
    stems = np.concatenate([p.stems for p in passages])
    starts = ends[:-1]
    by_context = np.concatenate(cosines, axis=1)
    same = question.stems[:, None] == stems[None, :]
    content = same & (question.features[:, :1] > 0)
    static = np.concatenate([question.static @ p.static.T for p in passages], axis=1)
    in_best, of_word, of_best = _by_sentence(question, passages, ends, np.maximum(by_context, same))
    q = [
        *(np.maximum.reduceat(x, starts, axis=1).T for x in (same, content)),
        *np.stack([_best_two(c, 1) for c in cosines], axis=1),
        np.maximum.reduceat(static, starts, axis=1).T,
        in_best.T,
        np.stack(in_context),
    ]  # each (passages, question's words)
    p = [
        same.any(axis=0), content.any(axis=0), *_best_two(by_context, 0), static.max(axis=0),
        of_word, of_word - np.repeat(of_best, np.diff(ends)),
    ]  # fmt: skip
    asked, said = np.stack(q, 2, dtype=np.float32), np.stack(p, 1, dtype=np.float32)
    return np.concatenate(
        [part for i, (a, b) in enumerate(pairwise(ends.tolist())) for part in (asked[i], said[a:b])]
    )


def _by_sentence(
    question: Words, passages: Sequence[Words], ends: NDArray[np.int64], matched: Floats
) -> tuple[Floats, Floats, Floats]:
    """Say how well sentences match the question; ``matched`` compares its words with those of all passages.

    Returns how each word of the question is matched in the best sentence of each
    passage, how well the sentence of each passage's word matches, and the best of each passage.
    """
    is_first = np.diff(np.concatenate([p.sentences for p in passages]), prepend=-1) != 0
    is_first[ends[:-1]] = True
    first_words = np.flatnonzero(is_first)
    in_sentence = np.maximum.reduceat(matched, first_words, axis=1)
    weight = question.features[:, 0] * question.features[:, 1]
    coverage = (weight / max(float(weight.sum()), 1e-6)) @ in_sentence
    bounds = pairwise(np.searchsorted(first_words, ends).tolist())
    best = [start + int(coverage[start:end].argmax()) for start, end in bounds]
    return in_sentence[:, best], coverage[np.cumsum(is_first) - 1], coverage[best]


def _best_two(values: Floats, axis: int) -> tuple[Floats, Floats]:
    """Return the largest and the second largest value along an axis; -1 where there is no second one."""
    if values.shape[axis] < 2:
        best = values.max(axis=axis)
        return best, np.full_like(best, -1)
    second, best = np.partition(values, (-2, -1), axis=axis).take((-2, -1), axis=axis).swapaxes(0, axis)
    return best, second


def _alignment(h: Floats, cosines: Floats) -> Floats:
    """Return each word's product with, and difference to, the words of the other side it is aligned with."""
    question, passage = h[: len(cosines)], h[len(cosines) :]
    weights = _SHARPNESS * cosines
    aligned = np.concatenate([_softmax(weights) @ passage, _softmax(weights.T) @ question])
    return np.concatenate([h * aligned, np.abs(h - aligned)], axis=1)


@lru_cache(512)
def _places(count: int) -> Floats:
    """Return the places of words as sines and cosines, ``(count, 32)`` (Vaswani et al., 2017)."""
    half = _PLACES // 2
    angle = np.arange(count)[:, None] / 400 ** (np.arange(half) / half)
    return np.concatenate([np.sin(angle), np.cos(angle)], axis=1).astype(np.float32)
