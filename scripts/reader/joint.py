"""Two readers that were tried beside the network, for the table in docs/reader.md: the model itself reads.

    cd scripts && python -m reader.joint WORK NAME [--apart 3] [--rank 0] [--pairs 36000]

The lower layers run on question and passage apart (``--apart``), the upper ones
on both together and are trained: PreTTR (MacAvaney et al., 2020), DeFormer (Cao
et al., 2020). ``--apart 0 --rank 16`` is a cross-encoder with low-rank adapters
(LoRA; Hu et al., 2022). Pairs and measures are those of the network, so that the
rows of the table compare.
"""

import argparse
import math
import pickle
import random
import time
from collections import defaultdict, deque
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer

from reader.batches import Sampled, Sampler
from reader.measure import Measure
from reader.pairs import Data
from reader.texts import Encoded
from reader.train import log
from tacrochat.embedding.model_files import folder_of
from tacrochat.settings import DEFAULT_MODEL

_QUESTION, _PASSAGE, _ANSWER = 40, 200, 16  # the most pieces of each
_RATE, _RATE_LORA = 1e-4, 5e-4
_SIZE = 32
Pieces = tuple[Tensor, Tensor, Tensor]
"""Numbers of the pieces, which are there, and the words they belong to."""


class Adapted(nn.Module):
    """A linear map that stays, with a product of two small matrices that is trained beside it."""

    def __init__(self, linear: nn.Linear, rank: int) -> None:
        super().__init__()
        self.linear = linear.requires_grad_(False)
        self.down = nn.Parameter(torch.randn(rank, linear.in_features) / math.sqrt(linear.in_features))
        self.up = nn.Parameter(torch.zeros(linear.out_features, rank))

    def forward(self, x: Tensor) -> Tensor:
        """Map ``x``."""
        return self.linear(x) + 2 * F.linear(F.linear(x, self.down), self.up)


class Joint(nn.Module):
    """The embedding model with its upper layers reading both texts together."""

    def __init__(self, path: str, apart: int, rank: int) -> None:
        super().__init__()
        bert = AutoModel.from_pretrained(path, attn_implementation="sdpa")
        self.embeddings = bert.embeddings.requires_grad_(False)
        self.lower = bert.encoder.layer[:apart].requires_grad_(False)
        self.upper = bert.encoder.layer[apart:]
        if rank:
            self.upper.requires_grad_(False)
            for layer in self.upper:
                for part in list(layer.modules()):
                    for name, child in list(part.named_children()):
                        if isinstance(child, nn.Linear):
                            setattr(part, name, Adapted(child, rank))
        width = bert.config.hidden_size
        self.side = nn.Parameter(torch.randn(2, width) * 0.02)
        self.alike = nn.Linear(2, width)
        self.answer = nn.Sequential(nn.Linear(2 * width, width), nn.GELU(), nn.Linear(width, 1))
        self.places = nn.Linear(width, 3)

    def forward(self, question: Pieces, passage: Pieces) -> tuple[Tensor, Tensor]:
        """Return the log-odds of an answer, ``(batch,)``, and for each piece of the passage three scores."""
        with torch.no_grad():
            q, p = (self._apart(side) for side in (question, passage))
            q_alike, p_alike = _alike(question, passage, q, p)
        both = torch.cat([q + self.side[0] + self.alike(q_alike), p + self.side[1] + self.alike(p_alike)], 1)
        there = torch.cat([question[1], passage[1]], 1)
        mask = there[:, None, None, :].expand(-1, 1, there.shape[1], -1)
        for layer in self.upper:
            both = _only(layer(both, mask))
        of_passage = both[:, q.shape[1] :]
        spread = there[..., None]
        mean = (both * spread).sum(1) / spread.sum(1)
        return self.answer(torch.cat([both[:, 0], mean], 1))[:, 0], self.places(of_passage)

    def _apart(self, side: Pieces) -> Tensor:
        x = self.embeddings(input_ids=side[0])
        mask = side[1][:, None, None, :].expand(-1, 1, side[1].shape[1], -1)
        for layer in self.lower:
            x = _only(layer(x, mask))
        return x


