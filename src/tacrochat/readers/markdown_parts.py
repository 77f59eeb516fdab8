"""Parts of Markdown blocks that a browser would not show as text: tags, comments, badges, and markers.

The text of a Markdown file is the file itself, so that nothing can be taken out
of it. What a reader of the page would not see becomes a block of its own: the
lines of comments and tags around a text, the line that starts a note
(``!!! info``, ``:::tip``, ``> [!NOTE]``), and paragraphs of pictures only.
"""

import re

from tacrochat.readers import link_lists
from tacrochat.readers.layout import LONGEST_NAMES, LONGEST_WHOLE_TABLE
from tacrochat.text import trim
from tacrochat.types import COLUMNS_LEVEL, Block, Role

_NOTES = "note|info|tip|hint|warning|caution|important|danger|attention|error|seealso|admonition|dropdown"
ADMONITION = re.compile(r"[^\S\n]*(?:!!!|\?\?\?\+?|===)\s+\S")
"""The line that starts a note of MkDocs; its text is indented."""
NOTE_FENCE = re.compile(rf"[`~:]{{3,}}\{{(?:{_NOTES}|versionadded|versionchanged|deprecated)\}}")
"""The line that starts a note of MyST; its text is between fences."""
_DIRECTIVE_FENCE = re.compile(r"[`~:]{3,}\{(toctree|contents|include|raw|tableofcontents)\}")
_COMMENT = re.compile(r"<!--(?:(?!-->).)*(?:-->|\Z)", re.DOTALL)
_UNSHOWN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>")
_TEMPLATE = re.compile(r"\{%[^\n%]{0,1000}%\}|\{\{[^\n{}]{0,1000}\}\}")
_PICTURE = re.compile(
    r"!\[[^\]\n]{0,500}\](?:\([^()\s]{0,2000}(?:\s+\"[^\"\n]{0,500}\")?\)|\[[^\]\n]{0,200}\])?"
)
_EMPTY_LINK = re.compile(r"\[\s*\](?:\([^()\n]{0,2000}\)|\[[^\]\n]{0,200}\])?")
_MARKER = re.compile(
    rf"\s*(?:>\s*\[!\w+\]|\([\w-]+\)=|!!!\s+\w+|\?\?\?\+?\s+\w+"
    rf"|:{{3,}}\s*(?:\{{[^}}]*\}}|{_NOTES})?|\[\[?_?TOC_?\]\]?|\{{:?toc\}})\s*",
    re.IGNORECASE,
)
_CONTENTS = re.compile(r"[\W_]*(?:table of contents|contents|toc)[\W_]*", re.IGNORECASE)
_HTML_HEADING = re.compile(r"\s*<h([1-6])\b[^<>]*>(.*?)</h\1\s*>\s*", re.DOTALL | re.IGNORECASE)
_HTML_LINES = re.compile(r"<(?:table|tr|td|th|pre|dl|ul|ol|li)\b", re.IGNORECASE)
_PADDING = re.compile(r"  +|--+")
_MARKS = " \t\n*_`#>|~-"


def shown(raw: str) -> str:
    """Return what a browser shows of inline Markdown with HTML, without tags, comments and pictures."""
    text = _TEMPLATE.sub("", _TAG.sub("", _UNSHOWN.sub("", _COMMENT.sub("", raw))))
    return _EMPTY_LINK.sub("", _PICTURE.sub("", text)).strip(_MARKS)


def split(text: str, start: int, end: int, role: Role) -> list[Block]:
    """Split a paragraph, a quotation or a block of HTML into what is shown and what is not."""
    raw = text[start:end]
    if role == "body" and not shown(raw):
        return [_hidden(raw, start, end)]
    if _CONTENTS.fullmatch(raw):
        return [Block(start, end, "navigation", reason="table of contents")]
    if match := _HTML_HEADING.fullmatch(raw):
        return _heading(text, start, match)
    first, last = _inner_lines(text, start, end)
    if first >= last:
        return [_hidden(raw, start, end)]
    inner = text[first:last]
    kind: Role = "table" if role == "body" and _HTML_LINES.search(inner) else role
    blocks = [Block(*trim(text, start, first), role="metadata"), Block(first, last, kind)]
    blocks.append(Block(*trim(text, last, end), role="metadata"))
    return [block for block in blocks if block.start < block.end]


