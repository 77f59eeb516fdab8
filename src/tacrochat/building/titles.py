"""The title of a document: its own, or one made of its path."""

from pathlib import Path

from tacrochat.types import Extract


def title_of(path: str, extract: Extract) -> str:
    """Return the title that the file gives, or else the name of the file."""
    return extract.metadata.get("title") or " ".join(Path(path).stem.split()) or path
