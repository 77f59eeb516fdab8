"""One build of an index at a time: an alias that only one build can create.

Milvus has no locks. But an alias that is there cannot be created again, and that is
decided by the server. The collection that it points to says who is building, and
until when; the build that holds it puts that off again and again. A build that
died does not: when its time is over, the next one takes the alias away. If two do
so in the same moment, both may believe they hold it; so each looks again before
it publishes, and the one that lost it gives up. Readers see a whole generation
in any case: each build writes collections of its own.
"""

import contextlib
import json
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tacrochat.errors import IndexBusy, IndexFolderError
from tacrochat.index.milvus.client import Client, NotThere
from tacrochat.index.milvus.items import Items, item_rows, json_value
from tacrochat.index.milvus.layout import Names, building, items

log = logging.getLogger(__name__)

SECONDS = 120.0
"""How long a build that gives no sign of life is waited for."""

_RENEW = 20.0


class BuildLock:
    """The alias of the build that is running."""

    def __init__(self, client: Client, names: Names, address: str) -> None:
        """Name the generation that is to be built."""
        self._client = client
        self._names = names
        self._address = address
        self._alias = building(names.index)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock.

        Raises:
            IndexBusy: another build holds it.
            IndexFolderError: the server is away.

        """
        self._client.create(self._names.lock, items())
        stop = threading.Event()
        renewing = threading.Thread(target=self._renew, args=(stop,), name="tacrochat-lock", daemon=True)
        try:
            self._write()
            self._take()
            renewing.start()
            yield
        finally:
            stop.set()
            if renewing.ident:
                renewing.join()
            with contextlib.suppress(IndexFolderError):
                if self.is_held():
                    self._client.drop_alias(self._alias)
                self._client.drop(self._names.lock)

    def is_held(self) -> bool:
        """Tell whether this build still holds the lock."""
        return self._client.target(self._alias) == self._names.lock

    def check(self) -> None:
        """Check that no other build has taken the lock away.

        Raises:
            IndexBusy: one has.

        """
        if not self.is_held():
            raise IndexBusy(
                f"another build has taken over {self._address}; run this one again when it has ended"
            )

    def _take(self) -> None:
        try:
            self._client.create_alias(self._names.lock, self._alias)
        except IndexFolderError:
            holder = self._client.target(self._alias)
            if holder is None:  # it is not because of another build
                raise
            if holder != self._names.lock:
                self._take_over(holder)

    def _take_over(self, holder: str) -> None:
        """Take the lock of a build that is dead."""
        about = self._holder(holder)
        if about and not _is_dead(about):
            raise IndexBusy(
                f"another build is writing {self._address} (on {about[0]}, process {about[1]});"
                f" wait for it to end; if it was killed, for {SECONDS:.0f} seconds"
            )
        log.debug("the build that held %s is dead", holder)
        with contextlib.suppress(NotThere):
            self._client.drop_alias(self._alias)
        self._client.drop(holder)
        self._client.create_alias(self._names.lock, self._alias)

    def _holder(self, collection: str) -> tuple[str, int, float] | None:
        try:
            self._client.load(collection)
            host, process, until = json.loads(Items(self._client, collection).value("lock"))
            return str(host), int(process), float(until)
        except (NotThere, ValueError, TypeError, KeyError):
            return None

    def _write(self) -> None:
        value = json_value([socket.gethostname(), os.getpid(), time.time() + SECONDS])
        self._client.upsert(self._names.lock, list(item_rows("lock", value)))

    def _renew(self, stop: threading.Event) -> None:
        while not stop.wait(_RENEW):
            with contextlib.suppress(IndexFolderError):
                self._write()


def _is_dead(holder: tuple[str, int, float]) -> bool:
    """Tell whether the build that wrote this has ended without a word."""
    host, process, until = holder
    if time.time() > until:
        return True
    if host != socket.gethostname() or os.name == "nt":  # where signal 0 is another one
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
