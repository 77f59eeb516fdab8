"""HTML as a list of pieces: each heading, paragraph, list item and table row with its ancestors.

The tree is walked in a loop over lxml's events, not by recursion, so that a
page with 100,000 nested elements can be read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tacrochat.readers import trees
from tacrochat.readers.layout import MOST_COLUMNS, Layout, clean
from tacrochat.types import Role

_SKIPPED = frozenset(
    """script style noscript template svg canvas iframe object embed audio video head select datalist
    button input textarea map area progress meter""".split()
)
_BLOCKS = frozenset(
    """address article aside blockquote body caption center dd details dialog div dl dt fieldset
    figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu
    nav ol optgroup option p pre search section summary table tbody td tfoot th thead tr ul""".split()
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_RICH = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "table", "article", "section", "pre"})
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]+)", re.IGNORECASE)
_LONGEST_CELL = 600


@dataclass(slots=True)
class Piece:
    """A heading, paragraph, list item or table row of a page.

    ``linked`` is the share of its characters inside links, from 0 to 1.
    ``tight`` joins it to the list or table of the piece before. ``where`` are
    its ancestors, outermost first. ``columns`` counts the cells of a row in a
    table, with those that are left out. ``reason`` says why it is set aside and is
    empty while it is kept; see ``boilerplate``.
    """

    text: str
    role: Role
    level: int
    linked: float
    tight: bool
    where: tuple[Any, ...] = ()
    reason: str = ""
    columns: int = 0

    @property
    def words(self) -> int:
        """The number of words."""
        return len(self.text.split())


@dataclass(slots=True)
class _Open:
    """A block element that has been entered and not left yet."""

    element: Any
    tag: str
    count: int = 0
    is_plain: bool = False
    started: bool = False


def parse(data: bytes, decoded: str | None = None) -> Any:
    """Return the root element of an HTML page: of its text ``decoded``, or else of ``data`` in UTF-8.

    Raises:
        ReadError: there is no element in it.

    """
    return trees.html(data if decoded is None else decoded.encode("utf-8", "replace"))


def charset(data: bytes) -> str | None:
    """Return the encoding named in the first 4 KB of a page, None if there is none."""
    match = _CHARSET.search(data[:4096])
    return match.group(1).decode("ascii") if match else None


def pieces(root: Any) -> list[Piece]:
    """List the pieces of a parsed page in reading order."""
    walk = _Walk()
    events = trees.walk(root)
    for event, element in events:
        if not isinstance(element.tag, str):
            continue
        if event == "start":
            if walk.start(element):
                events.skip_subtree()
        else:
            walk.end(element)
    walk.flush()
    return walk.pieces


def note_left_out(layout: Layout, piece: Piece) -> None:
    """Note the columns of a row that are over the limit."""
    if piece.columns > MOST_COLUMNS:
        layout.leave_out("columns", MOST_COLUMNS + 1, piece.columns, "a table")


@dataclass(slots=True)
class _Walk:
    pieces: list[Piece] = field(default_factory=list)
    _open: list[_Open] = field(default_factory=list)
    _inline: list[str] = field(default_factory=list)
    _links: int = 0
    _linked: int = 0
    _skipped: Any = None
    _term: str = ""

    def start(self, element: Any) -> bool:
        """Enter an element; returns true if its contents are to be skipped."""
        tag = _tag(element)
        if tag in _SKIPPED or _is_hidden(element):
            self._skipped = element
            return True
        if tag == "br":
            self._inline.append("\n")
        if _is_link(element, tag, self._open):
            self._links += 1
        if tag in _BLOCKS:
            self.flush()
            parent = next((o for o in reversed(self._open) if o.tag in {"ul", "ol", "menu", "dl"}), None)
            block = _Open(element, tag)
            if tag == "li":
                block.is_plain = _is_plain(element)
                if parent:
                    parent.count += 1
                    block.count = parent.count
            self._open.append(block)
            if tag == "table" and _is_data(element):
                self._table(element)
                self._skipped = element
                return True
        self._text(element.text)
        return False

    def end(self, element: Any) -> None:
        """Leave an element; the text after it belongs to its parent."""
        tag = _tag(element)
        if self._skipped is element:
            self._skipped = None
            if self._open and self._open[-1].element is element:
                self._open.pop()
        elif tag in _BLOCKS:
            self.flush()
            while self._open and self._open.pop().element is not element:
                pass
        if _is_link(element, tag, self._open):
            self._links = max(0, self._links - 1)
        self._text(element.tail)

    def _text(self, text: str | None) -> None:
        if text:
            raw = self._open and any(o.tag == "pre" for o in self._open)
            self._inline.append(text if raw else re.sub(r"\s+", " ", text))
            if self._links:
                self._linked += len(text.strip())

    def flush(self) -> None:
        """End the current piece and add it, if it has any text."""
        text = clean("".join(self._inline), lines=True)
        length = max(1, len(text))
        linked = min(1.0, self._linked / length)
        self._inline, self._linked = [], 0
        tags = [o.tag for o in self._open]
        if not text:
            return
        where = tuple(o.element for o in self._open)
        heading = next((t for t in reversed(tags) if t in _HEADINGS), None)
        item = next((o for o in reversed(self._open) if o.tag in {"li", "dt", "dd"}), None)
        if heading:
            self._piece(text.replace("\n", " "), "heading", _HEADINGS[heading], linked, where)
        elif tags and tags[-1] == "summary":
            self._piece(text.replace("\n", " "), "heading", 7, linked, where)
        elif "pre" in tags:
            self._piece(text, "table", 0, linked, where)
        elif item and item.tag == "dt":
            self._term = text.replace("\n", " ")
        elif item and item.tag == "dd":
            term, self._term = self._term, ""
            joint = "" if not term else " " if term[-1] in ":.?!;," else ": "
            self._item(f"{term}{joint}{text}", linked, where)
        elif item and item.is_plain:
            depth = sum(t in {"ul", "ol", "menu"} for t in tags)
            lists = [t for t in tags if t in {"ul", "ol", "menu"}]
            mark = f"{item.count}. " if lists and lists[-1] == "ol" else "- "
            lead = "  " * (max(1, depth) - 1) + (" " * len(mark) if item.started else mark)
            item.started = True
            self._item(lead + text.replace("\n", " "), linked, where)
        else:
            self._piece(text, "body", 0, linked, where)

    def _item(self, text: str, linked: float, where: tuple[Any, ...]) -> None:
        last = self.pieces[-1] if self.pieces else None
        outer = [e for e in where if _tag(e) in {"ul", "ol", "menu", "dl"}][:1]
        tight = bool(last and last.role == "list" and outer and outer[0] in last.where)
        self.pieces.append(Piece(text, "list", 0, linked, tight, where))

    def _piece(self, text: str, role: Role, level: int, linked: float, where: tuple[Any, ...]) -> None:
        self.pieces.append(Piece(text, role, level, linked, tight=False, where=where))

    def _table(self, table: Any) -> None:
        where = tuple(o.element for o in self._open)
        tight = False
        for caption in table.iterchildren("caption"):
            self._piece(inner_text(caption), "body", 0, 0.0, where)
        for row in table.iter("tr"):
            elements = list(row.iterchildren("td", "th"))
            cells = [inner_text(cell) for cell in elements[:MOST_COLUMNS]]
            if any(cells):
                text = " | ".join(cells)
                links = sum(len(inner_text(a)) for a in row.iter("a"))
                linked = links / max(1, len(text))
                self.pieces.append(Piece(text, "table", 0, linked, tight, where, columns=len(elements)))
                tight = True


def inner_text(element: Any) -> str:
    """Return an element's text on one line, with spaces between neighbouring blocks."""
    return clean(" ".join("".join(_inner(element)).split()))


