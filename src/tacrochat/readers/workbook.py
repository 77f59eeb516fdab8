"""Workbooks (.xlsx, .xlsm): sheet by sheet, with numbers as displayed and merged cells filled."""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from tacrochat.errors import ReadError
from tacrochat.readers.layout import Layout, clean
from tacrochat.readers.limits import Limits
from tacrochat.readers.merged_cells import areas_of, filled
from tacrochat.readers.number_formats import shown
from tacrochat.readers.office import DAMAGE, check_office, core_properties
from tacrochat.readers.rows import add_table
from tacrochat.types import Extract

MOST_SHEET_ROWS = 1_048_576
"""The limit on the rows of a sheet, blank ones too."""
_UNNAMED = re.compile(r"(?:sheet|tabelle|feuil|feuille|hoja|foglio|blad|лист|arkusz)\s?\d*", re.IGNORECASE)


def read(data: bytes, limits: Limits) -> Extract:
    """Read a workbook sheet by sheet, with the values as last calculated.

    Raises:
        ReadError: it is damaged, protected, or holds no text.

    """
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    check_office(data, limits, ".xlsx")
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except (InvalidFileException, *DAMAGE) as error:
        raise ReadError("it is damaged or not a workbook; open it and save it anew as .xlsx") from error
    layout = Layout()
    sheets = book.worksheets
    try:
        for sheet in sheets:
            sheet.reset_dimensions()  # the file may state a wrong size: too small or enormous
            areas = areas_of(data, getattr(sheet, "_worksheet_path", ""), limits)
            rows = filled(_rows(sheet), areas)
            is_hidden = sheet.sheet_state != "visible"
            add_sheet(layout, sheet.title, rows, count=len(sheets), is_hidden=is_hidden)
    except DAMAGE as error:
        raise ReadError("it is damaged: a sheet cannot be read; open it and save it anew as .xlsx") from error
    return titled(layout, core_properties(book.properties, book.properties.creator))


def add_sheet(
    layout: Layout, name: str, rows: Iterable[Sequence[str]], *, count: int, is_hidden: bool = False
) -> None:
    """Add one of ``count`` sheets, below a heading with its name if it says something."""
    name = clean(name)
    is_named = count > 1 or not _UNNAMED.fullmatch(name)
    before = layout.is_empty
    add_table(layout, rows, heading=name if is_named else "", level=2, merged=True)
    if is_hidden and (before != layout.is_empty or not before):
        layout.notes.append(f"the sheet “{name}” is hidden in the workbook; it was read too")


def titled(layout: Layout, properties: dict[str, str]) -> Extract:
    """Return the extract; the name of a sheet does not become the title of the workbook."""
    extract = layout.extract(properties)
    first = next((block for block in extract.blocks if block.role == "heading"), None)
    if first and first.level == 2 and extract.text[first.start : first.end] == extract.metadata.get("title"):
        metadata = {name: value for name, value in extract.metadata.items() if name != "title"}
        return replace(extract, metadata=metadata)
    return extract


def _rows(sheet: Any) -> Iterator[list[str]]:
    for row in islice(sheet.iter_rows(), MOST_SHEET_ROWS):
        yield [_cell(cell) for cell in row]


def _cell(cell: Any) -> str:
    value = cell.value
    if value is None or isinstance(value, str):
        return value or ""
    return shown(value, getattr(cell, "number_format", None) or "General")
