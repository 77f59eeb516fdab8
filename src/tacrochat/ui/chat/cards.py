"""Answers as HTML cards; ``plain`` escapes every text of a document or a question."""

import html
from collections.abc import Iterable, Sequence

from tacrochat.answering import conversation
from tacrochat.answering.answer import Answer
from tacrochat.ranking.zones import right_of_ten
from tacrochat.types import Quote
from tacrochat.ui.chat.certainty import certainty
from tacrochat.ui.chat.differ_table import differ_table
from tacrochat.ui.chat.next_steps import next_steps
from tacrochat.ui.chat.quote_card import quote_card
from tacrochat.ui.chat.same import grouped
from tacrochat.ui.chat.shown import Context, Shown
from tacrochat.ui.html_parts import plain
from tacrochat.ui.keep.framing import stale
from tacrochat.ui.wording import Language, say

_OPEN = 4  # cards shown at once; further ones are folded
_NOTHING = Context()


def card(answer: Answer, total: int, language: Language, context: Context = _NOTHING) -> str:
    """Return the card of an answer; ``total`` is the number of documents in the index."""
    shown = Shown(language, total, context)
    if answer.status == "conversation":
        return _conversation(answer, shown)
    if answer.parts:
        return _compound(answer, shown)
    if answer.status == "not_found":
        return _not_found(answer, shown)
    if answer.status == "uncertain":
        return _uncertain(answer, shown)
    return _answered(answer, shown)


def pending(language: Language, *, is_loading: bool) -> str:
    """Return the card shown until the answer is there."""
    text = html.escape(say(language, "pending_load" if is_loading else "pending"))
    return f'<div class="tc-card tc-pending" role="status"><span class="tc-spin"></span>{text}</div>'


def notice(message: str) -> str:
    """Return the card with the message of an error."""
    return f'<div class="tc-card tc-notice" role="alert">{plain(message)}</div>'


def _conversation(answer: Answer, shown: Shown) -> str:
    if answer.choices:  # shown as buttons below, see ``events``
        return f'<div class="tc-card tc-talk"><p>{shown.text("ask_back")}</p></div>'
    kind = conversation.message_kind(answer.question)
    has_text = kind is not None and kind != "documents"
    text = say(shown.language, f"message_{kind}") if has_text else answer.message
    return f'<div class="tc-card tc-talk"><p dir="auto">{plain(text)}</p></div>'


def _answered(answer: Answer, shown: Shown) -> str:
    quoted = len({quote.document for quote in answer.quotes})
    frame = shown.text("quoted", quoted=quoted, total=shown.documents)
    parts = [_header(frame, answer, shown), _understood(answer, shown), _searched(answer, shown)]
    quotes = answer.quotes
    if answer.differ:
        parts.append(differ_table(answer, shown))
        in_table = {index for group in answer.differ for index in group}
        quotes = tuple(quote for index, quote in enumerate(quotes) if index not in in_table)
    parts.append(_cards(quotes, answer, shown))
    if answer.missing_terms:
        parts.append(terms("missing_answered", answer.missing_terms, shown))
    return f'<article class="tc-card tc-answered">{"".join(parts)}</article>'


def _uncertain(answer: Answer, shown: Shown) -> str:
    """Return the card of quotes that may not answer: the frame says so first, and what they weigh."""
    head = _header(shown.text("uncertain"), answer, shown)
    weight = shown.text("uncertain_weight", count=right_of_ten("uncertain"))
    parts = [head, f'<p class="tc-weight">{weight}</p>']
    parts += [_understood(answer, shown), _searched(answer, shown)]
    if answer.missing_terms:
        parts.append(terms("missing", answer.missing_terms, shown))
    parts.append(f'<p class="tc-nearest-say">{shown.text("uncertain_quotes")}</p>')
    parts += [_cards(answer.quotes, answer, shown, is_answer=False), next_steps(shown)]
    return f'<article class="tc-card tc-uncertain">{"".join(parts)}</article>'


def _compound(answer: Answer, shown: Shown) -> str:
    """Return the card of several questions: one section each, a row if things are compared."""
    quotes = [*answer.direct, *(quote for part in answer.parts for quote in part.quotes)]
    quoted = len({quote.document for quote in quotes})
    frame = shown.text("quoted", quoted=quoted, total=shown.documents) if quotes else shown.text("not_found")
    sections = [f'<header class="tc-frame"><p>{frame}</p></header>']
    if answer.direct:
        both = "".join(quote_card(quote, answer, shown) for quote in answer.direct)
        text = shown.text("compared_directly")
        sections.append(f'<section class="tc-part"><h2>{text}</h2><div>{both}</div></section>')
    sections += [_part(part, shown) for part in answer.parts]
    names = ["tc-answered" if quotes else "tc-not-found", "tc-compound"]
    names += ["tc-rows"] if answer.compared else []
    return f'<article class="tc-card {" ".join(names)}">{"".join(sections)}</article>'


