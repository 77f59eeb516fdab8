"""Whether two words sound alike: the same consonants in the same order, whatever vowels stand between.

Singular and plural count as one word.

A coarser relative of Soundex (Russell, 1918) that keeps the length of a word.
"""

import re

_MIN_LENGTH = 6  # letters of each word; many short words have the same consonants
_MIN_CONSONANTS = 3
_RULES = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"(?<=[a-z]{4})s$", ""),  # the plural
        (r"ph", "f"),
        (r"gh(?=[aeiou])", "g"),
        (r"ck|q", "k"),
        (r"x", "ks"),
        (r"c(?=[eiy])|z", "s"),
        (r"c", "k"),
        (r"g(?=[eiy])", "j"),
        (r"(?<=[a-z])h(?![aeiouy])", ""),
        (r"e$", ""),
        (r"[aeiouy]+", "a"),
        (r"(.)\1+", r"\1"),
    )
)


def sound_alike(typed: str, word: str) -> bool:
    """Tell whether two words in lower case sound alike, letters only."""
    if min(len(typed), len(word)) < _MIN_LENGTH or typed[0] != word[0]:
        return False
    sound = _sound(typed)
    return sound == _sound(word) and len(sound.replace("a", "")) >= _MIN_CONSONANTS


def _sound(word: str) -> str:
    for pattern, sound in _RULES:
        word = pattern.sub(sound, word)
    return word
