"""Choose the sentence of a passage that answers."""

from collections.abc import Sequence

import numpy as np

from tacrochat.arrays import Floats
from tacrochat.types import Span


def highlights(sentences: Sequence[Span], scores: Floats, least: float) -> tuple[Span, ...]:
    """Choose the sentence that answers, none when no one stands out.

    The scores are log-odds within the passage: their softmax is the probability
    that a sentence is the one.
    """
    shares = np.exp(scores - scores.max())
    shares = shares / shares.sum()
    best = int(shares.argmax())
    return (sentences[best],) if shares[best] >= least else ()
