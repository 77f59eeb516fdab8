"""Parse HTML and XML without entities, files or the network; lxml is imported only here."""

import re
from collections.abc import Iterator
from typing import Any, Protocol, TypeAlias

from lxml import etree

from tacrochat.errors import ReadError

Element: TypeAlias = Any
"""An lxml element; its tag is a string, or a function if it is a comment."""

# Tags that only group. Without them a tree that is too deep becomes flat, and keeps all its words.
_GROUPING = re.compile(
    rb"</?(?:div|span|font|b|i|em|strong|center|section|ul|ol|li|table|tr|td|blockquote)\b[^>]*>",
    re.IGNORECASE,
)


class Walk(Protocol):
    """Yields ``("start" or "end", element)`` in document order."""

    def __iter__(self) -> Iterator[tuple[str, Element]]: ...

    def skip_subtree(self) -> None:
        """Skip the contents of the element that was started last."""


def walk(root: Element) -> Walk:
    """Walk a tree without recursion: enter and leave each element, comments left out."""
    events: Walk = etree.iterwalk(root, events=("start", "end"), tag="*")
    return events


def html(source: bytes) -> Element:
    """Parse an HTML page in UTF-8; broken markup is repaired.

    Raises:
        ReadError: there is no element in it.

    """
    root, is_cut = _html(source)
    if is_cut:  # deeper than libxml2 reads
        root, _ = _html(_GROUPING.sub(b"\n", source))
    if root is None:
        raise ReadError("it holds no web page")
    return root


def _html(source: bytes) -> tuple[Element, bool]:
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(source, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None, False
    return root, any("RESOURCE_LIMIT" in entry.type_name for entry in parser.error_log)


def first_text(root: Element, tag: str) -> str:
    """Return the text of the first element with a tag, empty if there is none."""
    element = next(root.iter(tag), None)
    return element.text or "" if element is not None else ""


def xml(data: bytes) -> Element:
    """Parse XML.

    Raises:
        ReadError: it is not XML.

    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ReadError("it is damaged: its contents cannot be read; open it and save it anew") from error
    if root is None:
        raise ReadError("it is damaged: its contents are missing; open it and save it anew")
    return root
