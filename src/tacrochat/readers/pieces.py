"""What a walk through a page finds: pieces of text, and what has been read of the current one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tacrochat.readers.html_elements import HEADINGS, words
from tacrochat.types import Role

_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]")  # Chinese and Japanese have no spaces between words
_CAPTIONED = frozenset(
    """figure example table informaltable equation listing listingblock imageblock exampleblock tableblock
    literalblock videoblock""".split()
)
_LONGEST_BOLD_HEADING = 80


@dataclass(slots=True)
class Piece:
    """A heading, paragraph, list item or table row of a page.

    ``linked`` is the share of its characters inside links, from 0 to 1, ``jumps``
    the share inside links to a place in a page (``#…``), and ``turns`` the number
    of links to the previous or next page. ``tight`` joins it to the list or table
    of the piece before. ``where`` are its ancestors, outermost first. ``columns``
    counts the cells of a row in a table, with those that are left out. ``reason``
    says why it is set aside and is empty while it is kept; see ``boilerplate``.
    """

    text: str
    role: Role
    level: int
    linked: float
    tight: bool
    where: tuple[Any, ...] = ()
    reason: str = ""
    columns: int = 0
    jumps: float = 0.0
    turns: int = 0

    @property
    def words(self) -> int:
        """The number of words."""
        return len(self.text.split()) + len(_UNSPACED.findall(self.text)) // 2


@dataclass(slots=True)
class Open:
    """A block element that has been entered and not left yet."""

    element: Any
    tag: str
    count: int = 0
    is_plain: bool = False
    started: bool = False
    is_box: bool = False


@dataclass(slots=True)
class Inline:
    """The text since the last start or end of a block, and how much of it is in links and in bold."""

    parts: list[str] = field(default_factory=list)
    linked: int = 0
    jumps: int = 0
    bold: int = 0
    turns: int = 0


def is_box_title(opened: Sequence[Open]) -> bool:
    """Tell whether the current text is the title of a box such as a note; it is joined to its text."""
    box = next((i for i in range(len(opened) - 1, -1, -1) if opened[i].is_box), None)
    if box is None:
        return False
    inside = opened[box + 1 :]
    return any(
        o.tag in HEADINGS or o.tag == "th" or "title" in words(o.element.get("class", "")) for o in inside
    )


def is_bold_heading(text: str, inline: Inline, opened: Sequence[Open]) -> bool:
    """Tell whether a paragraph is a heading without the markup of one: short, and in bold or a title."""
    if len(text) > _LONGEST_BOLD_HEADING or "\n" in text or inline.linked > 0.5 * len(text):
        return False
    is_bold = inline.bold >= 0.9 * len(text) and text[-1].isalnum()
    is_title = bool(opened) and opened[-1].element.get("class") == "title"
    if not (is_bold or is_title):
        return False
    return not any(
        o.is_box
        or o.tag in {"td", "th", "li", "dd", "figure", "blockquote", "center"}
        or not _CAPTIONED.isdisjoint(words(o.element.get("class", "")))
        for o in opened
    )
