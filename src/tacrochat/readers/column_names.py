"""Which row of a table names its columns: the row is compared with the rows below it.

The idea is that of ``csv.Sniffer.has_header``, with more signs: a name is not a
number, a date or a sentence; it does not recur below it, and it differs in form
from what is below it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

SAMPLE = 50
"""The rows at the top of a table that are looked at."""

_NUMBER = re.compile(r"[-+(]?[€$£¥]?\s*\d[\d.,'’\s]*\s*(?:%|[€$£¥]|e[-+]?\d+)?\)?", re.IGNORECASE)
_DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ]\d{1,2}:\d{2}.*)?|\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]m)?",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_OTHER_DATA = re.compile(
    r"\S+@\S+\.\w+|[^\w№#%]+|\w+://\S+|true|false|(?=.{40})(?:\S+\s+){6,}\S+[.!?]", re.IGNORECASE
)
_IDENTIFIER = re.compile(r"[A-Za-z]+_\w+|[a-z]+[A-Z]\w*|.*\w \([^)]*\)|\w.*#|#\w.*|.*\bID|№")
_USUAL = frozenset(
    "address amount author category city class code color colour column comment count country currency date"
    " description dose drug email en field frequency group id item key label language latitude longitude"
    " lemma level location name no note notes number path price product quantity question answer rank ref"
    " remark source start status sum symbol tag text time title total type unit url use user value version"
    " word year zip".split()
)
_LONGEST_NAME = 80
_MOST_TITLES = 10
_MOST_NAME_ROWS = 3


@dataclass(frozen=True, slots=True)
class TableHead:
    """The rows above the data: ``titles`` lines of text, then ``rows`` rows that give the ``names``."""

    titles: int
    rows: int
    names: tuple[str, ...]


def find_head(rows: Sequence[Sequence[str]]) -> TableHead:
    """Return the head of a table, given the filled rows at its top, with clean cells.

    Names in several rows, as below a merged cell, are joined: "Adults › Dose".
    """
    width = _usual_width(rows)
    titles = 0
    while titles < min(_MOST_TITLES, len(rows) - 1) and _is_title(rows, titles, width):
        titles += 1
    candidates = rows[titles : titles + _MOST_NAME_ROWS]
    if len(rows) - titles < 2:
        return TableHead(titles, 0, ())
    depth = _depth(candidates, len(rows) - titles)
    names = _joined(
        [
            _filled(row, candidates[number + 1]) if number + 1 < depth else row
            for number, row in enumerate(candidates[:depth])
        ]
    )
    if _names_columns(names, rows[titles + depth :]):
        return TableHead(titles, depth, names)
    return TableHead(titles, 0, ())


def values(row: Sequence[str]) -> list[str]:
    """List the cells that hold something; a value that fills a merged cell counts once."""
    cells = [cell for cell in row if cell]
    return cells[:1] if len(set(cells)) == 1 else cells


def is_value(cell: str) -> bool:
    """Tell whether a cell is a number or a date."""
    return any(form.fullmatch(cell) for form in (_NUMBER, _DATE))


def is_data(cell: str) -> bool:
    """Tell whether a cell is a number, a date, an address, a truth value or a sentence."""
    return is_value(cell) or bool(_OTHER_DATA.fullmatch(cell))


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    widths = [len(values(row)) for row in rows]
    return max(widths, key=lambda width: (widths.count(width), width))


def _is_title(rows: Sequence[Sequence[str]], number: int, width: int) -> bool:
    """Tell whether a row is above a table: one value, or cells that end early above a whole row of names."""
    row = rows[number]
    count = len(values(row))
    if width < 2 or count == 0:
        return False
    if count == 1 or count * 2 < width:
        return True
    below = (later for later in rows[number + 1 : number + _MOST_TITLES] if len(values(later)) >= width)
    names = next(below, ())
    is_left = bool(row[0]) and not any(row[count:])
    return count < width and is_left and bool(names) and not any(is_data(cell) for cell in names if cell)


def _depth(candidates: Sequence[Sequence[str]], count: int) -> int:
    """Count the rows of names: a row whose names span columns is followed by one that tells these apart."""
    depth = 1
    while depth < len(candidates) and depth + 1 < count:
        upper, lower = candidates[depth - 1], candidates[depth]
        if any(is_data(cell) for cell in (*upper, *lower) if cell and not _YEAR.fullmatch(cell)):
            break
        spanned = [
            i for i in range(1, len(lower))
            if lower[i] and i < len(upper) and (not upper[i] or upper[i] == upper[i - 1])
        ]  # fmt: skip
        alike = [cell for cell in lower if cell]
        repeats = len(set(alike)) < len(alike) or any(upper[i] for i in spanned)
        # Without merged cells, only names that recur ("Dose, Days, Dose, Days") show that there are groups.
        if not spanned or not repeats or not upper or len(values(upper)) < 2:
            break
        depth += 1
    return depth


def _filled(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Repeat a name over the empty cells to its right that have a name below them."""
    result: list[str] = []
    for i, cell in enumerate(upper):
        below = lower[i] if i < len(lower) else ""
        result.append(cell or (result[-1] if result and below else ""))
    return result


