"""Change the documents of a workspace, for the page and for the REST API alike."""

from collections.abc import Callable, Sequence
from pathlib import Path

from tacrochat.ui.documents import files
from tacrochat.ui.documents.files import Change
from tacrochat.ui.workspace import Workspace


class _NothingDone(Exception):
    """Nothing was added or removed, and nothing is to be built."""


def add(workspace: Workspace, uploads: Sequence[Path]) -> Change | None:
    """Add uploaded files and refresh the index in the background; None while a build is running.

    The uploads stay where they are. If none was taken, nothing is built.

    Raises:
        CorpusError: the folder is gone, empty all at once, or cannot be written.

    """
    named = [(path.name, path) for path in uploads]
    max_bytes = workspace.settings.max_file_mb * 1_000_000
    return _change(workspace, lambda corpus: files.add(corpus, named, max_bytes))


def remove(workspace: Workspace, documents: Sequence[str]) -> Change | None:
    """Remove the files of documents of the index, which is open, and refresh it, as ``add``."""
    library = workspace.library
    assert library is not None
    rows = library.document_columns("path", "container")
    in_files = {path: container or path for path, container in rows}
    origin = library.manifest.origin
    return _change(workspace, lambda _: files.remove(origin, documents, in_files))


def _change(workspace: Workspace, change_corpus: Callable[[Path], Change]) -> Change | None:
    changes: list[Change] = []

    def change(corpus: Path) -> None:
        changes.append(change_corpus(corpus))
        if not changes[0].done:
            raise _NothingDone

    try:
        if not workspace.rebuild(change, is_sure=False):
            return None
    except _NothingDone:
        pass
    return changes[0]
