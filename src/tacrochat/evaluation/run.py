"""Ask an assistant every question of a labelled set, and measure the answers."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tacrochat.answering.assistant import Assistant
from tacrochat.building.build import build
from tacrochat.evaluation.metrics import Figures, Result
from tacrochat.evaluation.questions import Question, read_set
from tacrochat.library import Library, open_index


def evaluate_file(questions: Path, *, corpus: str | Path | None, index: str | Path | None) -> Figures:
    """Measure a labelled set on an index, or on a corpus that is indexed first."""
    labelled, unlabelled = read_set(questions)
    if corpus is None:
        return evaluate(open_index(index or "index"), labelled, unlabelled)
    if index is not None:
        return evaluate(build(corpus, index), labelled, unlabelled)
    with tempfile.TemporaryDirectory(prefix="tacrochat-eval-") as folder:
        return evaluate(build(corpus, folder), labelled, unlabelled)


def evaluate(library: Library, questions: Sequence[Question], unlabelled: int = 0) -> Figures:
    """Ask every question and compute the figures; ``unlabelled`` is the number of those left out."""
    return Figures.of(library, results(library, questions), unlabelled)


def results(library: Library, questions: Sequence[Question]) -> list[Result]:
    """Ask every question. The first is asked twice, so that loading the model is not timed."""
    assistant = Assistant(library)
    assistant.ask(questions[0].text, history=questions[0].history)
    answered = []
    for question in questions:
        began = time.perf_counter()
        answer = assistant.ask(question.text, history=question.history)
        took = 1000 * (time.perf_counter() - began)
        shown = answer.quotes or answer.nearest
        rank = next((i for i, quote in enumerate(shown, 1) if question.is_right(quote)), None)
        answered.append(Result(question, answer, rank, took))
    return answered
