"""What an index was made from: the folder of documents, or the folders that its configuration names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Origin:
    """What an index was made from.

    ``corpus`` is the absolute path of the folder of documents, or of the folder of the configuration that
    names several. ``folders`` are the absolute paths of these by their names, none for one folder.
    ``login`` tells whether the configuration asked for a login.
    """

    corpus: str
    folders: Mapping[str, str] = field(default_factory=dict)
    login: bool = False

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Origin":
        """Read the fields of a manifest, in which an older version may not have written all.

        Raises:
            TypeError, KeyError: they are not as they were written.

        """
        origin = cls(values["corpus"], values.get("folders") or {}, values.get("login") or False)
        texts = (origin.corpus, *origin.folders, *origin.folders.values())
        if not all(isinstance(text, str) for text in texts) or not isinstance(origin.login, bool):
            raise TypeError("the folders are no texts")
        return origin

    @property
    def tops(self) -> Mapping[str, Path]:
        """The folders whose files were read, by the names that the paths of their documents begin with."""
        if not self.folders:
            return {"": Path(self.corpus)}
        return {name: Path(path) for name, path in self.folders.items()}

    def place(self, path: str) -> tuple[Path, str]:
        """Return the folder that a file was read from, and its path below it."""
        name, _, inner = path.partition("/")
        if name in self.folders:
            return Path(self.folders[name]), inner
        return Path(self.corpus), path

    def location(self, path: str) -> Path:
        """Return where a file lies that was read, by its path in the index."""
        folder, inner = self.place(path)
        return folder / inner
