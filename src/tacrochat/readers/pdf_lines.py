"""Put the characters of a PDF page together to lines, by their positions."""

import re
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from tacrochat.readers import symbols
from tacrochat.readers.pdfium import Page, Style

BULLET = re.compile(
    r"^(?:[•◦▪▸►‣·●○■□➢✓❖–—*-]\s+|\(?\d{1,3}[.)]\s+|\(?[a-zA-Z][.)]\s+|\(?[ivx]{1,4}[.)]\s+)(?=\S)"
)
"""The mark of a list item, at the start of a line."""

CELL = " | "
"""What separates the cells of a table row."""

SOFT_HYPHEN = "\u00ad"
"""Drawn only where a line ends."""

_MARK = re.compile(r"^(?:[•◦▪▸►‣·●○■□➢✓❖–—*-]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|(?:\d+\.)*\d+\.?|§)$")
_CELL_GAP = 1.8  # a wider gap inside a line separates cells; in units of the font size
_WORD_GAP = 0.17  # a wider gap separates words, where the PDF has no space
_SAME_LINE = 0.3  # of the size: how far the baselines of one line may be apart
_RAISED = 0.75  # of the size: how far a smaller index or footnote mark may be raised or lowered
_SPACES = frozenset({9, 11, 12, 32, 0xA0, *range(0x2000, 0x200C), 0x202F, 0x3000})
_NARROW, _WIDE = frozenset("ijltf.,:;!'|()[]{}I"), frozenset("mwMWABCDGHNOQabdeghknopqsu#%=")
_BLANK = _SPACES | {10, 13}
_HYPHENS = frozenset({2, 0xFFFE})  # what PDFium returns for a hyphen at the end of a line
_LIGATURES = {
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
}
_RIGHT_TO_LEFT = ((0x590, 0x8FF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFC))


@dataclass(slots=True)
class Line:
    """A line of text; lengths are in points, ``base`` is its baseline's height.

    ``sources`` has, for each character of ``text``, the number of the character
    of the PDF that it comes from, -1 for a space that was added. ``cells`` are
    the offsets where the cells of a table row start; one for a usual line.
    """

    text: str
    sources: "array[int]"
    left: float
    right: float
    base: float
    size: float
    bold: bool
    mono: bool
    page: int = 0
    cells: tuple[int, ...] = (0,)
    edges: tuple[tuple[float, float], ...] = ()  # the left and the right edge of each cell
    raised: int = 0  # how many characters at the start are raised: a footnote's mark

    @property
    def is_row(self) -> bool:
        """Whether the line has several cells."""
        return len(self.cells) > 1

    def cut(self) -> "list[Line]":
        """Return the cells of a table row as lines of their own."""
        ends = [*(start - len(CELL) for start in self.cells[1:]), len(self.text)]
        return [
            replace(self, text=self.text[a:b], sources=self.sources[a:b], left=left, right=right)._single()
            for a, b, (left, right) in zip(self.cells, ends, self.edges, strict=True)
        ]

    def _single(self) -> "Line":
        return replace(self, cells=(0,), edges=((self.left, self.right),))


@dataclass(slots=True)
class _Run:
    """Characters on one baseline, without a gap as wide as between cells."""

    size: float
    base: float
    left: float
    right: float
    last_left: float
    last_style: int
    text: list[str] = field(default_factory=list)
    sources: "array[int]" = field(default_factory=lambda: array("i"))
    styles: "array[int]" = field(default_factory=lambda: array("i"))
    raised: int = 0
    widths: dict[str, float] = field(default_factory=dict)

    def space(self, count: int = 1) -> None:
        if self.text and self.text[-1] != " ":
            self.text.append(" " * count)
            self.sources.extend([-1] * count)


def lines(page: Page, number: int, first: int) -> list[Line]:
    """Return the lines of a page in the order of its content.

    ``first`` is the number that the first character of the page has in the document.
    """
    rows = _rows([line for run in _runs(page, first) if (line := _line(run, page.kinds, number)).text])
    return [row for row in rows if row.text != symbols.BULLET]


def _runs(page: Page, first: int) -> Iterator[_Run]:
    run: _Run | None = None
    spaced = False
    for index, (code, number) in enumerate(zip(page.codes, page.styles, strict=True)):
        if number < 0 or code in _BLANK:
            if code in _HYPHENS and run is not None:
                run.text.append("-")
                run.sources.append(first + index)
            spaced = True
            continue
        style = page.kinds[number]
        left, right = page.left[index], page.right[index]
        starts = symbols.is_private(code) and (run is None or not _is_next(run, style, left, right, code))
        text = chr(code) if starts else _character(code)
        if not text:
            continue
        follows = run is not None and number == run.last_style
        # The letters of a ligature share one box.
        ligature = follows and run is not None and left == run.last_left and right == run.right
        if run is None or not (ligature or _is_next(run, style, left, right, code)):
            if run is not None:
                yield run
            run = _Run(style.size, style.base, left, right, left, number)
        elif not ligature and (spaced or left - run.right > _WORD_GAP * style.size):
            run.space(_width(run, style, left))
        spaced = False
        if not follows:
            _measure_again(run, style)
        run.text.append(text)
        run.styles.append(number)
        run.widths[text] = (right - left) / (style.size or 1)
        for _ in text:
            run.sources.append(first + index)
        run.last_left, run.last_style = left, number
        run.left, run.right = min(run.left, left), max(run.right, right)
    if run is not None:
        yield run


