"""Where an index lives: a folder, or Milvus if its address begins with ``milvus+``."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tacrochat.errors import IndexFolderError
from tacrochat.index.contents import SegmentRecord, State
from tacrochat.index.manifest import NAME as MANIFEST
from tacrochat.index.manifest import SCHEMA, recorded, written_schema
from tacrochat.index.origin import Origin
from tacrochat.index.protocol import Index, Place
from tacrochat.index.publish import publish, writing
from tacrochat.index.store import Store

PREFIX = "milvus+"

_COMPARED = 500_000_000  # bytes of an index that a build compares with their checksums, about .3 s


class Folder:
    """An index folder as a place, see ``protocol.Place``."""

    def __init__(self, folder: Path) -> None:
        """Name the folder, which need not be there."""
        self.folder = folder
        self.address = str(folder)

    def exists(self) -> bool:
        """Tell whether there is a manifest."""
        return (self.folder / MANIFEST).exists()

    def state(self) -> object:
        """Return time and size of the manifest."""
        try:
            status = (self.folder / MANIFEST).stat()
        except OSError:
            return 0, 0
        return status.st_mtime_ns, status.st_size

    def open(self) -> Store:
        """Open the current generation; raises as ``Store``."""
        return Store(self.folder)

    def previous(self) -> Store | None:
        """Open the index that is there; None if there is none, or it is damaged.

        Of a large index some files are compared with their checksums, others in the next build: a small
        change should not cost more the larger the folder is. ``tacrochat verify`` compares all.
        """
        try:
            store = Store(self.folder)
        except IndexFolderError:
            return None
        return None if store.damaged(_COMPARED) else store

    def recorded(self) -> tuple[Origin, str] | None:
        """Return what it was made from, and the model; see ``manifest.recorded``."""
        return recorded(self.folder)

    def is_outdated(self) -> bool:
        """Tell whether an older tacrochat wrote the index."""
        schema = written_schema(self.folder)
        return schema is not None and schema < SCHEMA

    def writing(self) -> AbstractContextManager[None]:
        """Hold the folder's lock; see ``publish.writing``."""
        return writing(self.folder)

    def publish(
        self,
        segments: Sequence[SegmentRecord],
        state: State,
        about: Mapping[str, Any],
        background: Callable[[Index], Mapping[str, float]],
    ) -> None:
        """Replace the manifest; see ``publish.publish``."""
        publish(self.folder, segments, state, about, background)


def is_remote(address: str | Path) -> bool:
    """Tell whether an address names an index that does not live in a folder."""
    return str(address).startswith(PREFIX)


def place_of(address: str | Path) -> Place:
    """Return the place that an address names.

    Raises:
        IndexFolderError: it begins with ``milvus+`` and is no address of Milvus, or
            the package for it is not installed.
        TacrochatError: a variable ``TACROCHAT_MILVUS_…`` has a value that is not allowed.

    """
    if not is_remote(address):
        return Folder(Path(address))
    from tacrochat.index.milvus.place import MilvusPlace

    return MilvusPlace.of(str(address))
