"""``tacrochat doctor``."""

import argparse
import os
from collections.abc import Iterator
from functools import partial

from tacrochat.cli.diagnosis import library, machine, python
from tacrochat.cli.diagnosis.finding import Check, Finding, run
from tacrochat.cli.printing import complain, print_json, say_wrapped
from tacrochat.cli.verb import Verb, add_json

_INDENT = " " * 26


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    findings = []
    for name, check in _checks(options.index):
        for finding in run(name, check):
            findings.append(finding)
            if not options.json:
                _print(finding)
    problems = sum(finding.status == "problem" for finding in findings)
    if options.json:
        keys = ("name", "status", "found", "advice")
        print_json({"ok": not problems, "findings": [{k: getattr(f, k) for k in keys} for f in findings]})
    if problems:
        complain(f"{problems} problem{'' if problems == 1 else 's'} found")
    return 1 if problems else 0


def _checks(index: str) -> Iterator[tuple[str, Check]]:
    """Yield the checks with their names, in the order of the report."""
    yield "python", python.python
    yield "packages", python.packages
    yield "libraries", python.libraries
    yield "settings", library.settings
    yield "model", partial(library.model, _model())
    yield "processor", machine.processor
    yield "memory", machine.memory
    yield "index", partial(library.index, index)
    yield "index folder", partial(_index_folder, index)
    yield "cache folder", _cache_folder
    yield "temporary folder", machine.temporary_folder
    yield "scans", machine.ocr
    yield "old Office files", machine.office
    yield "port", machine.port


def _model() -> str:
    """Name the model that a new index is made with."""
    from tacrochat.settings import DEFAULT_MODEL

    return os.environ.get("TACROCHAT_MODEL", "").strip() or DEFAULT_MODEL


def _index_folder(index: str) -> Iterator[Finding]:
    from tacrochat.index.places import place_of

    place = place_of(index)
    must = not place.exists()  # what is there can be asked, and not refreshed
    advice = "give permission to write it, or another --index"
    yield from machine.folder("index folder", place.folder, must_be_written=must, advice=advice)


def _cache_folder() -> Iterator[Finding]:
    from tacrochat.index.user_folders import cache_folder

    advice = "set XDG_CACHE_HOME to a folder that can be written"
    yield from machine.folder("cache folder", cache_folder(), must_be_written=True, advice=advice)


def _print(finding: Finding) -> None:
    from tacrochat.answering.escaping import one_line

    say_wrapped(f"{finding.status:<8} {finding.name:<17}{one_line(finding.found)}", _INDENT)
    if finding.advice:
        say_wrapped(f"{_INDENT}→ {one_line(finding.advice)}", _INDENT + "  ")


VERB = Verb(
    "doctor",
    "Check Python, packages, model, machine and index, and say what to do.",
    "tacrochat doctor",
    _add_options,
    _run,
)
