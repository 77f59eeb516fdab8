"""Walk through a corpus folder: what is a file of it, and why the rest is not.

Hidden files, the index's own files, the configuration and what it leaves out are left out
without a word. Everything else that is no plain file is reported: nothing vanishes.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tacrochat.configuration.patterns import Selection
from tacrochat.configuration.record import NAME
from tacrochat.errors import CorpusError
from tacrochat.index.manifest import is_own
from tacrochat.readers.files import SIDECAR
from tacrochat.types import Skipped

_OUTSIDE = "it is a link that leads out of the folder; copy what it leads to, or set TACROCHAT_FOLLOW_LINKS=1"
_LOOP = "it is a link to a folder that it lies in"
_AGAIN = "it leads to what is read through another link"
_NO_FILES = {
    stat.S_IFIFO: "it is a pipe, not a file",
    stat.S_IFSOCK: "it is a socket, not a file",
    stat.S_IFCHR: "it is a device, not a file",
    stat.S_IFBLK: "it is a device, not a file",
}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file or folder that cannot be read now, and why; it may have been readable before."""

    path: str
    reason: str


def walk(
    root: Path, index: Path, selection: Selection, *, follow_links: bool
) -> Iterator[str | Skipped | Unreadable]:
    """Yield the path below ``root`` of each file, and whatever is not read, with the reason.

    Raises:
        CorpusError: the folder cannot be read.

    """
    walker = _Walker(root, index, selection, follow_links=follow_links)
    try:
        names = sorted(os.listdir(root))
    except OSError as error:
        raise CorpusError(f"{root} cannot be read ({error.strerror}); give permission to read it") from error
    yield from walker.entries("", names, (walker.root,))


def is_text(name: str) -> bool:
    """Tell whether a name is valid Unicode, so that it can be stored."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def shown(name: str) -> str:
    """Return a name with its invalid bytes as escapes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


class _Walker:
    def __init__(self, root: Path, index: Path, selection: Selection, *, follow_links: bool) -> None:
        self.root = os.path.realpath(root)
        self._top = root
        self._index = os.path.realpath(index)
        self._selection = selection
        self._follow_links = follow_links
        self._followed: set[str] = set()

    def entries(
        self, folder: str, names: list[str], above: tuple[str, ...]
    ) -> Iterator[str | Skipped | Unreadable]:
        """Yield what is in a folder; ``above`` are the real paths of it and of the folders it lies in."""
        is_index = above[-1] == self._index
        for name in names:
            if name.startswith(".") or (is_index and is_own(name)):
                continue
            path = f"{folder}{name}"
            if path == NAME:
                continue
            try:
                yield from self._entry(path, above)
            except FileNotFoundError:
                yield Skipped(
                    shown(path), "it was removed while the folder was read; build again if it is back"
                )
            except OSError as error:
                yield Unreadable(
                    shown(path), f"it cannot be read ({error.strerror}); give permission to read it"
                )

    def _entry(self, path: str, above: tuple[str, ...]) -> Iterator[str | Skipped | Unreadable]:
        full = self._top / path
        real = above[-1] + os.sep + full.name
        mode = full.lstat().st_mode
        if stat.S_ISLNK(mode):
            if self._selection.excludes(path):
                return
            real = os.path.realpath(full)
            refusal = self._link_refusal(real, is_sidecar=path.endswith(SIDECAR))
            if not refusal and real not in above:
                refusal = _AGAIN if real in self._followed else ""
                self._followed.add(real)
            if refusal:
                yield Skipped(shown(path), refusal)
                return
            mode = full.stat().st_mode
        is_folder = stat.S_ISDIR(mode)
        if self._selection.excludes(f"{path}/") if is_folder else not self._reads(path):
            return
        if real in above:
            yield Skipped(shown(path), _LOOP)
        elif is_folder:
            yield from self.entries(f"{path}/", sorted(os.listdir(full)), (*above, real))
        elif stat.S_ISREG(mode):
            yield path
        else:
            yield Skipped(shown(path), _NO_FILES.get(stat.S_IFMT(mode), "it is not a file"))

    def _reads(self, path: str) -> bool:
        """Tell whether the configuration admits a file; a side-car goes with the file that it describes."""
        return self._selection.admits(path.removesuffix(SIDECAR))

    def _link_refusal(self, target: str, *, is_sidecar: bool) -> str:
        """Return the reason why a link to ``target`` is not followed; empty if it is."""
        if not os.path.lexists(target) or os.path.islink(target):  # to nowhere, or to itself
            return "it is a link that leads nowhere"
        relative = os.path.relpath(target, self.root)
        parts = relative.split(os.sep)
        if parts[0] == os.pardir or os.path.isabs(relative):
            return "" if self._follow_links else _OUTSIDE
        # What is hidden is read through its link only; several files may share a side-car.
        if relative == os.curdir or is_sidecar or any(part.startswith(".") for part in parts):
            return ""
        return f"it is a link to {shown(relative.replace(os.sep, '/'))}, which is read itself"
