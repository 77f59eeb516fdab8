"""The figures of an evaluation: hits, abstention, calibration, exactness."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from tacrochat.answering.answer import Answer
from tacrochat.errors import ReadError
from tacrochat.evaluation.questions import Question
from tacrochat.library import Library
from tacrochat.ranking.zones import Zone
from tacrochat.readers.files import VERBATIM, decode
from tacrochat.readers.formats import suffix_of

_BINS = 10


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one question, and the rank (from 1) of the first right quote, None if there is none."""

    question: Question
    answer: Answer
    rank: int | None
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of an evaluation by name; a share of nothing is None."""

    values: dict[str, Any]

    @classmethod
    def of(cls, library: Library, results: Sequence[Result], unlabelled: int = 0) -> "Figures":
        """Compute the figures of some results; ``unlabelled`` questions were not asked."""
        answerable = [r for r in results if r.question.answerable]
        unanswerable = [r for r in results if not r.question.answerable]
        positives = [r.answer.confidence for r in answerable]
        negatives = [r.answer.confidence for r in unanswerable]
        kinds = sorted({r.question.kind for r in unanswerable})
        times = [r.milliseconds for r in results]
        ece, reliability = _calibration(results)
        return cls(
            {
                "questions": len(results),
                "unlabelled": unlabelled,
                "hit@1": _share([r.rank == 1 for r in answerable]),
                "hit@3": _share([r.rank is not None and r.rank <= 3 for r in answerable]),
                "mrr": _share([1 / r.rank if r.rank else 0.0 for r in answerable]),
                "highlight_accuracy": _highlights(answerable),
                "auroc": auroc(positives, negatives),
                "auroc_by_kind": {
                    kind: auroc(
                        positives, [r.answer.confidence for r in unanswerable if r.question.kind == kind]
                    )
                    for kind in kinds
                },
                "false_answer_rate": _share([r.answer.status == "answered" for r in unanswerable]),
                "false_refusal_rate": _share([r.answer.status == "not_found" for r in answerable]),
                "uncertain_rate": _share([r.answer.status == "uncertain" for r in results]),
                "zones": _zones(results),
                "ece": ece,
                "reliability": reliability,
                "quote_exactness": _exactness(library, results),
                "p50_ms": round(float(np.percentile(times, 50)), 2),
                "p95_ms": round(float(np.percentile(times, 95)), 2),
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as the JSON object of the contract."""
        return dict(self.values)

    def to_text(self) -> str:
        """Return the figures as lines for a terminal."""
        lines = [
            f"{name:<20} {value}"
            for name, value in self.values.items()
            if name not in {"reliability", "auroc_by_kind", "zones"}
        ]
        lines.append("zone         questions   of answerable   of the others   first quote right")
        lines += [
            f"{zone:<12} {figures['questions']:>9} {_shown(figures['of_answerable']):>15}"
            f" {_shown(figures['of_unanswerable']):>15} {_shown(figures['right']):>19}"
            for zone, figures in self.values["zones"].items()
        ]
        lines += [f"auroc {kind:<14} {value}" for kind, value in self.values["auroc_by_kind"].items()]
        lines.append("confidence   questions   mean   first quote right")
        lines += [
            f"{entry['from']:.1f}–{entry['to']:.1f} {entry['questions']:>15} {entry['confidence']:>8.2f}"
            f" {entry['right']:>8.2f}"
            for entry in self.values["reliability"]
        ]
        return "\n".join(lines)


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float | None:
    """Return the area under the ROC curve: how often a positive is above a negative; a tie counts half."""
    if not positives or not negatives:
        return None
    ordered = np.sort(np.asarray(negatives))
    below = np.searchsorted(ordered, positives, side="left")
    not_above = np.searchsorted(ordered, positives, side="right")
    return round(float((below + not_above).mean() / (2 * len(ordered))), 4)


def expected_calibration_error(
    confidence: NDArray[np.float64], right: NDArray[np.float64]
) -> tuple[float, list[dict[str, Any]]]:
    """Return the mean gap between confidence and accuracy over ten bins (Guo et al., 2017), and the bins.

    ``right`` is 1 where the first quote was right, else 0.
    """
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    reliability = []
    total = 0.0
    for number in np.unique(bins):
        chosen = bins == number
        mean, share = float(confidence[chosen].mean()), float(right[chosen].mean())
        total += abs(mean - share) * int(chosen.sum()) / len(bins)
        reliability.append(
            {
                "from": int(number) / _BINS,
                "to": (int(number) + 1) / _BINS,
                "questions": int(chosen.sum()),
                "confidence": round(mean, 4),
                "right": round(share, 4),
            }
        )
    return round(total, 4), reliability


def _calibration(results: Sequence[Result]) -> tuple[float | None, list[dict[str, Any]]]:
    searched = [r for r in results if r.answer.status != "conversation"]
    if not searched:
        return None, []
    confidence = np.asarray([r.answer.confidence for r in searched])
    right = np.asarray([float(r.rank == 1) for r in searched])
    return expected_calibration_error(confidence, right)


def _zones(results: Sequence[Result]) -> dict[str, dict[str, Any]]:
    """Return for each zone its questions, its share of each sort of question, and how often it is right."""
    zones = {}
    for zone in get_args(Zone):
        inside = [r for r in results if r.answer.status == zone]
        zones[zone] = {
            "questions": len(inside),
            "of_answerable": _share([r.answer.status == zone for r in results if r.question.answerable]),
            "of_unanswerable": _share(
                [r.answer.status == zone for r in results if not r.question.answerable]
            ),
            "right": _share([r.rank == 1 for r in inside]),
        }
    return zones


def _shown(share: float | None) -> str:
    return "–" if share is None else f"{share:.2f}"


def _share(values: Sequence[float]) -> float | None:
    return round(float(np.mean(values)), 4) if values else None


def _highlights(answerable: Sequence[Result]) -> float | None:
    """Return how often a highlight contains the answer, of the answers with a right quote."""
    contained = []
    for result in answerable:
        quote = next((q for q in result.answer.quotes if result.question.is_right(q)), None)
        if quote is None or not result.question.answers:
            continue
        sentences = [quote.text[a - quote.start : b - quote.start] for a, b in quote.highlights]
        contained.append(any(answer in text for text in sentences for answer in result.question.answers))
    return _share(contained)


def _exactness(library: Library, results: Sequence[Result]) -> float | None:
    """Return the share of quotes equal to their document; a text file is read and decoded again."""
    texts: dict[str, str] = {}
    origin = library.manifest.origin
    for document in library.documents:
        texts[document.path] = document.text
        if suffix_of(document.path) in VERBATIM and not (document.container or document.pages):
            try:
                texts[document.path] = decode(origin.location(document.path).read_bytes())
            except (OSError, ReadError):
                texts[document.path] = ""
    quotes = [q for r in results for q in (*r.answer.quotes, *r.answer.nearest)]
    return _share([texts[q.document][q.start : q.end] == q.text for q in quotes])
