"""What can be said of a passage for a query, as numbers that each mean something.

All signals of all candidates are computed at once, as one float32 array with a
row a candidate and a column a signal.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tacrochat.lexical import TermTable
from tacrochat.text import Token
from tacrochat.types import Passage

Array = NDArray[np.float32]

NAMES = (
    "cosine",
    "sentence_cosine",
    "bm25",
    "heading_match",
    "exact",
    "coverage",
    "sentence_coverage",
    "rarest",
    "phrase",
    "numbers",
    "answer_type",
)

_K1, _B = 1.2, 0.75  # BM25's usual constants (Robertson and Zaragoza, 2009)
_FLOOR = 0.35  # cosine of two words below which they have nothing to do with each other
_HEADING_SHARE = 0.8  # what a word of the heading counts when the sentence lacks it


@dataclass(frozen=True, slots=True)
class Query:
    """A question as ranking sees it.

    Row i of ``word_vectors`` (``(n, dimension)``), ``ids[i]`` (-1 where the
    corpus does not have the word) and ``idf[i]`` belong to ``terms[i]``.
    """

    text: str
    terms: tuple[Token, ...]
    ids: tuple[int, ...]
    idf: tuple[float, ...]
    vector: Array
    word_vectors: Array


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that some first-stage search brought up, with what that search knows of it."""

    passage: Passage
    cosine: float
    sentence_cosines: Array
    bm25: float


@dataclass(frozen=True, slots=True)
class Signals:
    """``values[c, s]`` is signal ``NAMES[s]`` of candidate c; ``sentences[c]`` scores its sentences."""

    values: Array
    sentences: tuple[Array, ...]


_EXPECTED: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(found))
    for asked, found in (
        (
            r"\bhow (?:many|much|old|long|often|high|big|large|far|fast|tall|common|likely)\b"
            r"|\b(?:percent(?:age)?|rate|number|dose|dosage|amount|frequency|share|cost|price)\b",
            r"\d|\b(?:once|twice|one|two|three|four|five|six|seven|eight|nine|ten|half|daily|weekly|months?|weeks?|days?|"
            r"hundreds?|thousands?|millions?|most|many|few|several|none)\b",
        ),
        (
            r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century)\b|\bhow long\b",
            r"\b\d{3,4}\b|\b(?:January|February|March|April|May|June|July|August|September|October|November|December"
            r"|century|weeks?|months?|years?|days?|hours?)\b",
        ),
        (
            r"^\W*who(?:m|se)?\b|\b(?:what|which) (?:person|man|woman|king|author|doctor)\b",
            r"\b[A-Z][a-z]+ [A-Z][a-z]+\b"
            r"|\b(?:doctors?|physicians?|patients?|people|children|adults?|women|men)\b",
        ),
        (
            r"^\W*where\b|\b(?:what|which) (?:country|city|place|region|area)\b",
            r"\b(?:in|at|near|from|on|to) (?:the )?[A-Z]|\b(?:area|skin|scalp|face|neck|site)\b",
        ),
        (
            r"^\W*why\b|\bwhat (?:causes?|reason)\b",
            r"\b(?:because|due to|since|as a result|caused?|reason|therefore|so that|leads? to|owing)\b",
        ),
    )
)


