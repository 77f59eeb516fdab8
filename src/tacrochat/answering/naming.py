"""The names of the things that a question compares, completed where words are left out."""

import re

from tacrochat.answering.found_phrases import FoundPhrases
from tacrochat.answering.question_words import CONJUNCTIONS, PREPOSITIONS, PRONOUNS
from tacrochat.text import content, tokens

MAX_WORDS = 8
"""Words that the name of a thing may have."""

# What is no thing of its own: "better than before".
_NO_THINGS = frozenset(
    """placebo nothing before previously usual normal average expected dummy sham more less not ever
    minutes hours days weeks months years""".split()
)


def things_in(text: str, joint: re.Pattern[str], phrases: FoundPhrases) -> tuple[str, ...] | None:
    """Return the names in a list of things; None if it cannot be cut, or they are no names."""
    pair = cut(text, joint, phrases)
    return named(pair, phrases) if pair else None


def cut(text: str, joint: re.Pattern[str], phrases: FoundPhrases) -> tuple[str, ...] | None:
    """Cut a list of things at the word that joins them: the only one, or the only one in no fixed phrase."""
    places = [match.span() for match in joint.finditer(text)]
    if len(places) > 1:
        places = [
            (a, b)
            for a, b in places
            if not phrases.count(f"{_words(text[:a])[-1]} {text[a:b]} {_words(text[b:])[0]}")
        ]
    if len(places) != 1:
        return None
    ((start, end),) = places
    return (*re.split(r",\s*", text[:start]), text[end:])


def named(
    things: tuple[str, ...], phrases: FoundPhrases, *, shares_tail: bool = False
) -> tuple[str, ...] | None:
    """Check that things have names, and complete a name whose last or first word is left out."""
    names = [thing.strip(" ,") for thing in things]
    for name in names:
        words = tokens(name)
        if not content(words) or len(words) > MAX_WORDS or any(t.text in PRONOUNS for t in words):
            return None
        if any(token.text in _NO_THINGS or token.text in CONJUNCTIONS for token in words):
            return None
    return tuple(_completed(names, phrases, shares_tail=shares_tail))


def _completed(names: list[str], phrases: FoundPhrases, *, shares_tail: bool) -> list[str]:
    """Share the last words ("bubonic and pneumonic plague") or the first ("ointment tubes and caps")."""
    first, last = names[0], names[-1]
    x, y = content(tokens(first)), content(tokens(last))
    if len(x) == 1 and len(y) > 1:
        tail = last[y[0].end :]
        is_said = phrases.count(last) > 0
        if phrases.count(x[0].text + tail) or (shares_tail and not is_said):
            return [name + tail if _is_one_word(name) else name for name in names[:-1]] + [last]
    if len(y) == 1 and len(x) > 1:
        head = first[x[0].start : x[-1].start]
        if phrases.count(head + y[0].text):
            return [first] + [head + _bare(name) if _is_one_word(name) else name for name in names[1:]]
    return names


def _is_one_word(name: str) -> bool:
    return len(content(tokens(name))) == 1


def _bare(name: str) -> str:
    """Return a name of one content word without the words before it."""
    word = content(tokens(name))[0]
    return name[word.start : word.end]


def shared_head(text: str) -> tuple[str, str]:
    """Cut "side effects of the ointment" before the thing: after its last preposition."""
    places = [token.end for token in tokens(text) if token.text in PREPOSITIONS]
    if not places:
        return "", text
    end = places[-1] + 1
    return text[:end], text[end:]


def _words(text: str) -> list[str]:
    """Return the words of a text, one empty word if it has none."""
    return text.split() or [""]
