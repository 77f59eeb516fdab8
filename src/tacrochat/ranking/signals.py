"""What can be said of a passage for a query, as numbers that each mean something.

All signals of all candidates are computed at once, as one float32 array with a
row a candidate and a column a signal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import WORD_VECTOR_SCALE
from tacrochat.ranking.bm25 import bm25
from tacrochat.ranking.question_form import answer_type, negation, refers_back
from tacrochat.ranking.records import Candidate, Collection, Query
from tacrochat.ranking.segments import Array, ranges, same_words, segment_max
from tacrochat.text import Token

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

_AT = {name: i for i, name in enumerate(SENTENCE_NAMES)}
_FEEDBACK = 3  # passages taken as relevant for feedback
_COMMON = 0.6  # specificity up to which a word is everyday language; in English, of about 500 words
_HEADING_SHARE = 0.8  # what a word of the heading counts when the sentence lacks it


@dataclass(frozen=True, slots=True)
class Signals:
    """What was measured: ``values[c, s]`` is signal ``NAMES[s]`` of candidate c.

    ``sentences[c]`` has a row a sentence of candidate c, a column a name in ``SENTENCE_NAMES``.
    """

    values: Array
    sentences: tuple[Array, ...]


@np.errstate(invalid="ignore")  # raised at random by flags that other libraries leave in the processor
def measure(query: Query, candidates: Sequence[Candidate], collection: Collection) -> Signals:
    """Compute every signal of every candidate."""
    values = np.zeros((len(candidates), len(NAMES)), np.float32)
    column = {name: values[:, i] for i, name in enumerate(NAMES)}
    vectors = collection.vectors
    passages = np.asarray([c.passage.id for c in candidates])
    column["cosine"][:] = [c.cosine for c in candidates]
    column["sentence_cosine"][:] = [c.sentence_cosines.max(initial=-1.0) for c in candidates]
    column["feedback"][:] = _feedback(column["cosine"] + column["sentence_cosine"], passages, vectors)
    column["answer_type"][:] = answer_type(query.text, [c.passage.text for c in candidates])
    sentences = tuple(_sentence_signals(c, query.text) for c in candidates)
    if query.terms:
        found = _compare(query, passages, collection)
        _measure_words(query, found, collection.terms.mean_length, column)
        _measure_sentences(query, found, column, sentences)
    return Signals(values, sentences)


@dataclass(frozen=True, slots=True)
class _Compared:
    """The words of the candidates beside those of the query.

    ``body`` are the content words of all candidates, ``same`` tells, a row each,
    which of the query's terms it is; sentence s has the rows ``sentences[s]`` to
    ``sentences[s + 1]``. ``near`` has a row for every word, function words too,
    and tells how like each of the query's words it is; sentence s has the rows
    ``spoken[s]`` to ``spoken[s + 1]``. Candidate c has the sentences
    ``passages[c]`` to ``passages[c + 1]``; ``heading`` says what its headings hold.
    """

    body: NDArray[np.int32]
    same: Array
    near: Array
    sentences: NDArray[np.int64]
    spoken: NDArray[np.int64]
    passages: NDArray[np.int64]
    heading: Array


def _compare(query: Query, passages: NDArray[np.int64], collection: Collection) -> _Compared:
    terms, ids = collection.terms, np.asarray(query.ids)
    rows, passage_bounds = ranges(terms.passages, passages, passages + 1)
    places, sentence_bounds = ranges(terms.sentences, rows, rows + 1)
    spoken, spoken_bounds = ranges(terms.spoken, rows, rows + 1)
    heading_places, heading_bounds = ranges(terms.headings, passages, passages + 1)
    body = terms.body[places]
    return _Compared(
        body,
        same_words(body, ids),
        _likeness(query, collection.words, spoken),
        sentence_bounds,
        spoken_bounds,
        passage_bounds,
        segment_max(same_words(terms.heading[heading_places], ids), heading_bounds),
    )


def _shares(query: Query) -> tuple[Array, Array]:
    """Weigh the terms by how rare they are here, and by how particular they are in the language as well."""
    weight = np.asarray(query.idf, np.float32)
    specific = weight * np.asarray(query.specificity, np.float32) ** 2
    return weight / max(float(weight.sum()), 1e-9), specific / max(float(specific.sum()), 1e-9)


def _measure_words(query: Query, found: _Compared, mean_length: float, column: Mapping[str, Array]) -> None:
    """Tell how much of the question a passage has: its very words, or others like them."""
    share, specific = _shares(query)
    bounds = found.sentences[found.passages]
    exact = np.maximum(segment_max(found.same, bounds), found.heading)
    every = segment_max(found.near, found.spoken[found.passages])
    by_term = np.maximum(every[:, query.positions], _HEADING_SHARE * found.heading)
    column["heading_match"][:] = found.heading @ share
    column["exact"][:] = exact @ share
    column["term_match"][:] = by_term @ share
    column["weakest_term"][:] = by_term.min(axis=1)
    column["weakest_terms"][:] = np.sort(by_term, axis=1)[:, :2].mean(axis=1)
    column["word_match"][:] = every.mean(axis=1)
    column["specific_match"][:] = by_term @ specific
    column["specific_lacking"][:] = (by_term - 1) @ particular(query)
    scores = bm25(found.same, bounds, np.asarray(query.idf, np.float32), mean_length)
    column["bm25"][:] = scores
    column["bm25_share"][:] = scores / max(float(scores.max()), 1e-9)
    column["phrase"][:] = _phrases(query, found.body, bounds)
    column["names"][:] = _lacking(exact, [i for i, term in enumerate(query.terms) if _is_name(query, term)])


def _measure_sentences(
    query: Query, found: _Compared, column: Mapping[str, Array], sentences: Sequence[Array]
) -> None:
    """Measure the sentences, filling in ``sentences``; a passage has the best of each signal."""
    share, specific = _shares(query)
    missing = particular(query)
    heading = np.repeat(_HEADING_SHARE * found.heading, np.diff(found.passages), axis=0)
    by_term = np.maximum(segment_max(found.near[:, query.positions], found.spoken), heading)
    exact = np.maximum(segment_max(found.same, found.sentences), heading) @ share
    matched, weakest, specifically = by_term @ share, by_term.min(axis=1), by_term @ specific
    lacking = (by_term - 1) @ missing
    new_words = np.diff(np.concatenate([[0], np.cumsum(found.same.max(axis=1) == 0)])[found.sentences])
    for i, rows in enumerate(sentences):
        own = slice(found.passages[i], found.passages[i + 1])
        column["sentence_term_match"][i] = matched[own].max(initial=0.0)
        column["sentence_weakest_term"][i] = weakest[own].max(initial=0.0)
        column["sentence_exact"][i] = exact[own].max(initial=0.0)
        column["sentence_specific_match"][i] = specifically[own].max(initial=0.0)
        column["sentence_specific_lacking"][i] = lacking[own].max(initial=-float(missing.sum()))
        rows[:, _AT["term_match"]] = matched[own]
        rows[:, _AT["weakest_term"]] = weakest[own]
        rows[:, _AT["exact"]] = exact[own]
        rows[:, _AT["new_words"]] = np.log1p(new_words[own])
        rows[:, _AT["specific_match"]] = specifically[own]
        rows[1:, _AT["carried"]] *= matched[own][:-1]  # what a sentence refers back to
        best = rows[int((rows[:, _AT["cosine"]] + rows[:, _AT["term_match"]]).argmax())]
        column["sentence_answer_type"][i] = best[_AT["answer_type"]]


def particular(query: Query) -> Array:
    """How far each term is beyond everyday language: 0 for its few hundred commonest words."""
    return np.asarray(np.maximum(np.asarray(query.specificity, np.float32) - _COMMON, 0))


def _sentence_signals(candidate: Candidate, question: str) -> Array:
    """Start the rows of ``Signals.sentences`` with what needs no words of the corpus."""
    passage = candidate.passage
    texts = [passage.text[a - passage.start : b - passage.start] for a, b in passage.sentences]
    rows = np.zeros((len(texts), len(SENTENCE_NAMES)), np.float32)
    rows[:, _AT["cosine"]] = candidate.sentence_cosines
    rows[:, _AT["answer_type"]] = answer_type(question, texts)
    rows[:, _AT["negation"]] = negation(question, texts)
    rows[0, _AT["first"]] = 1.0
    rows[1:, _AT["carried"]] = [refers_back(text) for text in texts[1:]]
    return rows


def _feedback(scores: Array, passages: NDArray[np.int64], vectors: Array) -> Array:
    """Cosine with the mean of the best few passages: pseudo-relevance feedback (Rocchio, 1971)."""
    best = passages[np.argsort(-scores, kind="stable")[:_FEEDBACK]]
    mean = vectors[best].mean(axis=0)
    return np.asarray(vectors[passages] @ (mean / max(float(np.linalg.norm(mean)), 1e-9)), np.float32)


def _likeness(query: Query, words: NDArray[np.int8], places: NDArray[np.int64]) -> Array:
    """Cosine of every word with every word of the query, both as they stand in their texts.

    Late interaction (ColBERT; Khattab and Zaharia, 2020) with the token vectors
    of the same model, averaged over each word's pieces: ``(len(places), words)``.
    """
    near = words[places].astype(np.float32) @ (query.word_vectors.T / WORD_VECTOR_SCALE)
    return np.asarray(near, np.float32)


def _phrases(query: Query, body: NDArray[np.int32], bounds: NDArray[np.int64]) -> Array:
    """Share of the query's neighbouring word pairs that stand next to each other in the passage."""
    pairs = [(a, b) for (a, b) in zip(query.ids, query.ids[1:], strict=False) if a >= 0 and b >= 0]
    result = np.zeros(len(bounds) - 1, np.float32)
    if not pairs or len(body) < 2:
        return result
    for a, b in pairs:
        places = np.flatnonzero((body[:-1] == a) & (body[1:] == b))
        owners = np.searchsorted(bounds, places, side="right") - 1
        ok = places + 1 < bounds[owners + 1]
        result[np.unique(owners[ok])] += 1 / len(query.ids[1:])
    return result


def _is_name(query: Query, token: Token) -> bool:
    """Tell whether a term is written like a name: a capital, but not at the start."""
    return query.text[token.start].isupper() and any(c.isalnum() for c in query.text[: token.start])


def _lacking(exact: Array, places: list[int]) -> Array:
    """Minus the share of some of the query's terms that the passage lacks."""
    if not places:
        return np.zeros(len(exact), np.float32)
    return np.asarray(exact[:, places].mean(axis=1) - 1, np.float32)
