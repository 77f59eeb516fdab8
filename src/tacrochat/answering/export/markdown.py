"""A sheet as Markdown with footnotes, in which document text cannot act as markup."""

import re

from tacrochat.answering.escaping import escape_markdown
from tacrochat.answering.export.sheet import Section, Sheet, Words, footnote, why_not_shown
from tacrochat.answering.render import markdown_blockquote


def to_markdown(sheet: Sheet) -> str:
    """Write a sheet. Control characters are shown as escapes."""
    blocks = [f"# {_line(sheet.title)}", _line(sheet.words.framing)]
    number = 0
    for section in sheet.sections:
        blocks += _section(section, number, sheet.words)
        number += sum(kept.quote is not None for kept in section.kept)
    for number, quote in enumerate(sheet.quotes, 1):
        text, url = footnote(quote, sheet.words)
        blocks.append(f"[^{number}]: {_line(text)}" + (f" {_link(url)}" if url else ""))
    return "\n\n".join(blocks) + "\n"


def _section(section: Section, number: int, words: Words) -> list[str]:
    blocks = [f"{'#' * section.level} {_line(section.heading)}"] if section.heading else []
    blocks += [_line(line) for line in section.lines]
    for kept in section.kept:
        if kept.quote is None:
            blocks.append(f"*{_line(why_not_shown(kept, words))}*")
        else:
            number += 1
            # On a line of its own: directly after the text the mark could join what is bold.
            blocks.append(f"{markdown_blockquote(kept.quote, is_weak=section.is_weak)}\n>\n> [^{number}]")
        if kept.note.strip():
            lines = "  \n".join(_line(line) for line in kept.note.strip().splitlines() if line.strip())
            blocks.append(f"*{_line(words.note)}:* {lines}")
    return blocks


def _link(url: str) -> str:
    """Return an address as a link, or as text if it has a character that would end the link."""
    return _line(url) if re.search(r"[\s<>\\`]", url) else f"<{url}>"


def _line(text: str) -> str:
    return escape_markdown(" ".join(text.split()))
