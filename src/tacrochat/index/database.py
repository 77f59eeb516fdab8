"""Read a SQLite database of an index: one connection, read-only, for all threads."""

import sqlite3
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class Database:
    """A database that is opened when it is first asked, and closed when the last reference is gone."""

    def __init__(self, path: Path, tables: str) -> None:
        """Name a database and the statements that made it."""
        self.path = path
        self._definitions = {" ".join(sql.split()) for sql in tables.split(";") if sql.strip()}
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query.

        Raises:
            sqlite3.Error: the file is missing or damaged.
            ValueError: its tables are not those that tacrochat makes.

        """
        # One connection for all threads: a later build may clear the file away,
        # and what is open stays readable where a new connection would fail.
        with self._lock:
            return list(self._connected().execute(sql, values))

    def open(self) -> None:
        """Open the file now; errors are those of ``query``."""
        with self._lock:
            self._connected()

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            uri = f"{self.path.resolve().as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
            try:
                self._check_tables(connection)
            except (sqlite3.Error, ValueError):
                connection.close()
                raise
            self._connection = connection
            weakref.finalize(self, connection.close)
        return self._connection

    def _check_tables(self, connection: sqlite3.Connection) -> None:
        """Refuse other tables than ours, views, and triggers."""
        parts = connection.execute("SELECT type, sql FROM sqlite_schema").fetchall()
        found = {" ".join(sql.split()) for _, sql in parts if sql}
        if found != self._definitions or not {kind for kind, _ in parts} <= {"table", "index"}:
            raise ValueError("its tables are not those of an index")
