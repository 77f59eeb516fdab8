"""Turn a tree with a known vocabulary into headings, paragraphs, lists and tables."""

from collections.abc import Iterator
from typing import Any

from tacrochat.readers.layout import Layout, add_grid, clean, storable
from tacrochat.readers.xml_vocabularies import Vocabulary

_ID = ("id", "{http://www.w3.org/XML/1998/namespace}id")
_TARGETS = ("linkend", "endterm")
_JOINED = {"keycombo": "+", "menuchoice": " → "}
_QUOTED = {"quote": "“”", "soCalled": "‘’"}
_BREAKS = {"lb", "sbr", "break"}


def name_of(element: Any) -> str:
    """Return the name of an element without its namespace; empty for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Any) -> Iterator[Any]:
    """List the elements right below an element."""
    return (child for child in element if isinstance(child.tag, str))


def descendant(element: Any, *names: str, depth: int = 99) -> Any:
    """Return the first element with one of the names below an element; None if there is none."""
    if element is None or depth < 0:
        return None
    for child in children(element):
        if name_of(child) in names:
            return child
        if (found := descendant(child, *names, depth=depth - 1)) is not None:
            return found
    return None


def text_of(element: Any) -> str:
    """Return all text below an element, clean; empty for None."""
    return "" if element is None else clean(" ".join(element.itertext()))


class Structure:
    """Adds the text of a tree to a layout. The depth of a tree is limited by its parser."""

    def __init__(self, layout: Layout, vocabulary: Vocabulary, root: Any) -> None:
        self._layout = layout
        self._words = vocabulary
        self._blocks = vocabulary.blocks
        self._root = root
        self._notes: list[Any] = []
        self._titles = self._linked_titles()

    def add(self) -> None:
        """Add the whole tree; its own title is a heading of level 1."""
        self._add_children(self._root, 1)

    def _linked_titles(self) -> dict[str, str]:
        """Map the ids of sections, figures and tables to their titles: a cross-reference shows them."""
        result: dict[str, str] = {}
        for element in self._root.iter():
            key = (
                next((element.get(name) for name in _ID if element.get(name)), None)
                if name_of(element)
                else None
            )
            if key:
                title = next((c for c in children(element) if name_of(c) in self._words.titles), None)
                if title is not None:
                    result.setdefault(key, text_of(title)[:200])
        return result

    def _add_children(self, element: Any, level: int) -> None:
        """Add running text and blocks in their order; text between blocks is a paragraph."""
        inline: list[str] = [element.text or ""]
        for child in children(element):
            if name_of(child) in self._blocks or self._holds_blocks(child):
                self._add_paragraph("".join(inline))
                inline = []
                self._add_block(child, level)
            else:
                inline.append(self._inline(child))
            inline.append(child.tail or "")
        self._add_paragraph("".join(inline))

    def _holds_blocks(self, element: Any) -> bool:
        words = self._words
        if name_of(element) in words.dropped | words.notes or name_of(element) in _JOINED:
            return False
        return any(name_of(inner) in self._blocks for inner in element.iterdescendants())

    def _add_paragraph(self, text: str) -> None:
        self._layout.add(clean(text, lines="\v" in text).replace("\v", "\n"))
        notes, self._notes = self._notes, []
        for note in notes:
            self._layout.add(text_of(note))

    def _add_block(self, element: Any, level: int) -> None:
        words, name = self._words, name_of(element)
        if name in words.dropped:
            return
        if name in words.aside:
            self._add_aside(element, words.aside[name], level)
        elif name in words.titles:
            self._add_title(element, level)
        elif name in words.literal or (name == "ab" and "code" in (element.get("type") or "")):
            self._layout.add(storable("".join(element.itertext())).strip("\n"), "table")
        elif name in words.tables:
            self._add_table(element)
        elif name in words.lists:
            self._add_list(element, 0, level)
        else:
            self._add_children(element, level + (name in words.sections))

    def _add_title(self, element: Any, level: int) -> None:
        text = clean(self._inline(element))
        parent = name_of(element.getparent())
        is_section = element.getparent() is self._root or parent in self._words.sections or parent in {
            "info", "bookinfo", "articleinfo", "chapterinfo", "sectioninfo", "sect1info", "partinfo",
            "title-group", "refnamediv", "titlePage", "front-stub", "body", "front", "back",
        }  # fmt: skip
        if is_section and name_of(element) not in {"subtitle", "refpurpose"}:
            self._layout.add(text, "heading", level=min(level, 9))
        else:
            self._layout.add(text)

    def _add_aside(self, element: Any, reason: str, level: int) -> None:
        if name_of(element) in {"bibliography", "index", "ref-list"}:
            title = next((c for c in children(element) if name_of(c) in self._words.titles), None)
            if title is not None:
                self._layout.add(text_of(title), "heading", level=min(level + 1, 9))
                for child in children(element):
                    if child is not title:
                        self._layout.add(text_of(child), "navigation", reason=reason)
                return
        self._layout.add(text_of(element), "navigation", reason=reason)

    def _add_table(self, element: Any) -> None:
        words = self._words
        for child in children(element):
            if name_of(child) in words.titles | {"caption"}:
                self._layout.add(text_of(child))
        rows = (row for row in element.iter() if name_of(row) in words.rows)
        add_grid(
            self._layout,
            ([text_of(cell) for cell in children(row) if name_of(cell) in words.cells] for row in rows),
        )

    def _add_list(self, element: Any, depth: int, level: int) -> None:
        """Add list items, one a line; a block inside an item, such as a program, follows it."""
        words = self._words
        term = ""
        for child in children(element):
            name = name_of(child)
            if name in words.terms:
                term = clean(self._inline(child))
            elif name in words.items or name in words.lists:
                self._add_item(child, depth, level, term)
                term = ""
            elif name not in words.dropped:
                self._add_block(child, level)

    def _add_item(self, item: Any, depth: int, level: int, term: str) -> None:
        words = self._words
        if name_of(item) in words.lists:
            self._add_list(item, depth + 1, level)
            return
        mark, later = "- ", []
        terms = [term] if term else []
        inline: list[str] = [item.text or ""]
        for child in self._item_parts(item):
            name = name_of(child)
            if name in words.terms:
                terms.append(clean(self._inline(child)))
            elif name in words.paragraphs | {"def", "title"} or name not in self._blocks | words.items:
                inline += [" ", self._inline(child)]
            elif name not in words.dropped:
                later.append(child)
            inline.append(child.tail or "")
        text = clean("".join(inline))
        if terms:
            text = f"{', '.join(terms)}: {text}" if text else ", ".join(terms)
        if text:
            line = "  " * min(depth, 20) + mark + text
            self._layout.add(line, "list", tight=self._layout.last_role == "list")
        for child in later:
            if name_of(child) in words.lists:
                self._add_list(child, depth + 1, level)
            else:
                self._add_block(child, level)

    def _item_parts(self, item: Any) -> Iterator[Any]:
        """List the parts of an item; those of the item inside an entry with a term count as its own."""
        for child in children(item):
            if name_of(child) in self._words.items | {"def", "glossdef"}:
                yield from children(child)
            elif name_of(child) in self._words.paragraphs and self._holds_blocks(child):
                yield from self._parts_of_paragraph(child)
            else:
                yield child

    def _parts_of_paragraph(self, paragraph: Any) -> Iterator[Any]:
        """Take the blocks out of a paragraph, which comes first."""
        blocks = [child for child in children(paragraph) if name_of(child) in self._blocks]
        for block in blocks:
            previous = block.getprevious()
            if previous is not None:
                previous.tail = f"{previous.tail or ''} {block.tail or ''}"
            else:
                paragraph.text = f"{paragraph.text or ''} {block.tail or ''}"
            block.tail = None
            paragraph.remove(block)
        yield paragraph
        yield from blocks

    def _inline(self, element: Any) -> str:
        """Return an element's text as a line shows it; its footnotes are kept for later."""
        name = name_of(element)
        if name in self._words.dropped:
            return ""
        if name in self._words.notes:
            self._notes.append(element)
            return ""
        if name in _BREAKS:
            return "\v" if name == "lb" else " "
        if name in _JOINED:
            return _JOINED[name].join(filter(None, (clean(self._inline(c)) for c in children(element))))
        inside = "".join([element.text or "", *(self._inline(c) + (c.tail or "") for c in children(element))])
        if not inside.strip():
            target = next((element.get(key) for key in _TARGETS if element.get(key)), "")
            inside = self._titles.get(target, "") or element.get("url") or ""
        marks = _QUOTED.get(name, "") if name != "quote" or "para" in self._words.paragraphs else ""
        return f"{marks[0]}{inside}{marks[1]}" if marks else inside
