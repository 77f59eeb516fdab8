"""HTML used by several tabs: escaped text, the badge of a kind of source, the button to open a source."""

import html
from collections.abc import Iterable

from tacrochat.answering.escaping import CONTROLS, visible
from tacrochat.types import Document, Quote, Span
from tacrochat.ui.wording import Language, say


def plain(text: str) -> str:
    """Return a text as HTML in which nothing of it acts as markup.

    A control character or one that changes the direction of text is kept, so
    that a copy of the text is complete. It is alone in a ``bdi`` element, where
    it cannot reorder other text; the style sheet shows its number.
    """
    return CONTROLS.sub(
        lambda m: f'<bdi class="tc-unseen" data-code="U+{ord(m.group()):04X}">{m.group()}</bdi>',
        html.escape(text),
    ).replace("\n", "&#10;")


def badge(kind: str, language: Language) -> str:
    """Return the badge of a kind of source."""
    slug = kind.split(maxsplit=1)[0]
    return f'<span class="tc-kind tc-kind-{slug}">{html.escape(say(language, f"kind_{kind}"))}</span>'


def guessed(described: Document | Quote, language: Language) -> str:
    """Return the remark that a kind was guessed, with the reason as its tooltip; "" if it was not."""
    if described.kind_reason is None or described.kind == "unknown":
        return ""
    reason = html.escape(visible(described.kind_reason))
    return f'<span class="tc-guessed" title="{reason}">{html.escape(say(language, "guessed_kind"))}</span>'


def opener(document: str, label: str, span: Span | None = None, marks: Iterable[Span] = ()) -> str:
    """Return the button that opens a document in the viewer, at ``span`` if given."""
    attributes = f' data-document="{html.escape(document)}"'
    if span:
        attributes += f' data-start="{span[0]}" data-end="{span[1]}"'
    if spans := ",".join(f"{a}-{b}" for a, b in marks):
        attributes += f' data-marks="{spans}"'
    return (
        f'<button type="button" class="tc-source"{attributes}><span dir="auto">{plain(label)}</span></button>'
    )


def collector(language: Language) -> str:
    """Return the button that puts a quote among the collected ones; script/basket.js follows it."""
    hint, text = html.escape(say(language, "collect_hint")), html.escape(say(language, "collect"))
    return f'<button type="button" class="tc-collect" aria-pressed="false" title="{hint}">{text}</button>'
