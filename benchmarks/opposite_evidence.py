"""Measure whether both sides are quoted for claims that people labelled with evidence for and against.

    git clone https://github.com/sarrouti/HealthVer build/HealthVer
    python benchmarks/opposite_evidence.py --data build/HealthVer/data --split test [--work DIR]

HealthVer (Sarrouti et al., 2021) states no licence, so it is only measured with. All
evidence of a split becomes a folder, a document each, and the claims are asked as
questions. A claim *differs* if some evidence supports and some refutes it. It has *one
side* if at least three texts support it and none refutes it, or the other way round. The
labels and the rules that make questions of claims are older than any answer. The figures
are those of ``differing.py``, and:

- ``first is labelled``: share of all these claims whose first quote is labelled evidence.
- ``kept@3``: share of labelled evidence among the first three quotes.

Nothing was developed on the split "test".
"""

import argparse
import csv
import json
import sys
import zlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import tacrochat
from differing import FIRST, Outcome, asked, figures, is_of, share
from differing_folders import WHOLE, Labelled, Place
from tacrochat.ranking.yes_no import is_yes_no

LABELS = ("Supports", "Refutes")
MAX_WORDS = 25  # longer claims say several things at once
MIN_OF_ONE = 3  # texts of one side from which on a claim without the other side counts as one-sided


def main() -> int:
    """Ask all claims of a split and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with healthver_SPLIT.csv")
    parser.add_argument("--split", default="test", choices=("dev", "test"))
    parser.add_argument("--work", type=Path, default=Path("build/opposite"))
    options = parser.parse_args()
    folder = options.work / options.split
    claims = read_claims(options.data / f"healthver_{options.split}.csv", folder / "corpus")
    assistant = tacrochat.Assistant(tacrochat.build(folder / "corpus", folder / "index"))
    outcomes = [asked(assistant, claim) for claim in claims]
    print(json.dumps(figures(outcomes) | _of_evidence(outcomes), indent=2))
    return 0


def read_claims(source: Path, corpus: Path) -> list[Labelled]:
    """Write the evidence of a split as a folder, and return the claims that differ or have one side."""
    corpus.mkdir(parents=True, exist_ok=True)
    claims: dict[str, dict[str, set[Place]]] = defaultdict(lambda: defaultdict(set))
    with source.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            text = " ".join(row["evidence"].split())
            name = f"{zlib.crc32(text.encode()):08x}.md"
            (corpus / name).write_text(text, "utf-8")
            claims[" ".join(row["claim"].split())][row["label"]].add((name, 0, WHOLE))
    labelled = [_labelled(claim, places) for claim, places in claims.items()]
    return [claim for claim in labelled if claim is not None]


def _labelled(claim: str, places: dict[str, set[Place]]) -> Labelled | None:
    sides = tuple(tuple(sorted(places[label])) for label in LABELS if places[label])
    is_one_sided = len(sides) == 1 and len(sides[0]) >= MIN_OF_ONE
    if len(claim.split()) > MAX_WORDS or not (len(sides) == 2 or is_one_sided):
        return None
    key = f"{zlib.crc32(claim.encode()):08x}"
    return Labelled(key, question(claim), "claims", len(sides) == 2, sides)


def question(claim: str) -> str:
    """Ask whether a claim is true; one that asks already stays."""
    plain = claim.strip(" .?")
    return f"{plain}?" if is_yes_no(plain) else f"Is it true that {plain}?"


def _of_evidence(outcomes: Sequence[Outcome]) -> dict[str, object]:
    labelled = [
        [any(is_of(quote, side) for side in o.labelled.sides) for quote in o.answer.quotes[:FIRST]]
        for o in outcomes
    ]
    return {
        "first is labelled": share([quotes[:1] == [True] for quotes in labelled]),
        "kept@3": share([is_right for quotes in labelled for is_right in quotes]),
    }


if __name__ == "__main__":
    sys.exit(main())
