"""What a library answers to programs: the same JSON over HTTP, by Gradio's queue and to MCP clients."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tacrochat import __version__
from tacrochat.answering.quoting import cut
from tacrochat.ui.arguments import Arguments
from tacrochat.ui.workspace import Workspace

_DEFAULT_K = 10


class Answers:
    """Answers from one library. Values are by name, as ``Arguments`` has them; None is the default.

    Every method raises ``QuestionError`` for a wrong value, and ``TacrochatError`` if the
    library cannot be opened or the server is busy.
    """

    def __init__(self, workspace: Workspace) -> None:
        """Answer from this workspace."""
        self._workspace = workspace
        self._arguments = Arguments(workspace.settings.max_question_chars)

    def ask(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to a question."""
        self._arguments.check("ask", values)
        answer, _ = self._workspace.ask(**{**values, "history": values.get("history") or ()})
        return answer.to_dict()

    def search(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the passages that rank first for a query."""
        self._arguments.check("search", values)
        query, k = values["query"], values.get("k")
        with self._workspace.asking() as library:
            hits = library.search(query, _DEFAULT_K if k is None else k)
            quotes = [cut(library.documents[hit.passage.document_id], hit) for hit in hits]
        return {"query": query, "hits": [quote.to_dict() for quote in quotes]}

    def documents(self) -> list[dict[str, Any]]:
        """List the documents, each with its number of passages."""
        library = self._workspace.wait()
        listed = []
        for document, count in zip(library.documents, library.passage_counts, strict=True):
            fields = document.to_dict()
            # Not "path": gradio_client takes an object with that key for a file to download.
            listed.append({"document": fields.pop("path"), **fields, "passages": count})
        return listed

    def info(self) -> dict[str, Any]:
        """Return what the library is made of; no path of the machine."""
        library, workspace = self._workspace.wait(), self._workspace
        manifest = library.manifest
        return {
            "library": workspace.name,
            "title": workspace.title,
            "version": __version__,
            "documents": len(library.documents),
            "passages": len(library.passages),
            "model": Path(manifest.model).name if Path(manifest.model).is_absolute() else manifest.model,
            "fingerprint": manifest.fingerprint,
            "dimension": library.dimension,
            "built": manifest.built,
            "threshold": workspace.threshold,
            "state": workspace.state.phase,
        }
