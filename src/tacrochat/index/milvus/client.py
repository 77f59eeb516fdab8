"""Requests to Milvus, with one clear sentence for whatever goes wrong: the only module that imports pymilvus.

The client is imported when an index in Milvus is first used. It repeats a request
that fails until its time is up, and it writes every failure to its log: that log is
turned off, because the error that is raised says the same.
"""

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from tacrochat.errors import IndexFolderError
from tacrochat.index.milvus.address import Address, Connection
from tacrochat.index.milvus.layout import Field, Layout

log = logging.getLogger(__name__)

_NOT_FOUND = {100, 1600}  # the codes of Milvus for a collection and for an alias
_PROXIES = ("grpc_proxy", "https_proxy", "http_proxy", "all_proxy")
_MOST = 16_384  # rows that Milvus returns at most for one request
_MAX_CAUSE = 200  # characters of a cause in a message


class NotThere(IndexFolderError):
    """A collection or an alias is not there."""


class Client:
    """A connection to one server, or to one file of Milvus Lite; safe to use from several threads."""

    def __init__(self, address: Address, connection: Connection) -> None:
        """Connect.

        Raises:
            IndexFolderError: the package is not installed, or the server is away.

        """
        self._address = address
        self._connection = connection
        self._milvus = _package(address)
        self._probe()
        self._client: Any = None
        self._client = self._call(self._connected)

    def _connected(self) -> Any:
        connection = self._connection
        options: dict[str, Any] = (
            {"server_pem_path": connection.certificate} if connection.certificate else {}
        )
        return self._milvus.MilvusClient(
            self._address.uri,
            token=connection.token,
            db_name=connection.database,
            timeout=connection.timeout,
            **options,
        )

    def _probe(self) -> None:
        """Fail at once if nobody listens: the client would wait until its time is up."""
        if self._address.file is not None or any(
            os.environ.get(n) or os.environ.get(n.upper()) for n in _PROXIES
        ):
            return
        parts = urlsplit(self._address.uri)
        try:
            socket.create_connection(
                (parts.hostname or "", parts.port or 0), self._connection.timeout
            ).close()
        except (OSError, ValueError, OverflowError) as error:
            raise IndexFolderError(self._away(str(getattr(error, "strerror", None) or error))) from error

    def _away(self, cause: str) -> str:
        if self._address.file is not None:
            return (
                f"{self._address.text} cannot be opened ({cause}); only one process can have it open:"
                f" run 'milvus-lite server --data-dir {self._address.file}' for several"
            )
        return (
            f"{self._address.text} does not answer ({cause}); start the server,"
            " or check the address and the variables TACROCHAT_MILVUS_…"
        )

    def _call(self, method: Callable[..., Any], *args: Any, **options: Any) -> Any:
        import grpc

        try:
            return method(*args, **options)
        except self._milvus.MilvusException as error:
            cause = self._cause(error)
            if error.code in _NOT_FOUND:
                raise NotThere(f"{self._address.text} has changed while it was read ({cause})") from error
            if self._client is None or not isinstance(error.code, int) or _is_away(cause):
                raise IndexFolderError(self._away(cause)) from error
            raise IndexFolderError(f"{self._address.text} refuses a request ({cause})") from error
        except (grpc.RpcError, OSError, RuntimeError, ValueError, TypeError) as error:
            raise IndexFolderError(self._away(self._cause(error))) from error

    def _cause(self, error: Exception) -> str:
        """Return the reason of an error on one line, without the token."""
        text = " ".join(str(getattr(error, "message", None) or error).split()) or type(error).__name__
        for secret in (self._connection.token, self._connection.token.partition(":")[2]):
            text = text.replace(secret, "…") if secret else text
        return text if len(text) <= _MAX_CAUSE else text[: _MAX_CAUSE - 1] + "…"

    def _ask(self, name: str, *args: Any, patient: bool = False, **options: Any) -> Any:
        timeout = self._connection.build_timeout if patient else self._connection.timeout
        began = time.perf_counter()
        try:
            return self._call(getattr(self._client, name), *args, timeout=timeout, **options)
        finally:
            log.debug("%s %s: %.1f ms", name, args[:1], 1000 * (time.perf_counter() - began))

    # --- collections and aliases -----------------------------------------------------------------

    def target(self, alias: str) -> str | None:
        """Return the name of the collection that an alias points to; None if there is no such alias."""
        try:
            return str(self._ask("describe_alias", alias)["collection_name"])
        except NotThere:
            return None

    def has_collection(self, name: str) -> bool:
        """Tell whether there is a collection or an alias of a name."""
        return bool(self._ask("has_collection", name))

    def collections(self) -> list[str]:
        """List the names of all collections of the database."""
        return list(self._ask("list_collections"))

    def create(self, name: str, layout: Layout) -> None:
        """Create a collection with its indexes, and load it."""
        schema = self._milvus.MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        indexes = self._milvus.MilvusClient.prepare_index_params()
        for field in layout.fields:
            kind = getattr(self._milvus.DataType, field.kind)
            schema.add_field(field.name, kind, is_primary=field is layout.fields[0], **_options(field))
            if field.index:
                metric = {"metric_type": "IP"} if field.is_vector else {}
                indexes.add_index(field.name, index_type=field.index, **metric, params=dict(field.parameters))
        self._ask("create_collection", name, schema=schema, consistency_level="Bounded", patient=True)
        # Not waited for: the collection is empty, and the client would look twice a second.
        self._ask("create_index", name, indexes, sync=False, patient=True)
        self._ask("load_collection", name, patient=True)

    def drop(self, name: str) -> None:
        """Delete a collection; one that is not there is none to delete."""
        try:
            self._ask("drop_collection", name, patient=True)
        except NotThere:
            log.debug("%s is gone already", name)

    def load(self, name: str) -> None:
        """Load a collection, so that it can be searched; one that is loaded stays so."""
        state = self._ask("get_load_state", name)["state"]
        if getattr(state, "name", "") != "Loaded":
            self._ask("load_collection", name, patient=True)

    def flush(self, name: str) -> None:
        """Make sure that what was inserted is on the disk."""
        self._ask("flush", name, patient=True)

    def create_alias(self, collection: str, alias: str) -> None:
        """Create an alias; fails if there is one of this name."""
        self._ask("create_alias", collection, alias)

    def alter_alias(self, collection: str, alias: str) -> None:
        """Let an alias point to another collection, in one step."""
        self._ask("alter_alias", collection, alias)

    def drop_alias(self, alias: str) -> None:
        """Delete an alias."""
        self._ask("drop_alias", alias)

    # --- rows ------------------------------------------------------------------------------------

    def insert(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows."""
        self._ask("insert", name, list(rows), patient=True)

    def upsert(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows, or replace those with the same keys."""
        self._ask("upsert", name, list(rows))

    def count(self, name: str) -> int:
        """Count the rows, those just inserted too."""
        (row,) = self._ask(
            "query", name, filter="", output_fields=["count(*)"], consistency_level="Strong", patient=True
        )
        return int(row["count(*)"])

    def get(self, name: str, ids: Sequence[Any], fields: Sequence[str]) -> list[dict[str, Any]]:
        """Return the rows with some primary keys, in any order; those that are not there are left out."""
        if not ids:
            return []
        return list(self._ask("query", name, ids=list(ids), output_fields=list(fields)))

    def select(self, name: str, condition: str, fields: Sequence[str]) -> list[dict[str, Any]]:
        """Return the rows that fulfil a condition."""
        return list(self._ask("query", name, filter=condition, output_fields=list(fields), patient=True))

    def every(self, name: str, fields: Sequence[str], batch: int) -> Iterator[dict[str, Any]]:
        """Yield all rows, in any order."""
        iterator = self._ask(
            "query_iterator", name, batch_size=batch, output_fields=list(fields), patient=True
        )
        try:
            while rows := self._call(iterator.next):
                yield from rows
        finally:
            iterator.close()

    def search(
        self, name: str, field: Field, value: Any, k: int, *, condition: str, fields: Sequence[str]
    ) -> list[tuple[dict[str, Any], float]]:
        """Return the ``k`` rows with the largest inner products, best first, each with its product."""
        found = self._ask(
            "search",
            name,
            data=[value],
            anns_field=field.name,
            limit=min(k, _MOST),
            filter=condition,
            search_params=_search_params(field, k),
            output_fields=list(fields),
        )
        return [(hit["entity"], float(hit["distance"])) for hit in found[0]]

    def search_both(
        self, name: str, searches: Sequence[tuple[Field, Any]], k: int, condition: str
    ) -> list[int]:
        """Return the ids of the best ``k`` rows of each of several searches, in one hybrid search."""
        k = min(k, _MOST // len(searches))
        requests = [
            self._milvus.AnnSearchRequest([value], field.name, _search_params(field, k), k, condition or None)
            for field, value in searches
        ]
        # Every row of every search has a rank, so fusing them by rank leaves none out.
        found = self._ask("hybrid_search", name, requests, self._milvus.RRFRanker(), limit=k * len(searches))
        return [int(hit["id"]) for hit in found[0]]


def _is_away(cause: str) -> bool:
    lower = cause.lower()
    return any(word in lower for word in ("unavailable", "connect", "timeout", "timed out", "deadline"))


def _options(field: Field) -> dict[str, int]:
    options = {"dim": field.dimension, "max_length": field.max_length}
    return {name: value for name, value in options.items() if value}


def _search_params(field: Field, k: int) -> dict[str, Any]:
    return {"metric_type": "IP", "params": {"ef": max(256, 4 * k)} if field.index == "HNSW" else {}}


def _package(address: Address) -> Any:
    """Import pymilvus.

    Raises:
        IndexFolderError: it is not installed.

    """
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")  # files are read in other processes
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    try:
        import pymilvus

        if address.file is not None:
            import milvus_lite  # noqa: F401
    except ImportError as error:
        raise IndexFolderError(
            "an index in Milvus needs the packages pymilvus and milvus-lite;"
            " run 'pip install \"tacrochat[milvus]\"'"
        ) from error
    for name in ("pymilvus", "milvus_lite", "grpc"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return pymilvus
