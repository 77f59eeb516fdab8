"""OpenDocument presentations (.odp): each slide is a place, its title a heading; notes follow its text."""

from collections.abc import Iterator
from typing import Any

from tacrochat.readers import trees
from tacrochat.readers.layout import Layout, add_grid, clean
from tacrochat.readers.limits import Limits
from tacrochat.readers.opendocument_parts import (
    DRAW,
    PRESENTATION,
    TABLE,
    open_document,
    paragraphs,
    words,
)
from tacrochat.types import Extract

_NAMES = "frame custom-shape rect ellipse circle polygon path line connector caption regular-polygon"
_SHAPES = {f"{DRAW}{name}" for name in _NAMES.split()}
_RUNNING = {"footer", "header", "date-time", "page-number"}


def read(data: bytes, limits: Limits) -> Extract:
    """Read an OpenDocument presentation.

    Raises:
        ReadError: it is damaged, protected, or holds no text.

    """
    _, body, properties = open_document(data, "presentation", limits)
    layout = Layout()
    for number, slide in enumerate(body.findall(f"{DRAW}page"), 1):
        layout.place(f"slide {number}")
        _add_slide(layout, slide)
    return layout.extract(properties)


def _add_slide(layout: Layout, slide: Any) -> None:
    shapes = list(_shapes(slide))
    title = next((s for s in shapes if s.get(f"{PRESENTATION}class") == "title" and _text(s)), None)
    if title is not None:
        layout.add(_text(title), "heading", level=2)
    for shape in shapes:
        if shape is not title:
            _add_shape(layout, shape)
    notes = slide.find(f"{PRESENTATION}notes")
    if notes is not None:
        for shape in _shapes(notes):
            if shape.get(f"{PRESENTATION}class") == "notes":
                for _, text in paragraphs(shape):
                    layout.add(text)


def _shapes(parent: Any) -> Iterator[Any]:
    """List the shapes of a slide, those of groups too, without those of its notes."""
    events = trees.walk(parent)
    for event, element in events:
        if event != "start" or element is parent:
            continue
        if element.tag in _SHAPES:
            events.skip_subtree()
            yield element
        elif element.tag == f"{PRESENTATION}notes":
            events.skip_subtree()


def _text(shape: Any) -> str:
    return clean(" ".join(text for _, text in paragraphs(shape)))


def _add_shape(layout: Layout, shape: Any) -> None:
    role = shape.get(f"{PRESENTATION}class", "")
    if role in _RUNNING:
        layout.set_aside(_text(shape), "running head")
        return
    for table in shape.iter(f"{TABLE}table"):
        rows = table.iter(f"{TABLE}table-row")
        add_grid(layout, ([words(c) for c in row.iterchildren(f"{TABLE}table-cell")] for row in rows))
    number = 0
    for depth, text in paragraphs(shape):
        if depth:
            layout.add("  " * (min(depth, 20) - 1) + f"- {clean(text)}", "list", tight=number > 0)
            number += 1
        else:
            layout.add(text)
            number = 0
