"""The files that the documents were read from: their pages as pictures, and downloads.

A file is used only if its SHA-256 is that of the index: what is shown or sent is what was
read, and a box never lies over another text. PDFs are drawn by a process of its own, under
the limits for reading files. All work is done by one thread, one request at a time.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Literal

from tacrochat.arrays import Box
from tacrochat.errors import ReadError, TacrochatError
from tacrochat.library import Library
from tacrochat.readers.files import Limits, Worker
from tacrochat.readers.isolation import PlacedBoxes
from tacrochat.readers.limits import read_bytes
from tacrochat.settings import Settings
from tacrochat.types import Document

WIDTHS = (1_000, 1_500, 2_000, 3_000)
"""Pixels in the width of a picture, for each step of the zoom."""

_MAX_CACHE = 48_000_000  # bytes of pictures that are kept

Reason = Literal["missing", "changed", "inside", "unreadable"]


class OriginalUnavailable(TacrochatError):
    """The file of a document cannot be shown or sent; ``reason`` says why in a word."""

    def __init__(self, reason: Reason, text: str) -> None:
        """Take the reason, and the text for the user."""
        super().__init__(text)
        self.reason = reason


class Originals:
    """Draws and reads the files of the corpus folder."""

    def __init__(self, settings: Settings) -> None:
        """Keep to the limits of these settings; nothing is started yet."""
        self._limits = Limits(
            file_bytes=settings.max_file_mb * 1_000_000,
            unpacked_bytes=settings.max_unpacked_mb * 1_000_000,
            seconds=settings.reader_seconds,
        )
        self._worker = Worker(
            self._limits, seconds=settings.reader_seconds, memory_mb=settings.reader_memory_mb
        )
        # One thread: on Linux the process that draws ends with the thread that started it.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tacrochat-originals")
        self._pictures: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()

    def picture(self, library: Library, document: Document, page: int, width: int) -> "Future[bytes]":
        """Draw a page of a document, counted from 1, as a PNG; raises (in the future) as ``content``."""
        return self._thread.submit(self._draw, library, document, page, width)

    def locate(self, library: Library, document: Document, boxes: Sequence[Box]) -> PlacedBoxes:
        """Say where boxes are on the pictures of the pages; raises as ``content``."""
        return self._thread.submit(self._locate, library, document, boxes).result()

    def content(self, library: Library, document: Document) -> "Future[bytes]":
        """Read the file of a document.

        Raises:
            OriginalUnavailable: it is inside an archive or a mail, is gone, has changed
                since the index was made, or cannot be read.

        """
        return self._thread.submit(self._read, library, document)

    def _draw(self, library: Library, document: Document, page: int, width: int) -> bytes:
        key = (document.digest, page, width)
        if key in self._pictures:
            self._pictures.move_to_end(key)
            return self._pictures[key]
        path = _path(library, document)
        try:
            picture = self._worker.draw(path, document.digest, page, width)
        except ReadError as error:
            raise _unread(path, document, error) from error
        _check(picture.digest, document)
        self._pictures[key] = picture.png
        while sum(map(len, self._pictures.values())) > _MAX_CACHE and len(self._pictures) > 1:
            self._pictures.popitem(last=False)
        return picture.png

    def _locate(self, library: Library, document: Document, boxes: Sequence[Box]) -> PlacedBoxes:
        path = _path(library, document)
        try:
            placed = self._worker.locate(path, document.digest, boxes)
        except ReadError as error:
            raise _unread(path, document, error) from error
        _check(placed.digest, document)
        return placed

    def _read(self, library: Library, document: Document) -> bytes:
        path = _path(library, document)
        try:
            data = read_bytes(path, self._limits)
        except ReadError as error:
            raise _unread(path, document, error) from error
        _check(hashlib.sha256(data).hexdigest(), document)
        return data


def _path(library: Library, document: Document) -> Path:
    """Return the path of a document's own file; an index made by someone else may name any."""
    if document.container is not None:
        raise OriginalUnavailable("inside", f"{document.path} is inside {document.container}; open that file")
    inner = PurePosixPath(document.path)
    if inner.is_absolute() or ".." in inner.parts or not inner.parts:
        raise OriginalUnavailable("missing", f"{document.path} is not a path in the corpus folder")
    return library.manifest.origin.location(document.path)


def _check(digest: str, document: Document) -> None:
    if digest != document.digest:
        raise OriginalUnavailable(
            "changed", f"{document.path} has changed since the index was made; refresh the index"
        )


def _unread(path: Path, document: Document, error: ReadError) -> OriginalUnavailable:
    if not path.exists():
        return OriginalUnavailable("missing", f"{document.path} is gone; refresh the index")
    return OriginalUnavailable("unreadable", f"{document.path}: {error}")