def _alike(question: Pieces, passage: Pieces, q: Tensor, p: Tensor) -> tuple[Tensor, Tensor]:
    """Return for each piece whether the other text has it, and the cosine of the nearest there.

    Marks like these let a model learn from few pairs what matching means (Boualili
    et al., 2020).
    """
    there = question[1][:, :, None] & passage[1][:, None, :]
    same = ((question[0][:, :, None] == passage[0][:, None, :]) & there).float()
    cosine = F.normalize(q, dim=-1) @ F.normalize(p, dim=-1).transpose(1, 2)
    cosine = cosine.float().masked_fill(~there, 0)
    return (
        torch.stack([same.amax(2), cosine.amax(2)], -1),
        torch.stack([same.amax(1), cosine.amax(1)], -1),
    )


def _only(output: Any) -> Tensor:
    return output[0] if isinstance(output, tuple) else output


class Reading:
    """Pairs of question and passage, cut into pieces, and what the model makes of them."""

    def __init__(self, data: Data, questions: Encoded, passages: Encoded, path: str) -> None:
        self.data, self.questions, self.passages = data, questions, passages
        self.tokenizer = AutoTokenizer.from_pretrained(path)

    def pieces(self, pairs: list[Sampled]) -> tuple[Pieces, Pieces]:
        """Cut the texts of pairs; the words of a passage are those of the reader."""
        texts = self.data.passages
        q = self.tokenizer([self.data.questions.texts[p[0]] for p in pairs], truncation=True,
                           max_length=_QUESTION, padding=True, return_tensors="pt")  # fmt: skip
        contexts = [texts.contexts[p[1]][:150] for p in pairs]
        p = self.tokenizer([f"{c}\n{texts.texts[x[1]]}" for c, x in zip(contexts, pairs, strict=True)],
                           truncation=True, max_length=_PASSAGE, padding=True, return_tensors="pt",
                           return_offsets_mapping=True)  # fmt: skip
        words = torch.full(p.input_ids.shape, -1)
        for row, (pair, context) in enumerate(zip(pairs, contexts, strict=True)):
            spans = self.passages.spans[self.passages.start[pair[1]] : self.passages.start[pair[1] + 1]]
            places = p.offset_mapping[row].numpy()
            at = np.searchsorted(spans[:, 1], places[:, 0] - len(context) - 1, side="right")
            inside = (places[:, 1] > places[:, 0]) & (places[:, 0] > len(context)) & (at < len(spans))
            words[row] = torch.from_numpy(np.where(inside, at, -1))
        first = torch.full(q.input_ids.shape, -1)
        return (q.input_ids, q.attention_mask.bool(), first), (p.input_ids, p.attention_mask.bool(), words)


