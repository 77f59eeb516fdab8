"""A large index: real passages, and as many made from them as are wanted."""

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import tacrochat
from tacrochat.index.contents import SegmentContents, SegmentRecord, State
from tacrochat.index.manifest import EXPORTED
from tacrochat.index.parts import part_of_passage
from tacrochat.index.publish import add_segment, publish, writing
from tacrochat.index.store import Store
from tacrochat.text import tokens
from tacrochat.types import Document, Passage, Section

from .costs import p95

_SEGMENT = 100_000
_CHUNK = 50_000
_NOISE = 0.02  # of each number of a vector, times 1 / sqrt(dimension): about that of int8
_BETWEEN = (0.2, 0.8)


def measure(real: Path | None, work: Path, count: int, questions: Sequence[str]) -> dict[str, Any]:
    """Make the index if it is not there, and measure it in a new process."""
    if real is None:
        raise SystemExit("name an index of real documents with --real")
    if not (work / "manifest.json").is_file():
        make(Store(real), work, count)
    command = [sys.executable, "-c", _ASK, str(work), *questions[:60]]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    output = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    return {"real_passages": len(Store(real).passages), **json.loads(output)}


_ASK = "import json, sys; from scaling.large import ask; print(json.dumps(ask(sys.argv[1], sys.argv[2:])))"


def ask(index: str, questions: Sequence[str]) -> dict[str, float]:
    """Open an index and ask; seconds, milliseconds and megabytes."""
    began = time.perf_counter()
    library = tacrochat.open(index)
    opened = time.perf_counter() - began
    assistant = tacrochat.Assistant(library)
    assistant.ask("What is it?")
    times = []
    for question in questions:
        began = time.perf_counter()
        assistant.ask(question)
        times.append(time.perf_counter() - began)
    status = Path("/proc/self/status").read_text("utf-8").splitlines()
    # Not ru_maxrss: a child starts with that of its parent.
    memory = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    return {
        "passages": len(library.passages),
        "open_s": round(opened, 2),
        "median_ms": round(1000 * statistics.median(times), 1),
        "p95_ms": round(1000 * p95(times), 1),
        "resident_mb": round(memory),
        "recall_at_10": recall(library._store, questions),
    }


def recall(store: Store, questions: Sequence[str], k: int = 10) -> float:
    """Return the share of the exact ``k`` nearest passages and sentences that the first stage finds."""
    encoder = tacrochat.open(store.folder).encoder
    found = []
    for vector in encoder.encode(list(questions)):
        for space in ("passages", "sentences"):
            near = {i for i, _ in store.nearest(space, vector, k)}
            best = {i for _, i in sorted(_exact(store, space, vector, k), reverse=True)[:k]}
            found.append(len(near & best) / max(1, len(best)))
    return round(float(np.mean(found)), 4)


def _exact(store: Store, space: str, vector: Any, k: int) -> Iterator[tuple[float, int]]:
    """Yield cosines and passage ids, the best ``k`` of each chunk among them, compared one by one."""
    for part in store.parts:
        index, offsets = part.segment.spaces[space], part.segment.terms.sentence_offsets
        for first in range(0, len(index), _CHUNK):
            cosines = index.vectors(slice(first, first + _CHUNK)) @ vector
            for row in np.argsort(-cosines)[:k]:
                at = first + int(row)
                if space == "sentences":
                    at = int(np.searchsorted(offsets, at, side="right") - 1)
                yield float(cosines[row]), part.first_passage + at


def make(real: Store, folder: Path, count: int) -> None:
    """Write an index of ``count`` passages: those of ``real``, and passages made from them."""
    with writing(folder):
        segments: list[SegmentRecord] = []
        done, generation = 0, 0
        while done < count:
            for contents in _generation(real, generation, count - done):
                segments.append(add_segment(folder, contents))
                done += len(contents.passages)
                print(f"{done:,} passages", file=sys.stderr, flush=True)
                if done >= count:
                    break
            generation += 1
        manifest = real.manifest.to_dict()
        about = {name: manifest[name] for name in ("model", "fingerprint", "settings", "corpus", "built")}
        publish(folder, segments, State([], []), about, lambda store: real.manifest.background)
    if (real.folder / EXPORTED).is_file():
        shutil.copy(real.folder / EXPORTED, folder / EXPORTED)  # else torch would encode the questions


