"""The names of the topics on the map, where no name covers another, and the list of topics below it."""

import html
from collections.abc import Sequence

import numpy as np

from tacrochat.arrays import Floats
from tacrochat.library import Library
from tacrochat.types import Passage
from tacrochat.ui.formatting import number
from tacrochat.ui.html_parts import opener, plain
from tacrochat.ui.map.topics import Topic
from tacrochat.ui.wording import Language, say

_LETTER, _LINE = 9.6, 24.0  # width of a letter and height of a line of a name, in units of the picture
_SHIFTS = (0.0, -1.0, 1.0, -2.0, 2.0, -3.0, 3.0)  # lines by which a name may be moved
_MAX_TEXT = 90  # characters of a passage in the list


def labels(topics: Sequence[Topic], points: Floats, size: tuple[float, float]) -> str:
    """Draw the name of each topic at its middle, large topics first; one without room is left out."""
    placed: list[tuple[float, float, float, float]] = []
    drawn = []
    for topic in topics:
        x, y = np.median(points[topic.rows], axis=0).tolist()
        half = _LETTER * len(topic.name) / 2
        x = min(max(x, half + 4), size[0] - half - 4)
        boxes = [
            (x - half, y + (shift - 0.5) * _LINE, x + half, y + (shift + 0.5) * _LINE) for shift in _SHIFTS
        ]
        free = [box for box in boxes if box[1] > 0 and box[3] < size[1] and not _covers(box, placed)]
        if free:
            placed.append(free[0])
            drawn.append(
                f'<text class="tc-topic" x="{x:.1f}" y="{free[0][3] - 7:.1f}" text-anchor="middle">'
                f"{html.escape(topic.name)}</text>"
            )
    return "".join(drawn)


def listed(topics: Sequence[Topic], passages: Sequence[Passage], library: Library, language: Language) -> str:
    """List the topics, each with the passages in its middle, for readers who do not use a pointer."""
    if not topics:
        return ""
    items = "".join(_item(topic, passages, library, language) for topic in topics)
    return f'<h2>{html.escape(say(language, "map_topics"))}</h2><div class="tc-topics">{items}</div>'


def _item(topic: Topic, passages: Sequence[Passage], library: Library, language: Language) -> str:
    count = html.escape(say(language, "map_topic_passages", count=number(language, len(topic.rows))))
    items = []
    for row in topic.nearest:
        passage = passages[row]
        document = library.documents[passage.document_id]
        text = " ".join(passage.text.split())
        text = text[:_MAX_TEXT] + "…" if len(text) > _MAX_TEXT else text
        button = opener(document.path, text, (passage.start, passage.end))
        items.append(f'<li>{button}<br><span class="tc-path" dir="auto">{plain(document.title)}</span></li>')
    return (
        f'<details><summary><span dir="auto">{plain(topic.name)}</span> <span class="tc-count">{count}</span>'
        f'</summary><ul class="tc-list">{"".join(items)}</ul></details>'
    )


def _covers(box: tuple[float, ...], placed: Sequence[tuple[float, ...]]) -> bool:
    return any(box[0] < p[2] and p[0] < box[2] and box[1] < p[3] and p[1] < box[3] for p in placed)
