"""How well the ranking carries over: each retrieval set is left out of the fit, and ranked then.

    python benchmarks/carry_over.py --shared ../shared --work build/fit [--only SET…] [--json]

prints nDCG@10 on each set of BM25, plain dense retrieval, their reciprocal-rank
fusion, and tacrochat with weights fitted on all other sets. ``paragraphs`` are
those of the labelled articles; their questions are left out of the fit with them.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import mean

import baselines
import beir
import measures
import tacrochat
from fit_models import fit_ranking
from fit_ranking import rank_figures
from fit_sets import HELD_OUT, HERE, RETRIEVAL, SETS, Sets, retrieval

PARAGRAPHS = "paragraphs"
SYSTEMS = ("bm25", "dense", "rrf", "tacrochat")


def main() -> int:
    """Measure and print the table; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--shared", type=Path, default=HERE.parent.parent / "shared")
    parser.add_argument("--work", type=Path, default=Path("build/fit"))
    parser.add_argument("--only", nargs="*", help="leave out these sets only, one after the other")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    left_out = options.only or [*RETRIEVAL, PARAGRAPHS]
    sets = {name: SETS[name](options.shared, options.work) for name in SETS}
    if PARAGRAPHS in left_out:
        sets[PARAGRAPHS] = retrieval("wiki_articles", "", PARAGRAPHS)(options.shared, options.work)
    table = {name: plain(name, options.shared, options.work) for name in left_out}
    for name, row in table.items():
        row["tacrochat"] = round(without(name, sets), 4)
    print(json.dumps(table, indent=2) if options.json else _table(table))
    return 0


def without(name: str, sets: Sets) -> float:
    """Return nDCG@10 on a set of a ranking that was fitted on the others."""
    left_out = {name, "wiki_articles"} if name == PARAGRAPHS else {name}
    train = {n: s.samples for n, s in sets.items() if n not in {*left_out, HELD_OUT, PARAGRAPHS}}
    ranking = fit_ranking(train)
    return mean(rank_figures(sample, ranking)[0] for sample in sets[name].samples)


def plain(name: str, shared: Path, work: Path) -> dict[str, float]:
    """Return nDCG@10 of the plain systems; the index of the set is in the work folder."""
    folder, split = RETRIEVAL.get(name, ("wiki_articles", ""))
    found = beir.load(shared / "data" / folder, split)
    systems = baselines.plain_systems(found, tacrochat.open(work / name / "index").encoder)
    return {
        system: round(
            mean(measures.ndcg(search(query), found.qrels[key]) for key, query in found.queries.items()), 4
        )
        for system, search in systems.items()
    }


def _table(table: Mapping[str, Mapping[str, float]]) -> str:
    lines = [f"{'left out':<16}" + "".join(f"{system:>11}" for system in SYSTEMS) + f"{'gain':>9}"]
    gains = []
    for name, row in table.items():
        gains.append(row["tacrochat"] - max(value for system, value in row.items() if system != "tacrochat"))
        lines.append(f"{name:<16}" + "".join(f"{row[s]:>11.4f}" for s in SYSTEMS) + f"{gains[-1]:>+9.4f}")
    return "\n".join([*lines, f"{'mean gain over the best of the three':<60}{mean(gains):>+9.4f}"])


if __name__ == "__main__":
    sys.exit(main())
