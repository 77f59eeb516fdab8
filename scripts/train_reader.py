"""Make the reader's weights: read the public sets, train the network, measure it, write its weights.

    python scripts/train_reader.py --shared ../shared --work build/reader [--write]

The sets lie beside the project, see docs/reader.md. What was read and encoded is
kept in the work folder (3 GB), so that a second training starts at once.
"""

import argparse
import sys
from pathlib import Path

import torch
from reader.export import export
from reader.prepare import prepare
from reader.train import train

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src" / "tacrochat" / "ranking" / "reading" / "reader.safetensors"
STEPS = 5_000
SEED = 0


def main() -> int:
    """Train, print the figures, and with --write put the weights where the library reads them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "reader")
    parser.add_argument("--steps", type=int, default=STEPS, help=f"batches of 64 pairs (default: {STEPS})")
    parser.add_argument("--write", action="store_true", help=f"write {TARGET.relative_to(ROOT)}")
    options = parser.parse_args()
    torch.set_num_threads(2)
    prepare(options.shared, options.work)
    trained = train(options.work, "reader", steps=options.steps, seed=SEED)
    if options.write:
        export(trained, TARGET)
    return 0


if __name__ == "__main__":
    sys.exit(main())
