"""Answers as HTML cards; ``plain`` escapes every text of a document or a question."""

import html
from collections.abc import Iterable, Sequence
from itertools import groupby

from tacrochat.answering import conversation
from tacrochat.answering.answer import Answer
from tacrochat.answering.render import marked_runs
from tacrochat.ranking.score import contributions
from tacrochat.ranking.zones import right_of_ten
from tacrochat.text import content, tokens
from tacrochat.types import Quote
from tacrochat.ui.chat.signal_names import signal_name
from tacrochat.ui.differing import differ_text
from tacrochat.ui.formatting import date, decimal, language_tag, percent
from tacrochat.ui.html_parts import badge, collector, guessed, opener, plain
from tacrochat.ui.keep.framing import stale
from tacrochat.ui.wording import Language, say

_FIRST_SIGNALS = 5  # signals shown at once; the others are folded
_LEVELS = ((0.8, "high"), (0.6, "good"), (0.4, "fair"), (0.0, "low"))


def card(answer: Answer, total: int, language: Language) -> str:
    """Return the card of an answer; ``total`` is the number of documents in the index."""
    if answer.status == "conversation":
        return _conversation(answer, language)
    if answer.parts:
        return _compound(answer, total, language)
    if answer.status == "not_found":
        return _not_found(answer, language)
    if answer.status == "uncertain":
        return _uncertain(answer, language)
    return _answered(answer, total, language)


def pending(language: Language, *, is_loading: bool) -> str:
    """Return the card shown until the answer is there."""
    text = html.escape(say(language, "pending_load" if is_loading else "pending"))
    return f'<div class="tc-card tc-pending" role="status"><span class="tc-spin"></span>{text}</div>'


def notice(message: str) -> str:
    """Return the card with the message of an error."""
    return f'<div class="tc-card tc-notice" role="alert">{plain(message)}</div>'


def _conversation(answer: Answer, language: Language) -> str:
    if answer.choices:  # shown as buttons below, see ``events``
        return f'<div class="tc-card tc-talk"><p>{html.escape(say(language, "ask_back"))}</p></div>'
    kind = conversation.message_kind(answer.question)
    has_text = kind is not None and kind != "documents"
    text = say(language, f"message_{kind}") if has_text else answer.message
    return f'<div class="tc-card tc-talk"><p dir="auto">{plain(text)}</p></div>'


def _answered(answer: Answer, total: int, language: Language) -> str:
    quoted = len({quote.document for quote in answer.quotes})
    frame = say(language, "quoted", quoted=quoted, total=total)
    head = _header(html.escape(frame), answer.confidence, language)
    parts = [head, _understood(answer, language), _searched(answer, language)]
    kinds = list(dict.fromkeys(quote.kind for quote in answer.quotes))
    if answer.differ:
        parts.append(_opposed(answer, language))
    elif len(kinds) > 1:
        parts.append(_side_by_side(answer, kinds, language))
    else:
        parts.append(_quote(answer.quotes[0], answer, language))
        parts.append(_folded([_quote(q, answer, language) for q in answer.quotes[1:]], language))
    if answer.missing_terms:
        parts.append(_terms("missing_answered", answer.missing_terms, language))
    return f'<article class="tc-card tc-answered">{"".join(parts)}</article>'


def _uncertain(answer: Answer, language: Language) -> str:
    """Return the card of quotes that may not answer: the frame says so first, and what they weigh."""
    head = _header(html.escape(say(language, "uncertain")), answer.confidence, language)
    weight = html.escape(say(language, "uncertain_weight", count=right_of_ten("uncertain")))
    parts = [head, f'<p class="tc-weight">{weight}</p>']
    parts += [_understood(answer, language), _searched(answer, language)]
    if answer.missing_terms:
        parts.append(_terms("missing", answer.missing_terms, language))
    parts.append(f'<p class="tc-nearest-say">{html.escape(say(language, "uncertain_quotes"))}</p>')
    quotes = [_quote(quote, answer, language, is_answer=False) for quote in answer.quotes]
    parts += [quotes[0], _folded(quotes[1:], language)]
    return f'<article class="tc-card tc-uncertain">{"".join(parts)}</article>'


def _compound(answer: Answer, total: int, language: Language) -> str:
    """Return the card of several questions: one section each, a row if things are compared."""
    quotes = [*answer.direct, *(quote for part in answer.parts for quote in part.quotes)]
    quoted = len({quote.document for quote in quotes})
    frame = say(language, "quoted", quoted=quoted, total=total) if quotes else say(language, "not_found")
    sections = [f'<header class="tc-frame"><p>{html.escape(frame)}</p></header>']
    if answer.direct:
        text = html.escape(say(language, "compared_directly"))
        both = "".join(_quote(quote, answer, language) for quote in answer.direct)
        sections.append(f'<section class="tc-part"><h2>{text}</h2><div>{both}</div></section>')
    sections += [_part(part, language) for part in answer.parts]
    names = ["tc-answered" if quotes else "tc-not-found", "tc-compound"]
    names += ["tc-rows"] if answer.compared else []
    return f'<article class="tc-card {" ".join(names)}">{"".join(sections)}</article>'


