"""The log of requests and questions: one JSON object on each line."""

import json
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from tacrochat.errors import TacrochatError


class RequestLog:
    """Writes lines to a file, or to standard error for ``-``; nothing where there is no file.

    A line is written at once and in one piece. The file is opened to append, so that
    ``copytruncate`` of logrotate works. Texts of questions are left out unless
    ``with_questions``, addresses unless ``with_addresses``.
    """

    def __init__(
        self, file: str | None = None, *, with_questions: bool = False, with_addresses: bool = False
    ) -> None:
        """Open the file.

        Raises:
            TacrochatError: it cannot be opened.

        """
        self.with_questions, self.with_addresses = with_questions, with_addresses
        self._lock = threading.Lock()
        self._has_failed = False
        self._stream: TextIO | None = None
        if file == "-":
            self._stream = sys.stderr
        elif file is not None:
            try:
                self._stream = Path(file).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115  (closed by "close")
            except OSError as error:
                raise TacrochatError(
                    f"--log {file} cannot be written ({error.strerror}); give another file"
                ) from error

    @property
    def is_on(self) -> bool:
        """Tell whether anything is written."""
        return self._stream is not None

    def write(self, event: str, **values: Any) -> None:
        """Write a line: the time (UTC), the event, and values; that it fails is said once."""
        if self._stream is None:
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        # ASCII only: no character of a caller can end a line, or reorder it in a terminal.
        line = json.dumps({"time": now, "event": event, **values})
        with self._lock:
            try:
                self._stream.write(f"{line}\n")
                self._stream.flush()
            except (OSError, ValueError) as error:  # ValueError: it is closed
                if not self._has_failed:
                    self._has_failed = True
                    sys.stderr.write(f"tacrochat: the log cannot be written ({error}); requests go on\n")
            else:
                self._has_failed = False

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None and self._stream is not sys.stderr:
            self._stream.close()
        self._stream = None
