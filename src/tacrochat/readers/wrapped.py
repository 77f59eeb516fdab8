"""Plain text with broken lines: titles by form, page heads, contents, tables, code, items, paragraphs."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import takewhile

from tacrochat.readers.text_lines import (
    ITEM,
    LEADERS,
    RULE,
    Line,
    are_own_lines,
    base_column,
    hanging_column,
    has_code_signs,
    is_code,
    is_mode,
    is_table,
    is_underline,
    split_lines,
    width,
)
from tacrochat.types import Block, Role

_NUMBERED = re.compile(
    r"(\d{1,3}(?:\.\d{1,3})*)\.?:?\)?\s+(?=\S)|(?:(?:chapter|appendix|part|section)\s+\w+|[IVX]+)[.:]?\s",
    re.I,
)
_CONTENTS = re.compile(
    r"\W*(?:\d+\W+)?(?:table of contents|contents|inhalt|index|sommaire|toc)\W*", re.IGNORECASE
)
_ENTRY_MARKS = re.compile(r"^(?:[-*+•]\s+)?(?:[\dA-Z]{1,3}(?:\.\d+)*[.):]?\s+)?|(?:\s*\.)*\s*\d*$")
_MARKED = re.compile(r"(#{1,6}) +(\S.*)")  # a heading as in Markdown
_LONGEST_TITLE = 100
_LONGEST_LINE = 250  # a longer line is no entry of a table of contents, and is not compared
_FENCE = re.compile(r"-{4}$|\.{4}$|```(?=\w*$)|~~~(?=\w*$)")
_LONGEST_FENCED = 400


class Wrapped:
    """Finds the blocks of a text with broken lines."""

    def __init__(self, text: str) -> None:
        """Measure the text: its width, and the column of running text."""
        self._text = text
        self._lines = split_lines(text)
        self._width = width(self._lines)
        self._base = base_column(self._lines)
        self._blocks: list[Block] = []
        self._underlines: list[str] = []
        self._has_marks = re.search(r"^##+ \S", text, re.MULTILINE) is not None
        self._contents = False  # a heading "Contents" came last
        self._later: Counter[str] = Counter()

    def blocks(self) -> list[Block]:
        """List the blocks."""
        fenced: dict[int, tuple[Role, str]] = dict.fromkeys(self._fences(), ("table", ""))
        aside = self._modes() | fenced
        self._later = Counter(
            _entry(line.text) for line in self._lines if 0 < len(line.text) <= _LONGEST_LINE
        )
        chunks = list(self._chunks(aside))
        for number, chunk in enumerate(chunks):
            if chunk[0].start in aside:
                for line in chunk:
                    role, reason = aside[line.start]
                    rule = role == "table" and (_FENCE.match(line.text) or RULE.fullmatch(line.text))
                    self._blocks.append(
                        Block(line.start, line.end, "metadata" if rule else role, reason=reason)
                    )
                continue
            self._chunk(chunk, is_last=number == len(chunks) - 1)
        return self._blocks

    def _chunks(self, aside: dict[int, tuple[Role, str]]) -> Iterator[list[Line]]:
        chunk: list[Line] = []
        for line in self._lines:
            changes = chunk and (line.start in aside) != (chunk[-1].start in aside)
            if (line.is_blank or changes) and chunk:
                yield chunk
                chunk = []
            if not line.is_blank:
                chunk.append(line)
        if chunk:
            yield chunk

    def _fences(self) -> set[int]:
        """Find the starts of the lines between two equal fences, as Markdown and AsciiDoc write code."""
        inside: set[int] = set()
        opened: list[Line] = []
        for number, line in enumerate(self._lines):
            before = self._lines[number - 1] if number else Line(0, 0, "", 0)
            if opened:
                opened.append(line)
                if line.text == re.sub(r"\w+$", "", opened[0].text):  # the name of a language opens only
                    inside.update(kept.start for kept in opened if kept.text)
                    opened = []
                elif len(opened) > _LONGEST_FENCED:
                    opened = []
            elif self._closes(number) if is_underline(before, line) else _FENCE.match(line.text):
                opened = [line]
        return inside

    def _closes(self, number: int) -> bool:
        """Tell whether a rule below a line starts code: the same rule ends it, before a blank line."""
        below = takewhile(lambda line: not line.is_blank, self._lines[number + 1 : number + _LONGEST_FENCED])
        return self._lines[number].text[0] == "-" and any(
            line.text == self._lines[number].text for line in below
        )

    def _modes(self) -> dict[int, tuple[Role, str]]:
        filled = [line for line in self._lines if line.text]
        found = [line for line in (*filled[:2], *filled[-2:]) if is_mode(line)]
        return {line.start: ("metadata", "") for line in found}

    def _chunk(self, chunk: list[Line], *, is_last: bool) -> None:
        while chunk:
            title = 0 if is_last and len(chunk) == 1 else self._title(chunk)
            if not title:
                break
            chunk = chunk[title:]
        if not chunk:
            return
        if self._ends_with_title(chunk):
            self._chunk(chunk[:-1], is_last=False)
            self._title(chunk[-1:])
            return
        was_contents, self._contents = self._contents, False
        if self._is_contents(chunk, announced=was_contents):
            self._add(chunk, "navigation", "table of contents")
            self._contents = was_contents
        elif all(RULE.fullmatch(line.text) for line in chunk):
            self._add(chunk, "metadata")
        else:
            self._paragraph(chunk)

    def _ends_with_title(self, chunk: list[Line]) -> bool:
        """Tell whether a numbered title stands close below a paragraph: its last line, after a full stop."""
        *above, last = chunk
        if not above or last.column > self._base + 1 or any(ITEM.match(line.text) for line in above):
            return False
        ended = above[-1].text.endswith(".") and _like_title(last.text)
        return ended and bool(_NUMBERED.match(last.text)) and last.text[0].isdigit()

    def _paragraph(self, chunk: list[Line]) -> None:
        if any(len(line.text) > 2 * max(self._width, 80) for line in chunk):
            for line in chunk:
                self._add([line], "body")
            return
        mark = ITEM.match(chunk[0].text)
        items = [n for n, line in enumerate(chunk) if ITEM.match(line.text)]
        if mark or len(items) > 1:
            first = items[0]
            if first:
                self._prose(chunk[:first])
            self._items(chunk[first:])
        else:
            self._prose(chunk)

    def _items(self, chunk: list[Line]) -> None:
        """Add items: a list if all their lines after the first are indented, else paragraphs."""
        column = chunk[0].column
        hangs = all(ITEM.match(line.text) or line.column > column for line in chunk)
        if hangs:
            self._add(chunk, "list")
            return
        start = 0
        for number, line in enumerate(chunk):
            if number and ITEM.match(line.text):
                self._add(chunk[start:number], "body")
                start = number
        self._add(chunk[start:], "body")

    def _prose(self, chunk: list[Line]) -> None:
        hangs = hanging_column(chunk) is not None
        indented = chunk[0].column > self._base + 1
        if not hangs and (is_table(chunk) or has_code_signs(chunk, 0.6)):
            self._add(chunk, "table")
        elif hangs:
            self._add(chunk, "list")
        elif indented and is_code(chunk, self._width):
            self._add(chunk, "table")
        elif len(chunk) > 2 and are_own_lines(chunk, self._width):
            self._add(chunk, "list")
        else:
            self._add(chunk, "body")

    def _title(self, chunk: list[Line]) -> int:
        """Add the title that a chunk starts with; returns how many lines it has, 0 for none."""
        over = bool(RULE.fullmatch(chunk[0].text)) and len(chunk) > 1
        line = chunk[1] if over else chunk[0]
        below = chunk[2:3] if over else chunk[1:2]
        if len(line.text) <= _LONGEST_TITLE and below and is_underline(line, below[0]):
            mark = below[0].text[0] + ("^" if over else "")
            if mark not in self._underlines:
                self._underlines.append(mark)
            return self._heading([*chunk[: 3 if over else 2]], line, min(6, 1 + self._underlines.index(mark)))
        if (marked := _MARKED.fullmatch(line.text)) and self._has_marks and len(chunk) == 1:
            return self._heading([line], line, len(marked[1])) if _like_title(marked[2]) else 0
        if over or not _like_title(line.text):
            return 0
        alone = len(chunk) == 1
        above = len(chunk) > 1 and chunk[1].column > line.column and not ITEM.match(chunk[1].text)
        if numbered := _NUMBERED.match(line.text):
            depth = (numbered[1] or "").count(".") + 1
            if alone and line.column <= self._base + 1:
                return self._heading([line], line, min(6, 1 + depth))
            return 0
        if line.text.isupper() and (alone or above) and len(line.text) > 3:
            return self._heading([line], line, 2) if line.column <= self._base or alone else 0
        middle = line.column + line.right
        centred = line.column >= 8 and any(abs(middle - right) <= 8 for right in (self._width, 72, 80))
        if alone and centred and not any(b.role in {"body", "list"} for b in self._blocks):
            return self._heading([line], line, 1)
        if alone and line.column <= self._base and len(line.text.split()) <= 10:
            return self._heading([line], line, 3 if self._underlines else 2)
        return 0

    def _heading(self, lines: Sequence[Line], title: Line, level: int) -> int:
        self._contents = bool(_CONTENTS.fullmatch(title.text))
        for line in lines:
            if line is title:
                self._blocks.append(Block(line.start, line.end, "heading", level))
            else:
                self._blocks.append(Block(line.start, line.end, "metadata"))
        return len(lines)

    def _is_contents(self, chunk: list[Line], *, announced: bool) -> bool:
        if any(len(line.text) > _LONGEST_LINE for line in chunk):
            return False
        leaders = sum(1 for line in chunk if LEADERS.search(line.text))
        dotted = sum(1 for line in chunk if re.search(r"(?:\. ?){4,}\s*[\divxlc]+$", line.text))
        if dotted and dotted >= 0.4 * len(chunk):
            return True
        if announced and leaders >= 0.5 * len(chunk):
            return True
        entries = [_entry(line.text) for line in chunk]
        known = sum(1 for entry in entries if self._later[entry] > 1 and len(entry) > 2)
        short = all(len(line.text) <= _LONGEST_TITLE for line in chunk)
        if not announced and has_code_signs(chunk, 0.4):
            return False
        enough = 0.5 * len(chunk) if announced else 0.8 * len(chunk)
        return short and known >= enough and (announced or len(chunk) >= 6)

    def _add(self, chunk: Sequence[Line], role: Role, reason: str = "") -> None:
        self._blocks.append(Block(chunk[0].start, chunk[-1].end, role, reason=reason))


def _entry(text: str) -> str:
    """Return the words of a title or an entry of the contents, without numbers at its ends."""
    return " ".join(_ENTRY_MARKS.sub("", text).split()).casefold()


def _like_title(line: str) -> bool:
    if not 2 <= len(line) <= _LONGEST_TITLE or len(line.split()) > 14:
        return False
    if line.endswith((".", "!", ",", ";", ":", "…", '."', ".”", ".)")) or re.search(
        r"[={};|<>\\]|://|\s{3,}", line
    ):
        return False
    first = next((c for c in line if c.isalnum()), "")
    if line[0] in "$#%&*+-/>~@":
        return False
    return bool(first) and (first.isupper() or first.isdigit()) and any(c.isalpha() for c in line)
