"""Several things in one question, each of which is asked about: "narcolepsy and sleep apnea".

"For adults and for children" shows by its words that two things are asked about. Otherwise the
passages found must name each by itself, in a title or heading, and must not say
them together as one phrase.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from tacrochat.answering.found_phrases import FoundPhrases
from tacrochat.answering.question_words import (
    AUXILIARIES,
    BE,
    DETERMINERS,
    PREPOSITIONS,
    PRONOUNS,
    SUBORDINATORS,
    is_closed,
    is_plural,
    is_verb,
)
from tacrochat.text import Token, content, tokens
from tacrochat.types import Span

_LONGEST_NAME = 4
_ADVERBS = frozenset("later then also only especially again now".split())
# Words with which a question is about the things together.
_TOGETHER = re.compile(
    r"\b(?:together|combin\w+|interact\w*|relat\w+|relationship|between|both|either|similar\w*|same|differ\w*"
    r"|compar\w+|connect\w+|link\w*|mix\w*|than|versus|each other)\b",
    re.IGNORECASE,
)
_SINGULAR_FORM = {"are": "is", "were": "was", "do": "does", "have": "has"}


def listed(question: str, phrases: FoundPhrases) -> list[str]:
    """Return the same question about each of several things, or the question alone."""
    words = tokens(question)
    joints = [i for i, token in enumerate(words) if token.text in {"and", "or"} and 0 < i < len(words) - 1]
    for joint in joints:
        if found := _by_preposition(question, words, joint) or _by_article(question, words, joint):
            return found
    if _TOGETHER.search(question):
        return [question]
    for joint in joints:
        found = _by_commas(question, words, joint, phrases) or _by_name(question, words, joint, phrases)
        if found := found or _by_last_word(question, words, joint, phrases):
            return found
    return [question]


def _by_preposition(question: str, words: Sequence[Token], joint: int) -> list[str]:
    """Cut at a repeated preposition or "when": "in children and in adults"."""
    second = joint + 1
    while second < len(words) - 1 and words[second].text in _ADVERBS:
        second += 1
    word = words[second].text
    if word == "to" and words[second + 1 : second + 2] and words[second + 1].text not in DETERMINERS:
        return []  # "to eat and to drink": verbs
    if any(token.text == "between" for token in words[:joint]):
        return []
    firsts = [i for i in range(joint - 1) if words[i].text == word]
    if word not in PREPOSITIONS | SUBORDINATORS or not firsts or second == len(words) - 1:
        return []
    first = firsts[0]
    while len(firsts) > 1 and not _after_comma(question, words, firsts[1]):  # "for X, for Y and for Z"
        first = firsts[1]
        del firsts[0]
    end = len(words)
    if word in PREPOSITIONS:
        named = {token.text for token in words[first:joint]}
        after = range(second + 1, len(words))
        end = next(
            (i for i in after if words[i].text in PREPOSITIONS | AUXILIARIES and words[i].text not in named),
            end,
        )
    starts = [first, *(i for i in firsts if i > first), second]
    ends = [*(i for i in starts[1:-1]), joint, end]
    items = [(words[a].start, words[b - 1].end) for a, b in zip(starts, ends, strict=True)]
    return _each(question, items)


def _after_comma(question: str, words: Sequence[Token], i: int) -> bool:
    return "," in question[words[i - 1].end : words[i].start]


def _by_article(question: str, words: Sequence[Token], joint: int) -> list[str]:
    """Cut "an adult or a baby": two things, each with an indefinite article."""
    articles = {"a", "an"}
    firsts = [i for i in range(joint) if words[i].text in articles]
    if words[joint].text != "or" or words[joint + 1].text not in articles or not firsts:
        return []
    first = firsts[-1]
    after = range(joint + 2, len(words))
    end = next((i for i in after if is_closed(words[i]) and words[i].text != "of"), None)
    is_subject = first > 0 and words[first - 1].text in AUXILIARIES
    if any(is_closed(token) for token in words[first:joint]) or (is_subject and end is None):
        return []
    last = len(words) if end is None else end
    if joint - first == 2 < last - joint - 1 and words[joint + 3].text not in PREPOSITIONS:
        return []  # "a big or a little box": the first has no noun of its own
    return _each(
        question,
        [(words[first].start, words[joint - 1].end), (words[joint + 1].start, words[last - 1].end)],
    )


def _by_name(question: str, words: Sequence[Token], joint: int, phrases: FoundPhrases) -> list[str]:
    """Cut where a title or heading has each thing without the other."""
    if words[joint].text == "or" and "," in question[: words[joint].start]:
        return []  # a choice: "Which is yellow, X or Y?"
    for first in _ending_at(question, words, joint):
        for last in _starting_at(question, words, joint + 1):
            left = question[words[first].start : words[joint - 1].end]
            right = question[words[joint + 1].start : words[last - 1].end]
            if (
                phrases.is_name(left, apart_from=right)
                and phrases.is_name(right, apart_from=left)
                and not phrases.is_fixed(left, right)
            ):
                start = words[_with_determiner(words, first)].start
                items = (start, words[joint - 1].end), (words[joint + 1].start, words[last - 1].end)
                return _each(question, items)
    return []


def _by_commas(question: str, words: Sequence[Token], joint: int, phrases: FoundPhrases) -> list[str]:
    """Cut a list of three or more things, of which titles or headings name the first and another."""
    commas = [i for i in range(1, joint) if _after_comma(question, words, i)]
    if words[joint].text == "or" and len(commas) == 1 and words[0].text in {"which", "what", "who"}:
        return []  # a choice, see ``_by_name``
    if not commas or any(is_verb(words[i]) or words[i].text in PREPOSITIONS for i in commas):
        return []

    def is_name(first: int, end: int) -> bool:
        return phrases.is_name(question[words[first].start : words[end - 1].end])

    first = next((i for i in _ending_at(question, words, commas[0]) if is_name(i, commas[0])), None)
    ends = _starting_at(question, words, joint + 1)
    if first is None or not ends:
        return []
    starts = [first, *commas, joint + 1]
    items = [
        (words[a].start, words[b - 1].end) for a, b in zip(starts, [*commas, joint, ends[0]], strict=True)
    ]
    others = [i for i in starts[1:] if any(is_name(i, end) for end in _starting_at(question, words, i))]
    texts = [question[a:b] for a, b in items]
    is_fixed = any(phrases.is_fixed(x, y) for x, y in pairwise(texts))
    return _each(question, items) if others and not is_fixed else []


def _by_last_word(question: str, words: Sequence[Token], joint: int, phrases: FoundPhrases) -> list[str]:
    """Cut "acute and chronic back pain", if each is said with the last words and not with the other."""
    if joint < 1 or joint + 2 >= len(words) or is_closed(words[joint - 1]) or is_verb(words[joint - 1]):
        return []
    if joint > 1 and not (is_closed(words[joint - 2]) or words[joint - 2].text in DETERMINERS):
        return []
    x, y = words[joint - 1], words[joint + 1]
    if y.text in DETERMINERS:
        return []
    for last in _starting_at(question, words, joint + 1):
        if last - joint < 3:
            continue
        shared = question[words[joint + 2].start : words[last - 1].end]
        if (
            phrases.count(f"{x.text} {shared}")
            and phrases.count(f"{y.text} {shared}")
            and not phrases.is_fixed(x.text, y.text)
        ):
            span = x.start, words[last - 1].end
            forms = [f"{question[x.start : x.end]} {shared}", f"{question[y.start : y.end]} {shared}"]
            return [_filled(question, span, form) for form in forms]
    return []


def _ending_at(question: str, words: Sequence[Token], end: int) -> list[int]:
    """List where a name of content words that ends before a token may start, longest first."""
    first = end
    while first > 0 and end - first < _LONGEST_NAME and not _is_border(question, words, first - 1, end):
        first -= 1
    return list(range(first, end))


def _is_border(question: str, words: Sequence[Token], i: int, end: int) -> bool:
    token = words[i]
    mark = i + 1 < end and re.search(r"[,;:]", question[token.end : words[i + 1].start])
    is_noun = i > 0 and words[i - 1].text in DETERMINERS | BE  # "the causes"
    return bool(mark) or is_closed(token) or token.text in DETERMINERS or (is_verb(token) and not is_noun)


def _starting_at(question: str, words: Sequence[Token], start: int) -> list[int]:
    """List where a name that starts at a token may end (exclusive), longest first."""
    last = start
    if last < len(words) and words[last].text in DETERMINERS:
        last += 1
    begin = last
    while last < len(words) and last - begin < _LONGEST_NAME:
        token = words[last]
        if is_closed(token) or token.text in DETERMINERS or (last > begin and is_verb(token)):
            break
        if last > begin and re.search(r"[,;:]", question[words[last - 1].end : token.start]):
            break
        last += 1
    return list(range(last, begin, -1))


def _with_determiner(words: Sequence[Token], first: int) -> int:
    return first - 1 if first and words[first - 1].text in DETERMINERS else first


def _each(question: str, items: Sequence[Span]) -> list[str]:
    """Return the question with each of the items in the place of all of them."""
    if any(not _is_something(question[a:b]) for a, b in items):
        return []
    place = items[0][0], items[-1][1]
    return [_filled(question, place, question[a:b]) for a, b in items]


def _is_something(item: str) -> bool:
    words = tokens(item)
    if any(token.text in {"and", "or"} for token in words):
        return False
    return bool(content(words)) or any(token.text in PRONOUNS for token in words)


def _filled(question: str, place: Span, item: str) -> str:
    """Put an item into a question; an auxiliary right before it agrees with it."""
    before, after = question[: place[0]], question[place[1] :]
    words = tokens(before)
    if words and not is_plural(item) and words[-1].text in _SINGULAR_FORM:
        before = before[: words[-1].start] + _SINGULAR_FORM[words[-1].text] + before[words[-1].end :]
    return before + item + after
