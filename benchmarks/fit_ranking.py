"""Fit the weights of ``tacrochat.ranking`` on labelled sets, and write ``weights.json``.

    python benchmarks/fit_ranking.py --shared ../shared --work build/fit [--write]

The sets are in ``fit_sets.py``, the models in ``fit_models.py``. Confidence is
the probability that topic and answer both hold, calibrated by Platt scaling
(1999) to "the first quote is right".

Figures are cross-validated in five folds, by article, document or question;
all models are fitted anew in each fold. The questions of ``HELD_OUT`` fit no
weight; they take part in the calibration and the threshold only.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import measures
from fit_models import SHARES, both, by_length, calibrate, fit_confidence, fit_ranking, fit_sentence, judge
from fit_sets import FOLDS, HELD_OUT, HERE, SETS, Sample, Sets
from tacrochat.arrays import Floats
from tacrochat.evaluation.metrics import auroc, expected_calibration_error
from tacrochat.ranking import signals
from tacrochat.search.unknown_names import has_unknown_name

WEIGHTS = HERE.parent / "src" / "tacrochat" / "ranking" / "weights.json"
ZONED = ("sources", "corpus", HELD_OUT, "wiki_articles")
"""The sets that the thresholds are chosen by."""
FALSE_ANSWERS = 0.10  # answered at most, of the questions that nothing in the folder answers
FALSE_REFUSALS = 0.05  # refused at most, of the questions that the folder answers
UNCERTAIN = 0.25  # uncertain at most, of all questions; counts before FALSE_REFUSALS


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


def cross_validate(sets: Sets) -> tuple[dict[str, object], dict[str, NDArray[np.float64]]]:
    """Fit on four folds, measure on the fifth; returns the figures and the held-out log-odds.

    The samples of HELD_OUT are measured with models fitted on all others.
    """
    with_confidence = [name for name, labelled in sets.items() if labelled.unrelated]
    held = {name: np.zeros(len(sets[name].samples)) for name in with_confidence}
    right = {name: np.zeros(len(sets[name].samples), bool) for name in with_confidence}
    ranks: dict[str, list[tuple[float, ...]]] = {name: [] for name in sets}
    sentence_hits: dict[str, list[bool]] = {name: [] for name in sets}
    for fold in (*range(FOLDS), None):
        train = {
            name: [s for s in labelled.samples if s.fold != fold]
            for name, labelled in sets.items()
            if name != HELD_OUT
        }
        ranking, sentence = fit_ranking(train), fit_sentence(train)
        judged = {name: judge(sets[name], ranking) for name in with_confidence}
        topic, answer = fit_confidence(judged, fold)
        for name, labelled in sets.items():
            if (fold is None) != (name == HELD_OUT):
                continue
            left_out = [s for s in labelled.samples if fold is None or s.fold == fold]
            for sample in (s for s in left_out if s.answerable):
                ranks[name].append(rank_figures(sample, ranking))
                sentence_hits[name] += [
                    bool(labels[int((values @ sentence).argmax())]) for values, labels in sample.sentences
                ]
            if name in judged:
                chosen = np.asarray([fold is None or s.fold == fold for s in labelled.samples])
                held[name][chosen] = both(judged[name], topic, answer)[chosen]
                right[name][chosen] = judged[name].right[chosen]
    halves = {n: np.asarray([s.half for s in sets[n].samples]) for n in with_confidence}
    slope, offset = calibrate(held, right, halves)
    figures: dict[str, object] = {}
    for name, labelled in sets.items():
        means = [round(float(x), 4) for x in np.mean(ranks[name], axis=0)]
        if name not in held:
            figures[name] = {"nDCG@10": means[0]}
            continue
        other = ~halves[name]
        ece, _ = expected_calibration_error(
            probability_of(slope * held[name][other] + offset), right[name][other].astype(float)
        )
        figures[name] = {
            "hit@1": means[0],
            "hit@3": means[1],
            "highlight": round(float(np.mean(sentence_hits[name])), 4),
            **separation(
                np.asarray([s.answerable for s in labelled.samples]),
                np.asarray([s.kind for s in labelled.samples]),
                held[name],
            ),
            "ece_other_half": ece,
        }
    return figures, held


def probability_of(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probabilities of log-odds."""
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def rank_figures(sample: Sample, ranking: Floats) -> tuple[float, ...]:
    """Return nDCG@10 if documents were judged, else whether a right passage is first, and among three."""
    order = np.argsort(-(by_length(sample.values, sample.query) @ ranking), kind="stable")
    if sample.qrels is not None:
        documents = list(dict.fromkeys(sample.documents[i] for i in order))
        return (measures.ndcg(documents, sample.qrels),)
    grades = sample.grades[order]
    return float(grades[0] > 0), float((grades[:3] > 0).any())


