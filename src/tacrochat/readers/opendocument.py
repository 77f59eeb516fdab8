"""OpenDocument text (.odt): headings, paragraphs, lists and tables from content.xml."""

from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from tacrochat.errors import ReadError
from tacrochat.readers import symbols, trees, typed_lines
from tacrochat.readers.layout import Layout, add_grid, clean, storable
from tacrochat.readers.limits import Limits, member, open_zip
from tacrochat.readers.office import BOLD_LEVEL, LONGEST_HEADING, add_paragraph, is_bold_heading
from tacrochat.readers.opendocument_parts import open_document
from tacrochat.readers.opendocument_styles import Style, styles
from tacrochat.types import Extract

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_GROUPS = {f"{_TEXT}section", f"{_TEXT}list-header", f"{_TEXT}index-body"}
_INDEXES = {f"{_TEXT}table-of-content", f"{_TEXT}alphabetical-index", f"{_TEXT}illustration-index"}
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_APART = {f"{_TEXT}note-body", f"{_DRAW}text-box"}
_MAX_DEPTH = 20
_LEFT_OUT = {f"{_OFFICE}annotation", f"{_TEXT}note-citation", f"{_TEXT}tracked-changes"}


def read(data: bytes, limits: Limits) -> Extract:
    """Read an OpenDocument text.

    Raises:
        ReadError: it is damaged, protected, or holds no text.

    """
    root, body, properties = open_document(data, "text", limits)
    layout = Layout()
    _Reader(layout, styles([*_named_styles(data, limits), root])).add_all(body)
    return layout.extract(properties)


def _named_styles(data: bytes, limits: Limits) -> list[Any]:
    try:
        return [trees.xml(member(open_zip(data, limits), "styles.xml"))]
    except ReadError:
        return []


def _may_be_typed(element: Any) -> bool:
    return element.tag == f"{_TEXT}p" and len("".join(element.itertext())) <= typed_lines.LONGEST_LINE


