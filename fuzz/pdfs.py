"""Change bytes of real PDFs and read them in the worker; run by hand.

PDFium is native code, which atheris cannot instrument.

python fuzz/pdfs.py [CASES]
"""

import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from laws import check_extract  # noqa: E402
from tacrochat.errors import ReadError  # noqa: E402
from tacrochat.readers.files import Limits, Worker  # noqa: E402

PIECES = [
    b"\0",
    b"\xff" * 4,
    b"<<",
    b">>",
    b"endobj",
    b"stream\n",
    b"/Kids[1 0 R]",
    b"-1",
    b"99999999999",
    b"/Length 1",
]


def main() -> None:
    """Read the cases and print how many had which result."""
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    seeds = [path.read_bytes() for path in sorted((ROOT / "tests" / "documents").glob("*.pdf"))]
    rng = random.Random(11)
    ended: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, Worker(Limits(), seconds=30) as worker:
        path = Path(folder, "case.pdf")
        for _ in range(cases):
            data = bytearray(rng.choice(seeds))
            for _ in range(rng.randint(1, 12)):
                at = rng.randrange(len(data))
                data[at : at + rng.randint(0, 6)] = rng.choice([*PIECES, rng.randbytes(rng.randint(0, 4))])
            path.write_bytes(data)
            try:
                (part,) = worker.read(path).parts
            except ReadError as error:
                ended[str(error)[:60]] += 1
                continue
            if part.extract is not None:
                check_extract(part.extract)
            ended["read" if part.extract else part.reason[:60]] += 1
    for reason, count in ended.most_common():
        print(f"{count:6}  {reason}")


if __name__ == "__main__":
    main()
