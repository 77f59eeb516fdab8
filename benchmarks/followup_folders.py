"""The four folders that the questions in ``followup_questions.jsonl`` are about.

``python benchmarks/followup_folders.py [--shared DIR] [--check]`` makes those that are not there yet and
prints their paths. ``--check`` reads every labelled document as a build does and names the questions whose
place is not there, for instance because a package has another version. Nothing of the texts outside
``corpus/`` is in the repository: the health topics are written as Markdown from a public data set, and the
manuals come from Debian packages (``real/fetch.py``).
"""

import argparse
import gzip
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from real import fetch

ROOT = Path(__file__).parent.parent
QUESTIONS = Path(__file__).parent / "followup_questions.jsonl"
SHARED = Path(os.environ.get("TACROCHAT_SHARED", ROOT.parent / "shared"))
NAMES = ("corpus", "health", "articles", "manuals")
SOURCE = "NINDS"
"""Which topics of the data set are taken: those of one source, 272 of them, on diseases of the nerves."""

_HEADINGS = {
    "information": "What it is",
    "complications": "Complications",
    "treatment": "Treatment",
    "outlook": "Outlook",
    "research": "Research",
}


def folder(name: str, shared: Path = SHARED, cache: Path = fetch.CACHE) -> Path:
    """Return the folder with this name; makes it in the cache if it is not there yet.

    Raises:
        FileNotFoundError: the data it is made from is not in ``shared``.

    """
    if name == "corpus":
        return ROOT / "corpus"
    if name == "articles":
        return shared / "data" / "wiki_articles" / "corpus"
    if name == "manuals":
        return fetch.corpus(cache)
    return health(shared / "data" / "reader" / "medquad.jsonl.gz", cache / "health")


def health(topics: Path, target: Path) -> Path:
    """Write one Markdown document a topic: a title, and a heading and the answer for each question.

    Written anew each time, byte for byte the same, so that the labelled places stay right.
    """
    target.mkdir(parents=True, exist_ok=True)
    with gzip.open(topics, "rt", encoding="utf-8") as lines:
        records = [record for record in map(json.loads, lines) if record["source"] == SOURCE]
    written: set[str] = set()
    for record in records:
        name = re.sub(r"[^a-z0-9]+", "-", record["focus"].lower()).strip("-")
        if name in written:  # one topic is there twice
            name += f"-{record['id']}"
        written.add(name)
        (target / f"{name}.md").write_bytes(document(record).encode("utf-8"))
    return target


def document(record: dict[str, Any]) -> str:
    """Return the Markdown of a topic; each line of an answer becomes a paragraph."""
    parts = [f"# {record['focus']}"]
    for section in record["qa"]:
        parts.append(f"## {_HEADINGS[section['type']]}")
        parts += [line.strip() for line in section["answer"].splitlines() if line.strip()]
    return "\n\n".join(parts) + "\n"


def misplaced(name: str, path: Path) -> list[str]:
    """Return the ids of the questions about a folder whose place, as a build reads it, holds no answer."""
    from real_folders import count_words  # loads what a build needs
    from tacrochat.building.read import FileReader
    from tacrochat.building.scan import File, scan
    from tacrochat.configuration.folders import Folder
    from tacrochat.settings import Settings

    lines = QUESTIONS.read_text("utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["folder"] == name and row["answerable"]]
    named = {row["document"] for row in rows}
    texts: dict[str, str] = {}
    with FileReader(Settings(), count_words) as reader:
        for file in scan([Folder(path)], path / "index"):
            if isinstance(file, File) and file.path in named:
                texts |= {read.document.path: read.document.text for read in reader.read(file).documents}
    return [row["id"] for row in rows if not _holds(row, texts.get(row["document"], ""))]


def _holds(row: dict[str, Any], text: str) -> bool:
    return any(answer in text[row["start"] : row["end"]] for answer in row["answers"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make the folders of the follow-up questions.")
    parser.add_argument("--shared", type=Path, default=SHARED, help="the folder that has data/reader")
    parser.add_argument("--check", action="store_true", help="name the questions whose place is not there")
    arguments = parser.parse_args()
    wrong = []
    for name in NAMES:
        path = folder(name, arguments.shared)
        print(name, path, sep="\t")
        wrong += misplaced(name, path) if arguments.check else []
    for question in wrong:
        print(f"{question}: its place holds no answer")
    raise SystemExit(bool(wrong))
