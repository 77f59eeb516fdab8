"""OpenDocument spreadsheets (.ods): sheet by sheet, cells as they are displayed."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from tacrochat.readers import trees
from tacrochat.readers.layout import MOST_ROWS, Layout
from tacrochat.readers.limits import Limits
from tacrochat.readers.merged_cells import Area, acceptable, filled
from tacrochat.readers.opendocument_parts import OFFICE, STYLE, TABLE, TEXT, open_document, words
from tacrochat.readers.workbook import MOST_SHEET_ROWS, add_sheet, titled
from tacrochat.types import Extract

_MOST_SHEET_COLUMNS = 16_384


def read(data: bytes, limits: Limits) -> Extract:
    """Read an OpenDocument spreadsheet.

    Raises:
        ReadError: it is damaged, protected, or holds no text.

    """
    root, body, properties = open_document(data, "spreadsheet", limits)
    hidden = _hidden_styles(root)
    layout = Layout()
    sheets = body.findall(f"{TABLE}table")
    for sheet in sheets:
        areas = acceptable(_areas(sheet))
        rows = islice(filled(_rows(sheet), areas), MOST_SHEET_ROWS)
        name = sheet.get(f"{TABLE}name", "")
        is_hidden = sheet.get(f"{TABLE}style-name") in hidden
        add_sheet(layout, name, rows, count=len(sheets), is_hidden=is_hidden)
    return titled(layout, properties)


def _hidden_styles(root: Any) -> set[str]:
    path = f"{STYLE}table-properties[@{TABLE}display='false']"
    styles = root.findall(f"{OFFICE}automatic-styles/{STYLE}style")
    return {style.get(f"{STYLE}name", "") for style in styles if style.find(path) is not None}


def _table_rows(sheet: Any) -> Iterator[tuple[Any, int]]:
    """List the rows of a sheet, each with how often it is repeated; tables inside cells are not entered."""
    events = trees.walk(sheet)
    for event, element in events:
        if event == "start" and element.tag == f"{TABLE}table-row":
            events.skip_subtree()
            yield element, min(_count(element, "number-rows-repeated"), MOST_SHEET_ROWS)


def _rows(sheet: Any) -> Iterator[list[str]]:
    for row, count in _table_rows(sheet):
        cells = _cells(row)
        for _ in range(count if not cells else min(count, MOST_ROWS + 1)):
            yield cells


def _cells(row: Any) -> list[str]:
    cells: list[str] = []
    blanks = 0
    for cell in row:
        count = min(_count(cell, "number-columns-repeated"), _MOST_SHEET_COLUMNS)
        text = "\n".join(words(paragraph) for paragraph in cell.iterchildren(f"{TEXT}p"))
        if not text.strip() or cell.tag != f"{TABLE}table-cell":
            blanks += count
        elif len(cells) + blanks + count <= _MOST_SHEET_COLUMNS:
            cells += [""] * blanks + [text] * count
            blanks = 0
    return cells


def _areas(sheet: Any) -> Iterator[Area]:
    top = 1
    for row, count in _table_rows(sheet):
        left = 1
        for cell in row:
            columns, rows = _count(cell, "number-columns-spanned"), _count(cell, "number-rows-spanned")
            if columns > 1 or rows > 1:
                yield Area(top, left, top + rows - 1, left + columns - 1)
            left += _count(cell, "number-columns-repeated")
        top += count


def _count(element: Any, name: str) -> int:
    value = element.get(f"{TABLE}{name}", "1") if isinstance(element.tag, str) else "1"
    return max(1, int(value[:9])) if value.isascii() and value.isdigit() else 1
