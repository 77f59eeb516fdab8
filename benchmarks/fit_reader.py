"""Fit what the reader weighs beside the signals, and the confidence with it; ``fit_ranking.py`` comes before.

    python benchmarks/fit_reader.py --shared ../shared --work build/fit [--write]

The ranking by the signals stays as it is. Fitted are the weight of the reader's
log-odds among the ten best passages, the weight of its scores of sentences, the
model of the confidence with the reader's features, its calibration and the two
thresholds. Of ``wiki_articles`` only those articles count that the reader was not
trained on. Figures are cross-validated in five folds, by article or question.
"""

import argparse
import json
import sys
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import beir
import measures
import removed_sections
import tacrochat
from fit_models import SHARES, calibrate, logistic
from fit_ranking import WEIGHTS, probability_of, separation, zones_of
from fit_sets import FOLDS, HELD_OUT, HERE, RETRIEVAL, asked_in
from tacrochat.arrays import Floats
from tacrochat.evaluation.metrics import expected_calibration_error
from tacrochat.evaluation.questions import Question
from tacrochat.library import Library
from tacrochat.ranking import confidence, signals
from tacrochat.ranking import weights as fitted
from tacrochat.ranking.records import Query
from tacrochat.ranking.score import READ
from tacrochat.search.unknown_names import has_unknown_name
from tacrochat.types import Hit

TRAINED_ON = "wiki_articles"
HELD_ARTICLES = {
    "1973_oil_crisis.md", "Ctenophora.md", "Geology.md", "Islamism.md", "Prime_number.md", "Steam_engine.md",
}  # fmt: skip
QUESTIONS = ("wiki_articles", "sources", "corpus", HELD_OUT)
DOCUMENTS = ("wikiqa_dev", "healthver", "mediqa_dev")
STEPS = tuple(round(0.05 * i, 2) for i in range(31))
TOPICS = "health_topics"
"""Questions about sections of health topics that the reader was not trained on, see ``removed_sections``."""
_NEARLY = 0.005


@dataclass(slots=True)
class Asked:
    """A question with its candidates.

    ``values`` are their signals, ``base`` their scores without the reader, ``grades``
    their labels. ``readings`` maps the number of each that was read to the reader's
    log-odds. ``sentences`` has, for each right passage that was read, the linear
    scores of its sentences, the reader's, and which of them answer.
    """

    query: Query
    values: Floats
    base: Floats
    readings: dict[int, float]
    grades: Floats
    answerable: bool = True
    kind: str = ""
    group: str = ""
    sentences: tuple[tuple[Floats, Floats, Floats], ...] = ()
    documents: tuple[str, ...] = ()
    qrels: Mapping[str, int] | None = None

    @property
    def fold(self) -> int:
        """The fold a group belongs to, the same in every run."""
        return zlib.crc32(self.group.encode()) % FOLDS

    def order(self, weight: float) -> NDArray[np.int64]:
        """Return the candidates, best first."""
        return np.argsort(-self.scores(weight), kind="stable")

    def scores(self, weight: float) -> Floats:
        """Return the scores with the reader's, see ``ranking.score.rank``."""
        if not self.readings:
            return self.base
        lowest = min(self.readings.values())
        log_odds = np.asarray([self.readings.get(i, lowest) for i in range(len(self.base))], np.float32)
        return np.asarray(self.base + np.float32(weight) * log_odds, np.float32)

    def features(self, weight: float) -> dict[str, float]:
        """Return the features of the confidence."""
        scores = self.scores(weight)
        hits = []
        for i in self.order(weight):
            values = dict(zip(signals.NAMES, map(float, self.values[i]), strict=True))
            if int(i) in self.readings:
                values["reader"] = self.readings[int(i)]
            hits.append(Hit(None, float(scores[i]), values))  # type: ignore[arg-type]
        return confidence.features(self.query, hits)


