"""Measure on documentation files of Debian packages: how well they are read, and how well questions are answered.

``python benchmarks/real_folders.py [--reading | --questions] [--sample FORMAT] [--json] [--examples DIR]``

The files come from the packages in ``real/packages.json`` (``real/fetch.py``). Needs apt-get, dpkg-deb, pdftotext and
mandoc. Reading is measured without embeddings, in about two minutes; for the questions an index is built in the
cache, once for each state of the files and readers.
"""

import argparse
import json
import math
import random
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from real import fetch, viewers  # noqa: E402
from real.measures import Figures, Reference, measure, running_heads, words  # noqa: E402

from tacrochat.building.read import FileReader, ReadFile  # noqa: E402
from tacrochat.building.scan import File, scan  # noqa: E402
from tacrochat.settings import Settings  # noqa: E402

QUESTIONS = Path(__file__).parent / "real" / "questions.jsonl"
READING = ("broken words", "cut paragraphs", "navigation", "lost text", "set aside", "no reader")
ANSWERS = ("right first", "among three", "refused", "wrongly answered")


def count_words(texts: list[str]) -> list[int]:
    """Count the word pieces of texts, about: a piece for each six letters and each sign."""
    return [sum(1 + len(token) // 7 for token in re.findall(r"\w+|[^\w\s]", text)) for text in texts]


def read_files(folder: Path) -> Iterator[tuple[str, ReadFile]]:
    """Read all files of a folder as a build does; a skipped file has no documents."""
    files = {item.path: item for item in scan(folder, folder / "index")}
    with FileReader(folder, Settings(), count_words) as reader:
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
            count: Callable[[Figures], int] = lambda f, c=column: getattr(f, c.split()[0])  # noqa: E731
            text.append(f"\n######## {column}")
            for path, figures in sorted(files.items(), key=lambda item: -count(item[1])):
                if not count(figures):
                    continue
                text.append(f"\n== {path}: {count(figures)} ({percent(figures.shares()[column])})")
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


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reading", action="store_true", help="only how the files are read, without embeddings")
    parser.add_argument("--questions", action="store_true", help="only the questions")
    parser.add_argument("--sample", metavar="FORMAT", help="print twenty passages of a format to read by eye")
    parser.add_argument("--examples", metavar="DIR", help="also write what was flagged, a file for each format")
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
    if options.json:
        print(json.dumps(result, indent=1, default=asdict))


if __name__ == "__main__":
    main()
