"""Walk through the folders of documents: what is a file of them, and why the rest is not.

Hidden files, the index's own files, the configuration and what it leaves out are left out
without a word. Everything else that is no plain file is reported: nothing vanishes.
"""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tacrochat.configuration.folders import Folder, is_within
from tacrochat.configuration.record import NAME
from tacrochat.errors import CorpusError
from tacrochat.index.manifest import is_own
from tacrochat.readers.files import SIDECAR
from tacrochat.types import Skipped

_OUTSIDE = (
    "it is a link that leads out of the folder; copy what it leads to, or set 'follow_links: true'"
    f" in {NAME} (or TACROCHAT_FOLLOW_LINKS=1)"
)
_LOOP = "it is a link to a folder that it lies in"
_AGAIN = "it leads to what is read through another link"
_NO_FILES = {
    stat.S_IFIFO: "it is a pipe, not a file",
    stat.S_IFSOCK: "it is a socket, not a file",
    stat.S_IFCHR: "it is a device, not a file",
    stat.S_IFBLK: "it is a device, not a file",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A file: the path of its document, and where it lies."""

    path: str
    location: Path


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file or folder that cannot be read now, and why; it may have been readable before."""

    path: str
    reason: str


def walk(folders: Sequence[Folder], index: Path) -> Iterator[Found | Skipped | Unreadable]:
    """Yield each file, and whatever is not read, with the reason.

    A folder with a name that is gone or empty, as one whose drive is not connected, cannot be read now.

    Raises:
        CorpusError: an only folder, without a name, cannot be read.

    """
    tops = {os.path.realpath(folder.path): folder for folder in folders}
    followed: set[str] = set()
    for folder in folders:
        names = _names(folder)
        if isinstance(names, str):
            yield Unreadable(folder.name, names)
        else:
            walker = _Walker(folder, tops, index, followed)
            yield from walker.entries("", names, (walker.root,))


def _names(folder: Folder) -> list[str] | str:
    """Return the names in a folder, or why there are none."""
    try:
        names = sorted(os.listdir(folder.path))
    except FileNotFoundError:
        gone = f"there is no folder {folder.path}; connect its drive, or correct {NAME}"
        return [] if folder.may_be_missing else gone
    except OSError as error:
        wrong = f"{folder.path} cannot be read ({error.strerror}); give permission to read it"
        if not folder.name:
            raise CorpusError(wrong) from error
        return wrong
    if folder.name and not folder.may_be_missing and all(name.startswith(".") for name in names):
        return f"{folder.path} is empty; connect its drive, or take it out of {NAME}"
    return names


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
    """Walks through one of the folders; paths are those below it."""

    def __init__(self, folder: Folder, tops: Mapping[str, Folder], index: Path, followed: set[str]) -> None:
        self.root = os.path.realpath(folder.path)
        self._folder = folder
        self._tops = tops  # all folders that are read, by their real paths
        self._index = os.path.realpath(index)
        self._followed = followed

    def entries(
        self, inner: str, names: list[str], above: tuple[str, ...]
    ) -> Iterator[Found | Skipped | Unreadable]:
        """Yield what is in a folder; ``above`` are the real paths of it and of the folders it lies in."""
        is_index = above[-1] == self._index
        for name in names:
            if name.startswith(".") or (is_index and is_own(name)):
                continue
            path = f"{inner}{name}"
            if path == NAME:
                continue
            shown_path = shown(self._folder.prefix + path)
            try:
                yield from self._entry(path, above)
            except FileNotFoundError:
                yield Skipped(
                    shown_path, "it was removed while the folder was read; build again if it is back"
                )
            except OSError as error:
                yield Unreadable(
                    shown_path, f"it cannot be read ({error.strerror}); give permission to read it"
                )

    def _entry(self, path: str, above: tuple[str, ...]) -> Iterator[Found | Skipped | Unreadable]:
        full = self._folder.path / path
        real = above[-1] + os.sep + full.name
        mode = full.lstat().st_mode
        refusal = ""
        if stat.S_ISLNK(mode):
            if self._folder.excludes(path):
                return
            real = os.path.realpath(full)
            refusal = self._link_refusal(real, above, is_sidecar=path.endswith(SIDECAR))
            mode = 0 if refusal else full.stat().st_mode
        is_folder = stat.S_ISDIR(mode)
        if not refusal and (self._folder.excludes(f"{path}/") if is_folder else not self._reads(path)):
            return
        if not refusal and real in above:
            refusal = _LOOP
        elif not refusal and is_folder and real in self._tops:
            refusal = f"it is the folder {self._tops[real].name}, which is read itself"
        elif not (refusal or is_folder or stat.S_ISREG(mode)):
            refusal = _NO_FILES.get(stat.S_IFMT(mode), "it is not a file")
        if refusal:
            yield Skipped(shown(self._folder.prefix + path), refusal)
        elif is_folder:
            yield from self.entries(f"{path}/", sorted(os.listdir(full)), (*above, real))
        else:
            yield Found(self._folder.prefix + path, full)

    def _reads(self, path: str) -> bool:
        """Tell whether the configuration admits a file; a side-car goes with the file that it describes."""
        return self._folder.admits(path.removesuffix(SIDECAR))

    def _link_refusal(self, target: str, above: tuple[str, ...], *, is_sidecar: bool) -> str:
        """Return the reason why a link to ``target`` is not followed; empty if it is."""
        refusal = self._target_refusal(target, is_sidecar=is_sidecar)
        if not refusal and target not in above:
            refusal = _AGAIN if target in self._followed else ""
            self._followed.add(target)
        return refusal

    def _target_refusal(self, target: str, *, is_sidecar: bool) -> str:
        if not os.path.lexists(target) or os.path.islink(target):  # to nowhere, or to itself
            return "it is a link that leads nowhere"
        top = next((top for top in self._tops if is_within(target, top)), None)
        if top is None:
            return "" if self._folder.follow_links else _OUTSIDE
        parts = [part for part in os.path.relpath(target, top).split(os.sep) if part != os.curdir]
        # What is hidden is read through its link only; several files may share a side-car.
        if (not parts and top == self.root) or is_sidecar or any(part.startswith(".") for part in parts):
            return ""
        folder, inner = self._tops[top], "/".join(parts)
        is_left_out = folder.excludes(f"{inner}/") if os.path.isdir(target) else not folder.admits(inner)
        whether = f"{NAME} leaves out" if parts and is_left_out else "is read itself"
        return f"it is a link to {shown((folder.prefix + inner).rstrip('/'))}, which {whether}"
