"""Train the reader's network."""

import argparse
import copy
import json
import math
import os
import pickle
import random
import time
from collections import defaultdict, deque
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from reader.batches import Sampler, Targets, collate, in_batches
from reader.measure import Measure
from reader.network import Batch, Network

_SIZE = 64
_RATE = 1.5e-3
_DECAY = 0.02
_AVERAGE = 0.998  # of the weights over steps (Polyak and Juditsky, 1992)


def loss(x: Batch, out: tuple[Tensor, Tensor, Tensor, Tensor], y: Targets) -> Tensor:
    """Return the loss: does it answer, and where; the place counts only where it is known."""
    answer, start, end, sentence = out
    total = F.binary_cross_entropy_with_logits(answer, y.labels)
    known = (y.start >= 0) & (y.start < start.shape[1])
    if known.any():
        s = sentence[known]
        index = x.sentence[known]
        count = int(index.max()) + 1
        of_sentence = s.new_full((len(s), count), -1e4).scatter_reduce(1, index, s, "amax")
        target = index.gather(1, y.start[known][:, None])[:, 0]
        total = total + 0.3 * F.cross_entropy(of_sentence, target)
    exact = known & y.exact & (y.end < start.shape[1])
    if exact.any():
        total = total + 0.15 * (
            F.cross_entropy(start[exact], y.start[exact]) + F.cross_entropy(end[exact], y.end[exact])
        )
    return total


def train(
    work: Path, tag: str, steps: int, minutes: float = math.inf, seed: int = 0, **options: object
) -> Path:
    """Train for a number of steps, or until the time is over; returns the file with the weights."""
    torch.manual_seed(seed)
    torch.set_flush_denormal(True)
    rng = random.Random(seed)
    with (work / "data.pt").open("rb") as file:
        data, made, passages, questions, static = pickle.load(file)
    measure = Measure(data, questions, passages, static)
    sampler = Sampler(data, made, questions, passages)
    network = Network(**options)  # type: ignore[arg-type]
    average = copy.deepcopy(network).requires_grad_(False)
    parameters = sum(p.numel() for p in network.parameters())
    log(work, tag, {"parameters": parameters, **options})
    optimiser = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=_DECAY, fused=True)
    recent: deque[float] = deque(maxlen=200)
    right: dict[str, deque[bool]] = defaultdict(lambda: deque(maxlen=600))
    step, began, busy = 0, time.monotonic(), 0.0
    next_report = steps // 8
    while step < steps:
        for pairs in in_batches(sampler.epoch(rng), passages, _SIZE, rng):
            t = time.monotonic()
            done = max(step / steps, (t - began) / 60 / minutes)
            if done >= 1:
                step = steps
                break
            rate = _RATE * min(1, step / 200) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))
            for group in optimiser.param_groups:
                group["lr"] = rate
            x, y = collate(pairs, questions, passages, static)
            with torch.autocast("cpu", torch.bfloat16):
                out = network(x)
            value = loss(x, out, y)
            optimiser.zero_grad()
            value.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            step += 1
            keep = min(_AVERAGE, step / (step + 10))
            with torch.no_grad():
                for a, b in zip(average.parameters(), network.parameters(), strict=True):
                    a.lerp_(b, 1 - keep)
            recent.append(float(value.detach()))
            busy += time.monotonic() - t
            for pair, logit in zip(pairs, out[0].tolist(), strict=True):
                right[pair[5]].append((logit > 0) == (pair[2] > 0.5))
            if step % 100 == 0:
                shares = {k: round(sum(v) / len(v), 3) for k, v in right.items()}
                print(time.strftime("%H:%M:%S"), step, round(sum(recent) / len(recent), 4),
                      f"{step * _SIZE / busy:.0f} pairs/s", shares, flush=True)  # fmt: skip
            if step >= next_report and step < steps:
                next_report += steps // 8
                log(
                    work,
                    tag,
                    {
                        "step": step,
                        "minutes": round((time.monotonic() - began) / 60, 1),
                        **measure.quick(average),
                    },
                )
    torch.save({"options": options, "weights": average.state_dict()}, work / f"{tag}.pt")
    log(
        work,
        tag,
        {"final": True, "minutes": round((time.monotonic() - began) / 60, 1), **measure.figures(average)},
    )
    return work / f"{tag}.pt"


def log(work: Path, tag: str, record: dict[str, object]) -> None:
    """Print a record, and keep it."""
    line = json.dumps({"tag": tag, **record})
    print(time.strftime("%H:%M:%S"), line, flush=True)
    with (work / "log.jsonl").open("a") as file:
        file.write(line + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("tag")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--inner", type=int, default=256)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--no-static", action="store_true")
    parser.add_argument("--no-contextual", action="store_true")
    a = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    train(a.work, a.tag, a.steps, a.minutes, layers=a.layers, width=a.width, inner=a.inner, dropout=a.dropout,
          static=not a.no_static, contextual=not a.no_contextual)  # fmt: skip
