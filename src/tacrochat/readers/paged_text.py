"""Plain text that was printed on pages, such as an RFC: page breaks, running heads and feet are taken out.

They stand in the middle of sentences, and a quote is one piece of the document's
text. So here the text is put together anew: page by page, then the running heads.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tacrochat.readers.text_lines import ITEM, Line, is_deliberate, split_lines, width
from tacrochat.types import Block

_DIGITS = re.compile(r"\d+|\b[ivxlc]+\b")
_PAGE_NUMBER = re.compile(r"\W*(?:page\s)?(?:\d+|[ivxlc]+)\W*", re.IGNORECASE)
_SHARE = 0.3  # of the pages: even and odd ones may have different heads
_ENDED = re.compile(r"[.!?:;][\"”’»')\]]*$")


@dataclass(frozen=True, slots=True)
class PagedText:
    """A text without its page breaks: up to ``end`` what stands on the pages, then the running heads.

    ``pages`` are the offsets at which the pages start, ``heads`` the blocks of the running heads.
    """

    text: str
    end: int
    pages: tuple[int, ...]
    heads: tuple[Block, ...]


def without_page_breaks(text: str) -> PagedText | None:
    """Return a text without its page breaks; None if it has none, or no running heads or feet."""
    if "\f" not in text:
        return None
    lines = split_lines(text)
    pages = _pages(text, lines)
    aside = _running(pages)
    if not aside:
        return None
    return _joined(text, pages, aside, width(lines))


def _pages(text: str, lines: Sequence[Line]) -> list[list[Line]]:
    """Part the lines at form feeds; blank lines at the ends of pages are left out."""
    pages: list[list[Line]] = [[]]
    for line, raw in zip(lines, text.split("\n"), strict=True):
        before, feed, _ = raw.partition("\f")
        ends = bool(feed and before.strip())  # the form feed stands after the words of the line
        if feed and not ends:
            pages.append([])
        if line.text or pages[-1]:
            pages[-1].append(line)
        if ends:
            pages.append([])
    for page in pages:
        while page and page[-1].is_blank:
            page.pop()
    return pages


def _pattern(line: Line) -> str:
    return _DIGITS.sub("#", " ".join(line.text.split()))


def _running(pages: Sequence[Sequence[Line]]) -> dict[int, str]:
    """Map the starts of the first and last lines of pages that repeat, numbers left out, to a reason.

    A line that ends two of many pages is none: form feeds may stand between sections, too.
    """
    heads = [page[0] for page in pages if page]
    feet = [page[-1] for page in pages if len(page) > 1]
    found: dict[int, str] = {}
    for lines, reason in ((heads, "page header"), (feet, "page footer")):
        counts = Counter(map(_pattern, lines))
        for line in lines:
            if counts[_pattern(line)] >= max(2, _SHARE * len(pages)) or _PAGE_NUMBER.fullmatch(line.text):
                found[line.start] = reason
    return found


def _joined(text: str, pages: Sequence[Sequence[Line]], aside: Mapping[int, str], columns: int) -> PagedText:
    parts: list[str] = []
    length = 0
    starts: list[int] = []
    last: Line | None = None
    for page in pages:
        lines = _without(page, aside)
        if lines and last is not None:
            gap = "\n" if _goes_on(last, lines[0], columns) else "\n\n"
            parts.append(gap)
            length += len(gap)
        starts.append(length)
        if lines:
            # The indentation of a line stands before its start.
            words = "\n".join(" " * line.column + text[line.start : line.end] for line in lines)
            parts.append(words)
            length += len(words)
            last = lines[-1]
    blocks: list[Block] = []
    position = length
    for line in _examples(pages, aside):
        parts.append("\n\n" + line.text)
        blocks.append(
            Block(position + 2, position + 2 + len(line.text), "navigation", reason=aside[line.start])
        )
        position += 2 + len(line.text)
    return PagedText("".join(parts), length, tuple(starts), tuple(blocks))


def _without(page: Sequence[Line], aside: Mapping[int, str]) -> list[Line]:
    """Return the lines of a page without running heads, and without blank lines at its ends."""
    lines = [line for line in page if line.is_blank or line.start not in aside]
    while lines and lines[0].is_blank:
        del lines[0]
    while lines and lines[-1].is_blank:
        lines.pop()
    return lines


def _goes_on(last: Line, first: Line, columns: int) -> bool:
    """Tell whether the first line of a page goes on with the sentence at the end of the page before."""
    if _ENDED.search(last.text) or ITEM.match(first.text) or abs(last.column - first.column) > 4:
        return False
    return first.text[0].islower() or not is_deliberate(last, first, columns)


def _examples(pages: Sequence[Sequence[Line]], aside: Mapping[int, str]) -> list[Line]:
    """Return one line of each running head: they differ by their numbers only."""
    found = {
        _pattern(line): line for page in reversed(pages) for line in reversed(page) if line.start in aside
    }
    return list(reversed(found.values()))
