"""Put the lines of a PDF page in the order in which a reader reads them."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from tacrochat.readers.pdf_lines import Line

_PROSE = 25  # characters from which on a line is running text
_DEEPEST = 24  # the limit on cuts inside cuts


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """Return the lines in reading order: the order of the page's content, unless it jumps.

    Programs write columns one after the other, and boxes as a whole, so the
    order of the content is nearly always right. Columns that were written row
    by row are taken apart. If running text jumps up and down the page, it is
    cut at the widest gaps instead (recursive X-Y cut; Nagy and Seth, 1984).
    """
    parted = _parted_columns(lines)
    prose = [line for line in parted if len(line.text) >= _PROSE and not line.is_row]
    if _jumps(prose) >= max(2, 0.05 * len(prose)):
        return _cut(list(parted), _DEEPEST)
    return parted


def is_jump(before: Line, line: Line) -> bool:
    """Tell whether a line stands above the line before it, and not in a column further right."""
    above = line.base > before.base + 0.8 * max(before.size, line.size)
    return above and line.left < before.right - 2


def _jumps(lines: Sequence[Line]) -> int:
    return sum(is_jump(a, b) for a, b in pairwise(lines))


def _parted_columns(lines: Sequence[Line]) -> list[Line]:
    """Take two columns of running text apart that the PDF holds row by row."""
    rows = [line for line in lines if len(line.cells) == 2 and all(len(c.text) > 15 for c in line.cut())]
    if len(rows) < 5:
        return list(lines)
    gutters = Counter(round(row.edges[1][0] / 3) for row in rows)
    gutter, _ = gutters.most_common(1)[0]
    inside = [row for row in rows if abs(row.edges[1][0] / 3 - gutter) <= 1.5]
    left = min(row.left for row in inside)
    filled = median(row.edges[0][1] - left for row in inside) / max(1.0, 3 * gutter - left)
    if len(inside) < max(5, 0.6 * len(rows)) or filled < 0.8:  # a table has cells of different widths
        return list(lines)
    result: list[Line] = []
    sides: tuple[list[Line], list[Line]] = ([], [])
    for line in lines:
        parts = line.cut() if line.is_row else [line]
        if any(part.left < 3 * gutter - 6 < part.right - 6 for part in parts):  # across both columns
            result += [*sides[0], *sides[1], line]
            sides = ([], [])
            continue
        for part in parts:
            sides[part.left > 3 * gutter - 6].append(part)
    return [*result, *sides[0], *sides[1]]


def _cut(lines: list[Line], depth: int) -> list[Line]:
    """Cut a part of a page at its widest gap, across or down, and so on; what has no gap is sorted."""
    if len(lines) < 2 or depth == 0:
        return sorted(lines, key=lambda line: (-line.base, line.left))
    size = median(line.size for line in lines)
    gap, at = _widest([(line.left, line.right) for line in lines])
    if gap > 1.2 * size:
        sides = [line for line in lines if line.right <= at], [line for line in lines if line.right > at]
        if all(len(side) >= 2 for side in sides):
            return _cut(sides[0], depth - 1) + _cut(sides[1], depth - 1)
    gap, at = _widest([(line.base - 0.2 * line.size, line.base + 0.8 * line.size) for line in lines])
    if gap > 0.4 * size:
        upper = [line for line in lines if line.base > at]
        lower = [line for line in lines if line.base <= at]
        return _cut(upper, depth - 1) + _cut(lower, depth - 1)
    return sorted(lines, key=lambda line: (-line.base, line.left))


def _widest(spans: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the widest gap between spans, and where it begins; (0, 0) if there is none."""
    best, at = 0.0, 0.0
    reached = None
    for start, end in sorted(spans):
        if reached is not None and start - reached > best:
            best, at = start - reached, reached
        reached = end if reached is None else max(reached, end)
    return best, at
