"""``tacrochat build``."""

import argparse
import sys
from typing import TYPE_CHECKING

from tacrochat.cli.printing import complain, print_json, say
from tacrochat.cli.progress import Shown, shown_progress
from tacrochat.cli.verb import STOPPED, Verb, add_json, kept

if TYPE_CHECKING:
    from tacrochat.library import Library


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--corpus",
        metavar="DIR",
        help="the folder of documents (default: that of --folder or of the index, else corpus)",
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
    parser.add_argument(
        "--quiet",
        action="store_true",
        help="print errors only; the exit code says how it went (with --json: no progress)",
    )
    parser.add_argument(
        "--debug",
        action="store_true",
        help="print what the libraries that read files say about those that cannot be read",
    )
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    options.corpus = options.corpus or options.folder
    if options.debug:
        _log_causes()
    try:
        with shown_progress(quiet=options.quiet) as shown:
            _build(options, shown)
    except KeyboardInterrupt:
        _print_stopped(options.index, watching=options.watch)
        return STOPPED
    return 0


def _build(options: argparse.Namespace, shown: Shown) -> None:
    from tacrochat.building.build import build
    from tacrochat.building.watch import watch
    from tacrochat.index.places import place_of

    if place_of(options.index).is_outdated() and not (options.json or options.quiet):
        say(f"{options.index} was written by an older tacrochat; it is built again from the files")
    chosen = {"model": options.model, "full": options.full, "progress": shown.meter}
    if not options.watch:
        library = build(options.corpus, options.index, **chosen)
        shown.say("")  # nothing is drawn over the report
        _print_report(library, options)
        return
    for library in watch(options.corpus, options.index, report=lambda error: complain(str(error)), **chosen):
        shown.say("")
        _print_report(library, options)
        shown.say("Waiting for files to change (Ctrl+C stops it)")


def _log_causes() -> None:
    import logging

    logging.basicConfig(format="%(message)s")
    logging.getLogger("tacrochat").setLevel(logging.DEBUG)


def _print_stopped(index: str, *, watching: bool) -> None:
    """Say what is kept, and how to go on."""
    is_kept = kept(index)
    if is_kept:
        complain(f"stopped; {is_kept}: run the same command again to go on from there")
    elif watching:
        complain("stopped")
    else:
        complain("stopped before anything was embedded; run the same command again to start over")


def _print_report(library: "Library", options: argparse.Namespace) -> None:
    from tacrochat.building.report import Details
    from tacrochat.cli.build_report import to_text

    report = library.report
    assert report is not None
    if options.json:
        print_json(report.to_dict() | Details.of(library).to_dict())
    elif not options.quiet:
        say(to_text(report, library, options.index))
    sys.stdout.flush()


VERB = Verb(
    "build",
    "Make or refresh the index from a folder.",
    "tacrochat build --corpus corpus",
    _add_options,
    _run,
)
