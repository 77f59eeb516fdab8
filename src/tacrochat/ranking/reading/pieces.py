"""The pieces of single words in a WordPiece vocabulary.

The same words give the same pieces when the reader is trained and when it is
used; that they are nearly those of the model's tokenizer is enough.
"""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from itertools import groupby

_MAX_PIECES = 12
_LONGEST = 100  # characters of a word that are cut: the time grows with their square


class WordPieces:
    """Cuts words at the longest pieces of a vocabulary, from the left (Schuster and Nakajima, 2012)."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        """Read the pieces of a tokenizer, each with its number; ``##`` marks those inside a word."""
        self._vocabulary = vocabulary
        self._unknown = vocabulary.get("[UNK]", 0)
        self.of = lru_cache(65_536)(self._of)
        """Return the numbers of a word's pieces; the word is in lower case."""

    def _of(self, word: str) -> tuple[int, ...]:
        plain = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
        runs = ["".join(run) for is_word, run in groupby(plain[:_LONGEST], str.isalnum) if is_word]
        numbers = [number for run in runs for number in self._cut(run)]
        return tuple(numbers[:_MAX_PIECES]) or (self._unknown,)

    def _cut(self, run: str) -> list[int]:
        numbers = []
        start = 0
        while start < len(run):
            mark = "##" if start else ""
            for end in range(len(run), start, -1):
                number = self._vocabulary.get(mark + run[start:end])
                if number is not None:
                    numbers.append(number)
                    start = end
                    break
            else:
                return [self._unknown]
        return numbers
