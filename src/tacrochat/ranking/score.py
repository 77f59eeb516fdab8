"""Put candidates in one order: signals times fitted weights, which depend on the length of the question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tacrochat.arrays import Floats
from tacrochat.ranking import weights as fitted
from tacrochat.ranking.highlights import highlights
from tacrochat.ranking.reading.reader import Reader, Reading
from tacrochat.ranking.records import Candidate, Collection, Query
from tacrochat.ranking.signals import NAMES, SENTENCE_NAMES, measure
from tacrochat.types import Hit

READ = 10
"""The best candidates that the reader reads."""


def rank(
    query: Query, candidates: Sequence[Candidate], collection: Collection, reader: Reader | None = None
) -> list[Hit]:
    """Order candidates, best first.

    The first ten are read, if there is a reader, and put in order again.

    A score is in log-odds, up to a constant of the query: scores of one query
    can be compared, those of two queries cannot.
    """
    if not candidates:
        return []
    weights = fitted.load()
    signals = measure(query, candidates, collection)
    scores = signals.values @ _vector(weights.of_length(len(query.terms)), NAMES)
    readings = _read(query, candidates, scores, collection, reader) if reader else {}
    if readings:
        # Those that were not read stay below: as if the worst reading were theirs.
        lowest = min(reading.log_odds for reading in readings.values())
        log_odds = [readings[i].log_odds if i in readings else lowest for i in range(len(candidates))]
        scores = scores + np.float32(weights.reader["ranking"]) * np.asarray(log_odds, np.float32)
    of_sentences = np.concatenate(signals.sentences) @ _vector(weights.sentence, SENTENCE_NAMES)
    ends = np.cumsum([0, *map(len, signals.sentences)]).tolist()
    values = signals.values.tolist()
    return [
        _hit(
            candidates[i],
            float(scores[i]),
            _Measured(values[i], of_sentences[ends[i] : ends[i + 1]], readings.get(i)),
        )
        for i in np.argsort(-scores, kind="stable").tolist()
    ]


def _read(
    query: Query, candidates: Sequence[Candidate], scores: Floats, collection: Collection, reader: Reader
) -> dict[int, Reading]:
    """Read the best candidates; returns what the reader says of each, by its number."""
    best = np.sort(np.argsort(-scores, kind="stable")[:READ])
    passages = [candidates[i].passage for i in best]
    readings = zip(best, reader.read(query, passages, collection), strict=False)
    return {int(i): reading for i, reading in readings if reading}


@dataclass(frozen=True, slots=True)
class _Measured:
    """What was measured of one candidate: its signals, the scores of its sentences, the reading."""

    values: Sequence[float]
    sentences: Floats
    reading: Reading | None


def _hit(candidate: Candidate, score: float, measured: _Measured) -> Hit:
    weights, reading = fitted.load(), measured.reading
    values: dict[str, float] = dict(zip(NAMES, measured.values, strict=True))
    sentence_scores = measured.sentences
    passage = candidate.passage
    if reading is None:
        return Hit(
            passage, score, values, highlights(passage.sentences, sentence_scores.tolist(), weights.highlight)
        )
    values["reader"] = reading.log_odds
    sentence_scores = sentence_scores + weights.reader["sentence"] * reading.sentences
    chosen = highlights(passage.sentences, sentence_scores.tolist(), weights.highlight)
    spans = [reading.answer(passage.sentences.index(sentence)) for sentence in chosen]
    answers = tuple(span for span, certainty in spans if certainty >= weights.reader["span"])
    return Hit(passage, score, values, chosen, answers)


def _vector(weights: Mapping[str, float], names: Sequence[str]) -> Floats:
    return np.asarray([weights.get(name, 0.0) for name in names], np.float32)


def contributions(signals: Mapping[str, float], terms: int) -> dict[str, float]:
    """Return what each signal of a hit adds to its score, in log-odds, the largest first.

    ``terms`` is the number of content words of the question.
    """
    loaded = fitted.load()
    weights = {**loaded.of_length(terms), "reader": loaded.reader["ranking"]}
    parts = {name: weights.get(name, 0.0) * value for name, value in signals.items()}
    return dict(sorted(parts.items(), key=lambda item: -item[1]))


def by_document(hits: Sequence[Hit]) -> list[tuple[int, float]]:
    """Rank document ids by their best passage (maxP; Dai and Callan, 2019)."""
    best: dict[int, float] = {}
    for hit in hits:
        best.setdefault(hit.passage.document_id, hit.score)
    return sorted(best.items(), key=lambda item: -item[1])
