"""The scripts and style sheets of the pages, which are in a file for each thing that they are about."""

from collections.abc import Sequence
from importlib.resources import files


def joined(folder: str, names: Sequence[str], suffix: str) -> str:
    """Return the text of the files ``FOLDER/NAME.SUFFIX``, in order."""
    root = files("tacrochat.ui") / folder
    return "\n".join((root / f"{name}.{suffix}").read_text("utf-8") for name in names)
