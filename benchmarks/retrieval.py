"""Compare retrieval on a set in BEIR layout, all systems in one run.

    python benchmarks/retrieval.py --data DIR --split SPLIT [--json] [--txtai] [--work DIR]

prints nDCG@10, Recall@100 and MRR@10 of BM25, plain dense retrieval with the
same model, their reciprocal-rank fusion, and tacrochat's own retrieval (whose
documents are ranked by their best passages). ``--txtai`` adds the hybrid search
of txtai with the same model (extra: benchmark). ``--work`` keeps the index for the next run.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean, median

import baselines
import beir
import measures
import tacrochat
from tacrochat.embedding.model_files import locate
from tacrochat.settings import DEFAULT_MODEL


def main() -> int:
    """Run the comparison; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with corpus.jsonl, queries.jsonl, qrels/"
    )
    parser.add_argument("--split", default="test", help="the qrels to use (default: test)")
    parser.add_argument("--model", default=DEFAULT_MODEL, help="the model of all dense systems")
    parser.add_argument("--txtai", action="store_true", help="add txtai's hybrid search")
    parser.add_argument("--work", type=Path, help="keep documents and index there (default: nowhere)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    try:
        found = beir.load(options.data, options.split)
    except (OSError, KeyError, ValueError) as error:
        print(
            f"{options.data} is not a set in BEIR layout ({error}); see benchmarks/README.md", file=sys.stderr
        )
        return 1
    with tempfile.TemporaryDirectory(prefix="tacrochat-benchmark-") as folder:
        systems = _systems(found, options, options.work or Path(folder))
        results = {name: _measure(found, system) for name, system in systems.items()}
    report = {
        "data": str(options.data),
        "split": options.split,
        "documents": len(found.documents),
        "queries": len(found.queries),
        "systems": results,
    }
    print(json.dumps(report, indent=2) if options.json else _table(report))
    return 0


def _systems(
    found: beir.RetrievalSet, options: argparse.Namespace, folder: Path
) -> dict[str, baselines.System]:
    paths = beir.write_corpus(found, folder / "corpus")
    library = tacrochat.build(folder / "corpus", folder / "index", model=options.model)
    systems = baselines.plain_systems(found, library.encoder)
    systems["tacrochat"] = lambda query: [
        paths[document.path] for document, _ in library.search_documents(query[:2000], baselines.DEPTH)
    ]
    if options.txtai:
        systems["txtai"] = _txtai(found, options.model)
    return systems


def _txtai(found: beir.RetrievalSet, model: str) -> baselines.System:
    from txtai import Embeddings

    keys, texts = list(found.documents), found.texts
    embeddings = Embeddings(path=str(locate(model) or model), hybrid=True, gpu=False)
    embeddings.index(zip(range(len(texts)), texts, [None] * len(texts), strict=True))
    return lambda query: [keys[int(number)] for number, _ in embeddings.search(query, baselines.DEPTH)]


def _measure(found: beir.RetrievalSet, system: baselines.System) -> dict[str, float]:
    system(next(iter(found.queries.values())))  # loading is not timed
    rows, times = [], []
    for key, query in found.queries.items():
        began = time.perf_counter()
        ranking = system(query)
        times.append(1000 * (time.perf_counter() - began))
        grades = found.qrels[key]
        rows.append(
            (measures.ndcg(ranking, grades), measures.recall(ranking, grades), measures.mrr(ranking, grades))
        )
    ndcg, recall, mrr = (mean(column) for column in zip(*rows, strict=True))
    return {
        "nDCG@10": round(ndcg, 4),
        "Recall@100": round(recall, 4),
        "MRR@10": round(mrr, 4),
        "ms_per_query": round(median(times), 2),
    }


def _table(report: dict[str, object]) -> str:
    head = (
        f"{report['data']} ({report['split']}): {report['documents']} documents, {report['queries']} queries"
    )
    lines = [head, f"{'system':<12}{'nDCG@10':>9}{'Recall@100':>12}{'MRR@10':>9}{'ms/query':>10}"]
    systems = report["systems"]
    assert isinstance(systems, dict)
    lines += [
        f"{name:<12}{row['nDCG@10']:>9.4f}{row['Recall@100']:>12.4f}{row['MRR@10']:>9.4f}{row['ms_per_query']:>10.1f}"
        for name, row in systems.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
