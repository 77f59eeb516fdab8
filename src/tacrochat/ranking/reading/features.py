"""What the reader is told of each word beside its vectors."""

from collections.abc import Sequence

import numpy as np

from tacrochat.arrays import Floats
from tacrochat.embedding.vocabulary import Vocabulary
from tacrochat.text import STOPWORDS, Token

WORD_FEATURES = 6


def word_features(text: str, words: Sequence[Token], vocabulary: Vocabulary) -> Floats:
    """Describe the words of a text, ``(words, WORD_FEATURES)``.

    The columns: is a content word, how rare it is in the language (0 to 1), has
    a digit, begins with a capital, follows a full stop or another mark that ends
    something, follows a comma or a bracket.
    """
    values = np.zeros((len(words), WORD_FEATURES), np.float32)
    end = 0
    for i, word in enumerate(words):
        between = text[end : word.start]
        end = word.end
        values[i] = (
            word.text not in STOPWORDS,
            vocabulary.specificity(word.text),
            any(c.isdigit() for c in word.text),
            text[word.start].isupper(),
            i == 0 or any(c in ".!?;:\n" for c in between),
            any(c in ",()[]–—" for c in between),
        )
    return values
