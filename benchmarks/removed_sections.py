"""Ask about sections that are there, and about sections that were taken out.

    python benchmarks/removed_sections.py [--shared ../shared] [--work build/removed] [--json]

Health topics of ``reader/medquad`` as documents, without their headings, one
section of each taken out. Every question is about one section. Only topics that
the reader was not trained on are used. Printed are how often a passage of the
right section comes first, how well the confidence tells the sections that are
there from those that are not, and how often a question is answered although its
section is gone.
"""

import argparse
import gzip
import json
import sys
import zlib
from pathlib import Path
from typing import Any

import tacrochat
from tacrochat.evaluation.metrics import auroc

HERE = Path(__file__).parent
TOPICS = 109
_HELD_OUT = 0.1  # share of the topics that training leaves out, see scripts/reader/pairs.py


def main() -> int:
    """Build the folder, ask, and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--shared", type=Path, default=HERE.parent.parent / "shared")
    parser.add_argument("--work", type=Path, default=Path("build/removed"))
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    questions = write(options.shared / "data" / "reader" / "medquad.jsonl.gz", options.work / "corpus")
    library = tacrochat.build(options.work / "corpus", options.work / "index")
    assistant = tacrochat.Assistant(library)
    answers = [(question, assistant.ask(question["question"])) for question in questions]
    figures = measured(answers)
    print(
        json.dumps(figures, indent=2)
        if options.json
        else "\n".join(f"{k:<24}{v}" for k, v in figures.items())
    )
    return 0


def write(source: Path, corpus: Path) -> list[dict[str, Any]]:
    """Write the topics as Markdown files; returns the questions with the place of their section."""
    corpus.mkdir(parents=True, exist_ok=True)
    with gzip.open(source, "rt") as lines:
        topics = [json.loads(line) for line in lines]
    held = [t for t in topics if _share(t["id"]) < _HELD_OUT and len({qa["type"] for qa in t["qa"]}) >= 4]
    questions = []
    for topic in held[:TOPICS]:
        sections = topic["qa"]
        gone = 1 + zlib.crc32(topic["focus"].encode()) % (len(sections) - 1)
        text = f"# {topic['focus']}\n\n"
        name = f"{topic['id']}.md"
        for number, qa in enumerate(sections):
            place = (0, 0)
            if number != gone:
                body = " ".join(qa["answer"].split())
                place = (len(text), len(text) + len(body))
                text += body + "\n\n"
            question = " ".join(qa["question"].split()).replace(" ?", "?").replace("is (are)", "is")
            questions.append(
                {"question": question, "document": name, "place": place, "there": number != gone}
            )
        (corpus / name).write_text(text, encoding="utf-8")
    return questions


def _share(name: str) -> float:
    return zlib.crc32(name.encode()) / 2**32


def measured(answers: list[tuple[dict[str, Any], tacrochat.Answer]]) -> dict[str, Any]:
    """Return the figures."""
    there = [(q, a) for q, a in answers if q["there"]]
    gone = [a for q, a in answers if not q["there"]]

    def is_right(question: dict[str, Any], quote: tacrochat.Quote) -> bool:
        start, end = question["place"]
        return quote.document == question["document"] and quote.start < end and start < quote.end

    shown = [(q, (a.quotes or a.nearest)) for q, a in there]
    return {
        "questions": len(answers),
        "sections there": len(there),
        "right section first": _mean(is_right(q, quotes[0]) for q, quotes in shown if quotes),
        "among three": _mean(any(is_right(q, quote) for quote in quotes[:3]) for q, quotes in shown),
        "auroc": auroc([a.confidence for _, a in there], [a.confidence for a in gone]),
        "answered, section gone": _mean(a.status == "answered" for a in gone),
        "uncertain, section gone": _mean(a.status == "uncertain" for a in gone),
        "refused, section there": _mean(a.status == "not_found" for _, a in there),
        "uncertain, section there": _mean(a.status == "uncertain" for _, a in there),
    }


def _mean(values: Any) -> float:
    found = [float(value) for value in values]
    return round(sum(found) / len(found), 3) if found else 0.0


if __name__ == "__main__":
    sys.exit(main())
