"""Read files in a separate process, so that no file can hang or crash a build or use up its memory.

The process starts with the first file and reads the next ones too. If a file
ends it (time limit, memory limit, crash of a parser), that file is skipped with
the reason, and the next file gets a new process. The answers are JSON: nothing
is unpickled.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from base64 import b64decode
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import IO, Any

from tacrochat.arrays import Box
from tacrochat.errors import ReadError
from tacrochat.readers.limits import Limits
from tacrochat.readers.parts import Part

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FileRead:
    """The SHA-256 of the bytes that were read, and the documents in them.

    ``results`` has an entry for each document: what the module of the process
    made of it, None if there is no text.
    """

    digest: str
    parts: tuple[Part, ...]
    results: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """The SHA-256 of a PDF's bytes, and a page of it as a PNG."""

    digest: str
    png: bytes


@dataclass(frozen=True, slots=True)
class PlacedBoxes:
    """The SHA-256 of a PDF's bytes, the number of its pages, and boxes on the pictures of pages.

    A box is its page, counted from 1, then left, top, right and bottom as shares
    of the picture's width and height, from its upper left corner.
    """

    digest: str
    pages: int
    places: tuple[Box, ...]


class Worker:
    """A process that reads files, and draws their pages, under limits; use it as a context manager.

    ``seconds`` limits the time per file, ``memory_mb`` the memory of the process.
    ``module`` is run: ``readers.worker``, or one that calls its ``main``.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        seconds: float = 60,
        memory_mb: int = 2_048,
        module: str = "tacrochat.readers.worker",
    ) -> None:
        self._limits = limits
        self._module = module
        self._seconds = seconds
        self._memory_mb = memory_mb
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, path: Path, *, sidecar: bool = True) -> FileRead:
        """Read one file, with the side-car beside it unless ``sidecar`` is false.

        Raises:
            ReadError: with the reason, when the file cannot be opened, is too
                large, or takes more time or memory than it may.

        """
        values = self._ask({"path": os.fspath(path), "sidecar": sidecar})
        parts = tuple(map(Part.from_dict, values["parts"]))
        _log_causes(path, parts)
        return FileRead(values["digest"], parts, tuple(values["results"]))

    def draw(self, path: Path, digest: str, page: int, width: int) -> Picture:
        """Draw a page of a PDF, counted from 1, ``width`` pixels wide; nothing if its SHA-256 is another.

        Raises:
            ReadError: as ``read``, or the file is damaged or has no such page.

        """
        values = self._ask({"path": os.fspath(path), "digest": digest, "draw": [page, width]})
        return Picture(values["digest"], b64decode(values["png"]))

    def locate(self, path: Path, digest: str, boxes: Sequence[Box]) -> PlacedBoxes:
        """Say where boxes of a PDF are on the pictures of its pages; nothing if its SHA-256 is another.

        Raises:
            ReadError: as ``draw``.

        """
        values = self._ask(
            {"path": os.fspath(path), "digest": digest, "locate": [list(box) for box in boxes]}
        )
        places = tuple((page, *edges) for page, *edges in values["places"])
        return PlacedBoxes(values["digest"], values["pages"], places)

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a request to the process and return its answer; raises as ``read``."""
        process = self._running()
        expired = threading.Event()

        def stop() -> None:
            expired.set()
            _kill(process)

        timer = threading.Timer(self._seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            values = _exchange(process, request)
        finally:
            timer.cancel()
        if values is None:
            raise ReadError(self._why_gone(process, expired=expired.is_set()))
        if values.get("last"):  # the memory limit was reached: use a new process for the next file
            self.close()
        if "error" in values:
            raise ReadError(values["error"])
        return values

    def close(self) -> None:
        """End the process; the next ``read`` starts a new one."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        try:
            process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            _kill(process)
            process.wait()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        options = {
            "limits": astuple(self._limits),
            "seconds": self._seconds,
            "memory_mb": self._memory_mb,
            "parent": os.getpid(),
        }
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "PYTHONUTF8": "1",
            "PYTHONWARNINGS": "ignore",
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
        }
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            self._command(json.dumps(options)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        return self._process

    def _command(self, options: str) -> list[str]:
        # -P: import nothing from the current folder; its files are not trusted.
        return [sys.executable, "-P", "-m", self._module, options]

    def _why_gone(self, process: "subprocess.Popen[bytes]", *, expired: bool) -> str:
        code = process.wait()
        self.close()
        if expired or code == -24:  # SIGXCPU
            return (
                f"reading it takes longer than {self._seconds:g} s; split it or remove it,"
                " or raise TACROCHAT_READER_SECONDS"
            )
        log.debug("the process that reads files ended with exit code %s", code)
        # A library that gets no more memory may crash before Python can say so.
        return (
            "the program that reads it crashed: it is damaged, or needs more memory than is allowed; save it"
            " anew or remove it, or raise TACROCHAT_READER_MEMORY_MB"
        )


def _log_causes(path: Path, parts: Iterable[Part]) -> None:
    for part in parts:
        if part.cause:
            log.debug("%s: %s (%s)", ascii(f"{path}/{part.name}".rstrip("/")), part.reason, ascii(part.cause))


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End a process, and the programs that it has started."""
    with suppress(OSError):
        if sys.platform != "win32":  # it leads a process group of its own
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _exchange(process: "subprocess.Popen[bytes]", request: dict[str, Any]) -> dict[str, Any] | None:
    """Send a request and return the answer; None if the process ended meanwhile."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
        length = _exactly(process.stdout, 8)
        body = _exactly(process.stdout, int.from_bytes(length, "big")) if length else None
    except OSError:
        return None
    if body is None:
        return None
    values: dict[str, Any] = json.loads(body)
    return values


def _exactly(stream: IO[bytes], count: int) -> bytes | None:
    data = stream.read(count)
    return data if len(data) == count else None
