"""Where quotes are on the pictures of the pages of a PDF."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypedDict

from tacrochat.library import Library
from tacrochat.types import Document, Span
from tacrochat.ui.originals import Originals

Edges = tuple[float, float, float, float]
"""Left, top, right and bottom as shares of a picture's size, from its upper left corner."""

_MAX_GAP = 0.03  # of the width of a page; between two words of a line


class Marked(NamedTuple):
    """A stretch of a document: a quote by its number, or with ``answers`` a sentence that answers in it."""

    quote: int
    answers: bool
    span: Span


class Drawn(TypedDict):
    """A line, or a part of one, of what is marked, on the picture of a page, counted from 1."""

    quote: int
    answers: bool
    page: int
    edges: Edges


def drawn(
    library: Library, originals: Originals, document: Document, marked: Sequence[Marked]
) -> tuple[int, list[Drawn]]:
    """Return the number of pages of a PDF, and the boxes of what is marked in it.

    Raises:
        OriginalUnavailable: its file is not there any more as it was read.
        IndexCorrupt: the boxes in the index are damaged.

    """
    lines = [(mark, box) for mark in marked for box in library.boxes(document.id, *mark.span)]
    placed = originals.locate(library, document, [box for _, box in lines])
    boxes = (
        Drawn(quote=mark.quote, answers=mark.answers, page=page, edges=(left, top, right, bottom))
        for (mark, _), (page, left, top, right, bottom) in zip(lines, placed.places, strict=True)
    )
    return placed.pages, _joined(boxes)


def _joined(boxes: Iterable[Drawn]) -> list[Drawn]:
    """Join the boxes of a line: on a page that is shown turned, each character has its own."""
    found: list[Drawn] = []
    for box in boxes:
        last = found[-1] if found else None
        if last and _part(last) == _part(box):
            (a, b, c, d), (left, top, right, bottom) = last["edges"], box["edges"]
            common = min(d, bottom) - max(b, top)
            if common > 0.5 * min(d - b, bottom - top) and -0.01 < left - c < _MAX_GAP:
                last["edges"] = (min(a, left), min(b, top), max(c, right), max(d, bottom))
                continue
        found.append(box)
    return found


def _part(box: Drawn) -> tuple[int, bool, int]:
    return box["quote"], box["answers"], box["page"]
