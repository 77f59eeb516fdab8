"""The process that reads files: ``python -m tacrochat.readers.worker``; see ``isolation``.

It reads one line of JSON per request from its standard input. Each answer is eight
bytes with the length (big-endian), then JSON of that length. A request is to read a
file, or about the pictures of its pages (``pictures``). Another package can
have more done with what was read, in the same process and under the same limits:
its module calls ``main`` with a function.
"""

import hashlib
import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tacrochat.errors import ReadError
from tacrochat.readers import programs
from tacrochat.readers.limits import Limits, read_bytes
from tacrochat.readers.parts import Part, parts_of
from tacrochat.readers.pictures import answer
from tacrochat.readers.sidecars import Sidecar, read_sidecar
from tacrochat.types import Extract


def main(work: Callable[[str, Extract], Any] | None = None) -> None:
    """Serve requests until the input ends.

    ``work`` is called with the path and the extract of each document; what it
    returns, plain values for JSON, becomes its entry in ``FileRead.results``.
    """
    options = json.loads(sys.argv[1])
    # What a parser prints must not mix with the answers: send it to standard error.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    limits = Limits(*options["limits"])
    _limit_memory(options["memory_mb"])
    _end_with_parent(options["parent"])
    for line in _requests():
        _limit_seconds(options["seconds"])
        try:
            request = json.loads(line)
            path = Path(request["path"])
            if "sidecar" in request:
                values = _answer(path, limits, work, sidecar=request["sidecar"])
            else:
                values = answer(path, request, limits)
            body = json.dumps(values).encode()
        except MemoryError:
            reason = (
                f"reading it needs more than {options['memory_mb']:,} MB of memory; split it,"
                " or raise TACROCHAT_READER_MEMORY_MB"
            )
            body = json.dumps({"error": reason, "last": True}).encode()
        answers.write(len(body).to_bytes(8, "big") + body)
        answers.flush()


def _requests() -> Iterator[bytes]:
    """Yield the lines of standard input; when it ends, this process ends, even in the middle of a file.

    The input ends when the parent closes it, or is gone.
    """
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def receive() -> None:
        for line in sys.stdin.buffer:
            lines.put(line)
        os._exit(0)

    threading.Thread(target=receive, daemon=True).start()
    while True:
        yield lines.get()


def _end_with_parent(parent: int) -> None:
    """Let Linux kill this process when its parent ends.

    Needed beside the end of the input: a parser in C may hold up all threads of
    this process, and a fork of the parent may keep the input open.
    """
    if sys.platform != "linux":
        return
    programs.end_with_parent()
    if os.getppid() != parent:  # it ended before the call
        os._exit(0)


def _answer(
    path: Path, limits: Limits, work: Callable[[str, Extract], Any] | None, *, sidecar: bool
) -> dict[str, Any]:
    try:
        data = read_bytes(path, limits)
    except ReadError as error:
        return {"error": str(error)}
    own = read_sidecar(path) if sidecar else Sidecar()
    bounded = _bounded(parts_of(path.name, data, limits), limits)
    parts = [part.described(own, is_own=not part.name) for part in bounded]
    results = [
        work(str(path / part.name) if part.name else str(path), part.extract)
        if work and part.extract
        else None
        for part in parts
    ]
    digest = hashlib.sha256(data).hexdigest()
    return {"digest": digest, "parts": [part.to_dict() for part in parts], "results": results}


def _bounded(parts: Iterator[Part], limits: Limits) -> Iterator[Part]:
    """Leave out the texts that are too long, each alone or all those before it together."""
    total = 0
    for part in parts:
        size = len(part.extract.text) if part.extract else 0
        reason = ""
        if size > limits.text_chars:
            reason = (
                f"its text has {size:,} characters, over the limit of {limits.text_chars:,}; split it,"
                " or raise TACROCHAT_MAX_TEXT_CHARS"
            )
        elif size and total + size > limits.file_text_chars:
            reason = (
                f"the texts before it in this file have {total:,} characters, the limit for all is"
                f" {limits.file_text_chars:,}; split the file, or raise TACROCHAT_MAX_FILE_TEXT_CHARS"
            )
        if reason:
            yield Part(part.name, None, reason)
        else:
            total += size
            yield part


def _limit_memory(megabytes: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    for name, value in (("RLIMIT_AS", megabytes * 1_000_000), ("RLIMIT_CORE", 0)):
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (ValueError, OSError, AttributeError):  # a stricter limit is set already
            continue


def _limit_seconds(seconds: float) -> None:
    """Limit processor time too, so that this process ends even if its parent is gone."""
    try:
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime + seconds) + 2
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        if hard == resource.RLIM_INFINITY or soft < hard:
            resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
    except (ImportError, ValueError, OSError):
        return


if __name__ == "__main__":
    main()
