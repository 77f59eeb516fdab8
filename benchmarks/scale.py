"""Measure what an index costs, small and large: build, bytes, cold and warm questions, a million passages.

    python benchmarks/scale.py [--corpus DIR] [--passages 1000000] [--real INDEX] [--only NAME…] [--json]

The parts, each by its name: ``build`` (CPU against plain ``SentenceTransformer.encode`` in float32 of the
same passages, in one run), ``bytes`` (everything in the index folder, a passage), ``cold`` (CPU seconds of
``tacrochat ask`` in a new process), ``warm`` (milliseconds of a question, one process), ``idle`` (share of a
core that a server uses when nobody asks), ``people`` (50 people at once against one), ``large``
(``--passages`` passages).

``large`` takes the passages of ``--real``, an index of real documents, and adds passages to it: the sentences
of a real one in another order, with a vector between those of two neighbours plus noise. Times and memory are
of all of them; recall is against exact search.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from scaling import costs, large

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("build", "bytes", "cold", "warm", "idle", "people", "large")


def processor() -> str:
    """Name the processor, and what it has of what encoding depends on."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "?")
    flags = next((line for line in lines if line.startswith("flags")), "")
    has = [flag for flag in ("amx_bf16", "avx512_bf16", "avx512f", "avx2") if f" {flag} " in f"{flags} "]
    return f"{name}, {os.cpu_count()} cores, {', '.join(has)}"


def main() -> None:
    """Run the parts that are asked for, and print a line for each figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--corpus", type=Path, default=ROOT / "corpus")
    parser.add_argument("--questions", type=Path, default=ROOT / "benchmarks" / "corpus_questions.jsonl")
    parser.add_argument("--real", type=Path, help="an index of real documents, for the part 'large'")
    parser.add_argument("--passages", type=int, default=1_000_000)
    parser.add_argument("--work", type=Path, help="folder for the indexes that are made; kept")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=[p for p in PARTS if p != "large"])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.questions.read_text("utf-8").splitlines() if line.strip()]
    questions = [row["question"] for row in rows if not row.get("history")]
    report: dict[str, object] = {"processor": processor()}
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        index = work / "index"
        costs.build_index(options.corpus, index)
        measured = {
            "build": lambda: costs.build_against_encode(options.corpus, work / "again"),
            "bytes": lambda: costs.bytes_a_passage(index),
            "cold": lambda: costs.cold_ask(index, questions[0]),
            "warm": lambda: costs.warm_ask(index, questions),
            "idle": lambda: costs.idle_server(index),
            "people": lambda: costs.people(index, options.corpus),
            "large": lambda: large.measure(options.real, work / "large", options.passages, questions),
        }
        for name in options.only:
            report[name] = measured[name]()
            if not options.json:
                print(f"{name}: {json.dumps(report[name])}", flush=True)
    print(json.dumps(report, indent=2) if options.json else f"processor: {report['processor']}")


if __name__ == "__main__":
    main()
