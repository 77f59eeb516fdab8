"""The embedding model: texts → vectors of length 1, with sentence-transformers."""

import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import WORD_VECTOR_SCALE, Floats
from tacrochat.embedding.model_files import absolute, fingerprint, folder_of
from tacrochat.embedding.vocabulary import Vocabulary
from tacrochat.errors import ModelError
from tacrochat.settings import DEFAULT_MODEL
from tacrochat.types import Progress, Span

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Precision = Literal["float32", "bfloat16"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)

Keep: TypeAlias = Callable[[list[int], Floats, list[NDArray[np.int8]]], object]
"""Receives each batch as soon as it is encoded: numbers of texts, their vectors, and those of their words."""

_BATCH = 64
_MAX_CHARS = 20_000  # code points of a text that are tokenized: far more than any window holds
_MIN_TO_MEASURE = 512  # texts from which on it pays to measure whether a lower precision is faster


class Encoder:
    """A loaded model; ``encode`` returns float32 vectors of length 1. Several threads may use it.

    ``window`` is the number of word pieces that the model reads at most.
    """

    def __init__(self, model: str = DEFAULT_MODEL) -> None:
        """Load a model by name or path.

        Raises:
            ModelError: it is not on this machine or cannot be loaded.

        """
        self.model = absolute(model)
        self.fingerprint = fingerprint(model)
        self._transformer = _load(folder_of(model))
        self.window = int(self._transformer.max_seq_length or 256)
        self.dimension = int(self._transformer.get_embedding_dimension() or 0)
        self._half: SentenceTransformer | None = None
        # A tokenizer is changed by each call (padding, truncation): one thread at a time.
        self._lock = threading.RLock()

    def count_tokens(self, texts: list[str]) -> list[int]:
        """Count the word pieces of each text, special tokens left out."""
        if not texts:
            return []
        short = [text[:_MAX_CHARS] for text in texts]
        with self._lock:
            encoding = self._transformer.tokenizer(
                short, add_special_tokens=False, truncation=False, verbose=False
            )
        return [len(ids) for ids in encoding["input_ids"]]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words that are one piece for the tokenizer."""
        return Vocabulary(self._transformer.tokenizer.get_vocab())

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
        precision: Precision | None = None,
        keep: Keep | None = None,
    ) -> Floats:
        """Encode texts; returns ``(len(texts), dimension)``, each row of length 1.

        The longest go first, so that a batch pads little. ``precision`` is
        ``fastest(texts)`` unless it is given. ``progress`` names a progress bar; if
        there is a ``tell``, it is told instead. ``keep`` receives each batch.
        """
        result = np.zeros((len(texts), self.dimension), np.float32)
        model = self._in(precision or self.fastest(texts))
        for batch in _batches(texts, progress, tell):
            result[batch] = self._run(model, [texts[i][:_MAX_CHARS] for i in batch])
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
        precision: Precision | None = None,
        keep: Keep | None = None,
    ) -> tuple[Floats, list[NDArray[np.int8]]]:
        """Encode texts, and the words in them, each in its context.

        ``spans[i]`` are the words of ``texts[i]``. Returns ``(len(texts),
        dimension)`` float32 vectors of length 1, and for each text ``(len(spans[i]),
        dimension)`` int8 word vectors: the mean of the model's last layer over the
        word's pieces, scaled to length ``WORD_VECTOR_SCALE``; 0 if the word lies
        beyond the window. Rounding changes a cosine of two words by about .002.
        The other arguments are those of ``encode``.
        """
        result = np.zeros((len(texts), self.dimension), np.float32)
        word_vectors: list[NDArray[np.int8]] = [np.zeros((0, self.dimension), np.int8)] * len(texts)
        model = self._in(precision or self.fastest(texts))
        for batch in _batches(texts, progress, tell):
            output = self._forward(model, [texts[i][:_MAX_CHARS] for i in batch])
            result[batch] = _unit(output.vectors)
            for number, i in enumerate(batch):
                word_vectors[i] = _word_vectors(output.pieces[number], output.spans[number], spans[i])
            if keep:
                keep(batch, result[batch], [word_vectors[i] for i in batch])
        return result, word_vectors

    def _run(self, model: "SentenceTransformer", texts: list[str]) -> Floats:
        import torch

        with self._lock, warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")
            vectors = model.encode(texts, batch_size=_BATCH, convert_to_tensor=True, show_progress_bar=False)
        return _unit(np.asarray(vectors.to(torch.float32).cpu().numpy(), np.float32))

    def _forward(self, model: "SentenceTransformer", texts: list[str]) -> "_Output":
        import torch

        with self._lock, warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")
            features = model.tokenizer(
                texts,
                padding=True,
                truncation=True,
                max_length=self.window,
                return_tensors="pt",
                return_offsets_mapping=True,
                return_special_tokens_mask=True,
            )
            spans = features.pop("offset_mapping").numpy()
            # A special token has no place in the text: an empty span overlaps no word.
            spans[features.pop("special_tokens_mask").numpy() == 1] = -1
            output = model(dict(features))
            vectors = output["sentence_embedding"].to(torch.float32).cpu().numpy()
            pieces = output["token_embeddings"].to(torch.float32).cpu().numpy()
        return _Output(vectors, pieces, spans)

    def fastest(self, texts: Sequence[str]) -> Precision:
        """Choose a precision for texts: of many, one batch is run in each to measure which is faster."""
        if len(texts) < _MIN_TO_MEASURE:
            return "float32"
        middle = [text[:_MAX_CHARS] for text in sorted(texts, key=len)[len(texts) // 2 :][: _BATCH // 2]]
        times = []
        for precision in PRECISIONS:
            model = self._in(precision)
            self._run(model, middle)  # the first run of a length compiles
            began = time.perf_counter()
            self._run(model, middle)
            times.append(time.perf_counter() - began)
        return "bfloat16" if times[1] < 0.8 * times[0] else "float32"

    def _in(self, precision: Precision) -> "SentenceTransformer":
        """Return the model with weights of a precision."""
        import copy

        import torch

        if precision == "float32":
            return self._transformer
        with self._lock:
            if self._half is None:
                self._half = copy.deepcopy(self._transformer).to(torch.bfloat16)
            return self._half


@dataclass(frozen=True, slots=True)
class _Output:
    """The model's output for a batch of texts.

    ``vectors`` is ``(texts, dimension)``, ``pieces`` ``(texts, tokens, dimension)``,
    and ``spans`` ``(texts, tokens, 2)``: where each token is in its text.
    """

    vectors: Floats
    pieces: Floats
    spans: NDArray[np.int64]


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


def _word_vectors(pieces: Floats, pieces_at: NDArray[np.int64], words: Sequence[Span]) -> NDArray[np.int8]:
    """Return the scaled mean of each word's pieces; ``pieces_at`` and ``words`` are spans of one text."""
    if not words:
        return np.zeros((0, pieces.shape[1]), np.int8)
    starts, ends = np.asarray(words, np.int64).T
    overlap = (pieces_at[None, :, 0] < ends[:, None]) & (pieces_at[None, :, 1] > starts[:, None])
    return np.round(WORD_VECTOR_SCALE * _unit(overlap.astype(np.float32) @ pieces)).astype(np.int8)


def _load(folder: Path) -> "SentenceTransformer":
    import logging

    logging.getLogger("transformers").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # In a notebook tqdm asks for widgets that nothing here needs.
            warnings.filterwarnings("ignore", message="IProgress not found")
            from sentence_transformers import SentenceTransformer
            from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        return SentenceTransformer(str(folder), device="cpu", local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelError(
            f"{folder} is not a sentence-transformers model that can be loaded ({error});"
            " name another with --model"
        ) from error
