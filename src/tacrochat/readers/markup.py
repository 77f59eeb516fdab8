"""HTML as a list of pieces: each heading, paragraph, list item and table row with its ancestors.

The tree is walked in a loop over lxml's events, not by recursion, so that a
page with 100,000 nested elements can be read.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from tacrochat.readers import html_tables, preformatted, trees
from tacrochat.readers.html_elements import (
    BLOCKS,
    HEADINGS,
    LISTS,
    SKIPPED,
    inner_text,
    is_box,
    is_dropdown,
    is_hidden,
    is_link,
    is_sign,
    tag,
    turns_pages,
)
from tacrochat.readers.layout import MOST_COLUMNS, Layout, clean
from tacrochat.readers.pieces import Inline, Open, Piece, is_bold_heading, is_box_title
from tacrochat.types import Role

_RICH = frozenset({*HEADINGS, "table", "article", "section"})
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]+)", re.IGNORECASE)
_PARAGRAPH_END = re.compile(r"\n[^\S\n]*\n")
_SUMMARY_LEVEL = 7
_BOLD_LEVEL = 8


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
    walk.close()
    return walk.pieces


def note_left_out(layout: Layout, piece: Piece) -> None:
    """Note the columns of a row that are over the limit."""
    if piece.columns > MOST_COLUMNS:
        layout.leave_out("columns", MOST_COLUMNS + 1, piece.columns, "a table")


@dataclass(slots=True)
class _Walk:
    pieces: list[Piece] = field(default_factory=list)
    _open: list[Open] = field(default_factory=list)
    _inline: Inline = field(default_factory=Inline)
    _links: list[Any] = field(default_factory=list)
    _bold: int = 0
    _skipped: Any = None
    _terms: list[Piece] = field(default_factory=list)
    _menus: list[Piece] = field(default_factory=list)

    def start(self, element: Any) -> bool:
        """Enter an element; returns true if its contents are to be skipped."""
        name = tag(element)
        if name in SKIPPED or is_hidden(element) or is_sign(element, name):
            self._skipped = element
            return True
        if is_dropdown(element):
            where = tuple(o.element for o in self._open)
            self._menus.append(
                Piece(inner_text(element), "body", 0, 1.0, tight=False, where=where, reason="navigation")
            )
            self._skipped = element
            return True
        if name == "br":
            self._inline.parts.append("\n")
        if name == "a" and is_link(element, in_heading=self._is_in_title()):
            self._links.append(element)
            self._inline.turns += turns_pages(element)
        self._bold += name in {"b", "strong"}
        if name in BLOCKS:
            self.flush()
            self._enter(element, name)
            if name == "table" and html_tables.shows_data(element):
                self._table(element)
                self._skipped = element
                return True
        self._text(element.text)
        return False

    def _is_in_title(self) -> bool:
        """Tell whether the walk is in a heading, or in bold text that starts a paragraph as a title does."""
        if any(o.tag in HEADINGS for o in self._open):
            return True
        if not self._bold or any(part.strip() for part in self._inline.parts):
            return False
        return not any(o.tag in {"li", "td", "th"} for o in self._open)

    def _enter(self, element: Any, name: str) -> None:
        if name == "dl":
            self._add_terms()  # those of a list around it
        block = Open(element, name, is_box=is_box(element, name))
        if name == "ol" and element.get("start", "").isascii() and element.get("start", "").isdigit():
            block.count = int(element.get("start")[:6]) - 1
        if name == "li":
            block.is_plain = _is_plain(element)
            parent = next((o for o in reversed(self._open) if o.tag in LISTS), None)
            if parent:
                parent.count += 1
                block.count = parent.count
        self._open.append(block)

    def end(self, element: Any) -> None:
        """Leave an element; the text after it belongs to its parent."""
        name = tag(element)
        if self._skipped is element:
            self._skipped = None
            if self._open and self._open[-1].element is element:
                self._open.pop()
            self._text(element.tail)
            return
        if name in BLOCKS:
            self.flush()
            if name == "dl":
                self._add_terms()
            while self._open and self._open.pop().element is not element:
                pass
        if self._links and self._links[-1] is element:
            self._links.pop()
        self._bold -= name in {"b", "strong"} and self._bold > 0
        self._text(element.tail)

    def close(self) -> None:
        """End the page."""
        self.flush()
        self._add_terms()

    def _text(self, text: str | None) -> None:
        if not text:
            return
        raw = self._open and any(o.tag == "pre" for o in self._open)
        self._inline.parts.append(text if raw else re.sub(r"\s+", " ", text))
        length = len(text.strip())
        if self._links:
            self._inline.linked += length
            self._inline.jumps += length if "#" in self._links[-1].get("href", "") else 0
        if self._bold:
            self._inline.bold += length

    def flush(self) -> None:
        """End the current piece and add it, if it has any text."""
        inline, self._inline = self._inline, Inline()
        raw = "".join(inline.parts)
        if not raw.strip():
            return
        names = [o.tag for o in self._open]
        heading = next((name for name in reversed(names) if name in HEADINGS), None)
        item = next((o for o in reversed(self._open) if o.tag in {"li", "dt", "dd"}), None)
        text = clean(raw, lines=True)
        if heading:
            if is_box_title(self._open):
                self._terms.append(self._new(text.replace("\n", " "), "body", inline))
            else:
                self._add(self._new(text.replace("\n", " "), "heading", inline, HEADINGS[heading]))
        elif "pre" in names:
            for part, role in preformatted.parts(raw):
                self._add(self._new(part, role, inline, size=len(raw)))
        elif names and names[-1] == "summary":
            self._summary(text.replace("\n", " "), inline)
        elif item and item.tag == "dt":
            self._terms.append(self._new(text.replace("\n", " "), "list", inline))
        elif item and item.tag == "dd":
            self._add(self._new(text, "list", inline))
        elif item and item.is_plain:
            self._add(self._new(self._marked(item, names, text), "list", inline, size=len(text)))
        else:
            self._paragraphs(raw, inline)
        self.pieces += self._menus
        self._menus.clear()

    def _paragraphs(self, raw: str, inline: Inline) -> None:
        """Add body text; two line breaks in a row end a paragraph."""
        texts = [text for part in _PARAGRAPH_END.split(raw) if (text := clean(part, lines=True))]
        if len(texts) == 1 and is_bold_heading(texts[0], inline, self._open):
            self._add(self._new(texts[0].replace("\n", " "), "heading", inline, _BOLD_LEVEL))
            return
        for text in texts:
            if is_box_title(self._open):
                self._terms.append(self._new(text.replace("\n", " "), "body", inline))
            else:
                self._add(self._new(text, "body", inline, size=len(raw)))

    def _summary(self, text: str, inline: Inline) -> None:
        """Add a summary: a heading, if what follows its ``<details>`` is not under it by mistake."""
        details = next((o.element for o in reversed(self._open) if o.tag == "details"), None)
        after = details.getnext() if details is not None else None
        alone = after is None or tag(after) in {"details", *HEADINGS}
        self._add(self._new(text, "heading" if alone else "body", inline, _SUMMARY_LEVEL if alone else 0))

    def _marked(self, item: Open, names: list[str], text: str) -> str:
        """Return the text of a list item with its mark and indentation."""
        lists = [name for name in names if name in LISTS and name != "dl"]
        mark = f"{item.count}. " if lists and lists[-1] == "ol" else "- "
        lead = "  " * (max(1, len(lists)) - 1) + (" " * len(mark) if item.started else mark)
        item.started = True
        return lead + text.replace("\n", " ")

    def _new(self, text: str, role: Role, inline: Inline, level: int = 0, size: int = 0) -> Piece:
        where = tuple(o.element for o in self._open)
        size = size or max(1, len(text))
        linked, jumps = min(1.0, inline.linked / size), min(1.0, inline.jumps / size)
        return Piece(text, role, level, linked, tight=False, where=where, jumps=jumps, turns=inline.turns)

    def _add(self, piece: Piece) -> None:
        """Add a piece, with the terms or the title of a box before it, if it is theirs."""
        if self._terms:
            term = self._terms[-1]
            is_theirs = term.role == "body" or "dd" in (tag(e) for e in piece.where[-3:])
            if is_theirs and piece.role in {"body", "list"}:
                terms = ", ".join(t.text for t in self._terms)
                joint = " " if terms[-1] in ":.?!;," else ": "
                share = len(piece.text) * piece.linked + sum(len(t.text) * t.linked for t in self._terms)
                piece.text = f"{terms}{joint}{piece.text}"
                piece.linked = share / len(piece.text)
                self._terms.clear()
            else:
                self._add_terms()
        self._append(piece)

    def _add_terms(self) -> None:
        """Add the terms that have no definition, and the title of a box without text."""
        terms, self._terms = self._terms, []
        for term in terms:
            self._append(term)

    def _append(self, piece: Piece) -> None:
        if piece.role == "list":
            last = self.pieces[-1] if self.pieces else None
            outer = [e for e in piece.where if tag(e) in LISTS][:1]
            piece.tight = bool(last and last.role == "list" and outer and outer[0] in last.where)
        self.pieces.append(piece)

    def _table(self, table: Any) -> None:
        where = tuple(o.element for o in self._open)
        for caption in table.iterchildren("caption"):
            self._add(Piece(inner_text(caption), "body", 0, 0.0, tight=False, where=where))
        self._add_terms()
        tight = False
        for row in html_tables.rows_of(table):
            piece = Piece(
                row.text, "table", 0, row.linked, tight, where, columns=row.columns, jumps=row.jumps
            )
            self.pieces.append(piece)
            tight = True


def _is_plain(item: Any) -> bool:
    """Tell whether a list item is text, rather than a card or a section inside a list."""
    paragraphs = 0
    for inner in item.iter():
        name = tag(inner)
        if name in _RICH:
            return False
        paragraphs += name == "p"
    return paragraphs <= 4
