"""Choose the sentence of a passage that answers."""

import math
from collections.abc import Sequence

from tacrochat.types import Span


def highlights(
    sentences: Sequence[Span], scores: Sequence[float], min_probability: float
) -> tuple[Span, ...]:
    """Choose the sentence that answers; none if no sentence reaches ``min_probability``.

    The scores are log-odds, comparable within the passage: their softmax is the
    probability of each sentence.
    """
    highest = max(scores)
    probability = 1 / sum(math.exp(score - highest) for score in scores)
    return (sentences[scores.index(highest)],) if probability >= min_probability else ()
