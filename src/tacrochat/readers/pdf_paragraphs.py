"""Group the lines of a PDF to paragraphs, headings, lists, rows, code, captions and notes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from tacrochat.readers import pdf_asides
from tacrochat.readers.pdf_lines import BULLET, SOFT_HYPHEN, Line
from tacrochat.readers.pdf_measures import Measures, has_ended

Kind = Literal["body", "list", "heading", "row", "code", "caption", "note", "side", "label", "navigation"]

_CAPTION = re.compile(
    r"^(?:fig(?:ure|\.)?|table|tab\.|abb(?:ildung|\.)?|tabelle|listing|box)\s*\d+(?:[.\-]\d+)*\s*[.:|–—-]",
    re.I,
)
_HYPHEN = re.compile(rf"[^\W\d_][-\u2010{SOFT_HYPHEN}]$")
_WAITS = re.compile(  # a sentence does not end so
    r"(?:,|\b(?:a|an|the|of|to|in|on|at|by|for|from|with|and|or|as|is|are|was|were|be|will|can|may|that|which|if))\s*$"
)
_DASHES = re.compile(r"^[–—*-]\s")
_ENUMERATED = re.compile(r"^\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)]\s")


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together; ``level`` is that of a heading, ``reason`` why they are set aside.

    ``is_cut`` says that the paragraph after it goes on with its sentence.
    """

    lines: list[Line]
    kind: Kind
    level: int = 0
    reason: str = ""
    is_cut: bool = False


def paragraphs(
    pages: Sequence[Sequence[Line]], measures: Measures, reasons: Mapping[int, str]
) -> list[Paragraph]:
    """Return the paragraphs of a document in reading order; ``reasons`` names lines to set aside, by id.

    What stands beside or below the text, or is a caption, comes out of the paragraph
    that it interrupts, and follows the last one that is complete.
    """
    main: list[Paragraph] = []
    aside: list[tuple[int, Paragraph]] = []
    for page in pages:
        kinds = _kinds(page, measures)
        for line, (kind, level) in zip(page, kinds, strict=True):
            if reason := reasons.get(id(line), ""):
                if main and main[-1].reason == reason:
                    main[-1].lines.append(line)
                else:
                    main.append(Paragraph([line], "navigation", reason=reason))
                continue
            if kind in {"note", "side", "label", "caption"}:
                last = aside[-1][1] if aside else None
                if last and last.lines[-1].page == line.page and _goes_on_aside(last, line, kind, measures):
                    last.lines.append(line)
                else:
                    reason = "text in a figure" if kind == "label" else ""
                    aside.append((len(main), Paragraph([line], kind, reason=reason)))
                continue
            pending = main[-1] if main else None
            if pending and _belongs(pending, line, kind, level, measures):
                pending.lines.append(line)
            else:
                main.append(Paragraph([line], kind, level))
    _demote_cut_headings(main, measures)
    return _placed(_joined(main), main, aside)


def _demote_cut_headings(main: Sequence[Paragraph], measures: Measures) -> None:
    """Make text of the headings that are no titles: bold lines at the start of a paragraph.

    Such a heading stops in the middle of a sentence, and the line below it goes on.
    """
    for heading, following in pairwise(main):
        last, first = heading.lines[-1], following.lines[0]
        if heading.kind != "heading" or following.kind not in {"body", "list"} or last.page != first.page:
            continue
        below = 0 < last.base - first.base < 1.4 * measures.gap(first.size)
        if not below or abs(last.size - first.size) > 0.12 * measures.body or has_ended(last.text):
            continue
        waits = _HYPHEN.search(last.text) or _WAITS.search(last.text)
        if waits or (_starts_lower(first.text) and _is_full(last, first, measures)):
            heading.kind, heading.level = ("list" if BULLET.match(heading.lines[0].text) else "body"), 0
            heading.is_cut = True


def _goes_on_aside(last: Paragraph, line: Line, kind: Kind, measures: Measures) -> bool:
    before = last.lines[-1]
    step = before.base - line.base
    if last.kind != kind or not 0 < step < 1.7 * max(line.size, measures.gap(line.size)):
        return False
    if kind == "note":
        return not (line.raised or (pdf_asides.FOOTNOTE.match(line.text) and has_ended(before.text)))
    return not (kind == "caption" and _CAPTION.match(line.text))


