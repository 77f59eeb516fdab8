"""Tables of values (.csv, .tsv): each row is a passage with the names of its columns."""

import csv
import io
from typing import Any

from tacrochat.errors import ReadError
from tacrochat.readers.decoding import decode
from tacrochat.readers.layout import Layout
from tacrochat.readers.rows import add_table
from tacrochat.types import Extract

_SAMPLE = 65_536
_LONGEST_CELL = 1_000_000
_NO_DELIMITER = "\x1f"  # ASCII "unit separator", in no text
_LEAST_AGREED = 0.3  # share of lines with one number of cells, below which prose is not split


def read_csv(data: bytes) -> Extract:
    """Read a table of values separated by commas, semicolons, tabs or vertical bars.

    Raises:
        ReadError: it is not such a table, or holds no text.

    """
    text = decode(data)
    csv.field_size_limit(_LONGEST_CELL)
    options = _dialect(text)
    try:
        return _read(text, options)
    except csv.Error:  # a quotation mark that is never closed makes one cell of the rest
        pass
    try:
        return _read(text, {**options, "quoting": csv.QUOTE_NONE})
    except csv.Error as error:
        raise ReadError("it is not a table of values; save it as CSV in UTF-8") from error


def _read(text: str, options: dict[str, Any]) -> Extract:
    layout = Layout()
    lines = io.StringIO(text, newline="")
    if _stated(text):
        lines.readline()
        lines = io.StringIO("\n" + lines.read(), newline="")  # the rows keep their numbers
    add_table(layout, csv.reader(lines, **options))
    return layout.extract()


def _stated(text: str) -> str:
    """Return the delimiter that a first line such as "sep=;" states, as Excel writes it; empty if none."""
    first = text[:6].partition("\n")[0].strip().lower()
    return first[4] if len(first) == 5 and first.startswith("sep=") else ""


def _dialect(text: str) -> dict[str, Any]:
    sample = text[:_SAMPLE]
    delimiter = _stated(text) or _delimiter(sample)
    options: dict[str, Any] = {"delimiter": delimiter}
    if '\\"' in sample and '""' not in sample:
        options |= {"escapechar": "\\", "doublequote": False}
    elif delimiter == "\t" and text.count('"') % 2:  # a mark of inches; tabs need no quotation marks
        options["quoting"] = csv.QUOTE_NONE
    return options


def _delimiter(text: str) -> str:
    """Choose the delimiter that splits most of the first lines into one number of cells, two or more."""
    sample = text.split("\n")[:50]
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
    words = len(text.split()) / max(1, len(list(filter(str.strip, sample))))
    return _NO_DELIMITER if score < _LEAST_AGREED and words > 6 and len(sample) > 3 else best
