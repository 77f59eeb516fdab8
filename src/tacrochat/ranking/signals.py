"""The signals of ranking: numbers that each say one thing about how a passage fits a query.

All signals of all candidates are computed at once, as one float32 array with a
row for each candidate and a column for each signal.

Notation: ``q`` is a word of the question, ``w`` a word of the passage, and
``cos(q, w)`` compares their vectors in context. A term matches with ``max over w
of cos(q, w)`` (late interaction; ColBERT, Khattab and Zaharia, 2020).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import Floats
from tacrochat.index.ragged import range_max, same_words
from tacrochat.index.words import PassageWords
from tacrochat.ranking.bm25 import bm25
from tacrochat.ranking.question_form import answer_type, negation, refers_back
from tacrochat.ranking.records import Candidate, Collection, Query
from tacrochat.text import Token
from tacrochat.word_codes import cosines

NAMES = (
    "cosine",
    "sentence_cosine",
    "feedback",
    "bm25",
    "bm25_share",
    "heading_match",
    "exact",
    "sentence_exact",
    "term_match",
    "sentence_term_match",
    "weakest_term",
    "weakest_terms",
    "sentence_weakest_term",
    "word_match",
    "specific_match",
    "sentence_specific_match",
    "specific_lacking",
    "sentence_specific_lacking",
    "phrase",
    "names",
    "answer_type",
    "sentence_answer_type",
    "opening_cosine",
)
SENTENCE_NAMES = (
    "cosine",
    "term_match",
    "weakest_term",
    "exact",
    "answer_type",
    "negation",
    "first",
    "new_words",
    "specific_match",
    "carried",
)

_COLUMN = {name: i for i, name in enumerate(SENTENCE_NAMES)}
_FEEDBACK_PASSAGES = 3  # passages taken as relevant for feedback
_COMMON = 0.6  # specificity up to which a word is everyday language; in English, about 500 words
_HEADING_WEIGHT = 0.8  # weight of a word that only the heading has, against 1 in the sentence


@dataclass(frozen=True, slots=True)
class Signals:
    """What was measured: ``values[c, s]`` is signal ``NAMES[s]`` of candidate c.

    ``sentences[c]`` has a row for each sentence of candidate c and a column for
    each name in ``SENTENCE_NAMES``.
    """

    values: Floats
    sentences: tuple[Floats, ...]


@np.errstate(invalid="ignore")  # raised at random by flags that other libraries leave in the processor
def measure(query: Query, candidates: Sequence[Candidate], collection: Collection) -> Signals:
    """Compute every signal of every candidate."""
    values = np.zeros((len(candidates), len(NAMES)), np.float32)
    column = {name: values[:, i] for i, name in enumerate(NAMES)}
    passage_ids = np.asarray([c.passage.id for c in candidates])
    column["cosine"][:] = [c.cosine for c in candidates]
    offsets = np.cumsum([0, *(len(c.passage.sentences) for c in candidates)])
    sentences = _sentence_signals(query.text, candidates, offsets[:-1])
    cosines_of = sentences[:, _COLUMN["cosine"]]
    column["sentence_cosine"][:] = np.maximum(np.maximum.reduceat(cosines_of, offsets[:-1]), -1.0)
    dense_scores = column["cosine"] + column["sentence_cosine"]
    column["feedback"][:] = _feedback(dense_scores, collection.vectors(passage_ids))
    column["opening_cosine"][:] = _openings(candidates, collection) @ query.query_vector
    column["answer_type"][:] = answer_type(query.text, [c.passage.text for c in candidates])
    if query.terms:
        comparison = _compare(query, collection.words(passage_ids, query.stems))
        _measure_words(query, comparison, collection.mean_length, column)
        _measure_sentences(query, comparison, column, sentences)
    return Signals(values, tuple(np.split(sentences, offsets[1:-1])))


@dataclass(frozen=True, slots=True)
class _Comparison:
    """The words of the candidates, compared with those of the query.

    - ``body``: content words of all candidates, in reading order, see ``PassageWords``.
    - ``same``: ``(content words, terms)``, 1 where the word is the term.
    - ``cosines``: ``(words, query words)``, for every word, function words too. Words
      are compared as they stand in their texts: their vectors are those of the model's last layer.
    - ``heading``: ``(candidates, terms)``, 1 where title or headings have the term.

    Candidate c has the sentences ``passage_offsets[c]`` to ``passage_offsets[c +
    1]``. Sentence s has the rows ``sentence_offsets[s]`` to ``sentence_offsets[s +
    1]`` of ``body`` and ``same``, and the rows ``word_offsets[s]`` to
    ``word_offsets[s + 1]`` of ``cosines``.
    """

    body: NDArray[np.int32]
    same: Floats
    cosines: Floats
    heading: Floats
    passage_offsets: NDArray[np.int64]
    sentence_offsets: NDArray[np.int64]
    word_offsets: NDArray[np.int64]


def _compare(query: Query, words: PassageWords) -> _Comparison:
    terms = np.arange(len(query.terms))
    return _Comparison(
        body=words.body,
        same=same_words(words.body, terms),
        cosines=cosines(words.codes, query.word_vectors),
        heading=range_max(same_words(words.heading, terms), words.heading_offsets),
        passage_offsets=words.passage_offsets,
        sentence_offsets=words.body_offsets,
        word_offsets=words.word_offsets,
    )


def _weights(query: Query) -> tuple[Floats, Floats]:
    """Return two weights for each term, each summing to 1: ``idf``, and ``idf · specificity²``."""
    weight = np.asarray(query.idf, np.float32)
    specific = weight * np.asarray(query.specificity, np.float32) ** 2
    return weight / max(float(weight.sum()), 1e-9), specific / max(float(specific.sum()), 1e-9)


def _measure_words(
    query: Query, comparison: _Comparison, mean_length: float, column: Mapping[str, Floats]
) -> None:
    """Measure how much of the question a passage has: the same words (``exact``), or similar ones."""
    weight, specific_weight = _weights(query)
    body_offsets = comparison.sentence_offsets[comparison.passage_offsets]
    exact = np.maximum(range_max(comparison.same, body_offsets), comparison.heading)
    by_word = range_max(comparison.cosines, comparison.word_offsets[comparison.passage_offsets])
    by_term = np.maximum(by_word[:, query.positions], _HEADING_WEIGHT * comparison.heading)
    column["heading_match"][:] = comparison.heading @ weight
    column["exact"][:] = exact @ weight
    column["term_match"][:] = by_term @ weight
    column["weakest_term"][:] = by_term.min(axis=1)
    column["weakest_terms"][:] = np.sort(by_term, axis=1)[:, :2].mean(axis=1)
    column["word_match"][:] = by_word.mean(axis=1)
    column["specific_match"][:] = by_term @ specific_weight
    column["specific_lacking"][:] = (by_term - 1) @ beyond_everyday(query)
    scores = bm25(comparison.same, body_offsets, np.asarray(query.idf, np.float32), mean_length)
    column["bm25"][:] = scores
    column["bm25_share"][:] = scores / max(float(scores.max()), 1e-9)
    column["phrase"][:] = _phrases(query, comparison.body, body_offsets)
    column["names"][:] = _lacking(exact, [i for i, term in enumerate(query.terms) if _is_name(query, term)])


def _measure_sentences(
    query: Query, comparison: _Comparison, column: Mapping[str, Floats], sentences: Floats
) -> None:
    """Measure each sentence, filling in ``sentences``; a passage gets the best value of its sentences."""
    offsets = comparison.passage_offsets
    starts = offsets[:-1]
    weight, specific_weight = _weights(query)
    lacking_weight = beyond_everyday(query)
    heading = np.repeat(_HEADING_WEIGHT * comparison.heading, np.diff(comparison.passage_offsets), axis=0)
    cosines = comparison.cosines[:, query.positions]
    by_term = np.maximum(range_max(cosines, comparison.word_offsets), heading)
    exact = np.maximum(range_max(comparison.same, comparison.sentence_offsets), heading) @ weight
    matched, weakest, specific = by_term @ weight, by_term.min(axis=1), by_term @ specific_weight
    lacking = (by_term - 1) @ lacking_weight
    is_new = comparison.same.max(axis=1) == 0
    new_words = np.diff(np.concatenate([[0], np.cumsum(is_new)])[comparison.sentence_offsets])
    for name, values, lowest in (
        ("sentence_term_match", matched, 0.0),
        ("sentence_weakest_term", weakest, 0.0),
        ("sentence_exact", exact, 0.0),
        ("sentence_specific_match", specific, 0.0),
        ("sentence_specific_lacking", lacking, 0.0 - float(lacking_weight.sum())),
    ):
        column[name][:] = np.maximum(np.maximum.reduceat(values, starts), lowest)
    sentences[:, _COLUMN["term_match"]] = matched
    sentences[:, _COLUMN["weakest_term"]] = weakest
    sentences[:, _COLUMN["exact"]] = exact
    sentences[:, _COLUMN["new_words"]] = np.log1p(new_words)
    sentences[:, _COLUMN["specific_match"]] = specific
    # A sentence that refers back ("These can include …") takes over the match of the one before.
    later = np.flatnonzero(~np.isin(np.arange(len(sentences)), starts))
    sentences[later, _COLUMN["carried"]] *= matched[later - 1]
    likely = sentences[:, _COLUMN["cosine"]] + sentences[:, _COLUMN["term_match"]]
    best = [int(likely[a:b].argmax()) + a for a, b in pairwise(offsets.tolist())]
    column["sentence_answer_type"][:] = sentences[best, _COLUMN["answer_type"]]


def beyond_everyday(query: Query) -> Floats:
    """Return, for each term, how far its specificity is above that of the few hundred commonest words."""
    return np.asarray(np.maximum(np.asarray(query.specificity, np.float32) - _COMMON, 0))


def _sentence_signals(question: str, candidates: Sequence[Candidate], firsts: NDArray[np.int64]) -> Floats:
    """Return a row for each sentence of all candidates, with those columns filled that need no term.

    ``firsts`` are the rows of the first sentence of each candidate.
    """
    texts = [
        c.passage.text[a - c.passage.start : b - c.passage.start]
        for c in candidates
        for a, b in c.passage.sentences
    ]
    values = np.zeros((len(texts), len(SENTENCE_NAMES)), np.float32)
    values[:, _COLUMN["cosine"]] = np.concatenate([c.sentence_cosines for c in candidates])
    values[:, _COLUMN["answer_type"]] = answer_type(question, texts)
    values[:, _COLUMN["negation"]] = negation(question, texts)
    values[:, _COLUMN["carried"]] = [refers_back(text) for text in texts]
    values[firsts, _COLUMN["carried"]] = 0.0
    values[firsts, _COLUMN["first"]] = 1.0
    return values


def _feedback(scores: Floats, vectors: Floats) -> Floats:
    """Return the cosine with the mean of the best few: pseudo-relevance feedback (Rocchio, 1971)."""
    mean = vectors[np.argsort(-scores, kind="stable")[:_FEEDBACK_PASSAGES]].mean(axis=0)
    return np.asarray(vectors @ (mean / max(float(np.linalg.norm(mean)), 1e-9)), np.float32)


def _openings(candidates: Sequence[Candidate], collection: Collection) -> Floats:
    """Return the vector of the first passage of each candidate's document, ``(candidates, dimension)``.

    It says most often what the document is about; a passage in the middle may not.
    """
    numbers, of_candidate = np.unique([c.passage.document_id for c in candidates], return_inverse=True)
    first = np.asarray([collection.passage_ids_of(number).start for number in numbers.tolist()], np.int64)
    order = np.argsort(first)
    vectors = collection.vectors(first[order])
    return np.asarray(vectors[np.argsort(order)[of_candidate]], np.float32)


def _phrases(query: Query, body: NDArray[np.int32], offsets: NDArray[np.int64]) -> Floats:
    """Return the share of the query's pairs of neighbouring terms that are neighbours in the passage."""
    pairs = [(a, b) for (a, b) in zip(query.ids, query.ids[1:], strict=False) if a >= 0 and b >= 0]
    result = np.zeros(len(offsets) - 1, np.float32)
    if not pairs or len(body) < 2:
        return result
    for a, b in pairs:
        positions = np.flatnonzero((body[:-1] == a) & (body[1:] == b))
        passages = np.searchsorted(offsets, positions, side="right") - 1
        is_inside = positions + 1 < offsets[passages + 1]
        result[np.unique(passages[is_inside])] += 1 / len(query.ids[1:])
    return result


def _is_name(query: Query, token: Token) -> bool:
    """Tell whether a term is written like a name: with a capital, but not at the start."""
    return query.text[token.start].isupper() and any(c.isalnum() for c in query.text[: token.start])


def _lacking(exact: Floats, terms: list[int]) -> Floats:
    """Return minus the share of these terms that the passage lacks; 0 if there are none."""
    if not terms:
        return np.zeros(len(exact), np.float32)
    return np.asarray(exact[:, terms].mean(axis=1) - 1, np.float32)
