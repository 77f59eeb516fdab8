"""Limits for uploaded files: of one request, and of all that are kept in the temporary folder."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

MAX_REQUEST = 256_000_000
"""Bytes of one upload request, with all its files."""

MAX_FOLDER = 512_000_000
"""Bytes of all uploaded files that are kept, and of the uploads that are running."""

_BLOCK = 4_096  # bytes that a small file takes


class UploadTooLarge(Exception):
    """An upload is over a limit; the text says which."""


class Uploads:
    """Keeps the account of a folder of uploaded files."""

    def __init__(self, folder: Path, max_request: int = MAX_REQUEST, max_folder: int = MAX_FOLDER) -> None:
        """Limit the uploads into ``folder``."""
        self._folder = folder
        self._max_request, self._max_folder = max_request, max_folder
        self._running = 0
        self._reserved = 0  # bytes of the running uploads

    @contextlib.contextmanager
    def reserve(self, length: int | None) -> Iterator[int]:
        """Reserve room for a request of ``length`` bytes (None: not known); yields the bytes it may have.

        When the last running upload has ended, files of uploads that failed are deleted.

        Raises:
            UploadTooLarge: there is no room.

        """
        room = self._max_folder - self._reserved - _kept_bytes(self._folder)
        if length is not None and length > self._max_request:
            raise UploadTooLarge(
                f"an upload may have {_megabytes(self._max_request)}, this one has {_megabytes(length)};"
                " upload the files in parts"
            )
        granted = min(self._max_request, room) if length is None else length
        if room <= 0 or granted > room:
            raise UploadTooLarge(
                f"uploaded files fill {_megabytes(self._max_folder)}; try again in an hour,"
                " or copy the files into the corpus folder"
            )
        self._running += 1
        self._reserved += granted
        try:
            yield granted
        finally:
            self._running -= 1
            self._reserved -= granted
            if not self._running:
                _delete_unfinished(self._folder)


def _kept_bytes(folder: Path) -> int:
    """Add up finished uploads: Gradio moves each into a folder of its own."""
    total = 0
    for place, _, names in os.walk(folder):
        if Path(place) == folder:
            continue
        for name in names:
            with contextlib.suppress(OSError):
                total += max(Path(place, name).stat().st_size, _BLOCK)
    return total


def _delete_unfinished(folder: Path) -> None:
    """Delete the files directly in the folder: Gradio writes there while an upload runs."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.is_file():
                path.unlink(missing_ok=True)


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000:,.0f} MB"
