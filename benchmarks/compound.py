"""Measure compound and comparing questions: ``compound_questions.jsonl``.

``python benchmarks/compound.py [--half develop|held-out] [--folder NAME…] [--shared DIR] [--work DIR]
[--show] [--json]`` asks every message and prints, for each half of the set and for both: how many messages
were split right, how many parts were answered right, and what was wrongly split, answered or refused. The
rules for splitting were written while looking at the half ``develop`` only. The indexes are kept in
``--work``. Of the manuals, only the packages that a label names are indexed: the others take an hour.
"""

import argparse
import gzip
import json
import os
import shutil
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import followup_folders
import tacrochat
from tacrochat.answering.answer import Answer
from tacrochat.library import Library
from tacrochat.text import content, tokens
from tacrochat.types import Quote

HERE = Path(__file__).parent
QUESTIONS = HERE / "compound_questions.jsonl"
NAMES = ("corpus", "articles", "health", "manuals")
HALVES = ("develop", "held-out")
SHOWN = 3
"""The quotes of a part that a right passage must be among."""
_SAMPLE = 12
"""One health topic in so many joins the labelled ones, so that there is something to search in."""

Places = list[list[Any]]
"""Right places: document, start, end."""


@dataclass(frozen=True, slots=True)
class Folder:
    """An index, and what turns a labelled place into a place of its documents."""

    library: Library
    starts: dict[str, tuple[str, int, str]]
    """For the health topics, the document, the offset and the text of each answer by its name."""

    def place(self, document: str, start: int, end: int) -> tuple[str, int, int]:
        """Return document, start and end of a labelled place as the index has them."""
        if document not in self.starts:
            return document, start, end
        path, offset, answer = self.starts[document]

        def moved(position: int) -> int:  # each line feed became two
            return offset + position + answer.count("\n", 0, position)

        return path, moved(start), moved(end)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one message, in numbers that add up."""

    id: str
    half: str
    form: str
    count_right: bool
    split_right: bool
    complete: bool
    wrongly_split: bool
    right: int
    right_outer: int
    answerable: int
    refused: int
    answered: int
    unanswerable: int
    questions: tuple[str, ...]


def half(name: str) -> str:
    """Return which half of the set a message belongs to, by its id."""
    return HALVES[zlib.crc32(name.encode()) % 2]


def open_folder(name: str, shared: Path, work: Path, named: set[str]) -> Folder:
    """Return the index of a folder, built if it is not there; ``named`` are the labelled documents."""
    starts: dict[str, tuple[str, int, str]] = {}
    if name == "health":
        path, starts = health(shared / "data" / "reader" / "medquad.jsonl.gz", work / "health-topics", named)
    else:
        path = followup_folders.folder(name, shared)
    if name == "manuals":
        for package in {document.split("/", 1)[0] for document in named}:
            shutil.copytree(path / package, work / "packages" / package, dirs_exist_ok=True)
        path = work / "packages"
    return Folder(tacrochat.build(path, work / name), starts)


def health(topics: Path, target: Path, named: set[str]) -> tuple[Path, dict[str, tuple[str, int, str]]]:
    """Write one Markdown document a topic: its name as title, each answer under its type, lines apart.

    Takes the labelled topics, those of NINDS, and one in twelve of the others.
    """
    target.mkdir(parents=True, exist_ok=True)
    wanted = {document.rsplit("/", 1)[0] for document in named}
    starts: dict[str, tuple[str, int, str]] = {}
    with gzip.open(topics, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    for record in records:
        key = f"{record['source']}/{record['id']}"
        if key not in wanted and record["source"] != "NINDS" and zlib.crc32(key.encode()) % _SAMPLE:
            continue
        path = key.replace("/", "-") + ".md"
        text = f"# {record['focus']}\n"
        for section in record["qa"]:
            text += f"\n## {section['type'].capitalize()}\n\n"
            starts.setdefault(f"{key}/{section['type']}", (path, len(text), section["answer"]))
            text += section["answer"].replace("\n", "\n\n") + "\n"
        (target / path).write_bytes(text.encode("utf-8"))
    return target, starts


def measure(row: dict[str, Any], answer: Answer, folder: Folder) -> Outcome:
    """Compare the answer to a message with its labels."""
    parts = list(answer.parts) or [answer]
    labels = row["parts"]
    stems = [_stems(part.question) for part in parts]
    of_label = _matched(labels, stems)
    right = right_outer = refused = answered = 0
    for label, number in zip(labels, of_label, strict=True):
        part = parts[number]
        is_answered = part.status not in {"not_found", "conversation"} and not (
            part is answer and _is_named(label["question"], answer)
        )
        if not label["answerable"]:
            answered += is_answered
            continue
        refused += not is_answered
        places = [folder.place(*p) for p in _places(label)]
        right += is_answered and any(_is_right(quote, places) for quote in part.quotes[:SHOWN])
        right_outer += any(_is_right(quote, places) for quote in answer.quotes)
    count_right = len(parts) == len(labels)
    return Outcome(
        id=row["id"],
        half=half(row["id"]),
        form=row["form"],
        count_right=count_right,
        split_right=count_right and _is_split_right(row, stems),
        complete=count_right and _is_complete(row, stems),
        wrongly_split=row["form"] == "single" and len(parts) > 1,
        right=right,
        right_outer=right_outer,
        answerable=sum(label["answerable"] for label in labels),
        refused=refused,
        answered=answered,
        unanswerable=sum(not label["answerable"] for label in labels),
        questions=tuple(part.question for part in parts),
    )


def _stems(text: str) -> set[str]:
    return {token.stem for token in content(tokens(text))}


def _places(label: dict[str, Any]) -> Places:
    return label.get("places") or [[label["document"], label["start"], label["end"]]]


def _is_right(quote: Quote, places: Sequence[tuple[str, int, int]]) -> bool:
    return any(quote.document == d and quote.start < end and start < quote.end for d, start, end in places)


def _matched(labels: Sequence[dict[str, Any]], stems: Sequence[set[str]]) -> list[int]:
    """Return the number of the part that a label is about: by order, or if counts differ, by common words."""
    if len(labels) == len(stems):
        return list(range(len(labels)))
    wanted = [_stems(label["question"]) for label in labels]
    return [max(range(len(stems)), key=lambda i: len(words & stems[i])) for words in wanted]


def _is_named(question: str, answer: Answer) -> bool:
    """Tell whether a joined answer without parts names a question among those it has no answer to."""
    wanted = _stems(question)
    return any(2 * len(wanted & _stems(text)) > len(wanted) for text in answer.unanswered)


def _is_split_right(row: dict[str, Any], stems: Sequence[set[str]]) -> bool:
    """Tell whether each word of the message that one label alone has is in that part, and in no other."""
    labels = [_stems(label["question"]) & _stems(row["question"]) for label in row["parts"]]
    for number, words in enumerate(labels):
        others = set().union(*(w for i, w in enumerate(labels) if i != number))
        for word in words - others:
            if [word in part for part in stems] != [i == number for i in range(len(stems))]:
                return False
    return True


def _is_complete(row: dict[str, Any], stems: Sequence[set[str]]) -> bool:
    """Tell whether each part has all words of its label that the message has."""
    typed = _stems(row["question"])
    return all(
        _stems(label["question"]) & typed <= part for label, part in zip(row["parts"], stems, strict=True)
    )


def outcomes(arguments: argparse.Namespace) -> Iterator[Outcome]:
    """Ask the messages, folder by folder."""
    rows = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    for name in arguments.folder or NAMES:
        chosen = [row for row in rows if row["folder"] == name]
        named = {place[0] for row in chosen for p in row["parts"] if p["answerable"] for place in _places(p)}
        folder = open_folder(name, arguments.shared, arguments.work, named)
        assistant = tacrochat.Assistant(folder.library)
        for row in chosen:
            if arguments.half in {None, half(row["id"])}:
                yield measure(row, assistant.ask(row["question"]), folder)


def summary(results: Sequence[Outcome]) -> dict[str, Any]:
    """Return the figures of some messages, each as a count with what it is out of."""
    compound = [r for r in results if r.form != "single"]
    singles = len(results) - len(compound)
    return {
        "messages": len(results),
        "compound messages with the right number of parts": (
            sum(r.count_right for r in compound),
            len(compound),
        ),
        "compound messages split right": (sum(r.split_right for r in compound), len(compound)),
        "compound messages split right, each part complete": (
            sum(r.split_right and r.complete for r in compound),
            len(compound),
        ),
        "single questions wrongly split": (sum(r.wrongly_split for r in results), singles),
        f"parts answered right (first {SHOWN} quotes)": _sum(results, "right", "answerable"),
        "parts with a right passage in the outer answer": _sum(results, "right_outer", "answerable"),
        "parts wrongly refused": _sum(results, "refused", "answerable"),
        "parts wrongly answered": _sum(results, "answered", "unanswerable"),
    }


def _sum(results: Sequence[Outcome], value: str, total: str) -> tuple[int, int]:
    return sum(getattr(r, value) for r in results), sum(getattr(r, total) for r in results)


def _print(title: str, figures: dict[str, Any]) -> None:
    print(f"\n{title}: {figures['messages']} messages")
    for name, value in figures.items():
        if isinstance(value, tuple):
            share = f"{value[0] / value[1]:.3f}" if value[1] else "-"
            print(f"  {name:<52} {value[0]:>3} of {value[1]:>3}  {share}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure compound questions.")
    parser.add_argument("--half", choices=HALVES, help="ask only the messages of this half")
    parser.add_argument("--folder", choices=NAMES, action="append", help="ask only about this folder")
    parser.add_argument("--shared", type=Path, default=followup_folders.SHARED, help="the folder with data")
    parser.add_argument("--work", type=Path, default=Path("build/compound"), help="where indexes are kept")
    parser.add_argument("--show", action="store_true", help="print the parts of each message")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    results = []
    for result in outcomes(arguments):
        results.append(result)
        if arguments.show:
            marks = f"{'' if result.split_right else 'SPLIT '}{'' if result.complete else 'WORDS '}"
            print(f"{result.id} {result.form} {marks}right {result.right}/{result.answerable}")
            print("".join(f"    {question}\n" for question in result.questions), end="")
    figures = {name: summary([r for r in results if r.half == name]) for name in HALVES}
    figures = {name: value for name, value in figures.items() if value["messages"]}
    figures |= {"both": summary(results)}
    if arguments.json:
        print(json.dumps(figures, indent=2))
    else:
        for name, value in figures.items():
            _print(name, value)


if __name__ == "__main__":
    main()
