"""The folders that documents are read from: the one of ``tacrochat.yaml``, or those that it names."""

import os
from dataclasses import dataclass
from pathlib import Path

from tacrochat.configuration.patterns import ALL_FILES, Selection

UPLOADED = "uploaded"
"""The folder beside ``tacrochat.yaml`` that uploads go to."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder whose files are read, and which of them.

    The paths of its documents begin with ``name``, unless that is "", as for an only folder. ``files`` are
    patterns of the paths below it, ``common`` of the paths of documents. ``follow_links`` None leaves that
    to the settings. One that ``may_be_missing`` is not missed.
    """

    path: Path
    name: str = ""
    files: Selection = ALL_FILES
    common: Selection = ALL_FILES
    follow_links: bool | None = None
    may_be_missing: bool = False

    @property
    def prefix(self) -> str:
        """What the paths of its documents begin with."""
        return f"{self.name}/" if self.name else ""

    def admits(self, inner: str) -> bool:
        """Tell whether a file is read, by its path below the folder, with ``/``."""
        return self.files.admits(inner) and self.common.admits(self.prefix + inner)

    def excludes(self, inner: str) -> bool:
        """Tell whether a link, or with a "/" at its end a folder with all that is in it, is left out."""
        return self.files.excludes(inner) or self.common.excludes(self.prefix + inner)


def is_within(path: str, folder: str) -> bool:
    """Tell whether a real path is a folder or in it."""
    try:
        return os.path.commonpath((path, folder)) == folder
    except ValueError:  # another drive
        return False


def has_files(folder: Path) -> bool:
    """Tell whether a folder is there and not empty, as one is whose drive is not connected."""
    try:
        return any(not name.startswith(".") for name in os.listdir(folder))
    except OSError:
        return False
