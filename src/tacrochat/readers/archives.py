"""Archives (.zip, .tar …) and compressed files (.gz …), read in memory, never written to disk."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from tacrochat.errors import ReadError
from tacrochat.readers import mailbox
from tacrochat.readers.limits import Limits, member, open_zip

_MESSAGES = 5  # a mailbox may hold so many times the messages that an archive may hold files


def members(data: bytes, limits: Limits) -> Iterator[tuple[str, bytes | ReadError]]:
    """List the files in an archive, or the messages in a mailbox.

    Each has its name and its bytes, or the reason why it is not read.

    Raises:
        ReadError: the archive is damaged, or would unpack to too much.

    """
    if data[:4] in {b"PK\x03\x04", b"PK\x05\x06"}:
        yield from _zip(data, limits)
    elif data.lstrip()[:5] == b"From ":
        yield from mailbox.messages(data.lstrip(), limits.members * _MESSAGES)
    else:
        yield from _tar(data, limits)


def decompress(data: bytes, limits: Limits) -> bytes:
    """Return what a gzip, bzip2 or xz file holds; the bytes decide which of them it is.

    Raises:
        ReadError: it is damaged, empty, or would unpack to too much.

    """
    if not data.strip():
        raise ReadError("it is empty")
    limit = min(limits.file_bytes, limits.unpacked_bytes)
    try:
        with _opened(data) as file:
            content = file.read(limit + 1)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise ReadError("it is damaged or not a compressed file; decompress it to check it") from error
    if len(content) > limit:
        name = "FILE" if limit == limits.file_bytes else "UNPACKED"
        raise ReadError(
            f"it would unpack to more than {limit / 1e6:,.0f} MB; unpack and check it,"
            f" or raise TACROCHAT_MAX_{name}_MB"
        )
    return content


def _opened(data: bytes) -> bz2.BZ2File | lzma.LZMAFile | gzip.GzipFile:
    source = io.BytesIO(data)
    if data.startswith(b"BZh"):
        return bz2.BZ2File(source)
    return lzma.LZMAFile(source) if data.startswith(b"\xfd7zXZ\x00") else gzip.GzipFile(fileobj=source)


def _zip(data: bytes, limits: Limits) -> Iterator[tuple[str, bytes | ReadError]]:
    container = open_zip(data, limits)
    for entry in container.infolist():
        if entry.is_dir():
            continue
        refusal = _refusal(entry.filename, is_link=_is_link(entry))
        if entry.flag_bits & 0x1 and not refusal:
            refusal = "it is protected by a password"
        if refusal:
            yield entry.filename, ReadError(refusal)
            continue
        try:
            yield entry.filename, member(container, entry)
        except ReadError as error:
            yield entry.filename, error


def _is_link(entry: zipfile.ZipInfo) -> bool:
    return (entry.external_attr >> 16) & 0o170000 == 0o120000


def _tar(data: bytes, limits: Limits) -> Iterator[tuple[str, bytes | ReadError]]:
    total = count = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r|*") as archive:
            for entry in archive:
                count += 1
                if count > limits.members:
                    raise ReadError(f"it holds more than {limits.members:,} files; split it")
                if entry.isdir():
                    continue
                refusal = _refusal(entry.name, is_link=not entry.isfile())
                if refusal:
                    yield entry.name, ReadError(refusal)
                    continue
                total += entry.size
                if total > limits.unpacked_bytes:
                    raise ReadError(_too_much(limits))
                file = archive.extractfile(entry)
                if file is not None:
                    yield entry.name, file.read()
    except (tarfile.TarError, EOFError, OSError, ValueError, zlib.error, lzma.LZMAError) as error:
        raise ReadError("it is damaged or not an archive; get it anew") from error


def _too_much(limits: Limits) -> str:
    return (
        f"it would unpack to more than {limits.unpacked_bytes / 1e6:,.0f} MB; unpack and check it,"
        " or raise TACROCHAT_MAX_UNPACKED_MB"
    )


def _refusal(name: str, *, is_link: bool) -> str:
    """Return the reason why a member is not read; empty if it is read."""
    if is_link:
        return "it is a link or a device, not a file"
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or (len(name) > 1 and name[1] == ":") or "\0" in name:
        return "its name points outside the archive"
    return ""
