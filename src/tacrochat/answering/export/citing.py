"""The documents of kept quotes as sources to cite: what a document states, and nothing else."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from tacrochat.answering.escaping import safe_url, visible
from tacrochat.answering.export.reference import Kept, References
from tacrochat.answering.export.sheet import Words
from tacrochat.types import Document

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True, slots=True)
class Source:
    """One document. Each text is on one line; None: the document does not state it.

    ``key`` is unique among the sources of one export, of ASCII letters and digits.
    ``parts`` are year, month and day as far as ``date`` states them as numbers,
    else empty. ``places`` has a line for each quote: its place, and the reader's note.
    """

    key: str
    title: str
    author: str | None
    container: str | None
    date: str | None
    parts: tuple[int, ...]
    url: str | None
    kind: str | None
    language: str | None
    places: tuple[str, ...]


def sources(kept: Sequence[Kept], references: References, words: Words | None = None) -> list[Source]:
    """Return the documents of kept quotes in the order in which they come first.

    A document that is no longer in the index is left out: nothing is known of it.
    """
    words = words or Words()
    by_path: dict[str, list[Kept]] = {}
    for each in kept:
        by_path.setdefault(each.reference.document, []).append(each)
    cited: list[Source] = []
    for path, quotes in by_path.items():
        document = references.document(path)
        if document is not None:
            key = _key(document, {source.key for source in cited})
            cited.append(_source(document, key, [_place(document, each, words) for each in quotes]))
    return cited


def _source(document: Document, key: str, places: Sequence[str]) -> Source:
    date = _line(document.date)
    match = _DATE.fullmatch(date or "")
    numbers = tuple(int(number) for number in match.groups() if number) if match else ()
    is_stated = document.kind != "unknown" and document.kind_reason is None
    return Source(
        key=key,
        title=_line(document.title) or document.path,
        author=_line(document.author),
        container=_line(document.source),
        date=date,
        parts=numbers if _is_date(numbers) else (),
        url=safe_url(document.url),
        kind=document.kind if is_stated else None,
        language=_line(document.language),
        places=tuple(places),
    )


def _is_date(numbers: Sequence[int]) -> bool:
    _, month, day = (*numbers, 1, 1, 1)[:3]
    return bool(numbers) and 1 <= month <= 12 and 1 <= day <= 31


def _place(document: Document, kept: Kept, words: Words) -> str:
    start, end = kept.reference.start, kept.reference.end
    if kept.quote is None:
        text = words.changed.format(document=document.path)
    else:
        characters = words.characters.format(start=start, end=end)
        text = f"{document.path}, {document.place(start)}, {characters}"
    note = _line(kept.note)
    return _line(text + (f". {words.note}: {note}" if note else "")) or ""


def _line(text: str | None) -> str | None:
    """Return a text on one line, whatever kind of line end it has, without control characters."""
    return visible(" ".join((text or "").split())) or None


def _key(document: Document, taken: set[str]) -> str:
    """Return the first word of the title with the year, and a number if that is taken."""
    plain = unicodedata.normalize("NFKD", document.title).encode("ascii", "ignore").decode()
    word = next(iter(re.findall(r"[A-Za-z]{3,}", plain)), "source").lower()
    match = _DATE.match(document.date or "")
    base = word + (match[1] if match else "")
    key, number = base, 1
    while key in taken:
        number += 1
        key = f"{base}n{number}"
    return key
