"""The records that flow from a file to an answer, frozen and slotted.

``file → Document → Section → Passage → Hit → Quote → Answer``

Offsets are half-open ranges of code points into ``Document.text``.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol, TypeAlias, get_args

Span: TypeAlias = tuple[int, int]
"""``(start, end)``, half-open, in code points."""

Role = Literal["body", "list", "table", "row", "navigation", "heading", "metadata"]
"""What a stretch of a document is; body, list, table and row are quoted.

A row is one record with its column names, and a passage of its own.
"""

QUOTABLE: frozenset[Role] = frozenset({"body", "list", "table", "row"})

Kind = Literal[
    "prescribing information",
    "trial",
    "case series",
    "guideline",
    "review",
    "patient leaflet",
    "consumer page",
    "promotion",
    "unknown",
]
"""What kind of evidence a document is."""

KINDS: tuple[Kind, ...] = get_args(Kind)
ROLES: tuple[Role, ...] = get_args(Role)

Status = Literal["answered", "uncertain", "not_found", "conversation"]
"""What an answer is: "uncertain" has quotes that may not answer, a question back is a "conversation"."""


@dataclass(frozen=True, slots=True)
class Document:
    """One file's text, extracted once and never edited.

    ``path`` is relative to the corpus folder. ``pages`` holds the offset at which
    each page starts (empty if the format has none), ``places`` the offsets where
    another named part starts, such as "row 12" or "slide 3". ``digest`` is the
    SHA-256 of the file's bytes; for a document inside an archive or a mail
    (``container``), that of the containing file. ``kind_reason`` says why ``kind``
    was guessed, None if it was given.
    """

    id: int
    path: str
    title: str
    text: str
    digest: str
    kind: Kind = "unknown"
    source: str | None = None
    url: str | None = None
    date: str | None = None
    pages: tuple[int, ...] = ()
    places: tuple[tuple[int, str], ...] = ()
    author: str | None = None
    language: str | None = None
    kind_reason: str | None = None
    container: str | None = None

    @property
    def file(self) -> str:
        """The path of the file that holds the document, below the corpus folder."""
        return self.container or self.path

    def to_dict(self) -> dict[str, Any]:
        """Return path, title, kind, source, url and date as plain values for JSON."""
        return {name: getattr(self, name) for name in ("path", "title", "kind", "source", "url", "date")}

    def line(self, offset: int) -> int:
        """Return the 1-based line of an offset."""
        return self.text.count("\n", 0, offset) + 1

    def page(self, offset: int) -> int | None:
        """Return the 1-based page of an offset, None where there are no pages."""
        return bisect_right(self.pages, offset) if self.pages else None

    def place(self, offset: int) -> str:
        """Return the place of an offset as a label shows it: its page, row or slide, or else its line.

        A page may have a name beside its number, such as how it was read.
        """
        index = bisect_right(self.places, offset, key=lambda place: place[0]) - 1
        name = self.places[index][1] if index >= 0 else ""
        if self.pages:
            return f"page {self.page(offset)}, {name}" if name else f"page {self.page(offset)}"
        return name or f"line {self.line(offset)}"


COLUMNS_LEVEL = 99
"""The level of a heading that names the columns of a table, and of the rows below it."""


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of extracted text with one role, as a reader returns it.

    ``level`` is the depth of a heading (1 is the top), 0 for everything else, but for
    ``COLUMNS_LEVEL``: a heading of this level holds the names of the columns of the
    table blocks of this level below it, and of nothing else;
    ``reason`` says why a block was set aside as navigation.
    """

    start: int
    end: int
    role: Role
    level: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Extract:
    """What a reader extracts from one file.

    The blocks are in order, do not overlap, and leave out nothing but white
    space. ``metadata`` may have the keys title, kind, source, url, date, author
    and language. ``notes`` says what could
    not be read, for the build's report. ``pages`` and ``places``: see ``Document``.
    ``boxes`` is ``CharacterBoxes.packed()`` of the text, empty if the format has no pages.
    ``lasting`` is false if the same bytes may give more text at another time, as
    after a program is installed.
    """

    text: str
    blocks: tuple[Block, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)
    pages: tuple[int, ...] = ()
    places: tuple[tuple[int, str], ...] = ()
    notes: tuple[str, ...] = ()
    boxes: bytes = b""
    lasting: bool = True


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a document with one role under one heading path.

    ``reason`` says why it was set aside, empty where it was not.
    """

    document_id: int
    heading: tuple[str, ...]
    start: int
    end: int
    role: Role
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Copy:
    """Another document with the same text as a passage; ``label`` is its path and the place in it."""

    document: str
    label: str

    @classmethod
    def of(cls, document: Document, start: int) -> "Copy":
        """Return the copy that starts at an offset of a document."""
        return cls(document.path, f"{' '.join(document.path.split())}, {document.place(start)}")


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph-sized piece of a section; ``id`` is its row in every index.

    ``document.text[start:end] == text``. ``sentences`` are spans into the
    document, inside ``[start, end)``. ``copies`` are other documents with the
    same text, which is indexed only here.
    """

    id: int
    document_id: int
    heading: tuple[str, ...]
    start: int
    end: int
    text: str
    role: Role = "body"
    sentences: tuple[Span, ...] = ()
    copies: tuple[Copy, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search returned.

    ``score`` is in log-odds, comparable within one query only. ``signals`` maps
    the name of each signal to its value. ``sentences`` are the spans most likely
    to hold the answer, best first; empty if none is likely enough. ``answers``
    are the words in them that answer, empty if the reader is not sure.
    """

    passage: Passage
    score: float
    signals: Mapping[str, float] = field(default_factory=dict)
    sentences: tuple[Span, ...] = ()
    answers: tuple[Span, ...] = ()


_PLAIN = ("text", "label", "document", "title", "kind", "kind_reason", "source", "url", "date")
"""The fields of a quote that are in its JSON object as they are."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A stretch of a document, cut by offset; made only by ``answering.quoting.cut``.

    ``text == document_text[start:end]``. ``highlights`` are the sentences that
    answer, ``answers`` the words in them that do, empty if the reader is not sure;
    both are spans into the document. ``label`` names title, headings and
    place; ``also`` are the labels of other documents with the same text.
    ``document`` is the path below the corpus folder. ``score`` and ``signals``
    are those of the ``Hit``. ``kind_reason`` says why ``kind`` was guessed, None
    if it was given. ``language`` is that of the document, None if it states none.
    """

    document_id: int
    start: int
    end: int
    text: str
    label: str
    highlights: tuple[Span, ...]
    document: str
    title: str
    kind: Kind
    source: str | None
    url: str | None
    date: str | None
    heading: tuple[str, ...]
    page: int | None
    line: int
    score: float
    signals: Mapping[str, float]
    also: tuple[str, ...] = ()
    kind_reason: str | None = None
    answers: tuple[Span, ...] = ()
    language: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the quote as the JSON object of the contract."""
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "heading": list(self.heading),
            **{name: getattr(self, name) for name in ("page", "line", "start", "end")},
            "highlights": [list(span) for span in self.highlights],
            "answers": [list(span) for span in self.answers],
            "score": round(self.score, 6),
            "signals": {name: round(value, 4) for name, value in self.signals.items()},
            "also": list(self.also),
        }


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that a build left out, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did.

    ``added``, ``changed`` and ``removed`` count documents. ``skipped`` are the
    files that were left out. ``seconds`` is the duration of the whole build.
    """

    documents: int
    passages: int
    added: int
    changed: int
    removed: int
    skipped: tuple[Skipped, ...]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return the report as the JSON object of the contract."""
        skipped = [asdict(skipped) for skipped in self.skipped]
        return asdict(self) | {"skipped": skipped, "seconds": round(self.seconds, 3)}


class Progress(Protocol):
    """A function that is called as a build proceeds."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Receive that ``done`` of ``total`` steps of a stage are finished.

        The stages of a build are "reading" (files), "passages" and "sentences".
        """
