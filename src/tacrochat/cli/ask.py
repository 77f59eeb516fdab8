"""``tacrochat ask``."""

import argparse

from tacrochat.cli.verb import Verb, add_json, open_library, positive, print_json
from tacrochat.types import KINDS


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("question", metavar="QUESTION")
    parser.add_argument(
        "--history",
        metavar="Q",
        action="append",
        default=[],
        help="an earlier question (may be given several times, oldest first)",
    )
    parser.add_argument("--top", metavar="N", type=positive, help="quotes at most (default: 4)")
    parser.add_argument(
        "--document",
        metavar="PATH",
        action="append",
        help="quote only this document (may be given several times)",
    )
    parser.add_argument(
        "--kind",
        metavar="KIND",
        action="append",
        choices=KINDS,
        help="quote only this kind of source (may be given several times)",
    )
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    from tacrochat.answering.assistant import Assistant

    answer = Assistant(open_library(options)).ask(
        options.question,
        history=options.history,
        top=options.top,
        documents=options.document,
        kinds=options.kind,
    )
    if options.json:
        print_json(answer.to_dict())
    else:
        print(answer.to_text())
    return 0


VERB = Verb(
    "ask",
    "Answer a question with quotes.",
    'tacrochat ask "Can it harm the kidneys?"',
    _add_options,
    _run,
)