def ask(library: Library, text: str) -> tuple[Asked, list[object], tuple[Floats, ...]]:
    """Search for a text, and read the best; returns the candidates and their sentences' signals, too."""
    pipeline = library.pipeline
    query = pipeline.analyse(text)
    candidates = pipeline.candidates(query)
    measured = pipeline.measure(query, candidates)
    row = fitted.load().of_length(len(query.terms))
    base = measured.values @ np.asarray([row.get(name, 0.0) for name in signals.NAMES], np.float32)
    best = np.sort(np.argsort(-base, kind="stable")[:READ])
    found = pipeline.readings(query, [candidates[i].passage for i in best])
    readings = {int(i): reading.log_odds for i, reading in zip(best, found, strict=False) if reading}
    asked = Asked(query, measured.values, base, readings, np.zeros(len(candidates), np.float32))
    own: list[object] = [None] * len(candidates)
    for i, reading in zip(best, found, strict=False):
        own[int(i)] = reading.sentences if reading else None
    return asked, list(zip(candidates, own, strict=True)), measured.sentences


def ask_question(library: Library, text: str, question: Question) -> Asked:
    """Ask a labelled question."""

    def is_right(start: int, end: int, path: str, text: str) -> bool:
        if question.places:
            return any(path == d and start < b and a < end for d, a, b in question.places)
        return any(answer in text for answer in question.answers)

    asked, candidates, sentence_signals = ask(library, text)
    linear = fitted.load().sentence
    vector = np.asarray([linear.get(name, 0.0) for name in signals.SENTENCE_NAMES], np.float32)
    sentences = []
    for i, (candidate, read) in enumerate(candidates):  # type: ignore[misc]
        passage = candidate.passage
        path = library.documents[passage.document_id].path
        right = question.answerable and is_right(passage.start, passage.end, path, passage.text)
        asked.grades[i] = float(right)
        if right and read is not None and question.answers:
            texts = [passage.text[a - passage.start : b - passage.start] for a, b in passage.sentences]
            labels = np.asarray([any(a in t for a in question.answers) for t in texts], np.float32)
            if labels.any():
                sentences.append((sentence_signals[i] @ vector, read, labels))
    asked.sentences = tuple(sentences)
    asked.answerable = question.answerable
    asked.kind = "answerable" if question.answerable else question.kind
    return asked


def load(shared: Path, work: Path) -> tuple[dict[str, list[Asked]], dict[str, list[Asked]]]:
    """Ask the questions of all sets; returns them by set, and the unrelated questions in each folder."""
    sets: dict[str, list[Asked]] = {}
    unrelated: dict[str, list[Asked]] = {}
    articles = _articles(shared)
    for name in QUESTIONS:
        library, questions = asked_in(name, shared, work)
        sets[name] = []
        for text, question in questions:
            article = articles.get(question.id, "")
            if name == TRAINED_ON and not _held(article, question.id):
                continue
            asked = ask_question(library, text, question)
            asked.group = article or question.id
            sets[name].append(asked)
        unrelated[name] = [ask(library, text)[0] for text in confidence.unrelated()]
        print(name, len(sets[name]), file=sys.stderr)
    for name in DOCUMENTS:
        folder, split = RETRIEVAL[name]
        found = beir.load(shared / "data" / folder, split)
        paths = beir.write_corpus(found, work / name / "corpus")
        library = tacrochat.build(work / name / "corpus", work / name / "index")
        keys = [paths[d.path] for d in library.documents]
        sets[name] = []
        for key, text in found.queries.items():
            asked, candidates, _ = ask(library, library.pipeline.check(text[:2000]))
            asked.documents = tuple(keys[c.passage.document_id] for c, _ in candidates)  # type: ignore[misc]
            asked.qrels = found.qrels[key]
            sets[name].append(asked)
        print(name, len(sets[name]), file=sys.stderr)
    sets[TOPICS] = ask_topics(shared, work)
    return sets, unrelated


def ask_topics(shared: Path, work: Path) -> list[Asked]:
    """Ask about the sections of health topics that are there."""
    questions = removed_sections.write(
        shared / "data" / "reader" / "medquad.jsonl.gz", work / TOPICS / "corpus"
    )
    library = tacrochat.build(work / TOPICS / "corpus", work / TOPICS / "index")
    result = []
    for question in (q for q in questions if q["there"]):
        asked, candidates, _ = ask(library, question["question"])
        start, end = question["place"]
        for i, (candidate, _) in enumerate(candidates):  # type: ignore[misc]
            passage = candidate.passage
            path = library.documents[passage.document_id].path
            asked.grades[i] = path == question["document"] and passage.start < end and start < passage.end
        result.append(asked)
    print(TOPICS, len(result), file=sys.stderr)
    return result


