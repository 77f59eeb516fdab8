"""A large index: real passages, and as many made from them as are wanted, each document with a file."""

import hashlib
import json
import math
import multiprocessing
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

import tacrochat
from tacrochat.index.contents import FileRecord, FileState, SegmentContents, SegmentRecord, State
from tacrochat.index.manifest import EXPORTED
from tacrochat.index.publish import add_segment, publish, writing
from tacrochat.index.ragged import select_ranges
from tacrochat.index.store import Store
from tacrochat.settings import Settings
from tacrochat.text import tokens
from tacrochat.types import Document, Passage, Section

from .costs import p95
from .costs import tacrochat as tacrochat_command

_SEGMENT = 100_000  # passages, about
_CHUNK = 50_000
_NOISE = 0.02  # of each number of a vector, times 1 / sqrt(dimension): about that of int8
_BETWEEN = (0.2, 0.8)
_REPEATS = 3
_LONG_AGO = 1_500_000_000  # the time of the files, before the build, in seconds


def measure(real: Path | None, work: Path, count: int, questions: Sequence[str]) -> dict[str, Any]:
    """Make the index if it is not there, and measure it in a new process."""
    if real is None:
        raise SystemExit("name an index of real documents with --real")
    index, files = work / "index", work / "files"
    if not (index / "manifest.json").is_file():
        make(Store(real), index, files, count)
    command = [sys.executable, "-c", _ASK, str(index), *questions[:60]]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    output = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    asked = json.loads(output)
    size = sum(path.stat().st_size for path in index.rglob("*") if path.is_file())
    return {
        "real_passages": len(Store(real).passages),
        "bytes_a_passage": round(size / asked["passages"]),
        "recall_at_10_of_real": recall(Store(real), questions),
        **asked,
        **refresh(index, files),
    }


def refresh(index: Path, files: Path, count: int = 10) -> dict[str, float]:
    """Change some files and build, in a process that starts without a model, as ``tacrochat build`` does."""
    seconds, cpu = [], []
    changed = random.Random(5).sample(sorted(files.rglob("*.txt")), count)
    for number in range(_REPEATS):
        for path in changed:
            path.write_text(f"{path.read_text('utf-8')}\n\nThis was added as number {number}.\n", "utf-8")
        time.sleep(2.5)  # a file of this moment would be compared with its checksum in the next build, too
        command = tacrochat_command("build", "--json", "--corpus", files, "--index", index)
        began = time.perf_counter()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if (report["changed"], report["added"], report["removed"]) != (count, 0, 0):
            raise RuntimeError(f"another refresh than was meant: {report}")
        seconds.append(time.perf_counter() - began)
        cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {
        "refresh_s": round(statistics.median(seconds), 1),
        "refresh_cpu_s": round(statistics.median(cpu), 1),
    }


_ASK = "import json, sys; from scaling.large import ask; print(json.dumps(ask(sys.argv[1], sys.argv[2:])))"


