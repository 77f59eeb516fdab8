"""Fit the numbers of ``tacrochat.ranking`` on labelled sets, and write ``weights.json``.

    python benchmarks/fit_ranking.py --shared ../shared --work build/fit [--write]

Four linear models:

* ranking: listwise softmax over the candidates of a query (Cao et al., 2007),
* sentence: the same over the sentences of a right passage,
* topic: logistic regression of "is answerable" against "is about something else",
* answer: the same against "is near the topic"; its weights cannot be negative,
  so that no signal for an answer is ever held against it.

Confidence is the chance that topic and answer both hold, brought by Platt
scaling (1999) to "the first quote is right".

SHARES says what each set weighs. Figures are cross-validated: by article,
document or question, five folds, all models fitted anew in each. The questions
of HELD_OUT fit no weight at all; they take part in the calibration and the
threshold only. The indexes are kept in ``--work``.
"""

import argparse
import json
import sys
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

import beir
import measures
import tacrochat
from tacrochat.answering import conversation
from tacrochat.evaluation.metrics import auroc, expected_calibration_error
from tacrochat.evaluation.questions import Question, read_questions
from tacrochat.library import Library
from tacrochat.ranking import confidence, signals
from tacrochat.ranking.records import Query
from tacrochat.types import Hit

HERE = Path(__file__).parent
WEIGHTS = HERE.parent / "src" / "tacrochat" / "ranking" / "weights.json"
FOLDS = 5
MOST = 700  # queries of one set that a fit of the ranking looks at
# The sets about medicine weigh most: the other's unanswerable questions share every word with an answer.
SHARES = {
    "ranking": {"scifact_train": 0.5},  # claims, not questions; all others 1
    "topic": {"sources": 1.0, "corpus": 1.0, "wiki_articles": 2.0},
    "answer": {"sources": 1.0, "corpus": 1.0, "wiki_articles": 0.5},
    "calibration": {"sources": 1.0, "corpus": 1.0, "plain": 1.0, "wiki_articles": 0.5},
}
HELD_OUT = "plain"
Array = NDArray[np.float32]
Chosen = Mapping[str, float]
Rows = Mapping[str, NDArray]


@dataclass(slots=True)
class Sample:
    """One query with its candidates: signals, labels, and what judges the ranking."""

    group: str
    answerable: bool
    kind: str
    query: Query
    values: Array
    grades: Array
    documents: list[str]
    qrels: dict[str, int] | None
    sentences: list[tuple[Array, Array]]

    @property
    def fold(self) -> int:
        """The fold a group belongs to, the same in every run."""
        return zlib.crc32(self.group.encode()) % FOLDS

    @property
    def half(self) -> bool:
        """Whether the sample calibrates, or measures the calibration."""
        return zlib.crc32(self.query.text.encode()) % 2 == 0


@dataclass(slots=True)
class Labelled:
    """A set of samples, and what unrelated questions find in its corpus: query and signals of each."""

    samples: list[Sample]
    unrelated: list[tuple[Query, Array]]


Sets = dict[str, Labelled]


