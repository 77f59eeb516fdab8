"""What the program itself finds for the questions of ``wiki_articles``: the reader is measured on that."""

import json
from pathlib import Path

import tacrochat
from reader.pairs import Data, is_held_article, read

DEPTH = 10


def asked(data: Data, shared: Path, work: Path) -> None:
    """Add ``held["wiki"]``: for each question the ten best hits, by the ranking without a reader."""
    folder = shared / "data" / "wiki_articles"
    library = tacrochat.build(folder / "corpus", work / "wiki_index")
    rows = []
    for r in read(folder / "questions.jsonl"):
        result = library.pipeline.search(r["question"], DEPTH)
        question = data.question(r["question"])
        hits = []
        for hit in result.hits:
            passage = hit.passage
            document = library.documents[passage.document_id]
            sentences = tuple((a - passage.start, b - passage.start) for a, b in passage.sentences)
            number = data.passages.add(passage.text, document.title, sentences)
            right = bool(
                r["answerable"]
                and document.path == r["document"]
                and passage.start < r["end"]
                and r["start"] < passage.end
            )
            chosen = [(a - passage.start, b - passage.start) for a, b in hit.sentences]
            hits.append((number, right, hit.score, chosen, dict(hit.signals)))
        document = r.get("document") or (
            library.documents[result.hits[0].passage.document_id].path if result.hits else ""
        )
        rows.append(
            {
                "id": r["id"], "kind": r["kind"], "question": question, "hits": hits,
                "answers": r.get("answers", []),
                "document": document, "held": is_held_article(document), "confidence": result.confidence,
            }
        )  # fmt: skip
    data.held["wiki"] = rows
    print(json.dumps({"wiki questions": len(rows), "held": sum(r["held"] for r in rows)}))
