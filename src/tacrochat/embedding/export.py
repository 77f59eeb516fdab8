"""Export a loaded model for ONNX Runtime: its graph, its tokenizer, and where its weights are."""

import hashlib
import io
import logging
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tacrochat.embedding.engine import Engine
from tacrochat.embedding.exported import Exported, Weight
from tacrochat.embedding.onnx_engine import OnnxEngine
from tacrochat.embedding.torch_engine import TorchEngine
from tacrochat.embedding.weights import weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

LEAST_COSINE = 0.9999
"""The least cosine of a vector with that of torch for which the exported model is used."""

_OPSET = 17  # the oldest with all that transformers need: layer normalisation is one step of it
_INLINE = 1_024  # bytes of a constant up to which it stays in the graph
_MODULES = {"Transformer", "Pooling", "Normalize"}
_POOLING = {"mean", "cls"}
_SAMPLES = [
    "a",
    "How often is the level checked?",
    "Water boils at 100 °C. Wie lange? 水は何度で沸騰しますか – naïve, İstanbul, 👩‍🔬.",
    "The lid of the kettle is closed, and then opened again. " * 100,
    "",
]
"""Texts of many lengths, one longer than a window, which are padded together."""


def export(torch_engine: TorchEngine, folder: Path, fingerprint: str) -> tuple[Exported, OnnxEngine] | None:
    """Export a model; returns it with the engine that runs it, or None if torch has to be used.

    That is so if ONNX Runtime is not installed, the model has other parts than a
    transformer with pooling of means or first tokens, or the vectors differ.
    """
    try:
        import onnx  # noqa: F401  (before the work: both may be missing)
        import onnxruntime  # noqa: F401

        if not _is_plain(torch_engine.transformer):
            return None
        exported = _exported(torch_engine, folder, fingerprint)
        engine = OnnxEngine(exported, folder)
        if not _is_same(torch_engine, engine):
            log.debug("the exported model gives other vectors than torch")
            return None
    except Exception as error:  # whatever keeps a model from being exported, torch can run it
        log.debug("the model cannot be exported: %s", error)
        return None
    return exported, engine


def _is_plain(transformer: Any) -> bool:
    modules = {type(module).__name__: module for module in transformer}
    return modules.keys() <= _MODULES and _pooling(modules["Pooling"]) in _POOLING


def _pooling(module: Any) -> str:
    # An attribute since sentence-transformers 6, a method before.
    return str(module.pooling_mode if hasattr(module, "pooling_mode") else module.get_pooling_mode_str())


def _exported(engine: TorchEngine, folder: Path, fingerprint: str) -> Exported:
    tokenizer = engine.transformer.tokenizer
    graph, places = _without_weights(_graph(engine), folder)
    return Exported(
        fingerprint=fingerprint,
        window=engine.window,
        dimension=engine.dimension,
        truncation_side=tokenizer.truncation_side,
        padding={
            "direction": tokenizer.padding_side,
            "pad_id": tokenizer.pad_token_id,
            "pad_type_id": tokenizer.pad_token_type_id,
            "pad_token": tokenizer.pad_token,
        },
        weights=places,
        tokenizer=tokenizer.backend_tokenizer.to_str().encode(),
        graph=graph,
    )


def _graph(engine: TorchEngine) -> bytes:
    """Return the whole model, pooling included, as an ONNX graph with its weights."""
    import torch

    transformer = engine.transformer
    features = transformer.tokenizer(
        ["two texts of", "two lengths that differ"], padding=True, return_tensors="pt"
    )
    names = list(features)

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, *values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            output = self.transformer(dict(zip(names, values, strict=True)))
            return output["sentence_embedding"], output["token_embeddings"]

    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Model().eval(),
            tuple(features[name] for name in names),
            file,  # type: ignore[arg-type]  # the way that dynamo=False names takes an open file too
            dynamo=False,  # the newer way needs two more packages
            opset_version=_OPSET,
            input_names=names,
            output_names=["vectors", "pieces"],
            dynamic_axes={name: {0: "texts", 1: "tokens"} for name in (*names, "pieces")}
            | {"vectors": {0: "texts"}},
        )
    return file.getvalue()


def _without_weights(graph: bytes, folder: Path) -> tuple[bytes, dict[str, Weight]]:
    """Take the weights out of a graph that are in the model's folder; returns it, and where they are."""
    import onnx
    from onnx import numpy_helper

    known: dict[object, Weight] = {}
    for file, name, array in weights(folder):
        known[_key(array)] = Weight(file, name, transposed=False)
        if array.ndim == 2:
            known.setdefault(_key(array.T), Weight(file, name, transposed=True))
    model = onnx.load_model_from_string(graph)
    places = {}
    for constant in model.graph.initializer:
        array = numpy_helper.to_array(constant)
        if array.nbytes > _INLINE and (place := known.get(_key(array))):
            places[constant.name] = place
            constant.ClearField("raw_data")
            constant.data_location = onnx.TensorProto.EXTERNAL
            for key, value in (("location", place.file), ("offset", "0"), ("length", str(array.nbytes))):
                entry = constant.external_data.add()
                entry.key, entry.value = key, value
    return model.SerializeToString(), places


def _key(array: "NDArray[Any]") -> object:
    return array.shape, array.dtype.str, hashlib.sha256(np.ascontiguousarray(array).data).digest()


def _is_same(expected: Engine, engine: Engine) -> bool:
    """Compare two engines: tokens, vectors of texts, and vectors of tokens."""
    if expected.count_tokens(_SAMPLES) != engine.count_tokens(_SAMPLES):
        return False
    ours, theirs = engine.forward(_SAMPLES), expected.forward(_SAMPLES)
    if not np.array_equal(ours.spans, theirs.spans) or engine.word_pieces() != expected.word_pieces():
        return False
    is_token = theirs.spans[:, :, 0] >= 0
    return all(
        _least_cosine(a, b) >= LEAST_COSINE
        for a, b in ((ours.vectors, theirs.vectors), (ours.pieces[is_token], theirs.pieces[is_token]))
    )


def _least_cosine(ours: "NDArray[Any]", theirs: "NDArray[Any]") -> float:
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    return float(((ours * theirs).sum(axis=1) / lengths).min())
