"""The field's measures for a ranking: nDCG@10, Recall@100, MRR@10 (as in trec_eval, linear gain)."""

from collections.abc import Mapping, Sequence

import numpy as np


def ndcg(ranking: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """Normalised discounted cumulative gain (Järvelin and Kekäläinen, 2002)."""
    gains = [max(0, grades.get(key, 0)) for key in ranking[:depth]]
    ideal = sorted((g for g in grades.values() if g > 0), reverse=True)[:depth]
    return _dcg(gains) / _dcg(ideal) if ideal else 0.0


def recall(ranking: Sequence[str], grades: Mapping[str, int], depth: int = 100) -> float:
    """Share of the relevant documents among the first ``depth``."""
    relevant = {key for key, grade in grades.items() if grade > 0}
    return len(relevant & set(ranking[:depth])) / len(relevant) if relevant else 0.0


def mrr(ranking: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """Reciprocal rank of the first relevant document, 0 beyond ``depth``."""
    ranks = (i for i, key in enumerate(ranking[:depth], 1) if grades.get(key, 0) > 0)
    first = next(ranks, None)
    return 1 / first if first else 0.0


def _dcg(gains: Sequence[float]) -> float:
    return float(sum(g / np.log2(i + 2) for i, g in enumerate(gains)))
