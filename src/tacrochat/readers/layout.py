"""Put together the text of a format that is not plain text, and record its blocks.

A reader adds paragraphs, list items, rows and headings in order. Each offset is
the length of the text so far, so nothing has to be searched for afterwards.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tacrochat.errors import ReadError
from tacrochat.types import COLUMNS_LEVEL, Block, Extract, Role

_SPACES = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r" ?\n\s*")
# Lone surrogates cannot be stored; control characters and non-characters are invisible.
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff\u00ad\ufeff]")
_NOT_TITLES = frozenset({"", "untitled", "unknown title", "document", "powerpoint presentation", "title"})
LONGEST_TEXT = 64_000_000
"""The limit on the characters of one document; a longer text is refused, not cut."""
MOST_COLUMNS = 200
"""The limit on columns of a row, fields of an object, and values of a list; a note names the rest."""
MOST_ROWS = 100_000
"""The limit on the rows or records of a file; a note says where reading ended."""
LONGEST_NAMES = 200
"""The limit on the characters of a row of column names; a longer one is a row of texts."""
LONGEST_WHOLE_TABLE = 500
"""A table with more characters does not fit in one passage, as a rule."""
_NAMED_PLACES = 20


def storable(text: str) -> str:
    """Return text without the characters that cannot be stored or shown; all line breaks become newlines."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def clean(text: str, *, lines: bool = False) -> str:
    """Return text in NFC with each run of white space as one space; ``lines`` keeps line breaks."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    text = storable(text)
    if not lines:
        return " ".join(text.split())
    return _BREAKS.sub("\n", _SPACES.sub(" ", text)).strip()


@dataclass(slots=True)
class _LeftOut:
    first: int
    last: int
    places: list[str] = field(default_factory=list)
    count: int = 0

    def note(self, what: str) -> str:
        more = f" and {self.count - len(self.places):,} more" if self.count > len(self.places) else ""
        return f"left out: {what} {self.first:,} to {self.last:,} of {', '.join(self.places)}{more}"


class Layout:
    """A text under construction, with its blocks, pages, places and notes."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._rows = 0
        self._blocks: list[Block] = []
        self._pages: list[int] = []
        self._places: list[tuple[int, str]] = []
        self._aside: list[tuple[str, str]] = []
        self.notes: list[str] = []
        self._left_out: dict[str, _LeftOut] = {}

    @property
    def is_empty(self) -> bool:
        """Whether no block has been added."""
        return not self._blocks

    @property
    def last_role(self) -> Role | None:
        """The role of the block added last, None if there is none."""
        return self._blocks[-1].role if self._blocks else None

    @property
    def end(self) -> int:
        """The length of the text so far: after ``add``, where the added text ends."""
        return self._length

    def add(
        self, text: str, role: Role = "body", *, level: int = 0, reason: str = "", tight: bool = False
    ) -> None:
        """Add a block of text that is already clean; blank text is ignored.

        ``tight`` leaves no blank line before the block. A tight block with the
        role and reason of the block before it becomes part of that block.
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

    def add_row(self, place: str, text: str) -> bool:
        """Add a row or record at a place of its own; returns false, with a note, once there are too many."""
        self._rows += 1
        if self._rows > MOST_ROWS:
            self.notes.append(f"left out: {place} and all after it, over {MOST_ROWS:,} rows; split the file")
            return False
        self.place(place)
        self.add(text, "row")
        return True

    def set_aside(self, text: str, reason: str) -> None:
        """Keep a text such as a running head as navigation, after all other blocks."""
        if text.strip():
            self._aside.append((text, reason))

    def leave_out(self, what: str, first: int, last: int, place: str) -> None:
        """Note that ``what`` (such as "columns") from number ``first`` to ``last`` are left out of a place.

        The same at many places becomes one note.
        """
        known = self._left_out.setdefault(what, _LeftOut(first, last))
        known.first, known.last = min(known.first, first), max(known.last, last)
        if place in known.places:
            return
        known.count += 1
        if len(known.places) < _NAMED_PLACES:
            known.places.append(place)

    def page(self) -> None:
        """Start a new page at the next block."""
        self._pages.append(self._next())

    def place(self, name: str) -> None:
        """Name the place at which the next block starts, such as "slide 3"."""
        self._places.append((self._next(), name))

    def extract(self, metadata: Mapping[str, str | None] | None = None) -> Extract:
        """Return the text with its blocks, and the non-empty values of ``metadata``.

        The title falls back to the first heading, unless a later heading has
        the same or a higher level: the first of several chapters is not the
        title of the document.

        Raises:
            ReadError: no block was added, or the text is too long.

        """
        for text, reason in dict.fromkeys(self._aside):
            self.add(text, "navigation", reason=reason)
        if not self._blocks:
            raise ReadError("it holds no text; open it to see whether its text is in pictures")
        values = {name: clean(value) for name, value in (metadata or {}).items() if value}
        if values.get("title", "").lower() in _NOT_TITLES:
            values.pop("title", None)
        if "title" not in values:
            headings = [b for b in self._blocks if b.role == "heading" and b.level != COLUMNS_LEVEL]
            if headings and not any(b.level <= headings[0].level for b in headings[1:]):
                values["title"] = clean("".join(self._parts)[headings[0].start : headings[0].end])
        return Extract(
            text="".join(self._parts),
            blocks=tuple(self._blocks),
            metadata={name: value for name, value in values.items() if value},
            pages=tuple(min(offset, self._length) for offset in self._pages),
            places=tuple(self._places),
            notes=(*self.notes, *(known.note(what) for what, known in self._left_out.items())),
        )

    def _next(self) -> int:
        return self._length + 2 if self._blocks else 0

    def _write(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
        if self._length > LONGEST_TEXT:
            raise ReadError(f"its text is over {LONGEST_TEXT // 1_000_000} million characters; split it")


def add_grid(layout: Layout, rows: Iterable[Sequence[str]], *, has_names: bool = False) -> None:
    """Add a small table: one row per line, cells separated by vertical bars.

    ``has_names`` says that the first row names the columns. In a long table these are
    the heading of the other rows, which are quoted in several passages.
    """
    lines: list[str] = []
    for row in rows:
        cells = [clean(cell) for cell in row[:MOST_COLUMNS]]
        if len(row) > MOST_COLUMNS:
            layout.leave_out("columns", MOST_COLUMNS + 1, len(row), "a table")
        if any(cells):
            lines.append(" | ".join(cells).strip())
    is_long = sum(map(len, lines)) > LONGEST_WHOLE_TABLE
    names = lines[:1] if has_names and is_long and len(lines[0]) <= LONGEST_NAMES else []
    for name in names:
        layout.add(name, "heading", level=COLUMNS_LEVEL)
    level = COLUMNS_LEVEL if names else 0
    for number, line in enumerate(lines[len(names) :]):
        layout.add(line, "table", level=level, tight=number > 0)
