"""Check that the documents are in their folder, before an index forgets those that are not."""

from pathlib import Path

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


def check_folder(library: Library, corpus: Path) -> None:
    """Check that at least one of the documents of an index is still in the corpus folder, if there are many.

    Raises:
        FolderEmptied: none of them is.

    """
    if len(library.documents) < _MANY:
        return
    rows = library.document_columns("path", "container")
    if not any((corpus / (container or path)).exists() for path, container in rows):
        raise FolderEmptied(
            f"none of the {len(rows):,} documents is in {corpus} any more; connect its drive, or refresh"
            " the index if they are to be forgotten"
        )
