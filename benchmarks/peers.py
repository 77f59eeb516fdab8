"""Compare tacrochat with other systems on one set in BEIR layout: quality and costs, all in one run.

    pip install "txtai>=9,<10" "lancedb>=0.40,<1"
    python benchmarks/peers.py --data DIR --split SPLIT [--only SYSTEM…] [--threads N] [--json]

The systems: ``tacrochat``; ``txtai``, its hybrid search with stored texts; ``lancedb``, a table with vectors
and a full-text index, its hybrid search with its reciprocal-rank reranker; ``faiss``, vectors of
sentence-transformers in a flat index. All get the same passages, which are the documents of the set, the
same questions and the same model. Each builds and asks in a new process, which is measured as a whole:

- ``nDCG@10``: ten passages are asked for;
- ``build_cpu_s``: CPU seconds of the process that builds, from its start to its end;
- ``bytes``: everything in the index folder, by the passages of the set (tacrochat cuts long ones);
- ``open_s``, ``open_cpu_s``: from the first import to the first answer;
- ``median_ms``, ``p95_ms``, and ``cpu_ms``, the mean: the other questions, one at a time;
- ``mb``: the most memory that was resident while asking, in MiB.

Models run on ``--threads`` threads, one unless told: where other jobs run too, threads that wait for each
other make a question of torch 40 times as dear. Memory is read from ``/proc``, so this needs Linux.
"""

import argparse
import importlib.metadata
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import beir
import measures
from peer_systems import SYSTEMS
from scale import processor
from scaling.costs import p95

_INSTALL = 'pip install "txtai>=9,<10" "lancedb>=0.40,<1"'
_STEP = Path(__file__).with_name("peer_systems.py")
_COLUMNS = ("nDCG@10", "build_cpu_s", "bytes", "open_s", "open_cpu_s", "median_ms", "p95_ms", "cpu_ms", "mb")


def main() -> int:
    """Run the comparison; returns the exit code."""
    options = _options()
    try:
        found = beir.load(options.data, options.split)
        if len(found.queries) < 2:
            raise ValueError("fewer than two judged questions")
        versions = _versions(options.only)
    except importlib.metadata.PackageNotFoundError as error:
        print(f"{error.name} is missing; run '{_INSTALL}', or leave it out with --only", file=sys.stderr)
        return 1
    except (OSError, KeyError, ValueError) as error:
        print(
            f"{options.data} is not a set in BEIR layout ({error}); see benchmarks/README.md", file=sys.stderr
        )
        return 1
    os.environ |= {"OMP_NUM_THREADS": str(options.threads), "TQDM_DISABLE": "1", "LANCEDB_LOG": "error"}
    with tempfile.TemporaryDirectory(prefix="tacrochat-peers-") as temporary:
        work = options.work or Path(temporary)
        _prepare(found, work)
        rows = {name: _measure(name, found, work) for name in options.only}
    report = {
        "data": options.data.name,
        "split": options.split,
        "passages": len(found.documents),
        "questions": len(found.queries),
        "processor": processor(),
        "threads": options.threads,
        "versions": versions,
        "systems": rows,
    }
    print(json.dumps(report, indent=2) if options.json else _table(report))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder in BEIR layout")
    parser.add_argument("--split", default="test", help="the qrels to use (default: test)")
    parser.add_argument("--only", nargs="+", choices=SYSTEMS, default=list(SYSTEMS), help="these systems")
    parser.add_argument("--threads", type=int, default=1, help="threads of the model (default: 1)")
    parser.add_argument("--work", type=Path, help="a new folder that keeps the indexes (default: none)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    if options.work and options.work.exists():
        parser.error(f"{options.work} exists already; name a new folder with --work")
    return options


def _versions(systems: list[str]) -> dict[str, str]:
    packages = sorted({package for name in systems for package in SYSTEMS[name].packages})
    return {package: importlib.metadata.version(package) for package in packages}


def _prepare(found: beir.RetrievalSet, work: Path) -> None:
    """Write what the steps read; see ``peer_systems``."""
    beir.write_corpus(found, work / "corpus")
    passages = [f"{title}\n{text}".strip() for title, text in found.documents.values()]
    (work / "passages.json").write_text(json.dumps(passages, ensure_ascii=False), "utf-8")
    questions = list(found.queries.values())
    (work / "questions.json").write_text(json.dumps(questions, ensure_ascii=False), "utf-8")


def _measure(name: str, found: beir.RetrievalSet, work: Path) -> dict[str, float]:
    """Build and ask, each in a new process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _step("build", name, work)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    asked = json.loads(_step("ask", name, work).splitlines()[-1])
    keys = list(found.documents)
    rankings = [[keys[number] for number in numbers] for numbers in asked["rankings"]]
    grades = found.qrels.values()
    ndcg = statistics.mean(map(measures.ndcg, rankings, grades))
    size = sum(path.stat().st_size for path in (work / name).rglob("*") if path.is_file())
    return {
        "nDCG@10": round(ndcg, 4),
        "build_cpu_s": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "bytes": round(size / len(keys)),
        "open_s": round(asked["open_s"], 2),
        "open_cpu_s": round(asked["open_cpu_s"], 2),
        "median_ms": round(statistics.median(asked["ms"]), 1),
        "p95_ms": round(p95(asked["ms"]), 1),
        "cpu_ms": round(asked["cpu_ms"], 1),
        "mb": round(asked["resident_mb"]),
    }


def _step(step: str, name: str, work: Path) -> str:
    """Run one step of a system; returns its output."""
    command = [sys.executable, str(_STEP), step, name, str(work)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _table(report: dict[str, Any]) -> str:
    versions = ", ".join(f"{package} {version}" for package, version in report["versions"].items())
    sizes = f"{report['passages']} passages, {report['questions']} questions"
    lines = [
        f"{report['data']} ({report['split']}): {sizes}",
        f"{report['processor']}; threads: {report['threads']}; {versions}",
        f"{'system':<10}" + "".join(f"{column:>12}" for column in _COLUMNS),
    ]
    for name, row in report["systems"].items():
        lines.append(f"{name:<10}" + "".join(f"{row[column]:>12}" for column in _COLUMNS))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
