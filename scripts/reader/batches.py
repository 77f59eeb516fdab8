"""Batches of pairs, gathered from encoded texts."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from reader.edits import plain
from reader.network import Batch
from reader.pairs import EPOCH, REPEATED, Data
from reader.texts import Encoded
from tacrochat.ranking.reading.reader import MAX_PASSAGE, MAX_QUESTION

_HARD = 4  # passages near a question that do not answer it
_NEAR = 14
Sampled = tuple[int, int, float, int, int, str, bool]
"""Question, passage, label, first and last word of the answer (-1: not known), kind, is the span exact."""


@dataclass(slots=True)
class Targets:
    """What a batch should be judged as; a word is -100 where the answer's place is not known."""

    labels: Tensor
    start: Tensor
    end: Tensor
    exact: Tensor


def words_of(encoded: Encoded, text: int, span: tuple[int, int] | None) -> tuple[int, int]:
    """Return the first and last word of a span, (-1, -1) if there is none."""
    if span is None:
        return -1, -1
    words = encoded.spans[encoded.start[text] : encoded.start[text + 1]]
    inside = np.flatnonzero((words[:, 1] > span[0]) & (words[:, 0] < span[1]))
    inside = inside[inside < MAX_PASSAGE]
    return (int(inside[0]), int(inside[-1])) if len(inside) else (-1, -1)


def near_passages(data: Data, questions: Encoded, passages: Encoded) -> list[list[int]]:
    """List for each positive pair the passages nearest to the question that do not hold the answer."""
    plain_texts = [plain(text) for text in data.passages.texts]
    right: dict[int, set[int]] = {}
    for pair in data.positives:
        right.setdefault(pair.question, set()).add(pair.passage)
    result: list[list[int]] = [[] for _ in data.positives]
    by_group: dict[str, list[int]] = {}
    for place, pair in enumerate(data.positives):
        group = "medquad" if pair.group.startswith("medquad") and place % 2 else pair.group
        by_group.setdefault(group, []).append(place)
    for group, places in by_group.items():
        members = np.asarray(data.groups.get(group, []), np.int64)
        if len(members) < 2:
            continue
        vectors = passages.means[members]
        for first in range(0, len(places), 512):
            part = places[first : first + 512]
            cosines = questions.means[[data.positives[i].question for i in part]] @ vectors.T
            order = np.argpartition(-cosines, min(_NEAR, len(members) - 1), axis=1)[:, :_NEAR]
            for i, near, row in zip(part, order, cosines, strict=True):
                pair = data.positives[i]
                others = [int(members[j]) for j in near[np.argsort(-row[near])]]
                result[i] = [
                    p
                    for p in others
                    if p not in right[pair.question]
                    and not any(s and s in plain_texts[p] for s in pair.strings)
                    and not (
                        pair.group.startswith("medquad")
                        and group == "medquad"
                        and _shares(data, p, pair.passage)
                    )
                ][:_HARD]
    return result


def _shares(data: Data, a: int, b: int) -> bool:
    return bool(data.passages.contexts[a]) and data.passages.contexts[a] == data.passages.contexts[b]


