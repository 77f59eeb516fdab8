"""Why a passage was found: the words of the question in it, what was measured, the confidence as a figure."""

import html

from tacrochat.answering.answer import Answer
from tacrochat.ranking.score import contributions
from tacrochat.text import content, tokens
from tacrochat.types import Quote
from tacrochat.ui.chat.shown import Shown
from tacrochat.ui.chat.signal_names import signal_name
from tacrochat.ui.formatting import decimal, percent
from tacrochat.ui.html_parts import plain

_FIRST_SIGNALS = 5  # signals shown at once; the others are folded


def why(quote: Quote, answer: Answer, shown: Shown) -> str:
    """Return the folded part of a card with the figures of its quote."""
    quote_stems = {token.stem for token in tokens(quote.text)}
    question_words = {token.stem: token.text for token in content(tokens(answer.resolved_question))}
    shared = [word for stem, word in question_words.items() if stem in quote_stems]
    words = " ".join(f'<span class="tc-term">{plain(word)}</span>' for word in shared)
    signals = [
        f"<div><dt>{html.escape(signal_name(shown.language, name))}</dt>"
        f"<dd>{_meter(quote.signals[name])}{decimal(shown.language, quote.signals[name])}</dd></div>"
        for name in contributions(quote.signals, len(question_words))
    ]
    measured = ""
    if signals:
        first, rest = "".join(signals[:_FIRST_SIGNALS]), "".join(signals[_FIRST_SIGNALS:])
        measured = (
            f'<p>{shown.text("why_title")}:</p><dl class="tc-signals">{first}</dl>'
            f"<details><summary>{shown.text('why_rest')}</summary>"
            f'<dl class="tc-signals">{rest}</dl></details>'
        )
    figure = shown.text("why_confidence", percent=percent(shown.language, answer.confidence))
    return (
        f'<details class="tc-why"><summary>{shown.text("why")}</summary>'
        f"<p>{shown.text('why_words')}: {words or shown.text('why_none')}</p>"
        f"<p>{figure}</p>{measured}</details>"
    )


def _meter(value: float) -> str:
    # Not a width in a style: the page in front of several libraries allows none but its style sheet.
    width = round(100 * min(max(value, 0.0), 1.0))
    return (
        '<svg class="tc-bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{width}" height="1"/></svg>'
    )
