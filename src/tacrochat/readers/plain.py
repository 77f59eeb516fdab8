"""Plain text: headings, lists, tables, menus and teasers are recognised by form, without markup."""

import re
from dataclasses import dataclass, replace
from itertools import groupby

from tacrochat.readers import link_lists
from tacrochat.readers.paged_text import PagedText, without_page_breaks
from tacrochat.readers.text_lines import is_wrapped, split_lines
from tacrochat.readers.wrapped import Wrapped
from tacrochat.text import heading_text, trim
from tacrochat.types import Block, Extract, Role

_ITEM = re.compile(r"^\s*(?:[-*•‣◦·–]\s+|\(?\d{1,3}[.)]\s+|\(?[a-z][.)]\s+)(?=\S)")
_TABLE_ROW = re.compile(r"\S(?:\t|\s*\|\s*)\S.*(?:\t|\|)")
_HEADING_LENGTH = 120
_HEADING_WORDS = 16


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str
    form: str  # blank, item, row, heading or text


def read(text: str) -> Extract:
    """Find the structure of a text that has no markup.

    The text is not changed, except that page breaks with running heads are taken
    out (``paged_text``). A text whose lines are broken is read by ``wrapped``; here a line is a
    paragraph. Only form counts. A short line without a full stop, above longer text, is a
    heading. Several such lines in a row are a heading and its subheading; three
    or more at the very top are a breadcrumb or a menu.
    """
    if paged := without_page_breaks(text):
        return _read_paged(paged)
    if is_wrapped(split_lines(text)):
        blocks = _mark_link_lists(text, Wrapped(text).blocks())
    else:
        blocks = _mark_navigation(text, _set_levels(_blocks(text, _lines(text))))
    title = _title(text, blocks)
    return Extract(text, tuple(blocks), {"title": title} if title else {})


def _read_paged(paged: PagedText) -> Extract:
    body = paged.text[: paged.end]
    blocks = _mark_link_lists(body, Wrapped(body).blocks())
    title = _title(body, blocks)
    metadata = {"title": title} if title else {}
    return Extract(paged.text, (*blocks, *paged.heads), metadata, pages=paged.pages)


def _title(text: str, blocks: list[Block]) -> str:
    """Return the first heading, unless it is the first of several numbered chapters."""
    headings = [b for b in blocks if b.role == "heading"]
    if not headings:
        return ""
    title = heading_text(text[headings[0].start : headings[0].end])
    is_chapter = title[0].isdigit() and any(b.level <= headings[0].level for b in headings[1:])
    return "" if is_chapter else title


def _lines(text: str) -> list[_Line]:
    lines = []
    position = 0
    for raw in text.split("\n"):
        start, end = trim(text, position, position + len(raw))
        line = text[start:end]
        lines.append(_Line(start, end, line, _form(line)))
        position += len(raw) + 1
    return lines


def _form(line: str) -> str:
    if not line:
        return "blank"
    if _ITEM.match(line):
        return "item"
    if _TABLE_ROW.search(line):
        return "row"
    return "heading" if _like_heading(line) else "text"


def _like_heading(line: str) -> bool:
    if not 2 <= len(line) <= _HEADING_LENGTH or len(line.split()) > _HEADING_WORDS:
        return False
    if line.endswith((".", "!", ",", ";", ":", "…", '."', ".”", ".)")):
        return False
    first = next((c for c in line if c.isalnum()), "")
    return bool(first) and (first.isupper() or first.isdigit()) and any(c.isalpha() for c in line)


def _blocks(text: str, lines: list[_Line]) -> list[Block]:
    """Group lines into blocks; headings get level 1 until ``_set_levels``."""
    last = max((i for i, line in enumerate(lines) if line.form != "blank"), default=-1)

    def kind(index: int) -> tuple[str, int]:
        form = lines[index].form
        if form == "heading":
            return ("heading" if index < last else "text"), index
        return form, index if form == "text" else -1

    roles: dict[str, Role] = {"text": "body", "item": "list", "row": "table", "heading": "heading"}
    blocks: list[Block] = []
    for (form, _), group in groupby(range(len(lines)), key=kind):
        members = list(group)
        if form == "blank":
            continue
        start, end = lines[members[0]].start, lines[members[-1]].end
        if form == "text":
            caption = link_lists.glued_caption(text, start, end)
            if caption:
                blocks.append(Block(caption[0], caption[1], "navigation", reason="caption"))
                start = trim(text, caption[1], end)[0]
        blocks.append(Block(start, end, roles[form], int(form == "heading")))
    return blocks


def _set_levels(blocks: list[Block]) -> list[Block]:
    """Set the levels of headings: in a run of headings the last has level 2, the others level 1.

    A run of three or more at the top of the document is a breadcrumb: only its
    last two lines are headings.
    """
    result: list[Block] = []
    for is_heading, group in groupby(blocks, key=lambda b: b.role == "heading"):
        run = list(group)
        if not is_heading:
            result.extend(run)
            continue
        if len(run) >= 3 and not result:
            result.extend(replace(b, role="navigation", level=0, reason="breadcrumb") for b in run[:-2])
            run = run[-2:]
        result.extend(replace(b, level=1) for b in run[:-1])
        result.append(replace(run[-1], level=2))
    return result


def _mark_navigation(text: str, blocks: list[Block]) -> list[Block]:
    return _mark_teasers(text, _mark_link_lists(text, blocks))


def _mark_link_lists(text: str, blocks: list[Block]) -> list[Block]:
    result = list(blocks)
    for index, block in enumerate(blocks):
        if block.role != "list":
            continue
        before = blocks[index - 1] if index else None
        intro = text[before.start : before.end] if before else ""
        items = [_ITEM.sub("", line) for line in text[block.start : block.end].split("\n")]
        if link_lists.is_link_list([i for i in items if i.strip()], intro):
            result[index] = replace(block, role="navigation", reason="list of links")
            short = before is not None and len(intro) <= 60 and before.role in {"body", "heading"}
            if before is not None and short and intro.rstrip().endswith(":"):
                result[index - 1] = replace(before, role="navigation", level=0, reason="list of links")
    return result


def _mark_teasers(text: str, blocks: list[Block]) -> list[Block]:
    """Set aside a run of titles with short texts at the end, if one of them is a call to action."""
    run: list[int] = []
    index = len(blocks) - 1
    while index >= 1:
        blurb, title = blocks[index], blocks[index - 1]
        if blurb.role == "navigation":
            index -= 1
            continue
        pair = blurb.role == "body" and title.role == "heading"
        if not pair or not link_lists.is_teaser(text[blurb.start : blurb.end]):
            break
        run += [index, index - 1]
        index -= 2
    texts = (text[blocks[i].start : blocks[i].end] for i in run)
    if len(run) < 4 or not any(map(link_lists.calls_to_action, texts)):
        return blocks
    return [
        replace(b, role="navigation", level=0, reason="teaser") if i in run else b
        for i, b in enumerate(blocks)
    ]
