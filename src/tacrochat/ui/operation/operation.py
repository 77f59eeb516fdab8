"""What one server shares: its fair queue, metrics and log, and the state of its libraries."""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tacrochat.answering.answer import Answer
from tacrochat.ui.operation.answering import Answerers
from tacrochat.ui.operation.fair_queue import FairQueue
from tacrochat.ui.operation.metrics import LibraryState, Metrics
from tacrochat.ui.operation.request_log import RequestLog

OBSERVATION_KEY = "tacrochat.observation"
"""The key of an ASGI scope for the ``Observation`` of a request."""


@dataclass(slots=True)
class Observation:
    """What the layers behind find out about a request, for its line in the log."""

    id: str
    person: str = ""


@dataclass(slots=True)
class Question:
    """A question that is being answered: who asks it, in which request; ``answer`` is filled in."""

    library: str
    text: str
    person: str = ""
    request_id: str = ""
    answer: Answer | None = None


@dataclass(slots=True)
class Operation:
    """The parts that all libraries of a server share."""

    log: RequestLog = field(default_factory=RequestLog)
    answerers: Answerers = field(default_factory=Answerers)
    libraries: Callable[[], Iterable[LibraryState]] = lambda: ()
    queue: FairQueue = field(init=False)
    metrics: Metrics = field(init=False)

    def __post_init__(self) -> None:
        """Make the queue and the metrics, which look at each other."""
        self.metrics = Metrics(
            lambda: list(self.libraries()),  # they may be given later
            lambda: (self.queue.waiting, self.queue.running),
        )
        self.queue = FairQueue(self.answerers.at_once, refused=self.metrics.refuse)

    @contextlib.contextmanager
    def asked(self, question: Question) -> Iterator[Question]:
        """Note how a question was answered: in the metrics, and in the log."""
        began = time.perf_counter()
        try:
            yield question
        finally:
            seconds, answer = time.perf_counter() - began, question.answer
            status = answer.status if answer else "error"
            self.metrics.ask(question.library, status, seconds)
            if self.log.is_on:
                values: dict[str, Any] = {"question": question.text} if self.log.with_questions else {}
                if answer:
                    values |= {"confidence": round(answer.confidence, 3), "quotes": len(answer.quotes)}
                if answer and self.log.with_questions:
                    values["documents"] = list(dict.fromkeys(quote.document for quote in answer.quotes))
                self.log.write(
                    "ask",
                    id=question.request_id,
                    person=question.person,
                    library=question.library,
                    status=status,
                    milliseconds=round(1000 * seconds, 1),
                    **values,
                )

    def health(self) -> str:
        """Return ``ok`` once every library answers, else ``starting``, or ``failed`` if one cannot open."""
        missing = {library.phase for library in self.libraries() if not library.has_library}
        return "failed" if "failed" in missing else "starting" if missing else "ok"
