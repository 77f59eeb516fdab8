"""What can be said of a passage for a query, as numbers that each mean something.

All signals of all candidates are computed at once, as one float32 array with a
row a candidate and a column a signal.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tacrochat.encoder import SCALE
from tacrochat.lexical import TermTable
from tacrochat.ranking.asking import answer_type, negation
from tacrochat.text import Token
from tacrochat.types import Passage

Array = NDArray[np.float32]

NAMES = (
    "cosine",
    "sentence_cosine",
    "context_cosine",
    "feedback",
    "bm25",
    "bm25_share",
    "context_bm25",
    "heading_match",
    "exact",
    "sentence_exact",
    "term_match",
    "sentence_term_match",
    "weakest_term",
    "weakest_terms",
    "sentence_weakest_term",
    "word_match",
    "phrase",
    "numbers",
    "names",
    "answer_type",
    "sentence_answer_type",
    "negation",
)
SENTENCE_NAMES = (
    "cosine",
    "term_match",
    "weakest_term",
    "exact",
    "answer_type",
    "negation",
    "first",
    "length",
)

_K1, _B = 1.2, 0.75  # BM25's usual constants (Robertson and Zaragoza, 2009)
_FEEDBACK = 3  # passages taken as relevant for feedback
_HEADING_SHARE = 0.8  # what a word of the heading counts when the sentence lacks it


@dataclass(frozen=True, slots=True)
class Query:
    """A question as ranking sees it.

    ``terms`` are its content words; ``ids[i]`` (-1 where the corpus does not
    have the word) and ``idf[i]`` belong to ``terms[i]``, which is word
    ``places[i]`` of all its words. ``word_vectors``, ``(words, dimension)``,
    holds every word as it stands in the question.
    """

    text: str
    terms: tuple[Token, ...]
    ids: tuple[int, ...]
    idf: tuple[float, ...]
    vector: Array
    word_vectors: Array
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that some first-stage search brought up, with what that search knows of it."""

    passage: Passage
    cosine: float
    sentence_cosines: Array


@dataclass(frozen=True, slots=True)
class Collection:
    """What ranking needs of the whole corpus.

    ``words`` holds every content word as it stands in its passage, times 127, a
    row an entry of ``terms.body``; ``vectors`` and ``owners`` the vector and
    the document id of every passage.
    """

    terms: TermTable
    words: NDArray[np.int8]
    vectors: Array
    owners: NDArray[np.int32]


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
    terms, words, vectors = collection.terms, collection.words, collection.vectors
    count = len(candidates)
    values = np.zeros((count, len(NAMES)), np.float32)
    column = {name: values[:, i] for i, name in enumerate(NAMES)}
    passages = np.asarray([c.passage.id for c in candidates])
    first, last = _neighbours(passages, collection.owners)
    column["cosine"][:] = [c.cosine for c in candidates]
    column["sentence_cosine"][:] = [c.sentence_cosines.max(initial=-1.0) for c in candidates]
    column["context_cosine"][:] = _context_cosine(query, passages, first, last, vectors)
    column["feedback"][:] = _feedback(column["cosine"] + column["sentence_cosine"], passages, vectors)
    column["answer_type"][:] = answer_type(query.text, [c.passage.text for c in candidates])
    if not query.terms:
        return Signals(values, tuple(_sentence_signals(c, query.text) for c in candidates))
    weight = np.asarray(query.idf, np.float32)
    share = weight / max(float(weight.sum()), 1e-9)
    ids = np.asarray(query.ids)
    rows, passage_bounds = _ranges(terms.passages, passages, passages + 1)
    places, sentence_bounds = _ranges(terms.sentences, rows, rows + 1)
    body_bounds = sentence_bounds[passage_bounds]
    body = terms.body[places]
    same = _same(body, ids)
    near = _likeness(query, words, places)
    heading_places, heading_bounds = _ranges(terms.headings, passages, passages + 1)
    exact_heading = _segment_max(_same(terms.heading[heading_places], ids), heading_bounds)
    around, around_bounds = _ranges(terms.body_starts, first, last + 1)
    exact = np.maximum(_segment_max(same, body_bounds), exact_heading)
    bm25 = _bm25(same, body_bounds, weight, terms.mean_length)
    every = _segment_max(near, body_bounds)
    in_heading = _HEADING_SHARE * exact_heading
    by_term = np.maximum(every[:, query.places], in_heading)
    column["heading_match"][:] = exact_heading @ share
    column["exact"][:] = exact @ share
    column["term_match"][:] = by_term @ share
    column["weakest_term"][:] = by_term.min(axis=1)
    column["weakest_terms"][:] = np.sort(by_term, axis=1)[:, :2].mean(axis=1)
    column["word_match"][:] = every.mean(axis=1)
    column["bm25"][:] = bm25
    column["bm25_share"][:] = bm25 / max(float(bm25.max()), 1e-9)
    column["context_bm25"][:] = _bm25(
        _same(terms.body[around], ids), around_bounds, weight, 3 * terms.mean_length
    )
    column["phrase"][:] = _phrases(query, body, body_bounds)
    column["numbers"][:] = _lacking(exact, _places(query, _is_number))
    column["names"][:] = _lacking(exact, _places(query, _is_name))
    owner = np.repeat(np.arange(count), np.diff(passage_bounds))
    by_sentence = np.maximum(_segment_max(near[:, query.places], sentence_bounds), in_heading[owner])
    matched, weakest = by_sentence @ share, by_sentence.min(axis=1)
    exactly = np.maximum(_segment_max(same, sentence_bounds), in_heading[owner]) @ share
    per_sentence = []
    for i, candidate in enumerate(candidates):
        own = slice(passage_bounds[i], passage_bounds[i + 1])
        column["sentence_term_match"][i] = matched[own].max(initial=0.0)
        column["sentence_weakest_term"][i] = weakest[own].max(initial=0.0)
        column["sentence_exact"][i] = exactly[own].max(initial=0.0)
        found = _sentence_signals(candidate, query.text)
        found[:, 1], found[:, 2], found[:, 3] = matched[own], weakest[own], exactly[own]
        best = found[int((found[:, 0] + found[:, 1]).argmax())]
        column["sentence_answer_type"][i], column["negation"][i] = best[4], best[5]
        per_sentence.append(found)
    return Signals(values, tuple(per_sentence))


