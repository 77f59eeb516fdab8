"""PDF: put characters together to lines, paragraphs and headings; running heads and feet are set aside."""

import re
from array import array
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tacrochat.arrays import CharacterBoxes
from tacrochat.errors import ReadError
from tacrochat.readers import pdf_contents, pdf_lines, pdf_running
from tacrochat.readers.layout import Layout, clean
from tacrochat.readers.pdf_lines import BULLET, Line
from tacrochat.readers.pdf_measures import Measures, has_ended
from tacrochat.readers.pdf_order import in_reading_order
from tacrochat.readers.pdf_paragraphs import Paragraph, paragraphs
from tacrochat.readers.pdf_words import Words, Written, flowing, in_cells, in_lines
from tacrochat.readers.pdfium import Bookmark, Page, Pdf, open_pdf
from tacrochat.types import Extract, Role

_NOT_TITLES = re.compile(
    r"^(?:untitled|microsoft word|powerpoint|document\d*|.*\.(?:docx?|odt|tex|indd|pdf|dvi|texi))\b", re.I
)
_ROLES: dict[str, Role] = {"row": "table", "code": "table", "list": "list", "heading": "heading"}


def read(data: bytes) -> Extract:
    """Read a PDF.

    Raises:
        ReadError: it is damaged, protected by a password, or holds no text.

    """
    characters = _Characters()
    with open_pdf(data) as pdf:
        pages = [_lines(pdf, number, characters) for number in range(len(pdf))]
        properties, bookmarks = pdf.properties(), pdf.bookmarks()
    empty = [number for number, lines in enumerate(pages, 1) if not lines]
    if len(empty) == len(pages):
        raise ReadError(
            f"its {len(pages)} pages hold no text (scanned?); run OCR first, for example"
            " 'ocrmypdf in.pdf out.pdf'"
        )
    text = _Text(len(pages), characters)
    if empty:
        numbers = ", ".join(map(str, empty[:20])) + (" …" if len(empty) > 20 else "")
        text.layout.notes.append(f"pages without text (scanned?), left out: {numbers}; run OCR to have them read")
    text.write(pages, bookmarks)
    return text.extract(_metadata(properties))


def _lines(pdf: Pdf, number: int, characters: "_Characters") -> list[Line]:
    page = pdf.page(number)
    first = characters.add(page, number)
    return pdf_lines.lines(pdf_lines.upright(page), number, first)


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
        edges = np.stack([np.append(np.asarray(edge, np.float32), 0.0)[numbers] for edge in self._edges], axis=1)
        return CharacterBoxes(pages.astype(np.int32), edges.astype(np.float32))


class _Text:
    """The text of a PDF under construction, with the page of each paragraph."""

    def __init__(self, pages: int, characters: _Characters) -> None:
        self.layout = Layout()
        self._characters = characters
        self._sources = array("i")
        self._starts: list[int | None] = [None] * pages

    def write(self, pages: Sequence[Sequence[Line]], bookmarks: Sequence[Bookmark]) -> None:
        """Write all paragraphs, and then what was set aside."""
        bodies, aside = pdf_running.without_running_lines([list(lines) for lines in pages])
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
        if role == "body" and paragraph.kind in {"body", "caption"} and _is_term(paragraph, written.text, measures):
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
        boxes = self._characters.boxes(self._sources).packed()
        return replace(extract, pages=tuple(reversed(pages)), boxes=boxes)


def _is_term(paragraph: Paragraph, text: str, measures: Measures) -> bool:
    """Tell whether a line is a term, a command or a name that stands alone, and no sentence."""
    first = paragraph.lines[0]
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