def _kinds(page: Sequence[Line], measures: Measures) -> list[tuple[Kind, int]]:
    """Return the kind of each line of a page, and the level of a heading."""
    result: list[tuple[Kind, int]] = []
    notes, labels = pdf_asides.notes(page, measures), pdf_asides.labels(page, measures)
    sides = pdf_asides.sides(page, measures)
    for index, line in enumerate(page):
        level = 0
        kind: Kind = "body"
        if id(line) in notes:
            kind = "note"
        elif id(line) in labels:
            kind = "label"
        elif id(line) in sides:
            kind = "side"
        elif (
            line.mono and not (result and _is_in_sentence(page[index - 1], line, result[-1][0], measures))
        ) or (result and result[-1][0] == "code" and _is_more_of_code(page, index)):
            kind = "code"
        elif line.is_row:
            kind = "row"
        elif _CAPTION.match(line.text):
            kind = "caption"
        elif level := measures.heading_level(line):
            kind = "heading"
        elif result and result[-1][0] == "caption" and _is_more_of_caption(page[index - 1], line, measures):
            kind = "caption"
        elif BULLET.match(line.text):
            kind = "list"
        result.append((kind, level))
    return result


def _is_in_sentence(before: Line, line: Line, kind: Kind, measures: Measures) -> bool:
    """Tell whether a line in a font of code is a part of the sentence that the line before it begins."""
    step = before.base - line.base
    close = 0 < step < 1.25 * measures.gap(measures.body) and line.left <= before.left + 2
    full = before.right > measures.right(before) - 5 * before.size or _is_full(before, line, measures)
    return kind in {"body", "list"} and close and full and not has_ended(before.text)


def _is_more_of_code(page: Sequence[Line], index: int) -> bool:
    """Tell whether a line too short to show its font, such as a brace, stands between lines of code."""
    line = page[index]
    following = page[index + 1] if index + 1 < len(page) else None
    inside = following is None or following.mono or len(following.text) <= 8
    return len(line.text) <= 8 and abs(line.size - page[index - 1].size) < 0.5 and inside


def _is_more_of_caption(before: Line, line: Line, measures: Measures) -> bool:
    """Tell whether a caption goes on: close below, of the same size, and not an ordinary line of text."""
    step = before.base - line.base
    close = 0 < step < 1.3 * measures.gap(line.size) and abs(before.size - line.size) < 0.5
    if not close or (has_ended(before.text) and before.right < measures.right(before) - 3 * before.size):
        return False
    return line.size < 0.95 * measures.body or not has_ended(before.text)


def _belongs(paragraph: Paragraph, line: Line, kind: Kind, level: int, measures: Measures) -> bool:
    """Tell whether a line goes on with the paragraph before it."""
    before = paragraph.lines[-1]
    turned = before.page != line.page
    step = before.base - line.base
    if paragraph.kind == "heading" or kind == "heading":
        same = (paragraph.kind, paragraph.level) == (kind, level) and abs(before.size - line.size) < 0.3
        return same and not turned and 0 < step < 1.75 * line.size
    if kind == "code" or paragraph.kind == "code":
        return kind == paragraph.kind and (turned or -2 < step < 6 * line.size)
    if paragraph.kind == "row":
        return not turned and _is_more_of_row(paragraph.lines[0], line, step, measures)
    if kind == "row" or paragraph.kind == "navigation":
        return False
    if abs(before.size - line.size) > 0.12 * measures.body:
        return False
    if kind == "list" and not _is_inside(paragraph, line, measures):
        return False
    if turned or step < -0.5 * line.size or line.left > before.right:
        return goes_on(paragraph, line, measures)
    return not _breaks(paragraph, line, step, measures)


def _is_more_of_row(row: Line, line: Line, step: float, measures: Measures) -> bool:
    """Tell whether a line stands below later cells of a row, with none below the first: they go on."""
    lefts = [left for left, _ in row.edges]
    below = all(any(abs(left - known) < 3 for known in lefts[1:]) for left, _ in line.edges)
    return below and 0 < step < 1.4 * measures.gap(line.size)


