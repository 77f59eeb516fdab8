"""A build beside questions: at a lower priority, and with pauses while questions are answered."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tacrochat.ui.operation.fair_queue import FairQueue

T = TypeVar("T")

_MAX_CREDIT = 10.0  # seconds
_NICE = 10  # a tenth of a core where questions want it all


class Pauses:
    """Lets questions go before a build: it waits between its steps.

    It waits no longer than it has worked, so that it takes twice as long at most, however much is asked.
    """

    def __init__(self, queue: FairQueue) -> None:
        """Look at this queue."""
        self._queue = queue
        self._credit, self._since = _MAX_CREDIT, time.monotonic()

    def wait(self) -> None:
        """Wait while questions are answered; called by the build after each step."""
        began = time.monotonic()
        credit = min(_MAX_CREDIT, self._credit + began - self._since)
        self._queue.wait_until_empty(credit)
        self._since = time.monotonic()
        self._credit = credit - (self._since - began)


def in_background(work: Callable[[], T]) -> T:
    """Run something in a thread of its own, with a lower priority where the system has one for threads."""
    with ThreadPoolExecutor(1, "tacrochat-build", initializer=_lower_priority) as thread:
        return thread.submit(work).result()


def _lower_priority() -> None:
    if hasattr(os, "setpriority"):  # Linux takes the id of a thread; a process could not raise it again
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
