"""Preformatted text of a page: lines and indentation are kept; prose in it is read as paragraphs.

Some manuals are whole texts in ``<pre>``, broken by hand into lines of even
width. Cut at line ends, they would give half sentences.
"""

import re
import unicodedata

from tacrochat.readers.layout import clean, storable
from tacrochat.types import Role

_BLANK = re.compile(r"\n(?:[^\S\n]*\n)+")
_MARK = re.compile(r"([^\S\n]*)([-*•o+]|\d{1,3}[.)])[^\S\n]+(?=\S)")
_PLAIN_WORD = re.compile(r"[(\[\"'`“‘]*[^\W\d_]+(?:[-'’/][^\W\d_]+)*[)\]\"'`”’.,;:!?]*")
_END = re.compile(r"[.!?:][)\]\"'`”’]*$")
_MIN_WORDS = 8
_PLAIN_SHARE = 0.7


def parts(raw: str) -> list[tuple[str, Role]]:
    """List the parts of a preformatted text: paragraphs of prose, lists, and lines that stay as they are."""
    text = _dedented(unicodedata.normalize("NFC", storable(raw)))
    paragraphs = _BLANK.split(text)
    kinds = [_kind(paragraph) for paragraph in paragraphs]
    prose = sum(len(p) for p, kind in zip(paragraphs, kinds, strict=True) if kind == "body")
    if prose < 0.4 * len(text):
        return [(text, "table")] if text else []
    result: list[tuple[str, Role]] = []
    for paragraph, kind in zip(paragraphs, kinds, strict=True):
        if kind == "table" and result and result[-1][1] == "table":
            result[-1] = (f"{result[-1][0]}\n\n{paragraph}", "table")
        elif kind == "table":
            result.append((paragraph, "table"))
        elif kind == "list":
            result.append(("\n".join(_items(paragraph)), "list"))
        else:
            result.append((clean(paragraph), "body"))
    return result


def _dedented(text: str) -> str:
    """Return text without blank lines at its ends and without the indentation that all lines share."""
    lines = [line.rstrip() for line in text.expandtabs(8).split("\n")]
    while lines and not lines[0]:
        del lines[0]
    while lines and not lines[-1]:
        lines.pop()
    margin = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
    return "\n".join(line[margin:] for line in lines)


def _kind(paragraph: str) -> Role:
    if _MARK.match(paragraph):
        items = [_MARK.sub("", item, count=1) for item in _items(paragraph)]
        plain = sum(_plain_share(item) >= _PLAIN_SHARE for item in items)
        return "list" if plain >= 0.6 * len(items) else "table"
    lines = paragraph.split("\n")
    indents = {len(line) - len(line.lstrip()) for line in lines[1:]} or {0}
    full = all(len(line) >= 40 for line in lines[:-1])
    is_prose = (
        len(indents) == 1
        and full
        and len(paragraph.split()) >= _MIN_WORDS
        and bool(_END.search(paragraph))
        and _plain_share(paragraph) >= _PLAIN_SHARE
    )
    return "body" if is_prose else "table"


def _plain_share(text: str) -> float:
    words = text.split()
    return sum(bool(_PLAIN_WORD.fullmatch(word)) for word in words) / max(1, len(words))


def _items(paragraph: str) -> list[str]:
    """Join the lines of each item of a list; a line without a mark goes on the item before it."""
    items: list[str] = []
    for line in paragraph.split("\n"):
        if _MARK.match(line) or not items:
            items.append(line.rstrip())
        else:
            items[-1] += f" {line.strip()}"
    return items
