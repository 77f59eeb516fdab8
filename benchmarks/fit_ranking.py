"""Fit the numbers of ``tacrochat.ranking`` on labelled sets, and write ``weights.json``.

    python benchmarks/fit_ranking.py --shared ../shared --work build/fit [--write]

Three linear models, each fitted so that every set weighs the same:

* ranking: listwise softmax over the candidates of a query (Cao et al., 2007),
* sentence: the same over the sentences of a right passage,
* confidence: logistic regression of "is answerable" on features of a ranking, then
  Platt scaling (1999) to "the first quote is right".

Figures are cross-validated: by article, document or question, five folds, all
three models fitted anew in each. The indexes are kept in ``--work``.
"""

import argparse
import json
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

import beir
import measures
import tacrochat
from tacrochat import conversation, evaluation
from tacrochat.library import Library
from tacrochat.ranking import signals
from tacrochat.ranking.confidence import features
from tacrochat.types import Hit

HERE = Path(__file__).parent
WEIGHTS = HERE.parent / "src" / "tacrochat" / "ranking" / "weights.json"
FOLDS = 5
MOST = 700  # queries of one set that a fit of the ranking looks at
Array = NDArray[np.float32]


@dataclass(slots=True)
class Sample:
    """One query with its candidates: signals, labels, and what judges the ranking."""

    group: str
    answerable: bool
    kind: str
    query: signals.Query
    values: Array
    grades: Array
    documents: list[str]
    qrels: dict[str, int] | None
    sentences: list[tuple[Array, Array]]

    @property
    def fold(self) -> int:
        """The fold a group belongs to, the same in every run."""
        return zlib.crc32(self.group.encode()) % FOLDS


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
    sets = {name: list(SETS[name](options.shared, options.work)) for name in names}
    keep = [i for i, name in enumerate(signals.NAMES) if name not in options.drop]
    figures, held = cross_validate(sets, keep)
    print(json.dumps(figures, indent=2))
    if options.write:
        fitted = fit_all(sets, keep, held)
        provenance = {
            "fitted_by": "benchmarks/fit_ranking.py",
            "date": datetime.now(UTC).date().isoformat(),
            "model": "all-MiniLM-L6-v2",
            "sets": {name: len(samples) for name, samples in sets.items()},
            "cross_validated": figures,
        }
        WEIGHTS.write_text(json.dumps(fitted | {"provenance": provenance}, indent=2) + "\n", "utf-8")
    return 0


# Sets


def _retrieval(name: str, split: str):  # noqa: ANN202
    def load(shared: Path, work: Path) -> Iterator[Sample]:
        found = beir.load(shared / "data" / name, split)
        paths = beir.write_corpus(found, work / name / "corpus")
        library = tacrochat.build(work / name / "corpus", work / name / "index")
        keys = [paths[d.path] for d in library.documents]
        for key, text in found.queries.items():
            grades = found.qrels[key]
            yield _sample(library, text, key, keys, grades)

    return load


def _questions(corpus: str, questions: str, kept: int | None = None):  # noqa: ANN202
    def load(shared: Path, work: Path) -> Iterator[Sample]:
        places = {
            "corpus": HERE.parent / "corpus",
            "sources": shared / "sources",
            "wiki": shared / "data" / "wiki_articles" / "corpus",
        }
        files = {
            "corpus": HERE / "corpus_questions.jsonl",
            "sources": HERE / "sources_questions.jsonl",
            "wiki": shared / "data" / "wiki_articles" / "questions.jsonl",
            "more": shared / "data" / "wiki_articles" / "more_questions.jsonl",
        }
        library = tacrochat.build(places[corpus], work / corpus / "index")
        for question in evaluation.read_questions(files[questions])[:kept]:
            text = conversation.resolve(question.text, question.history)
            document = question.places[0][0] if question.places and corpus == "wiki" else question.id
            yield _asked(library, text, document, question)

    return load


SETS = {
    "wikiqa_dev": _retrieval("wikiqa_dev", "dev"),
    "healthver": _retrieval("healthver", "dev"),
    "scifact_train": _retrieval("scifact_train", "train"),
    "wiki_articles": _questions("wiki", "wiki"),
    "wiki_more": _questions("wiki", "more", 2500),
    "sources": _questions("sources", "sources"),
    "corpus": _questions("corpus", "corpus"),
}


def _asked(library: Library, text: str, group: str, question: evaluation.Question) -> Sample:
    def is_right(start: int, end: int, path: str, words: str) -> bool:
        if question.places:
            return any(path == d and start < b and a < end for d, a, b in question.places)
        return any(answer in words for answer in question.answers)

    analysed = library.analyse(library.check(text))
    candidates = library.candidates(analysed)
    found = signals.measure(analysed, candidates, library.collection)
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
    analysed = library.analyse(library.check(text[:2000]))
    candidates = library.candidates(analysed, 2 * library.settings.candidates)
    found = signals.measure(analysed, candidates, library.collection)
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


