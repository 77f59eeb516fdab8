"""The figures of an evaluation: hits, abstention, calibration, exactness."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tacrochat.answering.answer import Answer
from tacrochat.errors import ReadError
from tacrochat.evaluation.questions import Question
from tacrochat.library import Library
from tacrochat.readers.files import VERBATIM, decode

_BINS = 10


@dataclass(frozen=True, slots=True)
class Result:
    """What happened to one question: its answer, and the rank (from 1) of the first right quote."""

    question: Question
    answer: Answer
    rank: int | None
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of the contract; a share over nothing is None."""

    values: dict[str, Any]

    @classmethod
    def of(cls, library: Library, found: Sequence[Result]) -> "Figures":
        """Count outcomes."""
        answerable = [o for o in found if o.question.answerable]
        others = [o for o in found if not o.question.answerable]
        inside = [o.answer.confidence for o in answerable]
        outside = [o.answer.confidence for o in others]
        kinds = sorted({o.question.kind for o in others})
        times = [o.milliseconds for o in found]
        ece, reliability = _calibration(found)
        return cls(
            {
                "questions": len(found),
                "hit@1": _share([o.rank == 1 for o in answerable]),
                "hit@3": _share([o.rank is not None and o.rank <= 3 for o in answerable]),
                "mrr": _share([1 / o.rank if o.rank else 0.0 for o in answerable]),
                "highlight_accuracy": _highlights(answerable),
                "auroc": auroc(inside, outside),
                "auroc_by_kind": {
                    kind: auroc(inside, [o.answer.confidence for o in others if o.question.kind == kind])
                    for kind in kinds
                },
                "false_answer_rate": _share([o.answer.status == "answered" for o in others]),
                "false_refusal_rate": _share([o.answer.status != "answered" for o in answerable]),
                "ece": ece,
                "reliability": reliability,
                "quote_exactness": _exactness(library, found),
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
            if name not in {"reliability", "auroc_by_kind"}
        ]
        lines += [f"auroc {kind:<14} {value}" for kind, value in self.values["auroc_by_kind"].items()]
        lines.append("confidence   questions   mean   first quote right")
        lines += [
            f"{row['from']:.1f}–{row['to']:.1f} {row['questions']:>15} {row['confidence']:>8.2f}"
            f" {row['right']:>8.2f}"
            for row in self.values["reliability"]
        ]
        return "\n".join(lines)


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float | None:
    """Area under the ROC curve: how often a positive scores above a negative, ties half."""
    if not positives or not negatives:
        return None
    low = np.sort(np.asarray(negatives))
    below = np.searchsorted(low, positives, side="left")
    upto = np.searchsorted(low, positives, side="right")
    return round(float((below + upto).mean() / (2 * len(low))), 4)


def expected_calibration_error(
    confidence: NDArray[np.float64], right: NDArray[np.float64]
) -> tuple[float, list[dict[str, Any]]]:
    """Weigh the gap between confidence and truth over ten bins (Guo et al., 2017)."""
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    rows = []
    total = 0.0
    for number in np.unique(bins):
        chosen = bins == number
        mean, share = float(confidence[chosen].mean()), float(right[chosen].mean())
        total += abs(mean - share) * int(chosen.sum()) / len(bins)
        rows.append(
            {
                "from": int(number) / _BINS,
                "to": (int(number) + 1) / _BINS,
                "questions": int(chosen.sum()),
                "confidence": round(mean, 4),
                "right": round(share, 4),
            }
        )
    return round(total, 4), rows


def _calibration(found: Sequence[Result]) -> tuple[float | None, list[dict[str, Any]]]:
    asked = [o for o in found if o.answer.status != "conversation"]
    if not asked:
        return None, []
    confidence = np.asarray([o.answer.confidence for o in asked])
    right = np.asarray([float(o.rank == 1) for o in asked])
    return expected_calibration_error(confidence, right)


def _share(values: Sequence[float]) -> float | None:
    return round(float(np.mean(values)), 4) if values else None


def _highlights(answerable: Sequence[Result]) -> float | None:
    """Count, where a right quote is shown as an answer, how often a highlight holds the answer."""
    marks = []
    for outcome in answerable:
        right = next((q for q in outcome.answer.quotes if outcome.question.is_right(q)), None)
        if right is None or not outcome.question.answers:
            continue
        marked = [right.text[a - right.start : b - right.start] for a, b in right.highlights]
        marks.append(any(answer in text for text in marked for answer in outcome.question.answers))
    return _share(marks)


def _exactness(library: Library, found: Sequence[Result]) -> float | None:
    """Compare every shown quote with its file, read anew where the file is text."""
    texts: dict[str, str] = {}
    root = Path(library.manifest.corpus)
    for document in library.documents:
        texts[document.path] = document.text
        if Path(document.path).suffix.lower() in VERBATIM and not document.container:
            try:
                texts[document.path] = decode((root / document.path).read_bytes())
            except (OSError, ReadError):
                texts[document.path] = ""
    quotes = [q for o in found for q in (*o.answer.quotes, *o.answer.nearest)]
    return _share([texts[q.document][q.start : q.end] == q.text for q in quotes])
