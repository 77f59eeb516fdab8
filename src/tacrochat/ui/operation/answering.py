"""Questions are answered in this process, or in others beside it, one for each core.

A process answers one question at a time: Python runs on one core, and eight
questions in a row are done sooner than eight at once.
"""

import contextlib
import logging
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

from tacrochat.answering.answer import Answer
from tacrochat.answering.assistant import Assistant
from tacrochat.errors import TacrochatError
from tacrochat.library import Library
from tacrochat.ui.operation.worker import Reply, Request

log = logging.getLogger(__name__)

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class Answerers:
    """The processes that answer, which are started when a library is open; this one if there are none."""

    def __init__(self, processes: int = 0) -> None:
        """Start no process yet."""
        self._here = threading.Lock()
        self._lock = threading.Lock()
        self._free = [_Worker() for _ in range(processes)]
        self.processes = processes
        self.at_once = max(1, processes)

    @contextlib.contextmanager
    def here(self) -> Iterator[None]:
        """Wait until no question is answered in this process."""
        with self._here:
            yield

    def prepare(self, library: Library) -> None:
        """Have the other processes open a library, so that no question waits for it."""
        with self._lock:
            free, self._free = self._free, []
        for worker in free:
            worker.send(_request(library, "", {}))
        for worker in free:
            worker.receive()
        with self._lock:
            self._free += free

    def ask(self, library: Library, question: str, options: dict[str, Any]) -> Answer:
        """Answer a question in a process that is free, the same in each; raises as ``Assistant.ask``."""
        with self._lock:
            worker = self._free.pop() if self._free else None
        if worker:
            try:
                worker.send(_request(library, question, options))
                reply = worker.receive()
            finally:
                with self._lock:
                    self._free.append(worker)
            if isinstance(reply, TacrochatError):
                raise reply
            if reply is not None:
                return reply
        with self._here:
            return Assistant(library).ask(question, **options)


def _request(library: Library, question: str, options: dict[str, Any]) -> Request:
    return Request(library.address, library.manifest.generation, library.settings, question, options)


class _Worker:
    """A process of ``worker``; it is started when it is needed, and again if it has ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def send(self, request: Request) -> None:
        """Send a request."""
        with contextlib.suppress(OSError):  # it has ended: there will be no reply
            stdin = self._running().stdin
            assert stdin
            pickle.dump(request, stdin)
            stdin.flush()

    def receive(self) -> Reply:
        """Return the reply; None if the process has ended."""
        assert self._process
        assert self._process.stdout
        try:
            reply: Reply = pickle.load(self._process.stdout)  # noqa: S301  (written by our own process)
        except (EOFError, pickle.UnpicklingError):
            self._process.kill()
            log.warning("a process that answers questions has ended (exit code %s)", self._process.wait())
            return None
        return reply

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            environment = {
                **os.environ,
                **dict.fromkeys(_THREADS, "1"),
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            }
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "tacrochat.ui.operation.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
                start_new_session=True,  # Ctrl+C is for the server, with which it ends
            )
        return self._process
