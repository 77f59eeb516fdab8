"""Scanned pages of a PDF: pictures of text, read by Tesseract if it is installed (Smith, 2007)."""

import os
import time
from array import array
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tacrochat.errors import ReadError
from tacrochat.readers.pdf_lines import Line
from tacrochat.readers.pdfium import Page, Pdf
from tacrochat.readers.programs import find, run

PLACE = "read by optical character recognition"
INSTALL = "install an OCR program, for example 'apt-get install tesseract-ocr', and build again"

_PROGRAM = "tesseract"
_DATA = "TESSDATA_PREFIX"  # the variable that names the folder of its languages, if it is not the usual one
_MAX_TABLE = 64_000_000  # bytes that it may print about a page
_DPI = 300
_MAX_PIXELS = 40_000_000
_MAX_LETTERS = 30  # a page with more letters is not a scan
_MIN_PICTURE = 0.5  # the share of the page that the picture of a scan covers at least
_PAGE_SECONDS = 60
_LARGER = 1.35  # a line of a heading is larger by this factor; smaller differences are noise
_MIN_CONFIDENCE = 20  # percent; words below are specks and lines


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a scan: its box in points from the lower left corner, its confidence in percent."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    confidence: float
    line: tuple[str, ...]


def is_scan(page: Page) -> bool:
    """Tell whether a page is a picture with almost no text."""
    letters = sum(code > 32 for code in page.codes)
    return letters < _MAX_LETTERS and page.picture >= _MIN_PICTURE


def is_installed() -> bool:
    """Tell whether Tesseract is there."""
    return find((_PROGRAM,)) is not None


def read_scans(pdf: Pdf, pages: Sequence[tuple[int, Page]], deadline: float) -> dict[int, list[Word]]:
    """Read pages, several at a time; those that cannot be read before ``deadline`` are left out.

    ``deadline`` is a time of ``time.monotonic``.
    """
    found: dict[int, list[Word]] = {}
    workers = max(1, min(8, os.cpu_count() or 1))
    with (
        TemporaryDirectory(prefix="tacrochat-", ignore_cleanup_errors=True) as folder,
        ThreadPoolExecutor(workers) as pool,
    ):
        tesseract = _Tesseract(find((_PROGRAM,)) or _PROGRAM, Path(folder), deadline)
        languages = tesseract.languages()
        waiting: list[tuple[int, Future[list[Word] | None]]] = []
        for number, page in pages:
            if time.monotonic() > deadline:
                break
            if len(waiting) > workers:  # few pictures at a time are in memory
                _collect(waiting.pop(0), found)
            # PDFium may draw one page at a time only, Tesseract reads several.
            scale = min(_DPI / 72, (_MAX_PIXELS / max(1.0, page.width * page.height)) ** 0.5)
            width, height, grey = pdf.image(number, scale)
            picture = Path(folder, f"{number}.pgm")
            picture.write_bytes(f"P5 {width} {height} 255\n".encode() + grey)
            waiting.append((number, pool.submit(tesseract.read, picture, languages, scale, page.height)))
        for pair in waiting:
            _collect(pair, found)
    return found


def _collect(pair: "tuple[int, Future[list[Word] | None]]", found: dict[int, list[Word]]) -> None:
    number, future = pair
    words = future.result()
    if words is not None:
        found[number] = words


