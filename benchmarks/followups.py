"""Measure whether follow-up questions keep their subject, on ``followup_questions.jsonl``.

``python benchmarks/followups.py [--half develop | held-out] [--folder NAME]… [--shared DIR] [--json]``

Builds an index of each of the four folders in the cache, asks every follow-up with the messages before it
as history, and prints by kind of folder and by form

- ``right``: the share of questions with a quote that holds the answer. Where the documents do not answer, it
  is right to say so; where it is unclear which of two subjects is meant, to ask back with both.
- ``first``: the same, if the first quote holds the answer;
- ``other``: how many answers had a quote of a document that is not about the subject (a document that
  mentions it counts, too), and ``other first``: how many had one as the first quote;
- ``asked``: how often it was asked back although it was clear what was meant;
- ``dragged``: how many questions that stand by themselves got other quotes than without history.

The dialogues are in two halves, by a hash of their id. The rules were written looking at "develop" only.
"""

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import numpy as np

import followup_folders
import tacrochat
from real import fetch
from tacrochat.answering.answer import Answer
from tacrochat.text import stems

HALVES = ("develop", "held-out")
FIGURES = ("right", "first", "other", "other first", "asked", "dragged")
_ALL = ("answered", "uncertain")


@dataclass(frozen=True, slots=True)
class Asked:
    """A labelled follow-up, the answer to it, and the answer to the same question without history."""

    row: dict[str, Any]
    answer: Answer
    alone: Answer
    milliseconds: float

    @property
    def measured(self) -> dict[str, bool]:
        """What counts as ``FIGURES``; ``dragged`` only of questions that stand by themselves."""
        shown = self.answer.quotes if self.answer.status in _ALL else ()
        about = [quote.document in self.row["subject_documents"] for quote in shown]
        values = {
            "right": self._is_right(shown),
            "first": self._is_right(shown[:1]),
            "other": not all(about),
            "other first": not all(about[:1]),
            "asked": bool(self.answer.choices) and self.row["form"] != "unclear",
        }
        if self.row["form"] == "new_subject":
            values["dragged"] = _places(self.answer) != _places(self.alone)
        return values

    def _is_right(self, shown: Sequence[tacrochat.Quote]) -> bool:
        if self.row["form"] == "unclear":
            return _offers(self.answer.choices, self.row["choices"])
        if not self.row["answerable"]:
            return self.answer.status == "not_found"
        places = [(self.row["document"], self.row["start"], self.row["end"]), *self.row.get("also", ())]
        return any(
            quote.document == document and quote.start < end and start < quote.end
            for quote in shown
            for document, start, end in places
        )


def _places(answer: Answer) -> list[tuple[str, int]]:
    return [(quote.document, quote.start) for quote in (*answer.quotes, *answer.nearest)]


def _offers(choices: Sequence[str], wanted: Sequence[str]) -> bool:
    """Tell whether each labelled choice has one among the choices with the words that only it has."""
    words = [set(stems(text)) for text in wanted]
    own = [mine.difference(*(other for other in words if other is not mine)) for mine in words]
    return len(choices) == len(wanted) and all(any(w & set(stems(c)) for c in choices) for w in own)


def half_of(dialogue: str) -> str:
    """Return the half that a dialogue belongs to, the same in every run."""
    return HALVES[int(hashlib.sha256(dialogue.encode()).hexdigest(), 16) % 2]


def ask(name: str, rows: Sequence[dict[str, Any]], shared: Path, cache: Path) -> list[Asked]:
    """Ask the follow-ups about one folder; its index is kept in the cache."""
    folder = followup_folders.folder(name, shared)
    assistant = tacrochat.Assistant(tacrochat.build(folder, cache / name / "index"))
    assistant.ask(rows[0]["question"])  # so that loading the model is not timed
    asked = []
    for row in rows:
        began = time.perf_counter()
        answer = assistant.ask(row["question"], history=row["history"])
        took = 1000 * (time.perf_counter() - began)
        alone = assistant.ask(row["question"]) if row["form"] == "new_subject" else answer
        asked.append(Asked(row, answer, alone, took))
    return asked


def table(results: Sequence[Asked]) -> dict[str, dict[str, float]]:
    """Return the figures by name of the group: each folder, each form, and all."""
    groups: dict[str, list[Asked]] = {}
    for result in results:
        for name in (result.row["folder"], result.row["form"], "all"):
            groups.setdefault(name, []).append(result)
    folders = [name for name in followup_folders.NAMES if name in groups]
    names = [*folders, *sorted(groups.keys() - {*folders, "all"}), *(["all"] if groups else [])]
    return {name: _figures(groups[name]) for name in names}


def _figures(results: Sequence[Asked]) -> dict[str, float]:
    values: dict[str, float] = {"questions": len(results)}
    for figure in FIGURES:
        counted = [measured[figure] for r in results if figure in (measured := r.measured)]
        if counted:
            values[figure] = float(np.mean(counted)) if figure in {"right", "first"} else sum(counted)
    values["p50_ms"] = float(np.percentile([r.milliseconds for r in results], 50))
    values["p95_ms"] = float(np.percentile([r.milliseconds for r in results], 95))
    return {name: round(value, 3) for name, value in values.items()}


def _print(figures: dict[str, dict[str, float]]) -> None:
    columns = ("questions", *FIGURES, "p50_ms", "p95_ms")
    print(f"{'':<18}" + "".join(f"{name:>12}" for name in columns))
    for name, values in figures.items():
        print(f"{name:<18}" + "".join(f"{values.get(column, '–'):>12}" for column in columns))


def _print_each(result: Asked) -> None:
    measured = result.measured
    marks = [name for name in FIGURES if measured.get(name)]
    print(
        f"{result.row['id']} {result.row['form']} | {result.row['question']} | {', '.join(marks) or 'wrong'}"
    )
    print(f"    {result.answer.resolved_question} | {result.answer.status} {result.answer.confidence:.2f}")
    if result.answer.choices:
        print(f"    {result.answer.choices}")
    for quote in (result.answer.quotes or result.answer.nearest)[:2]:
        print(f"    {quote.document}: {' '.join(quote.text.split())[:110]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure whether follow-ups keep their subject.")
    parser.add_argument("--half", choices=HALVES, help="only this half of the dialogues")
    parser.add_argument("--folder", choices=followup_folders.NAMES, action="append")
    parser.add_argument("--shared", type=Path, default=followup_folders.SHARED)
    parser.add_argument(
        "--cache", type=Path, default=fetch.CACHE / "followups", help="where indexes are kept"
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--list", action="store_true", help="print each question and what was shown for it")
    arguments = parser.parse_args()
    lines = followup_folders.QUESTIONS.read_text("utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["form"] != "first"]
    rows = [row for row in rows if arguments.half in {None, half_of(row["dialogue"])}]
    results = []
    for name in arguments.folder or followup_folders.NAMES:
        of_folder = [row for row in rows if row["folder"] == name]
        results += ask(name, of_folder, arguments.shared, arguments.cache) if of_folder else []
    if arguments.list:
        for result in results:
            _print_each(result)
    if arguments.json:
        print(json.dumps(table(results), indent=2))
    else:
        _print(table(results))