class Judging(Measure):
    """The measures of the network, with a model that reads pieces."""

    def __init__(self, reading: Reading, static: Tensor) -> None:
        super().__init__(reading.data, reading.questions, reading.passages, static)
        self.reading = reading

    @torch.inference_mode()
    def judge(self, network: Any, pairs: Any) -> list[tuple[float, int, int, int]]:
        """Return for each pair: log-odds, first and last word, sentence."""
        network.eval()
        length = np.diff(self.passages.start)
        order = sorted(range(len(pairs)), key=lambda i: length[pairs[i][1]])
        result: list[Any] = [None] * len(pairs)
        for first in range(0, len(order), 64):
            part = order[first : first + 64]
            q, p = self.reading.pieces([(*pairs[i], 0.0, -1, -1, "", False) for i in part])
            with torch.autocast("cpu", torch.bfloat16):
                answer, places = network(q, p)
            places = places.float().masked_fill(p[2][..., None] < 0, -1e4)
            count = places.shape[1]
            near = torch.ones(count, count, dtype=torch.bool).triu().tril(_ANSWER - 1)
            both = places[:, :, None, 0] + places[:, None, :, 1]
            at = both.masked_fill(~near, -1e9).flatten(1).argmax(1)
            best = places[..., 2].argmax(1)
            for row, i in enumerate(part):
                words = p[2][row]
                start = int(self.passages.start[pairs[i][1]])
                a, b, c = (max(0, int(words[x])) for x in (at[row] // count, at[row] % count, best[row]))
                chosen = int(self.passages.sentence[start + c])
                result[i] = (float(answer[row]), a, max(a, b), chosen)
        network.train()
        return result


def train(work: Path, tag: str, apart: int, rank: int, pairs: int, seed: int = 0) -> None:
    """Train on a number of pairs; the figures go to the log."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    with (work / "data.pt").open("rb") as file:
        data, made, passages, questions, static = pickle.load(file)
    path = str(folder_of(DEFAULT_MODEL))
    reading = Reading(data, questions, passages, path)
    measure = Judging(reading, static)
    sampler = Sampler(data, made, questions, passages)
    network = Joint(path, apart, rank)
    trained = [p for p in network.parameters() if p.requires_grad]
    log(work, tag, {"trained": sum(p.numel() for p in trained), "apart": apart, "rank": rank})
    highest = _RATE_LORA if rank else _RATE
    new = [p for n, p in network.named_parameters() if not n.startswith(("upper", "lower", "embeddings"))]
    old = [p for n, p in network.named_parameters() if n.startswith("upper") and p.requires_grad]
    groups = [{"params": new, "times": 5.0}, {"params": old, "times": 1.0}]
    optimiser = torch.optim.AdamW(groups, lr=highest, weight_decay=0.01, fused=True)
    recent: deque[float] = deque(maxlen=200)
    right: dict[str, deque[bool]] = defaultdict(lambda: deque(maxlen=600))
    steps, step, began = pairs // _SIZE, 0, time.monotonic()
    length = np.diff(passages.start)
    while step < steps:
        epoch = sampler.epoch(rng)
        rng.shuffle(epoch)
        epoch = epoch[: (steps - step) * _SIZE]
        batches = []
        for first in range(0, len(epoch), _SIZE * 48):
            group = sorted(epoch[first : first + _SIZE * 48], key=lambda pair: length[pair[1]])
            parts = [group[i : i + _SIZE] for i in range(0, len(group), _SIZE)]
            rng.shuffle(parts)
            batches += parts
        for batch in batches:
            done = step / steps
            for group in optimiser.param_groups:
                group["lr"] = group["times"] * highest * min(1, step / 60) * (0.02 + 0.98 * (1 - done))
            q, p = reading.pieces(batch)
            with torch.autocast("cpu", torch.bfloat16):
                answer, places = network(q, p)
            value = _loss(answer.float(), places.float(), p[2], batch)
            optimiser.zero_grad()
            value.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()
            step += 1
            recent.append(float(value.detach()))
            for pair, logit in zip(batch, answer.tolist(), strict=True):
                right[pair[5]].append((logit > 0) == (pair[2] > 0.5))
            if step % 50 == 0:
                shares = {k: round(sum(v) / len(v), 3) for k, v in right.items()}
                speed = step * _SIZE / (time.monotonic() - began)
                print(time.strftime("%H:%M:%S"), step, round(sum(recent) / len(recent), 4),
                      f"{speed:.1f} pairs/s", shares, flush=True)  # fmt: skip
            if step % max(1, steps // 2) == 0 and step < steps:
                log(work, tag, {"step": step, **measure.quick(network)})  # type: ignore[arg-type]
    minutes = round((time.monotonic() - began) / 60, 1)
    torch.save({n: p for n, p in network.named_parameters() if p.requires_grad}, work / f"{tag}.pt")
    log(work, tag, {"final": True, "minutes": minutes, **measure.quick(network)})  # type: ignore[arg-type]


def _loss(answer: Tensor, places: Tensor, words: Tensor, batch: list[Sampled]) -> Tensor:
    total = F.binary_cross_entropy_with_logits(answer, torch.tensor([pair[2] for pair in batch]))
    places = places.masked_fill(words[..., None] < 0, -1e4)
    for column, weight in ((0, 0.15), (1, 0.15), (2, 0.3)):
        wanted = torch.tensor([pair[4 if column == 1 else 3] for pair in batch])
        exact = torch.tensor([pair[6] or column == 2 for pair in batch])
        at = (words == wanted[:, None]) & (wanted >= 0)[:, None]
        usable = at.any(1) & exact
        if usable.any():
            # A word may have several pieces: any of them is right.
            share = places[usable, :, column].log_softmax(1).masked_fill(~at[usable], -1e4)
            total = total - weight * share.logsumexp(1).mean()
    return total


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("tag")
    parser.add_argument("--apart", type=int, default=3)
    parser.add_argument("--rank", type=int, default=0)
    parser.add_argument("--pairs", type=int, default=36_000)
    a = parser.parse_args()
    train(a.work, a.tag, a.apart, a.rank, a.pairs)