@dataclass(frozen=True, slots=True)
class _Tesseract:
    """The program, a folder for its files, and a time of ``time.monotonic`` when it ends at the latest."""

    path: str
    folder: Path
    deadline: float

    def languages(self) -> str:
        """Return the languages that are installed, English first, as the program expects them."""
        printed = self._run(["--list-langs"], "languages.txt") or ""
        names = [name for name in printed.split("\n")[1:] if name and name not in {"osd", "equ"}]
        return "+".join(sorted(names, key=lambda name: (name != "eng", name))[:4]) or "eng"

    def read(self, picture: Path, languages: str, scale: float, height: float) -> list[Word] | None:
        """Read one picture, and delete it; None if it takes too long or fails."""
        dpi = str(round(72 * scale))
        table = self._run(
            [str(picture), "stdout", "-l", languages, "--dpi", dpi, "tsv"], f"{picture.stem}.tsv"
        )
        picture.unlink()
        return None if table is None else list(_words(table, scale, height))

    def _run(self, options: Sequence[str], name: str) -> str | None:
        """Return what the program prints, which goes through a file of a name; None if it fails."""
        seconds = min(_PAGE_SECONDS, self.deadline - time.monotonic())
        if seconds <= 0:
            return None
        output = self.folder / name
        own = {"OMP_THREAD_LIMIT": "1"} | {k: os.environ[k] for k in (_DATA,) if k in os.environ}
        command = [self.path, *options]
        try:
            if run(command, self.folder, seconds=seconds, max_bytes=_MAX_TABLE, output=output, variables=own):
                return None
            return output.read_text("utf-8", "replace")
        except (ReadError, OSError):
            return None


def _words(table: str, scale: float, height: float) -> Iterator[Word]:
    """Read the words from the table of Tesseract (TSV), which has a line for each."""
    for record in table.split("\n")[1:]:
        fields = record.split("\t", 11)
        if len(fields) < 12 or fields[0] != "5" or not fields[11].strip():
            continue
        left, top, width, tall = (float(value) / scale for value in fields[6:10])
        confidence = float(fields[10])
        if confidence >= _MIN_CONFIDENCE:
            box = (left, height - top - tall, left + width, height - top)
            yield Word(fields[11].strip(), *box, confidence, tuple(fields[1:5]))


def confidence(words: Sequence[Word]) -> float:
    """Return the mean confidence of words in percent, each weighted by its length."""
    letters = sum(len(word.text) for word in words)
    return sum(len(word.text) * word.confidence for word in words) / letters if letters else 0.0


def usual_height(scans: "dict[int, list[Word]]") -> float:
    """Return the usual height of a word in points."""
    return median([word.top - word.bottom for words in scans.values() for word in words] or [10.0])


def page_of(words: Sequence[Word], page: Page) -> Page:
    """Return the page with a character for each letter of the words; each has its part of the word's box."""
    edges = (array("f"), array("f"), array("f"), array("f"))
    codes = array("i")
    for word in words:
        step = (word.right - word.left) / len(word.text)
        for index, letter in enumerate(word.text):
            left = word.left + index * step
            codes.append(ord(letter))
            for edge, value in zip(edges, (left, word.bottom, left + step, word.top), strict=True):
                edge.append(value)
    styles = array("i", [-1] * len(codes))
    return Page(page.width, page.height, codes, styles, *edges, kinds=(), picture=page.picture)


def lines(words: Sequence[Word], number: int, first: int, usual: float) -> list[Line]:
    """Return the lines of a scan; ``usual`` is the usual height of its words."""
    result: list[Line] = []
    size = round(1.25 * usual, 1)  # letters without ascenders are lower
    position = first
    members: list[Word] = []
    for index, word in enumerate(words):
        members.append(word)
        if index + 1 < len(words) and words[index + 1].line == word.line:
            continue
        text = " ".join(member.text for member in members)
        sources = array("i")
        for member in members:
            sources.extend([-1] if sources else [])
            sources.extend(range(position, position + len(member.text)))
            position += len(member.text)
        tall = median(member.top - member.bottom for member in members) / max(0.1, usual)
        drawn = round(size * tall, 1) if tall >= _LARGER and len(text) > 3 else size
        left, right = members[0].left, max(member.right for member in members)
        base = median(member.bottom for member in members)
        result.append(Line(text, sources, left, right, base, drawn, bold=False, mono=False, page=number))
        result[-1].edges = ((left, right),)
        members = []
    return result
