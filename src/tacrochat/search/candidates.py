"""First-stage candidates: the passages that dense, sentence and lexical search find."""

import numpy as np

from tacrochat.index.store import Masks, Store
from tacrochat.ranking.records import Candidate, Query


def gather(store: Store, query: Query, count: int, allowed: Masks | None) -> list[Candidate]:
    """Return the best ``count`` passages of each of three searches, each passage once, by id.

    The three are cosine of the passage, cosine of its best sentence, and BM25.
    ``allowed`` says which passages may be returned, None for all.
    """
    vector = query.query_vector
    sentences = dict.fromkeys(i for i, _ in store.nearest("sentences", vector, 3 * count, allowed))
    words, _ = store.terms.search((token.stem for token in query.terms), count, allowed)
    rankings = (
        [i for i, _ in store.nearest("passages", vector, count, allowed)],
        list(sentences)[:count],
        words.tolist(),
    )
    ids = np.asarray(sorted({i for ranking in rankings for i in ranking}), np.int64)
    cosines = store.vectors(ids) @ vector
    of_sentences = store.sentence_cosines(ids, vector)
    return [
        Candidate(passage=store.passages[i], cosine=cosine, sentence_cosines=sentence_cosines)
        for i, cosine, sentence_cosines in zip(ids.tolist(), cosines.tolist(), of_sentences, strict=True)
    ]
