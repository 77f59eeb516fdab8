"""The chat page: the one door to gradio."""

from pathlib import Path


def serve(index: Path, corpus: Path, *, host: str, port: int, auth: str | None = None) -> None:
    """Serve the page until stopped; builds the index first where there is none."""
    raise NotImplementedError
