"""Texts to unit vectors, with sentence-transformers."""

import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import WORD_VECTOR_SCALE
from tacrochat.embedding.model_files import fingerprint, folder_of
from tacrochat.embedding.vocabulary import Vocabulary
from tacrochat.errors import ModelError
from tacrochat.settings import DEFAULT_MODEL
from tacrochat.types import Progress, Span

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH = 64
_READ = 20_000  # code points of a text that are looked at: far more than any window holds
_MANY = 512  # from how many texts on measuring a lower precision pays


class Encoder:
    """A loaded model; ``encode`` returns unit rows of float32.

    ``window`` is the number of word pieces that the model reads at most.
    """

    def __init__(self, model: str = DEFAULT_MODEL) -> None:
        """Load a model by name or path.

        Raises:
            ModelError: it is not on this machine or cannot be loaded.

        """
        self.model = model
        self.fingerprint = fingerprint(model)
        self._transformer = _load(folder_of(model))
        self.window = int(self._transformer.max_seq_length or 256)
        self.dimension = int(self._transformer.get_embedding_dimension() or 0)
        self._half: SentenceTransformer | None = None

    def count_tokens(self, texts: list[str]) -> list[int]:
        """Count the word pieces of each text, special tokens left out."""
        if not texts:
            return []
        short = [text[:_READ] for text in texts]
        found = self._transformer.tokenizer(short, add_special_tokens=False, truncation=False, verbose=False)
        return [len(ids) for ids in found["input_ids"]]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words that the tokenizer knows as one piece."""
        return Vocabulary(self._transformer.tokenizer.get_vocab())

    def truncate_all(self, texts: list[str], most: int) -> dict[str, str]:
        """Truncate many texts; those short enough already are counted in one go."""
        short = [text[:2_000] for text in texts]
        counts = self.count_tokens(short)
        return {
            text: cut if count <= most else self._cut(cut, most)
            for text, cut, count in zip(texts, short, counts, strict=True)
        }

    def _cut(self, text: str, most: int) -> str:
        words = text.split(" ")
        while len(words) > 1 and self.count_tokens([" ".join(words)])[0] > most:
            words.pop()
        return " ".join(words)

    def encode(
        self, texts: list[str], *, progress: str | None = None, tell: Progress | None = None
    ) -> NDArray[np.float32]:
        """Encode texts; returns ``(len(texts), dimension)``, each row of length 1.

        Many texts go longest first, so that a batch pads little, and in bfloat16
        where this machine runs it faster; ``progress`` names a progress bar, and
        ``tell`` is told the same.
        """
        result = np.zeros((len(texts), self.dimension), np.float32)
        for rows, model in self._batches(texts, progress, tell):
            result[rows] = self._run(model, [texts[i][:_READ] for i in rows])
        return result

    def encode_words(
        self,
        texts: list[str],
        spans: Sequence[Sequence[Span]],
        *,
        progress: str | None = None,
        tell: Progress | None = None,
    ) -> tuple[NDArray[np.float32], list[NDArray[np.int8]]]:
        """Encode texts, and words as they stand in them.

        Returns ``(len(texts), dimension)`` unit rows, and for each text
        ``(len(spans[i]), dimension)``: the mean of the model's last layer over
        the word's pieces, of length 1, or 0 where the word lies beyond the
        window. Words come times ``WORD_VECTOR_SCALE``, in a byte a number: a cosine of two
        is then off by about .002, and a large corpus fits into memory.
        """
        result = np.zeros((len(texts), self.dimension), np.float32)
        words: list[NDArray[np.int8]] = [np.zeros((0, self.dimension), np.int8)] * len(texts)
        for rows, model in self._batches(texts, progress, tell):
            chosen = [texts[i][:_READ] for i in rows]
            found = self._forward(model, chosen)
            result[rows] = _unit(found.vectors)
            for number, i in enumerate(rows):
                words[i] = _word_rows(found.pieces[number], found.offsets[number], spans[i])
        return result, words

    def _batches(
        self, texts: Sequence[str], name: str | None, tell: Progress | None
    ) -> Iterator[tuple[list[int], "SentenceTransformer"]]:
        """Yield rows of about one length and the model to run them with."""
        from tqdm import tqdm

        many = len(texts) >= _MANY
        model = self._fastest(texts) if many else self._transformer
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        hide = True if name is None else None  # None: shown on a terminal only
        with tqdm(total=len(texts), desc=name, unit="text", disable=hide, leave=False) as bar:
            for first in range(0, len(order), _BATCH):
                rows = order[first : first + _BATCH]
                yield rows, model
                bar.update(len(rows))
                if tell:
                    tell(name or "encode", first + len(rows), len(order))

    def _run(self, model: "SentenceTransformer", texts: list[str]) -> NDArray[np.float32]:
        import torch

        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")
            found = model.encode(texts, batch_size=_BATCH, convert_to_tensor=True, show_progress_bar=False)
        return _unit(np.asarray(found.to(torch.float32).cpu().numpy(), np.float32))

    def _forward(self, model: "SentenceTransformer", texts: list[str]) -> "_Forward":
        import torch

        with warnings.catch_warnings(), torch.inference_mode():
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
            offsets = features.pop("offset_mapping").numpy()
            # A special token stands nowhere in the text: an empty range matches no word.
            offsets[features.pop("special_tokens_mask").numpy() == 1] = -1
            found = model(dict(features))
            vectors = found["sentence_embedding"].to(torch.float32).cpu().numpy()
            pieces = found["token_embeddings"].to(torch.float32).cpu().numpy()
        return _Forward(vectors, pieces, offsets)

    def _fastest(self, texts: Sequence[str]) -> "SentenceTransformer":
        """Choose fp32 or bfloat16 by running one batch of these texts in each."""
        import copy

        import torch

        if self._half is None:
            self._half = copy.deepcopy(self._transformer).to(torch.bfloat16)
        middle = [text[:_READ] for text in sorted(texts, key=len)[len(texts) // 2 :][: _BATCH // 2]]
        times = []
        for model in (self._transformer, self._half):
            self._run(model, middle)  # the first run of a length compiles
            began = time.perf_counter()
            self._run(model, middle)
            times.append(time.perf_counter() - began)
        return self._half if times[1] < 0.8 * times[0] else self._transformer


@dataclass(frozen=True, slots=True)
class _Forward:
    """One run: text vectors, vectors of the pieces, and where the pieces stand."""

    vectors: NDArray[np.float32]
    pieces: NDArray[np.float32]
    offsets: NDArray[np.int64]


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(norms, 1e-12), np.float32)


def _word_rows(
    pieces: NDArray[np.float32], offsets: NDArray[np.int64], spans: Sequence[Span]
) -> NDArray[np.int8]:
    if not spans:
        return np.zeros((0, pieces.shape[1]), np.int8)
    places = np.asarray(spans, np.int64)
    inside = (offsets[None, :, 0] < places[:, None, 1]) & (offsets[None, :, 1] > places[:, None, 0])
    return np.round(WORD_VECTOR_SCALE * _unit(inside.astype(np.float32) @ pieces)).astype(np.int8)


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
