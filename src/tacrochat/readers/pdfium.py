"""What PDFium knows of a PDF: characters with their boxes, bookmarks, pictures; it is imported only here.

Coordinates are those of the page: points, from its lower left corner.
"""

import ctypes
import math
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tacrochat.errors import ReadError

MAX_PAGES = 5_000
_MAX_BOOKMARKS = 10_000
_BOLD = 600  # the weight from which on a font is bold
_FIXED_PITCH = 1  # a bit of a font's flags (ISO 32000-1, table 123)
_IS_BOLD = re.compile(r"bold|black|heavy|demi|-medi(?:ital)?$|cmbx|cmssbx|sfbx|ecbx")
_IS_REGULAR = re.compile(
    r"roman|regular|regu|book|light|medium|italic|times|helvetica|courier|arial|^(?:cm|lm|ec|sf)[a-z]+\d"
)
_MONOSPACE = ("mono", "courier", "typewriter", "consol", "cmtt", "sltt", "cmsltt", "ectt", "lmtt", "fixed")
_NO_OBJECT = -1
_SHARES = 1_000_000  # a place on a picture is in millionths of its size


@dataclass(frozen=True, slots=True)
class Style:
    """How a run of characters is drawn: the size in points; ``base`` is the height of the baseline.

    ``angle`` is in degrees, counter-clockwise, a multiple of 90, or -1 for others.
    """

    size: float
    base: float
    bold: bool
    mono: bool
    angle: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is drawn.

    ``codes``, ``styles`` and the four edges have one entry for each character,
    in the order of the page's content. A style is an index into ``kinds``, -1
    for a space or line break that PDFium adds. ``picture`` is the share of the
    page that its largest picture covers.
    """

    width: float
    height: float
    codes: "array[int]"
    styles: "array[int]"
    left: "array[float]"
    bottom: "array[float]"
    right: "array[float]"
    top: "array[float]"
    kinds: tuple[Style, ...]
    picture: float


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of the outline; ``level`` counts from 1, ``page`` from 0."""

    level: int
    title: str
    page: int


class Pdf:
    """An open PDF."""

    def __init__(self, document: Any) -> None:
        """Use ``open_pdf`` instead."""
        self._document = document

    def __len__(self) -> int:
        """Return the number of pages."""
        return len(self._document)

    def properties(self) -> dict[str, str]:
        """Return the document's properties, such as Title and Author."""
        values: dict[str, str] = self._document.get_metadata_dict(skip_empty=True)
        return values

    def page(self, number: int) -> Page:
        """Read one page, counted from 0; a page that cannot be loaded has no characters."""
        import pypdfium2.raw as pdfium

        try:
            page = self._document[number]
        except Exception:  # PDFium gives no reason
            return _page(pdfium, None, 0.0, 0.0, 0.0)
        try:
            width, height = page.get_size()
            picture = _picture_share(page, width * height)
            try:
                textpage = page.get_textpage()
            except Exception:
                return _page(pdfium, None, width, height, picture)
            try:
                return _page(pdfium, textpage, width, height, picture)
            finally:
                textpage.close()
        finally:
            page.close()

    def bookmarks(self) -> list[Bookmark]:
        """List the entries of the outline that lead to a page; a damaged outline counts as none."""
        found: list[Bookmark] = []
        try:
            for entry in self._document.get_toc(max_depth=12):
                target = entry.get_dest()
                page = target.get_index() if target else None
                title = " ".join(entry.get_title().split())
                if page is not None and title:
                    found.append(Bookmark(entry.level + 1, title, page))
                if len(found) >= _MAX_BOOKMARKS:
                    break
        except Exception:
            return []
        return found

    def size(self, number: int) -> tuple[float, float]:
        """Return the width and height of a page as it is shown, in points."""
        width, height = self._document.get_page_size(number)
        return float(width), float(height)

    def image(self, number: int, scale: float, *, grey: bool = True) -> tuple[int, int, bytes]:
        """Draw a page, ``scale`` pixels a point: returns width, height and the bytes of the pixels.

        A pixel is one byte, or three (red, green, blue) unless ``grey``.
        """
        page = self._document[number]
        try:
            bitmap = page.render(scale=scale, grayscale=grey, rev_byteorder=not grey)
            width, height, stride = bitmap.width, bitmap.height, bitmap.stride
            size = width * bitmap.n_channels
            data = bytes(bitmap.buffer)
            bitmap.close()
        finally:
            page.close()
        if stride == size:
            return width, height, data
        return width, height, b"".join(data[y * stride : y * stride + size] for y in range(height))

    def shown(self, number: int, boxes: Sequence[Sequence[float]]) -> list[tuple[float, float, float, float]]:
        """Return where boxes (left, bottom, right, top, as in ``Page``) are when the page is drawn.

        The results are left, top, right and bottom as shares of the picture's size,
        from its upper left corner: a page may be turned, or begin at another point.
        """
        import pypdfium2.raw as pdfium

        def place(page: Any, x: float, y: float) -> tuple[float, float]:
            across, down = ctypes.c_int(), ctypes.c_int()
            pdfium.FPDF_PageToDevice(page, 0, 0, _SHARES, _SHARES, 0, x, y, across, down)
            return across.value / _SHARES, down.value / _SHARES

        return self._moved(number, boxes, place)

    def unshown(
        self, number: int, boxes: Sequence[Sequence[float]]
    ) -> list[tuple[float, float, float, float]]:
        """Return where boxes on the picture of a page are on the page: the reverse of ``shown``."""
        import pypdfium2.raw as pdfium

        def place(page: Any, across: float, down: float) -> tuple[float, float]:
            x, y = ctypes.c_double(), ctypes.c_double()
            point = round(across * _SHARES), round(down * _SHARES)
            pdfium.FPDF_DeviceToPage(page, 0, 0, _SHARES, _SHARES, 0, *point, x, y)
            return x.value, y.value

        return self._moved(number, boxes, place)

    def _moved(
        self, number: int, boxes: Sequence[Sequence[float]], place: Callable[..., tuple[float, float]]
    ) -> list[tuple[float, float, float, float]]:
        page = self._document[number]
        found = []
        try:
            for left, bottom, right, top in boxes:
                (a, b), (c, d) = place(page, left, bottom), place(page, right, top)
                found.append((min(a, c), min(b, d), max(a, c), max(b, d)))
        finally:
            page.close()
        return found


