"""Fuzz the readers with atheris and check every extract (tests/laws.py); run by hand.

    pip install atheris
    python fuzz/readers.py .html -atheris_runs=100000 [further libFuzzer options]

Starts from the files of that suffix in tests/documents, tests/pages, tests/findings and examples.
libFuzzer writes a crash to the current folder; copy it to tests/findings under a name that says what
was wrong.
"""

import sys
import tempfile
from pathlib import Path

import atheris

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

with atheris.instrument_imports(
    include=["tacrochat", "striprtf", "docx", "pptx", "openpyxl", "email", "markdown_it"]
):
    from laws import check_extract
    from tacrochat.readers.limits import Limits
    from tacrochat.readers.parts import parts_of

LIMITS = Limits(file_bytes=1_000_000, unpacked_bytes=5_000_000, members=50)
UNFORESEEN = "reading it failed"


def main() -> None:
    """Run until libFuzzer ends the process."""
    suffix = sys.argv.pop(1)
    unforeseen: set[str] = set()

    def check(data: bytes) -> None:
        for part in parts_of(f"file{suffix}", data, LIMITS):
            if part.extract is not None:
                check_extract(part.extract)
            elif UNFORESEEN in part.reason and part.reason not in unforeseen and len(unforeseen) < 20:
                unforeseen.add(part.reason)
                print(f"unforeseen, but caught: {part.reason}", file=sys.stderr)

    with tempfile.TemporaryDirectory() as corpus:
        for folder in ("tests/documents", "tests/pages", "tests/findings", "examples"):
            for path in (ROOT / folder).iterdir():
                if path.name.endswith(suffix):
                    Path(corpus, path.name).write_bytes(path.read_bytes())
        atheris.Setup([*sys.argv, corpus], check)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
