"""The files of the folders of documents, in a fixed order, each with its size and time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from tacrochat.building.walk import Found, Unreadable, is_text, shown, walk
from tacrochat.configuration.folders import Folder
from tacrochat.errors import CorpusError
from tacrochat.index.contents import FileState
from tacrochat.readers.files import SIDECAR
from tacrochat.types import Skipped


@dataclass(frozen=True, slots=True)
class File:
    """A file: the path of its document, its state, and where it lies."""

    path: str
    state: FileState
    location: Path


def scan(folders: Sequence[Folder], index: Path) -> list[File | Skipped | Unreadable]:
    """List the files of the folders that are selected, hidden ones and those of the index left out.

    Raises:
        CorpusError: there is no such folder, or it cannot be read; one with a name is reported instead.

    """
    for folder in folders:
        if not folder.name and not folder.path.is_dir():
            raise CorpusError(
                f"there is no folder {folder.path}; name one with 'tacrochat build --corpus DIR'"
            )
    entries = sorted(walk(folders, index), key=attrgetter("path"))
    paths = {entry.path for entry in entries if isinstance(entry, Found)}
    return [item for entry in entries for item in _listed(entry, paths)]


def _listed(entry: Found | Skipped | Unreadable, paths: set[str]) -> Iterator[File | Skipped | Unreadable]:
    path = entry.path
    if not isinstance(entry, Found):
        yield entry
    elif not is_text(path):
        yield Skipped(shown(path), "its name is not valid text; rename it")
    elif path.endswith(SIDECAR):
        if path.removesuffix(SIDECAR) not in paths:
            yield Skipped(path, "it describes a file that is not there")
    elif path.rpartition("/")[2].startswith("~$"):
        yield Skipped(path, "it is a lock file of an office program; close the program")
    else:
        try:
            state = _state(entry.location, has_sidecar=path + SIDECAR in paths)
            yield File(path, state, entry.location)
        except FileNotFoundError:
            yield Skipped(path, "it was removed while the folder was read; build again if it is back")
        except OSError as error:
            yield Unreadable(path, f"it cannot be opened ({error.strerror}); check its permissions")


def _state(path: Path, *, has_sidecar: bool) -> FileState:
    """Return size and time of a file, and of the side-car beside it, without reading them."""
    status = path.stat()
    if not has_sidecar:
        return FileState(status.st_size, status.st_mtime_ns)
    sidecar = path.with_name(path.name + SIDECAR).stat()
    return FileState(status.st_size, status.st_mtime_ns, f"{sidecar.st_size}:{sidecar.st_mtime_ns}")
