"""Repair misspelt words of a question against the corpus's own words."""

from collections.abc import Callable, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from tacrochat.text import STOPWORDS, tokens

_SHORTEST = 4
_LONG = 8  # from this length on two slips are allowed, below it one


def repair(question: str, words: Sequence[str], is_known: Callable[[str, str], bool]) -> str:
    """Replace each unknown word that is a slip away from a word of the corpus.

    ``words`` are the corpus's; ``is_known(word, stem)`` tells a word that must
    stay as it is: one of the corpus, or one that is spelt right and only is not
    there. A repair keeps the first letter; slips are counted as optimal string
    alignment does (a letter more, less, other, or two swapped).
    """
    repaired = question
    for token in reversed(tokens(question)):
        word = token.text
        if len(word) < _SHORTEST or not word.isalpha() or word in STOPWORDS or is_known(word, token.stem):
            continue
        most = 2 if len(word) >= _LONG else 1
        choices = [w for w in words if w[:1] == word[0] and abs(len(w) - len(word)) <= most]
        found = process.extractOne(word, choices, scorer=OSA.distance, score_cutoff=most)
        if found:
            repaired = repaired[: token.start] + found[0] + repaired[token.end :]
    return repaired
