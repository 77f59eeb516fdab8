"""An answer as text, Markdown and HTML.

Document text may be hostile: each form escapes it and none changes it. Line
breaks, bidirectional overrides and markup in a quote are shown and have no
effect.
"""

import html
from collections.abc import Iterator, Sequence

from tacrochat.answering.escaping import escape_markdown, visible
from tacrochat.types import Quote

STYLE = """
.tacrochat{font:16px/1.55 system-ui,sans-serif;max-width:46rem}
.tacrochat blockquote{margin:.4rem 0 .2rem;padding:.2rem 0 .2rem .9rem;border-left:3px solid #4a6fa5;
white-space:pre-wrap;unicode-bidi:isolate;overflow-wrap:anywhere}
.tacrochat mark{background:#fff1b8;color:inherit;padding:.05em 0}
.tacrochat section{border-top:1px solid #8886;margin-top:.8rem}
.tacrochat section.row{display:grid;grid-template-columns:minmax(7rem,1fr) 4fr;gap:0 1rem}
.tacrochat h4{margin:.6rem 0}
@media (max-width:40rem){.tacrochat section.row{display:block}}
.tacrochat cite{font-style:normal;font-size:.9em;opacity:.8}
@media (prefers-color-scheme:dark){.tacrochat mark{background:#5c4a00}}
"""

_NEAREST_TEXT = "Nearest passages (not an answer):"
_NEAREST = "Nearest passages, not an answer:"


def to_text(message: str, quotes: Sequence[Quote], nearest: Sequence[Quote]) -> str:
    """Return message and quotes for a terminal, control characters made visible."""
    parts = [*filter(None, [visible(message)]), *map(_text_quote, quotes)]
    if nearest:
        parts += [_NEAREST_TEXT, *map(_text_quote, nearest)]
    return "\n\n".join(parts)


def to_markdown(message: str, quotes: Sequence[Quote], nearest: Sequence[Quote]) -> str:
    """Return message and quotes as Markdown in which document text cannot act as markup."""
    parts = [*filter(None, [escape_markdown(message)]), *map(_markdown_quote, quotes)]
    if nearest:
        parts += [_NEAREST, *map(_markdown_quote, nearest)]
    return "\n\n".join(parts) + "\n"


def to_html(message: str, quotes: Sequence[Quote], nearest: Sequence[Quote]) -> str:
    """Return message and quotes as an HTML fragment with its own style."""
    parts = [f"<p>{html.escape(message)}</p>" if message else "", *map(_html_quote, quotes)]
    if nearest:
        parts += [f"<p>{_NEAREST}</p>", *map(_html_quote, nearest)]
    return f'<div class="tacrochat"><style>{STYLE}</style>{"".join(parts)}</div>'


def parts_to_text(message: str, direct: Sequence[Quote], parts: Sequence[tuple[str, str]]) -> str:
    """Return a message and ``direct`` quotes, then each part's question as a line above its text."""
    shown = [f"{visible(question)}\n{'-' * min(len(question), 80)}\n{text}" for question, text in parts]
    return "\n\n".join([to_text(message, direct, ()), *shown])


def parts_to_markdown(message: str, direct: Sequence[Quote], parts: Sequence[tuple[str, str]]) -> str:
    """Return a message and ``direct`` quotes as Markdown, then each part under its question."""
    shown = [f"### {escape_markdown(' '.join(question.split()))}\n\n{text}" for question, text in parts]
    return "\n".join([to_markdown(message, direct, ()), *shown])


def parts_to_html(
    message: str, direct: Sequence[Quote], parts: Sequence[tuple[str, str]], *, in_rows: bool
) -> str:
    """Return a message and ``direct`` quotes as HTML, then a section a part, the question left in a row."""
    name = ' class="row"' if in_rows else ""
    shown = [f'<section{name}><h4 dir="auto">{html.escape(q)}</h4>{text}</section>' for q, text in parts]
    return f'<div class="tacrochat">{to_html(message, direct, ())}{"".join(shown)}</div>'


def highlight_runs(quote: Quote) -> Iterator[tuple[str, bool]]:
    """Yield the stretches of a quote's text in order, each with whether it is highlighted."""
    position = quote.start
    for start, end in quote.highlights:
        yield quote.text[position - quote.start : start - quote.start], False
        yield quote.text[start - quote.start : end - quote.start], True
        position = end
    yield quote.text[position - quote.start :], False


def _label(quote: Quote) -> str:
    """Return the label of a quote with the kind of its source, on one line whatever the title holds."""
    return " ".join(quote.label.split()) + (f" [{quote.kind}]" if quote.kind != "unknown" else "")


def _text_quote(quote: Quote) -> str:
    return f"“{visible(quote.text)}”\n  — {visible(_label(quote))}"


def _markdown_quote(quote: Quote) -> str:
    text = ""
    for run, is_highlight in highlight_runs(quote):
        escaped = escape_markdown(run)
        text += "**" + escaped.replace("\n", "**\n**") + "**" if is_highlight else escaped
    lines = "\n".join(f"> {line}" for line in text.replace("****", "").split("\n"))
    return f"{lines}\n>\n> — {escape_markdown(_label(quote))}"


def _html_quote(quote: Quote) -> str:
    text = "".join(
        f"<mark>{html.escape(run)}</mark>" if is_highlight else html.escape(run)
        for run, is_highlight in highlight_runs(quote)
    )
    return (
        f'<figure><blockquote dir="auto">{text}</blockquote>'
        f'<figcaption><cite dir="auto">{html.escape(_label(quote))}</cite></figcaption></figure>'
    )
