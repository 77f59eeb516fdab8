"""The weights of a model's folder as arrays, without torch."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def weights(folder: Path) -> Iterator[tuple[str, str, NDArray[np.generic]]]:
    """Yield each weight in a folder's safetensors: its file below the folder, its name, and its values.

    Weights of a type that NumPy does not have (bfloat16) are left out.

    Raises:
        OSError: a file cannot be read.
        safetensors.SafetensorError: it is damaged.

    """
    from safetensors import safe_open

    for path in sorted(folder.rglob("*.safetensors")):
        with safe_open(path, framework="numpy") as file:
            for name in file.keys():  # noqa: SIM118  (it is no mapping)
                try:
                    values = file.get_tensor(name)
                except TypeError:
                    continue
                yield path.relative_to(folder).as_posix(), name, values
