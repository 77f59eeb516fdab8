"""Repair misspelt words of a question against the corpus's own words."""

from collections.abc import Callable, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from tacrochat.text import STOPWORDS, tokens

_MIN_LENGTH = 4  # shorter words are not repaired
_LONG = 8  # letters from which on two edits are allowed, below it one


def repair(question: str, vocabulary: Sequence[str], is_known: Callable[[str, str], bool]) -> str:
    """Replace each unknown word that is an edit or two away from a word of the corpus.

    ``vocabulary`` holds the corpus's words. ``is_known(word, stem)`` tells that a
    word must stay as it is: it is in the corpus, or it is spelt right and only
    not in the corpus. The first letter is kept. Edits are counted as optimal
    string alignment does: one letter more, less or other, or two swapped.
    """
    repaired = question
    for token in reversed(tokens(question)):
        word = token.text
        if len(word) < _MIN_LENGTH or not word.isalpha() or word in STOPWORDS or is_known(word, token.stem):
            continue
        max_edits = 2 if len(word) >= _LONG else 1
        choices = [w for w in vocabulary if w[:1] == word[0] and abs(len(w) - len(word)) <= max_edits]
        best = process.extractOne(word, choices, scorer=OSA.distance, score_cutoff=max_edits)
        if best:
            repaired = repaired[: token.start] + best[0] + repaired[token.end :]
    return repaired
