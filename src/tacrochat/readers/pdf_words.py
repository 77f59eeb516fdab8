"""Put the lines of a PDF paragraph together to one text, and the parts of a hyphenated word to one word."""

import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tacrochat.readers.pdf_lines import CELL, SOFT_HYPHEN, Line
from tacrochat.text import frequency

_HYPHENS = f"-\u2010{SOFT_HYPHEN}"
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")
_STEM = re.compile(rf"([^\W\d_]+)[{_HYPHENS}]$")
_REST = re.compile(r"[^\W\d_]+")
_BEFORE_HYPHEN = re.compile(rf"\w[{_HYPHENS}]$")
_ADDRESS = re.compile(r"[/@_\\]|\w\.\w")
_KNOWN = 3.0  # Zipf frequency from which on a part of a word is a word of its own: one in a million
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff\ufeff\u200b\u200e\u200f\u00ad]")


@dataclass(slots=True)
class Written:
    """A text, and for each of its characters the number of the character of the PDF, -1 for added ones."""

    text: str
    sources: "array[int]"


class Words:
    """The words of a document, which tell whether a hyphen at the end of a line belongs to the word."""

    def __init__(self, lines: Iterable[Line]) -> None:
        """Count the words that stand whole in a line, and the compounds with a hyphen."""
        self._counts: Counter[str] = Counter()
        for line in lines:
            # The last word may be cut.
            self._counts.update(word.replace("\u2010", "-") for word in _WORD.findall(line.text.lower()))

    def keeps_hyphen(self, stem: str, rest: str) -> bool:
        """Tell whether two parts of a word at the end of a line and the start of the next keep the hyphen.

        The document itself decides if it has the word elsewhere, joined or with
        the hyphen; else a list of words does. A word that neither knows is
        joined, unless both its parts are words.
        """
        if not rest[:1].islower():
            return True
        stem, rest = stem.lower(), rest.lower()
        joined, compound = self._counts[stem + rest], self._counts[f"{stem}-{rest}"]
        if joined or compound:
            return compound > joined
        if frequency(stem + rest) > 0:
            return False
        return self._is_word(stem) and self._is_word(rest)

    def _is_word(self, part: str) -> bool:
        return len(part) > 1 and (self._counts[part] > 0 or frequency(part) >= _KNOWN)


def flowing(lines: Sequence[Line], words: Words) -> Written:
    """Join the lines of a paragraph with spaces, and hyphenated words without."""
    text, sources = "", array("i")
    for line in lines:
        if text:
            text, sources, gap = _end_of_line(text, sources, line.text.lstrip(), words)
            text += gap
            sources.extend([-1] * len(gap))
        text += line.text
        sources.extend(line.sources)
    return _cleaned(text, sources, keep_spaces=False)


def in_cells(lines: Sequence[Line], words: Words) -> Written:
    """Join the cells of a table row, each with what stands below it; a term with its definition is no row."""
    columns: list[list[Line]] = [[cell] for cell in lines[0].cut()]
    for line in lines[1:]:
        for cell in line.cut():
            nearest = min(columns, key=lambda column: abs(column[0].left - cell.left))
            nearest.append(cell)
    term = len(columns) == 2 and len(lines) > 1 and len(columns[0][0].text) <= 30
    gap = " " if term else CELL
    text, sources = "", array("i")
    for column in columns:
        written = flowing(column, words)
        if text:
            text += gap
            sources.extend([-1] * len(gap))
        text += written.text
        sources.extend(written.sources)
    return Written(text, sources)


def in_lines(lines: Sequence[Line], gap: float) -> Written:
    """Keep the lines of code, with their indentation and with blank lines; ``gap`` is the usual one."""
    left = min(line.left for line in lines)
    text, sources = "", array("i")
    before: Line | None = None
    for line in lines:
        if before is not None:
            apart = before.base - line.base > 1.7 * gap and before.page == line.page
            text += "\n\n" if apart else "\n"
        indent = max(0, min(80, round((line.left - left) / max(1.0, 0.6 * line.size))))
        text += " " * indent
        sources.extend([-1] * (len(text) - len(sources)))
        text += line.text.rstrip()
        sources.extend(line.sources[: len(line.text.rstrip())])
        before = line
    return _cleaned(text, sources, keep_spaces=True)


def _end_of_line(
    text: str, sources: "array[int]", following: str, words: Words
) -> tuple[str, "array[int]", str]:
    """Return the text so far, without a hyphen that only marks the end of the line, and what to add to it."""
    kept = text.rstrip()
    if kept[-1:] not in _HYPHENS or not _BEFORE_HYPHEN.search(kept) or not following[:1].isalnum():
        return text, sources, " "
    if _ADDRESS.search(kept.rsplit(" ", 1)[-1]):
        return kept, sources[: len(kept)], ""
    stem, rest = _STEM.search(kept), _REST.match(following)
    sources = sources[: len(kept)]
    if kept[-1] == SOFT_HYPHEN or (stem and rest and not words.keeps_hyphen(stem.group(1), rest.group())):
        return kept[:-1], sources[:-1], ""
    if rest and rest.group().lower() in {"and", "or", "to", "und", "oder"}:  # "left- and right-handed"
        return kept, sources, " "
    return kept, sources, ""


def _cleaned(text: str, sources: "array[int]", *, keep_spaces: bool) -> Written:
    """Drop what cannot be shown, make white space single spaces, and compose letters with their accents."""
    if len(sources) < len(text):
        sources.extend([-1] * (len(text) - len(sources)))
    if _UNWANTED.search(text) or not text.isascii():
        text, sources = _composed(text, sources)
    if keep_spaces:
        return Written(text, sources)
    letters: list[str] = []
    kept = array("i")
    for letter, source in zip(text, sources, strict=True):
        if not letter.isspace():
            letters.append(letter)
            kept.append(source)
        elif letters and letters[-1] != " ":
            letters.append(" ")
            kept.append(source)
    while letters and letters[-1] == " ":
        letters.pop()
        kept.pop()
    return Written("".join(letters), kept)


def _composed(text: str, sources: "array[int]") -> tuple[str, "array[int]"]:
    letters: list[str] = []
    kept = array("i")
    for letter, source in zip(text, sources, strict=True):
        if _UNWANTED.match(letter):
            continue
        if unicodedata.combining(letter) and letters:
            composed = unicodedata.normalize("NFC", letters[-1] + letter)
            if len(composed) == 1:
                letters[-1] = composed
                continue
        for part in unicodedata.normalize("NFC", letter):
            letters.append(part)
            kept.append(source)
    return "".join(letters), kept
