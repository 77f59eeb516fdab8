"""The file of an exported model: its graph and tokenizer, so that it opens without torch.

It holds no weights that the model's own folder has as safetensors: they are read
from there. The file begins with the SHA-256 of the rest and a line of JSON;
tokenizer and graph follow. It is never trusted to be of the model: its
fingerprint must be that of the model's weights.
"""

import hashlib
import importlib.util
import json
import logging
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

_FORMAT = 1
_MAX_BYTES = 2_000_000_000  # what the format of ONNX allows; usually less than one million
_DIGEST = 64  # characters of a SHA-256


@dataclass(frozen=True, slots=True)
class Weight:
    """Where a weight of the graph is: a file below the model's folder, its name there, whether transposed."""

    file: str
    name: str
    transposed: bool


@dataclass(frozen=True, slots=True)
class Exported:
    """An exported model.

    ``weights`` maps a name in the graph to the place of its values. ``padding`` has
    what ``tokenizers.Tokenizer.enable_padding`` takes.
    """

    fingerprint: str
    window: int
    dimension: int
    truncation_side: str
    padding: Mapping[str, Any]
    weights: Mapping[str, Weight]
    tokenizer: bytes
    graph: bytes


def read(path: Path, fingerprint: str) -> Exported | None:
    """Read the exported model of a fingerprint; None if the file is missing, damaged or of another model."""
    try:
        status = path.stat(follow_symlinks=False)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
            return None
        exported = _unpacked(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        log.debug("%s is not used: %s", path, error)
        return None
    return exported if exported.fingerprint == fingerprint else None


def is_usable(path: Path, fingerprint: str) -> bool:
    """Tell whether the exported model of a fingerprint is in a file, and ONNX Runtime is here to run it."""
    return importlib.util.find_spec("onnxruntime") is not None and read(path, fingerprint) is not None


def replace(path: Path, exported: Exported | None) -> None:
    """Write an exported model in one step, or delete the file if there is none; nothing is raised."""
    draft = path.with_name(f"{path.name}.new")
    try:
        draft.unlink(missing_ok=True)
        if exported is None:
            path.unlink(missing_ok=True)
            return
        with draft.open("xb") as file:
            file.write(_packed(exported))
        draft.replace(path)
    except OSError as error:
        log.debug("%s cannot be written: %s", path, error)
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _packed(exported: Exported) -> bytes:
    about = asdict(exported) | {
        "format": _FORMAT,
        "tokenizer": len(exported.tokenizer),
        "graph": len(exported.graph),
    }
    rest = b"\n".join((json.dumps(about).encode(), exported.tokenizer + exported.graph))
    return hashlib.sha256(rest).hexdigest().encode() + b"\n" + rest


def _unpacked(data: bytes) -> Exported:
    """Return what is in a file.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: it is not as it was written.

    """
    rest = data[_DIGEST + 1 :]
    if data[: _DIGEST + 1] != hashlib.sha256(rest).hexdigest().encode() + b"\n":
        raise ValueError("it is damaged")
    head, _, parts = rest.partition(b"\n")
    about = json.loads(head)
    if about.pop("format") != _FORMAT or about["tokenizer"] + about["graph"] != len(parts):
        raise ValueError("another version wrote it")
    size = about["tokenizer"]
    weights = {name: Weight(**weight) for name, weight in about["weights"].items()}
    return Exported(**about | {"weights": weights, "tokenizer": parts[:size], "graph": parts[size:]})