def separation(
    answerable: NDArray[np.bool_], kinds: NDArray[np.str_], held: NDArray[np.float64]
) -> dict[str, object]:
    """Return how well log-odds tell answerable questions from the others, and from each kind of them."""
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
    short, long = np.split(ranking, 2)
    judged = {name: judge(sets[name], ranking) for name in held}
    topic, answer = fit_confidence(judged)
    slope, offset = calibrate(
        held, {n: j.right for n, j in judged.items()}, {n: np.ones(len(v), bool) for n, v in held.items()}
    )
    probability = {name: probability_of(slope * held[name] + offset) for name in held}
    for name, values in probability.items():
        # The search refuses these whatever the ranking says.
        values[[has_unknown_name(s.query) for s in sets[name].samples]] = 0
    return {
        "ranking": _named(signals.NAMES, short),
        "ranking_long": _named(signals.NAMES, long),
        "sentence": _named(signals.SENTENCE_NAMES, sentence),
        "topic": topic,
        "answer": answer,
        "slope": round(slope, 4),
        "offset": round(offset, 4),
        **zones_of(_answerable(sets), probability, {n: j.right for n, j in judged.items()}),
        "highlight": 0.35,
        "thresholds": _curve(sets, probability),
    }


def _answerable(sets: Sets) -> dict[str, NDArray[np.bool_]]:
    return {name: np.asarray([s.answerable for s in found.samples]) for name, found in sets.items()}


def _curve(sets: Sets, probability: dict[str, NDArray[np.float64]]) -> dict[str, dict[str, list[float]]]:
    """For each set and threshold: the shares of false answers and of false refusals."""
    curves: dict[str, dict[str, list[float]]] = {}
    for name, values in probability.items():
        answerable = np.asarray([s.answerable for s in sets[name].samples])
        curves[name] = {
            f"{threshold:.2f}": [
                round(float((values[~answerable] >= threshold).mean()), 3),
                round(float((values[answerable] < threshold).mean()), 3),
            ]
            for threshold in np.arange(0.2, 0.75, 0.05)
        }
    return curves


def zones_of(
    answerable_of: Mapping[str, NDArray[np.bool_]],
    probability: Mapping[str, NDArray[np.float64]],
    right: Mapping[str, NDArray[np.bool_]],
) -> dict[str, object]:
    """Choose the two thresholds by the means of the rates over the sets ZONED.

    ``threshold`` is the lowest with few enough false answers. ``uncertain`` is the
    highest below it with few enough false refusals; if too many questions are
    uncertain then, the lowest at which they are not: an answer that is often
    framed as perhaps none is not read. ``right`` is how often the first quote is
    right in each zone, all those sets together; ``rates`` are those of each set.
    """
    names = [name for name in ZONED if name in probability]
    steps = [round(float(step), 2) for step in np.arange(0.01, 0.96, 0.01)]

    def rates(name: str, upper: float, lower: float) -> dict[str, float]:
        values = probability[name]
        answerable = answerable_of[name]
        shares = {
            "false_answers": (values[~answerable] >= upper).mean(),
            "false_refusals": (values[answerable] < lower).mean(),
            "uncertain": ((values >= lower) & (values < upper)).mean(),
        }
        return {rate: round(float(share), 4) for rate, share in shares.items()}

    def mean(rate: str, upper: float, lower: float) -> float:
        return float(np.mean([rates(name, upper, lower)[rate] for name in names]))

    upper = next((step for step in steps if mean("false_answers", step, step) <= FALSE_ANSWERS), steps[-1])
    below = [step for step in steps if step <= upper]
    lower = next(
        (step for step in reversed(below) if mean("false_refusals", upper, step) <= FALSE_REFUSALS), below[0]
    )
    lower = next(step for step in below if step >= lower and mean("uncertain", upper, step) <= UNCERTAIN)
    pooled = np.concatenate([probability[name] for name in names])
    is_right = np.concatenate([right[name] for name in names])
    zones = {
        "answered": pooled >= upper,
        "uncertain": (pooled >= lower) & (pooled < upper),
        "not_found": pooled < lower,
    }
    return {
        "threshold": upper,
        "uncertain": lower,
        "right": {zone: round(float(is_right[chosen].mean()), 3) for zone, chosen in zones.items()},
        "rates": {name: rates(name, upper, lower) for name in probability},
    }


def _named(names: Sequence[str], values: Floats) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(names, values, strict=True)}


if __name__ == "__main__":
    sys.exit(main())