@contextmanager
def open_pdf(data: bytes) -> Iterator[Pdf]:
    """Open a PDF.

    Raises:
        ReadError: it is damaged, protected by a password, or has too many pages.

    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise ReadError("it is protected by a password; save a copy without one") from error
        raise ReadError("it is damaged or not a PDF; open it in a PDF viewer and save it anew") from error
    try:
        if len(document) > MAX_PAGES:
            raise ReadError(f"it has {len(document):,} pages, over the limit of {MAX_PAGES:,}; split it")
        yield Pdf(document)
    finally:
        document.close()


def _picture_share(page: Any, area: float) -> float:
    import pypdfium2.raw as pdfium

    largest = 0.0
    try:
        for picture in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
            left, bottom, right, top = picture.get_bounds()
            largest = max(largest, (right - left) * (top - bottom))
    except Exception:
        return 0.0
    return min(1.0, largest / area) if area > 0 else 0.0


def _page(pdfium: Any, textpage: Any, width: float, height: float, picture: float) -> Page:
    """Read the characters of a page: as few calls for each as possible, for speed."""
    codes, styles = array("i"), array("i")
    edges = [array("f") for _ in range(4)]
    kinds: list[Style] = []
    known: dict[int | None, int] = {None: _NO_OBJECT}
    count = max(0, pdfium.FPDFText_CountChars(textpage)) if textpage else 0
    box = pdfium.FS_RECTF()
    get_code, get_object = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetTextObject
    get_box, address = pdfium.FPDFText_GetLooseCharBox, ctypes.c_void_p.from_buffer
    left, bottom, right, top = edges
    for index in range(count):
        code = get_code(textpage, index)
        drawn = address(get_object(textpage, index)).value
        style = known.get(drawn)
        if style is None:
            style = known[drawn] = len(kinds)
            kinds.append(_style(pdfium, textpage, index))
        codes.append(code)
        styles.append(style)
        get_box(textpage, index, box)
        left.append(box.left)
        bottom.append(box.bottom)
        right.append(box.right)
        top.append(box.top)
    return Page(width, height, codes, styles, left, bottom, right, top, tuple(kinds), picture)


def _style(pdfium: Any, textpage: Any, index: int) -> Style:
    size = float(pdfium.FPDFText_GetFontSize(textpage, index))
    matrix = pdfium.FS_MATRIX()
    if pdfium.FPDFText_GetMatrix(textpage, index, matrix):
        size *= math.hypot(matrix.c, matrix.d) or 1.0  # as drawn: the font size times the scale of the text
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(textpage, index, x, y)
    turned = math.degrees(pdfium.FPDFText_GetCharAngle(textpage, index))
    angle = round(turned / 90) * 90
    angle = angle % 360 if abs(turned - angle) <= 5 else -1
    name, flags = _font(pdfium, textpage, index)
    bold = _IS_BOLD.search(name) is not None
    if not bold and not _IS_REGULAR.search(name):  # PDFium guesses the weight from the width of stems
        bold = pdfium.FPDFText_GetFontWeight(textpage, index) >= _BOLD
    mono = bool(flags & _FIXED_PITCH) or any(word in name for word in _MONOSPACE)
    base = x.value if angle in {90, 270} else y.value
    return Style(round(size, 1), base, bold, mono, angle)


def _font(pdfium: Any, textpage: Any, index: int) -> tuple[str, int]:
    """Return the name of a character's font, in lower case, and its flags."""
    flags = ctypes.c_int()
    buffer = ctypes.create_string_buffer(128)
    length = pdfium.FPDFText_GetFontInfo(textpage, index, buffer, len(buffer), flags)
    if not 0 < length <= len(buffer):
        return "", 0
    return buffer.value.decode("utf-8", "replace").lower(), flags.value
