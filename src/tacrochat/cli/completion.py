"""``tacrochat completion``."""

import argparse
from collections.abc import Iterator, Sequence

from tacrochat.cli.verb import Verb

_SHELLS = ("bash", "zsh", "fish")
_FOLDERS = {"DIR", "FOLDER", "NAME_OR_PATH"}
_FILES = {"ANSWER.json", "QUESTIONS.jsonl", "FILE"}
"""What the help calls arguments that are folders and files."""

_SPACES = {"bash": r"\\\ ", "zsh": r"\ "}
"""A space within a choice, such as "case series", in lists whose words are separated by spaces.

Bash reads its list with quoting, and inserts a word as it is: so what it reads is quoted twice.
"""


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", metavar="SHELL", choices=_SHELLS, help=f"one of {', '.join(_SHELLS)}")


def _run(options: argparse.Namespace) -> int:
    import shtab

    parser: argparse.ArgumentParser = options.parser
    for action in _actions(parser):
        if action.metavar in _FOLDERS:
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
        elif action.metavar in _FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        if isinstance(action.choices, Sequence) and options.shell in _SPACES:
            action.choices = [str(choice).replace(" ", _SPACES[options.shell]) for choice in action.choices]
    print(shtab.complete(parser, options.shell))
    return 0


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield the arguments of a parser and of all its subcommands."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for subcommand in action.choices.values():
                yield from _actions(subcommand)


VERB = Verb(
    "completion",
    "Print a script with which a shell completes verbs, options, and the names of files.",
    "tacrochat completion bash > ~/.local/share/bash-completion/completions/tacrochat",
    _add_options,
    _run,
    has_index=False,
)