@dataclass(slots=True)
class _Reader:
    """Adds the elements of a text to a layout; ``_apart`` are the notes and boxes of the last paragraph."""

    layout: Layout
    styles: dict[str, Style]
    _apart: list[Any] = field(default_factory=list)

    def add_all(self, parent: Any, depth: int = 0) -> None:
        """Add all that is in an element: paragraphs, headings, lists, tables, sections."""
        elements = list(parent)
        done = looked = 0  # elements added already, and those looked at for typed lines
        for number, element in enumerate(elements):
            tag = element.tag
            if number >= looked and tag == f"{_TEXT}p":
                run = list(takewhile(_may_be_typed, (elements[n] for n in range(number, len(elements)))))
                looked = number + max(1, len(run))
                done = looked if run and self._typed_lines(run) else done
            if number < done:
                continue
            if tag in {f"{_TEXT}h", f"{_TEXT}p"}:
                self._paragraph(element)
            elif tag == f"{_TEXT}list":
                self._list(element, 0)
            elif tag == f"{_TABLE}table":
                rows = element.iter(f"{_TABLE}table-row")
                cells = ([self._words(c) for c in row.iterchildren(f"{_TABLE}table-cell")] for row in rows)
                head = element.find(f"{_TABLE}table-header-rows")
                add_grid(self.layout, cells, has_names=head is not None)
            elif tag in _INDEXES:
                for entry in element.iter(f"{_TEXT}p"):
                    self._contents(clean(self._words(entry)))
            elif tag in _GROUPS and depth < _MAX_DEPTH:
                self.add_all(element, depth + 1)
            self._add_apart(depth)

    def _typed_lines(self, paragraphs: list[Any]) -> bool:
        """Add neighbouring paragraphs if they are the lines of a pasted text; returns whether they are."""
        apart = len(self._apart)
        lines = [self._words(paragraph, keep_spaces=True) for paragraph in paragraphs]
        is_code = any(
            self._looks(paragraph, self._style(paragraph), "is_code")
            for paragraph, line in zip(paragraphs, lines, strict=True)
            if line.strip()
        )
        if is_code or len(self._apart) > apart or not typed_lines.are_typed(lines):
            del self._apart[apart:]
            return False
        typed_lines.add(self.layout, lines)
        return True

    def _paragraph(self, element: Any) -> None:
        style = self._style(element)
        raw = self._words(element, keep_spaces=style.is_code)
        text = clean(raw, lines=True)
        number = element.get(f"{_TEXT}outline-level", "1")
        if not text:
            return
        if element.tag == f"{_TEXT}h" and len(text) <= LONGEST_HEADING:
            level = (int(number) if number.isdigit() else 1) + 1
            self.layout.add(clean(text), "heading", level=level)
        elif style.level:
            self.layout.add(clean(text), "heading", level=style.level)
        elif style.is_contents:
            self._contents(clean(text))
        elif style.is_code or self._looks(element, style, "is_code"):
            lines = storable(raw if style.is_code else self._words(element, keep_spaces=True)).strip("\n")
            self.layout.add(lines, "table", tight=self.layout.last_role == "table")
        elif is_bold_heading(text) and self._looks(element, style, "is_bold"):
            self.layout.add(text, "heading", level=BOLD_LEVEL)
        else:
            add_paragraph(self.layout, raw)

    def _style(self, element: Any) -> Style:
        return self.styles.get(element.get(f"{_TEXT}style-name", ""), Style())

    def _contents(self, text: str) -> None:
        last = self.layout.last_role == "navigation"
        self.layout.add(text, "navigation", reason="table of contents", tight=last)

    def _looks(self, element: Any, style: Style, what: str) -> bool:
        """Tell whether all text of a paragraph is bold, or is code, by its style or those of its spans."""
        if getattr(style, what):
            return True
        if (element.text or "").strip():
            return False
        for inner in element:
            named = self._style(inner)
            is_text = bool("".join(inner.itertext()).strip())
            if (inner.tail or "").strip() or (is_text and not getattr(named, what)):
                return False
        return True

    def _list(self, listing: Any, depth: int) -> None:
        """Add the items of a list; a heading in it is a heading, as numbered headings are written so."""
        if depth > _MAX_DEPTH:
            return
        for item in listing:
            mark = "- "
            for element in item:
                if element.tag == f"{_TEXT}list":
                    self._list(element, depth + 1)
                elif element.tag == f"{_TEXT}h":
                    self._paragraph(element)
                elif element.tag == f"{_TEXT}p" and (text := clean(self._words(element))):
                    line = "  " * depth + mark + text
                    self.layout.add(line, "list", tight=self.layout.last_role == "list")
                    mark = "  "
                self._add_apart(depth)

    def _add_apart(self, depth: int) -> None:
        """Add the footnotes and text boxes of a paragraph after it, so that they break no sentence."""
        apart, self._apart = self._apart, []
        if depth < _MAX_DEPTH:
            for element in apart:
                self.add_all(element, depth + 1)

    def _words(self, element: Any, *, keep_spaces: bool = False) -> str:
        parts: list[str] = []
        events = trees.walk(element)
        for event, inner in events:
            if event == "start":
                if inner.tag in _LEFT_OUT or inner.tag in _APART:
                    if inner.tag in _APART and inner not in self._apart:
                        self._apart.append(inner)
                    events.skip_subtree()
                    continue
                if inner.tag in {f"{_TEXT}s", f"{_TEXT}tab"}:
                    count = inner.get(f"{_TEXT}c", "1")
                    width = int(count) if keep_spaces and count.isdigit() and len(count) < 4 else 1
                    parts.append(" " * width)
                elif inner.tag == f"{_TEXT}line-break":
                    parts.append("\n")
                parts.append(inner.text or "")
            elif inner is not element:
                if inner.tag == f"{_TEXT}p":
                    parts.append(" ")
                parts.append(inner.tail or "")
        return symbols.replaced("".join(parts))
