"""Read a retrieval set in BEIR layout (Thakur et al., 2021) and lay it out as a folder of documents."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """Texts and titles by document id, queries by id, and graded judgements (qrels)."""

    documents: dict[str, tuple[str, str]]
    queries: dict[str, str]
    qrels: dict[str, dict[str, int]]


def load(folder: Path, split: str) -> RetrievalSet:
    """Read ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/SPLIT.tsv``; only judged queries are kept."""
    documents = {row["_id"]: (row.get("title") or "", row["text"]) for row in _lines(folder / "corpus.jsonl")}
    qrels: dict[str, dict[str, int]] = {}
    with (folder / "qrels" / f"{split}.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            qrels.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    judged = {q: rows for q, rows in qrels.items() if any(score > 0 for score in rows.values())}
    queries = {row["_id"]: row["text"] for row in _lines(folder / "queries.jsonl") if row["_id"] in judged}
    return RetrievalSet(documents, queries, {q: judged[q] for q in queries})


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