def main() -> int:
    """Fit, report, and with --write put the numbers where the library reads them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--shared", type=Path, default=HERE.parent.parent / "shared")
    parser.add_argument("--work", type=Path, default=Path("build/fit"))
    parser.add_argument("--only", nargs="*", help="fit on these sets only")
    parser.add_argument("--drop", nargs="*", default=[], help="leave these signals out (ablation)")
    parser.add_argument("--write", action="store_true", help=f"write {WEIGHTS.name}")
    options = parser.parse_args()
    names = options.only or list(SETS)
    if not set(names) & set(SHARES["answer"]):
        parser.error(f"the confidence needs one of {', '.join(SHARES['answer'])} among the sets")
    sets = {name: SETS[name](options.shared, options.work) for name in names}
    dropped = [i for i, name in enumerate(signals.NAMES) if name in options.drop]
    for labelled in sets.values():
        for values in (*(s.values for s in labelled.samples), *(v for _, v in labelled.unrelated)):
            values[:, dropped] = 0  # a signal that is always 0 gets the weight 0
    figures, held = cross_validate(sets)
    print(json.dumps(figures, indent=2))
    if options.write:
        fitted = fit_all(sets, held)
        provenance = {
            "fitted_by": "benchmarks/fit_ranking.py",
            "date": datetime.now(UTC).date().isoformat(),
            "model": "all-MiniLM-L6-v2",
            "sets": {name: len(labelled.samples) for name, labelled in sets.items()},
            "shares": SHARES,
            "held_out": HELD_OUT,
            "cross_validated": figures,
        }
        WEIGHTS.write_text(json.dumps(fitted | {"provenance": provenance}, indent=2) + "\n", "utf-8")
    return 0


# Sets


def _retrieval(name: str, split: str):  # noqa: ANN202
    def load(shared: Path, work: Path) -> Labelled:
        found = beir.load(shared / "data" / name, split)
        paths = beir.write_corpus(found, work / name / "corpus")
        library = tacrochat.build(work / name / "corpus", work / name / "index")
        keys = [paths[d.path] for d in library.documents]
        samples = [_sample(library, text, key, keys, found.qrels[key]) for key, text in found.queries.items()]
        return Labelled(samples, [])

    return load


def _questions(corpus: str, questions: str):  # noqa: ANN202
    def load(shared: Path, work: Path) -> Labelled:
        places = {
            "corpus": HERE.parent / "corpus",
            "sources": shared / "sources",
            "wiki": shared / "data" / "wiki_articles" / "corpus",
        }
        files = {
            "corpus": HERE / "corpus_questions.jsonl",
            "sources": HERE / "sources_questions.jsonl",
            "plain": HERE / "plain_questions.jsonl",
            "wiki": shared / "data" / "wiki_articles" / "questions.jsonl",
        }
        library = tacrochat.build(places[corpus], work / corpus / "index")
        samples = []
        for question in read_questions(files[questions]):
            text = conversation.resolve(question.text, question.history)
            document = question.places[0][0] if question.places and corpus == "wiki" else question.id
            samples.append(_asked(library, text, document, question))
        return Labelled(samples, [_measured(library, text) for text in confidence.unrelated()])

    return load


SETS = {
    "wikiqa_dev": _retrieval("wikiqa_dev", "dev"),
    "healthver": _retrieval("healthver", "dev"),
    "scifact_train": _retrieval("scifact_train", "train"),
    "wiki_articles": _questions("wiki", "wiki"),
    "sources": _questions("sources", "sources"),
    "corpus": _questions("corpus", "corpus"),
    HELD_OUT: _questions("sources", "plain"),
}


def _measured(library: Library, text: str) -> tuple[Query, Array]:
    query = library.pipeline.analyse(text)
    return query, signals.measure(
        query, library.pipeline.candidates(query), library.pipeline.collection
    ).values


def _asked(library: Library, text: str, group: str, question: Question) -> Sample:
    def is_right(start: int, end: int, path: str, words: str) -> bool:
        if question.places:
            return any(path == d and start < b and a < end for d, a, b in question.places)
        return any(answer in words for answer in question.answers)

    analysed = library.pipeline.analyse(library.pipeline.repair(library.pipeline.check(text)))
    candidates = library.pipeline.candidates(analysed)
    found = signals.measure(analysed, candidates, library.pipeline.collection)
    grades, sentences = [], []
    for candidate, rows in zip(candidates, found.sentences, strict=True):
        passage = candidate.passage
        path = library.documents[passage.document_id].path
        right = question.answerable and is_right(passage.start, passage.end, path, passage.text)
        grades.append(float(right))
        if right and len(passage.sentences) > 1:
            words = [passage.text[a - passage.start : b - passage.start] for a, b in passage.sentences]
            # Places that are sentences say which one; where they are paragraphs, the answer's words do.
            marks = [any(answer in w for answer in question.answers) for w in words]
            if not any(marks):
                marks = [is_right(a, b, path, w) for (a, b), w in zip(passage.sentences, words, strict=True)]
            if any(marks) and not all(marks):
                sentences.append((rows, np.asarray(marks, np.float32)))
    return Sample(
        group,
        question.answerable,
        question.kind if not question.answerable else "answerable",
        analysed,
        found.values,
        np.asarray(grades, np.float32),
        [],
        None,
        sentences,
    )


def _sample(library: Library, text: str, group: str, keys: list[str], qrels: dict[str, int]) -> Sample:
    analysed = library.pipeline.analyse(library.pipeline.check(text[:2000]))
    candidates = library.pipeline.candidates(analysed, 2 * library.settings.candidates)
    found = signals.measure(analysed, candidates, library.pipeline.collection)
    documents = [keys[c.passage.document_id] for c in candidates]
    return Sample(
        group=group,
        answerable=True,
        kind="retrieval",
        query=analysed,
        values=found.values,
        grades=np.asarray([max(0, qrels.get(key, 0)) for key in documents], np.float32),
        documents=documents,
        qrels=qrels,
        sentences=[],
    )


# Models


def listwise(
    lists: Sequence[Sequence[tuple[Array, Array]]], shares: Sequence[float], penalty: float = 1e-3
) -> Array:
    """Fit weights by listwise softmax: ``lists[set]`` holds pairs (values, labels) of a query each.

    ``shares[set]`` is what a set weighs.
    """
    padded = []
    for queries in lists:
        most = max(len(labels) for _, labels in queries)
        width = queries[0][0].shape[1]
        values = torch.zeros(len(queries), most, width)
        right = torch.zeros(len(queries), most, dtype=torch.bool)
        outside = torch.full((len(queries), most), -1e9)
        for i, (rows, labels) in enumerate(queries):
            values[i, : len(labels)] = torch.from_numpy(rows)
            right[i, : len(labels)] = torch.from_numpy(labels > 0)
            outside[i, : len(labels)] = 0
        padded.append((values, right, outside))
    found = torch.zeros(padded[0][0].shape[2], requires_grad=True)
    optimiser = torch.optim.LBFGS([found], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        total = penalty * (found**2).sum()
        for (values, right, outside), share in zip(padded, shares, strict=True):
            logs = torch.log_softmax(values @ found + outside, 1)
            loss = -torch.logsumexp(logs.masked_fill(~right, -1e9), 1).mean()
            total = total + share / sum(shares) * loss
        total.backward()
        return total

    optimiser.step(closure)
    return found.detach().numpy()


def logistic(
    rows: NDArray[np.float64], labels: NDArray[np.bool_], share: NDArray[np.float64], strength: float = 0.05
) -> NDArray[np.float64]:
    """Fit a logistic regression whose weights cannot be negative; returns the weights, the intercept last.

    ``strength`` is the inverse of the penalty on the weights of standardised features, as in scikit-learn.
    """
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    scaled = np.c_[(rows - mean) / deviation, np.ones(len(rows))]
    sign = np.where(labels, 1.0, -1.0)
    share = strength * share / share.mean()

    def loss(found: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (scaled @ found)
        slope = scaled.T @ (-share * sign / (1 + np.exp(margin)))
        slope[:-1] += found[:-1]
        return float(share @ np.logaddexp(0, -margin) + (found[:-1] ** 2).sum() / 2), slope

    bounds = [(0, None)] * rows.shape[1] + [(None, None)]
    found = minimize(loss, np.zeros(scaled.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds).x
    found[:-1] /= deviation
    found[-1] -= mean @ found[:-1]
    return np.asarray(found)


def fit_ranking(sets: Mapping[str, Sequence[Sample]]) -> Array:
    """Fit the ranking."""
    lists, shares = [], []
    for name, samples in sets.items():
        usable = [s for s in samples if 0 < (s.grades > 0).sum() < len(s.grades)]
        chosen = sorted(usable, key=lambda s: zlib.crc32(s.query.text.encode()))[:MOST]
        if chosen:
            lists.append([(s.values, s.grades) for s in chosen])
            shares.append(SHARES["ranking"].get(name, 1.0))
    return listwise(lists, shares)


def fit_sentence(sets: Mapping[str, Sequence[Sample]]) -> Array:
    """Fit the choice of the sentence that answers."""
    lists = [[pair for s in samples for pair in s.sentences] for samples in sets.values()]
    found = [pairs for pairs in lists if pairs]
    return listwise(found, [1.0] * len(found))


def described(query: Query, values: Array, ranking: Array) -> tuple[dict[str, float], int]:
    """Rank candidates by their signals; returns the confidence features, and which candidate is first."""
    scores = values @ ranking
    order = np.argsort(-scores, kind="stable")
    hits = [
        Hit(None, float(scores[i]), dict(zip(signals.NAMES, map(float, values[i]), strict=True)))  # type: ignore[arg-type]
        for i in order
    ]
    return confidence.features(query, hits), int(order[0])


@dataclass(slots=True)
class Judged:
    """What the confidence models see of a set's samples: a row each, with what is true of them."""

    topic: NDArray[np.float64]
    answer: NDArray[np.float64]
    answerable: NDArray[np.bool_]
    off_topic: NDArray[np.bool_]
    right: NDArray[np.bool_]
    folds: NDArray[np.int64]


