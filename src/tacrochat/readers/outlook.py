"""Messages of Outlook (.msg): turned into an e-mail, which is read as any other ([MS-OXMSG])."""

import mimetypes
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from itertools import islice
from typing import Any

from tacrochat.errors import ReadError
from tacrochat.readers import mail, richtext
from tacrochat.readers.compressed_richtext import decompressed
from tacrochat.readers.layout import clean
from tacrochat.types import Extract

# Property numbers of [MS-OXPROPS].
_SUBJECT, _SENDER, _SENDER_ADDRESS, _TO, _CC = "0037", "0C1A", "5D01", "0E04", "0E03"
_BODY, _HTML, _RICH, _HEADERS = "1000", "1013", "1009", "007D"
_DATA, _LONG_NAME, _SHORT_NAME, _CONTENT_ID = "3701", "3707", "3704", "3712"
_SENT, _DELIVERED, _CODE_PAGE, _BODY_CODE_PAGE = 0x0039, 0x0E06, 0x3FFD, 0x3FDE
_ROOT_HEADER, _INNER_HEADER = 32, 24
_PROPERTIES = "__properties_version1.0"
_DEPTH = 3
_MOST_ATTACHMENTS = 500
_UTF8 = 65001


def read(data: bytes) -> Extract:
    """Read a message of Outlook without its attachments.

    Raises:
        ReadError: it is damaged, not such a message, or holds no text.

    """
    return mail.read(as_mail(data))


def as_mail(data: bytes) -> bytes:
    """Return a message of Outlook as an e-mail with its attachments.

    Raises:
        ReadError: it is damaged, or not such a message.

    """
    import olefile

    try:
        with olefile.OleFileIO(data) as container:
            storage = _Storage(container, ())
            if storage.stream(_PROPERTIES) is None:
                raise ReadError("it is damaged or not a message of Outlook; save it anew, as .eml")
            message = _message(storage, _ROOT_HEADER, 0)
            is_named = any(name in message for name in ("From", "To", "Subject"))
            if not is_named and not message.get_content().strip():
                raise ReadError("it is damaged: nothing of the message is left; save it anew, as .eml")
            return message.as_bytes()
    except (OSError, ValueError, KeyError, struct.error, TypeError, IndexError, LookupError) as error:
        raise ReadError("it is damaged or not a message of Outlook; save it anew, as .eml") from error


@dataclass(frozen=True, slots=True)
class _Storage:
    """A folder of the container: the message, an attachment, or a message inside an attachment."""

    container: Any
    path: tuple[str, ...]

    def stream(self, name: str) -> bytes | None:
        path = [*self.path, name]
        if not self.container.exists(path) or self.container.get_type(path) != 2:
            return None
        content: bytes = self.container.openstream(path).read()
        return content

    def text(self, number: str, code_page: int = 1252) -> str:
        wide = self.stream(f"__substg1.0_{number}001F")
        if wide is not None:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        narrow = self.stream(f"__substg1.0_{number}001E") or b""
        return _decoded(narrow, code_page).rstrip("\0")

    def binary(self, number: str) -> bytes | None:
        return self.stream(f"__substg1.0_{number}0102")

    def fixed(self, header: int) -> dict[int, bytes]:
        """Map the numbers of properties of a fixed size to their eight bytes."""
        entries = self.stream(_PROPERTIES) or b""
        found = (entries[at : at + 16] for at in range(header, len(entries) - 15, 16))
        return {struct.unpack_from("<H", entry, 2)[0]: entry[8:16] for entry in found}

    def attachments(self) -> Iterator["_Storage"]:
        names = {
            entry[len(self.path)]
            for entry in self.container.listdir(streams=True, storages=True)
            if len(entry) > len(self.path) and tuple(entry[: len(self.path)]) == self.path
        }
        for name in sorted(names):
            if name.startswith("__attach_version1.0_"):
                yield _Storage(self.container, (*self.path, name))


def _decoded(data: bytes, code_page: int) -> str:
    encoding = "utf-8" if code_page == _UTF8 else f"cp{code_page}"
    try:
        return data.decode(encoding, "replace")
    except LookupError:
        return data.decode("cp1252", "replace")


def _message(storage: _Storage, header: int, depth: int) -> EmailMessage:
    fixed = storage.fixed(header)
    code_page = _number(fixed.get(_CODE_PAGE)) or 1252
    message = EmailMessage()
    sender = clean(storage.text(_SENDER, code_page)).replace('"', "")
    address = clean(storage.text(_SENDER_ADDRESS, code_page))
    _set_header(
        message, "From", f'"{sender}" <{address}>' if sender and "@" in address else sender or address
    )
    for name, number in (("To", _TO), ("Cc", _CC), ("Subject", _SUBJECT)):
        _set_header(message, name, clean(storage.text(number, code_page)))
    when = _time(fixed.get(_SENT) or fixed.get(_DELIVERED))
    if when:
        message["Date"] = format_datetime(when)
    text = storage.text(_BODY, code_page)
    html = storage.binary(_HTML)
    page = (
        _decoded(html, _number(fixed.get(_BODY_CODE_PAGE)) or _UTF8)
        if html
        else storage.text(_HTML, code_page)
    )
    if not text.strip() and not page.strip():
        text = _rich_text(storage)
    if text.strip() or not page.strip():
        message.set_content(_storable(text))
    else:
        message.set_content(_storable(page), subtype="html")
    for attachment in islice(storage.attachments(), _MOST_ATTACHMENTS):
        _attach(message, attachment, code_page, depth)
    return message


def _rich_text(storage: _Storage) -> str:
    """Return the text of a message that has it as rich text only."""
    data = storage.binary(_RICH)
    if not data:
        return ""
    try:
        lines = richtext.words(decompressed(data))
    except (ReadError, ValueError) as error:
        raise ReadError("the text of this message is damaged; save it anew, as .eml") from error
    return lines.replace("\n", "\n\n")  # each is a paragraph


def _attach(message: EmailMessage, attachment: _Storage, code_page: int, depth: int) -> None:
    name = clean(attachment.text(_LONG_NAME, code_page) or attachment.text(_SHORT_NAME, code_page))
    content = attachment.binary(_DATA)
    inner = _Storage(attachment.container, (*attachment.path, f"__substg1.0_{_DATA}000D"))
    if content is not None:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        main, _, sub = kind.partition("/")
        if main == "image" and attachment.text(_CONTENT_ID):
            return  # a picture inside the text
        message.add_attachment(
            content,
            maintype="application" if main in {"message", "multipart"} else main,
            subtype=sub,
            filename=name or "attachment",
        )
    elif depth < _DEPTH and attachment.container.exists(list(inner.path)):
        message.add_attachment(_message(inner, _INNER_HEADER, depth + 1))


def _set_header(message: EmailMessage, name: str, value: str) -> None:
    if value:
        try:
            message[name] = value
        except (ValueError, IndexError):  # an address that no mail program would write
            message[name] = "".join(c for c in value if c.isalnum() or c in " .-_")


def _storable(text: str) -> str:
    return text.replace("\r\n", "\n").encode("utf-8", "replace").decode("utf-8")


def _number(value: bytes | None) -> int:
    return struct.unpack_from("<I", value)[0] if value else 0


def _time(value: bytes | None) -> datetime | None:
    """Return the time of a FILETIME: steps of 100 nanoseconds since 1601."""
    if not value:
        return None
    try:
        return datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=struct.unpack("<Q", value)[0] // 10)
    except OverflowError:
        return None
