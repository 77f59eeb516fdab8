"""Rows of tables and records as passages of their own, with the names of their columns."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, pairwise

from tacrochat.readers.column_names import SAMPLE, TableHead, find_head, is_value, values
from tacrochat.readers.layout import MOST_COLUMNS, Layout, clean

_LINE = 300  # characters of a line of a row; a longer line would be cut at sentence ends
_REMARK = 60  # characters of a text that stands alone in a row

Row = tuple[int, Sequence[str]]


def add_table(
    layout: Layout, rows: Iterable[Sequence[str]], *, heading: str = "", level: int = 1, merged: bool = False
) -> None:
    """Add the rows of a table; a line above the row of names is its title, further ones are texts.

    ``heading`` goes above a table that has rows. ``level`` is that of the first
    heading. ``merged`` says that a value in all columns is that of a merged cell.
    Places count all rows, from 1.
    """
    filled = ((number, row) for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row))
    first = list(islice(filled, SAMPLE))
    if not first:
        return
    if heading:
        layout.add(heading, "heading", level=level)
        level += 1
    head = find_head([[clean(cell) for cell in row] for _, row in first])
    for number, row in first[: head.titles]:
        _add_title(layout, number, [clean(cell) for cell in row], level if number == first[0][0] else 0)
    names_at = head.titles + head.rows
    for number, row in first[head.titles : names_at]:
        _add_names(layout, number, row)
    _add_rows(layout, head, chain(first[names_at:], filled), merged=merged)


def _add_title(layout: Layout, number: int, cells: Sequence[str], level: int) -> None:
    layout.place(f"row {number}")
    text = " | ".join(values(cells))
    if level and len(text) <= 120 and len(values(cells)) == 1:
        layout.add(text, "heading", level=level)
    else:
        layout.add(text)


def _add_names(layout: Layout, number: int, row: Sequence[str]) -> None:
    if len(row) > MOST_COLUMNS:
        layout.leave_out("columns", MOST_COLUMNS + 1, len(row), f"row {number}")
    layout.place(f"row {number}")
    layout.add(" | ".join(map(clean, row[:MOST_COLUMNS])), "metadata", reason="names of columns")


def _add_rows(layout: Layout, head: TableHead, rows: Iterable[Row], *, merged: bool) -> None:
    """Add rows as ``column: cell``. Empty cells do not count for the limit on columns."""
    named = sum(map(bool, head.names))
    for number, row in rows:
        place = f"row {number}"
        cells = [(column, text) for column, cell in enumerate(row, 1) if (text := clean(cell))]
        is_single = len(cells) == 1 or (merged and len({text for _, text in cells}) == 1)
        if named >= 3 and is_single and cells[0][0] == 1 and _is_remark(cells[0][1], len(cells)):
            layout.place(place)
            layout.add(cells[0][1])
            continue
        if len(cells) > MOST_COLUMNS:
            layout.leave_out("columns", cells[MOST_COLUMNS][0], cells[-1][0], place)
        if merged:  # a text that spans columns is shown once
            cells = _once(cells, has_names=bool(named))
        text = row_text(_named(head.names, cells[:MOST_COLUMNS]))
        if text and not layout.add_row(place, text):
            return


def _once(cells: Sequence[tuple[int, str]], *, has_names: bool) -> list[tuple[int, str]]:
    """Leave out cells that repeat a long text of the cell before, or any text if columns have no names."""
    kept = list(cells[:1])
    for left, right in pairwise(cells):
        if left[1] != right[1] or (has_names and len(right[1]) <= _REMARK) or is_value(right[1]):
            kept.append(right)
    return kept


def _is_remark(text: str, count: int) -> bool:
    """Tell whether a row is a text about the table: it fills a merged cell, or is long, not a value."""
    return (count > 1 or len(text) > _REMARK) and not is_value(text)


def _named(names: Sequence[str], cells: Iterable[tuple[int, str]]) -> Iterator[tuple[str, str]]:
    for column, text in cells:
        name = names[column - 1] if column <= len(names) else ""
        yield name or (f"column {column}" if names else ""), text


def row_text(pairs: Iterable[tuple[str, str]]) -> str:
    """Write a row as ``name: value``, separated by vertical bars.

    A long row gets several lines, a long value lines of its own, so that each
    can be cut where it ends.
    """
    lines: list[str] = []
    line = ""
    for name, value in pairs:
        field = f"{name.removesuffix(':')}: {value}" if name else value
        if line and ("\n" in field or len(line) + len(field) > _LINE):
            lines.append(line)
            line = ""
        line = f"{line} | {field}" if line else field
        if "\n" in field:
            lines.append(line)
            line = ""
    return "\n".join(filter(None, (*lines, line)))
