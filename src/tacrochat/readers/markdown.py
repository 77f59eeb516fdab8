"""Markdown (CommonMark and tables): front matter, and the blocks according to markdown-it."""

import re
from dataclasses import replace
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tacrochat.readers import front_matter, link_lists, markdown_parts
from tacrochat.text import heading_text, trim
from tacrochat.types import COLUMNS_LEVEL, Block, Extract, Role

_MAX_DEPTH = 3
_MOST_TITLE_LINES = 3
_ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,9}[.)])\s+")
_ROLES: dict[str, Role] = {
    "paragraph_open": "body",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "table_open": "table",
    "fence": "table",
    "code_block": "table",
    "html_block": "body",
    "blockquote_open": "body",
    "heading_open": "heading",
    "hr": "metadata",
}


@cache
def _parser() -> MarkdownIt:
    # Blocks do not depend on inline markup. Without it, deeply nested brackets
    # in a hostile file cost no time.
    return MarkdownIt("commonmark").enable("table").disable(["inline", "text_join"])


def read(text: str) -> Extract:
    """Find front matter and blocks; the text is not changed, its markup stays."""
    metadata, body_start = front_matter.parse(text)
    blocks = [Block(*trim(text, 0, body_start), role="metadata")] if body_start else []
    blocks += find_blocks(text, body_start)
    if "title" not in metadata:
        title = next((b for b in blocks if b.role == "heading" and b.level != COLUMNS_LEVEL), None)
        if title:
            metadata["title"] = _title(text[title.start : title.end])
    return Extract(text, tuple(blocks), metadata)


def find_blocks(text: str, start: int = 0) -> list[Block]:
    """List the blocks of a Markdown text from ``start`` on; lists of links are navigation."""
    return _mark_link_lists(text, _blocks(text, start))


def _title(raw: str) -> str:
    """Return the words of a heading; an underlined one may have several lines."""
    return " ".join(heading_text(raw).split())


def _blocks(text: str, start: int, depth: int = 0) -> list[Block]:
    offsets = [start]
    for line in text[start:].split("\n"):
        offsets.append(offsets[-1] + len(line) + 1)
    blocks: list[Block] = []
    done = 0  # lines already in a block
    in_note = False

    def fill(until: int) -> None:
        """Add lines for which markdown-it returns no token, such as link definitions, as navigation."""
        if done < until:
            first, last = trim(text, offsets[done], min(offsets[until], len(text)))
            if first < last:
                blocks.append(Block(first, last, "navigation", reason="link definitions"))

    for token in _top_level(_parser().parse(text[start:])):
        if token.map is None or token.type not in _ROLES:
            continue
        first_line, last_line = token.map
        fill(first_line)
        first, last = trim(text, offsets[first_line], min(offsets[last_line], len(text)))
        if first < last:
            blocks += _parts(text, token, first, last, in_note=in_note, depth=depth)
            in_note = _starts_note(text, token, first, last) or (in_note and token.type == "code_block")
        done = last_line
    fill(len(offsets) - 1)
    return blocks


def _parts(text: str, token: Token, first: int, last: int, *, in_note: bool, depth: int) -> list[Block]:
    """Return the blocks of one token of markdown-it."""
    role = _ROLES[token.type]
    if token.type == "heading_open":
        if text.count("\n", first, last) > _MOST_TITLE_LINES:  # a paragraph, with a rule close below it
            rule = text.rfind("\n", first, last)
            return [Block(*trim(text, first, rule), "body"), Block(*trim(text, rule, last), "metadata")]
        return [Block(first, last, role, int(token.tag[1]))]
    if token.type in {"paragraph_open", "html_block", "blockquote_open"}:
        return markdown_parts.split(text, first, last, role)
    if token.type == "code_block" and in_note:
        return markdown_parts.indented(text, first, last)
    if token.type == "table_open":
        return markdown_parts.table(text, first, last)
    if token.type != "fence":
        return [Block(first, last, role)]
    opening, closing = text.find("\n", first, last), text.rfind("\n", first, last)
    if depth < _MAX_DEPTH and markdown_parts.NOTE_FENCE.match(text, first) and first < opening < closing:
        inside = _blocks(text[:closing], opening + 1, depth + 1)
        ends = Block(first, trim(text, first, opening)[1], "metadata"), Block(closing + 1, last, "metadata")
        return [ends[0], *inside, ends[1]] if inside else [Block(first, last, "metadata")]
    return [markdown_parts.fence(text, first, last)]


def _starts_note(text: str, token: Token, first: int, last: int) -> bool:
    """Tell whether a paragraph is the first line of a note of MkDocs, so that indented text is no code."""
    return (
        token.type == "paragraph_open"
        and "\n" not in text[first:last]
        and bool(markdown_parts.ADMONITION.match(text, first, last))
    )


def _top_level(tokens: list[Token]) -> list[Token]:
    return [t for t in tokens if t.level == 0 and t.nesting >= 0]


def _mark_link_lists(text: str, blocks: list[Block]) -> list[Block]:
    result = []
    intro = ""
    for block in blocks:
        raw = text[block.start : block.end]
        if block.role == "list":
            items = [_ITEM.sub("", line) for line in raw.split("\n") if _ITEM.match(line)]
            if link_lists.is_link_list(items, intro):
                result.append(replace(block, role="navigation", reason="list of links"))
                if result and result[-1].role == "body" and markdown_parts.introduces_contents(intro):
                    result[-1] = replace(result[-1], role="navigation", reason="list of links")
                intro = raw
                continue
        result.append(block)
        intro = _title(raw) if block.role == "heading" else raw
    return result
