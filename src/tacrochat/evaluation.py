"""Measure on a labelled question set."""

from pathlib import Path
from typing import Any


def evaluate_file(questions: Path, *, corpus: str | None, index: str | None) -> Any:
    """Measure."""
    raise NotImplementedError
