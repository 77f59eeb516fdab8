"""An answer as text, Markdown and HTML.

Document text may be hostile: each form escapes it and none changes it. Line
breaks, bidirectional overrides and markup in a quote are shown and have no
effect.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Protocol

from tacrochat.answering.escaping import escape_markdown, visible
from tacrochat.types import Quote, Span, Status

STYLE = """
.tacrochat{font:16px/1.55 system-ui,sans-serif;max-width:46rem}
.tacrochat blockquote{margin:.4rem 0 .2rem;padding:.2rem 0 .2rem .9rem;border-left:3px solid #4a6fa5;
white-space:pre-wrap;unicode-bidi:isolate;overflow-wrap:anywhere}
.tacrochat mark{background:#fff1b8;color:inherit;padding:.05em 0}
.tacrochat .uncertain blockquote{border-left-style:dashed;border-left-color:#8795a3;font-size:.95em}
.tacrochat .uncertain mark{background:none;text-decoration:underline dotted}
.tacrochat section{border-top:1px solid #8886;margin-top:.8rem}
.tacrochat section.row{display:grid;grid-template-columns:minmax(7rem,1fr) 4fr;gap:0 1rem}
.tacrochat h4{margin:.6rem 0}
@media (max-width:40rem){.tacrochat section.row{display:block}}
.tacrochat cite{font-style:normal;font-size:.9em;opacity:.8}
@media (prefers-color-scheme:dark){.tacrochat :not(.uncertain)>blockquote mark{background:#5c4a00}}
"""

_NEAREST_TEXT = "Nearest passages (not an answer):"
_NEAREST = "Nearest passages, not an answer:"

Run = tuple[str, int]
"""A stretch of a quote's text: 0 plain, 1 in a highlight, 2 the words in it that answer."""


class Shown(Protocol):
    """What is shown of an answer; see ``answering.answer.Answer``."""

    @property
    def message(self) -> str:
        """What frames the quotes."""

    @property
    def status(self) -> Status:
        """Whether the quotes answer."""

    @property
    def quotes(self) -> Sequence[Quote]:
        """The quotes."""

    @property
    def nearest(self) -> Sequence[Quote]:
        """Passages that are no answer."""

    @property
    def choices(self) -> Sequence[str]:
        """Questions to choose from."""


def to_text(answer: Shown) -> str:
    """Return an answer for a terminal, control characters made visible."""
    parts = [
        *filter(None, [visible(answer.message)]),
        *_numbered(map(visible, answer.choices)),
        *map(_text_quote, answer.quotes),
    ]
    if answer.nearest:
        parts += [_NEAREST_TEXT, *map(_text_quote, answer.nearest)]
    return "\n\n".join(parts)


def to_markdown(answer: Shown) -> str:
    """Return an answer as Markdown in which document text cannot act as markup.

    Highlights are bold, and the words in them that answer are italic as well. If
    the quotes may not answer, nothing of them is bold.
    """
    nearest, is_weak = answer.nearest, answer.status == "uncertain"
    parts = [
        *filter(None, [escape_markdown(answer.message)]),
        *_numbered(map(escape_markdown, answer.choices)),
    ]
    parts += [_markdown_quote(quote, is_weak=is_weak) for quote in answer.quotes]
    if nearest:
        parts += [_NEAREST, *map(_markdown_quote, nearest)]
    return "\n\n".join(parts) + "\n"


def to_html(answer: Shown) -> str:
    """Return an answer as an HTML fragment with its own style.

    The words of a highlight that answer are in ``strong``. Quotes that may not
    answer get a weaker style.
    """
    nearest, is_weak = answer.nearest, answer.status == "uncertain"
    kind = ' class="uncertain"' if is_weak else ""
    listed = "".join(f"<li>{html.escape(choice)}</li>" for choice in answer.choices)
    framed = f"<p{kind}>{html.escape(answer.message)}</p>" if answer.message else ""
    parts = [framed, f"<ol>{listed}</ol>" if listed else ""]
    parts += [_html_quote(quote, is_weak=is_weak) for quote in answer.quotes]
    if nearest:
        parts += [f"<p>{_NEAREST}</p>", *map(_html_quote, nearest)]
    return f'<div class="tacrochat"><style>{STYLE}</style>{"".join(parts)}</div>'


def _numbered(choices: Iterable[str]) -> list[str]:
    """Return choices as one list of lines with numbers, nothing if there are none."""
    lines = [f"{number}. {choice}" for number, choice in enumerate(choices, 1)]
    return ["\n".join(lines)] if lines else []


def parts_to_text(answer: Shown, parts: Sequence[tuple[str, str]]) -> str:
    """Return an answer, then each part's question as a line above its text."""
    shown = [f"{visible(question)}\n{'-' * min(len(question), 80)}\n{text}" for question, text in parts]
    return "\n\n".join([to_text(answer), *shown])


def parts_to_markdown(answer: Shown, parts: Sequence[tuple[str, str]]) -> str:
    """Return an answer as Markdown, then each part under its question."""
    shown = [f"### {escape_markdown(' '.join(question.split()))}\n\n{text}" for question, text in parts]
    return "\n".join([to_markdown(answer), *shown])


def parts_to_html(answer: Shown, parts: Sequence[tuple[str, str]], *, in_rows: bool) -> str:
    """Return an answer as HTML, then a section a part, the question left of it in a row."""
    name = ' class="row"' if in_rows else ""
    shown = [f'<section{name}><h4 dir="auto">{html.escape(q)}</h4>{text}</section>' for q, text in parts]
    return f'<div class="tacrochat">{to_html(answer)}{"".join(shown)}</div>'


def highlight_runs(quote: Quote) -> Iterator[tuple[str, bool]]:
    """Yield the stretches of a quote's text in order, each with whether it is highlighted."""
    position = quote.start
    for start, end in quote.highlights:
        yield quote.text[position - quote.start : start - quote.start], False
        yield quote.text[start - quote.start : end - quote.start], True
        position = end
    yield quote.text[position - quote.start :], False


def marked_runs(quote: Quote) -> list[Run]:
    """Return the text of a quote in order, as few stretches as possible, none empty.

    Only the part of ``answers`` that is inside a highlight is marked.
    """
    runs: list[Run] = []
    position = quote.start
    for text, is_highlight in highlight_runs(quote):
        answers = [(a - position, b - position) for a, b in quote.answers]
        runs += _answer_runs(text, answers) if is_highlight else [(text, 0)]
        position += len(text)
    return [
        ("".join(text for text, _ in group), level)
        for level, group in groupby((run for run in runs if run[0]), key=itemgetter(1))
    ]


def _answer_runs(text: str, answers: Sequence[Span]) -> Iterator[Run]:
    """Split the text of a highlight; ``answers`` are spans into it, in order, and may lie outside."""
    position = 0
    for start, end in answers:
        first, last = max(start, position), min(end, len(text))
        if first < last:
            yield text[position:first], 1
            yield text[first:last], 2
            position = last
    yield text[position:], 1


def _label(quote: Quote) -> str:
    """Return the label of a quote with the kind of its source, on one line whatever the title holds."""
    return " ".join(quote.label.split()) + (f" [{quote.kind}]" if quote.kind != "unknown" else "")


def _text_quote(quote: Quote) -> str:
    return f"“{visible(quote.text)}”\n  — {visible(_label(quote))}"


def _markdown_quote(quote: Quote, *, is_weak: bool = False) -> str:
    return f"{markdown_blockquote(quote, is_weak=is_weak)}\n>\n> — {escape_markdown(_label(quote))}"


def markdown_blockquote(quote: Quote, *, is_weak: bool = False) -> str:
    """Return the text of a quote as a block quote, marked as in ``to_markdown``."""
    text = ""
    runs = [(quote.text, 0)] if is_weak else marked_runs(quote)
    for is_bold, group in groupby(runs, key=lambda run: run[1] > 0):
        escaped = "".join(_italic(run) if level == 2 else escape_markdown(run) for run, level in group)
        lines = [f"**{line}**" if is_bold and line else line for line in escaped.split("\n")]
        text += "\n".join(lines)
    return "\n".join(f"> {line}" for line in text.split("\n"))


def _italic(text: str) -> str:
    """Return text in Markdown italics, which begin and end at a letter or digit of one line.

    Elsewhere, Markdown may take the mark for an asterisk.
    """
    match = re.search(r"[^\W_](?:.*[^\W_])?", text)
    if not match:
        return escape_markdown(text)
    before, after = text[: match.start()], text[match.end() :]
    return f"{escape_markdown(before)}*{escape_markdown(match.group())}*{escape_markdown(after)}"


def _html_quote(quote: Quote, *, is_weak: bool = False) -> str:
    text = ""
    for is_highlight, group in groupby(marked_runs(quote), key=lambda run: run[1] > 0):
        marked = "".join(
            f"<strong>{html.escape(run)}</strong>" if level == 2 else html.escape(run) for run, level in group
        )
        text += f"<mark>{marked}</mark>" if is_highlight else marked
    kind = ' class="uncertain"' if is_weak else ""
    return (
        f'<figure{kind}><blockquote dir="auto">{text}</blockquote>'
        f'<figcaption><cite dir="auto">{html.escape(_label(quote))}</cite></figcaption></figure>'
    )