def _part(part: Answer, shown: Shown) -> str:
    """Return the section of one question: what it is, how sure the answer is, its quotes."""
    if part.status == "not_found":
        frame = f'<p class="tc-unanswered">{shown.text("not_found")}</p>'
        body = _reasons(part, shown)
    else:
        is_answer = part.status == "answered"
        frame = certainty(part, shown)
        if not is_answer:
            frame = f'<p class="tc-weight">{shown.text("uncertain")}</p>' + frame
        quotes = [quote_card(quote, part, shown, is_answer=is_answer) for quote in part.quotes]
        body = (quotes[0] if quotes else stale(shown.language)) + _folded(quotes[1:], shown)
        body = _searched(part, shown) + body
        if part.missing_terms:
            body += terms("missing_answered", part.missing_terms, shown)
    return (
        f'<section class="tc-part" data-status="{part.status}">'
        f'<div><h2 dir="auto">{plain(part.question)}</h2>{frame}</div>'
        f"<div>{_understood(part, shown)}{body}</div></section>"
    )


def _cards(quotes: Sequence[Quote], answer: Answer, shown: Shown, *, is_answer: bool = True) -> str:
    """Return a card for each quote, one for those that say the same; the first ones are open."""
    groups = grouped(quotes, answer.resolved_question)
    cards = [
        quote_card(
            quotes[first],
            answer,
            shown,
            is_answer=is_answer,
            is_first=number == 0,
            others=[quotes[i] for i in others],
        )
        for number, (first, *others) in enumerate(groups)
    ]
    return "".join(cards[:_OPEN]) + _folded(cards[_OPEN:], shown)


def _header(frame: str, answer: Answer, shown: Shown) -> str:
    return f'<header class="tc-frame"><p>{frame}</p>{certainty(answer, shown)}</header>'


def _understood(answer: Answer, shown: Shown) -> str:
    """Return how a follow-up was understood; other spellings have lines of their own, see ``_searched``."""
    asked = answer.question.strip()
    for respelling in answer.respellings:
        asked = asked.replace(respelling.typed, respelling.searched)
    if answer.resolved_question.strip() in {asked, answer.question.strip()}:
        return ""
    text = say(shown.language, "understood", question=answer.resolved_question)
    return f'<p class="tc-understood" dir="auto">{plain(text)}</p>'


def _folded(quotes: Sequence[str], shown: Shown) -> str:
    if not quotes:
        return ""
    text = shown.text("more_one") if len(quotes) == 1 else shown.text("more", count=len(quotes))
    return f'<details class="tc-more"><summary>{text}</summary>{"".join(quotes)}</details>'


def _not_found(answer: Answer, shown: Shown) -> str:
    about = say(shown.language, "not_found_about", subject=answer.subject)
    frame = plain(about) if answer.subject else shown.text("not_found")
    head = f'<header class="tc-frame"><p dir="auto">{frame}</p></header>'
    body = f"{_understood(answer, shown)}{_reasons(answer, shown)}{next_steps(shown)}"
    return f'<article class="tc-card tc-not-found">{head}{body}</article>'


def _reasons(answer: Answer, shown: Shown) -> str:
    """Return why nothing was found, and the nearest passages."""
    if answer.missing_terms:
        parts = [terms("missing", answer.missing_terms, shown)]
    else:
        parts = [f"<p>{shown.text('not_found_none')}</p>"]
    parts.append(_searched(answer, shown))
    if answer.nearest:
        count = len(answer.nearest)
        text = shown.text("nearest_one") if count == 1 else shown.text("nearest", count=count)
        quotes = "".join(quote_card(q, answer, shown, is_answer=False) for q in answer.nearest)
        parts.append(f'<details class="tc-more tc-nearest"><summary>{text}</summary>{quotes}</details>')
    return "".join(parts)


def _searched(answer: Answer, shown: Shown) -> str:
    """Return a line for each question without an answer, and for each word searched in another spelling."""
    lines = [("tc-unanswered", say(shown.language, "unanswered", question=q)) for q in answer.unanswered]
    lines += [
        ("tc-respelled", say(shown.language, "respelled", searched=r.searched, typed=r.typed))
        for r in answer.respellings
    ]
    return "".join(f'<p class="{name}" dir="auto">{plain(text)}</p>' for name, text in lines)


def terms(key: str, words: Iterable[str], shown: Shown) -> str:
    """Return words of a question after the text of a key."""
    chips = " ".join(f'<span class="tc-term" dir="auto">{plain(word)}</span>' for word in words)
    return f'<p class="tc-missing">{shown.text(key)}: {chips}</p>'
