"""First-stage candidates: the passages that dense, sentence-level and lexical search bring up."""

import numpy as np

from tacrochat.index.store import Store
from tacrochat.ranking.records import Candidate, Query


def gather(store: Store, query: Query, count: int, allowed: frozenset[int] | None) -> list[Candidate]:
    """Return the best ``count`` passages of each of three searches, each passage once.

    The three are cosine of the passage, cosine of its best sentence, and BM25.
    ``allowed`` holds the ids of the passages that may be returned, None for all.
    """
    depth = count if allowed is None else len(store.passages)
    offsets = store.terms.passages
    passage_hits = store.space("passages").search(query.vector, depth)
    sentence_hits = store.space("sentences").search(query.vector, 3 * depth)
    owners = np.searchsorted(offsets, [sentence for sentence, _ in sentence_hits], side="right") - 1
    lexical_hits = store.match((token.stem for token in query.terms), depth)
    ids: dict[int, None] = {}
    for search in ((i for i, _ in passage_hits), (int(i) for i in owners), (i for i, _ in lexical_hits)):
        unique = dict.fromkeys(i for i in search if allowed is None or i in allowed)
        ids.update(dict.fromkeys(list(unique)[:count]))
    vectors, sentence_vectors = store.space("passages").rows, store.space("sentences").rows
    return [
        Candidate(
            passage=store.passages[i],
            cosine=float(vectors[i] @ query.vector),
            sentence_cosines=sentence_vectors[offsets[i] : offsets[i + 1]] @ query.vector,
        )
        for i in ids
    ]