def _joined(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    width = max(map(len, rows))
    columns = ([row[i] for row in rows if i < len(row) and row[i]] for i in range(width))
    return tuple(" › ".join(dict.fromkeys(column)) for column in columns)


def _names_columns(names: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    cells = [name for name in names if name]
    if not cells or not body or len(set(cells)) < len(cells) or any(len(n) > _LONGEST_NAME for n in cells):
        return False
    columns = [[row[i] for row in body if i < len(row) and row[i]] for i in range(len(names))]
    named = [(name, column) for name, column in zip(names, columns, strict=True) if name]
    data = [name for name in cells if is_data(name) or name.endswith(":")]
    if data and not (len(data) < len(cells) and all(_YEAR.fullmatch(name) for name in data)):
        return False
    score = sum(_evidence(name, column) for name, column in named if column)
    # A single column is more often a list without a name than a table.
    return score - _alike_neighbours(names, body) >= (1 if len(cells) == 1 else 0)


def _evidence(name: str, column: Sequence[str]) -> float:
    """Return how much a column speaks for its top cell as its name; below 0 it speaks against it."""
    if name in column:
        return -2
    score = 0.0
    count = len(column)
    if sum(map(is_data, column)) >= 0.8 * count:
        score += 1
    if name.rstrip("0123456789 ").lower() in _USUAL or _IDENTIFIER.fullmatch(name):
        score += 1
    score += 0.5 * _differs_in_form(name, column)
    if count >= 4:
        order = [cell.casefold() for cell in column]
        if all(a <= b for a, b in pairwise(order)) and order[0] != order[-1]:
            score += -0.5 if name.casefold() <= order[0] else 1
        score += 0.5 * (len(set(column)) < count / 2)
    last = name.rsplit(maxsplit=1)[-1]
    shared = sum(len(cell.split()) > 1 and cell.rsplit(maxsplit=1)[-1] == last for cell in column)
    return score - (shared >= 0.5 * count)


def _differs_in_form(name: str, column: Sequence[str]) -> int:
    """Count in how many ways a name is unlike its column: length, capitals, one fixed length."""
    count, lengths = len(column), [len(cell) for cell in column]
    small = sum(not cell[0].isupper() for cell in column)
    capitals = sum(cell.isupper() for cell in column)
    return (
        (sum(lengths) / count >= 40 and len(name) <= 25)
        + (name[0].isupper() and small >= 0.7 * count)
        + (name[0].islower() and small <= 0.3 * count)
        + (name.isupper() and len(name) > 1 and capitals <= 0.3 * count)
        + (count >= 5 and max(lengths) - min(lengths) <= 1 and abs(len(name) - lengths[0]) > 2)
    )


def _alike_neighbours(names: Sequence[str], body: Sequence[Sequence[str]]) -> int:
    """Count the pairs of neighbours that begin alike at the top and below: word forms, not names."""
    count = 0
    for i, (left, right) in enumerate(pairwise(names)):
        below = [(row[i], row[i + 1]) for row in body if i + 1 < len(row)]
        alike = sum(len(a) >= 5 and a[:3] == b[:3] for a, b in below)
        count += bool(below) and bool(left) and left[:3] == right[:3] and alike >= 0.5 * len(below)
    return count
