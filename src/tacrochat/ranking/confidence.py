"""How likely the first hits answer a question: features of the ranking, and their calibration."""

import math
from collections.abc import Mapping, Sequence

from tacrochat.ranking.signals import NAMES, Query
from tacrochat.ranking.weights import Weights
from tacrochat.types import Hit

_FIRST = 3


def features(query: Query, hits: Sequence[Hit]) -> dict[str, float]:
    """Describe a ranking for the confidence model.

    ``first:`` are the signals of the best hit, ``best:`` the best value among
    the first three, ``all:`` among all hits; ``lead`` is how far the first hit's
    score stands above others; ``unknown`` the share of the question's weight in
    words that the corpus does not have.
    """
    if not hits:
        return {}
    scores = [hit.score for hit in hits]
    total = sum(query.idf) or 1.0
    unknown = sum(w for w, number in zip(query.idf, query.ids, strict=True) if number < 0)
    top = hits[0].signals
    found = {f"first:{name}": top[name] for name in NAMES}
    found |= {f"best:{name}": max(hit.signals[name] for hit in hits[:_FIRST]) for name in NAMES}
    found |= {f"all:{name}": max(hit.signals[name] for hit in hits) for name in _OF_ALL}
    found["score"] = scores[0]
    found["lead:second"] = scores[0] - scores[min(1, len(scores) - 1)]
    found["lead:sixth"] = scores[0] - scores[min(5, len(scores) - 1)]
    found["lead:tenth"] = scores[0] - sum(scores[:10]) / len(scores[:10])
    found["unknown"] = unknown / total
    found["terms"] = math.log1p(len(query.terms))
    return found


_OF_ALL = (
    "sentence_cosine",
    "exact",
    "sentence_exact",
    "term_match",
    "sentence_term_match",
    "weakest_term",
    "weakest_terms",
    "sentence_weakest_term",
    "word_match",
)


def confidence(found: Mapping[str, float], weights: Weights) -> float:
    """Return the calibrated probability, 0 to 1, that the first hit answers (Platt, 1999)."""
    if not found:
        return 0.0
    log_odds = weights.intercept + sum(w * found[name] for name, w in weights.confidence.items())
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, log_odds))))
