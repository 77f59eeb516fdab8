"""A verb of the shell: the record, and what the verbs have in common."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tacrochat.library import Library


STOPPED = 130
"""The exit code after Ctrl+C, as of programs that it ends: 128 and the number of the signal."""


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb: its help, an example, its options, and what it does.

    ``run`` takes the parsed options and returns the exit code: 0 done, 1 a
    clear error, ``STOPPED``. Without ``has_index`` it has no option ``--index``.
    """

    name: str
    summary: str
    example: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    has_index: bool = True


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the option ``--json``."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def positive(text: str) -> int:
    """Read a number of 1 or more, as a type of ``argparse``."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def open_library(options: argparse.Namespace) -> "Library":
    """Open the index that ``--index`` names."""
    from tacrochat.library import open_index

    return open_index(options.index)


def kept(index: str) -> str:
    """Say what a build that was stopped has left for the next one; "" if it has left nothing."""
    from tacrochat.building.checkpoint import texts_kept
    from tacrochat.index.places import place_of

    folder = place_of(index).folder
    count = texts_kept(folder)
    return f"{count:,} passages and sentences that were embedded are kept in {folder}" if count else ""
