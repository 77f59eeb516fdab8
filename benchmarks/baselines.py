"""Plain retrieval to compare with: BM25, dense, and their fusion, over whole documents."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

import beir
from tacrochat.embedding.encoder import Encoder
from tacrochat.text import stems

Ranking = list[tuple[int, float]]
System = Callable[[str], list[str]]
"""Ranks the keys of documents for a query."""

RRF_K = 60
DEPTH = 100
"""Documents that a system returns."""


class BM25:
    """Okapi BM25 (Robertson and Zaragoza, 2009), k1 1.2, b .75, over Snowball stems of title and text."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Index whole documents."""
        rows = [Counter(stems(text)) for text in texts]
        lengths = np.asarray([sum(row.values()) for row in rows], np.float32)
        self._norm = 1.2 * (1 - 0.75 + 0.75 * lengths / max(1.0, float(lengths.mean())))
        postings: dict[str, list[tuple[int, int]]] = {}
        for number, row in enumerate(rows):
            for stem, count in row.items():
                postings.setdefault(stem, []).append((number, count))
        self._postings = {stem: np.asarray(found, np.int32) for stem, found in postings.items()}
        self._count = len(rows)

    def search(self, query: str, k: int) -> Ranking:
        """Return the ``k`` best documents with their scores."""
        scores = np.zeros(self._count, np.float32)
        for stem in stems(query):
            found = self._postings.get(stem)
            if found is None:
                continue
            rows, counts = found[:, 0], found[:, 1].astype(np.float32)
            idf = np.log(1 + (self._count - len(rows) + 0.5) / (len(rows) + 0.5))
            scores[rows] += idf * counts * 2.2 / (counts + self._norm[rows])
        order = np.argsort(-scores, kind="stable")[:k]
        return [(int(i), float(scores[i])) for i in order if scores[i] > 0]


class Dense:
    """Cosine of whole documents, cut at the model's window, with one vector each."""

    def __init__(self, encoder: Encoder, texts: Sequence[str]) -> None:
        """Embed whole documents."""
        self._encoder = encoder
        self._rows = encoder.encode(list(texts), progress="dense baseline")

    def search(self, query: str, k: int) -> Ranking:
        """Return the ``k`` nearest documents with their cosines."""
        scores = self._rows @ self._encoder.encode([query])[0]
        order = np.argsort(-scores, kind="stable")[:k]
        return [(int(i), float(scores[i])) for i in order]


def reciprocal_rank_fusion(rankings: Sequence[Ranking], k: int) -> Ranking:
    """Fuse rankings by summed reciprocal ranks (Cormack, Clarke and Büttcher, 2009)."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, (number, _) in enumerate(ranking, 1):
            scores[number] = scores.get(number, 0.0) + 1 / (RRF_K + rank)
    return sorted(scores.items(), key=lambda item: -item[1])[:k]


def plain_systems(found: beir.RetrievalSet, encoder: Encoder) -> dict[str, System]:
    """Return BM25, dense retrieval and their reciprocal-rank fusion over the documents of a set."""
    keys, texts = list(found.documents), found.texts
    bm25, dense = BM25(texts), Dense(encoder, texts)

    def fused(query: str) -> Ranking:
        return reciprocal_rank_fusion([bm25.search(query, DEPTH), dense.search(query, DEPTH)], DEPTH)

    def named(search: Callable[[str], Ranking]) -> System:
        return lambda query: [keys[number] for number, _ in search(query)]

    return {
        "bm25": named(lambda query: bm25.search(query, DEPTH)),
        "dense": named(lambda query: dense.search(query, DEPTH)),
        "rrf": named(fused),
    }
