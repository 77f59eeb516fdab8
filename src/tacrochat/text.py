"""The words and sentences of a text, always with their spans.

Stems are Snowball's English stems (Porter, 2001). Sentence ends are proposed
by sentencex and then joined wherever a cut could fall inside a sentence:
joining two sentences costs a longer quote, cutting one can cost a "not".
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import NamedTuple

import sentencex
import Stemmer

from tacrochat.types import Span

LONGEST_SENTENCE = 1_200
"""Code points after which a run without an end no longer counts as a sentence."""
_WINDOW = 8_000  # code points; the time of sentencex grows with their square where quotation marks abound
_TAIL = 400  # code points before a possible end that are looked at
PARAGRAPH_BREAK = re.compile(r"\n[^\S\n]*\n")
"""A blank line, with or without spaces in it."""

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*(?:['’][^\W\d_]+)*")
_HEADING_MARKS = re.compile(r"^\s{0,3}#{1,6}\s+|\s+#+\s*$|\n\s*(?:=+|-+)\s*$|^\s*\|\s*|\s*\|\s*$")
_HEADING_ANCHORS = re.compile(
    r"<a\s[^<>]*>|</a>|(?<!\s)\s*\{[:#.][^{}]*\}\s*$|\[(?=[^\[\]]*\]\([^()]*\))|(?<!\s)\]\([^()]*\)"
)
_REFERENCE_MARK = re.compile(r"(?:\[[^\[\]\n]{1,20}\])+")
_CLOSERS = "\"'”’»)]}*_"

# Abbreviations that sentencex ends a sentence after; lower case, no full stop.
_ABBREVIATIONS = frozenset(
    """approx max min yr yrs mo mos wk wks hr hrs mins secs ca cf resp incl excl tab tabs cap caps
    conc vol wt temp ref refs eq eqs sec ch pp est ext no nos vs fig figs al inj oint soln susp int
    dept univ assoc inc ltd corp ave blvd jan feb mar apr jun jul aug sep sept oct nov dec bzw usw
    ggf evtl inkl nr str etc viz op cit mg ml kg mcg iu i.v i.m s.c p.o b.i.d t.i.d q.d a.m p.m
    e.g i.e u.s u.k prof dr mr mrs ms st jr sr""".split()
)

# Function words: they carry no topic and are left out where words are matched.
STOPWORDS = frozenset(
    """a about above after again all also am an and any anyone anything are as at be because been
    before being below between both but by can cannot could did do does doing done down during each
    either else ever every few for from further get gets getting give given gives go goes had has
    have having he her here hers him his how however i if in into is it its itself just know let
    like make makes many may me might more most much must my myself neither nor of off on once one
    only onto or other our out over own please really same say says shall she should so some
    someone something somehow such tell than that the their them then there these they thing things
    this those through thus to too under until up upon us use used uses using very via want was we
    well were what whatever when where whether which while who whom whose why will with within
    without would yet you your yours i'm i've i'd it's that's there's what's who's how's where's
    don't doesn't didn't isn't aren't wasn't weren't can't couldn't won't wouldn't shouldn't haven't
    hasn't hadn't let's you're they're we're he's she's""".split()
)


class Token(NamedTuple):
    """A word with its span; ``text`` is in lower case, ``stem`` without endings."""

    start: int
    end: int
    text: str
    stem: str


@cache
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english")


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Return the Snowball stem of a word in lower case."""
    return str(_stemmer().stemWord(word))


def fold(word: str) -> str:
    """Return the word in lower case, with compatibility forms and curly apostrophes replaced (NFKC)."""
    if word.isascii():
        return word.lower()
    return unicodedata.normalize("NFKC", word).casefold().replace("’", "'")


