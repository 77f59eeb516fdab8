"""What a run of the tests makes once, in whichever process needs it first: indexes and the exported model."""

import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from filelock import FileLock

from tacrochat.index.manifest import EXPORTED

_root: Path | None = None


def use(folder: Path) -> None:
    """Say in which folder things are made: one that all processes of this run share, and no other run."""
    global _root  # noqa: PLW0603  (once, before the first test)
    _root = folder


@cache
def _temporary() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="tacrochat-once-")  # deleted when the program ends


def once(name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that ``make(folder)`` has filled, in this process or another; read it, never write.

    Processes that come meanwhile wait. If ``make`` fails, the next one tries again.
    """
    root = _root or Path(_temporary().name)
    folder, done = root / name, root / f"{name}.done"
    with FileLock(root / f"{name}.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


def exported_model() -> Path:
    """Return the file of the default model as a build exports it, which takes torch and nine seconds."""
    return once("model", _export) / EXPORTED


def _export(folder: Path) -> None:
    from tacrochat.embedding.encoder import Encoder

    encoder = Encoder()
    encoder.export(folder / EXPORTED)
    encoder.save(folder / EXPORTED)


def place_model(index: Path) -> Path:
    """Put the exported model into an index folder, where a new process finds it; returns the folder."""
    index.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(exported_model(), index / EXPORTED)
    return index
