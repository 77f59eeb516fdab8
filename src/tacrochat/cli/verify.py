"""``tacrochat verify``."""

import argparse
from pathlib import Path

from tacrochat.cli.printing import complain, print_json, say
from tacrochat.cli.verb import Verb, add_json, open_library


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("answer", metavar="ANSWER.json", nargs="?", help="an answer saved with 'ask --json'")
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    from tacrochat.answering.escaping import one_line
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
        say("\n".join(map(one_line, problems)) or good)
    if problems:
        complain(f"{len(problems)} problem{'' if len(problems) == 1 else 's'} found")
    return 1 if problems else 0


VERB = Verb(
    "verify",
    "Check the index against the files, or a saved answer's quotes against the index.",
    "tacrochat ask --json QUESTION > answer.json; tacrochat verify answer.json",
    _add_options,
    _run,
)
