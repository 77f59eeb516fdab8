"""The command line: the list of verbs, and how errors become exit codes."""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from tacrochat import __version__
from tacrochat.answering.escaping import one_line
from tacrochat.cli import (
    ask,
    build,
    completion,
    doctor,
    evaluate,
    info,
    init,
    report,
    search,
    serve,
    token,
    user,
    verify,
)
from tacrochat.cli.printing import complain
from tacrochat.cli.verb import STOPPED, Verb
from tacrochat.errors import IndexMissing, TacrochatError

VERBS: tuple[Verb, ...] = (
    build.VERB,
    ask.VERB,
    search.VERB,
    verify.VERB,
    evaluate.VERB,
    report.VERB,
    info.VERB,
    doctor.VERB,
    init.VERB,
    serve.VERB,
    user.VERB,
    token.VERB,
    completion.VERB,
)
_EPILOG = "example: {}"
_FIRST_STEPS = """\
usage: tacrochat VERB ...

  tacrochat serve                            open the sample in the browser: documents about a medicine
  tacrochat serve FOLDER                     ask the documents of a folder in the browser
  tacrochat ask "QUESTION" --folder FOLDER   ask them here, after "serve FOLDER" or "build --folder FOLDER"

tacrochat --help lists all verbs.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code: 0 done, 1 a clear error, 2 wrong usage, 130 stopped by Ctrl+C."""
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = make_parser()
    if not arguments:
        parser.exit(2, _FIRST_STEPS)
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a quote may hold characters that the terminal cannot show
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(options)
    except TacrochatError as error:
        complain(str(error))
        return 1
    except KeyboardInterrupt:
        complain("stopped")
        return STOPPED
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _run(options: argparse.Namespace) -> int:
    verb: Verb = options.verb
    if getattr(options, "folder", None) is None:
        return verb.run(options)
    from tacrochat.cli.folders import use_folder

    use_folder(options)
    try:
        return verb.run(options)
    except IndexMissing as error:
        raise IndexMissing(
            f"there is no index of {options.folder} yet; run 'tacrochat build --folder {options.folder}'"
        ) from error


class _Parser(argparse.ArgumentParser):
    """A parser whose errors, which repeat arguments such as file names, cannot control a terminal."""

    def error(self, message: str) -> NoReturn:
        super().error(one_line(message))


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line, every verb a subcommand."""
    parser = _Parser(
        prog="tacrochat",
        description="Ask a folder of documents, get their own words back, each with its source.",
        epilog=_EPILOG.format('tacrochat build && tacrochat ask "How often is it applied?"'),
    )
    parser.add_argument("--version", action="version", version=f"tacrochat {__version__}")
    subcommands = parser.add_subparsers(required=True, metavar="VERB")
    for verb in VERBS:
        subcommand = subcommands.add_parser(
            verb.name, help=verb.summary, description=verb.summary, epilog=_EPILOG.format(verb.example)
        )
        subcommand.set_defaults(verb=verb, parser=parser)
        if verb.has_index:
            _add_index(subcommand)
        verb.add_options(subcommand)
    return parser


def _add_index(parser: argparse.ArgumentParser) -> None:
    place = parser.add_mutually_exclusive_group()
    place.add_argument(
        "--index",
        metavar="DIR",
        default="index",
        help="the index: a folder, or milvus+http://HOST:PORT/NAME (default: index)",
    )
    place.add_argument(
        "--folder",
        metavar="FOLDER",
        help="the index that 'tacrochat serve FOLDER' keeps of a folder of documents in your cache",
    )
