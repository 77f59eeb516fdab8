"""A process that answers questions beside the server: ``python -m tacrochat.ui.operation.worker``.

It reads requests from standard input and writes answers to standard output, each
pickled. It ends when the server does: its standard input then ends.
"""

import os
import pickle
import sys
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from tacrochat.answering.answer import Answer
from tacrochat.answering.assistant import Assistant
from tacrochat.errors import TacrochatError
from tacrochat.library import Library, open_index
from tacrochat.settings import Settings


@dataclass(frozen=True, slots=True)
class Request:
    """A question to the generation of an index; ``options`` are those of ``Assistant.ask``.

    Without a question the index is opened, and the model loaded.
    """

    index: str
    generation: str
    settings: Settings
    question: str = ""
    options: dict[str, Any] = field(default_factory=dict)


Reply = Answer | TacrochatError | None
"""None if the question is better answered by the server itself: this process has another generation."""


class Libraries:
    """The libraries that this process has opened, by index."""

    def __init__(self) -> None:
        """Open none yet."""
        self._open: dict[str, Library] = {}

    def reply(self, request: Request) -> Reply:
        """Answer a request."""
        try:
            library = self._library(request)
            if library.manifest.generation != request.generation:
                return None
            if not request.question:
                library.pipeline.search("ready", 1)
                return None
            return Assistant(library).ask(request.question, **request.options)
        except TacrochatError as error:
            # Other classes may have fields that cannot be pickled.
            return type(error)(*error.args)

    def _library(self, request: Request) -> Library:
        library = self._open.get(request.index)
        if library is None or library.settings != request.settings:
            library = open_index(request.index, settings=request.settings)
        elif library.manifest.generation != request.generation:
            library = library.reopen()
        self._open[request.index] = library
        return library


def main() -> None:
    """Answer until standard input ends."""
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand among the replies
    serve(requests, replies)


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer each request with a reply."""
    libraries = Libraries()
    while True:
        try:
            request = pickle.load(requests)  # noqa: S301  (written by the server that started this process)
        except EOFError:
            return
        pickle.dump(libraries.reply(request), replies)
        replies.flush()


if __name__ == "__main__":
    main()
