"""References to quotes that were kept without their text, and the quotes cut again from today's documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tacrochat.answering.quoting import cut
from tacrochat.errors import QuoteError
from tacrochat.library import Library
from tacrochat.types import Document, Hit, Passage, Quote, Section, Span

DIGEST = 16
"""Hexadecimal digits of a document's digest that are kept; fewer are not accepted."""

State = Literal["unchanged", "changed", "gone"]
"""What became of a kept quote's document: the same bytes, other bytes, or not in the index."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The place of a quote: a document's path, its digest when it was quoted, and a span into its text."""

    document: str
    digest: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What the search said of a quote when it was found; see ``Hit``."""

    score: float = 0.0
    signals: Mapping[str, float] | None = None
    highlights: tuple[Span, ...] = ()
    answers: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A reference as it is today: ``quote`` is None unless ``state`` is "unchanged"."""

    reference: Reference
    state: State
    quote: Quote | None = None
    note: str = ""

    @property
    def place(self) -> tuple[str, int]:
        """Where it stands: the document's path and the start."""
        return self.reference.document, self.reference.start


class References:
    """Looks references up in a library, each document once."""

    def __init__(self, library: Library) -> None:
        """Look them up here."""
        self.library = library
        self._documents: dict[str, Document | None] = {}
        self._passages: dict[str, dict[Span, Passage]] = {}

    def look_up(self, reference: Reference, measured: Measured | None = None, note: str = "") -> Kept:
        """Cut the quote of a reference again.

        It is "changed" as well if the span lies outside the document, or a
        highlight outside the span.
        """
        document = self.document(reference.document)
        if document is None:
            return Kept(reference, "gone", note=note)
        span = (reference.start, reference.end)
        is_same = len(reference.digest) >= DIGEST and document.digest.startswith(reference.digest)
        if not is_same or not 0 <= span[0] < span[1] <= len(document.text):
            return Kept(reference, "changed", note=note)
        found = measured or Measured()
        passage = self._passage(reference.document, document, span)
        hit = Hit(passage, found.score, found.signals or {}, found.highlights, found.answers)
        try:
            quote = cut(document, hit)
        except QuoteError:
            return Kept(reference, "changed", note=note)
        return Kept(reference, "unchanged", quote, note)

    def document(self, path: str) -> Document | None:
        """Return the document at a path, None if the library has none."""
        if path not in self._documents:
            number = self.library.find_document(path)
            self._documents[path] = None if number is None else self.library.documents[number]
        return self._documents[path]

    def _passage(self, path: str, document: Document, span: Span) -> Passage:
        """Return the passage at a span, one made for it if the index has none there.

        A passage with the same text in another document may be indexed there only.
        """
        if path not in self._passages:
            repeated = [passage for passage, _ in self.library.repeated(document.id)]
            both = (*repeated, *self.library.passages_of(document.id))
            self._passages[path] = {(p.start, p.end): p for p in both}
        passage = self._passages[path].get(span)
        if passage is not None:
            return passage
        heading = _heading(self.library.sections(document.id), span[0])
        return Passage(-1, document.id, heading, *span, document.text[slice(*span)])


def _heading(sections: Sequence[Section], offset: int) -> tuple[str, ...]:
    return next((s.heading for s in sections if s.start <= offset < s.end), ())
