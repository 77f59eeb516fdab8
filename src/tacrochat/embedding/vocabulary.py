"""How common the words of the language are, read off the order of a model's vocabulary."""

import math
from collections.abc import Mapping


class Vocabulary:
    """The words that are one piece of a model's vocabulary, by how common they are.

    Vocabularies of subwords (WordPiece, unigram, byte pairs) list their pieces in
    the order they were learnt, which is nearly that of frequency.
    """

    def __init__(self, pieces: Mapping[str, int]) -> None:
        """Read the pieces of a tokenizer, each with its number."""
        words = (
            piece.lstrip("▁Ġ").lower()
            for piece, _ in sorted(pieces.items(), key=lambda item: item[1])
            if not piece.startswith("##")
        )
        letters = (word for word in words if len(word) > 1 and word.isalpha())
        self._ranks = {word: rank for rank, word in enumerate(dict.fromkeys(letters))}

    def __contains__(self, word: str) -> bool:
        """Tell whether a word in lower case is common enough to be one piece."""
        return word in self._ranks

    def specificity(self, word: str) -> float:
        """Return how particular a word in lower case is: 0 for the commonest, 1 for one that is not a piece.

        It is ``log(1 + rank) / log(1 + number of words)``: by Zipf's law the
        logarithm of a word's rank grows as that of its frequency falls.
        """
        count = len(self._ranks)
        return math.log1p(self._ranks.get(word, count)) / math.log1p(count)
