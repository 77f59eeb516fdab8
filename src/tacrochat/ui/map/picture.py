"""The map of passages as SVG."""

import html
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tacrochat.embedding.projection import Projection
from tacrochat.library import Library
from tacrochat.types import Passage, Quote
from tacrochat.ui.html_parts import opener, plain
from tacrochat.ui.wording import Language, say

SHOWN = 1_500
"""Passages drawn at most; of more, every n-th is drawn, and all that were quoted."""

_WIDTH, _HEIGHT, _MARGIN = 1000, 620, 24
_TEXT = 180
_LEGEND = 60

Points = NDArray[np.float32]


def picture(
    library: Library,
    projection: Projection,
    language: Language,
    *,
    question: str = "",
    vector: Sequence[float] | None = None,
    quotes: Sequence[Quote] = (),
) -> str:
    """Draw all passages, the question among them, and the passages quoted for it."""
    hits = {(quote.document_id, quote.start) for quote in quotes}
    step = max(1, len(library.passages) // SHOWN)
    shown = [p for p in library.passages if p.id % step == 0 or (p.document_id, p.start) in hits]
    points, asked = _points(projection, library.embeddings[[p.id for p in shown]], vector)
    is_hit = [(p.document_id, p.start) in hits for p in shown]
    dots = [_dot(library, p, points[i], is_hit=is_hit[i]) for i, p in enumerate(shown)]
    dots.sort(key=lambda dot: "tc-hit" in dot)  # drawn last, so on top
    star = ""
    if asked is not None:
        star = _lines(asked, [point for point, hit in zip(points, is_hit, strict=True) if hit]) + _star(asked)
    label = html.escape(say(language, "map_title"))
    hint = html.escape(say(language, "map_hint"))
    return (
        f'<div class="tc-map"><p>{label}. {hint}</p>{_asked(question, language)}'
        f'<div class="tc-canvas"><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">'
        f'{star}{"".join(dots)}</svg><div class="tc-tip" hidden></div></div>'
        f"{_quoted(quotes, language)}{_about(library, len(shown), projection.share, language)}"
        f"{_legend(library, language)}</div>"
    )


def _points(
    projection: Projection, vectors: Points, vector: Sequence[float] | None
) -> tuple[Points, Points | None]:
    """Return where passages and the question are drawn; together they fill the picture."""
    points = projection.place(vectors)
    asked = projection.place(np.asarray([vector], np.float32)) if vector is not None else None
    every = points if asked is None else np.vstack([points, asked])
    low, high = every.min(axis=0), every.max(axis=0)
    return _scaled(points, low, high), None if asked is None else _scaled(asked, low, high)[0]


def _scaled(points: Points, low: Points, high: Points) -> Points:
    size = np.asarray([_WIDTH - 2 * _MARGIN, _HEIGHT - 2 * _MARGIN], np.float32)
    return np.asarray(_MARGIN + size * (points - low) / np.maximum(high - low, 1e-9), np.float32)


def _hue(document_id: int) -> int:
    """Return a hue; neighbours in the list are far apart on the wheel (the golden angle)."""
    return round(document_id * 137.508) % 360


def _dot(library: Library, passage: Passage, at: Points, *, is_hit: bool) -> str:
    document = library.documents[passage.document_id]
    text = " ".join(passage.text.split())
    text = text[:_TEXT] + "…" if len(text) > _TEXT else text
    classes = "tc-dot tc-source tc-hit" if is_hit else "tc-dot tc-source"
    return (
        f'<circle class="{classes}" style="--hue:{_hue(passage.document_id)}"'
        f' cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{9 if is_hit else 6}"'
        f' data-document="{html.escape(document.path)}" data-start="{passage.start}" data-end="{passage.end}"'
        f' data-title="{html.escape(document.title)}" data-text="{html.escape(text)}"/>'
    )


def _star(at: Points) -> str:
    x, y = float(at[0]), float(at[1])
    corners = [
        f"{x + r * np.sin(a):.1f},{y - r * np.cos(a):.1f}"
        for r, a in ((14 if i % 2 == 0 else 6, np.pi * i / 5) for i in range(10))
    ]
    return f'<polygon class="tc-star" points="{" ".join(corners)}"/>'


def _lines(at: Points, near: Sequence[Points]) -> str:
    return "".join(
        f'<line class="tc-line" x1="{at[0]:.1f}" y1="{at[1]:.1f}" x2="{p[0]:.1f}" y2="{p[1]:.1f}"/>'
        for p in near
    )


def _about(library: Library, shown: int, share: float, language: Language) -> str:
    text = say(
        language,
        "map_about",
        shown=f"{shown:,}",
        total=f"{len(library.passages):,}",
        share=round(100 * share),
    )
    return f'<p class="tc-note">{html.escape(text)}</p>'


def _asked(question: str, language: Language) -> str:
    if not question:
        return ""
    return f'<p class="tc-asked" dir="auto">★ {plain(say(language, "map_question", question=question))}</p>'


def _quoted(quotes: Sequence[Quote], language: Language) -> str:
    """List the passages that were quoted, for those who cannot point at a dot."""
    if not quotes:
        return ""
    rows = "".join(f"<li>{opener(q.document, q.label, (q.start, q.end), q.highlights)}</li>" for q in quotes)
    return f'<h3>{html.escape(say(language, "map_hits"))}</h3><ul class="tc-list">{rows}</ul>'


def _legend(library: Library, language: Language) -> str:
    rows = "".join(
        f'<li><i class="tc-swatch" style="--hue:{_hue(d.id)}"></i>{opener(d.path, d.title)}</li>'
        for d in library.documents[:_LEGEND]
    )
    return (
        f'<details class="tc-legend"><summary>{html.escape(say(language, "legend"))}</summary>'
        f'<ul class="tc-list">{rows}</ul></details>'
    )
