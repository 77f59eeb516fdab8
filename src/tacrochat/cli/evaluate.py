"""``tacrochat eval``."""

import argparse
from pathlib import Path

from tacrochat.cli.verb import Verb, add_json, print_json


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("questions", metavar="QUESTIONS.jsonl")
    parser.add_argument(
        "--corpus",
        metavar="DIR",
        help="index this folder first, in a temporary place unless --index is given",
    )
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    from tacrochat.evaluation.run import evaluate_file

    index = None if options.corpus and options.index == "index" else options.index
    figures = evaluate_file(Path(options.questions), corpus=options.corpus, index=index)
    if options.json:
        print_json(figures.to_dict())
    else:
        print(figures.to_text())
    return 0


VERB = Verb(
    "eval",
    "Measure on a labelled question set.",
    "tacrochat eval questions.jsonl --corpus corpus",
    _add_options,
    _run,
)