def _generation(real: Store, number: int, most: int) -> Iterator[SegmentContents]:
    """Yield all real passages (number 0), or one passage made from each."""
    rng, noise = random.Random(number), np.random.default_rng(number)
    documents: list[Document] = []
    passages: list[Passage] = []
    chosen: list[int] = []
    for document in real.documents:
        own = real.passage_ids_of(document.id)
        if not own:
            continue
        text, made = _texts(real, own, rng if number else None)
        made = [replace(p, id=len(passages) + i, document_id=len(documents)) for i, p in enumerate(made)]
        path = f"{number}/{document.path}" if number else document.path
        documents.append(replace(document, id=len(documents), path=path, text=text, pages=(), places=()))
        passages += made
        chosen += list(own)
        if len(passages) >= min(_SEGMENT, most):
            yield _contents(real, documents, passages, chosen, noise if number else None)
            most -= len(passages)
            documents, passages, chosen = [], [], []
            if most <= 0:
                return
    if passages:
        yield _contents(real, documents, passages, chosen, noise if number else None)


def _texts(real: Store, ids: range, rng: random.Random | None) -> tuple[str, list[Passage]]:
    """Return a document's text and passages: as they are, or with the sentences of each in another order."""
    text, made = "", []
    for i in ids:
        passage = real.passages[i]
        parts = [passage.text[a - passage.start : b - passage.start] for a, b in passage.sentences]
        if rng:
            rng.shuffle(parts)
            parts[-1] += f" {rng.randrange(10**6)}"
        start, spans = len(text), []
        for part in parts:
            spans.append((len(text), len(text) + len(part)))
            text += part + " "
        end = spans[-1][1]
        made.append(
            replace(passage, start=start, end=end, text=text[start:end], sentences=tuple(spans), copies=())
        )
        text += "\n\n"
    return text, made


def _contents(
    real: Store, documents: list[Document], passages: list[Passage], ids: list[int], noise: Any
) -> SegmentContents:
    vectors = real.vectors(np.asarray(ids))
    sentences = _sentences(real, ids)
    words = np.concatenate([real.words(np.asarray([i]), []).codes for i in ids])
    words = _as_many(words, _words_of(passages))
    if noise is not None:
        vectors, sentences = _between(vectors, noise), _between(sentences, noise)
    keys = [["0" * 32] * (1 + len(p.sentences)) for p in passages]
    contexts = [documents[p.document_id].title for p in passages]
    sections = [Section(d.id, (), 0, len(d.text), "body") for d in documents]
    return SegmentContents(documents, sections, passages, [], contexts, keys, {}, vectors, sentences, words)


def _sentences(real: Store, ids: list[int]) -> Any:
    found = []
    for i in ids:
        part = part_of_passage(real.parts, i)
        offsets = part.segment.terms.sentence_offsets
        row = i - part.first_passage
        found.append(
            part.segment.spaces["sentences"].vectors(slice(int(offsets[row]), int(offsets[row + 1])))
        )
    return np.concatenate(found)


def _words_of(passages: Sequence[Passage]) -> int:
    return sum(len(tokens(p.text, a - p.start, b - p.start)) for p in passages for a, b in p.sentences)


def _as_many(rows: Any, count: int) -> Any:
    return rows[np.resize(np.arange(len(rows)), count)]


def _between(vectors: Any, noise: Any) -> Any:
    """Return vectors between neighbours in the list, which are alike, plus noise, of length 1."""
    share = noise.uniform(*_BETWEEN, size=(len(vectors), 1)).astype(np.float32)
    moved = share * vectors + (1 - share) * np.roll(vectors, -1, axis=0)
    moved += noise.normal(scale=_NOISE / np.sqrt(vectors.shape[1]), size=vectors.shape).astype(np.float32)
    return moved / np.linalg.norm(moved, axis=1, keepdims=True)