def tokens(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """List the words and numbers of ``text[start:end]`` with their spans in ``text``."""
    result = []
    for match in _WORD.finditer(text, start, len(text) if end is None else end):
        word = fold(match.group())
        result.append(Token(match.start(), match.end(), word, stem(word)))
    return result


def stems(text: str) -> list[str]:
    """List the stems of a text's words, function words left out."""
    return [token.stem for token in tokens(text) if token.text not in STOPWORDS]


def content(words: Iterable[Token]) -> list[Token]:
    """Return the content words: those that are not function words."""
    return [token for token in words if token.text not in STOPWORDS]


def trim(text: str, start: int, end: int) -> Span:
    """Shrink a span so that it neither starts nor ends with white space."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def heading_text(raw: str) -> str:
    """Return a heading's words without its Markdown marks: ``#``, the line below it, bars, anchors, links."""
    words = _HEADING_MARKS.sub("", raw).strip()
    return _HEADING_ANCHORS.sub("", words).strip() or words


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """List the sentences of ``text[start:end]`` as spans into ``text``.

    They are in order, start and end without white space, and leave out nothing
    but white space. A blank line always ends a sentence. A run of more than
    ``LONGEST_SENTENCE`` code points without an end is cut at white space.
    """
    end = len(text) if end is None else end
    spans: list[Span] = []
    for first, last in _paragraphs(text, start, end):
        for span in _joined(text, _proposed(text, first, last)):
            spans.extend(_cut_long(text, span))
    return spans


def _paragraphs(text: str, start: int, end: int) -> Iterator[Span]:
    position = start
    for match in PARAGRAPH_BREAK.finditer(text, start, end):
        yield position, match.start()
        position = match.end()
    yield position, end


def _proposed(text: str, start: int, end: int) -> list[Span]:
    """Return the sentences that sentencex finds, a window at a time."""
    spans: list[Span] = []
    goes_on = False
    while start < end:
        stop = min(start + _WINDOW, end)
        proposed = _window(text, start, stop)
        if goes_on and proposed:
            proposed[0] = (spans.pop()[0], proposed[0][1])
        goes_on = stop < end and len(proposed) == 1
        if stop < end and len(proposed) > 1:
            proposed.pop()  # it may go on after the window: the next one begins with it
            stop = proposed[-1][1]
        spans += proposed
        start = stop
    return spans


def _window(text: str, start: int, end: int) -> list[Span]:
    piece = text[start:end]
    spans: list[Span] = []
    position = start
    for part in sentencex.segment("en", piece):
        after = position + len(part)
        if text[position:after] != part:  # the library changed the text: its offsets would be wrong
            return [trim(text, start, end)] if piece.strip() else []
        mark = _REFERENCE_MARK.match(text, position)
        if mark and spans and spans[-1][1] == position and mark.end() <= after:
            spans[-1] = (spans[-1][0], mark.end())  # "did.[note 3] Then" belongs to what it marks
            position = mark.end()
        first, last = trim(text, position, after)
        if first < last:
            spans.append((first, last))
        position = after
    if text[position:end].strip():
        spans.append(trim(text, position, end))
    return spans


def _joined(text: str, spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in spans:
        if joined and not _ends_between(text, joined[-1], span):
            joined[-1] = (joined[-1][0], span[1])
        else:
            joined.append(span)
    return joined


def _ends_between(text: str, left: Span, right: Span) -> bool:
    """Tell whether a sentence surely ends between two spans."""
    before = text[max(left[0], left[1] - _TAIL) : left[1]].rstrip(_CLOSERS)
    after = text[right[0] : right[1]].lstrip("\"'“‘«([*_")
    if not before or not after or not any(c.isalnum() for c in after):
        return False
    if after[0].islower():
        return False
    if before[-1] != ".":
        return True
    words = before[:-1].split()
    last = words[-1].lstrip("\"'“‘«([").lower() if words else ""
    if last in _ABBREVIATIONS or len(words) <= 2:
        return False
    # "… Int. J. Trichology", "J. Am. Acad. Dermatol.": neither an initial nor a
    # shortened word starts a sentence.
    return not re.match(r"[A-Z][a-z]{0,7}\.(?:\s|$)", after)


@cache
def frequency(word: str) -> float:
    """Return how common a word is in English on the Zipf scale: log10 per billion words, 0 if unknown."""
    import wordfreq

    return float(wordfreq.zipf_frequency(word, "en", wordlist="large"))


@cache
def common_words() -> tuple[str, ...]:
    """List the words of at least five letters among the 5,000 commonest of English, the commonest first."""
    import wordfreq

    return tuple(w for w in wordfreq.top_n_list("en", 5_000) if len(w) >= 5 and w.isalpha())


def _cut_long(text: str, span: Span) -> Iterator[Span]:
    start, end = span
    while end - start > LONGEST_SENTENCE:
        limit = start + LONGEST_SENTENCE
        cut = text.rfind("\n", start + 1, limit)
        if cut < 0:
            cut = text.rfind("; ", start + 1, limit) + 1 or -1
        if cut < 0:
            cut = next((i for i in range(limit, start, -1) if text[i].isspace()), -1)
        if cut < 0:  # one unbroken word: keep it whole up to its end
            cut = next((i for i in range(limit, end) if text[i].isspace()), end)
        first, last = trim(text, start, cut)
        if first < last:
            yield first, last
        start = trim(text, cut, end)[0]
    if start < end:
        yield start, end
