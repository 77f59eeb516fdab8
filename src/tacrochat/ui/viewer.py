"""A document for the source viewer: its text in runs, each with its role.

script/viewer.js makes one node of each run and sets its text, so that document text never
becomes markup.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, TypedDict
from urllib.parse import urlsplit

from tacrochat.answering.quoting import label
from tacrochat.errors import QuestionError
from tacrochat.library import Library
from tacrochat.types import Document, Section, Span
from tacrochat.ui.formatting import language_tag

MAX_SHOWN = 120_000
"""Code points of a document shown at first; a longer one is cut around the quote."""

_MAX_HEADINGS = 400
_MAX_SPANS = 200


class Run(TypedDict):
    """A stretch of text.

    ``role`` is that of its section, or "space" between sections; ``quote`` and
    ``section`` are numbers (-1: none); ``answers`` says whether it is highlighted.
    """

    text: str
    role: str
    quote: int
    answers: bool
    section: int


class View(TypedDict):
    """What the viewer shows; an entry of ``outline`` refers to runs by their ``section``."""

    path: str
    title: str
    kind: str
    date: str | None
    language: str
    source: str | None
    url: str | None
    labels: list[str]
    runs: list[Run]
    outline: list[dict[str, Any]]
    before: int
    after: int


def view(library: Library, request: Any) -> View:
    """Return a document with ranges marked.

    ``request`` comes from the browser: ``{"document": path, "quotes": [[start,
    end], …], "marks": [[start, end], …], "current": int, "whole": bool}``.

    Raises:
        QuestionError: it has another form, or names a document or range that does not exist.

    """
    if not isinstance(request, Mapping):
        raise QuestionError("the viewer's request names no document")
    document = library.document(str(request.get("document")))
    quotes = _spans(request.get("quotes"), document)
    marks = _spans(request.get("marks"), document)
    current = request.get("current")
    center = quotes[current][0] if isinstance(current, int) and 0 <= current < len(quotes) else 0
    window = (0, len(document.text)) if request.get("whole") is True else _window(document, center)
    sections = library.sections(document.id)
    return View(
        path=document.path,
        title=document.title,
        kind=document.kind,
        date=document.date,
        language=language_tag(document.language),
        source=document.source,
        url=safe_url(document.url),
        labels=[_label(document, sections, span) for span in quotes],
        runs=list(_runs(document.text, sections, quotes, marks, window)),
        outline=_outline(document, sections, window),
        before=window[0],
        after=len(document.text) - window[1],
    )


def safe_url(url: str | None) -> str | None:
    """Return an address that is safe to link to (http or https, with a host), else None."""
    if not url:
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    is_safe = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)
    return url.strip() if is_safe and url.isprintable() else None


def _spans(raw: Any, document: Document) -> list[Span]:
    """Read ranges sent by the browser; they must lie in the document."""
    spans = []
    for pair in list(raw)[:_MAX_SPANS] if isinstance(raw, Sequence) and not isinstance(raw, str) else []:
        try:
            start, end = (int(offset) for offset in pair)
        except (TypeError, ValueError) as error:
            raise QuestionError("the viewer's request has a range that is not two numbers") from error
        if not 0 <= start < end <= len(document.text):
            raise QuestionError(f"{document.path} has no text at {start}–{end}")
        spans.append((start, end))
    return spans


def _window(document: Document, center: int) -> Span:
    size = len(document.text)
    if size <= MAX_SHOWN:
        return 0, size
    start = max(0, min(center - MAX_SHOWN // 2, size - MAX_SHOWN))
    return start, start + MAX_SHOWN


def _label(document: Document, sections: Sequence[Section], span: Span) -> str:
    heading = next((s.heading for s in sections if s.start <= span[0] < s.end), ())
    return label(document, heading, document.place(span[0]))


def _runs(
    text: str, sections: Sequence[Section], quotes: Sequence[Span], marks: Sequence[Span], window: Span
) -> Iterator[Run]:
    """Cut the window at every start and end of a section, a quote and a mark."""
    borders = {window[0], window[1]}
    for span in (*((s.start, s.end) for s in sections), *quotes, *marks):
        borders.update(offset for offset in span if window[0] < offset < window[1])
    number = 0
    for start, end in pairwise(sorted(borders)):
        while number < len(sections) and sections[number].end <= start:
            number += 1
        is_inside = number < len(sections) and sections[number].start <= start
        yield Run(
            text=text[start:end],
            role=sections[number].role if is_inside else "space",
            quote=next((i for i, (a, b) in enumerate(quotes) if a <= start < b), -1),
            answers=any(a <= start < b for a, b in marks),
            section=number if is_inside else -1,
        )


def _outline(document: Document, sections: Sequence[Section], window: Span) -> list[dict[str, Any]]:
    headings = [
        {
            "section": number,
            # Not text.heading_text: lines drawn around a title in plain text are removed as well.
            "text": " ".join(document.text[s.start : s.end].strip("#=- \t\n").split())[:160],
            "level": max(1, min(6, len(s.heading))),
        }
        for number, s in enumerate(sections)
        if s.role == "heading" and window[0] <= s.start < window[1]
    ]
    return headings[:_MAX_HEADINGS]
