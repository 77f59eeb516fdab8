"""``tacrochat eval``."""

import argparse
from pathlib import Path

from tacrochat.cli.printing import print_json, say
from tacrochat.cli.verb import Verb, add_json


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("questions", metavar="QUESTIONS.jsonl")
    parser.add_argument(
        "--corpus",
        metavar="DIR",
        help="index this folder first, in a temporary place unless --index is given",
    )
    parser.set_defaults(index=None)  # the default depends on --corpus
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    from tacrochat.evaluation.run import evaluate_file

    figures = evaluate_file(Path(options.questions), corpus=options.corpus, index=options.index)
    if options.json:
        print_json(figures.to_dict())
    else:
        say(figures.to_text())
    return 0


VERB = Verb(
    "eval",
    "Measure on a labelled question set.",
    "tacrochat eval questions.jsonl --corpus corpus",
    _add_options,
    _run,
)
