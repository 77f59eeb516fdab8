"""The embedding model: texts → vectors of length 1, with the engine that is fastest for them."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import Floats
from tacrochat.embedding import exported as exported_models
from tacrochat.embedding.engine import ENGINES, Engine, EngineName
from tacrochat.embedding.exported import Exported
from tacrochat.embedding.model_files import absolute, fingerprint, folder_of
from tacrochat.embedding.onnx_engine import OnnxEngine, opened
from tacrochat.embedding.torch_engine import TorchEngine
from tacrochat.embedding.vocabulary import Vocabulary
from tacrochat.settings import DEFAULT_MODEL
from tacrochat.types import Progress, Span
from tacrochat.word_codes import Codes, compress, width

Keep: TypeAlias = Callable[[list[int], Floats, list[Codes]], object]
"""Receives each batch as soon as it is encoded: numbers of texts, their vectors, and those of their words."""

_BATCH = 64
_MAX_CHARS = 20_000  # code points of a text that are tokenized: far more than any window holds
_MIN_TO_MEASURE = 512  # texts from which on it pays to measure which engine is the fastest
_MIN_TO_LOAD = 4_096  # texts from which on it pays to load torch for that
_WORTHWHILE = 0.8  # share of the time of float32 that bfloat16 must stay below


class Encoder:
    """A model; ``encode`` returns float32 vectors of length 1. Several threads may use it.

    ``window`` is the number of word pieces that the model reads at most. If the
    model has been exported, ONNX Runtime runs it, and torch is not loaded unless
    there are very many texts. All engines give the same vectors, to a cosine of .9999.
    """

    def __init__(self, model: str = DEFAULT_MODEL, exported: Path | None = None) -> None:
        """Load a model by name or path; ``exported`` is the file that ``save`` has written, if any.

        Raises:
            ModelError: it is not on this machine or cannot be loaded.

        """
        self.model = absolute(model)
        self.fingerprint = fingerprint(model)
        self.folder = folder_of(model)
        self._lock = threading.RLock()
        self._torch: TorchEngine | None = None
        self._half: TorchEngine | None = None
        self._onnx: OnnxEngine | None = None
        self._exported: Exported | None = None
        self._can_be_exported = True
        if exported:
            self._open(exported)
        loaded = self._onnx or self._float32()
        self.window = loaded.window
        self.dimension = loaded.dimension

    @property
    def engine(self) -> EngineName:
        """The engine that runs the model on a few texts."""
        return "onnx-float32" if self._onnx else "torch-float32"

    def has(self, engine: EngineName) -> bool:
        """Tell whether an engine can be used here."""
        return engine != "onnx-float32" or self._onnx is not None

    def export(self, path: Path) -> None:
        """Run the model with ONNX Runtime from now on, from the file ``path`` if it is there, or export it.

        Nothing is written or raised: if the model cannot be exported, torch runs it.
        """
        from tacrochat.embedding.export import export

        with self._lock:
            if self._onnx or self._open(path) or not self._can_be_exported:
                return
            made = export(self._float32(), self.folder, self.fingerprint)
            self._can_be_exported = made is not None
            if made:
                self._exported, self._onnx = made

    def _open(self, path: Path) -> bool:
        """Open an exported model; False if the file is not this model's, or cannot be used."""
        found = exported_models.read(path, self.fingerprint)
        engine = opened(found, self.folder) if found else None
        if engine:
            self._exported, self._onnx = found, engine
        return engine is not None

    def save(self, path: Path) -> None:
        """Write the exported model to a file, unless it is there; nothing is raised if that fails."""
        there = exported_models.read(path, self.fingerprint)
        if there is None or (self._exported and there != self._exported):
            exported_models.replace(path, self._exported)

    def count_tokens(self, texts: list[str]) -> list[int]:
        """Count the word pieces of each text, special tokens left out."""
        return self._engine(self.engine).count_tokens([text[:_MAX_CHARS] for text in texts]) if texts else []

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words that are one piece for the tokenizer."""
        return Vocabulary(self.word_pieces)

    @cached_property
    def word_pieces(self) -> dict[str, int]:
        """The pieces of the tokenizer's vocabulary, each with its number."""
        return self._engine(self.engine).word_pieces()

    def truncate_all(self, texts: list[str], max_tokens: int) -> dict[str, str]:
        """Map each text to its longest start of whole words with at most ``max_tokens`` word pieces."""
        short = [text[:2_000] for text in texts]
        counts = self.count_tokens(short)
        return {
            text: start if count <= max_tokens else self._truncate(start, max_tokens)
            for text, start, count in zip(texts, short, counts, strict=True)
        }

    def _truncate(self, text: str, max_tokens: int) -> str:
        words = text.split(" ")
        while len(words) > 1 and self.count_tokens([" ".join(words)])[0] > max_tokens:
            words.pop()
        return " ".join(words)

    def encode(
        self,
        texts: list[str],
        *,
        progress: str | None = None,
        tell: Progress | None = None,
        engine: EngineName | None = None,
        keep: Keep | None = None,
    ) -> Floats:
        """Encode texts; returns ``(len(texts), dimension)``, each row of length 1.

        The longest go first, so that a batch pads little. ``engine`` is
        ``fastest(texts)`` unless it is given. ``progress`` names a progress bar; if
        there is a ``tell``, it is told instead. ``keep`` receives each batch.
        """
        result = np.zeros((len(texts), self.dimension), np.float32)
        running = self._engine(engine or self.fastest(texts))
        for batch in _batches(texts, progress, tell):
            result[batch] = _unit(running.forward([texts[i][:_MAX_CHARS] for i in batch]).vectors)
            if keep:
                keep(batch, result[batch], [])
        return result

    def encode_words(
        self,
        texts: list[str],
        spans: Sequence[Sequence[Span]],
        *,
        progress: str | None = None,
        tell: Progress | None = None,
        engine: EngineName | None = None,
        keep: Keep | None = None,
    ) -> tuple[Floats, list[Codes]]:
        """Encode texts, and the words in them, each in its context.

        ``spans[i]`` are the words of ``texts[i]``. Returns ``(len(texts),
        dimension)`` float32 vectors of length 1, and for each text the compressed
        vectors of its words (``word_codes``): the mean of the model's last layer
        over the word's pieces; none if the word lies beyond the window. The other
        arguments are those of ``encode``.
        """
        result = np.zeros((len(texts), self.dimension), np.float32)
        codes: list[Codes] = [np.zeros((0, width(self.dimension)), np.uint8)] * len(texts)
        running = self._engine(engine or self.fastest(texts))
        for batch in _batches(texts, progress, tell):
            output = running.forward([texts[i][:_MAX_CHARS] for i in batch])
            result[batch] = _unit(output.vectors)
            for number, i in enumerate(batch):
                codes[i] = compress(_word_vectors(output.pieces[number], output.spans[number], spans[i]))
            if keep:
                keep(batch, result[batch], [codes[i] for i in batch])
        return result, codes

    def encode_question(self, text: str, spans: Sequence[Span]) -> tuple[Floats, Floats]:
        """Encode a question and its words, not compressed: ``(dimension,)`` and ``(words, dimension)``."""
        output = self._engine(self.engine).forward([text[:_MAX_CHARS]])
        return _unit(output.vectors)[0], _word_vectors(output.pieces[0], output.spans[0], spans)

    def fastest(self, texts: Sequence[str]) -> EngineName:
        """Choose an engine for texts: of many, one batch is run with each to measure which is the fastest."""
        is_loaded = self._torch is not None or len(texts) >= _MIN_TO_LOAD
        if len(texts) < _MIN_TO_MEASURE or not is_loaded:
            return self.engine
        middle = [text[:_MAX_CHARS] for text in sorted(texts, key=len)[len(texts) // 2 :][: _BATCH // 2]]
        seconds = {name: _seconds(self._engine(name), middle) for name in ENGINES if self.has(name)}
        half = seconds.pop("torch-bfloat16")
        exact = min(seconds, key=lambda name: seconds[name])
        return "torch-bfloat16" if half < _WORTHWHILE * seconds[exact] else exact

    def _engine(self, name: EngineName) -> Engine:
        with self._lock:
            if name == "onnx-float32" and self._onnx:
                return self._onnx
            full = self._float32()
            if name != "torch-bfloat16":
                return full
            if self._half is None:
                self._half = full.lowered()
            return self._half

    def _float32(self) -> TorchEngine:
        with self._lock:
            if self._torch is None:
                self._torch = TorchEngine.load(self.folder)
            return self._torch


def _seconds(engine: Engine, texts: list[str]) -> float:
    engine.forward(texts)  # the first run of a length prepares it
    began = time.perf_counter()
    engine.forward(texts)
    return time.perf_counter() - began


def _batches(texts: Sequence[str], name: str | None, tell: Progress | None) -> Iterator[list[int]]:
    """Yield batches: numbers of texts of about one length, the longest first."""
    from tqdm import tqdm

    order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
    hide = True if name is None or tell else None  # None: shown on a terminal only
    with tqdm(total=len(texts), desc=name, unit="text", disable=hide, leave=False) as bar:
        for first in range(0, len(order), _BATCH):
            batch = order[first : first + _BATCH]
            yield batch
            bar.update(len(batch))
            if tell:
                tell(name or "encode", first + len(batch), len(order))


def _unit(vectors: Floats) -> Floats:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), np.float32)


def _word_vectors(pieces: Floats, pieces_at: NDArray[np.int64], words: Sequence[Span]) -> Floats:
    """Return the mean of each word's pieces, of length 1; both kinds of spans are of one text."""
    if not words:
        return np.zeros((0, pieces.shape[1]), np.float32)
    starts, ends = np.asarray(words, np.int64).T
    overlap = (pieces_at[None, :, 0] < ends[:, None]) & (pieces_at[None, :, 1] > starts[:, None])
    return _unit(overlap.astype(np.float32) @ pieces)
