"""The weights of a model's folder as arrays, without torch."""

from collections.abc import Iterator
from pathlib import Path

from tacrochat import mapped
from tacrochat.mapped import Array


def weights(folder: Path) -> Iterator[tuple[str, str, Array]]:
    """Yield each weight in a folder's safetensors: its file below the folder, its name, its values.

    Weights of a type that NumPy does not have (bfloat16) are left out.

    Raises:
        OSError: a file cannot be read.
        ValueError: it is damaged.

    """
    for path in sorted(folder.rglob("*.safetensors")):
        for name, values in mapped.read(path).items():
            yield path.relative_to(folder).as_posix(), name, values
