"""How common a word is in the language, by its rank in the vocabulary of a model's tokenizer."""

import math
from collections.abc import Mapping


class Vocabulary:
    """The words that are one piece of a tokenizer's vocabulary, ranked by how common they are.

    Vocabularies of subwords (WordPiece, unigram, byte pairs) list their pieces in
    the order in which they were learnt, which is nearly that of frequency.
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
        """Return how rare a word in lower case is in the language: 0 the commonest, 1 one that is not here.

        It is ``log(1 + rank) / log(1 + number of words)``: by Zipf's law the
        logarithm of a word's rank grows as the logarithm of its frequency falls.
        """
        count = len(self._ranks)
        return math.log1p(self._ranks.get(word, count)) / math.log1p(count)
