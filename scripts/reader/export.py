"""Write trained weights as the library reads them."""

from pathlib import Path

import torch
from safetensors.torch import save_file

from tacrochat.embedding.model_files import BUNDLED_SHA256


def export(trained: Path, target: Path) -> None:
    """Write the weights of a training to a safetensors file, in 16 bits."""
    weights = torch.load(trained)["weights"]
    halved = {name: values.half().contiguous() for name, values in weights.items()}
    save_file(halved, target, metadata={"model": BUNDLED_SHA256, "made_by": "scripts/train_reader.py"})
