"""A document for the source viewer: the pictures of its pages, as it reads, or its exact text.

script/viewer.js makes nodes of what this returns and sets their text, so that document text
never becomes markup.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, TypedDict
from urllib.parse import urlencode

from tacrochat.answering.escaping import safe_url
from tacrochat.answering.quoting import label
from tacrochat.errors import QuestionError
from tacrochat.library import Library
from tacrochat.readers.pictures import has_pages
from tacrochat.types import Document, Section, Span
from tacrochat.ui import links
from tacrochat.ui.formatting import language_tag
from tacrochat.ui.originals import Originals, OriginalUnavailable
from tacrochat.ui.page_boxes import Drawn, Marked, drawn
from tacrochat.ui.reading_view import Block, Marks, ReadingView

MAX_SHOWN = 120_000
"""Code points of a document shown at first; a longer one is cut around the quote."""

_MAX_HEADINGS = 400
_MAX_SPANS = 200
_MAX_COPIED = 50_000  # characters of a quote that can be copied


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


class View(TypedDict, total=False):
    """What the viewer shows; an entry of ``outline`` refers to sections by their number, and has its page.

    ``mode`` says which of ``boxes``, ``blocks`` and ``runs`` is there. ``notice`` names the text
    that says why a PDF is not shown as pictures, ``remark`` the one about the link that was
    followed; both may be "". Without a document there is only a remark. ``texts`` are the
    quotes, ``links`` the links to them, ``page`` is that of the current one. ``file`` is the
    query for the download, None if there is none.
    """

    path: str
    digest: str
    title: str
    kind: str
    date: str | None
    language: str
    source: str | None
    url: str | None
    labels: list[str]
    texts: list[str]
    links: list[str]
    file: str | None
    quotes: list[Span]
    marks: list[Span]
    current: int
    outline: list[dict[str, Any]]
    remark: links.Remark
    notice: str
    mode: Literal["pages", "reading", "exact"]
    has_pages: bool
    pages: int
    page: int
    boxes: list[Drawn]
    blocks: list[Block]
    runs: list[Run]
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A document, its quotes and what answers in them; ``current`` is the index of a quote, -1 for none."""

    document: Document
    quotes: list[Span]
    marks: list[Span]
    current: int
    remark: links.Remark = ""


def view(library: Library, originals: Originals, request: Any) -> View:
    """Return a document with ranges marked.

    ``request`` comes from the browser: ``{"document": path, "quotes": [[start,
    end], …], "marks": [[start, end], …], "current": int, "whole": bool, "exact":
    bool, "digest": of the document that was quoted, or null}``, or ``{"link": fields,
    "exact": bool}``, see ``links.follow``. ``exact`` asks for the exact text.

    Raises:
        QuestionError: it has another form, or names a document or range that does not exist.

    """
    if not isinstance(request, Mapping):
        raise QuestionError("the viewer's request names no document")
    if "link" in request:
        target = links.follow(library, request["link"])
        if target.document is None:
            return View(remark=target.remark)
        quotes = [target.span] if target.span else []
        wanted = _Wanted(target.document, quotes, quotes, len(quotes) - 1, target.remark)
    else:
        wanted = _named(library, request)
    sections = library.sections(wanted.document.id)
    shown = _described(wanted, sections)
    notice = ""
    if has_pages(wanted.document.path) and request.get("exact") is not True:
        try:
            return shown | _pages(library, originals, wanted, sections)
        except OriginalUnavailable as error:
            notice = f"original_{error.reason}"
    is_exact = request.get("exact") is True or bool(notice)
    return shown | _text(
        wanted, sections, is_exact=is_exact, whole=request.get("whole") is True, notice=notice
    )


def _named(library: Library, request: Mapping[str, Any]) -> _Wanted:
    """Read a request that names a document and ranges; raises as ``view``."""
    document = library.document(str(request.get("document")))
    digest = request.get("digest")
    if digest is not None and not document.digest.startswith(str(digest)):
        return _Wanted(document, [], [], -1, "link_changed")
    quotes, marks = _spans(request.get("quotes"), document), _spans(request.get("marks"), document)
    current = request.get("current")
    is_valid = isinstance(current, int) and 0 <= current < len(quotes)
    return _Wanted(document, quotes, marks, current if is_valid and isinstance(current, int) else -1)


def _described(wanted: _Wanted, sections: Sequence[Section]) -> View:
    document = wanted.document
    return View(
        path=document.path,
        digest=document.digest,
        title=document.title,
        kind=document.kind,
        date=document.date,
        language=language_tag(document.language),
        source=document.source,
        url=safe_url(document.url),
        labels=[_label(document, sections, span) for span in wanted.quotes],
        texts=[document.text[start : min(end, start + _MAX_COPIED)] for start, end in wanted.quotes],
        links=[links.link(document, span) for span in wanted.quotes],
        file=query(document) if document.container is None else None,
        quotes=wanted.quotes,
        marks=wanted.marks,
        current=wanted.current,
        has_pages=has_pages(document.path),
        remark=wanted.remark,
    )


def query(document: Document) -> str:
    """Return the query of the routes that send a document's file or a page of it."""
    return urlencode({"document": document.path, "digest": document.digest})


def _pages(library: Library, originals: Originals, wanted: _Wanted, sections: Sequence[Section]) -> View:
    """Show the pages with the quotes boxed; raises OriginalUnavailable."""
    document = wanted.document
    marked = [Marked(number, answers=False, span=span) for number, span in enumerate(wanted.quotes)]
    marked += [Marked(_quote_at(span[0], wanted.quotes), answers=True, span=span) for span in wanted.marks]
    pages, boxes = drawn(library, originals, document, marked)
    start = wanted.quotes[wanted.current][0] if wanted.current >= 0 else 0
    return View(
        mode="pages",
        notice="",
        pages=pages,
        page=document.page(start) or 1,
        boxes=boxes,
        outline=_outline(document, sections, (0, len(document.text))),
        before=0,
        after=0,
    )


def _text(wanted: _Wanted, sections: Sequence[Section], *, is_exact: bool, whole: bool, notice: str) -> View:
    """Show the text, exactly or as it reads."""
    document, quotes, marks = wanted.document, wanted.quotes, wanted.marks
    center = quotes[wanted.current][0] if wanted.current >= 0 else 0
    window = (0, len(document.text)) if whole else _window(document, center)
    shown = View(
        notice=notice,
        outline=_outline(document, sections, window),
        before=window[0],
        after=len(document.text) - window[1],
    )
    if is_exact:
        return shown | View(mode="exact", runs=list(_runs(document.text, sections, quotes, marks, window)))
    reading = ReadingView(document, sections, Marks(quotes, marks))
    return shown | View(mode="reading", blocks=reading.blocks(window))


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
            quote=_quote_at(start, quotes),
            answers=any(a <= start < b for a, b in marks),
            section=number if is_inside else -1,
        )


def _quote_at(offset: int, quotes: Sequence[Span]) -> int:
    return next((number for number, (start, end) in enumerate(quotes) if start <= offset < end), -1)


def _outline(document: Document, sections: Sequence[Section], window: Span) -> list[dict[str, Any]]:
    headings = [
        {
            "section": number,
            # Not text.heading_text: lines drawn around a title in plain text are removed as well.
            "text": " ".join(document.text[s.start : s.end].strip("#=- \t\n").split())[:160],
            "level": max(1, min(6, len(s.heading))),
            "page": document.page(s.start),
        }
        for number, s in enumerate(sections)
        if s.role == "heading" and window[0] <= s.start < window[1]
    ]
    return headings[:_MAX_HEADINGS]
