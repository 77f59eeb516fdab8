"""Check an index against what it was made with: the model, and the files of the folder."""

from pathlib import Path

from tacrochat.embedding.encoder import Encoder
from tacrochat.errors import IndexCorrupt, IndexMismatch
from tacrochat.index.manifest import Manifest, corrupt
from tacrochat.readers.files import digest


def check_model(address: str, manifest: Manifest, dimension: int, encoder: Encoder) -> None:
    """Check that a model is the one that made an index."""
    if encoder.fingerprint != manifest.fingerprint:
        raise IndexMismatch(
            f"{address} was made with another {manifest.model} than the one on this machine;"
            f" run 'tacrochat build --full --index {address}'"
        )
    if encoder.dimension != dimension:
        generation = f"{address}/{manifest.generation}"
        why = f"holds vectors of {dimension} numbers, {manifest.model} makes {encoder.dimension}"
        raise IndexCorrupt(corrupt(address, generation, why))


def file_problem(path: Path, expected: str) -> str | None:
    """Return what is wrong with a file of the corpus; None if its SHA-256 is the expected one."""
    try:
        if not path.is_file():
            return f"{path} is gone; run 'tacrochat build'"
        return None if digest(path) == expected else f"{path} has changed; run 'tacrochat build'"
    except OSError as error:
        return f"{path} cannot be read ({error.strerror}); give permission to read it"
