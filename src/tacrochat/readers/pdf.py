"""PDF: put characters together to lines, paragraphs and headings; running heads and feet are set aside."""

import re
import time
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from tacrochat.arrays import CharacterBoxes
from tacrochat.errors import ReadError
from tacrochat.readers import pdf_contents, pdf_lines, pdf_running, pdf_scans
from tacrochat.readers.layout import Layout, clean
from tacrochat.readers.limits import Limits
from tacrochat.readers.pdf_lines import BULLET, Line
from tacrochat.readers.pdf_measures import Measures, has_ended
from tacrochat.readers.pdf_order import in_reading_order
from tacrochat.readers.pdf_paragraphs import Paragraph, paragraphs
from tacrochat.readers.pdf_turned import unturned, upright
from tacrochat.readers.pdf_words import Words, Written, flowing, in_cells, in_lines
from tacrochat.readers.pdfium import Bookmark, Page, Pdf, open_pdf
from tacrochat.types import Extract, Role

_NOT_TITLES = re.compile(
    r"^(?:untitled|microsoft word|powerpoint|document\d*|.*\.(?:docx?|odt|tex|indd|pdf|dvi|texi))\b", re.I
)
_SCAN_SHARE = 0.8  # of the time for a file: until then scanned pages are read
_ROLES: dict[str, Role] = {"row": "table", "code": "table", "list": "list", "heading": "heading"}


def read(data: bytes, limits: Limits) -> Extract:
    """Read a PDF; scanned pages are read by optical character recognition, if a program for it is there.

    Raises:
        ReadError: it is damaged, protected by a password, or holds no text.

    """
    deadline = time.monotonic() + _SCAN_SHARE * limits.seconds
    with open_pdf(data) as pdf:
        source = _Source(pdf, deadline)
        properties, bookmarks = pdf.properties(), pdf.bookmarks()
    empty = [number for number, lines in enumerate(source.pages, 1) if not lines]
    if len(empty) == len(source.pages):
        raise _no_text(source)
    text = _Text(source)
    unread = sorted(number + 1 for number in source.unread)
    if unread:
        text.layout.notes.append(f"pages left out: {_numbers(unread)}; {source.why_unread(limits)}")
    text.write(bookmarks)
    extract = text.extract(_metadata(properties))
    return replace(extract, lasting=not unread)


def _no_text(source: "_Source") -> ReadError:
    count = len(source.pages)
    if source.unread and not pdf_scans.is_installed():
        return ReadError(
            f"its {count} pages are pictures of text (scanned); {pdf_scans.INSTALL}", lasting=False
        )
    if source.unread:
        return ReadError(
            f"its {count} pages are pictures of text (scanned), and there was no time to read them; split it,"
            " or raise TACROCHAT_READER_SECONDS"
        )
    return ReadError(f"its {count} pages hold no text, and no pictures with text (OCR) were found")