def _part(part: Answer, language: Language) -> str:
    """Return the section of one question: what it is, how sure the answer is, its quotes."""
    if part.status == "not_found":
        frame = f'<p class="tc-unanswered">{html.escape(say(language, "not_found"))}</p>'
        body = _reasons(part, language)
    else:
        is_answer = part.status == "answered"
        frame = _certainty(part.confidence, language)
        if not is_answer:
            frame = f'<p class="tc-weight">{html.escape(say(language, "uncertain"))}</p>' + frame
        quotes = [_quote(quote, part, language, is_answer=is_answer) for quote in part.quotes]
        body = (quotes[0] if quotes else stale(language)) + _folded(quotes[1:], language)
        body = _searched(part, language) + body
        if part.missing_terms:
            body += _terms("missing_answered", part.missing_terms, language)
    return (
        f'<section class="tc-part" data-status="{part.status}">'
        f'<div><h2 dir="auto">{plain(part.question)}</h2>{frame}</div>'
        f"<div>{_understood(part, language)}{body}</div></section>"
    )


def _header(frame: str, confidence: float, language: Language) -> str:
    return f'<header class="tc-frame"><p>{frame}</p>{_certainty(confidence, language)}</header>'


def _certainty(confidence: float, language: Language) -> str:
    level = next(name for threshold, name in _LEVELS if confidence >= threshold)
    hint = html.escape(say(language, "confidence"), quote=True)
    words = html.escape(say(language, f"sure_{level}"))
    return (
        f'<span class="tc-confidence" data-level="{level}" title="{hint}">'
        f'<span class="tc-bar" aria-hidden="true"><i style="width:{round(100 * confidence)}%"></i></span>'
        f"{words} · {percent(language, confidence)}</span>"
    )


def _understood(answer: Answer, language: Language) -> str:
    if answer.resolved_question.strip() == answer.question.strip():
        return ""
    text = say(language, "understood", question=answer.resolved_question)
    return f'<p class="tc-understood" dir="auto">{plain(text)}</p>'


def _opposed(answer: Answer, language: Language) -> str:
    """Return a column for each group of quotes that say opposite things; other quotes are folded."""

    def numbered(index: int) -> str:
        number = html.escape(say(language, "quote_number", number=index + 1))
        return f'<p class="tc-number">{number}</p>{_quote(answer.quotes[index], answer, language)}'

    grouped = {index for group in answer.differ for index in group}
    columns = ["".join(map(numbered, group)) for group in answer.differ]
    rest = [numbered(index) for index in range(len(answer.quotes)) if index not in grouped]
    compared = _compared(say(language, "differ"), differ_text(answer.differ, language), columns)
    return compared + _folded(rest, language)


def _side_by_side(answer: Answer, kinds: Sequence[str], language: Language) -> str:
    """Return one column per kind of source; the best quote of each is open, the others are folded."""
    kind_names = ", ".join(say(language, f"kind_{kind}") for kind in kinds)
    columns = []
    for kind in kinds:
        quotes = [_quote(q, answer, language) for q in answer.quotes if q.kind == kind]
        columns.append(quotes[0] + _folded(quotes[1:], language))
    return _compared(say(language, "kinds"), say(language, "kinds_listed", kinds=kind_names), columns)


def _compared(head: str, text: str, columns: Sequence[str]) -> str:
    """Return columns under a line that says why they stand side by side."""
    shown = "".join(f'<div class="tc-column">{column}</div>' for column in columns)
    return (
        f'<section class="tc-differ"><p class="tc-differ-head"><strong>{html.escape(head)}</strong>'
        f' {html.escape(text)}</p><div class="tc-columns" data-count="{len(columns)}">{shown}</div></section>'
    )


def _folded(quotes: Sequence[str], language: Language) -> str:
    if not quotes:
        return ""
    text = say(language, "more_one") if len(quotes) == 1 else say(language, "more", count=len(quotes))
    return f'<details class="tc-more"><summary>{html.escape(text)}</summary>{"".join(quotes)}</details>'


def _not_found(answer: Answer, language: Language) -> str:
    about = say(language, "not_found_about", subject=answer.subject)
    frame = plain(about) if answer.subject else html.escape(say(language, "not_found"))
    head = f'<header class="tc-frame"><p dir="auto">{frame}</p></header>'
    body = f"{_understood(answer, language)}{_reasons(answer, language)}"
    return f'<article class="tc-card tc-not-found">{head}{body}</article>'