def _articles(shared: Path) -> dict[str, str]:
    """Return the article of each question about one, also of those that it does not answer."""
    lines = (shared / "data" / TRAINED_ON / "questions.jsonl").read_text("utf-8").splitlines()
    return {r["id"]: r.get("document") or "" for r in map(json.loads, lines)}


def _held(document: str, name: str) -> bool:
    """Tell whether a question is on an article that was held out; those on none are shared out evenly."""
    return document in HELD_ARTICLES if document else zlib.crc32(name.encode()) % 3 == 0


def rank_figure(asked: Asked, weight: float) -> float:
    """Return nDCG@10 if documents were judged, else whether a right passage is first."""
    order = asked.order(weight)
    if asked.qrels is not None:
        return measures.ndcg(list(dict.fromkeys(asked.documents[i] for i in order)), asked.qrels)
    return float(asked.grades[order[0]] > 0)


def rank_figures(sets: Mapping[str, Sequence[Asked]], weight: float) -> dict[str, float]:
    """Return the mean of ``rank_figure`` over the answerable questions of each set."""
    return {
        name: round(float(np.mean([rank_figure(a, weight) for a in asked if a.answerable])), 4)
        for name, asked in sets.items()
    }


def best_weight(sets: Mapping[str, Sequence[Asked]]) -> float:
    """Return the smallest weight of the reader's log-odds with nearly the best mean over the sets.

    The smallest, as in the one-standard-error rule (Breiman et al., 1984): it changes
    least of what the signals say.
    """
    means = {weight: float(np.mean(list(rank_figures(sets, weight).values()))) for weight in STEPS}
    return min(weight for weight, mean in means.items() if mean >= max(means.values()) - _NEARLY)


def sentence_share(sets: Mapping[str, Sequence[Asked]], weight: float) -> float:
    """Return how often the sentence with the best score answers, in right passages with several."""
    right = [
        bool(labels[int((linear + np.float32(weight) * read).argmax())])
        for asked in sets.values()
        for a in asked
        for linear, read, labels in a.sentences
        if len(labels) > 1
    ]
    return round(float(np.mean(right)), 4)


def described(
    sets: Mapping[str, Sequence[Asked]], unrelated: Mapping[str, Sequence[Asked]], weight: float
) -> dict[str, tuple[list[dict[str, float]], list[dict[str, float]]]]:
    """Return the features of answer and of topic for each question."""
    result = {}
    for name in QUESTIONS:
        background = confidence.median_features([a.features(weight) for a in unrelated[name]])
        rows = [a.features(weight) for a in sets[name]]
        result[name] = (rows, [confidence.topic(row, background) for row in rows])
    return result


def fit(
    sets: Mapping[str, Sequence[Asked]],
    rows: Mapping[str, tuple[list[dict[str, float]], list[dict[str, float]]]],
    outside: int | None = None,
) -> tuple[dict[str, float], dict[str, float]]:
    """Fit topic and answer on all questions but those of one fold."""
    models = []
    for part, names in (("topic", confidence.TOPIC), ("answer", _names(rows))):
        values, labels, shares = [], [], []
        for name in (n for n in QUESTIONS if n in SHARES[part] and n != HELD_OUT):
            column = rows[name][1 if part == "topic" else 0]
            chosen = [
                i
                for i, a in enumerate(sets[name])
                if a.fold != outside and (a.answerable or (a.kind == "off_topic") == (part == "topic"))
            ]
            values += [[column[i][n] for n in names] for i in chosen]
            labels += [sets[name][i].answerable for i in chosen]
            shares += [SHARES[part][name] / len(chosen)] * len(chosen)
        found = logistic(np.asarray(values), np.asarray(labels), np.asarray(shares))
        positive = {n: round(float(w), 4) for n, w in zip(names, found, strict=False) if w > 1e-4}
        models.append({"intercept": round(float(found[-1]), 4)} | positive)
    return models[0], models[1]


def _names(rows: Mapping[str, tuple[list[dict[str, float]], list[dict[str, float]]]]) -> list[str]:
    return [name for name in rows[QUESTIONS[0]][0][0] if name != "score"]


