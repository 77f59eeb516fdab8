"""``tacrochat report``."""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tacrochat.cli.printing import print_json, say
from tacrochat.cli.verb import Verb, add_json, open_library, positive
from tacrochat.errors import TacrochatError

if TYPE_CHECKING:
    from tacrochat.evaluation.report import Report

_FEEDBACK = "feedback.jsonl"


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "feedback",
        metavar="FEEDBACK",
        nargs="?",
        help=f"what readers said about answers (default: {_FEEDBACK}, if it is there)",
    )
    parser.add_argument("--log", metavar="FILE", help="the log of 'tacrochat serve --log FILE'")
    parser.add_argument("--library", metavar="NAME", help="only what the log says about this library")
    parser.add_argument(
        "--top", type=positive, default=10, metavar="N", help="lines of each list at most (default: 10)"
    )
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    from tacrochat.evaluation.asked import feedback, logged
    from tacrochat.evaluation.report import Report

    path = Path(options.feedback or _FEEDBACK)
    if not (options.feedback or options.log or path.exists()):
        raise TacrochatError(
            f"there is no {path} here: nobody has judged an answer yet; name the file, or a log with --log"
        )
    judged = feedback(path) if options.feedback or path.exists() else []
    asked = logged(Path(options.log), options.library) if options.log else []
    report = Report.of(open_library(options), asked, judged)
    if options.json:
        print_json(report.to_dict())
    else:
        _print(report, options.top, has_texts=any(question.text for question in (*asked, *judged)))
    return 0


def _print(report: "Report", top: int, *, has_texts: bool) -> None:
    counts = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in report.statuses.items())
    say(f"questions: {counts or 'none'}")
    say("judged: " + ", ".join(f"{count} {name}" for name, count in report.verdicts.items()))
    _list("asked most", [f"{times:>5}  {question}" for question, times in report.asked], top)
    _list("refused most", [f"{times:>5}  {question}" for question, times in report.refused], top)
    if not has_texts:
        say("(the log has no texts; 'tacrochat serve --log-questions' writes them)")
    faults = [f"{times:>5}  {verdict:<8} {question}" for question, verdict, times in report.faults]
    _list("wrong or missing", faults, top)
    if report.never_quoted is not None:
        never = [f"       {name}" for name in report.never_quoted]
        _list(f"documents never quoted: {len(never)} of {report.documents}", never, top)
    changed = [f"{times:>5}  {now:<8} {name}" for name, now, times in report.changed]
    _list("documents that changed since an answer from them was judged", changed, top)


def _list(title: str, lines: Sequence[str], top: int) -> None:
    from tacrochat.answering.escaping import one_line

    if lines:
        say(title)
        say("\n".join(map(one_line, _first(lines, top))))


def _first(lines: Sequence[str], top: int) -> Iterable[str]:
    yield from lines[:top]
    if len(lines) > top:
        yield f"       and {len(lines) - top} more"


VERB = Verb(
    "report",
    "Sum up what was asked, what readers said about answers, and which documents were never quoted.",
    "tacrochat report feedback.jsonl --log log.jsonl",
    _add_options,
    _run,
)
