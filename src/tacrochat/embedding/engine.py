"""What an engine is: it runs the model on a batch of texts, with one library and one precision."""

from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import Floats

EngineName = Literal["torch-float32", "torch-bfloat16", "onnx-float32"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)
"""All engines. A checkpoint stores a place in this list: a new one goes to the end."""


@dataclass(frozen=True, slots=True)
class Output:
    """The model's output for a batch of texts.

    ``vectors`` is ``(texts, dimension)`` and not yet of length 1, ``pieces``
    ``(texts, tokens, dimension)``, both float32. ``spans`` is ``(texts, tokens, 2)``:
    where each token is in its text, in code points, -1 for special tokens and padding.
    """

    vectors: Floats
    pieces: Floats
    spans: NDArray[np.int64]


class Engine(Protocol):
    """A loaded model, ready to run; several threads may use it.

    ``window`` is the number of word pieces that it reads at most, special ones
    included, ``dimension`` the length of its vectors.
    """

    window: int
    dimension: int

    def forward(self, texts: list[str]) -> Output:
        """Run the model on texts that fit in memory together; what lies beyond the window is cut off."""

    def count_tokens(self, texts: list[str]) -> list[int]:
        """Count the word pieces of each text, special tokens left out."""

    def word_pieces(self) -> dict[str, int]:
        """Return the pieces of the tokenizer's vocabulary, each with its number."""
