"""PDF: group lines into paragraphs by position and size; running heads and feet are set aside."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from tacrochat.errors import ReadError
from tacrochat.readers import pdf_lines
from tacrochat.readers.layout import Layout, clean
from tacrochat.readers.pdf_lines import BULLET, Line
from tacrochat.types import Extract

_HYPHEN = re.compile(r"[^\W\d_][-\u2010\x02\ufffe]$")
_NOT_TITLES = re.compile(
    r"^(?:untitled|microsoft word|powerpoint|document\d*|.*\.(?:docx?|odt|tex|indd|pdf))\b", re.I
)
_SOFT_HYPHENS = "\x02\ufffe"  # what PDFium returns for a hyphen at the end of a line
_EDGE_LINES = 3


@dataclass(frozen=True, slots=True)
class _Usual:
    """What is usual on the pages, in points: the distance from line to line, the right edge of a line."""

    gap: float
    right: float


def read(data: bytes) -> Extract:
    """Read a PDF.

    Raises:
        ReadError: it is damaged, protected by a password, or holds no text.

    """
    pages, properties = pdf_lines.read(data)
    empty = [number for number, lines in enumerate(pages, 1) if not lines]
    if len(empty) == len(pages):
        raise ReadError(
            f"its {len(pages)} pages hold no text (scanned?); run OCR first, for example"
            " 'ocrmypdf in.pdf out.pdf'"
        )
    layout = Layout()
    if empty:
        numbers = ", ".join(map(str, empty[:20])) + (" …" if len(empty) > 20 else "")
        layout.notes.append(f"pages without text (scanned?), left out: {numbers}; run OCR to have them read")
    _lay_out(layout, _without_running_lines(layout, pages))
    return layout.extract(_metadata(properties))


def _without_running_lines(layout: Layout, pages: Sequence[list[Line]]) -> list[list[Line]]:
    """Take out running heads, feet and page numbers; each is set aside once.

    Only lines apart from the text count: a line of the text that happens to
    repeat at the top of two pages must not be lost.
    """
    gap = _usual_gap(pages, _body_size(pages))
    edges = [_edges(lines, gap) for lines in pages]
    groups: dict[str, list[tuple[int, Line]]] = {}
    for number, lines in enumerate(edges, 1):
        for line in lines:
            groups.setdefault(re.sub(r"\d+", "#", line.text), []).append((number, line))
    written = sum(bool(lines) for lines in pages)
    often = {
        pattern: members
        for pattern, members in groups.items()
        if len({number for number, _ in members}) >= max(2, 0.3 * written) and _runs_with_pages(members)
    }
    candidates = {id(line) for members in often.values() for _, line in members}
    bodies = [[line for line in lines if id(line) not in candidates] for lines in pages]
    running: set[int] = set()
    for pattern, members in often.items():
        if _is_in_margin([line for _, line in members], bodies):
            running.update(id(line) for _, line in members)
            layout.set_aside(pattern if "#" in pattern else members[0][1].text, "running head")
    return [[line for line in lines if id(line) not in running] for lines in pages]


def _is_in_margin(lines: Sequence[Line], bodies: Sequence[Sequence[Line]]) -> bool:
    """Tell whether repeated lines are above or below the text of the pages, ``bodies``."""
    if any(line.text[:1].islower() for line in lines):
        return False
    tops = [max(line.bottom for line in body) for body in bodies if body]
    feet = [min(line.bottom for line in body) for body in bodies if body]
    lowest, highest = min(line.bottom for line in lines), max(line.bottom for line in lines)
    # One page may differ, such as a title page.
    return sum(top > lowest - 1 for top in tops) <= 1 or sum(foot < highest + 1 for foot in feet) <= 1


def _runs_with_pages(members: Sequence[tuple[int, Line]]) -> bool:
    """Tell whether each number in repeated lines is constant or counts the pages."""
    numbered = [(page, [int(n) for n in re.findall(r"\d{1,9}", line.text)]) for page, line in members]
    if len({len(numbers) for _, numbers in numbered}) != 1:
        return False
    for index in range(len(numbered[0][1])):
        same = {numbers[index] for _, numbers in numbered}
        counting = {numbers[index] - page for page, numbers in numbered}
        if len(same) > 1 and len(counting) > 1:
            return False
    return True


def _edges(lines: Sequence[Line], gap: float) -> list[Line]:
    """Return the lines at the top and bottom of a page that a wide gap separates from the text."""
    order = sorted(lines, key=lambda line: -line.bottom)
    steps_down = [a.bottom - b.bottom for a, b in pairwise(order)]
    result: list[Line] = []
    for outer, steps in ((order, steps_down), (order[::-1], steps_down[::-1])):
        for count in range(min(_EDGE_LINES, len(steps)), 0, -1):
            if steps[count - 1] > 1.5 * gap:
                result += outer[:count]
                break
    return result


def _lay_out(layout: Layout, pages: Sequence[list[Line]]) -> None:
    every = [line for lines in pages for line in lines]
    if not every:
        return
    body = _body_size(pages)
    levels = _levels(every, body)
    usual = _Usual(_usual_gap(pages, body), sorted(line.right for line in every)[int(0.9 * len(every))])
    text = " ".join(line.text for line in every)
    current = 0
    for number, paragraph in _paragraphs(pages, usual, levels, body):
        while current < number:
            layout.page()
            current += 1
        _write(layout, paragraph, levels, body, text)
    while current < len(pages):
        layout.page()
        current += 1


def _paragraphs(
    pages: Sequence[list[Line]], usual: _Usual, levels: dict[float, int], body: float
) -> Iterator[tuple[int, list[Line]]]:
    """Group lines into paragraphs, each with the 1-based number of the page where it starts."""
    pending: list[Line] = []
    start = 1
    for number, lines in enumerate(pages, 1):
        for index, line in enumerate(lines):
            if pending:
                turned = index == 0  # the first line of a page
                goes_on = _goes_on(pending, line) if turned else True
                if not goes_on or (not turned and _breaks(pending[-1], line, usual, levels, body)):
                    yield start, pending
                    pending = []
            if not pending:
                start = number
            pending.append(line)
    if pending:
        yield start, pending


def _body_size(pages: Sequence[list[Line]]) -> float:
    """Return the most common size of letters, in points."""
    sizes: Counter[float] = Counter()
    for lines in pages:
        for line in lines:
            sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 1.0


def _levels(lines: Sequence[Line], body: float) -> dict[float, int]:
    """Map the sizes of headings to levels: the largest is level 1."""
    large = sorted({line.size for line in lines if _is_large(line, body)}, reverse=True)
    return {size: min(level, 5) for level, size in enumerate(large, 1)}


def _is_large(line: Line, body: float) -> bool:
    return line.size >= 1.12 * body and len(line.text) <= 200 and any(c.isalpha() for c in line.text)


def _heading_level(line: Line, levels: dict[float, int], body: float) -> int:
    """Return the heading level of a line, 0 if it is not a heading."""
    if _is_large(line, body):
        return levels[line.size]
    short = len(line.text) <= 100 and not line.text.endswith((".", ",", ";", ":"))
    if line.bold and line.size >= 0.95 * body and short and not BULLET.match(line.text):
        return 6 if any(c.isalpha() for c in line.text) else 0
    return 0


def _usual_gap(pages: Sequence[list[Line]], body: float) -> float:
    gaps = [
        a.bottom - b.bottom
        for lines in pages
        for a, b in pairwise(lines)
        if a.size == b.size == body and 0 < a.bottom - b.bottom < 3 * body
    ]
    return median(gaps) if gaps else 1.3 * body


def _breaks(before: Line, line: Line, usual: _Usual, levels: dict[float, int], body: float) -> bool:
    """Tell whether a line starts a new paragraph."""
    level = _heading_level(line, levels, body)
    if level != _heading_level(before, levels, body) or line.cells > 1 or before.cells > 1:
        return True
    if level:
        return abs(before.bottom - line.bottom) > 2.2 * line.size
    if BULLET.match(line.text) or abs(before.size - line.size) > 0.15 * body:
        return True
    step = before.bottom - line.bottom
    if step < -0.5 * body:  # a new column
        return not _goes_on([before], line)
    indented = line.left - before.left > 0.8 * body and not BULLET.match(before.text)
    ended = before.text.endswith((".", "!", "?", ":"))
    is_last = before.right < usual.right - 4 * body
    return step > 1.35 * usual.gap or (ended and (indented or is_last))


def _is_open(lines: Sequence[Line]) -> bool:
    """Tell whether a paragraph at the end of a page ends in the middle of a sentence."""
    return not lines[-1].text.rstrip("\"'”’)]").endswith((".", "!", "?", ":", ";"))


def _goes_on(pending: Sequence[Line], line: Line) -> bool:
    if line.cells > 1 or pending[-1].cells > 1:
        return False
    same = abs(pending[-1].size - line.size) <= 0.15 * line.size and pending[-1].bold == line.bold
    starts = line.text.lstrip("\"'“‘([")[:1]
    hyphen = bool(_HYPHEN.search(pending[-1].text))
    return same and _is_open(pending) and (starts.islower() or starts.isdigit() or hyphen)


def _write(layout: Layout, lines: Sequence[Line], levels: dict[float, int], body: float, text: str) -> None:
    joined = lines[0].text
    for before, line in pairwise(lines):
        joined = _join(joined, line.text, text, cell=abs(before.bottom - line.bottom) <= 0.5 * body)
    for mark in _SOFT_HYPHENS:
        joined = joined.replace(mark, "-")
    joined = clean(joined)
    level = _heading_level(lines[0], levels, body)
    if lines[0].cells > 1:
        layout.add(joined, "table", tight=layout.last_role == "table")
    elif level:
        layout.add(joined, "heading", level=level)
    elif BULLET.match(joined):
        layout.add(re.sub(r"^[\uf0b7\u2043]", "•", joined), "list", tight=layout.last_role == "list")
    else:
        layout.add(joined)


def _join(left: str, right: str, text: str, *, cell: bool) -> str:
    """Join two lines, and the two parts of a hyphenated word; ``text`` tells which hyphens stay."""
    if not _HYPHEN.search(left) or cell or not right[:1].islower():
        return f"{left} {right}"
    stem = re.split(r"\s", left[:-1])[-1]
    rest = re.match(r"[^\W\d_]+", right)
    if rest and ("-" in stem or re.search(rf"(?<!\w){re.escape(stem)}-{rest.group()}", text, re.IGNORECASE)):
        return left[:-1] + "-" + right
    return left[:-1] + right


def _metadata(properties: dict[str, str]) -> dict[str, str]:
    title = clean(properties.get("Title", ""))
    metadata = {"author": properties.get("Author", "")}
    if title and not _NOT_TITLES.match(title):
        metadata["title"] = title
    changed = properties.get("ModDate") or properties.get("CreationDate") or ""
    date = re.match(r"D?:?(\d{4})(\d{2})?(\d{2})?", changed)
    if date:
        metadata["date"] = "-".join(part for part in date.groups() if part)
    return metadata
