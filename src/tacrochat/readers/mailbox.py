"""Mailboxes (.mbox): each message is read as a mail of its own (RFC 4155, with the quoting of mboxrd)."""

import re
from collections.abc import Iterator

from tacrochat.errors import ReadError

_START = re.compile(rb"^From \S*.*\d{2}:\d{2}.*$", re.MULTILINE)
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)


def messages(data: bytes, limit: int) -> Iterator[tuple[str, bytes]]:
    """List the messages of a mailbox, each with a name made of its number, and its bytes.

    Raises:
        ReadError: it holds more than ``limit`` messages; those before were listed.

    """
    data = data.replace(b"\r\n", b"\n")
    start = None
    number = 0
    for match in _START.finditer(data):
        # A line that begins like this inside a message is not preceded by an empty line.
        if match.start() and data[match.start() - 2 : match.start()] not in {b"\n\n", b"\n"}:
            continue
        if start is not None:
            number += 1
            if number > limit:
                raise ReadError(f"only its first {limit:,} messages are read; split it")
            yield f"message-{number:04}.eml", _message(data[start : match.start()])
        start = match.end() + 1
    if start is None:
        raise ReadError("it is not a mailbox; export it anew as mbox")
    if number >= limit:
        raise ReadError(f"only its first {limit:,} messages are read; split it")
    yield f"message-{number + 1:04}.eml", _message(data[start:])


def _message(data: bytes) -> bytes:
    return _ESCAPED.sub(rb"\1", data)