def listwise(lists: Sequence[Sequence[tuple[Array, Array]]], penalty: float = 1e-3) -> Array:
    """Fit weights by listwise softmax: ``lists[set]`` holds pairs (values, labels) of a query each."""
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

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        total = penalty * (found**2).sum()
        for values, right, outside in padded:
            logs = torch.log_softmax(values @ found + outside, 1)
            total = total - torch.logsumexp(logs.masked_fill(~right, -1e9), 1).mean() / len(padded)
        total.backward()
        return total

    optimiser.step(loss)
    return found.detach().numpy()


def fit_ranking(sets: dict[str, list[Sample]], keep: list[int]) -> Array:
    """Fit the ranking; signals left out get 0."""
    lists = []
    for samples in sets.values():
        usable = [s for s in samples if 0 < (s.grades > 0).sum() < len(s.grades)]
        chosen = sorted(usable, key=lambda s: zlib.crc32(s.query.text.encode()))[:MOST]
        if chosen:
            lists.append([(s.values[:, keep], s.grades) for s in chosen])
    full = np.zeros(len(signals.NAMES), np.float32)
    full[keep] = listwise(lists)
    return full


def fit_sentence(sets: dict[str, list[Sample]]) -> Array:
    """Fit the choice of the sentence that answers."""
    lists = [[pair for s in samples for pair in s.sentences] for samples in sets.values()]
    return listwise([pairs for pairs in lists if pairs])


def hits(sample: Sample, ranking: Array) -> tuple[list[Hit], list[int]]:
    """Rank a sample's candidates; returns hits without passages, and the order."""
    scores = sample.values @ ranking
    order = np.argsort(-scores, kind="stable")
    found = [
        Hit(None, float(scores[i]), dict(zip(signals.NAMES, map(float, sample.values[i]), strict=True)))  # type: ignore[arg-type]
        for i in order
    ]
    return found, [int(i) for i in order]


@dataclass(slots=True)
class Judged:
    """Confidence features of a set's samples: a row each, with what is true of them."""

    names: list[str]
    rows: NDArray[np.float64]
    answerable: NDArray[np.bool_]
    right: NDArray[np.bool_]
    folds: NDArray[np.int64]


def judge(samples: Sequence[Sample], ranking: Array) -> Judged:
    """Compute the confidence features of samples under a ranking."""
    found, right = [], []
    for sample in samples:
        ranked, order = hits(sample, ranking)
        found.append(features(sample.query, ranked))
        right.append(bool(sample.grades[order[0]] > 0))
    names = list(found[0])
    return Judged(
        names,
        np.asarray([[one[name] for name in names] for one in found]),
        np.asarray([s.answerable for s in samples]),
        np.asarray(right),
        np.asarray([s.fold for s in samples]),
    )


def fit_confidence(
    judged: Sequence[Judged], chosen: Sequence[NDArray[np.bool_]]
) -> tuple[NDArray[np.float64], float]:
    """Fit weights and intercept on the chosen rows of each set."""
    rows = np.concatenate([j.rows[c] for j, c in zip(judged, chosen, strict=True)])
    labels = np.concatenate([j.answerable[c] for j, c in zip(judged, chosen, strict=True)])
    share = np.concatenate([np.full(int(c.sum()), 1 / np.sqrt(c.sum())) for c in chosen])
    scaler = StandardScaler().fit(rows)
    model = LogisticRegression(C=0.1, max_iter=5000)
    model.fit(scaler.transform(rows), labels, sample_weight=share / share.mean())
    found = model.coef_[0] / scaler.scale_
    return found, float(model.intercept_[0] - scaler.mean_ @ found)


def calibrate(
    log_odds: NDArray[np.float64], right: NDArray[np.bool_], share: NDArray[np.float64]
) -> tuple[float, float]:
    """Fit slope and intercept from log-odds of "answerable" to "the first quote is right" (Platt, 1999)."""
    model = LogisticRegression(C=1e6).fit(log_odds[:, None], right, sample_weight=share)
    return float(model.coef_[0][0]), float(model.intercept_[0])


# Figures


def cross_validate(
    sets: dict[str, list[Sample]], keep: list[int]
) -> tuple[dict[str, object], dict[str, NDArray[np.float64]]]:
    """Fit on four folds, measure on the fifth; returns the figures and the held-out log-odds."""
    asked = [name for name, samples in sets.items() if samples[0].qrels is None]
    held = {name: np.zeros(len(sets[name])) for name in asked}
    right = {name: np.zeros(len(sets[name]), bool) for name in asked}
    ranks: dict[str, list[tuple[float, ...]]] = {name: [] for name in sets}
    marks: dict[str, list[bool]] = {name: [] for name in sets}
    for fold in range(FOLDS):
        train = {name: [s for s in samples if s.fold != fold] for name, samples in sets.items()}
        ranking, sentence = fit_ranking(train, keep), fit_sentence(train)
        for name, samples in sets.items():
            for sample in (s for s in samples if s.fold == fold and s.answerable):
                ranks[name].append(_rank_figures(sample, ranking))
                marks[name] += [
                    bool(labels[int((rows @ sentence).argmax())]) for rows, labels in sample.sentences
                ]
        judged = [judge(sets[name], ranking) for name in asked]
        found, intercept = fit_confidence(judged, [j.folds != fold for j in judged])
        for name, j in zip(asked, judged, strict=True):
            out = j.folds == fold
            held[name][out] = j.rows[out] @ found + intercept
            right[name][out] = j.right[out]
    figures: dict[str, object] = {}
    for name, samples in sets.items():
        figures[name] = _set_figures(samples, ranks[name], marks[name], held.get(name), right.get(name))
    return figures, held


