"""The text of a manual page under construction: filled paragraphs, kept lines, items, headings."""

from tacrochat.readers.layout import Layout, clean, storable
from tacrochat.readers.roff import JOIN

_MOST_TAGS = 12  # lines of tags without a text of their own that stay together
_LONGEST_TERM = 120
_BULLETS = frozenset("•·*-–—○□+o")


class ManualText:
    """Collects the lines of a manual page; a term and its description become one paragraph."""

    def __init__(self) -> None:
        self.layout = Layout()
        self.filled = True
        self._lines: list[str] = []
        self._join = False  # the next text goes on in the last line
        self._glue = False  # … and without a space
        self._tags = 0  # lines of tags at the end of the paragraph, without a text after them
        self._is_kept = False  # the lines collected so far are kept lines

    def text(self, line: str, *, filled: bool | None = None) -> None:
        """Add a line of text: to the paragraph, or as a line of its own where lines are kept."""
        filled = self.filled if filled is None else filled
        if filled == self._is_kept and self._lines and not self._tags:
            self.paragraph()
        self._is_kept = not filled
        glue, self._glue = self._glue, line.endswith(JOIN) and line[-2:-1] != " "
        shown = storable(line.replace(JOIN, "")).expandtabs()
        if not shown.strip():
            if filled:
                self.paragraph()
            elif self._lines:
                self._lines.append("")
            return
        if filled and line[:1] == " ":
            self._join = False
        if ((filled and self._join) or glue) and self._lines:
            self._lines[-1] += ("" if glue else " ") + (shown.strip() if filled else shown)
        else:
            self._lines.append(shown.strip() if filled else shown.rstrip())
        self._join = filled
        self._tags = 0

    def line_break(self) -> None:
        """Start a new line in the same paragraph."""
        self._join = False

    def item(self) -> None:
        """Start an item; tags in a row without a text stay together."""
        if not self._tags or self._tags >= _MOST_TAGS:
            self.paragraph()
        self._join = False

    def tag(self, tag: str) -> None:
        """Add the tag of an item, such as an option; a bullet or number stands in the line of its text."""
        shown = clean(storable(tag.replace(JOIN, "")))
        if not shown:
            return
        tags = self._tags + 1
        self.text(shown, filled=True)
        mark = shown.rstrip(".)").lstrip("(")
        self._join = shown in _BULLETS or (len(mark) <= 2 and mark != shown and mark.isalnum())
        self._tags = tags

    def indent(self) -> None:
        """Start an indented text; a short line before it is its term, as DocBook and AsciiDoc write lists."""
        is_term = len(self._lines) == 1 and len(self._lines[0]) <= _LONGEST_TERM
        if is_term and not self._is_kept and not self._lines[0].endswith("."):
            self._join, self._tags = False, 1
        else:
            self.paragraph()

    def paragraph(self) -> None:
        """End the paragraph."""
        if self._is_kept:
            while self._lines and not self._lines[-1].strip():
                self._lines.pop()
            margin = min((len(x) - len(x.lstrip()) for x in self._lines if x.strip()), default=0)
            self.layout.add("\n".join(line[margin:] for line in self._lines), "table")
        else:
            self.layout.add("\n".join(map(clean, self._lines)))
        self._lines, self._join, self._glue, self._tags = [], False, False, 0
        self._is_kept = False

    def heading(self, text: str, level: int) -> None:
        """Add a heading."""
        self.paragraph()
        self.layout.add(clean(storable(text.replace(JOIN, ""))), "heading", level=level)

    def rows(self, lines: list[str]) -> None:
        """Add the rows of a table."""
        self.paragraph()
        for number, line in enumerate(lines):
            self.layout.add(clean(line), "table", tight=number > 0)
