"""First-stage candidates: the passages that dense, sentence and lexical search find."""

import numpy as np

from tacrochat.index.store import Store
from tacrochat.ranking.records import Candidate, Query
from tacrochat.ranking.segments import select_segments


def gather(store: Store, query: Query, count: int, allowed: frozenset[int] | None) -> list[Candidate]:
    """Return the best ``count`` passages of each of three searches, each passage once.

    The three are cosine of the passage, cosine of its best sentence, and BM25.
    ``allowed`` holds the ids of the passages that may be returned, None for all.
    """
    query_vector, offsets = query.query_vector, store.terms.passage_offsets
    rows = None if allowed is None else np.asarray(sorted(allowed), np.int64)
    sentence_rows = None if rows is None else select_segments(offsets, rows)[0]
    depth = count if allowed is None else len(store.passages)
    sentence_ids = [i for i, _ in store.space("sentences").search(query_vector, 3 * depth, sentence_rows)]
    rankings = (
        [i for i, _ in store.space("passages").search(query_vector, depth, rows)],
        [int(i) for i in np.searchsorted(offsets, sentence_ids, side="right") - 1],
        [i for i, _ in store.match((token.stem for token in query.terms), depth)],
    )
    ids: dict[int, None] = {}
    for ranking in rankings:
        unique = dict.fromkeys(i for i in ranking if allowed is None or i in allowed)
        ids.update(dict.fromkeys(list(unique)[:count]))
    vectors, sentence_vectors = store.space("passages").vectors, store.space("sentences").vectors
    return [
        Candidate(
            passage=store.passages[i],
            cosine=float(vectors[i] @ query_vector),
            sentence_cosines=sentence_vectors[offsets[i] : offsets[i + 1]] @ query_vector,
        )
        for i in ids
    ]
