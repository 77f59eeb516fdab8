"""Tables of a page: which of them show data, and their rows; the others only lay out the page."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from tacrochat.readers.html_elements import HEADINGS, inner_text, is_box, tag
from tacrochat.readers.layout import MOST_COLUMNS

_LONGEST_CELL = 600
_LONGEST_MARKED_CELL = 4_000  # in a table that says by its markup that it is one
_LAYOUT = frozenset({"nav", "form", "article", "pre", "table", *HEADINGS})
_NAVIGATION = re.compile(r"\bnavigation\b", re.IGNORECASE)


class Row(NamedTuple):
    """A row of a table: its cells joined by bars, the links in it, and how many cells it has."""

    text: str
    linked: float
    jumps: float
    columns: int


def shows_data(table: Any) -> bool:
    """Tell whether a table shows data, rather than laying out a page or a box."""
    if table.get("role") == "presentation" or _NAVIGATION.search(table.get("summary", "")):
        return False
    parent = table.getparent()
    if is_box(table, "table") or (parent is not None and is_box(parent, tag(parent))):
        return False
    if any(inner is not table and tag(inner) in _LAYOUT and not _is_short(inner) for inner in table.iter()):
        return False
    rows = [list(row.iterchildren("td", "th")) for row in table.iter("tr")]
    if not any(rows) or max(map(len, rows)) < 2:
        return False
    marked = any(True for _ in table.iter("th", "thead")) or table.get("border", "0") not in {"", "0"}
    longest = max(len(inner_text(cell)) for row in rows for cell in row)
    return longest <= (_LONGEST_MARKED_CELL if marked and len(rows) > 1 else _LONGEST_CELL)


def _is_short(element: Any) -> bool:
    """Tell whether an element is one line of preformatted text, which a cell may well hold."""
    return tag(element) == "pre" and "\n" not in "".join(element.itertext()).strip()


def rows_of(table: Any) -> Iterator[Row]:
    """Yield the rows of a table that have any text, without the columns that are empty in all rows."""
    rows = [list(row.iterchildren("td", "th")) for row in table.iter("tr")]
    texts = [[inner_text(cell) for cell in row[:MOST_COLUMNS]] for row in rows]
    used = {number for cells in texts for number, cell in enumerate(cells) if cell}
    for row, cells in zip(rows, texts, strict=True):
        if not any(cells):
            continue
        text = " | ".join(cell for number, cell in enumerate(cells) if number in used)
        links = [(len(inner_text(a)), a.get("href", "")) for cell in row for a in cell.iter("a")]
        size = max(1, sum(map(len, cells)))
        linked = sum(length for length, href in links if href)
        jumps = sum(length for length, href in links if "#" in href)
        yield Row(text, min(1.0, linked / size), min(1.0, jumps / size), len(row))
