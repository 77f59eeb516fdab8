"""Measure whether both sides are quoted, and whether "sources differ" is said when they do and only then.

    python benchmarks/differing.py [--shared DIR] [--work DIR] [--only FOLDER…] [--list]

For the questions of ``differing_questions.jsonl``, in halves by a hash of the id:
nothing was developed on the half "held out".

- ``both@3``: share of the questions on which sources differ that have a quote of each
  side among the first three. ``both@3 shown`` counts a question that is not answered
  at the default threshold as a miss.
- ``recall``: share of them for which the answer says that sources differ.
- ``right groups``: share of them with a quote of each labelled side in different groups.
- ``false alarms``: share of the other questions for which the answer says so.
- ``kinds``: shares of both with quotes of several kinds of source, which the page
  called a difference before.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import tacrochat
from differing_folders import HERE, NAMES, Labelled, Place, folder, read_labelled
from tacrochat.answering.answer import Answer
from tacrochat.types import Quote

FIRST = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was answered to a question, whatever the confidence, and whether it is shown by default."""

    labelled: Labelled
    answer: Answer
    is_shown: bool
    milliseconds: float

    @property
    def has_both(self) -> bool:
        """Whether a quote of each side is among the first three."""
        first = self.answer.quotes[:FIRST]
        return all(any(is_of(quote, side) for quote in first) for side in self.labelled.sides)

    @property
    def has_right_groups(self) -> bool:
        """Whether two groups hold a quote of one side each."""
        sides = self.labelled.sides
        of_group = [
            {n for n, side in enumerate(sides) if any(is_of(self.answer.quotes[i], side) for i in group)}
            for group in self.answer.differ
        ]
        return any(a | b == {0, 1} and a and b for i, a in enumerate(of_group) for b in of_group[:i])

    @property
    def has_several_kinds(self) -> bool:
        """Whether the quotes come from sources of several kinds."""
        return len({quote.kind for quote in self.answer.quotes}) > 1


def main() -> int:
    """Ask all questions and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--shared", type=Path, default=HERE.parent.parent / "shared")
    parser.add_argument("--work", type=Path, default=Path("build/differing"))
    parser.add_argument("--only", nargs="*", choices=NAMES, default=NAMES)
    parser.add_argument("--list", action="store_true", help="list each question of the half developed on")
    options = parser.parse_args()
    outcomes: list[Outcome] = []
    for name in options.only:
        outcomes += _of_folder(name, options.shared, options.work)
    if options.list:
        for outcome in outcomes:
            if not outcome.labelled.is_held_out:
                print(_line(outcome))
    for half, is_held_out in (("developed on", False), ("held out", True)):
        chosen = [o for o in outcomes if o.labelled.is_held_out == is_held_out]
        print(half, json.dumps(figures(chosen), indent=2))
    for name in options.only:
        print(name, json.dumps(figures([o for o in outcomes if o.labelled.folder == name])))
    return 0


def _of_folder(name: str, shared: Path, work: Path) -> list[Outcome]:
    corpus, paths = folder(name, shared, work)
    assistant = tacrochat.Assistant(tacrochat.build(corpus, work / name / "index"))
    return [asked(assistant, labelled) for labelled in read_labelled(name, paths)]


def asked(assistant: tacrochat.Assistant, labelled: Labelled) -> Outcome:
    """Ask a question twice: whatever the confidence, and as a user does."""
    answer = assistant.ask(labelled.text, threshold=0.0)
    began = time.perf_counter()
    is_shown = assistant.ask(labelled.text).status == "answered"
    return Outcome(labelled, answer, is_shown, 1000 * (time.perf_counter() - began))


def is_of(quote: Quote, side: Sequence[Place]) -> bool:
    """Tell whether a quote overlaps a place of a side."""
    return any(
        quote.document == path and quote.start < end and start < quote.end for path, start, end in side
    )


def figures(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """Return the figures that the head of this file explains."""
    differ = [o for o in outcomes if o.labelled.differ]
    agree = [o for o in outcomes if not o.labelled.differ]
    return {
        "questions": [len(differ), len(agree)],
        "both@3": share([o.has_both for o in differ]),
        "both@3 shown": share([o.has_both and o.is_shown for o in differ]),
        "recall": share([bool(o.answer.differ) for o in differ]),
        "right groups": share([o.has_right_groups for o in differ]),
        "false alarms": share([bool(o.answer.differ) for o in agree]),
        "kinds": [
            share([o.has_several_kinds for o in differ]),
            share([o.has_several_kinds for o in agree]),
        ],
        "median ms": round(float(np.median([o.milliseconds for o in outcomes])), 1) if outcomes else None,
    }


def share(values: Sequence[bool]) -> float | None:
    """Return the share of the true ones; None of nothing."""
    return round(sum(values) / len(values), 3) if values else None


def _line(outcome: Outcome) -> str:
    labelled = outcome.labelled
    sides = ["".join(_mark(q, labelled) for q in outcome.answer.quotes)]
    found = f"{'differ' if labelled.differ else 'agree '} both={outcome.has_both:d} quotes={sides[0]}"
    return f"{labelled.id} {found} said={outcome.answer.differ} {labelled.text}"


def _mark(quote: Quote, labelled: Labelled) -> str:
    of = [letter for letter, side in zip("AB", labelled.sides, strict=False) if is_of(quote, side)]
    return "*" if len(of) == 2 else "".join(of) or "-"


if __name__ == "__main__":
    sys.exit(main())