def _reasons(answer: Answer, language: Language) -> str:
    """Return why nothing was found, and the nearest passages."""
    if answer.missing_terms:
        parts = [_terms("missing", answer.missing_terms, language)]
    else:
        parts = [f"<p>{html.escape(say(language, 'not_found_none'))}</p>"]
    parts.append(_searched(answer, language))
    if answer.nearest:
        count = len(answer.nearest)
        text = say(language, "nearest_one") if count == 1 else say(language, "nearest", count=count)
        quotes = "".join(_quote(q, answer, language, is_answer=False) for q in answer.nearest)
        parts.append(
            f'<details class="tc-more tc-nearest"><summary>{html.escape(text)}</summary>{quotes}</details>'
        )
    return "".join(parts)


def _searched(answer: Answer, language: Language) -> str:
    """Return a line for each question without an answer, and for each word searched in another spelling."""
    lines = [("tc-unanswered", say(language, "unanswered", question=q)) for q in answer.unanswered]
    lines += [
        ("tc-respelled", say(language, "respelled", searched=r.searched, typed=r.typed))
        for r in answer.respellings
    ]
    return "".join(f'<p class="{name}" dir="auto">{plain(text)}</p>' for name, text in lines)


def _terms(key: str, words: Iterable[str], language: Language) -> str:
    chips = " ".join(f'<span class="tc-term" dir="auto">{plain(word)}</span>' for word in words)
    return f'<p class="tc-missing">{html.escape(say(language, key))}: {chips}</p>'


def _quote(quote: Quote, answer: Answer, language: Language, *, is_answer: bool = True) -> str:
    day = f'<span class="tc-date">{plain(date(language, quote.date))}</span>' if quote.date else ""
    strength = _strength(quote, answer) if is_answer else 0
    source = opener(quote.document, quote.label, (quote.start, quote.end), quote.highlights)
    return (
        f'<figure class="tc-quote" data-document="{html.escape(quote.document)}" data-start="{quote.start}"'
        f' data-end="{quote.end}" data-strength="{strength}">'
        f'<div class="tc-meta">{badge(quote.kind, language)}{guessed(quote, language)}{day}</div>'
        f'<blockquote dir="auto" lang="{language_tag(quote.language)}">{_marked(quote)}</blockquote>'
        f"<figcaption>{source}{_copy(language)}{collector(language)}</figcaption>"
        f"{_why(quote, answer, language)}</figure>"
    )


def _strength(quote: Quote, answer: Answer) -> int:
    """Grade a quote 1 to 3: by the confidence of the answer, and by its score relative to the best one."""
    best = max((q.score for q in answer.quotes), default=0.0)
    share = quote.score / best if best > 0 else 1.0
    return 1 + (answer.confidence * share >= 0.4) + (answer.confidence * share >= 0.65)


def _marked(quote: Quote) -> str:
    """Return the text of a quote, highlights in ``mark``, the words in them that answer in ``strong``."""
    marked = ""
    for is_highlight, group in groupby(marked_runs(quote), key=lambda run: run[1] > 0):
        text = "".join(f"<strong>{plain(run)}</strong>" if level == 2 else plain(run) for run, level in group)
        marked += f"<mark>{text}</mark>" if is_highlight else text
    return marked


def _copy(language: Language) -> str:
    # script/copy.js copies the text and the label from the card, script/link.js a link to the quote.
    keys = ("copy_hint", "copy", "copied", "link_hint", "link")
    hint, text, done, link_hint, link = (html.escape(say(language, key)) for key in keys)
    return (
        f'<button type="button" class="tc-copy" title="{hint}" data-done="{done}">{text}</button>'
        f'<button type="button" class="tc-link" title="{link_hint}">{link}</button>'
    )


def _why(quote: Quote, answer: Answer, language: Language) -> str:
    quote_stems = {token.stem for token in tokens(quote.text)}
    question_words = {token.stem: token.text for token in content(tokens(answer.resolved_question))}
    shared = [word for stem, word in question_words.items() if stem in quote_stems]
    words = " ".join(f'<span class="tc-term">{plain(w)}</span>' for w in shared)
    signals = [
        f"<div><dt>{html.escape(signal_name(language, name))}</dt>"
        f"<dd>{_meter(quote.signals[name])}{decimal(language, quote.signals[name])}</dd></div>"
        for name in contributions(quote.signals, len(question_words))
    ]
    measured = ""
    if signals:
        first, rest = "".join(signals[:_FIRST_SIGNALS]), "".join(signals[_FIRST_SIGNALS:])
        measured = (
            f'<p>{html.escape(say(language, "why_title"))}:</p><dl class="tc-signals">{first}</dl>'
            f"<details><summary>{html.escape(say(language, 'why_rest'))}</summary>"
            f'<dl class="tc-signals">{rest}</dl></details>'
        )
    return (
        f'<details class="tc-why"><summary>{html.escape(say(language, "why"))}</summary>'
        f"<p>{html.escape(say(language, 'why_words'))}: {words or html.escape(say(language, 'why_none'))}</p>"
        f"{measured}</details>"
    )


def _meter(value: float) -> str:
    width = round(100 * min(max(value, 0.0), 1.0))
    return f'<span class="tc-bar" aria-hidden="true"><i style="width:{width}%"></i></span>'
