"""The lines of a text file and what their form says: item, rule, row of a table, contents, code, prose."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tacrochat.text import trim

ITEM = re.compile(
    r"\s*(?:[-*+•‣◦·–o]\s+|\[?\(?\d{1,3}[.)\]]\s+|\(?[a-zA-Z][.)]\s+|\(?[ivx]{1,5}[.)]\s+)(?=\S)"
)
RULE = re.compile(
    r"\s*([-=~^*_#+\"'`.])(?:\s?\1){2,}\s*|\s*[+|][-=+|]{4,}\s*|[─━═┌┬┐├┼┤└┴┘╔╦╗╠╬╣╚╩╝╒╤╕╞╪╡╘╧╛+-]{5,}"
)
_MODE = re.compile(r"\W*-\*-.*-\*-\W*|\W*(?:vim?|ex):\s*(?:set?\s|\w+=).*")
LEADERS = re.compile(r"(?:\.[ \t]?){4,}[ \t]*[\divxlc]*\s*$|[^\S\n]{4,}\d{1,4}\s*$")
_GAP = re.compile(r"(?<=\S)(?: {3,}| *\t+ *)(?=\S)|(?<=\S) +\| +(?=\S)")
_CODE = re.compile(
    r"^\s*(?:[$#%>]\s|#!|//|/\*|\*/|[{}<]|-{1,2}\w|\S+\(\)|[\w.\[\]>-]+\s*[:+|&-]?=\s*\S"
    r"|^\s*(?:sudo|apt|cd|make|gcc|git) )"
    r"|[;{}\\]\s*$|\|\||&&|=>|::|</|\w\(\w*\);"
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_DEFAULT_WIDTH = 72


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its span without white space at its ends, its text, and its column (tabs to eight)."""

    start: int
    end: int
    text: str
    column: int

    @property
    def is_blank(self) -> bool:
        """Whether the line holds nothing."""
        return not self.text

    @property
    def right(self) -> int:
        """The column at which it ends."""
        return self.column + len(self.text)


def split_lines(text: str) -> list[Line]:
    """List the lines of a text."""
    lines = []
    position = 0
    for raw in text.split("\n"):
        start, end = trim(text, position, position + len(raw))
        indent = text[position:start]
        lines.append(Line(start, end, text[start:end], len(indent.replace("\f", "").expandtabs())))
        position += len(raw) + 1
    return lines


def is_wrapped(lines: Sequence[Line]) -> bool:
    """Tell whether paragraphs were broken into lines, or titles underlined: then a line is no paragraph."""
    goes_on = pairs = underlined = 0
    for left, right in pairwise(lines):
        if left.is_blank or right.is_blank:
            continue
        pairs += 1
        goes_on += len(left.text) >= 30 and right.text[0].islower()
        underlined += is_underline(left, right)
    filled = [line for line in lines if line.text]
    if any(is_mode(line) for line in filled[:2]):
        return True
    long = sum(1 for line in filled if len(line.text) > 200)
    return (goes_on > 1 and goes_on >= 0.1 * pairs and long <= 0.2 * len(filled)) or underlined > 1


def is_mode(line: Line) -> bool:
    """Tell whether a line only sets up an editor."""
    return len(line.text) <= 250 and bool(_MODE.fullmatch(line.text))


def is_underline(title: Line, rule: Line) -> bool:
    """Tell whether a line underlines the one before it."""
    mark = rule.text[:1]
    if not mark or mark not in "=-~^*_#+\"'`." or set(rule.text) != {mark} or RULE.fullmatch(title.text):
        return False
    return len(rule.text) >= max(3, 0.6 * len(title.text)) and any(c.isalnum() for c in title.text)


def width(lines: Sequence[Line]) -> int:
    """Return the column at which the paragraphs of a text were broken."""
    ends = sorted(
        left.right
        for left, right in pairwise(lines)
        if left.text and right.text[:1].islower() and len(left.text) >= 30
    )
    return ends[int(0.9 * (len(ends) - 1))] if len(ends) > 4 else _DEFAULT_WIDTH


def base_column(lines: Sequence[Line]) -> int:
    """Return the column at which running text starts most often."""
    columns = Counter(
        right.column for left, right in pairwise(lines) if left.text and right.text[:1].islower()
    )
    return columns.most_common(1)[0][0] if columns else 0


def is_deliberate(left: Line, right: Line, columns: int) -> bool:
    """Tell whether a line was ended although the next word would have fitted."""
    first = right.text.split(" ", 1)[0]
    return left.right + 1 + len(first) < columns - 4 and not (right.text[0].islower() and len(left.text) > 40)


def are_own_lines(lines: Sequence[Line], columns: int) -> bool:
    """Tell whether the lines of a paragraph are lines of their own, such as an address or a list of names."""
    pairs = list(pairwise(lines))
    own = sum(1 for left, right in pairs if is_deliberate(left, right, columns))
    return len(pairs) > 0 and own > 0.6 * len(pairs)


def is_table(lines: Sequence[Line]) -> bool:
    """Tell whether lines are the rows of a drawn table."""
    if any(re.match(r"[+|│┌├└║╔].*[+|│┐┤┘║╗]$|[│├└]", line.text) for line in lines) and len(lines) > 1:
        return True
    rows = sum(1 for line in lines if _GAP.search(line.text))
    return len(lines) > 1 and rows >= 0.7 * len(lines)


def hanging_column(lines: Sequence[Line]) -> int | None:
    """Return the column at which descriptions stand beside their terms and go on below; None if none do."""
    found: Counter[int] = Counter()
    for line in lines:
        for match in re.finditer(r"(?<=\S)(?:\s{2,}|\s+-\s+|\t+)(?=\S)", line.text):
            found[line.column + len(line.text[: match.end()].expandtabs())] += 1
            break
    below = Counter(line.column for line in lines)
    for column, count in found.most_common(3):
        if below[column] and column > lines[0].column and count + below[column] >= 0.7 * len(lines):
            return column
    return None


def is_code(lines: Sequence[Line], columns: int) -> bool:
    """Tell whether an indented paragraph is preformatted text rather than prose."""
    if has_code_signs(lines, 0.4):
        return True
    words = [word for line in lines for word in line.text.split()]
    plain = sum(
        1 for word in words if _WORD.fullmatch(word.strip(".,;:!?()\"'“”‘’")) or word in {"a", "A", "I"}
    )
    if len(lines) == 1:
        ends = lines[0].text.endswith((".", ":", "!", "?", ",", ";"))
        return plain < 0.6 * len(words) or (len(words) < 4 and not ends)
    return plain < 0.5 * len(words) or are_own_lines(lines, columns)


def has_code_signs(lines: Sequence[Line], share: float) -> bool:
    """Tell whether more than a share of the lines look like commands, settings or program text."""
    return sum(1 for line in lines if _CODE.search(line.text)) > share * len(lines)