def _numbers(pages: Sequence[int]) -> str:
    """Write page numbers with runs as ranges: "1-12, 15"; the first twenty."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and runs[-1][-1] == page - 1:
            runs[-1][1:] = [page]
        else:
            runs.append([page])
    return ", ".join("-".join(map(str, run)) for run in runs[:20]) + (" …" if len(runs) > 20 else "")


class _Source:
    """What the pages hold: their lines, and the boxes of all characters.

    ``places`` says for scanned pages how they were read, ``unread`` are those
    that could not be; both count pages from 0.
    """

    def __init__(self, pdf: Pdf, deadline: float) -> None:
        self.characters = _Characters()
        self.pages: list[list[Line]] = []
        self.places: dict[int, str] = {}
        scans: list[tuple[int, Page]] = []
        for number in range(len(pdf)):
            page = pdf.page(number)
            if pdf_scans.is_scan(page):
                scans.append((number, page))
                self.pages.append([])
            else:
                first = self.characters.add(page, number)
                self.pages.append(pdf_lines.lines(upright(page), number, first))
        self.unread = {number for number, _ in scans}
        if scans and pdf_scans.is_installed():
            self._read_scans(pdf, scans, deadline)

    def _read_scans(self, pdf: Pdf, scans: Sequence[tuple[int, Page]], deadline: float) -> None:
        read = pdf_scans.read_scans(pdf, scans, deadline)
        usual = pdf_scans.usual_height(read)
        for number, page in scans:
            words = read.get(number)
            if words is None:
                continue
            self.unread.discard(number)
            drawn = unturned(pdf, number, pdf_scans.page_of(words, page))
            first = self.characters.add(drawn, number)
            self.pages[number] = pdf_scans.lines(words, number, first, usual)
            if words:
                self.places[number] = f"{pdf_scans.PLACE}, {pdf_scans.confidence(words):.0f}% sure"

    def why_unread(self, limits: Limits) -> str:
        """Say why scanned pages could not be read, and what to do."""
        if not pdf_scans.is_installed():
            return f"they are pictures of text (scanned); {pdf_scans.INSTALL}"
        return (
            f"they are pictures of text (scanned), and reading them takes longer than {limits.seconds:g} s;"
            " split the file, or raise TACROCHAT_READER_SECONDS"
        )


class _Characters:
    """The boxes of all characters of a PDF, in the order of its content."""

    def __init__(self) -> None:
        self._edges = tuple(array("f") for _ in range(4))
        self._pages = array("i")

    def add(self, page: Page, number: int) -> int:
        """Add those of a page; returns the number of its first character."""
        first = len(self._pages)
        for known, new in zip(self._edges, (page.left, page.bottom, page.right, page.top), strict=True):
            known.extend(new)
        self._pages.extend([number + 1] * len(page.codes))
        return first

    def boxes(self, sources: "array[int]") -> CharacterBoxes:
        """Return the boxes of the characters with these numbers, -1 for one that is not drawn."""
        numbers = np.asarray(sources, np.int32)
        drawn = numbers >= 0
        pages = np.where(drawn, np.append(np.asarray(self._pages, np.int32), 0)[numbers], 0)
        edges = np.stack(
            [np.append(np.asarray(edge, np.float32), 0.0)[numbers] for edge in self._edges], axis=1
        )
        return CharacterBoxes(pages.astype(np.int32), edges.astype(np.float32))


class _Text:
    """The text of a PDF under construction, with the page of each paragraph."""

    def __init__(self, source: _Source) -> None:
        self.layout = Layout()
        self._source = source
        self._sources = array("i")
        self._starts: list[int | None] = [None] * len(source.pages)

    def write(self, bookmarks: Sequence[Bookmark]) -> None:
        """Write all paragraphs, and then what was set aside."""
        bodies, aside = pdf_running.without_running_lines(self._source.pages)
        bodies, numbered = pdf_running.without_line_numbers(bodies)
        for text, reason in aside:
            self.layout.set_aside(clean(text), reason)
        if numbered:
            self.layout.set_aside("1 2 3 …", "line numbers")
        bodies = [in_reading_order(lines) for lines in bodies]
        reasons = pdf_contents.navigation(bodies)
        measures = Measures(bodies, bookmarks)
        words = Words(line for lines in bodies for line in lines)
        for paragraph in paragraphs(bodies, measures, reasons):
            self._add(paragraph, measures, words)

    def _add(self, paragraph: Paragraph, measures: Measures, words: Words) -> None:
        first = paragraph.lines[0]
        if paragraph.kind == "code":
            written = in_lines(paragraph.lines, measures.gap(first.size))
        elif paragraph.kind == "row":
            written = in_cells(paragraph.lines, words)
        elif paragraph.reason:
            written = _line_by_line(paragraph.lines)
        else:
            written = flowing(paragraph.lines, words)
        role: Role = "navigation" if paragraph.reason else _ROLES.get(paragraph.kind, "body")
        if role == "list" and not BULLET.match(written.text):
            role = "body"
        if (
            role == "body"
            and paragraph.kind in {"body", "caption"}
            and _is_term(paragraph, written.text, measures)
        ):
            role = "list"
        tight = self.layout.last_role == role and role in {"list", "table"}
        self.layout.add(written.text, role, level=paragraph.level, reason=paragraph.reason, tight=tight)
        self._record(written, paragraph.lines)

    def _record(self, written: Written, lines: Sequence[Line]) -> None:
        """Note where pages start; a paragraph may hold the start of a page."""
        if not written.text.strip():
            return
        start = self.layout.end - len(written.text)
        self._sources.extend([-1] * (start - len(self._sources)))
        self._sources.extend(written.sources)
        position = 0
        for before, line in zip([None, *lines], lines, strict=False):
            if before is None or line.page != before.page:
                if before is not None:
                    wanted = next((source for source in line.sources if source >= 0), -1)
                    position = written.sources.index(wanted) if wanted in written.sources else position
                if self._starts[line.page] is None:
                    self._starts[line.page] = start + position

    def extract(self, metadata: dict[str, str]) -> Extract:
        """Return the text with its pages; a page without text starts where the next one does."""
        extract = self.layout.extract(metadata)
        pages: list[int] = []
        following = len(extract.text)
        for start in reversed(self._starts):
            following = min(following, start) if start is not None else following
            pages.append(following)
        self._sources.extend([-1] * (len(extract.text) - len(self._sources)))
        boxes = self._source.characters.boxes(self._sources).packed()
        pages.reverse()
        return replace(extract, pages=tuple(pages), places=tuple(self._places(pages)), boxes=boxes)

    def _places(self, pages: Sequence[int]) -> Iterator[tuple[int, str]]:
        """Yield where scanned pages begin, and "" where others do after them."""
        before = ""
        for number, start in enumerate(pages):
            place = self._source.places.get(number, "")
            if place != before and self._starts[number] is not None:
                yield start, place
                before = place


def _is_term(paragraph: Paragraph, text: str, measures: Measures) -> bool:
    """Tell whether a line is a term, a command or a name that stands alone, and no sentence."""
    first = paragraph.lines[0]
    if paragraph.kind not in {"body", "caption"}:
        return False
    if paragraph.kind == "caption":
        return len(text) <= 200 and not has_ended(text)
    alone = len(paragraph.lines) == 1 and first.right < measures.right(first) - 2 * first.size
    return alone and len(text) <= 100 and not has_ended(text)


def _line_by_line(lines: Sequence[Line]) -> Written:
    text = "\n".join(clean(line.text) for line in lines)
    return Written(text, array("i", [-1] * len(text)))


def _metadata(properties: dict[str, str]) -> dict[str, str]:
    title = clean(properties.get("Title", ""))
    metadata = {"author": properties.get("Author", "")}
    if title and not _NOT_TITLES.match(title):
        metadata["title"] = title
    changed = properties.get("ModDate") or properties.get("CreationDate") or ""
    date = re.match(r"D?:?(\d{4})(\d{2})?(\d{2})?", changed)
    if date:
        metadata["date"] = "-".join(part for part in date.groups() if part)
    return metadata
