"""Links to quotes: a document, its digest, offsets and a hash of the words, never the words or the question.

A link is the fragment of the page's address, ``#document=…&digest=…&quote=A-B&words=…``: a
browser keeps it to itself, so no server, proxy or log sees which document is opened, and
it stays through a login.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from tacrochat.errors import QuestionError
from tacrochat.library import Library
from tacrochat.types import Document, Span

_SHORT = 16  # hexadecimal digits of a digest and of the hash of the words
_MAX_PATH = 4_096  # characters
_HASH = re.compile(rf"[0-9a-f]{{{_SHORT}}}")
_SPAN = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")
_START = re.compile(r"(?<![^\s。！？])\S")
_END = re.compile(r"(?<=[。！？])|(?=\s|\Z)")

Remark = Literal["", "link_gone", "link_bad", "link_changed", "link_found"]


@dataclass(frozen=True, slots=True)
class Target:
    """What a link leads to; ``remark`` is the text of the page that says what is wrong, "" for nothing."""

    document: Document | None
    span: Span | None
    remark: Remark


def link(document: Document, span: Span) -> str:
    """Return the link to a quote, from its ``#`` on."""
    start, end = span
    fields = {
        "document": document.path,
        "digest": document.digest[:_SHORT],
        "quote": f"{start}-{end}",
        "words": _hash(document.text[start:end]),
    }
    return "#" + urlencode(fields)


def of_request(library: Library, request: Any) -> str:
    """Return the link to the quote that the page names: ``{"document", "digest", "start", "end"}``.

    The digest is null, or that of the document that the quote was cut from.

    Raises:
        QuestionError: there is no such document or place, or the document has changed.

    """
    fields = request if isinstance(request, Mapping) else {}
    document = library.document(str(fields.get("document")))
    start, end, digest = (fields.get(name) for name in ("start", "end", "digest"))
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end <= len(document.text):
        raise QuestionError(f"{document.path} has no text at this place; load the page again")
    if digest is not None and not document.digest.startswith(str(digest)):
        raise QuestionError(f"{document.path} has changed; ask again")
    return link(document, (start, end))


def follow(library: Library, fields: Any) -> Target:
    """Return the place that a link leads to, as the page sends its fields.

    If the document has changed, the words are looked for in it by their hash:
    only exactly the same words are found. Of several places the one nearest to
    the old offset is taken.
    """
    read = _read(fields)
    if read is None:
        return Target(None, None, "link_bad")
    path, digest, (start, end), words = read
    number = library.find_document(path)
    if number is None:
        return Target(None, None, "link_gone")
    document = library.documents[number]
    is_same = _hash(document.text[start:end]) == words
    if document.digest.startswith(digest):
        if end > len(document.text):
            return Target(document, None, "link_bad")
        if is_same:
            return Target(document, (start, end), "")
    found = (start, end) if is_same else _found(document.text, start, end - start, words)
    return Target(document, found, "link_found" if found else "link_changed")


def _read(fields: Any) -> tuple[str, str, Span, str] | None:
    """Check the fields of a link; None if one is missing or of another form."""
    if not isinstance(fields, Mapping):
        return None
    values = [fields.get(name) for name in ("document", "digest", "quote", "words")]
    if not all(isinstance(value, str) and len(value) <= _MAX_PATH for value in values):
        return None
    path, digest, quote, words = map(str, values)
    span = _SPAN.fullmatch(quote)
    if not (path and span and _HASH.fullmatch(digest) and _HASH.fullmatch(words)):
        return None
    start, end = int(span[1]), int(span[2])
    return (path, digest, (start, end), words) if start < end else None


def _found(text: str, near: int, size: int, words: str) -> Span | None:
    """Find words of a length by their hash; they begin and end where a sentence may."""
    places = [
        start
        for start in (match.start() for match in _START.finditer(text, 0, max(0, len(text) - size + 1)))
        if _END.match(text, start + size) and _hash(text[start : start + size]) == words
    ]
    best = min(places, key=lambda start: abs(start - near), default=None)
    return None if best is None else (best, best + size)


def _hash(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:_SHORT]
