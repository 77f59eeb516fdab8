"""Measure on documentation files of Debian packages how they are read, and how questions are answered.

``python benchmarks/real_folders.py [--reading | --questions] [--sample FORMAT] [--json] [--examples DIR]``

The files come from the packages in ``real/packages.json`` (``real/fetch.py``). Needs apt-get, dpkg-deb,
pdftotext and mandoc. Reading is measured without embeddings, in about a minute; for the questions an index is
built in the cache, and refreshed when the readers change.
"""

import argparse
import json
import math
import random
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import tacrochat
from real import fetch, viewers
from real.measures import Figures, Reference, measure, page_numbers, running_heads, words
from tacrochat.building.read import FileReader, ReadFile
from tacrochat.building.scan import File, scan
from tacrochat.configuration.folders import Folder
from tacrochat.settings import Settings

QUESTIONS = Path(__file__).parent / "real" / "questions.jsonl"
READING = (
    "broken words",
    "cut paragraphs",
    "navigation",
    "lost text",
    "of it running heads",
    "set aside",
    "no reader",
)
ANSWERS = ("right first", "among three", "refused", "wrongly answered")


def count_words(texts: list[str]) -> list[int]:
    """Count the word pieces of texts, about: a piece for each six letters and each sign."""
    return [sum(1 + len(token) // 7 for token in re.findall(r"\w+|[^\w\s]", text)) for text in texts]


def read_files(folder: Path) -> Iterator[tuple[str, ReadFile]]:
    """Read all files of a folder as a build does; a skipped file has no documents."""
    files = {item.path: item for item in scan([Folder(folder)], folder / "index")}
    with FileReader(Settings(), count_words) as reader:
        for path in sorted(files):
            item = files[path]
            yield path, reader.read(item) if isinstance(item, File) else ReadFile(_skipped(item), ())


def _skipped(item: Any) -> Any:
    from tacrochat.building.read import READ_AGAIN
    from tacrochat.index.contents import FileRecord

    return FileRecord(item.path, "", READ_AGAIN, (item,))


def reference(path: Path) -> Reference:
    """Return what an independent program shows of a file."""
    text, ending = viewers.visible_text(path), viewers.suffix(path)
    is_pdf = ending == ".pdf"
    return Reference(
        text,
        is_pdf=is_pdf,
        is_marked_up=ending in {".html", ".epub", ".odt", ".docx"},
        links=frozenset(" ".join(words(link)) for link in viewers.link_blocks(path)),
        heads=running_heads(text.split("\f")) if is_pdf else frozenset(),
        numbers=page_numbers(text.split("\f")) if is_pdf else frozenset(),
    )


def measure_file(path: Path, file: ReadFile) -> Figures:
    """Return the figures of one file, its documents taken together."""
    source = reference(path)
    total = Figures()
    for read in file.documents:
        total.add(measure(read.passages, read.sections, read.document.text, source))
    if not file.documents:
        count = len(words(source.text))
        reason = file.record.skipped[0].reason if file.record.skipped else ""
        is_unknown = reason.startswith("no reader")
        total = Figures(source_words=count, no_reader=count * is_unknown, skipped=count * (not is_unknown))
        total.examples["skipped"] = [reason]
    total.files = 1
    return total


def reading(folder: Path) -> tuple[dict[str, Figures], dict[str, Figures]]:
    """Return the figures of each format and of each file."""
    by_format: dict[str, Figures] = {}
    by_file: dict[str, Figures] = {}
    for path, file in read_files(folder):
        figures = measure_file(folder / path, file)
        by_file[path] = figures
        for name in (viewers.format_of(Path(path)), "all"):
            by_format.setdefault(name, Figures()).add(figures)
    return by_format, by_file


def table(rows: dict[str, list[str]], head: list[str]) -> str:
    """Return a Markdown table; each row begins with its name."""
    lines = [head, ["---"] * len(head), *([name, *cells] for name, cells in rows.items())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def percent(value: float) -> str:
    """Return a share as a percentage, a dash if there is none."""
    return "–" if math.isnan(value) else f"{value:.2%}"


def show_reading(by_format: dict[str, Figures]) -> str:
    """Return the table of the reading measures, all formats last."""
    names = sorted(by_format, key=lambda name: (name == "all", name))
    rows = {
        name: [
            str(by_format[name].files),
            str(by_format[name].passages),
            *(percent(by_format[name].shares()[column]) for column in READING),
        ]
        for name in names
    }
    return table(rows, ["format", "files", "passages", *READING])


def write_examples(folder: Path, by_format: dict[str, Figures], by_file: dict[str, Figures]) -> None:
    """Write, for each format, its worst files and what was flagged in them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in by_format:
        files = {path: f for path, f in by_file.items() if viewers.format_of(Path(path)) == name}
        text: list[str] = [f"{name}: {len(files)} files"]
        for column in ("broken words", "cut paragraphs", "navigation", "lost text"):
            field = column.split()[0]
            counts: dict[str, int] = {path: getattr(figures, field) for path, figures in files.items()}
            text.append(f"\n######## {column}")
            for path in sorted(filter(counts.get, counts), key=lambda path: -counts[path]):
                figures = files[path]
                text.append(f"\n== {path}: {counts[path]} ({percent(figures.shares()[column])})")
                text += [f"   {' '.join(e.split())[:400]}" for e in figures.examples.get(column, [])[:15]]
        skipped = [(path, f.examples["skipped"][0]) for path, f in files.items() if "skipped" in f.examples]
        text += ["\n######## skipped", *(f"{path}: {reason[:120]}" for path, reason in skipped)]
        if files:
            (folder / f"diagnosis-{name.replace(' ', '-')}.txt").write_text("\n".join(text), "utf-8")


def sample(folder: Path, name: str) -> None:
    """Print twenty passages of a format, drawn by a fixed seed, as they are quoted."""
    drawn = [
        (path, " > ".join(passage.heading), read.document.place(passage.start), passage)
        for path, file in read_files(folder)
        if viewers.format_of(Path(path)) == name
        for read in file.documents
        for passage in read.passages
    ]
    for number, (path, heading, place, passage) in enumerate(
        random.Random(12).sample(drawn, min(20, len(drawn))), 1
    ):
        print(f"--- {number}. {path}, {place} [{passage.role}] {heading}\n{passage.text}\n")


@dataclass(slots=True)
class Answered:
    """Counts over questions: of the answerable ones, and of those that the folder does not answer."""

    answerable: int = 0
    first: int = 0
    three: int = 0
    refused: int = 0
    unanswerable: int = 0
    wrong: int = 0

    def add(self, question: dict[str, Any], status: str, ranks: list[bool]) -> None:
        """Add a question; ``ranks`` says of each quote, or else nearest passage, whether it is right."""
        if question["answerable"]:
            self.answerable += 1
            self.first += ranks[:1] == [True]
            self.three += any(ranks[:3])
            self.refused += status == "not_found"
        else:
            self.unanswerable += 1
            self.wrong += status == "answered"

    def shares(self) -> dict[str, float]:
        """Return the shares as the table names them; NaN where there is no such question."""
        return {
            "right first": self.first / self.answerable if self.answerable else math.nan,
            "among three": self.three / self.answerable if self.answerable else math.nan,
            "refused": self.refused / self.answerable if self.answerable else math.nan,
            "wrongly answered": self.wrong / self.unanswerable if self.unanswerable else math.nan,
        }


def is_right(question: dict[str, Any], quote: Any) -> bool:
    """Tell whether a quote is from an accepted document and matches the pattern, spaces and case aside."""
    text = " ".join(quote.text.split())
    return quote.document in question["documents"] and bool(re.search(question["pattern"], text, re.I))


def answers(folder: Path) -> tuple[dict[str, Answered], list[dict[str, Any]]]:
    """Ask all questions; returns the counts of each format, and what came out for each question.

    As in ``eval``, the nearest passages count where the assistant refuses, so that finding and refusing are
    measured apart. A quote is right if it also holds the passage, not only the document.
    """
    library = tacrochat.build(folder, fetch.CACHE / "real-folders-index")
    assistant = tacrochat.Assistant(library)
    counts: dict[str, Answered] = {"all": Answered()}
    details: list[dict[str, Any]] = []
    for line in QUESTIONS.read_text("utf-8").splitlines():
        question = json.loads(line)
        answer = assistant.ask(question["question"])
        quotes = [*answer.quotes] or [*answer.nearest]
        ranks = [question["answerable"] and is_right(question, quote) for quote in quotes]
        for name in ("all", question["format"]):
            counts.setdefault(name, Answered()).add(question, answer.status, ranks)
        shown = [f"{quote.label}: {' '.join(quote.text.split())[:200]}" for quote in quotes[:3]]
        right = ranks.index(True) + 1 if True in ranks else None
        details.append(
            {**question, "status": answer.status, "confidence": round(answer.confidence, 3), "right": right}
            | {"quotes": shown}
        )
    return counts, details


def show_answers(counts: dict[str, Answered]) -> str:
    """Return the table of the questions, all formats last."""
    names = sorted(counts, key=lambda name: (name == "all", name))
    rows = {
        name: [
            f"{counts[name].answerable} + {counts[name].unanswerable}",
            *(percent(counts[name].shares()[column]) for column in ANSWERS),
        ]
        for name in names
    }
    return table(rows, ["format", "questions", *ANSWERS])


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--reading", action="store_true", help="only how the files are read, without embeddings"
    )
    parser.add_argument("--questions", action="store_true", help="only the questions")
    parser.add_argument("--sample", metavar="FORMAT", help="print twenty passages of a format to read by eye")
    parser.add_argument(
        "--examples", metavar="DIR", help="also write what was flagged, a file for each format"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    folder = fetch.corpus()
    if options.sample:
        sample(folder, options.sample)
        return
    result: dict[str, Any] = {}
    if not options.questions:
        by_format, by_file = reading(folder)
        result["reading"] = {
            name: {"files": f.files, "passages": f.passages, **f.shares()} for name, f in by_format.items()
        }
        if options.examples:
            write_examples(Path(options.examples), by_format, by_file)
        if not options.json:
            print(show_reading(by_format), flush=True)
    if not options.reading:
        counts, details = answers(folder)
        result["questions"] = {name: {**asdict(c), **c.shares()} for name, c in counts.items()}
        if options.examples:
            lines = "".join(json.dumps(detail, ensure_ascii=False) + "\n" for detail in details)
            Path(options.examples).mkdir(parents=True, exist_ok=True)
            (Path(options.examples) / "questions.jsonl").write_text(lines, "utf-8")
        if not options.json:
            print("\n" + show_answers(counts))
    if options.json:
        print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