def fence(text: str, start: int, end: int) -> Block:
    """Return the block of a fence: code, or a directive that writes no text of its own."""
    match = _DIRECTIVE_FENCE.match(text, start, end)
    if match is None:
        return Block(start, end, "table")
    if "toc" in match.group(1) or "contents" in match.group(1):
        return Block(start, end, "navigation", reason="table of contents")
    return Block(start, end, "metadata")


def table(text: str, start: int, end: int) -> list[Block]:
    """Return the blocks of a table; the names of the columns of a long one are the heading of its rows.

    Its rows are quoted in several passages, of which only the first could hold the names.
    """
    names = trim(text, start, max(start, text.find("\n", start, end)))
    rule = trim(text, names[1], max(names[1], text.find("\n", names[1] + 1, end)))
    rows = trim(text, rule[1], end)
    size = len(_PADDING.sub("", text[start:end]))
    if size <= LONGEST_WHOLE_TABLE or names[1] - names[0] > LONGEST_NAMES or rows[0] >= rows[1]:
        return [Block(start, end, "table")]
    heading = Block(*names, "heading", COLUMNS_LEVEL)
    return [heading, Block(*rule, "metadata"), Block(*rows, "table", COLUMNS_LEVEL)]


def indented(text: str, start: int, end: int) -> list[Block]:
    """Return the blocks of the indented text of a note: its paragraphs, lists and code."""
    blocks: list[Block] = []
    position, role, in_code = start, "body", False
    for line in text[start:end].split("\n"):
        first, last = trim(text, position, position + len(line))
        position += len(line) + 1
        is_fence = text.startswith(("```", "~~~"), first)
        if first == last and not in_code:
            role = ""
            continue
        if not role or (is_fence and not in_code) or not blocks:
            is_item = bool(re.match(r"(?:[-*+]|\d+[.)])\s", text[first:last]))
            role = "table" if is_fence else "list" if is_item else "body"
            blocks.append(Block(first, last, role))  # type: ignore[arg-type]
        elif first < last:
            blocks[-1] = Block(blocks[-1].start, last, blocks[-1].role)
        if is_fence:
            in_code = not in_code
            role = role if in_code else ""
    return blocks


def _hidden(raw: str, start: int, end: int) -> Block:
    if _PICTURE.search(raw) or "<img" in raw.lower():
        return Block(start, end, "navigation", reason="pictures or badges")
    return Block(start, end, "metadata")


def _inner_lines(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span from the first to the last line of which a browser shows something."""
    comments = [match.span() for match in _COMMENT.finditer(text, start, end)]
    first, last, position = end, start, start
    for line in text[start:end].split("\n"):
        a, b = trim(text, position, position + len(line))
        position += len(line) + 1
        if (
            any(c <= a and b <= d for c, d in comments)
            or _MARKER.fullmatch(text, a, b)
            or not shown(text[a:b])
        ):
            continue
        first, last = min(first, a), b
    return first, last


def _heading(text: str, start: int, match: re.Match[str]) -> list[Block]:
    level = int(match.group(1))
    offset = start - match.start()
    a, b = trim(text, match.start(2) + offset, match.end(2) + offset)
    spans = [trim(text, start, a), trim(text, b, match.end() + offset)]
    before, after = (Block(first, last, "metadata") for first, last in spans)
    return [block for block in (before, Block(a, b, "heading", level), after) if block.start < block.end]


def introduces_contents(raw: str) -> bool:
    """Tell whether a short paragraph announces links, as "**Table of Contents**" does."""
    return len(raw) <= 80 and link_lists.introduces_links(raw.strip(_MARKS))
