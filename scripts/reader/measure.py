"""How well a network reads, on what was held out."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from reader.batches import Sampled, collate, words_of
from reader.network import Network
from reader.pairs import Data, Pair, plain
from reader.texts import Encoded
from tacrochat.evaluation.metrics import auroc
from tacrochat.ranking.reading.reader import MAX_ANSWER


class Measure:
    """Judges pairs of the held-out sets with a network."""

    def __init__(self, data: Data, questions: Encoded, passages: Encoded, static: Tensor) -> None:
        self.data, self.questions, self.passages, self.static = data, questions, passages, static

    @torch.inference_mode()
    def judge(self, network: Network, pairs: Sequence[tuple[int, int]]) -> list[tuple[float, int, int, int]]:
        """Return for each pair of question and passage: log-odds, first and last word, sentence."""
        network.eval()
        length = np.diff(self.passages.start)
        order = sorted(range(len(pairs)), key=lambda i: length[pairs[i][1]])
        result: list[Any] = [None] * len(pairs)
        for first in range(0, len(order), 64):
            part = order[first : first + 64]
            sampled: list[Sampled] = [(*pairs[i], 0.0, -1, -1, "", False) for i in part]
            batch, _ = collate(sampled, self.questions, self.passages, self.static)
            with torch.autocast("cpu", torch.bfloat16):
                answer, start, end, sentence = network(batch)
            p_count = start.shape[1]
            near = torch.ones(p_count, p_count, dtype=torch.bool).triu().tril(MAX_ANSWER - 1)
            both = (start[:, :, None] + end[:, None, :]).masked_fill(~near, -1e9).flatten(1)
            at = both.argmax(1)
            chosen = batch.sentence.gather(1, sentence.argmax(1, keepdim=True))[:, 0]
            for row, i in enumerate(part):
                result[i] = (
                    float(answer[row]), int(at[row]) // p_count, int(at[row]) % p_count, int(chosen[row])
                )  # fmt: skip
        network.train()
        return result

    def quick(self, network: Network) -> dict[str, float]:
        """Return the main figures on parts of the held-out sets."""
        return self.figures(network, most=700)

    def figures(self, network: Network, most: int | None = None) -> dict[str, float]:
        """Return all figures."""
        held = self.data.held
        out: dict[str, float] = {}
        for name in ("answerability", "clapnq", "medquad", "wiki_more"):
            pairs = held[name][:: max(1, len(held[name]) // most)] if most else held[name]
            scores = [s[0] for s in self.judge(network, [(p.question, p.passage) for p in pairs])]
            out[name] = _auroc(scores, [p.answers for p in pairs])
        out |= self.program(network, held["wiki"], 3)
        out |= self.places(network, held["spans"][: most or None])
        return {name: round(value, 4) for name, value in out.items()}

    def program(self, network: Network, rows: Sequence[dict[str, Any]], depth: int) -> dict[str, float]:
        """Judge what the program finds for the questions on encyclopedia articles that were held out."""
        rows = [row for row in rows if row["held"]]
        pairs = [(row["question"], hit[0]) for row in rows for hit in row["hits"][:depth]]
        judged = iter(self.judge(network, pairs))
        best = []
        first: list[bool] = []
        sentence: list[bool] = []
        for row in rows:
            hits = row["hits"][:depth]
            own = [next(judged) for _ in hits]
            best.append(max((j[0] for j in own), default=-20.0))
            if row["kind"] != "answerable" or not any(h[1] for h in hits):
                continue
            first.append(hits[int(np.argmax([j[0] for j in own]))][1])
            number, (_, _, _, chosen) = next((h[0], j) for h, j in zip(hits, own, strict=True) if h[1])
            a, b = self.data.passages.sentences[number][chosen]
            text = plain(self.data.passages.texts[number][a:b])
            sentence.append(any(plain(x) in text for x in row["answers"]))
        kind = np.asarray([row["kind"] for row in rows])
        scores = np.asarray(best)
        confidence = np.asarray([row["confidence"] for row in rows])
        right = kind == "answerable"
        out = {"wiki_first": float(np.mean(first)), "wiki_sentence": float(np.mean(sentence))}
        for name in ("near_topic", "off_topic"):
            out[f"wiki_{name}"] = auroc(list(scores[right]), list(scores[kind == name])) or 0.0
            out[f"wiki_{name}_today"] = auroc(list(confidence[right]), list(confidence[kind == name])) or 0.0
        return out

    def places(self, network: Network, pairs: Sequence[Pair]) -> dict[str, float]:
        """Measure where the answer was found in passages that hold it."""
        judged = self.judge(network, [(p.question, p.passage) for p in pairs])
        overlap, sentence = [], []
        for pair, (_, start, end, chosen) in zip(pairs, judged, strict=True):
            spans = self.passages.spans[self.passages.start[pair.passage] :]
            text = self.data.passages.texts[pair.passage]
            found = text[spans[start][0] : spans[end][1]]
            overlap.append(max(f1(found, text[pair.span[0] : pair.span[1]]), 0.0) if pair.span else 0.0)
            first, _ = words_of(self.passages, pair.passage, pair.span)
            at = int(self.passages.sentence[int(self.passages.start[pair.passage]) + max(0, first)])
            sentence.append(at == chosen)
        return {"span_f1": float(np.mean(overlap)), "span_sentence": float(np.mean(sentence))}


def f1(a: str, b: str) -> float:
    """Return the F1 of the words of two strings (Rajpurkar et al., 2016)."""
    left, right = a.lower().split(), b.lower().split()
    common = sum((Counter(left) & Counter(right)).values())
    return 2 * common / (len(left) + len(right)) if common else 0.0


def _auroc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    positive = [s for s, right in zip(scores, labels, strict=True) if right]
    negative = [s for s, right in zip(scores, labels, strict=True) if not right]
    return auroc(positive, negative) or 0.0
