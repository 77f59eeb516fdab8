"""AsciiDoc (.adoc): headings, paragraphs, lists, tables and code blocks, without markup."""

import re

from tacrochat.readers.layout import Layout, clean, storable
from tacrochat.types import Extract

_HEADING = re.compile(r"(={1,6}|#{1,6})\s+(\S.*)")
_UNDERLINES = {"=": 1, "-": 2, "~": 3, "^": 4, "+": 5}
_FENCES = re.compile(r"(-{4,}|\.{4,}|={4,}|\*{4,}|_{4,}|\+{4,}|/{4,}|--|```\w*|[|,:!]={3,})\s*$")
_ITEM = re.compile(r"\s*(?:[-•]|\*{1,5}|\.{1,5}|\d{1,3}\.|<\d+>|<\.>)\s+(?:\[[ x*]\]\s+)?(\S.*)")
_TERM = re.compile(r"\s*(\S.*?)(?:::{1,3}|;;)(?:\s+(.*)|\s*)$")
_ATTRIBUTE = re.compile(r":!?([\w-]+)!?:(?:\s+(.*))?$")
_REFERENCE = re.compile(r"\{([\w-]+)\}")
_LONGEST_VALUE = 500
_MACRO = re.compile(r"(\w+)::([^\s\[]*)\[(.*)\]\s*$")
_CONDITION = re.compile(
    r"(?:ifdef|ifndef|ifeval|endif)::|:leveloffset:|\[\[[^\]]*\]\]\s*$|'''\s*$|<<<\s*$|//(?!//)"
)
# What brackets hold has a limit. Otherwise the end of one that is never closed would be searched for in all
# that follows, anew from each bracket.
_LINK = re.compile(
    r"(?:link:|xref:|mailto:)?((?:https?|ftp|irc)://[^\s\[\]<>]{1,2000}|(?<=link:)[^\s\[]{1,2000}"
    r"|(?<=xref:)[^\s\[]{1,2000}|(?<=mailto:)[^\s\[]{1,2000})\[([^\]\n]{0,500})\]"
)
_CROSS = re.compile(r"<<([^<>,\n]+)(?:,\s*([^<>\n]+))?>>")
_INLINE = re.compile(
    r"(?:kbd|btn|menu|pass|footnote|footnoteref|term|stem|latexmath):\w*\[([^\]\n]{0,1000})\]"
)
_UNSEEN = re.compile(
    r"(?:image|icon|anchor):[^\s\[\]]{0,500}\[[^\]\n]{0,500}\]|\[\[[^\[\]\n]*\]\]|indexterm:\[[^\]]{0,500}\]"
    r"|\(\(\(.{0,200}?\)\)\)"
)
_EMPHASIS = re.compile(
    r"(?<![\w*_`+#^~])(?:\[[\w.# ]*\])?(\*\*?|__?|``?|\+\+?|##?)(?=\S)([^\n]{0,300}?\S)\1(?![\w*_`#])"
)
_COLUMNS = re.compile(r"cols\s*=\s*\"?([^\"\]]*)")
_INDENTED = re.compile(r"\s+\S")


