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
    ``stems`` are numbers, the same for the same stem in question and passage.
    ``sentences`` is the number of each word's sentence, all 0 in a question.
    """

    contextual: Floats
    static: Floats
    features: Floats
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

    def judge(
        self, question: Words, passages: Sequence[Words], in_context: Sequence[NDArray[np.bool_]]
    ) -> list[Judgement]:
        """Judge passages; ``in_context[i]`` tells which of the question's words passage i's headings have."""
        count = len(question.stems)
        features, cosines = [], []
        for passage, known in zip(passages, in_context, strict=True):
            by_context = question.contextual @ passage.contextual.T
            matched = _matches(question, passage, by_context, known)
            features += [np.c_[question.features, matched[0]], np.c_[passage.features, matched[1]]]
            cosines.append(by_context)
        lengths = [len(p.stems) for p in passages]
        ends = np.cumsum([count + n for n in lengths])
        rows = [slice(int(end) - count - n, int(end)) for end, n in zip(ends, lengths, strict=True)]
        h = self._inputs(question, passages, np.concatenate(features))
        h = h + self._linear(
            "aligned", np.concatenate([_alignment(h[r], c) for r, c in zip(rows, cosines, strict=True)])
        )
        for layer in range(self._layers):
            h = self._block(f"blocks.{layer}", h, rows)
        h = self._norm("norm", h)
        return [self._judgement(h[r], count) for r in rows]

    def _linear(self, name: str, x: Floats) -> Floats:
        result = x @ self._weights[f"{name}.weight"].T
        bias = self._weights.get(f"{name}.bias")
        return np.asarray(result if bias is None else result + bias, np.float32)

    def _norm(self, name: str, x: Floats) -> Floats:
        centred = x - x.mean(axis=1, keepdims=True)
        scale = 1 / np.sqrt((centred * centred).mean(axis=1, keepdims=True) + 1e-5)
        return np.asarray(
            centred * scale * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"], np.float32
        )

    def _inputs(self, question: Words, passages: Sequence[Words], features: Floats) -> Floats:
        """Add up what is known of each word before any is compared with another."""
        scale = np.float32(question.contextual.shape[1] ** 0.5)
        own, *others = (
            self._linear("contextual", scale * words.contextual)
            + self._linear("static", scale * words.static)
            + self._linear("place", _places(len(words.stems)))
            + self._weights["side"][side]
            for side, words in zip((0, *[1] * len(passages)), (question, *passages), strict=True)
        )
        both = [part for other in others for part in (own, other)]
        return np.asarray(np.concatenate(both) + self._linear("features", features), np.float32)

    def _block(self, name: str, h: Floats, rows: Sequence[slice]) -> Floats:
        """Self-attention within each passage and its question, and a feed-forward layer."""
        qkv = self._linear(f"{name}.qkv", self._norm(f"{name}.norm1", h))
        width = h.shape[1]
        read = np.empty_like(h)
        for r in rows:
            parts = qkv[r].reshape(-1, 3, _HEADS, width // _HEADS)
            q, k, v = np.ascontiguousarray(parts.transpose(1, 2, 0, 3))
            weights = _softmax(q @ k.transpose(0, 2, 1) * np.float32((width // _HEADS) ** -0.5))
            read[r] = (weights @ v).transpose(1, 0, 2).reshape(-1, width)
        h = h + self._linear(f"{name}.out", read)
        inner = np.maximum(self._linear(f"{name}.up", self._norm(f"{name}.norm2", h)), 0)
        return np.asarray(h + self._linear(f"{name}.down", inner), np.float32)

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


def _softmax(x: Floats) -> Floats:
    shifted = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), np.float32)


def _matches(
    question: Words, passage: Words, cosines: Floats, in_context: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Return how each word is matched on the other side: seven features for each word of both.

    Both: the same stem, the same content word, the best and the second cosine in
    context, the best cosine of static vectors. A word of the question: its match
    in the sentence that matches the question best, and whether the headings have
    it. A word of the passage: how well its sentence matches the question, and the
    difference to the best sentence.
    """
    same = question.stems[:, None] == passage.stems[None, :]
    content = same & (question.features[:, :1] > 0)
    static = question.static @ passage.static.T
    matched = np.maximum(cosines, same)
    bounds = np.flatnonzero(np.diff(passage.sentences, prepend=-1))
    in_sentence = np.maximum.reduceat(matched, bounds, axis=1)
    weight = question.features[:, 0] * question.features[:, 1]
    coverage = (weight / max(float(weight.sum()), 1e-6)) @ in_sentence
    # Sentences without a word have no column: number those that have one.
    numbers = np.cumsum(np.diff(passage.sentences, prepend=passage.sentences[0]) != 0)
    of_word = coverage[numbers]
    q = [
        same.any(axis=1), content.any(axis=1), *_best_two(cosines, 1), static.max(axis=1),
        in_sentence[:, int(coverage.argmax())], in_context,
    ]  # fmt: skip
    p = [
        same.any(axis=0), content.any(axis=0), *_best_two(cosines, 0), static.max(axis=0),
        of_word, of_word - coverage.max(),
    ]  # fmt: skip
    return np.asarray(np.stack(q, 1), np.float32), np.asarray(np.stack(p, 1), np.float32)


def _best_two(values: Floats, axis: int) -> tuple[Floats, Floats]:
    """Return the largest and the second largest value along an axis; -1 where there is no second one."""
    ordered = np.sort(values, axis=axis)
    best = np.asarray(ordered.take([-1], axis=axis).squeeze(axis))
    if values.shape[axis] < 2:
        return best, np.full_like(best, -1)
    return best, np.asarray(ordered.take([-2], axis=axis).squeeze(axis))


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