def _rank_figures(sample: Sample, ranking: Array) -> tuple[float, ...]:
    order = np.argsort(-(sample.values @ ranking), kind="stable")
    if sample.qrels is not None:
        documents = list(dict.fromkeys(sample.documents[i] for i in order))
        return (measures.ndcg(documents, sample.qrels),)
    grades = sample.grades[order]
    return float(grades[0] > 0), float((grades[:3] > 0).any())


def _set_figures(samples, ranks, marks, held, right) -> dict[str, object]:  # noqa: ANN001
    means = [round(float(x), 4) for x in np.mean(ranks, axis=0)]
    if samples[0].qrels is not None:
        return {"nDCG@10": means[0]}
    answerable = np.asarray([s.answerable for s in samples])
    kinds = np.asarray([s.kind for s in samples])
    half = np.asarray([zlib.crc32(s.query.text.encode()) % 2 == 0 for s in samples])
    slope, offset = calibrate(held[half], right[half], np.ones(int(half.sum())))
    other = 1 / (1 + np.exp(-(slope * held[~half] + offset)))
    ece, _ = evaluation.expected_calibration_error(other, right[~half].astype(float))
    return {
        "hit@1": means[0],
        "hit@3": means[1],
        "highlight": round(float(np.mean(marks)), 4) if marks else None,
        "auroc": evaluation.auroc(list(held[answerable]), list(held[~answerable])),
        "auroc_by_kind": {
            str(kind): evaluation.auroc(list(held[answerable]), list(held[kinds == kind]))
            for kind in sorted(set(kinds[~answerable]))
        },
        "ece_other_half": ece,
    }


def fit_all(
    sets: dict[str, list[Sample]], keep: list[int], held: dict[str, NDArray[np.float64]]
) -> dict[str, object]:
    """Fit on everything; calibration and threshold come from the held-out log-odds."""
    asked = list(held)
    ranking, sentence = fit_ranking(sets, keep), fit_sentence(sets)
    judged = [judge(sets[name], ranking) for name in asked]
    found, intercept = fit_confidence(judged, [np.ones(len(j.rows), bool) for j in judged])
    odds = np.concatenate([held[name] for name in asked])
    right = np.concatenate([j.right for j in judged])
    share = np.concatenate([np.full(len(j.rows), 1 / len(j.rows)) for j in judged])
    slope, offset = calibrate(odds, right, share / share.mean())
    chance = {name: 1 / (1 + np.exp(-(slope * held[name] + offset))) for name in asked}
    return {
        "ranking": _named(signals.NAMES, ranking),
        "sentence": _named(signals.SENTENCE_NAMES, sentence),
        "confidence": {n: round(float(slope * w), 4) for n, w in zip(judged[0].names, found, strict=True)},
        "intercept": round(slope * intercept + offset, 4),
        "threshold": _threshold(sets, chance),
        "highlight": 0.4,
        "thresholds": _curve(sets, chance),
    }


def _curve(
    sets: dict[str, list[Sample]], chance: dict[str, NDArray[np.float64]]
) -> dict[str, dict[str, list[float]]]:
    """For each set and threshold: the shares of false answers and of false refusals."""
    rows: dict[str, dict[str, list[float]]] = {}
    for name, values in chance.items():
        answerable = np.asarray([s.answerable for s in sets[name]])
        rows[name] = {
            f"{bar:.2f}": [
                round(float((values[~answerable] >= bar).mean()), 3),
                round(float((values[answerable] < bar).mean()), 3),
            ]
            for bar in np.arange(0.2, 0.75, 0.05)
        }
    return rows


def _threshold(sets: dict[str, list[Sample]], chance: dict[str, NDArray[np.float64]]) -> float:
    """Choose the bar that holds mean false answers at FALSE_ANSWERS over the questions about medicine."""
    values = [
        (chance[n], np.asarray([s.answerable for s in sets[n]])) for n in ("sources", "corpus") if n in chance
    ]
    bars = np.arange(0.05, 0.95, 0.01)
    rates = [np.mean([(c[~a] >= bar).mean() for c, a in values]) for bar in bars]
    return round(float(bars[int(np.argmax(np.asarray(rates) <= FALSE_ANSWERS))]), 2)


FALSE_ANSWERS = 0.3  # of questions that nothing in the folder answers; most of them hard ones


def _named(names: Sequence[str], values: Array) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(names, values, strict=True)}


if __name__ == "__main__":
    sys.exit(main())
