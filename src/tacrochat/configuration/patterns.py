"""Patterns of paths, as in a ``.gitignore``: which files are read, and of which kind they are.

``*.tmp`` matches in every folder, ``/notes.md`` at the top only, ``drafts/`` a folder
with all that is in it, ``**`` any number of folders; ``!`` takes back what an earlier
pattern matched.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import pathspec

from tacrochat.types import Kind

_Spec: TypeAlias = "pathspec.PathSpec[Any]"


class BadPattern(ValueError):
    """A text that is no pattern; the text says why."""


@dataclass(frozen=True)
class Selection:
    """Which files of a folder are read: those that ``include`` matches, all if empty, less ``exclude``."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def admits(self, path: str) -> bool:
        """Tell whether a file is read, by its path below the folder, with ``/``."""
        if self.exclude and self._excluded.match_file(path):
            return False
        return not self.include or self._included.match_file(path)

    def excludes(self, path: str) -> bool:
        """Tell whether a link, or with a "/" at its end a folder with all that is in it, is left out."""
        return bool(self.exclude) and self._excluded.match_file(path)

    @cached_property
    def _excluded(self) -> "_Spec":
        return _spec(self.exclude)

    @cached_property
    def _included(self) -> "_Spec":
        return _spec(self.include)


@dataclass(frozen=True)
class KindRules:
    """The kinds of documents by patterns of their paths; the first pattern that matches counts."""

    rules: tuple[tuple[str, Kind], ...] = ()

    def kind_of(self, path: str) -> Kind | None:
        """Return the kind of a document by its path, None if no pattern matches."""
        matches = (kind for spec, kind in self._specs if spec.match_file(path))
        return next(matches, None)

    @cached_property
    def _specs(self) -> "tuple[tuple[_Spec, Kind], ...]":
        return tuple((_spec((pattern,)), kind) for pattern, kind in self.rules)


ALL_FILES = Selection()
NO_KINDS = KindRules()


def check(pattern: str) -> None:
    """Check a pattern.

    Raises:
        BadPattern: it is none.

    """
    if not pattern.strip() or pattern.lstrip().startswith("#"):
        raise BadPattern("it matches nothing")
    if "\\" in pattern and "/" not in pattern:
        raise BadPattern("folders are separated by '/', also on Windows")
    try:
        _spec((pattern,))
    except ValueError as error:
        raise BadPattern(str(error)) from error


def _spec(patterns: tuple[str, ...]) -> "_Spec":
    return pathspec.PathSpec.from_lines("gitignore", patterns)
