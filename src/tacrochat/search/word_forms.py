"""Whether two words are forms of one: "pregnant" and "pregnancy", "stronger" and "strong".

The stems of the index bring most forms together, as "inject" and "injection".
Here the two words have a beginning in common, and what follows in each is an
ending of English.
"""

from collections.abc import Iterable
from itertools import takewhile

from tacrochat.text import frequency

_MIN_SHARED = 5  # letters of the common beginning
_RARER = 0.3  # Zipf units by which a comparative is rarer at least
_MIN_COMPARED = 4  # letters of a word whose comparative is looked for
_ENDINGS = frozenset(
    """s es e ed d ing er ers r rs est st y ies ied ly ness ion ions ation ations ition ment ments al als
    ance ence ancy ency ant ants ent ents t ts ce ces cy ive ives able ible ability ibility ous ic ical
    ity or ors ist ists ize ise ized ised se ses sed sion sions""".split()
) | {""}


def is_form(word: str, other: str) -> bool:
    """Tell whether two words in lower case are forms of one."""
    shared = _shared(word, other)
    have_endings = any(
        word[size:] in _ENDINGS and other[size:] in _ENDINGS for size in range(shared, _MIN_SHARED - 1, -1)
    )
    return have_endings or _compares(word, other) or _compares(other, word)


def _compares(word: str, other: str) -> bool:
    """Tell whether a word is the comparative or superlative of another one that changes before the ending.

    "thinner" is one of "thin", "easier" of "easy", "safer" of "safe".
    """
    if len(other) < _MIN_COMPARED or not word.endswith(("er", "est")):
        return False
    if frequency(word) > frequency(other) - _RARER:  # "matter" is none of "mate"
        return False
    base = word.removesuffix("er").removesuffix("est")
    if other.endswith("e"):
        return base == other.removesuffix("e")
    return base in {other + other[-1], other.removesuffix("y") + "i"}


def form_among(word: str, words: Iterable[tuple[str, int]]) -> str | None:
    """Return the word that is another form of one, the most frequent of those alike; None without one.

    ``words`` are pairs of a word and its frequency.
    """
    forms = [(_shared(word, w), count, w) for w, count in words if w != word and is_form(word, w)]
    return max(forms)[2] if forms else None


def _shared(word: str, other: str) -> int:
    """Return the number of letters that two words begin with in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, other, strict=False)))
