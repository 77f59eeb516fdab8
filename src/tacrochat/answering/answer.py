"""The answer, and how it is shown as text, Markdown and HTML.

Document text is hostile: each form escapes it and none alters it. Line breaks,
bidirectional overrides and markup in a quote are shown, never obeyed.
"""

import html
import re
from dataclasses import dataclass
from typing import Any

from tacrochat.types import Quote, Status

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&$:=^])")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")

STYLE = """
.tacrochat{font:16px/1.55 system-ui,sans-serif;max-width:46rem}
.tacrochat blockquote{margin:.4rem 0 .2rem;padding:.2rem 0 .2rem .9rem;border-left:3px solid #4a6fa5;
white-space:pre-wrap;unicode-bidi:isolate;overflow-wrap:anywhere}
.tacrochat mark{background:#fff1b8;color:inherit;padding:.05em 0}
.tacrochat cite{font-style:normal;font-size:.9em;opacity:.8}
@media (prefers-color-scheme:dark){.tacrochat mark{background:#5c4a00}}
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the reader gets: quotes and framing, never words about medicine of our own.

    ``confidence`` is the calibrated probability, 0 to 1, that the quotes answer
    the question. ``nearest`` is filled only where nothing was found.
    """

    question: str
    resolved_question: str
    status: Status
    confidence: float
    message: str
    quotes: tuple[Quote, ...] = ()
    missing_terms: tuple[str, ...] = ()
    nearest: tuple[Quote, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as the JSON object of the contract."""
        return {
            "question": self.question,
            "resolved_question": self.resolved_question,
            "status": self.status,
            "confidence": round(self.confidence, 4),
            "message": self.message,
            "quotes": [quote.to_dict() for quote in self.quotes],
            "missing_terms": list(self.missing_terms),
            "nearest": [quote.to_dict() for quote in self.nearest],
        }

    def to_text(self) -> str:
        """Return the answer for a terminal, control characters made visible."""
        parts = [visible(self.message)]
        if self.resolved_question != self.question:
            parts.insert(0, f"Understood as: {visible(self.resolved_question)}")
        parts += [f"“{visible(q.text)}”\n  — {visible(q.label)}{_kind(q)}" for q in self.quotes]
        if self.nearest:
            parts.append("Nearest passages (not an answer):")
            parts += [f"“{visible(q.text)}”\n  — {visible(q.label)}{_kind(q)}" for q in self.nearest]
        return "\n\n".join(parts)

    def to_markdown(self) -> str:
        """Return the answer as Markdown in which document text cannot act as markup."""
        parts = [escape_markdown(self.message)]
        parts += [_markdown_quote(quote) for quote in self.quotes]
        if self.nearest:
            parts.append("Nearest passages, not an answer:")
            parts += [_markdown_quote(quote) for quote in self.nearest]
        return "\n\n".join(parts) + "\n"

    def to_html(self) -> str:
        """Return the answer as an HTML fragment with its own style."""
        parts = [f"<p>{html.escape(self.message)}</p>"]
        parts += [_html_quote(quote) for quote in self.quotes]
        if self.nearest:
            parts.append("<p>Nearest passages, not an answer:</p>")
            parts += [_html_quote(quote) for quote in self.nearest]
        return f'<div class="tacrochat"><style>{STYLE}</style>{"".join(parts)}</div>'

    def _repr_html_(self) -> str:
        return self.to_html()

    def _repr_markdown_(self) -> str:
        return self.to_markdown()


def visible(text: str) -> str:
    """Show control and direction characters as escapes, so that a terminal obeys none."""
    return _UNSEEN.sub(lambda match: ascii(match.group())[1:-1], text)


def escape_markdown(text: str) -> str:
    """Escape every character that Markdown or HTML in it could act on."""
    escaped = _MARKDOWN.sub(r"\\\1", text).replace("\\<", "&lt;").replace("\\&", "&amp;")
    return visible(escaped)


def marked(quote: Quote) -> str:
    """Return a quote's text as HTML, the highlights in ``<mark>``."""
    parts = []
    position = quote.start
    for start, end in quote.highlights:
        parts.append(html.escape(quote.text[position - quote.start : start - quote.start]))
        inside = html.escape(quote.text[start - quote.start : end - quote.start])
        parts.append(f"<mark>{inside}</mark>")
        position = end
    parts.append(html.escape(quote.text[position - quote.start :]))
    return "".join(parts)


def _kind(quote: Quote) -> str:
    return f" [{quote.kind}]" if quote.kind != "unknown" else ""


def _markdown_quote(quote: Quote) -> str:
    text = ""
    position = quote.start
    for start, end in quote.highlights:
        text += escape_markdown(quote.text[position - quote.start : start - quote.start])
        inside = escape_markdown(quote.text[start - quote.start : end - quote.start])
        text += "**" + inside.replace("\n", "**\n**") + "**"
        position = end
    text += escape_markdown(quote.text[position - quote.start :])
    lines = "\n".join(f"> {line}" for line in text.replace("****", "").split("\n"))
    return f"{lines}\n>\n> — {escape_markdown(quote.label + _kind(quote))}"


def _html_quote(quote: Quote) -> str:
    label = html.escape(quote.label + _kind(quote))
    return (
        f'<figure><blockquote dir="auto">{marked(quote)}</blockquote>'
        f'<figcaption><cite dir="auto">{label}</cite></figcaption></figure>'
    )
