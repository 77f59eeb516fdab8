"""First-stage candidates: the passages that dense, sentence and lexical search find."""

from typing import Any

from tacrochat.index.protocol import Index
from tacrochat.ranking.records import Candidate, Query


def gather(index: Index, query: Query, count: int, allowed: Any) -> list[Candidate]:
    """Return the best ``count`` passages of each of three searches, each passage once, by id.

    The three are cosine of the passage, cosine of its best sentence, and BM25.
    ``allowed`` says which passages may be returned, None for all.
    """
    vector = query.query_vector
    ids = index.find(vector, query.stems, count, allowed)
    passages = index.passages_at(ids)
    cosines = index.vectors(ids) @ vector
    of_sentences = index.sentence_cosines(ids, vector)
    return [
        Candidate(passage=passage, cosine=cosine, sentence_cosines=sentence_cosines)
        for passage, cosine, sentence_cosines in zip(passages, cosines.tolist(), of_sentences, strict=True)
    ]