def log_odds_of(
    rows: tuple[list[dict[str, float]], list[dict[str, float]]],
    topic: dict[str, float],
    answer: dict[str, float],
) -> NDArray[np.float64]:
    """Return the log-odds that topic and answer both hold."""
    return np.asarray(
        [
            confidence.both_hold(confidence.log_odds(t, topic), confidence.log_odds(a, answer))
            for a, t in zip(*rows, strict=True)
        ]
    )


def cross_validate(
    sets: Mapping[str, Sequence[Asked]], unrelated: Mapping[str, Sequence[Asked]], weight: float
) -> tuple[dict[str, object], dict[str, NDArray[np.float64]], dict[str, NDArray[np.bool_]]]:
    """Fit on four folds, measure on the fifth; returns figures, held-out log-odds, and what is right."""
    rows = described(sets, unrelated, weight)
    held = {name: np.zeros(len(sets[name])) for name in QUESTIONS}
    for fold in range(FOLDS):
        topic, answer = fit(sets, rows, fold)
        for name in QUESTIONS:
            chosen = np.asarray([a.fold == fold for a in sets[name]])
            held[name][chosen] = log_odds_of(rows[name], topic, answer)[chosen]
    right = {n: np.asarray([a.grades[a.order(weight)[0]] > 0 for a in sets[n]]) for n in QUESTIONS}
    halves = {n: np.asarray([zlib.crc32(a.query.text.encode()) % 2 == 0 for a in sets[n]]) for n in QUESTIONS}
    slope, offset = calibrate(held, right, halves)
    figures: dict[str, object] = {
        "rank": {"without": rank_figures(sets, 0), "with": rank_figures(sets, weight)}
    }
    for name in QUESTIONS:
        other = ~halves[name]
        probability = probability_of(slope * held[name][other] + offset)
        ece, _ = expected_calibration_error(probability, right[name][other].astype(float))
        answerable = np.asarray([a.answerable for a in sets[name]])
        kinds = np.asarray([a.kind for a in sets[name]])
        figures[name] = {**separation(answerable, kinds, held[name]), "ece_other_half": ece}
    return figures, held, right


def main() -> int:
    """Fit, report, and with --write put the numbers where the library reads them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--shared", type=Path, default=HERE.parent.parent / "shared")
    parser.add_argument("--work", type=Path, default=Path("build/fit"))
    parser.add_argument("--write", action="store_true", help=f"write {WEIGHTS.name}")
    options = parser.parse_args()
    sets, unrelated = load(options.shared, options.work)
    weight = best_weight(sets)
    sentence = max(STEPS, key=lambda step: sentence_share(sets, step))
    figures, held, right = cross_validate(sets, unrelated, weight)
    figures["sentence"] = {"without": sentence_share(sets, 0), "with": sentence_share(sets, sentence)}
    without = {name: [_unread(a) for a in asked] for name, asked in sets.items()}
    unread = {name: [_unread(a) for a in asked] for name, asked in unrelated.items()}
    figures["without a reader"] = cross_validate(without, unread, 0)[0]
    print(json.dumps(figures, indent=2))
    if options.write:
        slope, offset = calibrate(held, right, {n: np.ones(len(v), bool) for n, v in held.items()})
        probability = {n: probability_of(slope * v + offset) for n, v in held.items()}
        for name, values in probability.items():
            values[[has_unknown_name(a.query) for a in sets[name]]] = 0
        topic, answer = fit(sets, described(sets, unrelated, weight))
        answerable = {n: np.asarray([a.answerable for a in sets[n]]) for n in QUESTIONS}
        stored = json.loads(WEIGHTS.read_text("utf-8"))
        if "reader:first" not in stored["answer"]:
            stored["without_reader"] = {n: stored[n] for n in ("topic", "answer", "slope", "offset")}
        stored |= {"topic": topic, "answer": answer, "slope": round(slope, 4), "offset": round(offset, 4)}
        stored |= zones_of(answerable, probability, right)
        stored["reader"] = {"ranking": weight, "sentence": sentence, "span": stored["reader"]["span"]}
        stored["provenance"]["reader"] = figures
        WEIGHTS.write_text(json.dumps(stored, indent=2) + "\n", "utf-8")
    return 0


def _unread(asked: Asked) -> Asked:
    """Return a question as it is answered without a reader."""
    return Asked(
        asked.query, asked.values, asked.base, {}, asked.grades, asked.answerable, asked.kind, asked.group,
        documents=asked.documents, qrels=asked.qrels,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
