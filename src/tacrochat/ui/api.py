"""The named endpoints /ask, /search and /documents; they return the JSON that the shell prints."""

from typing import Any

import gradio as gr

from tacrochat.errors import TacrochatError
from tacrochat.ui.answers import Answers
from tacrochat.ui.workspace import Workspace


class Endpoints:
    """The functions of the API; their signatures and docstrings describe it to clients."""

    def __init__(self, workspace: Workspace) -> None:
        """Answer from this workspace."""
        self._answers = Answers(workspace)

    def ask(
        self,
        question: str,
        history: list[str] | None = None,
        top: int | None = None,
        documents: list[str] | None = None,
        kinds: list[str] | None = None,
        threshold: float | None = None,
    ) -> dict[str, Any]:
        """Answer a question with word-for-word quotes from the documents, each with its source.

        Args:
            question: What to ask the documents.
            history: Earlier questions of the conversation, oldest first.
            top: Quotes at most (default 4).
            documents: Quote only these documents (paths as /documents lists them).
            kinds: Quote only these kinds of source.
            threshold: The smallest confidence of an answer, 0 to 1.

        """
        values = {
            "question": question,
            "history": history,
            "top": top,
            "documents": documents,
            "kinds": kinds,
            "threshold": threshold,
        }
        with clear_errors():
            return self._answers.ask(values)

    def search(self, query: str, k: int | None = 10) -> dict[str, Any]:
        """Rank passages for a query, without the policy that decides what is an answer.

        Args:
            query: A question or a few words.
            k: Passages at most.

        """
        with clear_errors():
            return self._answers.search({"query": query, "k": k})

    def documents(self) -> list[dict[str, Any]]:
        """List the documents: path, title, kind, source, address, date, number of passages."""
        with clear_errors():
            return self._answers.documents()


class clear_errors:  # noqa: N801  # reads as a statement: with clear_errors()
    """Show errors meant for the user to the client; any other error stays an internal one."""

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        """Turn a ``TacrochatError`` into a ``gr.Error`` with its text."""
        if isinstance(error, TacrochatError):
            raise gr.Error(str(error), print_exception=False) from error
