"""The command line: the list of verbs, and how errors become exit codes."""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from tacrochat import __version__
from tacrochat.answering.escaping import one_line
from tacrochat.cli import ask, build, doctor, evaluate, info, report, search, serve, verify
from tacrochat.cli.printing import complain
from tacrochat.cli.verb import STOPPED, Verb
from tacrochat.errors import TacrochatError

VERBS: tuple[Verb, ...] = (
    build.VERB,
    ask.VERB,
    search.VERB,
    verify.VERB,
    evaluate.VERB,
    report.VERB,
    info.VERB,
    doctor.VERB,
    serve.VERB,
)
_EPILOG = "example: {}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code: 0 done, 1 a clear error, 2 wrong usage, 130 stopped by Ctrl+C."""
    options = make_parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a quote may hold characters that the terminal cannot show
            stream.reconfigure(errors="backslashreplace")
    try:
        verb: Verb = options.verb
        return verb.run(options)
    except TacrochatError as error:
        complain(str(error))
        return 1
    except KeyboardInterrupt:
        complain("stopped")
        return STOPPED
    except BrokenPipeError:
        sys.stderr.close()
        return 0


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
        subcommand.set_defaults(verb=verb)
        subcommand.add_argument(
            "--index",
            metavar="DIR",
            default="index",
            help="the index: a folder, or milvus+http://HOST:PORT/NAME (default: index)",
        )
        verb.add_options(subcommand)
    return parser