def _is_inside(paragraph: Paragraph, line: Line, measures: Measures) -> bool:
    """Tell whether a line that begins like a list item is a line inside a sentence: "- or 1. Then"."""
    before = paragraph.lines[-1]
    if has_ended(before.text) or not (_DASHES.match(line.text) or _ENUMERATED.match(line.text)):
        return False
    return _is_full(before, line, measures) and abs(line.left - before.left) < 2


def _is_full(before: Line, line: Line, measures: Measures) -> bool:
    """Tell whether the first word of a line would not have fitted at the end of the line before it."""
    word = len(line.text.split(" ", 1)[0])
    width = word * (line.right - line.left) / max(1, len(line.text))
    return before.right + 0.2 * line.size + width > measures.right(before) - 0.1 * line.size


def _breaks(paragraph: Paragraph, line: Line, step: float, measures: Measures) -> bool:
    """Tell whether a line further down in the same column starts a new paragraph."""
    before = paragraph.lines[-1]
    ratio = step / max(1.0, measures.gap(line.size))
    full = _is_full(before, line, measures)
    open_ = not has_ended(before.text)
    small = _starts_small(line.text)
    if _HYPHEN.search(before.text) and small and ratio < 3:
        return False
    if ratio > 2.8 or (ratio > 1.6 and not (open_ and small)):
        return True
    if open_ and (small or (ratio <= 1.25 and _WAITS.search(before.text))):
        return False
    if ratio > 1.25:
        return not (open_ and full and ratio < 1.45)
    if not full:
        return True
    indented = line.left > before.left + 0.8 * line.size and not (
        paragraph.kind == "list" and len(paragraph.lines) == 1
    )
    return indented and not open_


def goes_on(paragraph: Paragraph, line: Line, measures: Measures) -> bool:
    """Tell whether a paragraph goes on with the first line of a new column or page."""
    before = paragraph.lines[-1]
    if has_ended(before.text) or line.bold != before.bold:
        return False
    if _starts_small(line.text) or _HYPHEN.search(before.text):
        return True
    return _is_full(before, line, measures) and not BULLET.match(line.text) and len(before.text) > 30


def _starts_small(text: str) -> bool:
    first = text.lstrip("\"'“‘([")[:1]
    return first.islower() or first.isdigit()


def _joined(main: list[Paragraph]) -> list[Paragraph]:
    """Join paragraphs that a formula or a line apart interrupts in the middle of a sentence."""
    result: list[Paragraph] = []
    for paragraph in main:
        small = _starts_lower(paragraph.lines[0].text) and paragraph.kind == "body"
        before = result[-1] if result else None
        is_open = before and before.kind in {"body", "list"} and not has_ended(before.lines[-1].text)
        if before and is_open and (small or (before.is_cut and paragraph.kind == "body")):
            before.lines += paragraph.lines
            before.is_cut = paragraph.is_cut
            continue
        formula = before and before.kind == "body" and _is_formula(before)
        lead = result[-2] if len(result) > 1 else None
        if small and formula and before and lead and lead.kind in {"body", "list"}:
            lead.lines += [*before.lines, *paragraph.lines]
            result.pop()
            continue
        result.append(paragraph)
    return result


def _starts_lower(text: str) -> bool:
    return text.lstrip("\"'“‘([")[:1].islower()


def _is_formula(paragraph: Paragraph) -> bool:
    text = " ".join(line.text for line in paragraph.lines)
    words = re.findall(r"[^\W\d_]{4,}", text)
    return len(text) <= 200 and sum(map(len, words)) < 0.5 * len(text) and not BULLET.match(text)


def _placed(
    joined: Iterable[Paragraph], main: Sequence[Paragraph], aside: Sequence[tuple[int, Paragraph]]
) -> list[Paragraph]:
    """Put captions and notes behind the last paragraph that ends before them, on their page."""
    order = {id(paragraph.lines[0]): number for number, paragraph in enumerate(main)}
    waiting = list(aside)
    result: list[Paragraph] = []
    for paragraph in joined:
        position = order[id(paragraph.lines[0])]
        last = paragraph.lines[-1].page
        # A note must not stand behind a paragraph that goes on over the page: it would count to the next one.
        while waiting and (waiting[0][0] <= position or waiting[0][1].lines[0].page < last):
            result.append(waiting.pop(0)[1])
        result.append(paragraph)
    return result + [paragraph for _, paragraph in waiting]
