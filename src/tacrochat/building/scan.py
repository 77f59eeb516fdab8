"""The files of a corpus folder, in a fixed order, each with its size and time."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tacrochat.errors import CorpusError
from tacrochat.index.contents import FileState
from tacrochat.readers.files import SIDECAR
from tacrochat.types import Skipped


@dataclass(frozen=True, slots=True)
class File:
    """A file by its path below the corpus, and its state."""

    path: str
    state: FileState


def scan(root: Path, index: Path) -> Iterator[File | Skipped]:
    """List the files of a corpus, hidden ones and the index left out.

    Raises:
        CorpusError: there is no such folder.

    """
    if not root.is_dir():
        raise CorpusError(f"there is no folder {root}; name one with 'tacrochat build --corpus DIR'")
    index_folder = index.resolve()
    is_apart = index_folder != root.resolve()
    files = sorted(_walk(root))
    names = {path for path, _ in files}
    for relative, path in files:
        if is_apart and path.resolve().is_relative_to(index_folder):
            continue
        if not _is_text(relative):
            shown = os.fsencode(relative).decode("utf-8", "backslashreplace")
            yield Skipped(shown, "its name is not valid text; rename it")
        elif relative.endswith(SIDECAR):
            if relative.removesuffix(SIDECAR) not in names:
                yield Skipped(relative, "it describes a file that is not there")
        elif path.name.startswith("~$"):
            yield Skipped(relative, "it is a lock file of an office program")
        else:
            yield File(relative, state_of(path))


def state_of(path: Path) -> FileState:
    """Return size and time of a file, and of the side-car beside it, without reading them."""
    status = path.stat()
    try:
        sidecar = path.with_name(path.name + SIDECAR).stat()
    except OSError:  # none, or a name too long for one
        return FileState(status.st_size, status.st_mtime_ns)
    return FileState(status.st_size, status.st_mtime_ns, f"{sidecar.st_size}:{sidecar.st_mtime_ns}")


def _walk(root: Path) -> Iterator[tuple[str, Path]]:
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file():
                yield path.relative_to(root).as_posix(), path


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
