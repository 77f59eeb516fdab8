"""Limits for uploaded files: of one request, of one user, and of all in the temporary folder."""

import contextlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

MAX_REQUEST = 256_000_000
"""Bytes of one upload request, with all its files."""

MAX_USER = 256_000_000
"""Bytes of the uploaded files of one user that are kept, and of the uploads of that user that are running."""

MAX_FOLDER = 512_000_000
"""Bytes of all uploaded files that are kept, and of all uploads that are running."""

UPLOADED_KEY = "tacrochat.uploaded"
"""The key of an ASGI scope for the paths of the files that the request has uploaded."""

_BLOCK = 4_096  # bytes that a small file takes


class UploadTooLarge(Exception):
    """An upload is over a limit; the text says which."""


class Upload:
    """A running upload: ``granted`` is the number of bytes that it may have."""

    def __init__(self, granted: int) -> None:
        """Grant so many bytes."""
        self.granted = granted
        self.paths: set[Path] = set()

    def keep(self, paths: Sequence[str]) -> None:
        """Note the files that this upload has brought; the others are deleted."""
        self.paths.update(Path(path) for path in paths)


class Uploads:
    """Keeps the account of a folder of uploaded files: which there are, and whose they are."""

    def __init__(
        self,
        folder: Path,
        *,
        max_request: int = MAX_REQUEST,
        max_user: int = MAX_USER,
        max_folder: int = MAX_FOLDER,
    ) -> None:
        """Limit the uploads into ``folder``."""
        self._folder = folder.resolve()
        self._max_request, self._max_user, self._max_folder = max_request, max_user, max_folder
        self._users: dict[Path, set[str]] = {}  # two users may upload the same file
        self._running = 0
        # Bytes of the running uploads, and of files of earlier ones that are not deleted yet.
        self._reserved: Counter[str] = Counter()

    def holds(self, path: str) -> bool:
        """Tell whether a path is that of an uploaded file."""
        return Path(path) in self._users and Path(path).is_file()

    @contextlib.contextmanager
    def reserve(self, user: str, length: int | None) -> Iterator[Upload]:
        """Reserve room for a request of ``length`` bytes (None: not known) by a user.

        When the last running upload has ended, files of uploads that failed are deleted.

        Raises:
            UploadTooLarge: there is no room.

        """
        upload = Upload(self._grant(user, length))
        self._running += 1
        self._reserved[user] += upload.granted
        try:
            yield upload
        finally:
            self._running -= 1
            for path in upload.paths:
                self._users.setdefault(path, set()).add(user)
            self._reserved[user] -= min(upload.granted, sum(map(_size, upload.paths)))
            if not self._running:
                self._delete_unfinished()
                self._reserved.clear()

    def _grant(self, user: str, length: int | None) -> int:
        if length is not None and length > self._max_request:
            raise UploadTooLarge(
                f"an upload may have {_megabytes(self._max_request)}, this one has {_megabytes(length)};"
                " upload the files in parts"
            )
        sizes = {path: _size(path) for path in self._files()}
        self._users = {path: users for path, users in self._users.items() if path in sizes}
        kept = sum(sizes[path] for path, users in self._users.items() if user in users)
        user_room = self._max_user - self._reserved[user] - kept
        room = self._max_folder - self._reserved.total() - sum(sizes.values())
        needed = max(length or 0, 1)
        if needed > user_room:
            raise UploadTooLarge(
                f"a user may keep {_megabytes(self._max_user)} of uploaded files, and yours have"
                f" {_megabytes(self._max_user - user_room)}; add them to the documents, which makes room,"
                " or try again in an hour"
            )
        if needed > room:
            raise UploadTooLarge(
                f"uploaded files fill {_megabytes(self._max_folder)}; try again in an hour,"
                " or copy the files into the corpus folder"
            )
        return min(self._max_request, user_room, room) if length is None else length

    def _files(self) -> Iterator[Path]:
        """List finished uploads: Gradio moves each into a folder of its own."""
        for place, _, names in os.walk(self._folder):
            if Path(place) != self._folder:
                yield from (Path(place, name) for name in names)

    def _delete_unfinished(self) -> None:
        """Delete files that no upload has brought to its end, and empty folders."""
        for place, _, names in os.walk(self._folder, topdown=False):
            for path in (Path(place, name) for name in names):
                if path not in self._users:
                    with contextlib.suppress(OSError):
                        path.unlink()
            if Path(place) != self._folder:
                with contextlib.suppress(OSError):  # it is not empty
                    Path(place).rmdir()


def _size(path: Path) -> int:
    """Return the bytes that a file takes, 0 if it is gone."""
    try:
        return max(path.stat().st_size, _BLOCK)
    except OSError:
        return 0


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000:,.0f} MB"
