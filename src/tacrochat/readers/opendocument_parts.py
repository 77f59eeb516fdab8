"""What readers of OpenDocument files share: the body, the words, the properties."""

from collections.abc import Iterator
from typing import Any

from tacrochat.errors import ReadError
from tacrochat.readers import symbols, trees
from tacrochat.readers.layout import clean
from tacrochat.readers.limits import Limits, member, open_zip

TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_MOST_SPACES = 100


def open_document(data: bytes, kind: str, limits: Limits) -> tuple[Any, Any, dict[str, str]]:
    """Return the root of the contents, the body of a kind (such as "spreadsheet") in it, and the properties.

    Raises:
        ReadError: it is damaged, protected, or of another kind.

    """
    container = open_zip(data, limits)
    root = trees.xml(member(container, "content.xml"))
    body = root.find(f"{OFFICE}body/{OFFICE}{kind}")
    if body is None:
        raise ReadError(f"it is protected by a password, or not an OpenDocument {kind}; save it without one")
    return root, body, properties(container)


def words(element: Any) -> str:
    """Return the text of a paragraph, without comments; line breaks are kept."""
    parts: list[str] = []
    events = trees.walk(element)
    for event, inner in events:
        if event == "start":
            if inner.tag == f"{OFFICE}annotation":
                events.skip_subtree()
                continue
            if inner.tag in {f"{TEXT}s", f"{TEXT}tab"}:
                count = inner.get(f"{TEXT}c", "1")
                parts.append(" " * (min(int(count), _MOST_SPACES) if count.isdigit() else 1))
            elif inner.tag == f"{TEXT}line-break":
                parts.append("\n")
            parts.append(inner.text or "")
        elif inner is not element:
            parts.append(inner.tail or "")
    return symbols.replaced("".join(parts))


def paragraphs(element: Any) -> Iterator[tuple[int, str]]:
    """List the paragraphs below an element, each with the depth of its list (0 outside of lists)."""
    depth = 0
    events = trees.walk(element)
    for event, inner in events:
        if inner is element:
            continue
        if inner.tag == f"{TEXT}list":
            depth += 1 if event == "start" else -1
        elif event == "start" and inner.tag in {f"{OFFICE}annotation", f"{TABLE}table"}:
            events.skip_subtree()
        elif event == "start" and inner.tag in {f"{TEXT}p", f"{TEXT}h"}:
            events.skip_subtree()
            if text := clean(words(inner), lines=True):
                yield depth, text


def properties(container: Any) -> dict[str, str]:
    """Return title, author, date and language of an OpenDocument file; empty without ``meta.xml``."""
    try:
        root = trees.xml(member(container, "meta.xml"))
    except ReadError:
        return {}

    def value(tag: str) -> str:
        return clean(trees.first_text(root, tag))

    return {
        "title": value(f"{_DC}title"),
        "author": value(f"{_DC}creator") or value(f"{_META}initial-creator"),
        "date": (value(f"{_DC}date") or value(f"{_META}creation-date"))[:10],
        "language": value(f"{_DC}language"),
    }
