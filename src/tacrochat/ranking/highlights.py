"""Choose the sentence of a passage that answers."""

from collections.abc import Sequence

import numpy as np

from tacrochat.arrays import Floats
from tacrochat.types import Span


def highlights(sentences: Sequence[Span], scores: Floats, min_probability: float) -> tuple[Span, ...]:
    """Choose the sentence that answers; none if no sentence reaches ``min_probability``.

    The scores are log-odds, comparable within the passage: their softmax is the
    probability of each sentence.
    """
    probabilities = np.exp(scores - scores.max())
    probabilities = probabilities / probabilities.sum()
    best = int(probabilities.argmax())
    return (sentences[best],) if probabilities[best] >= min_probability else ()
