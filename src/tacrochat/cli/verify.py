"""``tacrochat verify``."""

import argparse
import sys
from pathlib import Path

from tacrochat.cli.verb import Verb, add_json, open_library, print_json


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("answer", metavar="ANSWER.json", nargs="?", help="an answer saved with 'ask --json'")
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    from tacrochat.answering.verification import check_answer

    library = open_library(options)
    if options.answer:
        checked, problems = check_answer(library, Path(options.answer))
        good = f"{checked} quotes match the indexed text"
    else:
        problems = library.verify()
        good = f"{len(library.documents)} documents and {len(library.passages)} passages match the files"
    if options.json:
        print_json({"ok": not problems, "problems": problems})
    else:
        print("\n".join(problems) or good)
    if problems:
        print(f"tacrochat: {len(problems)} problems found", file=sys.stderr)
    return 1 if problems else 0


VERB = Verb(
    "verify",
    "Check the index against the files, or a saved answer's quotes against the index.",
    "tacrochat ask --json QUESTION > answer.json; tacrochat verify answer.json",
    _add_options,
    _run,
)
