"""Find the running heads, feet, page numbers and line numbers of a PDF, by position and repetition."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tacrochat.readers.pdf_lines import Line
from tacrochat.readers.pdf_measures import body_size, usual_gap

_RANKS = 3  # how many rows at the top and at the bottom of a page are looked at
_NEAR_PAGES = 8  # a head of a chapter comes again within so many pages
_SAME_HEIGHT = 2.5  # points
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b")
_NUMERALS = dict(zip("ivxlc", (1, 5, 10, 50, 100), strict=True))


@dataclass(slots=True)
class _Edge:
    """A row at the top or bottom of a page; ``rank`` counts from the edge, ``gap`` leads to the next row."""

    page: int
    lines: list[Line]
    rank: int
    base: float
    gap: float
    key: str
    numbers: tuple[int, ...]
    is_top: bool


def without_running_lines(pages: Sequence[list[Line]]) -> tuple[list[list[Line]], list[tuple[str, str]]]:
    """Take out running heads, feet and page numbers.

    Returns the other lines of each page, and what was taken out, each text once
    with the reason. A row counts if it repeats at the same height on other pages, its
    numbers aside, which must be constant or count the pages. Where most rows at
    a height repeat, the others at this height are taken out too: the head of a
    chapter of one page.
    """
    gap = usual_gap(pages, body_size(pages))
    running: list[_Edge] = []
    outermost: list[_Edge] = []
    for top in (True, False):
        edges = [_edges(lines, number, top=top) for number, lines in enumerate(pages)]
        outer: set[int] = set(range(len(pages)))  # the pages on which all rows further out are taken
        for rank in range(_RANKS):
            level = [edge for number in sorted(outer) for edge in edges[number] if edge.rank == rank]
            found = list(_running(level, len(pages), gap))
            running += found
            outer = {edge.page for edge in found}
            outermost += [edge for edge in level if rank == 0 and edge.page not in outer]
    running += _page_numbers(outermost, running)
    taken = {id(line) for edge in running for line in edge.lines}
    aside = dict.fromkeys(
        (re.sub(r"\d+", "#", line.text), "running head" if edge.is_top else "running foot")
        for edge in running
        for line in edge.lines
    )
    return [[line for line in lines if id(line) not in taken] for lines in pages], list(aside)


def _page_numbers(edges: Sequence[_Edge], found: Sequence[_Edge]) -> list[_Edge]:
    """Return the rows that are only the number of their page, at another height than on other pages."""
    known = Counter(n - edge.page for edge in found for n in {*edge.numbers[:1], *edge.numbers[-1:]})
    return [edge for edge in edges if edge.key == "#" and known[edge.numbers[0] - edge.page] >= 3]


def _edges(lines: Sequence[Line], page: int, *, top: bool) -> list[_Edge]:
    """List the rows at the top or the bottom of a page, the outermost first."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: -line.base if top else line.base):
        if rows and abs(rows[-1][0].base - line.base) <= 0.4 * line.size:
            rows[-1].append(line)
        elif len(rows) > _RANKS:
            break
        else:
            rows.append([line])
    result = []
    for rank, row in enumerate(rows[:_RANKS]):
        following = rows[rank + 1][0].base if rank + 1 < len(rows) else row[0].base
        text = " ".join(line.text for line in sorted(row, key=lambda line: line.left)).strip()
        key = " ".join(_NUMBER.sub("#", text).lower().split())
        numbers = tuple(map(_value, _NUMBER.findall(text)))
        result.append(_Edge(page, row, rank, row[0].base, abs(row[0].base - following), key, numbers, top))
    return result


def _value(numeral: str) -> int:
    if numeral.isdigit():
        return int(numeral[:9])
    values = [_NUMERALS[letter] for letter in numeral]
    return sum(-a if a < b else a for a, b in pairwise([*values, 0]))