class _AsciiDoc:
    def __init__(self, text: str) -> None:
        self.layout = Layout()
        self.fields: dict[str, str | None] = {}
        self._attributes: dict[str, str] = {}
        self._lines = storable(text).split("\n")
        self._at = 0
        self._paragraph: list[str] = []
        self._item = ""
        self._options = ""
        self._unclosed: set[str] = set()

    def run(self) -> None:
        while self._at < len(self._lines):
            line = self._lines[self._at].rstrip()
            self._at += 1
            if not line or line == "+":
                self._flush()
            elif not self._structure(line):
                self._text(line)
        self._flush()

    def _structure(self, line: str) -> bool:
        """Take a line that is no text: a heading, a fence, an attribute, a macro."""
        following = self._lines[self._at].rstrip() if self._at < len(self._lines) else ""
        if not self._paragraph and (match := _HEADING.match(line)):
            level = match[1]
            text = match[2].rstrip()
            shown = text.removesuffix(level)  # it may stand at the end, too
            self._heading(shown if shown.endswith((" ", "\t")) else text, len(level))
        elif not self._paragraph and self._is_underline(line, following):
            self._at += 1
            self._heading(line, _UNDERLINES[following[0]])
        elif match := _FENCES.match(line):
            self._flush()
            self._fenced(match[1])
        elif match := _ATTRIBUTE.match(line):
            self._attributes[match[1].lower()] = self._resolved(match[2] or "")[:_LONGEST_VALUE]
        elif _CONDITION.match(line):
            return True
        elif match := _MACRO.match(line):
            self._flush()
            if match[1] == "include":
                self.layout.notes.append(f"left out: the file {match[2][:100]}, which it includes")
        elif re.fullmatch(r"\[[^\[\]]*\]", line) and not self._paragraph:
            self._options = line
        else:
            return False
        return True

    @staticmethod
    def _is_underline(line: str, below: str) -> bool:
        mark = below[:1]
        return (
            mark in _UNDERLINES
            and below == mark * len(below)
            and abs(len(below) - len(line)) < 4
            and len(line) > 2
        )

    def _heading(self, text: str, level: int) -> None:
        self._flush()
        title = self._inline(text)
        self.layout.add(title, "heading", level=level)
        if level == 1 and "title" not in self.fields:
            self.fields["title"] = title

    def _text(self, line: str) -> None:
        if match := _ITEM.match(line):
            self._flush()
            self._item, self._paragraph = "- ", [match[1]]
        elif (match := _TERM.match(line)) and "`" not in line[match.end(1) :]:
            self._flush()
            self._paragraph = [match[1] + ":", match[2] or ""]
            if not match[2] and self._at < len(self._lines) and not self._lines[self._at].strip():
                self._at += 1
        elif not self._paragraph and re.match(r"\.\w", line):
            self.layout.add(self._inline(line[1:]))
        elif not self._paragraph and _INDENTED.match(line):
            tight = self.layout.last_role == "table"
            self.layout.add(line.strip(), "table", tight=tight)
        else:
            self._paragraph.append(line.removesuffix(" +"))

    def _flush(self) -> None:
        lines, item = self._paragraph, self._item
        self._paragraph, self._item = [], ""
        if not lines:
            return
        self._options = ""
        tight = bool(item) and self.layout.last_role == "list"
        self.layout.add(item + self._inline(" ".join(lines)), "list" if item else "body", tight=tight)

    def _fenced(self, fence: str) -> None:
        options, self._options = self._options, ""
        if fence[0] in "=*_" or fence == "--":
            return  # what stands inside is text like that around it
        close = "```" if fence.startswith("```") else fence
        if close in self._unclosed:
            return
        end = next((n for n in range(self._at, len(self._lines)) if self._lines[n].rstrip() == close), None)
        if end is None:
            self._unclosed.add(close)
            return
        lines = [line.rstrip() for line in self._lines[self._at : end]]
        self._at = end + 1
        if fence[0] in "|,:!":
            self._table(lines, fence[0], options)
        elif fence[0] not in "/":
            self.layout.add("\n".join(lines).strip("\n"), "table")

    def _table(self, lines: list[str], mark: str, options: str) -> None:
        separator = mark if mark != "!" else "!"
        rows: list[list[list[str]]] = []  # each cell is its lines
        for line in lines:
            if not line.strip() or _CONDITION.match(line):
                continue
            cells = line.split(separator)
            if mark == "|":
                cells = re.split(r"(?<!\\)(?:[\d.+*<>^]{0,20}[aehlmds]?)\|", line)
                if cells[0].strip() and rows:
                    rows[-1][-1].append(cells[0])
                cells = cells[1:]
            if cells:
                rows.append([[cell] for cell in cells])
        found = _COLUMNS.search(options)
        columns = (
            len(re.split(r"[,;]", found[1])) if found else max((len(row) for row in rows[:1]), default=1)
        )
        if found and (many := re.match(r"(\d+)\*", found[1])):
            columns = int(many[1])
        grid = [[self._inline(" ".join(cell)) for cell in row] for row in rows]
        if any(len(row) != columns for row in rows) and 0 < columns <= 100:
            flat = [cell for row in grid for cell in row]
            grid = [flat[n : n + columns] for n in range(0, len(flat), columns)]
        for number, shown in enumerate(grid):
            self.layout.add(" | ".join(shown).strip(), "table", tight=number > 0)

    def _resolved(self, text: str) -> str:
        """Put in the values of attributes; a value is resolved when it is set, not again here."""
        return _REFERENCE.sub(lambda match: self._attributes.get(match[1].lower(), match[0]), text)

    def _inline(self, text: str) -> str:
        text = self._resolved(text)
        text = _UNSEEN.sub("", text)
        text = _LINK.sub(lambda m: m[2].split(",")[0].removesuffix("^") or m[1], text)
        text = _CROSS.sub(lambda m: m[2] or m[1].strip("#"), text)
        text = _INLINE.sub(r"\1", text)
        return clean(_EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", text)))


def read(text: str) -> Extract:
    """Read an AsciiDoc file; included files are named in a note.

    Raises:
        ReadError: it holds no text.

    """
    document = _AsciiDoc(text)
    document.run()
    return document.layout.extract(document.fields)
