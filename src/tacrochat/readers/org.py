"""Org mode (.org): headings, paragraphs, lists, tables and code blocks, without markup."""

import re

from tacrochat.readers.layout import Layout, clean, storable
from tacrochat.types import Extract

_HEADING = re.compile(r"(\*+)\s+(?:(?:TODO|DONE|NEXT|WAITING|CANCELLED|HOLD)\s+)?(?:\[#\w\]\s+)?(.*)")
_HEADING_TAGS = re.compile(r"(?<!\s)\s+:[\w@#%:]+:\s*$")
_KEYWORD = re.compile(r"#\+(\w+):\s*(.*)", re.IGNORECASE)
_BEGIN = re.compile(r"\s*#\+begin_(\w+)", re.IGNORECASE)
_DRAWER = re.compile(r"\s*:(?!end:)[\w-]+:\s*$", re.IGNORECASE)
_ITEM = re.compile(r"(\s*)(?:[-+]|\s\*|\d{1,4}[.)])\s+(?:\[[ X-]\]\s+)?(.*)")
_PLANNING = re.compile(r"\s*(?:SCHEDULED|DEADLINE|CLOSED|CLOCK):")
_LINK = re.compile(r"\[\[([^\]\[]+)\](?:\[([^\]]*)\])?\]")
_EMPHASIS = re.compile(r"(?<![\w*/_=~+])([*/_=~+])(?=\S)([^\n]{0,300}?\S)\1(?![\w*/_=~+])")
_ANCHOR = re.compile(r"<<<?[^<>\n]*>?>>|\{\{\{[^{}\n]*\}\}\}")
_SKIPPED = {"comment", "export"}


class _Org:
    def __init__(self, text: str) -> None:
        self.layout = Layout()
        self.fields: dict[str, str | None] = {}
        self._lines = storable(text).split("\n")
        self._at = 0
        self._paragraph: list[str] = []
        self._item = ""
        self._absent: set[str] = set()

    def run(self) -> None:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            self._at += 1
            if match := _HEADING.match(line):
                self._flush()
                self.layout.add(
                    _inline(_HEADING_TAGS.sub("", match[2])), "heading", level=min(6, len(match[1]))
                )
            elif match := _BEGIN.match(line):
                self._flush()
                self._block(match[1].lower())
            elif match := _KEYWORD.match(line):
                self._flush()
                self._keyword(match[1].lower(), match[2])
            elif line.lstrip().startswith("|"):
                self._flush()
                self._table(line)
            else:
                self._text(line)
        self._flush()

    def _text(self, line: str) -> None:
        if _DRAWER.match(line):
            self._flush()
            self._until(":end:")
        elif re.match(r"\s*: ", line):
            self._flush()
            tight = self.layout.last_role == "table"
            self.layout.add(line.strip()[2:].rstrip(), "table", tight=tight)
        elif not line.strip() or re.match(r"\s*-{5,}\s*$", line):
            self._flush()
        elif line.startswith("# ") or line.strip() == "#" or _PLANNING.match(line):
            return
        elif match := _ITEM.match(line):
            self._flush()
            self._item = "- "
            self._paragraph = [re.sub(r"(?<!\s)\s+::(?:\s+|$)", ": ", match[2], count=1)]
        else:
            self._paragraph.append(line)

    def _flush(self) -> None:
        lines, item = self._paragraph, self._item
        self._paragraph, self._item = [], ""
        if lines:
            tight = bool(item) and self.layout.last_role == "list"
            self.layout.add(item + _inline(" ".join(lines)), "list" if item else "body", tight=tight)

    def _until(self, end: str) -> list[str]:
        """Take the lines up to the one that is ``end``; if there is none, take nothing."""
        if end in self._absent:
            return []
        for number in range(self._at, len(self._lines)):
            if self._lines[number].strip().lower() == end:
                taken = self._lines[self._at : number]
                self._at = number + 1
                return taken
        self._absent.add(end)
        return []

    def _block(self, name: str) -> None:
        if name in {"quote", "verse", "center"}:
            return
        lines = self._until(f"#+end_{name}")
        if name not in _SKIPPED:
            margin = min((len(x) - len(x.lstrip()) for x in lines if x.strip()), default=0)
            self.layout.add("\n".join(x[margin:].rstrip() for x in lines).strip("\n"), "table")

    def _keyword(self, name: str, value: str) -> None:
        if name in {"title", "author", "date", "language"}:
            self.fields[name] = _inline(value) or self.fields.get(name)
        elif name in {"include", "setupfile"}:
            self.layout.notes.append(f"left out: the file {clean(value)[:100]}, which it includes")
        elif name in {"caption", "text"}:
            self.layout.add(_inline(value))

    def _table(self, line: str) -> None:
        cells = [_inline(cell) for cell in line.strip().strip("|").split("|")]
        if not re.match(r"\s*\|-", line):
            self.layout.add(" | ".join(cells).strip(), "table", tight=self.layout.last_role == "table")


def _inline(text: str) -> str:
    shown = _LINK.sub(lambda link: link[2] or link[1], _ANCHOR.sub("", text))
    return clean(_EMPHASIS.sub(r"\2", shown))


def read(text: str) -> Extract:
    """Read an Org file; property drawers, planning lines and comments are left out.

    Raises:
        ReadError: it holds no text.

    """
    org = _Org(text)
    org.run()
    return org.layout.extract(org.fields)