def measure(query: Query, candidates: Sequence[Candidate], terms: TermTable, words: Array) -> Signals:
    """Compute every signal; ``words`` holds the corpus's word vectors, a row a word id."""
    count = len(candidates)
    values = np.zeros((count, len(NAMES)), np.float32)
    column = {name: values[:, i] for i, name in enumerate(NAMES)}
    column["cosine"][:] = [c.cosine for c in candidates]
    column["sentence_cosine"][:] = [c.sentence_cosines.max(initial=-1.0) for c in candidates]
    column["answer_type"][:] = _answer_type(query.text, candidates)
    if not query.terms:
        return Signals(values, tuple(c.sentence_cosines for c in candidates))
    weight = np.asarray(query.idf, np.float32)
    share = weight / max(float(weight.sum()), 1e-9)
    passages = np.asarray([c.passage.id for c in candidates])
    body, sentence_bounds, passage_bounds = _gather(passages, terms)
    soft, same = _likeness(query, body, words)
    heading_ids, heading_bounds = _slices(terms.heading, terms.headings, passages)
    heading_soft, heading_same = _likeness(query, heading_ids, words)
    by_sentence = _segment_max(soft, sentence_bounds)
    by_heading = _segment_max(heading_soft, heading_bounds)
    by_passage = _segment_max(soft, sentence_bounds[passage_bounds])
    exact = np.maximum(
        _segment_max(same, sentence_bounds[passage_bounds]), _segment_max(heading_same, heading_bounds)
    )
    reach = np.maximum(by_passage, _HEADING_SHARE * by_heading)
    column["heading_match"][:] = _segment_max(heading_same, heading_bounds) @ share
    column["exact"][:] = exact @ share
    column["coverage"][:] = reach @ share
    column["rarest"][:] = reach[:, int(weight.argmax())]
    column["bm25"][:] = _bm25(same, sentence_bounds[passage_bounds], weight, terms.mean_length)
    column["phrase"][:] = _phrases(query, body, sentence_bounds[passage_bounds])
    column["numbers"][:] = _numbers(query, exact)
    owner = np.repeat(np.arange(count), np.diff(passage_bounds))
    covered = np.maximum(by_sentence, _HEADING_SHARE * by_heading[owner]) @ share
    per_sentence = []
    for i, candidate in enumerate(candidates):
        own = covered[passage_bounds[i] : passage_bounds[i + 1]]
        column["sentence_coverage"][i] = own.max(initial=0.0)
        per_sentence.append(0.5 * own + 0.5 * candidate.sentence_cosines)
    return Signals(values, tuple(per_sentence))


def _gather(
    passages: NDArray[np.int64], terms: TermTable
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Take the word ids of passages, with the bounds of their sentences, and of passages in those."""
    first, last = terms.passages[passages], terms.passages[passages + 1]
    rows = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)])
    body, sentence_bounds = _slices(terms.body, terms.sentences, rows)
    passage_bounds = np.concatenate([[0], np.cumsum(last - first)]).astype(np.int64)
    return body, sentence_bounds, passage_bounds


def _slices(
    values: NDArray[np.int32], starts: NDArray[np.int32], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    parts = [values[starts[r] : starts[r + 1]] for r in rows]
    bounds = np.concatenate([[0], np.cumsum([len(p) for p in parts])]).astype(np.int64)
    return (np.concatenate(parts) if parts else np.zeros(0, np.int32)), bounds


def _likeness(query: Query, ids: NDArray[np.int32], words: Array) -> tuple[Array, Array]:
    """Compare every word with every query term; returns (soft, same), each ``(len(ids), terms)``."""
    unique, place = np.unique(ids, return_inverse=True)
    same = (unique[:, None] == np.asarray(query.ids)[None, :]).astype(np.float32)
    near = words[unique] @ query.word_vectors.T
    soft = np.clip((near - _FLOOR) / (1 - _FLOOR), 0, 1) ** 1.0
    return np.maximum(soft, same).astype(np.float32)[place], same[place]


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


def _numbers(query: Query, exact: Array) -> Array:
    """Minus the share of the query's numbers that the passage lacks."""
    places = [i for i, token in enumerate(query.terms) if token.text[0].isdigit()]
    if not places:
        return np.zeros(len(exact), np.float32)
    return np.asarray(exact[:, places].mean(axis=1) - 1, np.float32)


def _answer_type(question: str, candidates: Sequence[Candidate]) -> list[float]:
    """Tell how far a passage holds the kind of thing asked for: a number, a date, a name, a reason."""
    wanted = [found for asked, found in _EXPECTED if asked.search(question)]
    if not wanted:
        return [0.0] * len(candidates)
    return [
        sum(bool(found.search(c.passage.text)) for found in wanted) / len(wanted) - 0.5 for c in candidates
    ]
