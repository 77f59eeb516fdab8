"""The lines of a PDF with their positions and sizes; PDFium is imported only here."""

import ctypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from tacrochat.errors import ReadError

BULLET = re.compile(r"^(?:[•◦▪‣·●○■–*\uf0b7\u2043-]\s+|\(?\d{1,2}[.)]\s+|\(?[a-z][.)]\s+)(?=\S)")
"""The mark of a list item, at the start of a line."""

MAX_PAGES = 5_000
_SPACES = frozenset({9, 11, 12, 32, 0xA0})
_CELL_GAP = 1.8  # a wider gap inside a line separates cells of a table; in units of the font size


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; lengths are in points, and ``bottom`` is measured from the foot of the page.

    ``cells`` is the number of table cells, which vertical bars separate in ``text``.
    """

    text: str
    left: float
    right: float
    bottom: float
    size: float
    bold: bool
    cells: int = 1


def read(data: bytes) -> tuple[list[list[Line]], dict[str, str]]:
    """Return the lines of each page, in the order of its content, and the document's properties.

    Raises:
        ReadError: it is damaged, protected by a password, or has too many pages.

    """
    import pypdfium2
    import pypdfium2.raw as pdfium

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise ReadError("it is protected by a password; save a copy without one") from error
        raise ReadError(
            "it is damaged or not a PDF; open it in a PDF viewer and print it to a new PDF"
        ) from error
    try:
        if len(document) > MAX_PAGES:
            raise ReadError(f"it has {len(document):,} pages, over the limit of {MAX_PAGES:,}; split it")
        pages = [_lines(pdfium, document, number) for number in range(len(document))]
        return pages, document.get_metadata_dict(skip_empty=True)
    finally:
        document.close()


def _lines(pdfium: Any, document: Any, number: int) -> list[Line]:
    """Read the lines of one page in the order of its content."""
    try:
        page = document[number]
        textpage = page.get_textpage()
    except Exception:  # a page that PDFium cannot load counts as a page without text
        return []
    try:
        return list(_page_lines(pdfium, textpage))
    finally:
        textpage.close()
        page.close()


def _page_lines(pdfium: Any, textpage: Any) -> Iterator[Line]:
    count = pdfium.FPDFText_CountChars(textpage)
    codes = [pdfium.FPDFText_GetUnicode(textpage, i) for i in range(count)]
    position = 0
    for is_break, group in groupby(range(count), key=lambda i: codes[i] in {10, 13}):
        members = list(group)
        position += len(members)
        if is_break:
            continue
        inked = [i for i in members if codes[i] > 32 and codes[i] not in {0xFFFE, 0xFFFF, 0xA0}]
        if not inked:
            continue
        middle = inked[len(inked) // 2]
        size = round(_size(pdfium, textpage, middle), 1)
        cells = list(_cells(pdfium, textpage, codes, members, size))
        left, _, bottom = _box(pdfium, textpage, inked[0])
        _, right, _ = _box(pdfium, textpage, inked[-1])
        bold = pdfium.FPDFText_GetFontWeight(textpage, middle) >= 600
        if cells:
            yield Line(" | ".join(cells), left, right, bottom, size, bold, len(cells))


def _cells(
    pdfium: Any, textpage: Any, codes: Sequence[int], members: Sequence[int], size: float
) -> Iterator[str]:
    """Split a line at gaps as wide as between columns; the mark of a list item is not a column."""
    done = ""
    before = None  # the last visible character
    for word_is_space, group in groupby(members, key=lambda i: codes[i] in _SPACES):
        word = list(group)
        if word_is_space:
            continue
        text = "".join(_character(codes[i]) for i in word)
        if before is not None:
            wide = _box(pdfium, textpage, word[0])[0] - _box(pdfium, textpage, before)[1] > _CELL_GAP * size
            if wide and done.strip() and not BULLET.match(f"{done} x"):
                yield done
                done = ""
        done = f"{done} {text}".strip()
        before = word[-1]
    if done:
        yield done


def _character(code: int) -> str:
    if code in {0, 0xFFFF} or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        return ""
    return chr(code)


def _size(pdfium: Any, textpage: Any, index: int) -> float:
    """Return the size of a character as drawn, in points: the font size times the scale of the text."""
    size = float(pdfium.FPDFText_GetFontSize(textpage, index))
    matrix = pdfium.FS_MATRIX()
    if pdfium.FPDFText_GetMatrix(textpage, index, matrix):
        scale = (matrix.c**2 + matrix.d**2) ** 0.5
        if scale:
            return size * float(scale)
    return size


def _box(pdfium: Any, textpage: Any, index: int) -> tuple[float, float, float]:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    pdfium.FPDFText_GetCharBox(textpage, index, left, right, bottom, top)
    return left.value, right.value, bottom.value
