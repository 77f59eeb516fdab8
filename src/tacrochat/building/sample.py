"""The sample: the documents that come with the program, copied for the user, who may change the copy."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tacrochat.errors import CorpusError, IndexFolderError
from tacrochat.index import user_folders

NAME = "sample"
_MARK = ".sample"  # in the copy: the digest of the documents that were copied; no build reads what is hidden
_ADVICE = "the documents of the sample are copied there; name a folder of your own: 'tacrochat serve FOLDER'"


def packaged() -> Path:
    """Return the folder of the documents that come with the program; in a checkout that is ``corpus``.

    Raises:
        CorpusError: it is missing.

    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / NAME, package.parents[1] / "corpus"):
        if folder.is_dir():
            return folder
    raise CorpusError(f"there is no folder {package / NAME}; install tacrochat again")


def copied() -> Path:
    """Return the user's copy of the sample, in which documents can be added and removed.

    It is made if it is not there. Where the program comes with other documents than
    it did before, it is made again, unless somebody has changed it.

    Raises:
        CorpusError: the sample is missing.
        IndexFolderError: the copy cannot be written.

    """
    source, copy = packaged(), user_folders.data_folder() / NAME
    try:
        wanted = _digest(source)
        if not copy.is_dir() or (_mark(copy) not in {wanted, ""} and _mark(copy) == _digest(copy)):
            user_folders.make(copy.parent, _ADVICE)
            _replace(copy, source, wanted)
    except OSError as error:
        raise IndexFolderError(f"{copy} cannot be written ({error.strerror}); {_ADVICE}") from error
    return copy


def _mark(copy: Path) -> str:
    try:
        return (copy / _MARK).read_text("utf-8")
    except (OSError, ValueError):
        return ""


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder by their path in it, in order, without hidden ones."""
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in relative.parts):
            yield relative


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in _files(folder):
        data = (folder / path).read_bytes()
        digest.update(f"{path.as_posix()}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


def _replace(copy: Path, source: Path, digest: str) -> None:
    """Put a fresh copy in the place of an old one, if there is one, in one step."""
    with tempfile.TemporaryDirectory(dir=copy.parent, prefix=".sample-") as draft_folder:
        draft = Path(draft_folder, NAME)
        for path in _files(source):
            (draft / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / path, draft / path)  # without the permissions of an installed file
        (draft / _MARK).write_text(digest, "utf-8")
        try:
            if copy.exists():
                copy.rename(Path(draft_folder, "before"))
            draft.rename(copy)
        except OSError:
            if not copy.is_dir():  # else another server has just put one there
                raise
