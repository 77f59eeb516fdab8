"""Check that the documents are in their folder, before an index forgets those that are not."""

from collections.abc import Sequence
from pathlib import Path

from tacrochat.configuration.folders import Folder, has_files
from tacrochat.errors import CorpusError
from tacrochat.library import Library

_MANY = 3  # documents that are not forgotten all at once because their folder looks empty


class FolderEmptied(CorpusError):
    """None of the documents of the index is in its folder any more, as if a drive were not connected."""


def check_is_there(corpus: Path, index: str | Path) -> None:
    """Check that the folder that an index was made from is there.

    Raises:
        CorpusError: it is gone. A new one of that name would hold the uploaded files only, and so would
            the index.

    """
    if not corpus.is_dir():
        raise CorpusError(
            f"the folder {corpus}, which {index} was made from, is gone; put it back, or run"
            f" 'tacrochat build --index {index} --corpus DIR'"
        )


def check_folder(library: Library) -> None:
    """Check that of the documents of each folder at least one is still there, if there are many.

    One of several folders that is gone or empty is no error: a build keeps what was read of it.

    Raises:
        FolderEmptied: none of them is.

    """
    origin = library.manifest.origin
    files: dict[Path, list[Path]] = {}
    for path, container in library.document_columns("path", "container"):
        top, inner = origin.place(container or path)
        files.setdefault(top, []).append(top / inner)
    for top, known in files.items():
        if len(known) < _MANY or any(file.exists() for file in known):
            continue
        if not origin.folders or has_files(top):
            raise FolderEmptied(
                f"none of the {len(known):,} documents is in {top} any more; connect its drive, or refresh"
                " the index if they are to be forgotten"
            )


def away(folders: Sequence[Folder]) -> list[str]:
    """Return the names of those of several folders that are gone or empty."""
    return [f.name for f in folders if f.name and not f.may_be_missing and not has_files(f.path)]