def _sentence_signals(candidate: Candidate, question: str) -> Array:
    """Start the rows of ``Signals.sentences`` with what needs no words of the corpus."""
    passage = candidate.passage
    texts = [passage.text[a - passage.start : b - passage.start] for a, b in passage.sentences]
    rows = np.zeros((len(texts), len(SENTENCE_NAMES)), np.float32)
    rows[:, 0] = candidate.sentence_cosines
    rows[:, 4] = answer_type(question, texts)
    rows[:, 5] = negation(question, texts)
    rows[0, 6] = 1.0
    rows[:, 7] = [min(len(text), 400) / 400 for text in texts]
    return rows


def _neighbours(
    passages: NDArray[np.int64], owners: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first and last passage around each passage: it, and those next to it in its document."""
    before = np.maximum(passages - 1, 0)
    after = np.minimum(passages + 1, len(owners) - 1)
    first = np.where(owners[before] == owners[passages], before, passages)
    last = np.where(owners[after] == owners[passages], after, passages)
    return first, last


def _context_cosine(
    query: Query,
    passages: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    vectors: Array,
) -> Array:
    """Cosine of the query with the mean vector of a passage and its neighbours."""
    total = vectors[passages].copy()
    total += np.where((first < passages)[:, None], vectors[first], 0)
    total += np.where((last > passages)[:, None], vectors[last], 0)
    norms = np.linalg.norm(total, axis=1)
    return np.asarray(total @ query.vector / np.maximum(norms, 1e-9), np.float32)


def _feedback(scores: Array, passages: NDArray[np.int64], vectors: Array) -> Array:
    """Cosine with the mean of the best few passages: pseudo-relevance feedback (Rocchio, 1971)."""
    best = passages[np.argsort(-scores, kind="stable")[:_FEEDBACK]]
    mean = vectors[best].mean(axis=0)
    return np.asarray(vectors[passages] @ (mean / max(float(np.linalg.norm(mean)), 1e-9)), np.float32)


def _ranges(
    starts: NDArray[np.int32], first: NDArray[np.int64], last: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the places ``starts[first[i]]`` to ``starts[last[i]]`` over all i, and where each i begins."""
    begins, ends = starts[first].astype(np.int64), starts[last].astype(np.int64)
    bounds = np.concatenate([[0], np.cumsum(ends - begins)]).astype(np.int64)
    return np.arange(bounds[-1]) + np.repeat(begins - bounds[:-1], ends - begins), bounds


def _same(found: NDArray[np.int32], ids: NDArray[np.int64]) -> Array:
    """Tell which words are which query terms: ``(len(found), terms)`` of 0 and 1."""
    return np.asarray(found[:, None] == ids[None, :], np.float32)


def _likeness(query: Query, words: NDArray[np.int8], places: NDArray[np.int64]) -> Array:
    """Cosine of every word with every word of the query, both as they stand in their texts.

    Late interaction (ColBERT; Khattab and Zaharia, 2020) with the token vectors
    of the same model, averaged over each word's pieces: ``(len(places), words)``.
    """
    near = words[places].astype(np.float32) @ (query.word_vectors.T / SCALE)
    return np.asarray(near, np.float32)


def _segment_max(values: Array, bounds: NDArray[np.int64]) -> Array:
    """Take the maximum over rows ``bounds[i]`` to ``bounds[i + 1]``, 0 where there are none."""
    result = np.zeros((len(bounds) - 1, values.shape[1]), np.float32)
    full = np.flatnonzero(np.diff(bounds) > 0)
    if len(full):
        result[full] = np.maximum.reduceat(values, bounds[full], axis=0)
    return result


def _bm25(same: Array, bounds: NDArray[np.int64], idf: Array, mean_length: float) -> Array:
    """BM25 of the passages' text as a share of the most a query could score."""
    counts = np.zeros((len(bounds) - 1, same.shape[1]), np.float32)
    lengths = np.diff(bounds)
    full = np.flatnonzero(lengths > 0)
    if len(full):
        counts[full] = np.add.reduceat(same, bounds[full], axis=0)
    norm = _K1 * (1 - _B + _B * lengths[:, None] / mean_length)
    return np.asarray((counts / (counts + norm)) @ idf / max(float(idf.sum()), 1e-9), np.float32)


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


def _places(query: Query, wanted: Callable[[Query, Token], bool]) -> list[int]:
    return [i for i, token in enumerate(query.terms) if wanted(query, token)]


def _is_number(query: Query, token: Token) -> bool:
    return token.text[0].isdigit()


def _is_name(query: Query, token: Token) -> bool:
    """Tell whether a term is written like a name: a capital, but not at the start."""
    return query.text[token.start].isupper() and any(c.isalnum() for c in query.text[: token.start])


def _lacking(exact: Array, places: list[int]) -> Array:
    """Minus the share of some of the query's terms that the passage lacks."""
    if not places:
        return np.zeros(len(exact), np.float32)
    return np.asarray(exact[:, places].mean(axis=1) - 1, np.float32)