def _inner(element: Any) -> Iterator[str]:
    events = trees.walk(element)
    for event, inner in events:
        if not isinstance(inner.tag, str):
            continue
        tag = _tag(inner)
        if event == "start":
            if tag in _BLOCKS or tag == "br":
                yield " "
            if tag in _SKIPPED or _is_hidden(inner):
                events.skip_subtree()
            else:
                yield inner.text or ""
        elif inner is not element:
            if tag in _BLOCKS:
                yield " "
            yield inner.tail or ""


def _tag(element: Any) -> str:
    name = element.tag
    return name.rsplit("}", 1)[-1].lower() if isinstance(name, str) else ""


def _is_link(element: Any, tag: str, open_blocks: list[_Open]) -> bool:
    """Tell whether an element is a link; the link of a heading to itself does not count."""
    if tag != "a":
        return False
    target = element.get("href", "")
    return bool(target) and not (target.startswith("#") and any(o.tag in _HEADINGS for o in open_blocks))


def _is_hidden(element: Any) -> bool:
    attributes = element.attrib
    return bool(attributes) and (
        ("hidden" in attributes and attributes["hidden"] != "until-found")
        or attributes.get("aria-hidden") == "true"
        or bool(_HIDDEN.search(attributes.get("style", "")))
    )


def _is_plain(item: Any) -> bool:
    """Tell whether a list item is text, rather than a card or a section inside a list."""
    paragraphs = 0
    for inner in item.iter():
        tag = _tag(inner)
        if tag in _RICH:
            return False
        paragraphs += tag == "p"
    return paragraphs <= 2


def _is_data(table: Any) -> bool:
    """Tell whether a table shows data, rather than laying out a page."""
    if table.get("role") == "presentation":
        return False
    if any(inner is not table for inner in table.iter("table")):
        return False
    if any(True for _ in table.iter("h1", "h2", "h3", "nav", "form", "article")):
        return False
    rows = [list(row.iterchildren("td", "th")) for row in table.iter("tr")]
    if not rows or max(map(len, rows)) < 2:
        return False
    return max(len(inner_text(cell)) for row in rows for cell in row) <= _LONGEST_CELL if any(rows) else False