def judge(labelled: Labelled, ranking: Array) -> Judged:
    """Compute the confidence features of samples under a ranking."""
    samples = labelled.samples
    background = confidence.median_features([described(*one, ranking)[0] for one in labelled.unrelated])
    found = [described(s.query, s.values, ranking) for s in samples]
    topics = [confidence.topic(one, background) for one, _ in found]
    return Judged(
        np.asarray([[one[name] for name in confidence.TOPIC] for one in topics]),
        np.asarray([[one[name] for name in ANSWER] for one, _ in found]),
        np.asarray([s.answerable for s in samples]),
        np.asarray([s.kind == "off_topic" for s in samples]),
        np.asarray([s.grades[first] > 0 for s, (_, first) in zip(samples, found, strict=True)]),
        np.asarray([s.fold for s in samples]),
    )


ANSWER = [
    name
    for name in confidence.features(
        Query("", (), (), (), (), np.zeros(1, np.float32), np.zeros((0, 1), np.float32), ()),
        [Hit(None, 0.0, dict.fromkeys(signals.NAMES, 0.0))],  # type: ignore[arg-type]
    )
    if name != "score"
]


def fit_confidence(
    judged: Mapping[str, Judged], outside: int | None = None
) -> tuple[dict[str, float], dict[str, float]]:
    """Fit topic and answer on all samples but those of one fold."""

    def fit(part: str, names: Sequence[str], rows: Rows, against: Rows) -> dict[str, float]:
        taken = {
            n: (j.answerable | against[n]) & (j.folds != outside)
            for n, j in judged.items()
            if n in SHARES[part]
        }
        found = logistic(
            np.concatenate([rows[n][mask] for n, mask in taken.items()]),
            np.concatenate([judged[n].answerable[mask] for n, mask in taken.items()]),
            np.concatenate([np.full(mask.sum(), SHARES[part][n] / mask.sum()) for n, mask in taken.items()]),
        )
        kept = {name: round(float(w), 4) for name, w in zip(names, found, strict=False) if w > 1e-4}
        return {"intercept": round(float(found[-1]), 4)} | kept

    off, near = {n: j.off_topic for n, j in judged.items()}, {n: ~j.off_topic for n, j in judged.items()}
    topic = fit("topic", confidence.TOPIC, {n: j.topic for n, j in judged.items()}, off)
    return topic, fit("answer", ANSWER, {n: j.answer for n, j in judged.items()}, near)


