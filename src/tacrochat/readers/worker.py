"""The process that reads files: ``python -m tacrochat.readers.worker``; see ``isolation``.

It reads one line of JSON per file from its standard input. Each answer is eight
bytes with the length (big-endian), then JSON of that length.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from tacrochat.errors import ReadError
from tacrochat.readers.limits import Limits, read_bytes
from tacrochat.readers.metadata import MAX_BYTES, SIDECAR, parse_fields
from tacrochat.readers.parts import Part, parts_of


def main() -> None:
    """Serve requests until the input ends."""
    options = json.loads(sys.argv[1])
    # What a parser prints must not mix with the answers: send it to standard error.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    limits = Limits(*options["limits"])
    _limit_memory(options["memory_mb"])
    for line in sys.stdin.buffer:
        _limit_seconds(options["seconds"])
        try:
            request = json.loads(line)
            values = _answer(Path(request["path"]), limits, sidecar=request["sidecar"])
            body = json.dumps(values).encode()
        except MemoryError:
            reason = (
                f"reading it needs more than {options['memory_mb']:,} MB of memory; split it,"
                " or raise TACROCHAT_READER_MEMORY_MB"
            )
            body = json.dumps({"error": reason, "last": True}).encode()
        answers.write(len(body).to_bytes(8, "big") + body)
        answers.flush()


def _answer(path: Path, limits: Limits, *, sidecar: bool) -> dict[str, Any]:
    try:
        data = read_bytes(path, limits)
    except ReadError as error:
        return {"error": str(error)}
    given, note = _sidecar(path) if sidecar else ({}, "")
    bounded = _bounded(parts_of(path.name, data, limits), limits)
    parts = [_with_sidecar(part, given, note) for part in bounded]
    return {"digest": hashlib.sha256(data).hexdigest(), "parts": [part.to_dict() for part in parts]}


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


def _sidecar(path: Path) -> tuple[dict[str, str], str]:
    """Read NAME.meta.yaml beside a file; returns its fields, and a note if it cannot be used."""
    sidecar = path.with_name(path.name + SIDECAR)
    try:
        if sidecar.stat().st_size > MAX_BYTES:
            return {}, f"its side-car {sidecar.name} is too large and was not used"
        fields = parse_fields(sidecar.read_text("utf-8-sig"))
    except ValueError:  # not UTF-8
        fields = None
    except OSError:  # there is none, or the name is too long
        return {}, ""
    if fields is None:
        return {}, f"its side-car {sidecar.name} is no YAML mapping and was not used; correct it"
    return fields, ""


def _with_sidecar(part: Part, given: dict[str, str], note: str) -> Part:
    """Let the side-car's fields replace the format's; its title is not for members of an archive."""
    if part.extract is None or not (given or note):
        return part
    fields = {name: value for name, value in given.items() if name != "title" or not part.name}
    extract = part.extract
    notes = (*extract.notes, note) if note else extract.notes
    return replace(part, extract=replace(extract, metadata={**extract.metadata, **fields}, notes=notes))


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
