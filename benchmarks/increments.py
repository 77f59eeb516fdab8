"""Measure what one changed document of a thousand costs, against building all of them.

    python benchmarks/increments.py [--documents 1000] [--repeats 5] [--json]

The corpus is made for the purpose (invented places, three sections a page). Each
repeat changes, moves, adds or removes one document and builds again, in a
process that starts without a model, as ``tacrochat build`` does; the full build
is timed once, in the same way.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PLACES = "castle garden museum harbour library market station theatre bakery orchard mill bridge".split()
NAMES = (
    "Alder Brack Cinder Dun Elm Farrow Grey Hart Ivy Jess Kest Lark Mer Nether Oak Penny Quill Rook".split()
)
THINGS = "lamp rope barrel ledger bell kettle cart gate sail oven loom anvil ladder basket wheel hive".split()
DEEDS = "is counted,is painted,is oiled,is sold,is mended,is weighed,is carried in,is locked away".split(",")
WHEN = "at dawn,before the frost,on the first Monday,after the fair,when it rains,at low tide".split(",")


def page(number: int, rng: random.Random) -> str:
    """Write one page of nine paragraphs; no two pages share a sentence."""
    place = f"{rng.choice(NAMES)}{rng.choice(NAMES).lower()} {rng.choice(PLACES)} {number}"
    parts = [f"# The {place}\n"]
    for heading in ("Rules", "Stores", "Visitors"):
        parts.append(f"## {heading}\n")
        for _ in range(3):
            said = [
                f"The {rng.choice(THINGS)} of the {place} {rng.choice(DEEDS)} {rng.choice(WHEN)},"
                f" and {rng.randrange(2, 400)} crowns are paid for it."
                for _ in range(4)
            ]
            parts.append(" ".join(said) + "\n")
    return "\n".join(parts)


def timed_build(corpus: Path, index: Path) -> tuple[float, dict[str, object]]:
    """Build as the shell does; returns the seconds that passed and the report."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "tacrochat", "build", "--json"]
    done = subprocess.run(
        [*command, "--corpus", str(corpus), "--index", str(index)], capture_output=True, text=True, check=True
    )
    return time.perf_counter() - began, json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--documents", type=int, default=1_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        corpus, index = Path(folder, "corpus"), Path(folder, "index")
        (corpus / "moved").mkdir(parents=True)
        for number in range(options.documents):
            (corpus / f"{number:04}.md").write_text(page(number, rng), "utf-8")
        time.sleep(2.5)  # so that no file is as young as the build
        full, report = timed_build(corpus, index)
        seconds: dict[str, list[float]] = {}
        for repeat in range(options.repeats):
            path = corpus / f"{repeat:04}.md"
            changes = {
                "nothing": lambda: None,
                "changed": lambda path=path, n=repeat: path.write_text(page(n, rng), "utf-8"),
                "moved": lambda path=path: path.rename(corpus / "moved" / path.name),
                "removed": lambda n=repeat: (corpus / f"{options.documents - 1 - n:04}.md").unlink(),
                "added": lambda n=repeat: (corpus / f"new-{n}.md").write_text(page(9_000 + n, rng), "utf-8"),
            }
            for name, change in changes.items():
                change()
                seconds.setdefault(name, []).append(timed_build(corpus, index)[0])
    figures = {
        "documents": options.documents,
        "passages": report["passages"],
        "full_s": round(full, 2),
        "median_s": {name: round(statistics.median(found), 2) for name, found in seconds.items()},
        "share_of_full": {name: round(statistics.median(found) / full, 4) for name, found in seconds.items()},
    }
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    print(f"{figures['documents']} documents, {figures['passages']} passages; full build {full:.1f} s")
    for name, found in seconds.items():
        median = statistics.median(found)
        print(f"  {name:<8} {median:6.2f} s   {median / full:.1%} of the full build")


if __name__ == "__main__":
    main()
