"""The files of a corpus folder, in a fixed order, each with its size and time."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tacrochat.building.walk import Unreadable, is_text, shown, walk
from tacrochat.configuration.patterns import ALL_FILES, Selection
from tacrochat.errors import CorpusError
from tacrochat.index.contents import FileState
from tacrochat.readers.files import SIDECAR
from tacrochat.types import Skipped


@dataclass(frozen=True, slots=True)
class File:
    """A file by its path below the corpus, and its state."""

    path: str
    state: FileState


def scan(
    root: Path, index: Path, selection: Selection = ALL_FILES, *, follow_links: bool = False
) -> list[File | Skipped | Unreadable]:
    """List the files of a corpus that are selected, hidden ones and those of the index left out.

    ``follow_links`` says whether links that lead out of the corpus are followed.

    Raises:
        CorpusError: there is no such folder, or it cannot be read.

    """
    if not root.is_dir():
        raise CorpusError(f"there is no folder {root}; name one with 'tacrochat build --corpus DIR'")
    entries = sorted(walk(root, index, selection, follow_links=follow_links), key=_path)
    paths = {entry for entry in entries if isinstance(entry, str)}
    return [item for entry in entries for item in _listed(root, entry, paths)]


def _path(entry: str | Skipped | Unreadable) -> str:
    return entry if isinstance(entry, str) else entry.path


def _listed(
    root: Path, entry: str | Skipped | Unreadable, paths: set[str]
) -> Iterator[File | Skipped | Unreadable]:
    if not isinstance(entry, str):
        yield entry
    elif not is_text(entry):
        yield Skipped(shown(entry), "its name is not valid text; rename it")
    elif entry.endswith(SIDECAR):
        if entry.removesuffix(SIDECAR) not in paths:
            yield Skipped(entry, "it describes a file that is not there")
    elif entry.rpartition("/")[2].startswith("~$"):
        yield Skipped(entry, "it is a lock file of an office program; close the program")
    else:
        try:
            yield File(entry, _state(root / entry, has_sidecar=entry + SIDECAR in paths))
        except FileNotFoundError:
            yield Skipped(entry, "it was removed while the folder was read; build again if it is back")
        except OSError as error:
            yield Unreadable(entry, f"it cannot be opened ({error.strerror}); check its permissions")


def _state(path: Path, *, has_sidecar: bool) -> FileState:
    """Return size and time of a file, and of the side-car beside it, without reading them."""
    status = path.stat()
    if not has_sidecar:
        return FileState(status.st_size, status.st_mtime_ns)
    sidecar = path.with_name(path.name + SIDECAR).stat()
    return FileState(status.st_size, status.st_mtime_ns, f"{sidecar.st_size}:{sidecar.st_mtime_ns}")
