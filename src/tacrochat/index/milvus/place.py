"""Milvus as a place where an index lives, see ``protocol.Place``."""

import contextlib
import hashlib
import json
import logging
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from tacrochat.errors import IndexBusy, IndexCorrupt, IndexFolderError, IndexMismatch, IndexMissing
from tacrochat.index import user_folders
from tacrochat.index.contents import SegmentRecord, State
from tacrochat.index.manifest import GENERATION, SCHEMA, SEGMENT, Manifest, corrupt
from tacrochat.index.milvus.address import Address, Connection
from tacrochat.index.milvus.client import Client, NotThere
from tacrochat.index.milvus.items import Items, item_rows
from tacrochat.index.milvus.layout import VERSION, Names
from tacrochat.index.milvus.lock import BuildLock
from tacrochat.index.milvus.record import GenerationRecord, is_whole, reading
from tacrochat.index.milvus.store import MilvusStore
from tacrochat.index.milvus.upload import Upload
from tacrochat.index.origin import Origin
from tacrochat.index.protocol import Index
from tacrochat.index.publish import writing
from tacrochat.index.store import Store
from tacrochat.index.write import write_state

log = logging.getLogger(__name__)


class MilvusPlace:
    """An index of one name in the database of one server, or in one file of Milvus Lite."""

    def __init__(self, address: Address, connection: Connection) -> None:
        """Name it; nothing is connected before it is needed."""
        self.address = address.text
        self.folder = _work_folder(address, connection)
        self._parsed = address
        self._connection = connection
        self._names = Names(address.name, "")
        self._lock: BuildLock | None = None

    @classmethod
    def of(cls, text: str) -> "MilvusPlace":
        """Read an address, and the variables ``TACROCHAT_MILVUS_…``; raises as ``places.place_of``."""
        return cls(Address.parse(text), Connection.from_environment())

    @cached_property
    def _client(self) -> Client:
        return Client(self._parsed, self._connection)

    def _current(self) -> Names | None:
        """Return the names of the current generation, None if there is no index."""
        name, file = self._parsed.name, self._parsed.file
        if file is not None and not file.exists():
            return None  # opening it would create it
        target = self._client.target(name)
        if target is None:
            if self._client.has_collection(name):
                raise IndexFolderError(
                    f"{self.address} names a collection that is no index of tacrochat; give another name"
                )
            return None
        names = Names.of(name, target)
        if names is None or names.items != target:
            raise IndexFolderError(
                f"{self.address} names an alias of a collection that is no index of tacrochat;"
                " give another name"
            )
        return names

    def exists(self) -> bool:
        """Tell whether there is an index."""
        return self._current() is not None

    def state(self) -> object:
        """Return the name of the current generation; None as long as the server is away."""
        try:
            return self._current()
        except IndexFolderError:
            return None

    def open(self) -> MilvusStore:
        """Open the current generation.

        Raises:
            IndexFolderError: there is none, it is damaged, or the server is away.

        """
        for _ in range(5):
            names = self._current()
            if names is None:
                break
            try:
                return MilvusStore(self._client, names, self.address, self.folder, self._latest)
            except NotThere as error:  # two builds have published since
                log.debug("%s", error)
        raise IndexMissing(
            f"there is no index in {self.address}; run 'tacrochat build --index {self.address}'"
        )

    def _latest(self, store: MilvusStore) -> MilvusStore:
        return store if self._current() == store.names else self.open()

    def previous(self) -> MilvusStore | None:
        """Open the index that is there; None if there is none, or it is damaged or of another version."""
        try:
            return self.open()
        except (IndexMissing, IndexMismatch, IndexCorrupt):
            return None

    def recorded(self) -> tuple[Origin, str] | None:
        """Return what the index was made from, and its model; None without an index."""
        values = self._recorded()
        if values is None:
            return None
        with reading(self.address, "the manifest"):
            origin, model = Origin.of(values), values["model"]
        if not (isinstance(model, str) and is_whole(values)):
            raise IndexCorrupt(corrupt(self.address, f"the manifest of {self.address}"))
        return origin, model

    def _recorded(self) -> dict[str, Any] | None:
        """Return the manifest as it is stored, of whatever version; None if there is no index."""
        names = self._current()
        if names is None:
            return None
        self._client.load(names.items)
        with reading(self.address, "the manifest"):
            return dict(json.loads(Items(self._client, names.items).value("manifest")))

    def is_outdated(self) -> bool:
        """Tell whether an older tacrochat wrote the index."""
        try:
            values = self._recorded() or {"schema": SCHEMA, "layout": VERSION}
            return int(values["schema"]) < SCHEMA or int(values["layout"]) < VERSION
        except (IndexFolderError, KeyError, ValueError, TypeError):
            return False  # the build will say what is wrong

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep other builds out, on this machine and on others.

        Raises:
            IndexBusy: another build is running.
            IndexFolderError: the server is away, or the folder for the build cannot be written.

        """
        self._names = Names(self._parsed.name, uuid.uuid4().hex[:12])
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(writing(self.folder))
            except IndexBusy as error:
                raise IndexBusy(f"another build is writing {self.address}; wait for it to end") from error
            self.folder.chmod(0o700)
            if self._parsed.file is not None:
                _make_parent(self._parsed.file)
            _clear(self.folder)
            self._lock = BuildLock(self._client, self._names, self.address)
            stack.enter_context(self._lock.held())
            self._drop_dead()
            try:
                yield
            except BaseException:
                self._drop(self._names)
                raise
            finally:
                self._lock = None
                _clear(self.folder)

    def publish(
        self,
        segments: Sequence[SegmentRecord],
        state: State,
        about: Mapping[str, Any],
        background: Callable[[Index], Mapping[str, float]],
    ) -> None:
        """Write the segments into new collections, and let the alias point to them, in one step."""
        assert self._lock is not None
        name = f"generation-{self._names.generation}"
        current = self._current()
        try:
            files = write_state(self.folder, name, state)
            draft = Manifest(SCHEMA, generation=name, segments=tuple(segments), files=files, **about)
            staged = Store(self.folder, draft)
            known = background(staged)
            upload = Upload(self._client, self._names, staged)
            upload.write()
        except (OSError, sqlite3.Error) as error:
            raise IndexFolderError(f"{self.folder} cannot be written ({error}); free space there") from error
        manifest = replace(draft, segments=(), files=upload.facts(), background=known)
        record = GenerationRecord(manifest, upload.numbers(), current.generation if current else "")
        rows = list(item_rows("manifest", record.text()))
        for row in rows:
            upload.items.add(row, counted=False)
        upload.close()
        self._check_rows(manifest, len(rows))
        self._lock.check()
        if current is None:
            self._client.create_alias(self._names.items, self._parsed.name)
        else:
            self._client.alter_alias(self._names.items, self._parsed.name)
        self._drop_others({self._names.generation, record.previous})

    def _check_rows(self, manifest: Manifest, of_manifest: int) -> None:
        """Check that every row has arrived, and none twice."""
        for kind, facts in manifest.files.items():
            name = getattr(self._names, kind)
            count, expected = (
                self._client.count(name),
                facts["rows"] + (of_manifest if kind == "items" else 0),
            )
            if count != expected:
                raise IndexFolderError(
                    f"{self.address} has {count:,} rows of {expected:,} in {name}; build again"
                )

    # --- collections of other generations ----------------------------------------------------------

    def _drop_dead(self) -> None:
        """Delete what dead builds have left, so that it does not pile up."""
        kept = {self._names.generation}
        current = self._current()
        if current:
            kept.add(current.generation)
            with contextlib.suppress(IndexFolderError):
                kept.add(self.open().record.previous)
        self._drop_others(kept)

    def _drop_others(self, kept: set[str]) -> None:
        """Delete all generations but some: the one before stays until the next build, for open readers."""
        found = (Names.of(self._parsed.name, collection) for collection in self._client.collections())
        for names in {names for names in found if names and names.generation not in kept}:
            self._drop(names)

    def _drop(self, names: Names) -> None:
        """Delete the collections of a generation, unless the alias points to it."""
        with contextlib.suppress(IndexFolderError):
            if self._current() == names:
                return
            there = set(self._client.collections())
            for name in (names.items, names.passages, names.sentences, names.lock):
                if name in there and (name != names.lock or names != self._names):
                    self._client.drop(name)


def _work_folder(address: Address, connection: Connection) -> Path:
    """Return the folder on this machine for a build's segments and the exported model."""
    try:
        cache = user_folders.cache_folder()
    except IndexFolderError:  # there is no home
        cache = Path(tempfile.gettempdir(), "tacrochat")
    uri = str(address.file.resolve()) if address.file else address.uri
    number = hashlib.sha256("\0".join((uri, connection.database, address.name)).encode()).hexdigest()
    return cache / f"milvus-{number[:16]}"


def _make_parent(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise IndexFolderError(
            f"{file.parent} cannot be made ({error.strerror}); give another --index"
        ) from error


def _clear(folder: Path) -> None:
    """Delete the segments in a work folder; the checkpoint and the exported model stay."""
    for path in folder.iterdir():
        if GENERATION.fullmatch(path.name) or SEGMENT.fullmatch(path.name):
            shutil.rmtree(path, ignore_errors=True)
