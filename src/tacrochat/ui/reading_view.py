"""A document as it reads: headings, paragraphs, lists and tables, made of its sections.

Each run of text is a stretch of ``Document.text``, so quotes are marked by offset.
What only marks up the text, such as the ``#`` of a heading, is left out here; the
viewer's exact text shows it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypedDict

from tacrochat.readers.formats import inner_suffix
from tacrochat.types import Document, Section, Span

_MAX_COLUMNS = 6  # a table with more is shown as fields, one below the other
_MAX_NAME = 60  # characters of a column's name

_PARAGRAPH = re.compile(r"\S(?:.|\n(?![ \t]*\n))*")
_LINE = re.compile(r"[^\n]+")
_ITEM = re.compile(r"[ \t]*(?:[-*+•◦▪‣–](?=\s)|(\d{1,3}[.)]|[a-z][.)])(?=\s))[ \t]*")
_HEADING_MARKS = re.compile(r"(?:#{1,6}|=+|[*])[ \t]+")
_DRAWN_LINE = re.compile(r"[ \t]*([-=#*~^_+`])\1*[ \t]*")
_RULE_OF_TABLE = re.compile(r"[ \t]*\|?[ \t:|-]*-{2,}[ \t:|-]*")
_FENCE = re.compile(r"[ \t]*(?:`{3,}|~{3,}).*")
_FIELD = re.compile(rf"([^:|\n]{{1,{_MAX_NAME}}}): ")
_INLINE = re.compile(
    r"(?P<stars>\*\*|__)(?=\S)(?P<strong>[^*_\n]{1,400}?)(?P=stars)"
    r"|(?<![\w*])\*(?=\S)(?P<em>[^*\n]{1,400}?)(?<=\S)\*(?![\w*])"
    r"|`(?P<code>[^`\n]{1,400})`"
    r"|^[ \t]*>(?P<quote>[ \t]?)"
    r"|!?\[(?P<link>[^\[\]\n]{1,400})\]\([^()\s]{0,2000}(?: \"[^\"\n]{0,400}\")?\)",
    re.MULTILINE,
)

Style = Literal["", "strong", "em", "code"]
_STYLES: dict[str, Style] = {"strong": "strong", "em": "em", "code": "code", "link": "", "quote": ""}


class ReadingRun(TypedDict):
    """A stretch of text; ``quote`` is the number of a quote (-1: none), ``answers`` whether it answers."""

    text: str
    quote: int
    answers: bool
    style: Style


class Block(TypedDict, total=False):
    """A part of the document; ``kind`` decides which of the other fields are there.

    heading (``level``), paragraph, code and aside have ``runs``; a list has
    ``items``, a table ``names`` and ``rows`` of cells, fields have ``names`` and one row.
    Headings have the number of their ``section``, to which the outline leads.
    """

    kind: Literal["heading", "paragraph", "code", "aside", "list", "table", "fields"]
    section: int
    level: int
    runs: list[ReadingRun]
    items: list[list[ReadingRun]]
    names: list[str]
    rows: list[list[list[ReadingRun]]]


@dataclass(frozen=True, slots=True)
class Marks:
    """The quotes of a document, and the sentences in them that answer."""

    quotes: Sequence[Span]
    answers: Sequence[Span]


class ReadingView:
    """Makes the blocks of a document."""

    def __init__(self, document: Document, sections: Sequence[Section], marks: Marks) -> None:
        """Show a document with these sections and marks."""
        self._text = document.text
        self._sections = sections
        self._marks = marks
        self._is_markdown = inner_suffix(document.path) in {".md", ".markdown"}
        self._names: list[str] = []  # of the columns of the rows that follow

    def blocks(self, window: Span) -> list[Block]:
        """Return the blocks of the sections that overlap a window; a section is cut where the window ends."""
        found: list[Block] = []
        rows: list[Span] = []
        for number, section in enumerate(self._sections):
            span = (max(section.start, window[0]), min(section.end, window[1]))
            if span[0] >= span[1]:
                continue
            if section.role == "row":
                rows.append(span)
                continue
            found += self._records(rows)
            rows.clear()
            for block in self._section(number, span):
                block["section"] = number
                found.append(block)
        return found + self._records(rows)

    def _section(self, number: int, span: Span) -> Iterator[Block]:
        section = self._sections[number]
        names, self._names = self._names, []
        if section.role == "heading" and self._is_above_table(number):
            self._names = [self._text[slice(*cell)] for cell in self._cells(span)]
        elif section.role == "metadata" and _RULE_OF_TABLE.fullmatch(self._text, *span):
            self._names = names
        elif section.role == "heading":
            yield Block(kind="heading", level=max(1, min(6, len(section.heading))), runs=self._heading(span))
        elif section.role == "metadata":
            yield from self._metadata(section, span)
        elif section.role == "list":
            yield Block(kind="list", items=[self._runs(item) for item in self._items(span)])
        elif section.role == "table":
            yield self._table(span, names)
        else:
            kind: Literal["paragraph", "aside"] = "paragraph" if section.role == "body" else "aside"
            for paragraph in self._matches(_PARAGRAPH, span):
                yield Block(kind=kind, runs=self._runs(paragraph))

    def _is_above_table(self, number: int) -> bool:
        """Tell whether a heading holds the names of the columns of a table below it."""
        following = [section.role for section in self._sections[number + 1 : number + 3]]
        next_role = next((role for role in following if role != "metadata"), "")
        heading = self._sections[number]
        return next_role == "table" and "|" in self._text[heading.start : heading.end]

    def _metadata(self, section: Section, span: Span) -> Iterator[Block]:
        """Show what describes the document; the names of columns go above their rows."""
        text = self._text[slice(*span)]
        if section.reason == "names of columns" or " | " in text:
            self._names = [name.strip() for name in text.split(" | ")]
        elif not self._is_markdown:  # there it is a comment, or the fields at the beginning
            yield Block(kind="aside", runs=self._runs(span))

    def _heading(self, span: Span) -> list[ReadingRun]:
        """Leave out the marks before a heading, and lines drawn around it."""
        lines = [
            line for line in self._matches(_LINE, span) if not _DRAWN_LINE.fullmatch(self._text, *line)
        ] or [span]
        marks = _HEADING_MARKS.match(self._text, *lines[0])
        return self._runs((marks.end() if marks else lines[0][0], lines[-1][1]))

    def _items(self, span: Span) -> list[Span]:
        """Return the items of a list without their bullets; further lines belong to the item before."""
        items: list[Span] = []
        for start, end in self._matches(_LINE, span):
            marker = _ITEM.match(self._text, start, end)
            if marker or not items:
                items.append((start if not marker or marker[1] else marker.end(), end))
            else:
                items[-1] = (items[-1][0], end)
        return items

    def _records(self, rows: Sequence[Span]) -> list[Block]:
        """Show rows as one table, or each as fields if they have many columns."""
        if not rows:
            return []
        known, self._names = self._names, []
        records = [self._fields(row, known) for row in rows]
        names = list(dict.fromkeys((*known, *(name for record in records for name in record))))
        if len(names) > _MAX_COLUMNS:
            return [
                Block(
                    kind="fields", names=list(record), rows=[[self._runs(cell) for cell in record.values()]]
                )
                for record in records
            ]
        shown = [[self._runs(r[name]) if name in r else [] for name in names] for r in records]
        return [Block(kind="table", names=names, rows=shown)]

    def _fields(self, row: Span, known: Sequence[str]) -> dict[str, Span]:
        """Cut ``name: value | name: value`` at the names; text without a name continues a value."""
        fields: dict[str, Span] = {}
        name = ""
        for start, end in self._between(r" \| |\n", row):
            field = _FIELD.match(self._text, start, end)
            if field and (not known or field[1] in known) and field[1] not in fields:
                name = field[1]
                fields[name] = (field.end(), end)
            else:
                fields[name] = (fields[name][0] if name in fields else start, end)
        return fields

    def _table(self, span: Span, names: Sequence[str]) -> Block:
        """Cut the lines of a table at the bars; what has no bars is code, or text in columns of spaces."""
        lines = list(self._matches(_LINE, span))
        if not any("|" in self._text[start:end] for start, end in lines):
            fenced = [line for line in lines if not _FENCE.fullmatch(self._text, *line)]
            inner = (fenced[0][0], fenced[-1][1]) if fenced else span
            return Block(kind="code", runs=self._runs(inner, is_plain=True))
        rows = [self._cells(line) for line in lines if not _RULE_OF_TABLE.fullmatch(self._text, *line)]
        shown = [[self._runs(cell) for cell in row] for row in rows]
        return Block(kind="table", names=list(names), rows=shown)

    def _cells(self, line: Span) -> list[Span]:
        start, end = self._trimmed(line)
        start += self._text[start:end].startswith("|")
        end -= end > start and self._text[end - 1] == "|"
        return [self._trimmed(cell) for cell in self._between(r"(?<!\\)\|", (start, end))]

    def _matches(self, pattern: re.Pattern[str], span: Span) -> Iterator[Span]:
        return (match.span() for match in pattern.finditer(self._text, *span))

    def _between(self, separator: str, span: Span) -> Iterator[Span]:
        start = span[0]
        for match in re.compile(separator).finditer(self._text, *span):
            yield start, match.start()
            start = match.end()
        yield start, span[1]

    def _trimmed(self, span: Span) -> Span:
        text = self._text[slice(*span)]
        left = len(text) - len(text.lstrip())
        return span[0] + min(left, len(text)), span[0] + max(len(text.rstrip()), left)

    def _runs(self, span: Span, *, is_plain: bool = False) -> list[ReadingRun]:
        if is_plain or not self._is_markdown:
            return self._cut(span, "")
        runs: list[ReadingRun] = []
        position = span[0]
        for match in _INLINE.finditer(self._text, *span):
            group = next(name for name in _STYLES if match[name] is not None)
            runs += self._cut((position, match.start()), "") + self._cut(match.span(group), _STYLES[group])
            position = match.end()
        return runs + self._cut((position, span[1]), "")

    def _cut(self, span: Span, style: Style) -> list[ReadingRun]:
        """Cut a stretch of text where a quote or an answer begins or ends."""
        if span[0] >= span[1]:
            return []
        borders = set(span)
        for start, end in (*self._marks.quotes, *self._marks.answers):
            borders.update(offset for offset in (start, end) if span[0] < offset < span[1])
        return [
            ReadingRun(
                text=self._text[start:end],
                quote=next((i for i, (a, b) in enumerate(self._marks.quotes) if a <= start < b), -1),
                answers=_is_in(start, self._marks.answers),
                style=style,
            )
            for start, end in pairwise(sorted(borders))
        ]


def _is_in(offset: int, spans: Iterable[Span]) -> bool:
    return any(start <= offset < end for start, end in spans)