def both(judged: Judged, topic: Chosen, answer: Chosen) -> NDArray[np.float64]:
    """Return the log-odds of both, a number a sample."""
    return np.asarray(
        [
            confidence.both_hold(
                confidence.log_odds(dict(zip(confidence.TOPIC, about, strict=True)), topic),
                confidence.log_odds(dict(zip(ANSWER, found, strict=True)), answer),
            )
            for about, found in zip(judged.topic, judged.answer, strict=True)
        ]
    )


def calibrate(
    log_odds: Mapping[str, NDArray[np.float64]],
    right: Mapping[str, NDArray[np.bool_]],
    chosen: Mapping[str, NDArray[np.bool_]],
) -> tuple[float, float]:
    """Fit slope and intercept from log-odds to "the first quote is right" (Platt, 1999)."""
    rows = np.concatenate([log_odds[n][mask] for n, mask in chosen.items()])
    labels = np.concatenate([right[n][mask] for n, mask in chosen.items()])
    share = np.concatenate(
        [np.full(mask.sum(), SHARES["calibration"][n] / mask.sum()) for n, mask in chosen.items()]
    )
    model = LogisticRegression(C=1e6).fit(rows[:, None], labels, sample_weight=share / share.mean())
    return float(model.coef_[0][0]), float(model.intercept_[0])


# Figures


def cross_validate(sets: Sets) -> tuple[dict[str, object], dict[str, NDArray[np.float64]]]:
    """Fit on four folds, measure on the fifth; returns the figures and the held-out log-odds.

    The samples of HELD_OUT are measured with models fitted on all others.
    """
    asked = [name for name, labelled in sets.items() if labelled.unrelated]
    held = {name: np.zeros(len(sets[name].samples)) for name in asked}
    right = {name: np.zeros(len(sets[name].samples), bool) for name in asked}
    ranks: dict[str, list[tuple[float, ...]]] = {name: [] for name in sets}
    marks: dict[str, list[bool]] = {name: [] for name in sets}
    for fold in (*range(FOLDS), None):
        train = {
            name: [s for s in labelled.samples if s.fold != fold]
            for name, labelled in sets.items()
            if name != HELD_OUT
        }
        ranking, sentence = fit_ranking(train), fit_sentence(train)
        judged = {name: judge(sets[name], ranking) for name in asked}
        topic, answer = fit_confidence(judged, fold)
        for name, labelled in sets.items():
            if (fold is None) != (name == HELD_OUT):
                continue
            out = [s for s in labelled.samples if fold is None or s.fold == fold]
            for sample in (s for s in out if s.answerable):
                ranks[name].append(_rank_figures(sample, ranking))
                marks[name] += [
                    bool(labels[int((rows @ sentence).argmax())]) for rows, labels in sample.sentences
                ]
            if name in judged:
                chosen = np.asarray([fold is None or s.fold == fold for s in labelled.samples])
                held[name][chosen] = both(judged[name], topic, answer)[chosen]
                right[name][chosen] = judged[name].right[chosen]
    halves = {n: np.asarray([s.half for s in sets[n].samples]) for n in asked}
    slope, offset = calibrate(held, right, halves)
    figures: dict[str, object] = {}
    for name, labelled in sets.items():
        means = [round(float(x), 4) for x in np.mean(ranks[name], axis=0)]
        if name not in held:
            figures[name] = {"nDCG@10": means[0]}
            continue
        other = ~halves[name]
        ece, _ = expected_calibration_error(
            _chance(slope * held[name][other] + offset), right[name][other].astype(float)
        )
        figures[name] = {
            "hit@1": means[0],
            "hit@3": means[1],
            "highlight": round(float(np.mean(marks[name])), 4),
            **_separation(labelled.samples, held[name]),
            "ece_other_half": ece,
        }
    return figures, held