class Sampler:
    """Draws the pairs of an epoch: as many that answer as do not."""

    def __init__(self, data: Data, made: dict[int, int], questions: Encoded, passages: Encoded) -> None:
        self.data, self.made, self.passages = data, made, passages
        self.near = near_passages(data, questions, passages)
        self.spans = [words_of(passages, p.passage, p.span) for p in data.positives]

    def epoch(self, rng: random.Random, human: int = 2) -> list[Sampled]:
        """Return the pairs of an epoch, not yet in an order."""
        data = self.data
        chosen: list[int] = []
        by_kind: dict[str, list[int]] = {}
        for place, pair in enumerate(data.positives):
            by_kind.setdefault(pair.kind, []).append(place)
        for kind, places in by_kind.items():
            # People wrote questions without an answer for some sets only: those with an answer are
            # repeated as often, or the kind of question would tell.
            times = 3 if kind in REPEATED else 1
            chosen += rng.sample(places * times, min(times * len(places), EPOCH[kind]))
        positives: list[Sampled] = []
        for i in chosen:
            p, (start, end) = data.positives[i], self.spans[i]
            positives.append((p.question, p.passage, 1.0, start, end, p.kind, p.kind != "selqa"))
        negatives: list[Sampled] = []

        def add(question: int, passage: int, kind: str) -> None:
            negatives.append((question, passage, 0.0, -1, -1, kind, False))

        by_author = [p for p in data.negatives if p.kind == "human"]
        for p in by_author * human:
            add(p.question, p.passage, "human")
        sections = [p for p in data.negatives if p.kind == "section"]
        for p in rng.sample(sections, min(len(sections), EPOCH["medquad"])):
            add(p.question, p.passage, "section")
        edited = [i for i in chosen if i in self.made]
        for i in rng.sample(edited, int(len(edited) * 0.4)):
            add(self.made[i], data.positives[i].passage, "edit")
        with_near = [i for i in chosen if self.near[i]]
        rng.shuffle(with_near)
        for i in with_near[: max(0, len(positives) - len(negatives))]:
            near = self.near[i]
            add(data.positives[i].question, near[min(int(rng.expovariate(0.8)), len(near) - 1)], "near")
        return positives + negatives


def in_batches(
    pairs: Sequence[Sampled], passages: Encoded, size: int, rng: random.Random
) -> Iterator[list[Sampled]]:
    """Yield batches of passages of about one length, in random order."""
    shuffled = list(pairs)
    rng.shuffle(shuffled)
    length = np.diff(passages.start)
    for first in range(0, len(shuffled), size * 24):
        group = sorted(shuffled[first : first + size * 24], key=lambda pair: length[pair[1]])
        parts = [group[i : i + size] for i in range(0, len(group), size)]
        rng.shuffle(parts)
        yield from parts


def collate(
    pairs: Sequence[Sampled], questions: Encoded, passages: Encoded, static: Tensor
) -> tuple[Batch, Targets]:
    """Gather the words of a batch."""
    q = _side(questions, [p[0] for p in pairs], MAX_QUESTION, static)
    p = _side(passages, [p[1] for p in pairs], MAX_PASSAGE, static)
    _, q_mask, q_vectors, q_static, q_features, q_stems = q
    p_index, p_mask, p_vectors, p_static, p_features, p_stems = p
    in_context = torch.stack(
        [
            torch.isin(stems, torch.from_numpy(passages.context[pair[1]]))
            for stems, pair in zip(q_stems, pairs, strict=True)
        ]
    ) & (q_features[..., 0] > 0)
    batch = Batch(
        q_vectors, p_vectors, q_static, p_static, q_features, p_features, q_stems, p_stems, q_mask, p_mask,
        passages.sentence[p_index] * p_mask, in_context,
    )  # fmt: skip
    place = [torch.tensor([p[i] if p[i] >= 0 else -100 for p in pairs]) for i in (3, 4)]
    labels = torch.tensor([p[2] for p in pairs])
    return batch, Targets(labels, *place, torch.tensor([p[6] for p in pairs]))


def _side(encoded: Encoded, texts: Sequence[int], longest: int, static: Tensor) -> tuple[Tensor, ...]:
    start = torch.from_numpy(encoded.start[list(texts)])
    count = torch.from_numpy(encoded.start[[t + 1 for t in texts]]) - start
    count = count.clamp(max=longest)
    places = torch.arange(max(1, int(count.max())))
    mask = places[None, :] < count[:, None]
    is_word = mask[..., None]
    index = torch.where(mask, start[:, None] + places[None, :], 0)
    return (
        index, mask, encoded.vectors[index] * is_word, static[encoded.static[index]] * is_word,
        encoded.features[index] * is_word, torch.where(mask, encoded.stems[index], -1),
    )  # fmt: skip
