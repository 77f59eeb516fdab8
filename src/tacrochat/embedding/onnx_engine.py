"""ONNX Runtime with the tokenizer alone: an exported model, ready in a third of a second."""

import logging
import os
from pathlib import Path
from typing import Any

import numpy as np

from tacrochat.embedding.engine import Output
from tacrochat.embedding.exported import Exported
from tacrochat.embedding.weights import weights

log = logging.getLogger(__name__)

_INPUTS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
"""The inputs that a graph may have, and the attribute of an encoding with their values."""


class OnnxEngine:
    """An exported model in float32."""

    def __init__(self, exported: Exported, folder: Path) -> None:
        """Open an exported model; ``folder`` is the model's own, with the weights.

        Raises:
            Exception: anything, if the two do not fit or ONNX Runtime is not installed.

        """
        from tokenizers import Tokenizer

        self.window = exported.window
        self.dimension = exported.dimension
        # Two of them, as each is set once: a tokenizer may not be changed while another thread uses it.
        self._counting = Tokenizer.from_str(exported.tokenizer.decode())
        self._counting.no_padding()
        self._counting.no_truncation()
        self._tokenizer = Tokenizer.from_str(self._counting.to_str())
        self._tokenizer.enable_padding(**exported.padding)
        self._tokenizer.enable_truncation(exported.window, direction=exported.truncation_side)
        self._session = _session(exported, folder)
        self._inputs = {node.name: _INPUTS[node.name] for node in self._session.get_inputs()}
        output = self.forward(["a b"])
        shapes = output.vectors.shape, output.pieces.shape[::2]
        if shapes != ((1, self.dimension), (1, self.dimension)) or not np.isfinite(output.vectors).all():
            raise ValueError("the graph is not that of the model")

    def forward(self, texts: list[str]) -> Output:
        """Run the model on texts."""
        encodings = self._tokenizer.encode_batch(texts)
        features = {
            name: np.asarray([getattr(encoding, attribute) for encoding in encodings], np.int64)
            for name, attribute in self._inputs.items()
        }
        vectors, pieces = self._session.run(["vectors", "pieces"], features)
        spans = np.asarray([encoding.offsets for encoding in encodings], np.int64)
        spans[np.asarray([encoding.special_tokens_mask for encoding in encodings]) == 1] = -1
        return Output(np.asarray(vectors, np.float32), np.asarray(pieces, np.float32), spans)

    def count_tokens(self, texts: list[str]) -> list[int]:
        """Count the word pieces of each text, special tokens left out."""
        encodings = self._counting.encode_batch_fast(texts, add_special_tokens=False)
        return [len(encoding) for encoding in encodings]

    def word_pieces(self) -> dict[str, int]:
        """Return the pieces of the tokenizer's vocabulary, each with its number."""
        return dict(self._counting.get_vocab())


def opened(exported: Exported, folder: Path) -> OnnxEngine | None:
    """Open an exported model; None if that is not possible, whatever the reason."""
    try:
        return OnnxEngine(exported, folder)
    except (
        Exception
    ) as error:  # ONNX Runtime and tokenizers raise classes of their own, without a common base
        log.debug("the exported model cannot be used: %s", error)
        return None


def _session(exported: Exported, folder: Path) -> Any:
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors, not advice
    options.intra_op_num_threads = _threads()
    # Threads that wait in a loop for the next question would cost more than the question.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    names, values = [], []
    own = {(file, name): array for file, name, array in weights(folder)}
    for name, weight in exported.weights.items():
        array = own[weight.file, weight.name]
        names.append(name)
        array = np.ascontiguousarray(array.T) if weight.transposed else array
        values.append(onnxruntime.OrtValue.ortvalue_from_numpy(array))
    if names:
        options.add_external_initializers(names, values)
    return onnxruntime.InferenceSession(exported.graph, options, providers=["CPUExecutionProvider"])


def _threads() -> int:
    """Return how many threads to run on: as torch, those of OMP_NUM_THREADS, or else one for each core."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    # A container may be given only some of the cores.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
