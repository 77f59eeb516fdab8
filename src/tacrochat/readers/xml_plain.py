"""XML without a known vocabulary: paragraphs by the text in it, records by the names of elements."""

from typing import Any

from tacrochat.readers.layout import Layout, clean
from tacrochat.readers.rows import row_text
from tacrochat.readers.xml_structure import children, name_of, text_of

_TITLES = {"title", "head", "heading", "h1", "h2", "h3", "h4"}
_SHORT = 200
_MOST_INLINE = 50  # elements in a paragraph; with more, the text between them is astray


def add_plain(layout: Layout, root: Any) -> None:
    """Add all text below an element.

    An element with text of its own is a paragraph. One whose elements each hold
    a short text is a record: ``name: text``. Values in attributes are read if
    the document has more of them than of text.
    """
    texts = attributes = 0
    for element in root.iter():
        if name_of(element):
            texts += len((element.text or "").strip()) + len((element.tail or "").strip())
            attributes += sum(map(len, element.attrib.values()))
    _Plain(layout, with_attributes=attributes > texts).add(root, 1)


class _Plain:
    def __init__(self, layout: Layout, *, with_attributes: bool) -> None:
        self._layout = layout
        self._with_attributes = with_attributes
        self._records = 0
        self._is_full = False

    def add(self, element: Any, level: int) -> None:
        if self._is_full:
            return
        inner = list(children(element))
        if _has_own_text(element, inner) and len(inner) <= _MOST_INLINE:
            self._add_text(element, level)
            return
        attributes = self._attributes(element)
        if inner and all(_is_value(child) for child in inner) and (len(inner) > 1 or attributes):
            fields = [(name_of(child), text_of(child)) for child in inner]
            self._add_record([*attributes, *((name, text) for name, text in fields if text)])
            return
        if attributes and (not inner or len(attributes) > 1):
            self._add_record(attributes)
        self._layout.add(clean(element.text or ""))
        for child in inner:
            self.add(child, level + 1)
            self._layout.add(clean(child.tail or ""))

    def _attributes(self, element: Any) -> list[tuple[str, str]]:
        if not self._with_attributes:
            return []
        pairs = ((key.rpartition("}")[2], clean(value)) for key, value in element.attrib.items())
        return [(name, value) for name, value in pairs if value]

    def _add_text(self, element: Any, level: int) -> None:
        text = text_of(element)
        if name_of(element).lower() in _TITLES and len(text) <= _SHORT:
            self._layout.add(text, "heading", level=min(level, 9))
            return
        attributes = self._attributes(element)
        if attributes:
            self._add_record([*attributes, ("", text)])
        else:
            self._layout.add(text)

    def _add_record(self, fields: list[tuple[str, str]]) -> None:
        if fields:
            self._records += 1
            self._is_full = not self._layout.add_row(f"record {self._records}", row_text(fields))


def _has_own_text(element: Any, inner: list[Any]) -> bool:
    return bool((element.text or "").strip()) or any((child.tail or "").strip() for child in inner)


def _is_value(element: Any) -> bool:
    return not len(element) and len(element.text or "") <= _SHORT and not element.attrib
