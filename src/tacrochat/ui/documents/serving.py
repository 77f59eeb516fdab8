"""What script/library.js and script/documents.js ask the server for."""

from collections.abc import Callable
from threading import Lock
from typing import Any

from tacrochat.library import Library
from tacrochat.ui.api import clear_errors
from tacrochat.ui.documents.catalogue import Catalogue
from tacrochat.ui.documents.start import at_a_glance
from tacrochat.ui.examples.kept import Examples
from tacrochat.ui.workspace import Workspace

LIBRARY_KEYS = (
    "library", "library_documents", "library_all", "library_search", "library_kind",
    "library_format", "library_since", "library_until", "library_any", "library_show", "library_indexed",
    "library_left_out", "library_found", "library_none", "library_more", "library_passages", "library_aside",
    "library_aside_none", "library_aside_more", "library_repeats", "library_role_navigation",
    "library_role_metadata",
)  # fmt: skip
"""Texts that the two scripts show."""


def library_functions(workspace: Workspace, examples: Examples) -> list[Callable[[Any], Any]]:
    """Return the functions of the library at a glance and of the tree of documents."""
    lock = Lock()
    latest: list[Catalogue] = []

    def catalogue(library: Library) -> Catalogue:
        with lock:  # made once for each index, by the first page that asks
            if not latest or latest[0].generation != library.manifest.generation:
                latest[:] = [Catalogue(library)]
            return latest[0]

    def glance(_: Any = None) -> dict[str, Any] | None:
        library = workspace.library
        if library is None:
            return None
        kept = examples.of(library)  # first: it begins to choose
        return at_a_glance(library, examples.main_of(library), kept)

    def listing(request: Any) -> dict[str, Any]:
        with clear_errors():
            documents = catalogue(workspace.wait())
            return documents.listing(request) | {
                "choices": documents.choices,
                "generation": documents.generation,
            }

    def aside(path: Any) -> dict[str, Any]:
        with clear_errors():
            return catalogue(workspace.wait()).aside(path)

    return [glance, listing, aside]
