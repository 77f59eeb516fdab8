"""What the cards of an answer need to know beside the answer."""

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tacrochat.types import Quote
from tacrochat.ui.wording import Language, say


@dataclass(frozen=True, slots=True)
class Searched:
    """How many documents were searched, and the titles of those that were and those that were not.

    Both lists may be shorter than what they stand for: ``left_out`` is the number of
    documents that were not searched.
    """

    count: int = 0
    left_out: int = 0
    titles: Sequence[str] = ()
    titles_left_out: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The library of cards that are shown on another page: its title, and where a quote is on its own."""

    title: str
    address: Callable[[Quote], str]


@dataclass(frozen=True, slots=True)
class Context:
    """What is shown with an answer.

    ``digests`` holds the digest of each quoted document by path, ``people`` how many
    people were studied, in the document's words, by path and start of the quote, and
    ``tries`` are words of the documents, each with the question to try.
    ``elsewhere`` is None on the library's own page, which opens sources beside the conversation.
    """

    digests: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[tuple[str, int], str] = field(default_factory=dict)
    tries: Sequence[tuple[str, str]] = ()
    searched: Searched = Searched()
    elsewhere: Elsewhere | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """The language of a card, the number of documents in the index, and the context of the answer."""

    language: Language
    documents: int
    context: Context

    def text(self, key: str, **values: Any) -> str:
        """Return a text of the page, escaped."""
        return html.escape(say(self.language, key, **values))
