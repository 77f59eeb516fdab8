"""``tacrochat ask``."""

import argparse
from typing import TYPE_CHECKING

from tacrochat.cli.printing import print_json, say, say_wrapped
from tacrochat.cli.quotes import say_labelled
from tacrochat.cli.verb import Verb, add_json, open_library, positive
from tacrochat.ranking.zones import in_words
from tacrochat.types import KINDS

if TYPE_CHECKING:
    from tacrochat.answering.answer import Answer

_LEVELS = (
    (0.8, "very likely an answer"),
    (0.6, "likely an answer"),
    (0.4, "perhaps an answer"),
    (0.0, "hardly an answer"),
)
"""What a confidence means in words, from the value on; the page uses the same words."""


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("question", metavar="QUESTION")
    parser.add_argument(
        "--history",
        metavar="Q",
        action="append",
        default=[],
        help="an earlier question (may be given several times, oldest first)",
    )
    parser.add_argument("--top", metavar="N", type=positive, help="quotes at most (default: 4)")
    parser.add_argument(
        "--document",
        metavar="PATH",
        action="append",
        help="quote only this document (may be given several times)",
    )
    parser.add_argument(
        "--kind",
        metavar="KIND",
        action="append",
        choices=KINDS,
        help="quote only this kind of source (may be given several times)",
    )
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    from tacrochat.answering.assistant import Assistant

    answer = Assistant(open_library(options)).ask(
        options.question,
        history=options.history,
        top=options.top,
        documents=options.document,
        kinds=options.kind,
    )
    if options.json:
        print_json(answer.to_dict())
    else:
        _print(answer)
    return 0


def _print(answer: "Answer") -> None:
    if answer.parts:
        _print_parts(answer)
        return
    if answer.resolved_question != answer.question:
        say_wrapped(f"Understood as: {answer.resolved_question}")
        say()
    if answer.status == "uncertain":  # the message comes last: it introduces the quotes
        say_wrapped(f"{_confidence(answer)}; {in_words('uncertain')}")
        say()
    say_wrapped(answer.message)
    for number, choice in enumerate(answer.choices, 1):
        say_wrapped(f"{number}. {choice}", indent="   ")
    if answer.status in {"answered", "not_found"}:
        say_wrapped(_confidence(answer))
    _print_quotes(answer)


def _print_parts(answer: "Answer") -> None:
    """Print each question of a message with its own confidence and quotes."""
    say_wrapped(answer.message)
    for quote in answer.direct:
        say()
        say_labelled(quote)
    for part in answer.parts:
        say()
        say_wrapped(part.question)
        say("-" * min(len(part.question), 80))
        if part.resolved_question != part.question:
            say_wrapped(f"Understood as: {part.resolved_question}")
        say_wrapped(_confidence(part))
        if part.status != "answered":
            say_wrapped(part.message)
        _print_quotes(part)


def _print_quotes(answer: "Answer") -> None:
    for quote in answer.quotes:
        say()
        say_labelled(quote, is_weak=answer.status == "uncertain")
    if answer.nearest:
        say()
        say("Nearest passages (not an answer):")
    for quote in answer.nearest:
        say()
        say_labelled(quote)


def _confidence(answer: "Answer") -> str:
    words = next(words for least, words in _LEVELS if answer.confidence >= least)
    return f"Confidence: {words} ({answer.confidence:.0%})"


VERB = Verb(
    "ask",
    "Answer a question with quotes.",
    'tacrochat ask "Can it harm the kidneys?"',
    _add_options,
    _run,
)
