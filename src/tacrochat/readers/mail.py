"""E-mail (.eml) with its attachments, and web pages saved as one file (.mhtml)."""

import base64
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
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
"""The parts of a message that are looked at; a note says so if there are more."""


@dataclass(slots=True)
class _Contents:
    """The parts of a message: read as its text, attached to it (with names), and left out (as notes)."""

    texts: list[EmailMessage] = field(default_factory=list)
    attached: list[tuple[str, EmailMessage]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read(data: bytes) -> Extract:
    """Read a message without its attachments and forwarded messages.

    Raises:
        ReadError: it is damaged, not an e-mail, or holds no text.

    """
    message = _parse(data)
    contents = _contents(message)
    layout = Layout()
    heads = [f"{name}: {clean(_header(message, name))}" for name in ("From", "To", "Date", "Subject")]
    layout.add("\n".join(head for head in heads if not head.endswith(": ")), "metadata")
    if not contents.texts and layout.is_empty:
        raise ReadError("it is not an e-mail: it has no sender and no text; remove it")
    for part in contents.texts:
        if part.get_content_subtype() == "plain":
            _add_plain(layout, _text(part))
            continue
        try:
            webpage.add_page(layout, markup.parse(b"", _text(part)), choose=False)
        except ReadError as error:
            layout.notes.append(f"left out: a part in HTML ({error})")
    layout.notes += [f"left out: {what}" for what in contents.left_out]
    if layout.last_role == "metadata":
        raise ReadError("it holds no text besides its subject and addresses")
    return layout.extract(_metadata(message))


def read_mhtml(data: bytes) -> Extract:
    """Read a web page that a browser saved as one file.

    Raises:
        ReadError: it is damaged, or holds no web page with text.

    """
    message = _parse(data)
    page = next((part for part, _ in _leaves(message) if part.get_content_subtype() == "html"), None)
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


def attachments(data: bytes) -> Iterator[tuple[str, bytes | ReadError]]:
    """List the files and messages attached to a message: each name with its bytes, or why it is not read.

    Raises:
        ReadError: the message is damaged.

    """
    for name, part in _contents(_parse(data)).attached:
        if part.get_content_type() == "message/rfc822":
            yield name, _forwarded(part)
            continue
        content = part.get_payload(decode=True)
        yield name, content if isinstance(content, bytes) else ReadError("it is damaged: it has no contents")


def _forwarded(part: EmailMessage) -> bytes | ReadError:
    """Return the bytes of a message inside a message, its headers as they were written."""
    payload = part.get_payload()
    try:
        inner: Any = payload[0] if isinstance(payload, list) else part
        content = inner.as_bytes(policy=policy.default.clone(refold_source="none"))
        if _header(part, "Content-Transfer-Encoding").strip().lower() == "base64":
            return base64.b64decode(content)  # the standard forbids it, some programs write it
    except RecursionError:
        return ReadError("it is damaged: its parts are nested too deeply")
    except Exception:  # the headers of a damaged message may raise anything
        return ReadError("it is damaged: not a message; save it anew")
    return bytes(content)


def _parse(data: bytes) -> EmailMessage:
    try:
        return BytesParser(policy=policy.default).parsebytes(data)
    except RecursionError as error:
        raise ReadError("it is damaged: its parts are nested too deeply") from error
    except (ValueError, IndexError, LookupError, TypeError, AttributeError) as error:
        raise ReadError("it is damaged: not a message; save it anew") from error


def _leaves(message: EmailMessage) -> Iterator[tuple[EmailMessage, bool]]:
    """List the parts without parts of their own, each with whether it repeats another in another format."""
    stack: list[tuple[Any, bool]] = [(message, False)]
    while stack:
        part, is_alternative = stack.pop()
        if part.get_content_maintype() != "multipart" or not part.is_multipart():
            yield part, is_alternative
            continue
        children = [child for child in part.get_payload() if isinstance(child, EmailMessage)]
        chosen = _chosen(children) if part.get_content_subtype() == "alternative" else None
        for child in reversed(children):
            is_other = is_alternative or (chosen is not None and child is not chosen)
            stack.append((child, is_other))


def _chosen(alternatives: list[EmailMessage]) -> EmailMessage | None:
    """Choose the alternative to read: the first with plain text, or else the first with HTML."""
    with_html = None
    for alternative in alternatives:
        kinds = {part.get_content_subtype() for part in _texts_below(alternative)}
        if "plain" in kinds:
            return alternative
        if kinds and with_html is None:
            with_html = alternative
    return with_html


def _texts_below(message: EmailMessage) -> Iterator[EmailMessage]:
    stack: list[Any] = [message]
    while stack:
        part = stack.pop()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            stack.extend(part.get_payload())
        elif _is_text(part) and _text(part).strip():
            yield part


def _is_text(part: EmailMessage) -> bool:
    """Tell whether a part is text of the message itself, not a file attached to it."""
    is_attached = part.get_filename() or part.get_content_disposition() == "attachment"
    return part.get_content_type() in {"text/plain", "text/html"} and not is_attached


def _contents(message: EmailMessage) -> _Contents:
    contents = _Contents()
    for number, (part, is_alternative) in enumerate(_leaves(message)):
        if number >= MAX_PARTS:
            contents.left_out.append(f"all parts after the first {MAX_PARTS}")
            break
        kind, name = part.get_content_type(), clean(part.get_filename() or "")
        is_attached = bool(name) or part.get_content_disposition() == "attachment"
        if kind == "message/rfc822":
            name = name or f"message-{number}"
            contents.attached.append((name if name.lower().endswith(".eml") else f"{name}.eml", part))
        elif _is_text(part):
            if not is_alternative and _text(part).strip():
                contents.texts.append(part)
        elif part.is_multipart() or (is_alternative and not is_attached):
            if not is_alternative:
                contents.left_out.append(f"a part of the type {clean(kind)}")
        elif _is_picture(part):
            continue  # as the pictures of a web page
        else:
            suffix = "" if name else mimetypes.guess_extension(kind) or ""
            contents.attached.append((name or f"attachment-{number}{suffix}", part))
    return contents


def _is_picture(part: EmailMessage) -> bool:
    """Tell whether a part is a picture inside the text, not a file attached to it."""
    return part.get_content_maintype() == "image" and part.get_content_disposition() != "attachment"


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
