"""E-mail (.eml) with its attachments, and web pages saved as one file (.mhtml)."""

import re
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from typing import Any

from tacrochat.errors import ReadError
from tacrochat.readers import markup, webpage
from tacrochat.readers.decoding import decode
from tacrochat.readers.layout import Layout, clean
from tacrochat.text import PARAGRAPH_BREAK
from tacrochat.types import Extract

_QUOTED = re.compile(r"^\s*>")
_ANNOUNCES = re.compile(
    r"^(?:on .{5,120} wrote:|am .{5,120} schrieb .{1,80}:|-{2,}\s*original message\s*-{2,})$", re.I
)
MAX_PARTS = 500


def read(data: bytes) -> Extract:
    """Read a message without its attachments.

    Raises:
        ReadError: it is damaged, not an e-mail, or holds no text.

    """
    message = _parse(data)
    layout = Layout()
    heads = [f"{name}: {clean(_header(message, name))}" for name in ("From", "To", "Date", "Subject")]
    layout.add("\n".join(head for head in heads if not head.endswith(": ")), "metadata")
    body = _body(message)
    if body is None and layout.is_empty:
        raise ReadError("it is not an e-mail: it has neither headers nor text")
    if body is not None and body.get_content_subtype() == "html":
        webpage.add_page(layout, markup.parse(b"", _text(body)), choose=False)
    elif body is not None:
        _add_plain(layout, _text(body))
    if layout.last_role == "metadata":
        raise ReadError("it holds no text besides its headers")
    return layout.extract(_metadata(message))


def read_mhtml(data: bytes) -> Extract:
    """Read a web page that a browser saved as one file.

    Raises:
        ReadError: it is damaged, or holds no web page with text.

    """
    message = _parse(data)
    page = next((part for part in _parts(message) if part.get_content_subtype() == "html"), None)
    if page is None:
        raise ReadError("it holds no web page")
    root = markup.parse(b"", _text(page))
    layout = Layout()
    webpage.add_page(layout, root)
    metadata = webpage.metadata(root)
    address = _header(message, "Snapshot-Content-Location") or _header(page, "Content-Location")
    if address.startswith(("http://", "https://")):
        metadata.setdefault("url", clean(address))
    return layout.extract(metadata)


def attachments(data: bytes) -> Iterator[tuple[str, bytes]]:
    """List the files attached to a message: each name with its bytes.

    Raises:
        ReadError: the message is damaged.

    """
    message = _parse(data)
    body = _body(message)
    for number, part in enumerate(_parts(message)):
        name = part.get_filename()
        inline_picture = part.get_content_maintype() == "image"
        if part is body or inline_picture or not (name or part.get_content_disposition() == "attachment"):
            continue
        content = part.get_payload(decode=True)
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            content = inner[0].as_bytes() if isinstance(inner, list) and inner else b""  # type: ignore[union-attr]
            name = name or f"message-{number}.eml"
        if isinstance(content, bytes):
            yield clean(name or f"attachment-{number}"), content


def _parse(data: bytes) -> EmailMessage:
    try:
        return BytesParser(policy=policy.default).parsebytes(data)
    except (ValueError, IndexError, LookupError, TypeError, AttributeError) as error:
        raise ReadError(f"it is damaged: not a message ({error})") from error


def _parts(message: EmailMessage) -> list[EmailMessage]:
    parts: list[EmailMessage] = []
    stack: list[Any] = [message]
    while stack and len(parts) < MAX_PARTS:
        part = stack.pop()
        if part.is_multipart() and part.get_content_type() != "message/rfc822":
            payload = part.get_payload()
            stack.extend(reversed(payload if isinstance(payload, list) else []))
        else:
            parts.append(part)
    return parts


def _body(message: EmailMessage) -> EmailMessage | None:
    """Return the part with the text of the message: plain text if there is any, else HTML."""
    texts = [
        part
        for part in _parts(message)
        if part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment"
    ]
    for subtype in ("plain", "html"):
        for part in texts:
            if part.get_content_subtype() == subtype and not part.get_filename() and _text(part).strip():
                return part
    return None


def _text(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    named = part.get_content_charset()
    try:
        text = payload.decode(named) if named else decode(payload)
    except (LookupError, ValueError, ReadError):
        text = payload.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


def _add_plain(layout: Layout, text: str) -> None:
    """Add paragraphs; quoted lines of an earlier message, and the signature, become navigation."""
    kept, signature = text, ""
    delimiter = re.search(r"(?m)^-- ?$", text)
    if delimiter:
        kept, signature = text[: delimiter.start()], text[delimiter.end() :]
    for paragraph in PARAGRAPH_BREAK.split(kept):
        written: list[str] = []
        quoted: list[str] = []
        for line in paragraph.split("\n"):
            is_quoted = _QUOTED.match(line) or _ANNOUNCES.match(line.strip())
            (quoted if is_quoted else written).append(line)
        layout.add(clean("\n".join(written), lines=True))
        layout.add(clean("\n".join(quoted), lines=True), "navigation", reason="quoted message")
    layout.add(clean(signature, lines=True), "navigation", reason="signature")


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name) or "")
    except (ValueError, IndexError, TypeError, AttributeError, LookupError):  # malformed headers
        return ""


def _metadata(message: EmailMessage) -> dict[str, str]:
    try:
        when = parsedate_to_datetime(_header(message, "Date")).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        when = ""
    sender = re.sub(r"\s*<[^>]*>\s*$", "", _header(message, "From")).strip("\"' ")
    return {"title": _header(message, "Subject"), "author": sender, "date": when}
