"""Read a retrieval set in BEIR layout (Thakur et al., 2021) and lay it out as a folder of documents.

A folder of Markdown files with labelled questions is read as such a set too,
each paragraph a document.
"""

import csv
import json
import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """Texts and titles by document id, queries by id, and graded judgements (qrels)."""

    documents: dict[str, tuple[str, str]]
    queries: dict[str, str]
    qrels: dict[str, dict[str, int]]

    @property
    def texts(self) -> list[str]:
        """Title and text of each document."""
        return [f"{title}\n{text}".strip() for title, text in self.documents.values()]


def load(folder: Path, split: str) -> RetrievalSet:
    """Read ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/SPLIT.tsv``; only judged queries are kept.

    Where there is a ``questions.jsonl`` instead, its answerable questions and the paragraphs of ``corpus/``.
    """
    if (folder / "questions.jsonl").is_file():
        return _paragraphs(folder)
    documents = {row["_id"]: (row.get("title") or "", row["text"]) for row in _lines(folder / "corpus.jsonl")}
    qrels: dict[str, dict[str, int]] = {}
    with (folder / "qrels" / f"{split}.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            qrels.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    judged = {q: rows for q, rows in qrels.items() if any(score > 0 for score in rows.values())}
    queries = {row["_id"]: row["text"] for row in _lines(folder / "queries.jsonl") if row["_id"] in judged}
    return RetrievalSet(documents, queries, {q: judged[q] for q in queries})


def _paragraphs(folder: Path) -> RetrievalSet:
    documents, places = {}, {}
    for path in sorted((folder / "corpus").glob("*.md")):
        text = path.read_text("utf-8")
        title = text.split("\n", 1)[0].removeprefix("# ")
        found = [match.span() for match in re.finditer(r"[^\n]+(?:\n[^\n]+)*", text)][1:]
        places[path.name] = found
        documents |= {f"{path.name}:{start}": (title, text[start:end]) for start, end in found}
    rows = [row for row in _lines(folder / "questions.jsonl") if row["answerable"]]
    qrels = {
        row["id"]: {
            f"{row['document']}:{start}": 1
            for start, end in places[row["document"]]
            if start < int(row["end"]) and int(row["start"]) < end
        }
        for row in rows
    }
    return RetrievalSet(documents, {row["id"]: row["question"] for row in rows}, qrels)


def write_corpus(found: RetrievalSet, folder: Path) -> dict[str, str]:
    """Write each document as a Markdown file; returns the document ids by path."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = {}
    for number, (key, (title, text)) in enumerate(found.documents.items()):
        name = f"{number:07d}.md"
        ids[name] = key
        head = f"---\ntitle: {json.dumps(title)}\n---\n\n" if title.strip() else ""
        body = " ".join(text.split())
        (folder / name).write_text(head + (body or title or "."), encoding="utf-8")
    return ids


def _lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]
