"""Presentations (.pptx): each slide is a place, its title a heading; speaker notes follow its text."""

import io
from collections.abc import Iterator
from typing import Any

from tacrochat.errors import ReadError
from tacrochat.readers import symbols
from tacrochat.readers.layout import Layout, add_grid, clean
from tacrochat.readers.limits import Limits
from tacrochat.readers.office import DAMAGE, check_office, core_properties
from tacrochat.types import Extract


def read(data: bytes, limits: Limits) -> Extract:
    """Read a presentation.

    Raises:
        ReadError: it is damaged, protected, or holds no text.

    """
    import pptx
    from pptx.exc import PackageNotFoundError

    check_office(data, limits, ".pptx")
    try:
        deck = pptx.Presentation(io.BytesIO(data))
        slides = list(deck.slides)
    except (PackageNotFoundError, *DAMAGE) as error:
        raise ReadError("it is damaged or not a presentation; open it and save it anew as .pptx") from error
    layout = Layout()
    for number, slide in enumerate(slides, 1):
        layout.place(f"slide {number}")
        _add_slide(layout, slide)
    return layout.extract(core_properties(deck.core_properties, deck.core_properties.author))


def _add_slide(layout: Layout, slide: Any) -> None:
    title = slide.shapes.title
    if title is not None and title.has_text_frame:
        layout.add(clean(title.text_frame.text), "heading", level=2)
    for shape in _shapes(slide.shapes, 0):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if getattr(shape, "has_table", False):
            add_grid(layout, ([cell.text for cell in row.cells] for row in shape.table.rows))
        elif getattr(shape, "has_text_frame", False):
            _add_frame(layout, shape)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        for paragraph in slide.notes_slide.notes_text_frame.text.split("\n"):
            layout.add(clean(paragraph))


def _shapes(shapes: Any, depth: int) -> Iterator[Any]:
    for shape in shapes:
        if hasattr(shape, "shapes") and depth < 20:
            yield from _shapes(shape.shapes, depth + 1)
        else:
            yield shape


def _add_frame(layout: Layout, shape: Any) -> None:
    """Add a text box: several paragraphs of a content placeholder are a list."""
    paragraphs = [
        (p.level, text) for p in shape.text_frame.paragraphs if (text := clean(symbols.replaced(p.text)))
    ]
    is_list = shape.is_placeholder and len(paragraphs) > 1
    role = str(shape.placeholder_format.type) if shape.is_placeholder else ""
    if any(name in role for name in ("SLIDE_NUMBER", "DATE", "FOOTER")):
        layout.set_aside("\n".join(text for _, text in paragraphs), "running head")
        return
    for number, (level, text) in enumerate(paragraphs):
        if is_list:
            layout.add("  " * level + f"- {text}", "list", tight=number > 0)
        else:
            layout.add(text)
