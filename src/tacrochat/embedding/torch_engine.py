"""The reference: sentence-transformers on torch, which loads every model."""

import copy
import logging
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tacrochat.embedding.engine import Output
from tacrochat.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class TorchEngine:
    """A model in float32, or in bfloat16 (see ``lowered``)."""

    def __init__(self, transformer: "SentenceTransformer") -> None:
        self.transformer = transformer
        """The model itself, for the export."""
        self.window = int(transformer.max_seq_length or 256)
        self.dimension = int(transformer.get_embedding_dimension() or 0)
        # A tokenizer is changed by each call (padding, truncation): one thread at a time.
        self._lock = threading.RLock()

    @classmethod
    def load(cls, folder: Path) -> "TorchEngine":
        """Load a model from its folder.

        Raises:
            ModelError: it cannot be loaded.

        """
        logging.getLogger("transformers").setLevel(logging.ERROR)
        try:
            with warnings.catch_warnings():
                # In a notebook tqdm asks for widgets that nothing here needs.
                warnings.filterwarnings("ignore", message="IProgress not found")
                from sentence_transformers import SentenceTransformer
                from transformers.utils.logging import disable_progress_bar

            disable_progress_bar()
            return cls(
                SentenceTransformer(str(folder), device="cpu", local_files_only=True, trust_remote_code=False)
            )
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelError(
                f"{folder} is not a sentence-transformers model that can be loaded ({error});"
                " name another with --model"
            ) from error

    def lowered(self) -> "TorchEngine":
        """Return a copy with weights in bfloat16."""
        import torch

        with self._lock:
            return TorchEngine(copy.deepcopy(self.transformer).to(torch.bfloat16))

    def forward(self, texts: list[str]) -> Output:
        """Run the model on texts."""
        import torch

        with self._lock, warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")
            features = self.transformer.tokenizer(
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
            output = self.transformer(dict(features))
            vectors = output["sentence_embedding"].to(torch.float32).cpu().numpy()
            pieces = output["token_embeddings"].to(torch.float32).cpu().numpy()
        return Output(np.asarray(vectors), np.asarray(pieces), spans)

    def count_tokens(self, texts: list[str]) -> list[int]:
        """Count the word pieces of each text, special tokens left out."""
        with self._lock:
            encoding = self.transformer.tokenizer(
                texts, add_special_tokens=False, truncation=False, verbose=False
            )
        return [len(ids) for ids in encoding["input_ids"]]

    def word_pieces(self) -> dict[str, int]:
        """Return the pieces of the tokenizer's vocabulary, each with its number."""
        return dict(self.transformer.tokenizer.get_vocab())
