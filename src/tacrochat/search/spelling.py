"""Misspelt words of a question, and the words of the corpus that may have been meant.

A word that may be a name must not be exchanged for another name: drug names
look alike (prednisone, prednisolone). So a word counts as misspelt only if it is
not a known word, and

- the word of the corpus is common in the language, and at most two edits away; or
- the difference is a slip of typing or spelling, see ``slips``. Names of a
  corpus are rare in the language, so only this rule applies to them; or
- the two sound alike, see ``sounds``.

A word that looks like none of the corpus may be a slip of an everyday word, which
it is then replaced by: it is no name that the corpus lacks.

The answer always names both spellings.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from tacrochat.search.light_words import LIGHT_WORDS
from tacrochat.search.slips import is_slip
from tacrochat.search.sounds import sound_alike
from tacrochat.text import STOPWORDS, common_words, frequency, stem, tokens

_MIN_LENGTH = 4  # shorter words are not looked at
_LONG = 8  # letters from which on two edits of a common word are allowed, below it one
_MAX_EDITS = 3  # of any slip
_COMMON = 3.5  # Zipf frequency from which on a word is common: 3 in a million words
_RARE = 2.0  # Zipf frequency below which a word that the corpus lacks may be a slip of an everyday word
_EVERYDAY_LENGTH = 6  # letters of such a word, unless the corpus has it: many short names look like one
_MUCH_RARER = 2.5  # a known word is a misspelling if it is this much rarer, in Zipf units (300 times)
_MIN_ALIKE = 5  # letters of a word whose neighbours are offered to a person
_MAX_ALIKE = 2  # edits to such a neighbour


@dataclass(frozen=True, slots=True)
class Respelling:
    """A word of a question that looks misspelt, and the word of the corpus that was searched for as well."""

    typed: str
    searched: str


@dataclass(frozen=True, slots=True)
class RespeltQuestion:
    """A question with the words of the corpus in place of those that look misspelt."""

    text: str
    respellings: tuple[Respelling, ...]


def respell(
    question: str,
    near: Callable[[str], Mapping[str, int]],
    is_known: Callable[[str, str], bool],
    in_corpus: Callable[[str], bool] = lambda stem: False,
) -> RespeltQuestion:
    """Replace each word that looks misspelt by the word of the corpus that it looks like.

    ``near(word)`` returns the corpus's words that may be a few edits away, each with
    the number of passages that have it. ``is_known(word, stem)`` tells that a
    word is in the corpus or in the model's vocabulary and must stay as it is,
    ``in_corpus(stem)`` that the corpus has some form of a word.
    Edits are counted as optimal string alignment does: a letter more, less or
    other, or two neighbours swapped.
    """
    text = question
    respellings: list[Respelling] = []
    for token in reversed(tokens(question)):
        word = token.text
        if len(word) < _MIN_LENGTH or not word.isalpha() or word in STOPWORDS or word in LIGHT_WORDS:
            continue
        if is_known(word, token.stem):
            continue
        meant = _meant(word, near(word)) or _everyday(word, in_corpus)
        if meant:
            text = text[: token.start] + meant + text[token.end :]
            respellings.append(Respelling(question[token.start : token.end], meant))
    return RespeltQuestion(text, tuple(dict.fromkeys(reversed(respellings))))


def _meant(word: str, vocabulary: Mapping[str, int]) -> str | None:
    """Return the word of the vocabulary that a misspelt word stands for, None if that is not sure."""
    near = process.extract(word, list(vocabulary), scorer=OSA.distance, score_cutoff=_MAX_EDITS, limit=None)
    possible = [
        (edits, -vocabulary[other], other) for other, edits, _ in near if _may_mean(word, other, int(edits))
    ]
    if not possible:
        return None
    _, _, meant = min(possible)
    own = frequency(word)
    return None if own and frequency(meant) - own < _MUCH_RARER else meant


def _may_mean(word: str, other: str, edits: int) -> bool:
    if not other.isalpha() or other == word:
        return False
    max_edits = 2 if len(other) >= _LONG else 1
    is_near_common = edits <= max_edits and len(other) >= _MIN_LENGTH and frequency(other) >= _COMMON
    return is_near_common or is_slip(word, other) or sound_alike(word, other)


def _everyday(word: str, in_corpus: Callable[[str], bool]) -> str | None:
    """Return the everyday word that a word without a meaning of its own is a slip of, the commonest."""
    if frequency(word) >= _RARE:
        return None
    near = process.extract(word, common_words(), scorer=OSA.distance, score_cutoff=1, limit=None)
    possible = [(not in_corpus(stem(other)), rank, other) for other, _, rank in near if is_slip(word, other)]
    if not possible:
        return None
    is_elsewhere, _, meant = min(possible)
    return None if is_elsewhere and len(word) < _EVERYDAY_LENGTH else meant


def spelt_alike(word: str, vocabulary: Mapping[str, int]) -> list[str]:
    """Return words of the documents that are a few edits away, the nearest first, then the most frequent."""
    if len(word) < _MIN_ALIKE:
        return []
    near = process.extract(word, list(vocabulary), scorer=OSA.distance, score_cutoff=_MAX_ALIKE, limit=None)
    others = [(edits, -vocabulary[other], other) for other, edits, _ in near if other.isalpha()]
    return [other for _, _, other in sorted(others)]


def described(respellings: Iterable[Respelling]) -> str:
    """Return the sentences that tell of both spellings, "" if there are none."""
    return " ".join(f"Searched also for “{r.searched}”; you wrote “{r.typed}”." for r in respellings)
