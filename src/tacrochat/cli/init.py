"""``tacrochat init``."""

import argparse
from pathlib import Path

from tacrochat.answering.escaping import one_line
from tacrochat.cli.printing import say
from tacrochat.cli.verb import Verb


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        nargs="?",
        default=".",
        help="the folder of documents (default: this one)",
    )


def _run(options: argparse.Namespace) -> int:
    from tacrochat.configuration.template import write

    path = write(Path(options.folder))
    say(f"{one_line(str(path))} is written; it changes nothing until you take a '# ' away in it")
    return 0


VERB = Verb(
    "init",
    "Write a configuration, tacrochat.yaml, with every default.",
    "tacrochat init corpus",
    _add_options,
    _run,
)
