"""Merged cells of a sheet: each cell of the area gets the value of its first one."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tacrochat.errors import ReadError
from tacrochat.readers.limits import Limits, open_zip

_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*\bref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']")
_MOST_CELLS = 10_000  # of one area; a larger one is layout, not a head
_MOST_CELLS_OF_ALL = 1_000_000
_CHUNK = 1_000_000
_LONGEST_TAG = 200


@dataclass(frozen=True, slots=True)
class Area:
    """A merged area: its first and last row and column, counted from 1."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def size(self) -> int:
        """The number of its cells."""
        return (self.bottom - self.top + 1) * (self.right - self.left + 1)


def areas_of(data: bytes, path: str, limits: Limits) -> list[Area]:
    """List the merged areas of the sheet stored at a path of an .xlsx file.

    The file lists them after all cells, where the reader of rows has no use for
    them, so they are found by their tag.
    """
    found: dict[Area, None] = {}
    rest = b""
    try:
        with open_zip(data, limits).open(path.lstrip("/")) as sheet:
            while chunk := sheet.read(_CHUNK):
                rest = rest[-_LONGEST_TAG:] + chunk
                found.update(dict.fromkeys(map(_area, _MERGE.finditer(rest))))
                if len(found) > _MOST_CELLS_OF_ALL:
                    break
    except (KeyError, OSError, ValueError, RuntimeError, NotImplementedError, ReadError):
        return []
    return acceptable(found)


def acceptable(areas: Iterable[Area]) -> list[Area]:
    """Return the areas that are not too large to fill, each alone and all together."""
    result: list[Area] = []
    left = _MOST_CELLS_OF_ALL
    for area in areas:
        if 1 < area.size <= min(_MOST_CELLS, left):
            result.append(area)
            left -= area.size
    return result


def _area(match: "re.Match[bytes]") -> Area:
    left, top, right, bottom = match.groups()
    return Area(int(top), _column(left), int(bottom), _column(right))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def filled(rows: Iterable[Sequence[str]], areas: Iterable[Area]) -> Iterator[Sequence[str]]:
    """Yield the rows, from row 1 on, with the value of each merged area in all its cells."""
    starting: dict[int, list[Area]] = {}
    for area in areas:
        starting.setdefault(area.top, []).append(area)
    open_areas: list[tuple[Area, str]] = []
    for number, row in enumerate(rows, 1):
        for area in starting.get(number, ()):
            value = row[area.left - 1] if area.left <= len(row) else ""
            if value:
                open_areas.append((area, value))
        if not open_areas:
            yield row
            continue
        cells = list(row)
        for area, value in open_areas:
            cells += [""] * (area.right - len(cells))
            for column in range(area.left - 1, area.right):
                cells[column] = cells[column] or value
        yield cells
        open_areas = [(area, value) for area, value in open_areas if area.bottom > number]
