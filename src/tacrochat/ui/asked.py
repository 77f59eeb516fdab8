"""How a library is asked: when it is the caller's turn, in a process that is free."""

import contextlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import partial
from typing import Any

from tacrochat.answering.answer import Answer
from tacrochat.errors import TacrochatError
from tacrochat.library import Library
from tacrochat.ui.caller import caller
from tacrochat.ui.operation.background import Pauses, in_background
from tacrochat.ui.operation.operation import Operation, Question
from tacrochat.ui.state import Announced, Cancelled, Phase

log = logging.getLogger(__name__)

_NO_INDEX = "the build was cancelled before there was an index; refresh the index to build it"


class Asked(Announced, ABC):
    """A library that people ask, one of a server's. ``operation`` is what these share."""

    def __init__(self, name: str, operation: Operation | None) -> None:
        """Name the library, "" where it is the only one."""
        super().__init__()
        self.name = name
        self._operation = operation or Operation()
        self._pauses = Pauses(self._operation.queue)

    @property
    @abstractmethod
    def library(self) -> Library | None:
        """The library in use, None before it is open."""

    @abstractmethod
    def wait(self) -> Library:
        """Return the library as soon as it is open, of the index as it is now; raises TacrochatError."""

    @contextlib.contextmanager
    def asking(self) -> Iterator[Library]:
        """Wait until it is this caller's turn to ask; yields the library to ask, of the index as it is now.

        Raises:
            TacrochatError: the library cannot be opened, or the server is busy.

        """
        library = self.wait()
        with self._operation.queue.turn(caller().sender), self._operation.answerers.here():
            yield library

    def ask(self, question: str, **options: Any) -> tuple[Answer, Library]:
        """Answer a question when it is the caller's turn; returns the library, too, that was asked.

        ``options`` are those of ``Assistant.ask``.

        Raises:
            TacrochatError: as ``Assistant.ask``; the library cannot be opened, or the server is busy.

        """
        library, who, operation = self.wait(), caller(), self._operation
        noted = Question(self.name, question, who.name, who.request_id)
        with operation.asked(noted), operation.queue.turn(who.sender):
            noted.answer = operation.answerers.ask(library, question, options)
        return noted.answer, library

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing is asked and nothing is built: time for what can wait."""
        return self._operation.queue.running == 0 and self.state.phase == "ready"

    def _prepare(self, library: Library) -> None:
        """Load the model, so that no question waits for it."""
        load, answerers = partial(library.pipeline.search, "ready", 1), self._operation.answerers
        # If other processes answer, the model's threads here are for builds.
        in_background(load) if answerers.processes else load()
        answerers.prepare(library)

    @contextlib.contextmanager
    def _reporting(self) -> Iterator[None]:
        """Turn any error into a state that the page shows."""
        try:
            yield
        except Cancelled:
            self._fail("" if self.library else _NO_INDEX, is_cancelled=True)
        except TacrochatError as error:
            self._fail(str(error))
        except Exception as error:
            log.exception("the library cannot be opened or built")
            self._fail(f"{type(error).__name__}: {error}")

    def _fail(self, message: str, *, is_cancelled: bool = False) -> None:
        # If a refresh fails or is cancelled, the previous library stays in use.
        is_answering = self._state.phase == "building" and self.library is not None
        phase: Phase = "ready" if is_answering else "failed"
        self._update(
            phase=phase, error=message, stage="", share=0.0, seconds_left=None, is_cancelled=is_cancelled
        )