def _measure_again(run: _Run, style: Style) -> None:
    """Take note of a style that starts inside a run: a raised mark is smaller than the text."""
    if style.size > 1.15 * run.size:  # a raised mark began the run
        run.raised = len(run.styles) if style.base < run.base - 0.1 * style.size else 0
        run.size, run.base = style.size, style.base


def _is_next(run: _Run, style: Style, left: float, right: float, code: int) -> bool:
    """Tell whether a character goes on with a run: on its line, and not far from its end."""
    size = max(run.size, style.size)
    if style.base != run.base or style.angle < 0:
        near = _SAME_LINE if min(run.size, style.size) > 0.85 * size else _RAISED
        if abs(style.base - run.base) > near * size or style.angle < 0:
            return False
    if code >= _RIGHT_TO_LEFT[0][0] and any(low <= code <= high for low, high in _RIGHT_TO_LEFT):
        return abs(run.left - right) < _CELL_GAP * size or abs(left - run.right) < _CELL_GAP * size
    return -0.6 * size < left - run.right < _CELL_GAP * size


def _width(run: _Run, style: Style, left: float) -> int:
    """Return how many spaces a gap is: one, but in code as many as its width says."""
    if not style.mono or not run.styles:
        return 1
    return max(1, min(40, round((left - run.right) / (0.6 * style.size))))


@cache
def _character(code: int) -> str:
    if code in _HYPHENS:
        return "-"
    if code in _LIGATURES:
        return _LIGATURES[code]
    if symbols.is_private(code):
        return symbols.character(code)
    if code == 0x2043:
        return symbols.BULLET
    if code < 32 or code in {0x7F, 0xFFFF, 0xFEFF} or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        return ""
    return chr(code)


def _line(run: _Run, kinds: Sequence[Style], number: int) -> Line:
    counts = Counter(run.styles)
    sizes: Counter[float] = Counter()
    for style, count in counts.items():
        sizes[kinds[style].size] += count
    bold = sum(count for style, count in counts.items() if kinds[style].bold)
    mono = sum(count for style, count in counts.items() if kinds[style].mono)
    text, sources = "".join(run.text), run.sources
    if symbols.is_private(ord(text[0])):
        mark = symbols.first(text)
        text, sources = mark + text[1:], sources if mark else sources[1:]
    return Line(
        text=text,
        sources=sources,
        left=run.left,
        right=run.right,
        base=run.base,
        size=sizes.most_common(1)[0][0],
        bold=bold > 0.6 * len(run.styles),
        mono=mono > 0.8 * len(run.styles) or _is_even(run.widths),
        page=number,
        edges=((run.left, run.right),),
        raised=run.raised,
    )


def _is_even(widths: Mapping[str, float]) -> bool:
    """Tell whether narrow and wide letters take the same space, as on a typewriter."""
    letters = widths.keys()
    if len(letters) < 4 or not (letters & _NARROW and letters & _WIDE):
        return False
    return max(widths.values()) - min(widths.values()) <= 0.03


def _rows(parts: Sequence[Line]) -> Iterator[Line]:
    """Join neighbouring parts on one baseline to rows of cells; a list item's mark is no cell."""
    row: Line | None = None
    for part in parts:
        if row is not None and _is_same_row(row, part):
            row = _joined(row, part)
            continue
        if row is not None:
            yield row
        row = part
    if row is not None:
        yield row


def _is_same_row(row: Line, part: Line) -> bool:
    size = max(row.size, part.size)
    return abs(row.base - part.base) <= _SAME_LINE * size and part.left > row.right - 0.3 * size


def _joined(row: Line, part: Line) -> Line:
    last = row.text[row.cells[-1] :].strip()
    mark = len(row.cells) == 1 and _MARK.match(last) is not None
    mono = row.mono and part.mono
    gap = " "
    if mono:
        gap = " " * max(1, min(80, round((part.left - row.right) / (0.6 * part.size))))
    elif not mark:
        gap = CELL
    start = len(row.text) + len(gap)
    sources = row.sources[:]
    sources.extend([-1] * len(gap))
    sources.extend(part.sources)
    plain = mark or mono
    edges = (*row.edges, (part.left, part.right))
    if plain and len(row.cells) == 1:
        edges = ((row.left, part.right),)
    return Line(
        text=row.text + gap + part.text,
        sources=sources,
        left=row.left,
        right=max(row.right, part.right),
        base=row.base if len(row.text) > 2 else part.base,
        size=part.size if mark else row.size,
        bold=part.bold if mark else row.bold and part.bold,
        mono=mono,
        page=row.page,
        cells=row.cells if plain else (*row.cells, start),
        edges=edges,
        raised=row.raised,
    )
