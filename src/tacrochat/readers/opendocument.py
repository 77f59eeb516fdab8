"""OpenDocument text (.odt): headings, paragraphs, lists and tables from content.xml."""

from collections.abc import Iterator
from typing import Any

from tacrochat.errors import ReadError
from tacrochat.readers import trees
from tacrochat.readers.layout import Layout, add_grid, clean
from tacrochat.readers.limits import Limits, member, open_zip
from tacrochat.types import Extract

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_GROUPS = {f"{_TEXT}section", f"{_TEXT}list-header", f"{_TEXT}index-body"}
_INDEXES = {f"{_TEXT}table-of-content", f"{_TEXT}alphabetical-index", f"{_TEXT}illustration-index"}
_LEFT_OUT = {f"{_OFFICE}annotation", f"{_TEXT}note-citation", f"{_TEXT}tracked-changes"}


def read(data: bytes, limits: Limits) -> Extract:
    """Read an OpenDocument text.

    Raises:
        ReadError: it is damaged, protected, or holds no text.

    """
    container = open_zip(data, limits)
    root = trees.xml(member(container, "content.xml"))
    body = root.find(f"{_OFFICE}body/{_OFFICE}text")
    if body is None:
        raise ReadError(
            "it is protected by a password, or not an OpenDocument text; save it without one, as .odt"
        )
    layout = Layout()
    _add_all(layout, body)
    return layout.extract(_metadata(container))


def _add_all(layout: Layout, parent: Any) -> None:
    for element in parent:
        tag = element.tag
        if tag == f"{_TEXT}h":
            level = element.get(f"{_TEXT}outline-level", "1")
            layout.add(clean(_words(element)), "heading", level=(int(level) if level.isdigit() else 1) + 1)
        elif tag == f"{_TEXT}p":
            style = element.get(f"{_TEXT}style-name", "")
            text = clean(_words(element), lines=True)
            if style == "Title":
                layout.add(text.replace("\n", " "), "heading", level=1)
            else:
                layout.add(text)
        elif tag == f"{_TEXT}list":
            for item in _items(element, 0):
                layout.add(item, "list", tight=layout.last_role == "list")
        elif tag == f"{_TABLE}table":
            rows = element.iter(f"{_TABLE}table-row")
            add_grid(layout, ([_words(c) for c in row.iterchildren(f"{_TABLE}table-cell")] for row in rows))
        elif tag in _INDEXES:
            for entry in element.iter(f"{_TEXT}p"):
                layout.add(clean(_words(entry)), "navigation", reason="table of contents")
        elif tag in _GROUPS:
            _add_all(layout, element)


def _items(listing: Any, depth: int) -> Iterator[str]:
    if depth > 20:
        return
    for item in listing:
        mark = "- "
        for element in item:
            if element.tag == f"{_TEXT}list":
                yield from _items(element, depth + 1)
            elif element.tag in {f"{_TEXT}p", f"{_TEXT}h"} and (text := clean(_words(element))):
                yield "  " * depth + mark + text
                mark = "  "


def _words(element: Any) -> str:
    parts: list[str] = []
    events = trees.walk(element)
    for event, inner in events:
        if event == "start":
            if inner.tag in _LEFT_OUT:
                events.skip_subtree()
                continue
            if inner.tag in {f"{_TEXT}s", f"{_TEXT}tab"}:
                parts.append(" ")
            elif inner.tag == f"{_TEXT}line-break":
                parts.append("\n")
            parts.append(inner.text or "")
        elif inner is not element:
            if inner.tag == f"{_TEXT}p":
                parts.append(" ")
            parts.append(inner.tail or "")
    return "".join(parts)


def _metadata(container: Any) -> dict[str, str]:
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
