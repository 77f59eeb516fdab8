"""Which sentences of a quote its card shows at first; the rest of the passage is folded.

A sentence must not lose the sense that it has in its passage. So the sentence
before it is shown, too, if it refers to that ("It …", "However, …"), the one after
it if that limits it ("But …", "It has not …"), and what introduces it if it is an
item of a list. A table is shown whole: a row means nothing without its header.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from tacrochat.ranking.question_form import refers_back
from tacrochat.text import sentences
from tacrochat.types import Quote, Span

MAX_SHORT = 240
"""Code points of a passage that is shown whole."""

_MAX_SHOWN = 360  # code points of answering sentences that are all shown; of more, only the best one is
_MAX_BEFORE = 3  # sentences shown before one that refers back
_MAX_AFTER = 2  # sentences shown after one because they limit it
_OPENING = 2  # sentences shown of a passage in which none is known to answer
_TABLE = re.compile(r"^[^\n|]*\|[^\n|]*\||\t[^\n]*\n[^\n]*\t", re.MULTILINE)
_ITEM = re.compile(r"\s*(?:[-*+•‣▪◦–—·o]|\(?\d{1,2}[.)]|\(?[a-z][.)]|[ivx]+[.)])\s")
_CONTINUES = re.compile(
    r"\W*(?:however|but|yet|still|nevertheless|although|though|also|moreover|furthermore|therefore|thus|hence"
    r"|instead|otherwise|then|and|or|nor|so|here|there|elsewhere|each|another|others?"
    r"|the (?:same|other|latter|former)|one|both|neither|either|none|most|some|again"
    r"|in (?:contrast|addition|comparison|particular)"
    r"|by contrast|on the (?:other hand|contrary)|for (?:example|instance)|similarly|likewise|conversely"
    r"|consequently|as a result|unlike|only|except|unless|if (?:so|not|it|they|this|that)|such)\b"
    r"|[^.]{0,60}\b(?:the same|the other|the latter|the former|these|those)\b(?![^.]*:\s*\Z)",
    re.IGNORECASE,
)
_TURNS = re.compile(
    r"\W*(?:however|but|yet|except|unless|although|though|nevertheless|nonetheless|still|only"
    r"|on the (?:other hand|contrary)|(?:in|by) contrast|conversely|instead|otherwise"
    r"|caution|warning|note)\b",
    re.IGNORECASE,
)
_LIMITS = re.compile(
    r"\W*(?:it|its|this|that|these|those|they|their|there|the|such|do|don['’]t|no|not|none|neither|nor|never)\b"
    r"(?=[^.]*\b(?:not?|never|none|neither|nor|without|only|unless|except|but|however|unclear|unknown|uncertain"
    r"|small|limited|cannot|lack\w*|fail\w*|weak\w*|contradict\w*|differ\w*|withdrawn|retracted|\w+n['’]t)\b)",
    re.IGNORECASE,
)


def lead(quote: Quote) -> tuple[Span, ...]:
    """Return what of a quote is shown at first: whole sentences, in order, as spans into its text."""
    text = quote.text
    spans = _sentences(text)
    if len(text) <= MAX_SHORT or len(spans) <= 1 or _TABLE.search(text):
        return ((0, len(text)),)
    chosen = _shown(quote, spans)
    return _stretches(spans, chosen or _opening(text, spans))


def said(quote: Quote) -> tuple[Span, ...]:
    """Return the sentences that answer, with what their sense depends on; none if no sentence is known to."""
    if _TABLE.search(quote.text):
        return ()
    spans = _sentences(quote.text)
    return _stretches(spans, _shown(quote, spans))


@lru_cache(maxsize=2_000)
def _sentences(text: str) -> tuple[Span, ...]:
    return tuple(sentences(text))


def _shown(quote: Quote, spans: tuple[Span, ...]) -> set[int]:
    """Return the numbers of the sentences that answer, and of those that they depend on."""
    chosen = _touched(quote, quote.highlights, spans)
    if sum(spans[i][1] - spans[i][0] for i in chosen) > _MAX_SHOWN:
        chosen = [next(iter(_touched(quote, quote.answers, spans)), chosen[0])]
    return {number for i in chosen for number in _with_context(quote.text, spans, i)}


def _touched(quote: Quote, marks: tuple[Span, ...], spans: tuple[Span, ...]) -> list[int]:
    """List the numbers of the sentences that a span of the document touches."""
    own = [(start - quote.start, end - quote.start) for start, end in marks]
    return [i for i, (a, b) in enumerate(spans) if any(start < b and a < end for start, end in own)]


def _with_context(text: str, spans: tuple[Span, ...], number: int) -> Iterator[int]:
    """Yield the number of a sentence, and those of the sentences that its sense depends on."""
    first = last = number
    texts = [text[start:end] for start, end in spans]
    while first > max(0, number - _MAX_BEFORE) and _refers_back(texts[first]):
        first -= 1
    while last + 1 < min(len(texts), number + 1 + _MAX_AFTER) and (
        _TURNS.match(texts[last + 1]) or _LIMITS.match(texts[last + 1]) or texts[last].endswith(":")
    ):
        last += 1
    yield from range(first, last + 1)
    if _ITEM.match(texts[first]):
        yield from _introduction(texts, first)


def _refers_back(sentence: str) -> bool:
    return refers_back(sentence) or bool(_CONTINUES.match(sentence)) or sentence[:1].islower()


def _introduction(texts: list[str], item: int) -> Iterator[int]:
    """Yield the number of what introduces the list of an item; it may refer back itself."""
    before = next((i for i in range(item - 1, -1, -1) if not _ITEM.match(texts[i])), None)
    if before is not None:
        yield before
        if before and _refers_back(texts[before]):
            yield before - 1


def _opening(text: str, spans: tuple[Span, ...]) -> set[int]:
    """Return the numbers of the first sentences, with what limits them."""
    last = min(_OPENING, len(spans)) - 1
    return {*range(last), *_with_context(text, spans, last)}


def _stretches(spans: tuple[Span, ...], chosen: set[int]) -> tuple[Span, ...]:
    """Return the chosen sentences as spans, neighbours as one."""
    found: list[Span] = []
    for i in sorted(chosen):
        if i - 1 in chosen:
            found[-1] = (found[-1][0], spans[i][1])
        else:
            found.append(spans[i])
    return tuple(found)
