"""What is usual in a PDF: the size of letters, the distance of lines, the edges of columns, the headings."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from statistics import median

from tacrochat.readers.pdf_lines import BULLET, Line
from tacrochat.readers.pdfium import Bookmark

_BULLET_SIGN = re.compile(r"[•◦▪▸►‣·●○■□➢✓❖]")
_NUMBERED = re.compile(r"^(?:\d+|[A-Z])(?:\.\d+)*\.?\s+[^\W\d_]")
_CHAPTER = re.compile(
    r"^\s*(?:(?i:chapter|appendix|part|section|kapitel|anhang)\s+)?"
    r"(?:(?:\d+|[A-Z]|[IVXLC]+)(?:\.\d+)*[.:]?\s+|[\dA-Z](?:\.\d+)+)"
)
_LARGER = 1.1  # headings are larger than the text by this factor, or bold
_DEEPEST = 6
_TITLE_LINES = 3  # on how many lines a title of the outline may be drawn
_PROSE_LINES = 4
_ENDED = re.compile(r"[.!?:;…。！？][\"”’»')\]]*[\d*†‡]{0,3}$")


class Measures:
    """The usual sizes of a document, and the levels of its headings."""

    def __init__(self, pages: Sequence[Sequence[Line]], bookmarks: Sequence[Bookmark]) -> None:
        """Measure the lines of all pages; running heads are already taken out."""
        self.body = body_size(pages)
        letters = [
            sum(len(line.text) for page in pages for line in page if line.bold == bold)
            for bold in (True, False)
        ]
        self._bold_is_usual = letters[0] > letters[1]
        self._gaps: dict[float, float] = {}
        self._pages = pages
        self._right: dict[int, float] = {}
        self._edges(pages)
        self._titled = _titled(pages, _titles(bookmarks))
        self._prose = _prose_styles(pages)
        self.levels = self._levels(pages)

    def gap(self, size: float) -> float:
        """Return the usual distance from line to line of a size, in points."""
        if size not in self._gaps:
            self._gaps[size] = usual_gap(self._pages, size)
        return self._gaps[size]

    def right(self, line: Line) -> float:
        """Return the right edge of the column that a line stands in."""
        return self._right.get(id(line), line.right)

    def _edges(self, pages: Sequence[Sequence[Line]]) -> None:
        """Find the right edge of the column of each line: where its longest lines end."""
        usual: dict[int, list[float]] = defaultdict(list)
        small: list[list[Line]] = []
        for page in pages:
            for column in _by_size(_columns(page)):
                prose = [line.right for line in column if not line.is_row and not line.mono]
                edge = max(prose, default=max(line.right for line in column))
                if len(prose) >= 4:
                    usual[round(min(line.left for line in column) / 20)].append(edge)
                else:
                    small.append(column)
                for line in column:
                    self._right[id(line)] = edge
        typical = {left: median(edges) for left, edges in usual.items()}
        for column in small:
            left = round(min(line.left for line in column) / 20)
            near = [typical[key] for key in (left, left - 1, left + 1, left - 2) if key in typical]
            for line in column:
                self._right[id(line)] = max(self._right[id(line)], near[0] if near else 0.0)

    def _levels(self, pages: Sequence[Sequence[Line]]) -> dict[tuple[float, bool], int]:
        """Map the styles of headings to levels: as in the outline, or else the largest is level 1."""
        styles: Counter[tuple[float, bool]] = Counter()
        marked: dict[tuple[float, bool], Counter[int]] = defaultdict(Counter)
        for page in pages:
            for line in page:
                if self._is_styled(line):
                    styles[line.size, line.bold] += 1
                    if level := self._titled.get(id(line), 0):
                        marked[line.size, line.bold][level] += 1
        large = sorted({size for size, _ in styles if size >= _LARGER * self.body}, reverse=True)
        by_size = {size: min(level, _DEEPEST - 1) for level, size in enumerate(large, 1)}
        levels = {style: by_size.get(style[0], _DEEPEST) for style in styles}
        known = {style: counts.most_common(1)[0][0] for style, counts in marked.items()}
        for style, level in known.items():
            levels[style] = min(level, _DEEPEST)
        if known:
            deepest = max(levels[style] for style in known)
            for style in styles.keys() - known.keys():
                smaller = all(style[0] <= size for size, _ in known)
                levels[style] = min(_DEEPEST, deepest + 1) if smaller else levels[style]
        return levels

    def _is_styled(self, line: Line) -> bool:
        if not any(c.isalpha() for c in line.text) or line.mono or len(line.text) > 200:
            return False
        if (line.size, line.bold) in self._prose:
            return False
        if line.size >= _LARGER * self.body:
            return True
        short = len(line.text) <= 100 and not line.text.rstrip().endswith((".", ",", ";", ":"))
        listed = BULLET.match(line.text) and not _NUMBERED.match(line.text)
        return (
            line.bold
            and not self._bold_is_usual
            and line.size >= 0.95 * self.body
            and short
            and not listed
            and not line.is_row
        )

    def heading_level(self, line: Line) -> int:
        """Return the level of a heading, 0 for other lines."""
        titled = self._titled.get(id(line), 0)
        if titled and not line.mono and (self._is_styled(line) or not has_ended(line.text)):
            return min(titled, _DEEPEST)
        if not self._is_styled(line):
            return 0
        return self.levels.get((line.size, line.bold), _DEEPEST)


def has_ended(text: str) -> bool:
    """Tell whether a text ends as a sentence does; a colon or a semicolon counts as well."""
    return _ENDED.search(text.rstrip()) is not None


def _prose_styles(pages: Sequence[Sequence[Line]]) -> set[tuple[float, bool]]:
    """Return the styles that are mostly drawn in runs of four lines and more: no headings, but text."""
    total: Counter[tuple[float, bool]] = Counter()
    long: Counter[tuple[float, bool]] = Counter()
    for page in pages:
        for style, group in groupby(page, key=lambda line: (line.size, line.bold)):
            run = list(group)
            letters = sum(len(line.text) for line in run)
            total[style] += letters
            long[style] += letters if len(run) >= _PROSE_LINES else 0
    return {style for style in total if long[style] > 0.5 * total[style] and total[style] > 400}


def _columns(page: Sequence[Line]) -> list[list[Line]]:
    """Group the lines of a page to columns: runs that go down the page below each other."""
    columns: list[list[Line]] = []
    low, high = 0.0, 0.0
    for line in page:
        last = columns[-1][-1] if columns else None
        apart = line.left >= high or line.right <= low
        if last is None or line.base > last.base + 0.5 * line.size or apart:
            columns.append([])
            low, high = line.left, line.right
        columns[-1].append(line)
        low, high = min(low, line.left), max(high, line.right)
    return columns


def _by_size(columns: Sequence[Sequence[Line]]) -> Iterator[list[Line]]:
    """Part columns by the size of letters: a title may be wider than the columns below it."""
    for column in columns:
        parts: dict[float, list[Line]] = defaultdict(list)
        for line in column:
            parts[line.size].append(line)
        yield from parts.values()


def _titles(bookmarks: Sequence[Bookmark]) -> dict[tuple[int, str], int]:
    """Map the titles of the outline, each on its page, to their levels."""
    titles: dict[tuple[int, str], int] = {}
    for bookmark in bookmarks:
        plain = _plain(bookmark.title)
        if len(plain) >= 3:
            titles.setdefault((bookmark.page, plain), bookmark.level)
    return titles


def _titled(pages: Sequence[Sequence[Line]], titles: Mapping[tuple[int, str], int]) -> dict[int, int]:
    """Map the ids of the lines of outline titles to their levels; a title may be drawn on several lines."""
    levels: dict[int, int] = {}
    for page in pages:
        for index, first in enumerate(page):
            if _BULLET_SIGN.match(first.text):
                continue
            words = ""
            for end, line in enumerate(page[index : index + _TITLE_LINES], index + 1):
                words += line.text + " "
                if level := titles.get((first.page, _plain(words)), 0):
                    levels.update((id(part), level) for part in page[index:end])
                    break
    return levels


def _plain(text: str) -> str:
    """Return the letters and digits of a title, without the number of the chapter."""
    text = _CHAPTER.sub("", text)
    return "".join(c for c in text.casefold() if c.isalnum())


def body_size(pages: Sequence[Sequence[Line]]) -> float:
    """Return the most common size of letters, in points."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page:
            sizes[line.size] += len(line.text) if not line.mono else len(line.text) // 4
    return sizes.most_common(1)[0][0] if sizes else 1.0


def usual_gap(pages: Sequence[Sequence[Line]], size: float) -> float:
    """Return the usual distance from line to line of the text with a size, in points."""
    gaps: Counter[float] = Counter()
    for page in pages:
        for a, b in pairwise(page):
            step = a.base - b.base
            if a.size == b.size == size and 0.5 * size < step < 2.5 * size:
                gaps[round(step, 1)] += 1
    if not gaps:
        return 1.25 * size
    # The most common distance, with those that differ by rounding.
    return max(gaps, key=lambda gap: sum(gaps[round(gap + d / 10, 1)] for d in (-1, 0, 1)))
