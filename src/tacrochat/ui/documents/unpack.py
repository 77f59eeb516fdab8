"""The files of an upload: those that were chosen, and those inside zips, each opened by itself."""

import lzma
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tacrochat.ui.documents.names import parts_of

DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
"""What a zip, or one member of it, can raise; a password is a ``RuntimeError``."""

_JUNK = frozenset({"__MACOSX", ".DS_Store"})


@dataclass(frozen=True, slots=True)
class Item:
    """One file of an upload.

    ``name`` is its name, with the folders it has inside a zip; ``shown`` names it
    in a message; ``size`` is in bytes as stated. ``open`` opens it; ``reason`` says
    why it cannot be taken, empty if it can.
    """

    name: str
    shown: str
    size: int = 0
    open: Callable[[], IO[bytes]] | None = None
    reason: str = ""


def items(uploads: Sequence[tuple[str, Path]]) -> Iterator[Item]:
    """Yield each file of an upload of ``(name, path)``, with those inside zips in place of the zip.

    An item must be used before the next one is taken: its zip is closed then.
    """
    for name, path in uploads:
        try:
            if Path(name).suffix.lower() != ".zip":
                yield Item(name, name, path.stat().st_size, lambda path=path: path.open("rb"))  # type: ignore[misc]
                continue
            with zipfile.ZipFile(path) as archive:
                for member in archive.infolist():
                    yield from _member(name, archive, member)
        except FileNotFoundError:
            yield Item(name, name, reason="it is no longer in the upload; choose it again")
        except OSError as error:
            yield Item(name, name, reason=f"it cannot be read ({error.strerror})")
        except DAMAGED as error:
            yield Item(name, name, reason=f"it is no zip that can be unpacked ({error})")


def _member(name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[Item]:
    parts = parts_of(member.filename)
    if member.is_dir() or not _JUNK.isdisjoint(parts):
        return
    shown = f"{name}/{'/'.join(parts)}"
    if stat.S_ISLNK(member.external_attr >> 16):
        yield Item(shown, shown, reason="it is a link")
    elif any(part.startswith(".") for part in parts):
        yield Item(shown, shown, reason="it is hidden (a name that begins with a dot)")
    else:
        yield Item(member.filename, shown, member.file_size, lambda: archive.open(member))