def _chance(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def _rank_figures(sample: Sample, ranking: Array) -> tuple[float, ...]:
    order = np.argsort(-(sample.values @ ranking), kind="stable")
    if sample.qrels is not None:
        documents = list(dict.fromkeys(sample.documents[i] for i in order))
        return (measures.ndcg(documents, sample.qrels),)
    grades = sample.grades[order]
    return float(grades[0] > 0), float((grades[:3] > 0).any())


def _separation(samples: Sequence[Sample], held: NDArray[np.float64]) -> dict[str, object]:
    answerable = np.asarray([s.answerable for s in samples])
    kinds = np.asarray([s.kind for s in samples])
    return {
        "auroc": auroc(list(held[answerable]), list(held[~answerable])),
        "auroc_by_kind": {
            str(kind): auroc(list(held[answerable]), list(held[kinds == kind]))
            for kind in sorted(set(kinds[~answerable]))
        },
    }


def fit_all(sets: Sets, held: dict[str, NDArray[np.float64]]) -> dict[str, object]:
    """Fit on everything; calibration and threshold come from the held-out log-odds."""
    train = {name: labelled.samples for name, labelled in sets.items() if name != HELD_OUT}
    ranking, sentence = fit_ranking(train), fit_sentence(train)
    judged = {name: judge(sets[name], ranking) for name in held}
    topic, answer = fit_confidence(judged)
    slope, offset = calibrate(
        held, {n: j.right for n, j in judged.items()}, {n: np.ones(len(v), bool) for n, v in held.items()}
    )
    chance = {name: _chance(slope * held[name] + offset) for name in held}
    return {
        "ranking": _named(signals.NAMES, ranking),
        "sentence": _named(signals.SENTENCE_NAMES, sentence),
        "topic": topic,
        "answer": answer,
        "slope": round(slope, 4),
        "offset": round(offset, 4),
        "threshold": _threshold(sets, chance),
        "highlight": 0.35,
        "thresholds": _curve(sets, chance),
    }


def _curve(sets: Sets, chance: dict[str, NDArray[np.float64]]) -> dict[str, dict[str, list[float]]]:
    """For each set and threshold: the shares of false answers and of false refusals."""
    rows: dict[str, dict[str, list[float]]] = {}
    for name, values in chance.items():
        answerable = np.asarray([s.answerable for s in sets[name].samples])
        rows[name] = {
            f"{bar:.2f}": [
                round(float((values[~answerable] >= bar).mean()), 3),
                round(float((values[answerable] < bar).mean()), 3),
            ]
            for bar in np.arange(0.2, 0.75, 0.05)
        }
    return rows


def _threshold(sets: Sets, chance: dict[str, NDArray[np.float64]]) -> float:
    """Choose the lowest bar that holds mean false answers at FALSE_ANSWERS over the sets about medicine."""
    wrong = [chance[n][[not s.answerable for s in sets[n].samples]] for n in MEDICINE if n in chance]
    bars = np.arange(0.05, 0.95, 0.01)
    rates = [np.mean([(one >= bar).mean() for one in wrong]) for bar in bars]
    return round(float(bars[int(np.argmax(np.asarray(rates) <= FALSE_ANSWERS))]), 2)


MEDICINE = ("sources", "corpus", HELD_OUT)
FALSE_ANSWERS = 0.09  # of questions that nothing in the folder answers, most of them hard ones


def _named(names: Sequence[str], values: Array) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(names, values, strict=True)}


if __name__ == "__main__":
    sys.exit(main())
