"""Lay out the text of a format that is not plain text, and record its blocks.

A reader adds paragraphs, list items, rows and headings one after another; the
text grows and every offset is known when its words are written. Nothing is
searched for afterwards.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from tacrochat.errors import ReadError
from tacrochat.types import Block, Extract, Role

_SPACES = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r" ?\n\s*")
# Lone surrogates cannot be stored; other controls and non-characters show nothing.
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff\u00ad\ufeff]")
_NOT_TITLES = frozenset({"", "untitled", "unknown title", "document", "powerpoint presentation", "title"})
LONGEST_TEXT = 64_000_000
"""Characters that one document may reach; a longer text is refused, not cut."""


def storable(text: str) -> str:
    """Return text that can be stored and shown; white space stays, line breaks become newlines."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def clean(text: str, *, lines: bool = False) -> str:
    """Return text with runs of white space as one space (with ``lines``, breaks kept)."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    text = storable(text)
    if not lines:
        return " ".join(text.split())
    return _BREAKS.sub("\n", _SPACES.sub(" ", text)).strip()


class Layout:
    """A text under construction with its blocks, pages and places."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._pages: list[int] = []
        self._places: list[tuple[int, str]] = []
        self._aside: list[tuple[str, str]] = []
        self.notes: list[str] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been added that could be quoted or looked at."""
        return not self._blocks

    @property
    def last_role(self) -> Role | None:
        """The role of the block added last."""
        return self._blocks[-1].role if self._blocks else None

    def add(
        self, text: str, role: Role = "body", *, level: int = 0, reason: str = "", tight: bool = False
    ) -> None:
        """Add a block of text that is already clean; ``tight`` leaves no blank line before it.

        A tight block of the same role as the one before becomes part of it.
        """
        if not text.strip():
            return
        last = self._blocks[-1] if self._blocks else None
        if last:
            self._write("\n" if tight else "\n\n")
        start = self._length
        self._write(text)
        if last and tight and (last.role, last.reason) == (role, reason) and role not in {"heading", "row"}:
            self._blocks[-1] = Block(last.start, self._length, role, last.level, reason)
        else:
            self._blocks.append(Block(start, self._length, role, level, reason))

    def set_aside(self, text: str, reason: str) -> None:
        """Keep a text such as a running head for the record, after everything else."""
        if text.strip():
            self._aside.append((text, reason))

    def page(self) -> None:
        """Start a new page at the next block."""
        self._pages.append(self._next())

    def place(self, name: str) -> None:
        """Name the place at which the next block starts."""
        self._places.append((self._next(), name))

    def extract(self, metadata: Mapping[str, str | None] | None = None) -> Extract:
        """Return what was laid out.

        Raises:
            ReadError: nothing was.

        """
        for text, reason in dict.fromkeys(self._aside):
            self.add(text, "navigation", reason=reason)
        if not self._blocks:
            raise ReadError("it holds no text")
        values = {name: clean(value) for name, value in (metadata or {}).items() if value}
        if values.get("title", "").lower() in _NOT_TITLES:
            values.pop("title", None)
        if "title" not in values:
            headings = [b for b in self._blocks if b.role == "heading"]
            # The first of several chapters is not the title of the whole.
            if headings and not any(b.level <= headings[0].level for b in headings[1:]):
                values["title"] = clean("".join(self._parts)[headings[0].start : headings[0].end])
        return Extract(
            text="".join(self._parts),
            blocks=tuple(self._blocks),
            metadata={name: value for name, value in values.items() if value},
            pages=tuple(min(offset, self._length) for offset in self._pages),
            places=tuple(self._places),
            notes=tuple(self.notes),
        )

    def _next(self) -> int:
        return self._length + 2 if self._blocks else 0

    def _write(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
        if self._length > LONGEST_TEXT:
            raise ReadError(f"its text is over {LONGEST_TEXT // 1_000_000} million characters; split it")


def add_grid(layout: Layout, rows: Iterable[Sequence[str]]) -> None:
    """Add a small table, one row a line, cells parted by bars; a first row of one cell is a caption."""
    number = 0
    for row in rows:
        cells = [clean(cell) for cell in row]
        if any(cells):
            layout.add(" | ".join(cells).strip(), "table", tight=number > 0)
            number += 1


def add_records(layout: Layout, header: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Add rows as passages of their own, every cell with its column's name.

    ``rows`` are pairs of the place's name and the cells.
    """
    names = [clean(name) or f"column {i}" for i, name in enumerate(header, 1)]
    for place, row in rows:
        cells = [clean(cell) for cell in row]
        names += [f"column {i}" for i in range(len(names) + 1, len(cells) + 1)]
        line = " | ".join(f"{name}: {cell}" for name, cell in zip(names, cells, strict=False) if cell)
        if line:
            layout.place(place)
            layout.add(line, "row")