def ask(index: str, questions: Sequence[str]) -> dict[str, Any]:
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
    # Not ru_maxrss: a child starts with that of its parent.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("utf-8").splitlines())
    own, mapped = (int(status[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile"))
    return {
        "passages": len(library.passages),
        "open_s": round(opened, 2),
        "median_ms": round(1000 * statistics.median(times), 1),
        "p95_ms": round(1000 * p95(times), 1),
        "own_mb": round(own),
        "mapped_mb": round(mapped),  # pages of the index, which the system drops when it needs room
        "recall_at_10": recall(library._store, questions),
    }


def recall(store: Store, questions: Sequence[str], k: int = 10) -> dict[str, float]:
    """Return the share of the exact ``k`` nearest that are among the candidates of the first stage."""
    count = Settings().candidates
    query_vectors = tacrochat.open(store.folder).encoder.encode(list(questions))
    shares = {}
    for space, wanted in (("passages", count), ("sentences", 3 * count)):
        best = _exact(store, space, query_vectors, k)
        found = [
            len({i for i, _ in store.nearest(space, vector, wanted)} & nearest) / len(nearest)
            for vector, nearest in zip(query_vectors, best, strict=True)
        ]
        shares[space] = round(float(np.mean(found)), 4)
    return shares


def _exact(store: Store, space: str, query_vectors: Any, k: int) -> list[set[int]]:
    """Return for each question the passages with the ``k`` best cosines, all compared one by one."""
    best: list[list[tuple[float, int]]] = [[] for _ in query_vectors]
    for part in store.parts:
        index, offsets = part.segment.spaces[space], part.segment.terms.sentence_offsets
        for first in range(0, len(index), _CHUNK):
            cosines = index.vectors(slice(first, first + _CHUNK)) @ query_vectors.T
            for number, column in enumerate(cosines.T):
                for row in np.argpartition(-column, min(k, len(column) - 1))[:k]:
                    at = first + int(row)
                    if space == "sentences":
                        at = int(np.searchsorted(offsets, at, side="right") - 1)
                    best[number].append((float(column[row]), part.first_passage + at))
    return [{i for _, i in sorted(pairs, reverse=True)[:k]} for pairs in best]


@dataclass(frozen=True)
class _Real:
    """The real index, its vectors and words read once."""

    store: Store

    @cached_property
    def vectors(self) -> Any:
        """``(passages, dimension)``."""
        return self.store.embeddings

    @cached_property
    def sentences(self) -> tuple[Any, Any]:
        """The vectors of all sentences, and where those of each passage begin."""
        return self._joined(
            lambda part: part.segment.spaces["sentences"].vectors(slice(None)),
            lambda part: part.segment.terms.sentence_offsets,
        )

    @cached_property
    def words(self) -> tuple[Any, Any]:
        """The codes of all words, and where those of each passage begin."""
        return self._joined(
            lambda part: part.segment.word_codes,
            lambda part: part.segment.terms.word_offsets[part.segment.terms.sentence_offsets],
        )

    def _joined(self, values: Any, offsets: Any) -> tuple[Any, Any]:
        found = [np.asarray(values(part)) for part in self.store.parts]
        sizes = [np.diff(offsets(part)) for part in self.store.parts]
        return np.concatenate(found), np.concatenate([[0], *sizes]).cumsum()


def _of_passages(joined: tuple[Any, Any], ids: Sequence[int]) -> Any:
    values, offsets = joined
    selected, _ = select_ranges(offsets, np.asarray(ids), len(values))
    return values[selected]


def make(store: Store, folder: Path, files: Path, count: int) -> None:
    """Write an index of about ``count`` passages (those of ``store``, some made from them), and its files."""
    generations = math.ceil(count / len(store.passages))
    each = max(1, round(_SEGMENT / len(store.passages)))
    jobs = [range(first, min(first + each, generations)) for first in range(0, generations, each)]
    run = partial(_add, store.folder, folder, files)
    processes = multiprocessing.get_context("spawn").Pool(os.cpu_count())
    with writing(folder), processes as pool:
        segments: list[SegmentRecord] = []
        records: list[FileRecord] = []
        for segment, more in pool.imap(run, jobs):
            segments.append(segment)
            records += more
            print(f"{sum(s.passages for s in segments):,} passages", file=sys.stderr, flush=True)
        manifest = store.manifest.to_dict()
        about = {name: manifest[name] for name in ("model", "fingerprint", "settings", "built")}
        about["corpus"] = str(files.resolve())
        publish(folder, segments, State(records, []), about, lambda _: store.manifest.background)
    if (store.folder / EXPORTED).is_file():
        shutil.copy(store.folder / EXPORTED, folder / EXPORTED)  # else torch would encode the questions


def _add(real: Path, folder: Path, files: Path, generations: range) -> tuple[SegmentRecord, list[FileRecord]]:
    """Write one segment, and its files."""
    contents = _contents(_Real(Store(real)), generations)
    return add_segment(folder, contents), [_write(files, document) for document in contents.documents]


def _write(files: Path, document: Document) -> FileRecord:
    path, data = files / document.path, document.text.encode("utf-8", "replace")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (_LONG_AGO, _LONG_AGO))
    return FileRecord(
        document.path, hashlib.sha256(data).hexdigest(), FileState(len(data), _LONG_AGO * 10**9)
    )


def _contents(real: _Real, generations: range) -> SegmentContents:
    """Return all real passages (generation 0), or passages made from each."""
    documents: list[Document] = []
    passages: list[Passage] = []
    keys: list[list[str]] = []
    vectors, sentence_vectors, words = [], [], []
    for number in generations:
        noise = np.random.default_rng(number) if number else None
        first, ids = len(passages), []
        for document in real.store.documents:
            own = real.store.passage_ids_of(document.id)
            if not own:
                continue
            ids += list(own)
            text, made = _texts(real.store, own, random.Random(number + document.id) if number else None)
            passages += [
                replace(p, id=len(passages) + i, document_id=len(documents)) for i, p in enumerate(made)
            ]
            path = f"{number}/{document.path}.txt"
            documents.append(
                replace(
                    document, id=len(documents), text=text, path=path, container=None, pages=(), places=()
                )
            )
        vectors.append(_between(real.vectors[ids], noise))
        sentence_vectors.append(_between(_of_passages(real.sentences, ids), noise))
        words.append(_as_many(_of_passages(real.words, ids), _words_of(passages[first:])))
        keys += [["0" * 32] * (1 + len(p.sentences)) for p in passages[first:]]
    return SegmentContents(
        documents,
        [Section(d.id, (), 0, len(d.text), "body") for d in documents],
        passages,
        [],
        [documents[p.document_id].title for p in passages],
        keys,
        {},
        np.concatenate(vectors),
        np.concatenate(sentence_vectors),
        np.concatenate(words),
    )


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


def _words_of(passages: Sequence[Passage]) -> int:
    return sum(len(tokens(p.text, a - p.start, b - p.start)) for p in passages for a, b in p.sentences)


def _as_many(rows: Any, count: int) -> Any:
    return rows[np.resize(np.arange(len(rows)), count)]


def _between(vectors: Any, noise: Any) -> Any:
    """Return vectors between neighbours in the list, which are alike, plus noise, of length 1.

    Without noise, the vectors as they are.
    """
    if noise is None:
        return vectors
    share = noise.uniform(*_BETWEEN, size=(len(vectors), 1)).astype(np.float32)
    moved = share * vectors + (1 - share) * np.roll(vectors, -1, axis=0)
    moved += noise.normal(scale=_NOISE / np.sqrt(vectors.shape[1]), size=vectors.shape).astype(np.float32)
    return moved / np.linalg.norm(moved, axis=1, keepdims=True)