def _running(edges: Sequence[_Edge], pages: int, gap: float) -> Iterator[_Edge]:
    """Yield the rows that are no part of the text."""
    for members in _slots(edges):
        repeated = [edge for edge in members if _is_repeated(edge, members)]
        few = len(members) < 3 or pages < 4
        if few:
            apart = all(edge.gap > 1.45 * gap for edge in repeated)
            if len(repeated) >= 2 and len(repeated) >= 0.3 * pages and apart:
                yield from repeated
        elif len(repeated) >= 0.6 * len(members):
            for edge in members:
                if edge in repeated or (edge.gap > 1.3 * gap and len(edge.key) <= 100):
                    yield edge
        elif len(repeated) >= 3:
            yield from (edge for edge in repeated if edge.gap > 1.3 * gap and (edge.numbers or not edge.rank))


def _slots(edges: Sequence[_Edge]) -> Iterator[list[_Edge]]:
    """Group rows by their height."""
    order = sorted(edges, key=lambda edge: edge.base)
    group: list[_Edge] = []
    for edge in order:
        if group and edge.base - group[0].base > _SAME_HEIGHT:
            yield sorted(group, key=lambda edge: edge.page)
            group = []
        group.append(edge)
    if group:
        yield sorted(group, key=lambda edge: edge.page)


def _is_repeated(edge: _Edge, members: Sequence[_Edge]) -> bool:
    """Tell whether a row at the same height on a page nearby has the same words, and numbers that fit."""
    first = bisect_left(members, edge.page - _NEAR_PAGES, key=lambda other: other.page)
    for other in members[first:]:
        if other.page > edge.page + _NEAR_PAGES:
            break
        if other is edge or other.key != edge.key or len(other.numbers) != len(edge.numbers):
            continue
        steps = [b - a for a, b in zip(edge.numbers, other.numbers, strict=True)]
        if any(steps[1:-1]):  # a page number stands first or last
            continue
        if all(step in {0, other.page - edge.page} for step in steps) and (any(steps) or edge.key != "#"):
            return True
    return False


def without_line_numbers(pages: Sequence[list[Line]]) -> tuple[list[list[Line]], bool]:
    """Take out the numbers of lines in the margin; returns the rest, and whether there were any."""
    small = 0.85 * body_size(pages)
    numbers = [_line_numbers(lines, small) for lines in pages]
    written = sum(bool(lines) for lines in pages)
    if sum(bool(found) for found in numbers) < 0.5 * written:  # only those of listings: they are small
        sizes = [{id(line) for line in lines if line.size < small} for lines in pages]
        numbers = [found & known for found, known in zip(numbers, sizes, strict=True)]
    if not any(numbers):
        return list(pages), False
    result = []
    for lines, found in zip(pages, numbers, strict=True):
        whole = [line for line in lines if id(line) not in found or line.is_row]
        result.append([cell for line in whole for cell in (line.cut()[1:] if id(line) in found else [line])])
    return result, True


def _line_numbers(lines: Sequence[Line], small: float) -> set[int]:
    """Return the ids of the lines that are, or begin with, a number that counts lines.

    Those of a size below ``small`` may begin anew on a page, and stand beside the text.
    """
    named = [(line, line.text.split(" | ")[0].strip()) for line in lines]
    numbered = [(line, int(text)) for line, text in named if re.fullmatch(r"\d{1,5}", text)]
    numbered.sort(key=lambda pair: -pair[0].base)
    best: set[int] = set()
    for left in {round(line.left / 6) for line, _ in numbered}:
        column = [(line, number) for line, number in numbered if abs(line.left / 6 - left) <= 1.5]
        steps = {b - a for (_, a), (_, b) in pairwise(column)}
        inside = [line for line in lines if line.left < column[0][0].left - 6 and len(line.text) > 12]
        if column[0][0].size < small and all(line.size < small for line, _ in column):
            counting = sum(b - a == 1 for (_, a), (_, b) in pairwise(column))
            if len(column) >= 3 and counting >= 0.6 * (len(column) - 1):
                best |= {id(line) for line, _ in column}
        elif len(column) >= 5 and len(steps) == 1 and steps <= {1, 2, 5, 10} and not inside:
            best |= {id(line) for line, _ in column}
    return best
