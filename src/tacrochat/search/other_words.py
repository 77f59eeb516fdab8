"""Words of a question that the documents do not have, and other words for the same that they have.

Two sources: a small table of lay words and terms of medicine, and other forms of
a word. As with spelling, the question is searched for as typed and with the
other words, and the answer names both.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files

from tacrochat.search.light_words import LIGHT_WORDS
from tacrochat.search.spelling import Respelling, RespeltQuestion
from tacrochat.search.word_forms import form_among
from tacrochat.text import content, tokens

Has = Callable[[str], bool]
"""Tells whether the corpus has every content word of a text."""


def reword(question: str, has: Has, near: Callable[[str], Mapping[str, int]]) -> RespeltQuestion:
    """Replace words that the corpus does not have by others that it has.

    ``near(word)`` returns words of the corpus spelt about alike, each with the
    number of passages that have it.
    """
    text, changes = question, []
    for start, end in reversed(list(_unknown(question, has))):
        typed = question[start:end]
        other = _term(typed.casefold(), has) or form_among(typed.casefold(), near(typed.casefold()).items())
        if other:
            text = text[:start] + other + text[end:]
            changes.append(Respelling(typed, other))
    return RespeltQuestion(text, tuple(dict.fromkeys(reversed(changes))))


def _unknown(question: str, has: Has) -> Iterator[tuple[int, int]]:
    """Yield the spans of phrases of the table, and of single words, that the corpus does not have."""
    position = 0
    for match in _phrases().finditer(question):
        yield from _words(question, position, match.start(), has)
        if has(match.group()):
            yield from _words(question, match.start(), match.end(), has)
        else:
            yield match.span()
        position = match.end()
    yield from _words(question, position, len(question), has)


def _words(question: str, start: int, end: int, has: Has) -> Iterator[tuple[int, int]]:
    for token in content(tokens(question, start, end)):
        if token.text.isalpha() and token.text not in LIGHT_WORDS and not has(token.text):
            yield token.start, token.end


def _term(words: str, has: Has) -> str | None:
    return next((term for term in _table().get(" ".join(words.split()), ()) if has(term)), None)


@cache
def _table() -> dict[str, tuple[str, ...]]:
    lines = files("tacrochat.search").joinpath("lay_words.txt").read_text("utf-8").splitlines()
    pairs = (line.split(": ") for line in lines if not line.startswith("#"))
    return {lay: tuple(terms.split(", ")) for lay, terms in pairs}


@cache
def _phrases() -> re.Pattern[str]:
    """Match the entries of the table that have several words, the longest first."""
    phrases = sorted((lay for lay in _table() if " " in lay), key=len, reverse=True)
    alternatives = "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in phrases)
    return re.compile(rf"\b(?:{alternatives})\b", re.IGNORECASE)
