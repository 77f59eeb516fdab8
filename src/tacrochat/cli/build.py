"""``tacrochat build``."""

import argparse
import sys
from typing import TYPE_CHECKING

from tacrochat.cli.printing import print_json, say
from tacrochat.cli.verb import Verb, add_json

if TYPE_CHECKING:
    from tacrochat.errors import TacrochatError
    from tacrochat.library import Library


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--corpus",
        metavar="DIR",
        help="the folder of documents (default: that of the index, or corpus if there is no index)",
    )
    parser.add_argument(
        "--model",
        metavar="NAME_OR_PATH",
        help="a sentence-transformers model (default: that of the index, or TACROCHAT_MODEL)",
    )
    parser.add_argument("--full", action="store_true", help="read and embed everything again")
    parser.add_argument(
        "--watch",
        action="store_true",
        help="keep running, and build again whenever a file changes (stop: Ctrl+C)",
    )
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    from tacrochat.building.build import build
    from tacrochat.building.watch import watch

    if options.watch:
        builds = watch(
            options.corpus, options.index, model=options.model, full=options.full, report=_print_error
        )
        for library in builds:
            _print_report(library, options)
        return 0
    _print_report(build(options.corpus, options.index, model=options.model, full=options.full), options)
    return 0


def _print_error(error: "TacrochatError") -> None:
    print(f"tacrochat: {' '.join(str(error).split())}", file=sys.stderr, flush=True)


def _print_report(library: "Library", options: argparse.Namespace) -> None:
    from tacrochat.answering.escaping import one_line

    report = library.report
    assert report is not None
    if options.json:
        print_json(report.to_dict())
        sys.stdout.flush()
        return
    index = one_line(str(options.index))
    say(
        f"{report.documents} documents, {report.passages} passages in {index}: {report.added} added,"
        f" {report.changed} changed, {report.removed} removed, {len(report.skipped)} skipped"
        f" ({report.seconds:.1f} s)"
    )
    for skipped in report.skipped:
        say(f"  skipped {one_line(skipped.path)}: {one_line(skipped.reason)}")
    sys.stdout.flush()


VERB = Verb(
    "build",
    "Make or refresh the index from a folder.",
    "tacrochat build --corpus corpus",
    _add_options,
    _run,
)
