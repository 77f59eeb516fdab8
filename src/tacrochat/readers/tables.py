"""Rows and records (.csv, .tsv, .xlsx, .jsonl, .json): each is a passage with the names of its columns."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from tacrochat.errors import ReadError
from tacrochat.readers.decoding import decode, parse_json
from tacrochat.readers.layout import MOST_COLUMNS, Layout, add_records, clean
from tacrochat.readers.limits import Limits
from tacrochat.readers.office import DAMAGE, check_office, core_properties
from tacrochat.types import Extract

_SAMPLE = 65_536
_DEPTH = 8
_LONGEST_RECORD = 1_000_000
_MOST_SHEET_ROWS = 1_048_576  # those of a sheet, blank ones too


def read_csv(data: bytes) -> Extract:
    """Read a table of values separated by commas, semicolons, tabs or vertical bars.

    Raises:
        ReadError: it is not such a table, or holds no text.

    """
    text = decode(data)
    csv.field_size_limit(1_000_000)
    delimiter = _delimiter(text)
    layout = Layout()
    try:
        _add_table(layout, csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise ReadError("it is not a table of values; save it as CSV in UTF-8") from error
    return layout.extract()


def read_xlsx(data: bytes, limits: Limits) -> Extract:
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
            values = islice(sheet.iter_rows(values_only=True), _MOST_SHEET_ROWS)
            rows = ([_shown(value) for value in row] for row in values)
            _add_table(layout, rows, sheet.title if len(sheets) > 1 else "")
    except DAMAGE as error:
        raise ReadError("it is damaged: a sheet cannot be read; open it and save it anew as .xlsx") from error
    return layout.extract(core_properties(book.properties, book.properties.creator))


def read_jsonl(data: bytes) -> Extract:
    """Read JSON Lines: one record per line.

    Raises:
        ReadError: a line is not JSON, or there is no text.

    """
    layout = Layout()
    for number, line in enumerate(decode(data).split("\n"), 1):
        if line.strip() and not _add_record(layout, f"line {number}", parse_json(line, f"line {number}")):
            break
    return layout.extract()


def read_json(data: bytes) -> Extract:
    """Read JSON: a list of records, or one record.

    Raises:
        ReadError: it is not JSON, or holds no text.

    """
    value = parse_json(decode(data))
    layout = Layout()
    for number, record in enumerate(value if isinstance(value, list) else [value], 1):
        if not _add_record(layout, f"record {number}", record):
            break
    return layout.extract()


def _delimiter(text: str) -> str:
    """Choose the delimiter that splits most of the first lines into one number of cells, two or more."""
    sample = text[:_SAMPLE].split("\n")[:50]
    best, score = ",", 0.0
    for candidate in ",\t;|":
        try:
            widths = [len(row) for row in csv.reader(sample, delimiter=candidate) if row]
        except csv.Error:
            continue
        if not widths or max(widths) < 2:
            continue
        usual = max(set(widths), key=widths.count)
        agreed = widths.count(usual) / len(widths) + 0.001 * usual if usual > 1 else 0.0
        if agreed > score:
            best, score = candidate, agreed
    return best


def _add_table(layout: Layout, rows: Iterable[Sequence[str]], title: str = "") -> None:
    """Add rows below a title; the first may hold the names of the columns.

    Places count all rows of the sheet, from 1.
    """
    filled = ((number, row) for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row))
    first = list(islice(filled, 2))
    if not first:
        return
    layout.add(clean(title), "heading", level=2)
    header: Sequence[str] = ()
    if _names_columns(first[0][1]) and len(first) == 2:
        number, header = first.pop(0)
        if len(header) > MOST_COLUMNS:
            layout.leave_out("columns", MOST_COLUMNS + 1, len(header), f"row {number}")
        layout.place(f"row {number}")
        names = " | ".join(clean(cell) for cell in header[:MOST_COLUMNS])
        layout.add(names, "metadata", reason="names of columns")
    add_records(layout, header, ((f"row {number}", row) for number, row in chain(first, filled)))


def _names_columns(row: Sequence[str]) -> bool:
    cells = [cell.strip() for cell in row if cell.strip()]
    numbers = sum(cell.replace(".", "").replace(",", "").replace("-", "").isdigit() for cell in cells)
    return len(set(cells)) == len(cells) and not numbers and all(len(cell) <= 80 for cell in cells)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    midnight = getattr(value, "hour", None) == 0 and getattr(value, "minute", None) == 0
    if midnight and hasattr(value, "date"):
        return str(value.date())
    return str(value)


def _add_record(layout: Layout, place: str, record: Any) -> bool:
    """Add a record; returns false once the file has too many."""
    shown: list[str] = []
    length = 0
    for name, value in _pairs(layout, place, record, "", 0):
        length += len(name) + len(value) + 5
        if length > _LONGEST_RECORD and shown:
            layout.notes.append(f"left out: {place} after its first {_LONGEST_RECORD:,} characters")
            break
        shown.append(f"{name}: {value}" if name else value)
    return layout.add_row(place, " | ".join(shown)) if shown else True


def _pairs(layout: Layout, place: str, value: Any, name: str, depth: int) -> Iterator[tuple[str, str]]:
    """Flatten a record to (name, value) pairs; a list of plain values is one value."""
    if isinstance(value, dict) and depth < _DEPTH:
        plain = 0
        for key, inner in value.items():
            plain += not isinstance(inner, dict | list)
            if plain <= MOST_COLUMNS or isinstance(inner, dict | list):
                inner_name = clean(f"{name}.{key}" if name else str(key))
                yield from _pairs(layout, place, inner, inner_name, depth + 1)
        if plain > MOST_COLUMNS:
            layout.leave_out("fields", MOST_COLUMNS + 1, plain, place)
    elif isinstance(value, list) and depth < _DEPTH and any(isinstance(v, dict | list) for v in value):
        for inner in value:
            yield from _pairs(layout, place, inner, name, depth + 1)
    elif isinstance(value, list):
        shown = ", ".join(clean(str(v)) for v in value[:MOST_COLUMNS])
        if len(value) > MOST_COLUMNS:
            layout.leave_out("values", MOST_COLUMNS + 1, len(value), f"{name} in {place}".strip())
        if shown:
            yield name, shown
    elif value is not None and (text := clean(str(value))):
        yield name, text
