"""Text pasted into a word processor line by line: each line is a paragraph there, indented with spaces."""

import re
from collections.abc import Sequence

from tacrochat.readers.layout import Layout, clean, storable
from tacrochat.readers.office import BOLD_LEVEL
from tacrochat.readers.text_lines import is_wrapped, split_lines
from tacrochat.readers.wrapped import Wrapped
from tacrochat.text import frequency

_FEWEST_LINES = 6
LONGEST_LINE = 132
"""A longer paragraph is no line of a text typed elsewhere."""
_INDENTED = 0.5  # share of the lines from which on their indentation is no accident
_CUT_WORD = re.compile(r"([^\W\d_]+)-\n\s*([a-z]+)")


def are_typed(paragraphs: Sequence[str]) -> bool:
    """Tell whether neighbouring paragraphs, their spaces kept, are the lines of a text typed elsewhere."""
    lines = [line for line in paragraphs if line.strip()]
    if len(lines) < _FEWEST_LINES or max(map(len, lines)) > LONGEST_LINE:
        return False
    indented = sum(line.startswith("  ") for line in lines)
    return indented >= _INDENTED * len(lines) and is_wrapped(split_lines("\n".join(paragraphs)))


def add(layout: Layout, lines: Sequence[str]) -> None:
    """Add such lines as what they were: paragraphs, titles, lists, code."""
    text = storable("\n".join(lines)).expandtabs(8)
    for block in Wrapped(text).blocks():
        words = text[block.start : block.end]
        if block.role == "heading":
            layout.add(clean(words), "heading", level=BOLD_LEVEL)
        elif block.role == "body":
            layout.add(clean(_CUT_WORD.sub(_joined, words)))
        elif block.role == "list":
            layout.add(clean(words, lines=True), "list")
        else:
            layout.add(_dedented(text, block.start, block.end), block.role, reason=block.reason)


def _joined(match: re.Match[str]) -> str:
    """Join a word cut at a line end; the hyphen stays unless the whole is a known word."""
    whole = match[1] + match[2]
    return whole if frequency(whole.lower()) > 0 else f"{match[1]}-{match[2]}"


def _dedented(text: str, start: int, end: int) -> str:
    lines = text[text.rfind("\n", 0, start) + 1 : end].split("\n")
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join(line[margin:].rstrip() for line in lines)
