"""One quote as a card: what answers, large; its source; the rest of the passage, folded.

The text of the passage is in the card once, whole and in its order. A style hides
what is folded, so that unfolding and copying need no other text.
"""

import html
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tacrochat.answering.answer import Answer
from tacrochat.answering.render import marked_runs
from tacrochat.types import Quote, Span
from tacrochat.ui.chat.lead import lead
from tacrochat.ui.chat.shown import Shown
from tacrochat.ui.chat.why import why
from tacrochat.ui.formatting import date, language_tag
from tacrochat.ui.html_parts import badge, collector, guessed, opener, plain

_MAX_OPEN = 280  # code points of the first passage that is shown whole


def quote_card(
    quote: Quote,
    answer: Answer,
    shown: Shown,
    *,
    is_answer: bool = True,
    is_first: bool = False,
    others: Sequence[Quote] = (),
) -> str:
    """Return the card of a quote; ``others`` say the same, and are folded in it."""
    strength = _strength(quote, answer) if is_answer else 0
    digest = html.escape(shown.context.digests.get(quote.document, ""))
    day = f'<span class="tc-date">{plain(date(shown.language, quote.date))}</span>' if quote.date else ""
    text, unfold = _passage(quote, shown, is_open=is_first and len(quote.text) <= _MAX_OPEN)
    return (
        f'<figure class="tc-quote" data-strength="{strength}" data-document="{html.escape(quote.document)}"'
        f' data-start="{quote.start}" data-end="{quote.end}" data-digest="{digest}">'
        f"{text}"
        f'<figcaption class="tc-meta">{badge(quote.kind, shown.language)}'
        f"{guessed(quote, shown.language)}{day}{_source(quote, shown)}</figcaption>"
        f'<div class="tc-foot">{unfold}{why(quote, answer, shown)}'
        f'<span class="tc-actions">{_buttons(shown)}</span></div>'
        f"{_also(quote, others, answer, shown)}</figure>"
    )


def _source(quote: Quote, shown: Shown) -> str:
    """Return the button that opens the source, or the link to it on the page of its library."""
    library = shown.context.elsewhere
    if library is None:
        return opener(quote.document, quote.label, (quote.start, quote.end), quote.highlights)
    address, label = html.escape(library.address(quote)), plain(f"{library.title} · {quote.label}")
    return (
        f'<a class="tc-source" href="{address}" data-document="{html.escape(quote.document)}">'
        f'<span dir="auto">{label}</span></a>'
    )


def _strength(quote: Quote, answer: Answer) -> int:
    """Grade a quote 1 to 3: by the confidence of the answer, and by its score relative to the best one."""
    best = max((q.score for q in answer.quotes), default=0.0)
    share = quote.score / best if best > 0 else 1.0
    return 1 + (answer.confidence * share >= 0.4) + (answer.confidence * share >= 0.65)


def _passage(quote: Quote, shown: Shown, *, is_open: bool) -> tuple[str, str]:
    """Return the text of a quote in its order, and the button that shows all of it, "" if all is shown."""
    parts, tag = list(_parts(quote)), language_tag(quote.language)
    text = "".join(
        f'<span class="{"tc-lead" if is_lead else "tc-rest"}">{marked(quote, span)}</span>'
        for span, is_lead in parts
    )
    if not any(quote.text[slice(*span)].strip() for span, is_lead in parts if not is_lead):
        return f'<blockquote dir="auto" lang="{tag}">{text}</blockquote>', ""
    state, (more, less) = str(is_open).lower(), (shown.text("card_rest"), shown.text("card_less"))
    return (
        f'<blockquote dir="auto" lang="{tag}" data-open="{state}">{text}</blockquote>',
        f'<button type="button" class="tc-unfold" aria-expanded="{state}"'
        f' data-more="{more}" data-less="{less}">{less if is_open else more}</button>',
    )


def _parts(quote: Quote) -> Iterator[tuple[Span, bool]]:
    """Yield the text of a quote as spans into it, each with whether it is shown at first."""
    borders = [0, *(offset for span in lead(quote) for offset in span), len(quote.text)]
    for number, (start, end) in enumerate(pairwise(borders)):
        if start < end:
            yield (start, end), number % 2 == 1


def marked(quote: Quote, span: Span) -> str:
    """Return a part of the text, highlights in ``mark``, the words in them that answer in ``strong``."""
    marked, position, is_open = "", 0, False
    for run, level in marked_runs(quote):
        part = run[max(0, span[0] - position) : max(0, span[1] - position)]
        position += len(run)
        if not part:
            continue
        if is_open != (level > 0):
            marked += "<mark>" if level else "</mark>"
            is_open = level > 0
        marked += f"<strong>{plain(part)}</strong>" if level == 2 else plain(part)
    return marked + ("</mark>" if is_open else "")


def _buttons(shown: Shown) -> str:
    """Return the buttons of a quote; ``copy.js``, ``link.js`` and ``basket.js`` handle their clicks.

    Quotes are collected on the page of their library only.
    """
    done, linked = shown.text("copied"), shown.text("link_copied")
    collect = collector(shown.language) if shown.context.elsewhere is None else ""
    return (
        f'<button type="button" class="tc-copy" title="{shown.text("copy_hint")}"'
        f' data-done="{done}">{shown.text("copy")}</button>'
        f'<button type="button" class="tc-link" title="{shown.text("link_hint")}" data-done="{linked}">'
        f"{shown.text('link')}</button>{collect}"
    )


def _also(quote: Quote, others: Sequence[Quote], answer: Answer, shown: Shown) -> str:
    """Return the other sources that say the same: those with nearly the same words, then exact copies."""
    count = len(others) + len(quote.also)
    if not count:
        return ""
    text = shown.text("card_also_one") if count == 1 else shown.text("card_also", count=count)
    cards = "".join(quote_card(other, answer, shown) for other in others)
    copies = "".join(f'<li dir="auto">{plain(label)}</li>' for label in quote.also)
    copies = f"<p>{shown.text('card_copies')}</p><ul>{copies}</ul>" if copies else ""
    return f'<details class="tc-also"><summary>{text}</summary>{cards}{copies}</details>'
