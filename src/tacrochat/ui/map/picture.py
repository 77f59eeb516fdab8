"""The map of passages as SVG."""

import html
from collections.abc import Sequence

import numpy as np

from tacrochat.arrays import Floats
from tacrochat.embedding.projection import Projection
from tacrochat.library import Library
from tacrochat.types import Passage, Quote
from tacrochat.ui.formatting import number, percent
from tacrochat.ui.html_parts import opener, plain
from tacrochat.ui.map.labels import labels, listed
from tacrochat.ui.map.topics import Topic
from tacrochat.ui.wording import Language, say

MAX_SHOWN = 1_500
"""Of more passages than this, every n-th is drawn, and all that were quoted."""

_WIDTH, _HEIGHT, _MARGIN = 1000, 620, 24
_MAX_TEXT = 180
_MAX_LEGEND = 60


def picture(
    library: Library,
    projection: Projection,
    language: Language,
    *,
    question: str = "",
    vector: Sequence[float] | None = None,
    quotes: Sequence[Quote] = (),
    topics: Sequence[Topic] = (),
) -> str:
    """Draw all passages, the last question, and lines to the passages quoted for it.

    ``topics`` are those of the passages that ``spaced_passages`` returns.
    """
    hits = {(quote.document_id, quote.start) for quote in quotes}
    step, spaced = _step(library), spaced_passages(library)
    quoted = [p for number in {d for d, _ in hits} for p in library.passages_of(number)]
    shown = [*spaced, *(p for p in quoted if p.id % step and (p.document_id, p.start) in hits)]
    vectors = library.vectors([p.id for p in shown])
    points, question_point = _points(projection, vectors, vector)
    is_hit = [(p.document_id, p.start) in hits for p in shown]
    dots = [_dot(library, p, points[i], is_hit=is_hit[i]) for i, p in enumerate(shown)]
    dots.sort(key=lambda dot: "tc-hit" in dot)  # drawn last, so on top
    # One of them is reached by the Tab key, the others from it by the arrow keys: see script/map.js.
    dots[-1:] = [dot.replace('tabindex="-1"', 'tabindex="0"') for dot in dots[-1:]]
    names = labels(topics, points, (_WIDTH, _HEIGHT))
    star = ""
    if question_point is not None:
        hit_points = [point for point, hit in zip(points, is_hit, strict=True) if hit]
        star = _lines(question_point, hit_points) + _star(question_point)
    label = html.escape(say(language, "map_title"))
    hint = html.escape(say(language, "map_hint"))
    return (
        f'<div class="tc-map"><p>{label}. {hint}</p>{_question(question, language)}'
        f'<div class="tc-canvas"><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="group" aria-label="{label}">'
        f'{star}{"".join(dots)}{names}</svg><div class="tc-tip" hidden></div></div>'
        f"{_quoted(quotes, language)}{listed(topics, spaced, library, language)}"
        f"{_about(library, len(shown), projection.share, language)}"
        f"{_legend(library, language)}</div>"
    )


def spaced_passages(library: Library) -> Sequence[Passage]:
    """Return the passages that are drawn whatever was asked: all, or every n-th."""
    return library.passages[:: _step(library)]


def _step(library: Library) -> int:
    return max(1, len(library.passages) // MAX_SHOWN)


def _points(
    projection: Projection, vectors: Floats, vector: Sequence[float] | None
) -> tuple[Floats, Floats | None]:
    """Return the points of the passages and of the question, scaled so that they fill the picture."""
    points = projection.place(vectors)
    if vector is None:
        return _scaled(points, points), None
    question_point = projection.place(np.asarray([vector], np.float32))
    all_points = np.vstack([points, question_point])
    return _scaled(points, all_points), _scaled(question_point, all_points)[0]


def _scaled(points: Floats, all_points: Floats) -> Floats:
    """Scale points so that ``all_points`` fill the picture."""
    low, high = all_points.min(axis=0), all_points.max(axis=0)
    size = np.asarray([_WIDTH - 2 * _MARGIN, _HEIGHT - 2 * _MARGIN], np.float32)
    return np.asarray(_MARGIN + size * (points - low) / np.maximum(high - low, 1e-9), np.float32)


def _hue(document_id: int) -> int:
    """Return a hue; neighbours in the list are far apart on the wheel (the golden angle)."""
    return round(document_id * 137.508) % 360


def _dot(library: Library, passage: Passage, point: Floats, *, is_hit: bool) -> str:
    document = library.documents[passage.document_id]
    text = " ".join(passage.text.split())
    text = text[:_MAX_TEXT] + "…" if len(text) > _MAX_TEXT else text
    classes = "tc-dot tc-source tc-hit" if is_hit else "tc-dot tc-source"
    return (
        f'<circle class="{classes}" style="--hue:{_hue(passage.document_id)}"'
        f' cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="{9 if is_hit else 6}"'
        f' data-document="{html.escape(document.path)}" data-start="{passage.start}" data-end="{passage.end}"'
        f' data-title="{html.escape(document.title)}" role="button" tabindex="-1"'
        f' aria-label="{html.escape(f"{document.title}: {text}")}"/>'
    )


def _star(point: Floats) -> str:
    x, y = float(point[0]), float(point[1])
    corners = [
        f"{x + r * np.sin(a):.1f},{y - r * np.cos(a):.1f}"
        for r, a in ((14 if i % 2 == 0 else 6, np.pi * i / 5) for i in range(10))
    ]
    return f'<polygon class="tc-star" points="{" ".join(corners)}"/>'


def _lines(question_point: Floats, hit_points: Sequence[Floats]) -> str:
    x, y = question_point
    return "".join(
        f'<line class="tc-line" x1="{x:.1f}" y1="{y:.1f}" x2="{point[0]:.1f}" y2="{point[1]:.1f}"/>'
        for point in hit_points
    )


def _about(library: Library, shown: int, share: float, language: Language) -> str:
    text = say(
        language,
        "map_about",
        shown=number(language, shown),
        total=number(language, len(library.passages)),
        share=percent(language, share),
    )
    return f'<p class="tc-note">{html.escape(text)}</p>'


def _question(question: str, language: Language) -> str:
    if not question:
        return ""
    return f'<p class="tc-asked" dir="auto">★ {plain(say(language, "map_question", question=question))}</p>'


def _quoted(quotes: Sequence[Quote], language: Language) -> str:
    """List the passages that were quoted, for readers who do not use a pointer."""
    if not quotes:
        return ""
    items = "".join(f"<li>{opener(q.document, q.label, (q.start, q.end), q.highlights)}</li>" for q in quotes)
    return f'<h2>{html.escape(say(language, "map_hits"))}</h2><ul class="tc-list">{items}</ul>'


def _legend(library: Library, language: Language) -> str:
    items = "".join(
        f'<li><i class="tc-swatch" style="--hue:{_hue(d.id)}"></i>{opener(d.path, d.title)}</li>'
        for d in library.documents[:_MAX_LEGEND]
    )
    return (
        f'<details class="tc-legend"><summary>{html.escape(say(language, "legend"))}</summary>'
        f'<ul class="tc-list">{items}</ul></details>'
    )
