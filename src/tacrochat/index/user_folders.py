"""The user's folders, by the conventions of the platform: indexes in the cache, the sample in the data."""

import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import platformdirs

from tacrochat.errors import IndexFolderError

_APP = "tacrochat"
_MAX_NAME = 40  # characters, at most 160 bytes; names of folders may have 255
_NOT_IN_NAMES = re.compile(r"[^\w.-]+")


def cache_folder() -> Path:
    """Return the folder of what can be made again, ``~/.cache/tacrochat`` on Linux; it need not be there.

    Raises:
        IndexFolderError: this user has no home folder.

    """
    return _of_user(platformdirs.user_cache_dir, "XDG_CACHE_HOME")


def data_folder() -> Path:
    """Return the folder of what is to be kept, ``~/.local/share/tacrochat`` on Linux; it need not be there.

    Raises:
        IndexFolderError: this user has no home folder.

    """
    return _of_user(platformdirs.user_data_dir, "XDG_DATA_HOME")


def index_of(documents: str | Path) -> Path:
    """Return the index folder in the user's cache of a folder of documents; neither need be there.

    It has the name of the folder and a hash of its real path, so that it is the same
    by whatever path the folder is named.

    Raises:
        IndexFolderError: this user has no home folder.

    """
    path = os.path.realpath(documents)
    name = _NOT_IN_NAMES.sub("-", os.path.basename(path))[:_MAX_NAME].strip("-.") or "root"
    number = hashlib.sha256(os.fsencode(os.path.normcase(path))).hexdigest()[:12]
    return cache_folder() / "indexes" / f"{name}-{number}"


def make(folder: Path, advice: str) -> None:
    """Make a folder for this user alone, as an index holds the texts of documents, and try to write in it.

    ``advice`` is the end of the error: what to do instead.

    Raises:
        IndexFolderError: it cannot be made or written.

    """
    try:
        for part in (*reversed(folder.parents), folder):
            if not part.is_dir():
                part.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise IndexFolderError(f"{folder} cannot be written ({error.strerror}); {advice}") from error


def _of_user(find: Callable[..., str], variable: str) -> Path:
    home = Path(os.path.expanduser("~"))  # "~" itself if nothing says where it is
    try:
        folder = Path(find(_APP, appauthor=False))
    except RuntimeError:
        folder = Path(_APP)
    if not folder.is_absolute() or (folder.is_relative_to(home) and not home.is_dir()):
        raise IndexFolderError(
            f"the home folder of this user ({home}) is not there; set {variable} to a folder that can be"
            " written, or give a folder of documents and --index DIR"
        )
    return folder
