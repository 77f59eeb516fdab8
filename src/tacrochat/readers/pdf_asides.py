"""Find what stands beside or below the text of a PDF page: footnotes, side notes, the labels of a drawing."""

import re
from collections.abc import Sequence
from itertools import pairwise

from tacrochat.readers.pdf_lines import BULLET, Line
from tacrochat.readers.pdf_measures import Measures
from tacrochat.readers.pdf_order import is_jump

FOOTNOTE = re.compile(r"^(?:\d{1,3}|[*†‡§¶a-z])(?:[.)]|\s|(?=[^\W\d_]))")
"""The start of a footnote: its mark."""


def notes(page: Sequence[Line], measures: Measures) -> set[int]:
    """Return the ids of the lines of footnotes: small, at the foot of the page, the first with a mark."""
    size = 0.93 * measures.body
    best: set[int] = set()
    found: list[Line] = []
    for line in sorted(page, key=lambda line: line.base):
        if line.size > size and not line.raised:
            break
        found.append(line)
        if line.raised or (FOOTNOTE.match(line.text) and line.size <= size):
            best = {id(one) for one in found}
    return best if len(best) < len(page) else set()


def sides(page: Sequence[Line], measures: Measures) -> set[int]:
    """Return the ids of the lines beside the text: small, and right or left of every line of the text."""
    text = [
        line for line in page if abs(line.size - measures.body) < 0.06 * measures.body and len(line.text) > 20
    ]
    small = [line for line in page if line.size < 0.93 * measures.body]
    if not text or not small:
        return set()
    left, right = min(line.left for line in text), max(line.right for line in text)
    return {id(line) for line in small if line.left >= right - 2 or line.right <= left + 2}


def labels(page: Sequence[Line], measures: Measures) -> set[int]:
    """Return the ids of the labels of a drawing: short lines scattered over a part of the page."""
    found: set[int] = set()
    group: list[Line] = []

    def close() -> None:
        jumps = sum(is_jump(a, b) for a, b in pairwise(group))
        if len(group) >= 4 and jumps >= max(2, 0.15 * len(group)):
            found.update(map(id, group))
        group.clear()

    for line in page:
        short = len(line.text) <= 30 and not BULLET.match(line.text)
        if short and not (measures.heading_level(line) and line.left <= page[0].left + 1):
            group.append(line)
        else:
            close()
    close()
    return found
