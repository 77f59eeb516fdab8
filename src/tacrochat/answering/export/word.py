"""A sheet as a Word file (.docx) with real footnotes.

Written as XML in a zip: python-docx, which reads such files here, makes no footnotes.
"""

import io
import re
import zipfile
from xml.sax.saxutils import escape

from tacrochat.answering.escaping import visible
from tacrochat.answering.export import word_parts
from tacrochat.answering.export.reference import Kept
from tacrochat.answering.export.sheet import Sheet, Words, footnote, why_not_shown
from tacrochat.answering.render import marked_runs
from tacrochat.types import Quote

_NOT_IN_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
_MADE = (1980, 1, 1, 0, 0, 0)  # the same sheet makes the same file
_HIGHLIGHT = '<w:highlight w:val="yellow"/>'
_REFERENCE = '<w:rStyle w:val="FootnoteReference"/>'


def to_docx(sheet: Sheet) -> bytes:
    """Write a sheet. Characters that XML does not allow, and control characters, are shown as escapes."""
    words = sheet.words
    body, number = _paragraph("Title", _run(sheet.title)) + _paragraph("Normal", _run(words.framing)), 0
    for section in sheet.sections:
        body += _paragraph(f"Heading{section.level}", _run(section.heading)) if section.heading else ""
        body += "".join(_paragraph("Normal", _run(line)) for line in section.lines)
        for kept in section.kept:
            number += kept.quote is not None
            body += _kept(kept, number, words, is_weak=section.is_weak)
    notes = "".join(_footnote(n, quote, words) for n, quote in enumerate(sheet.quotes, 1))
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in {
            **word_parts.PARTS,
            "word/document.xml": word_parts.document(body),
            "word/footnotes.xml": word_parts.footnotes(notes),
        }.items():
            file.writestr(zipfile.ZipInfo(name, _MADE), text, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _kept(kept: Kept, number: int, words: Words, *, is_weak: bool) -> str:
    note = _paragraph("Note", _run(f"{words.note}: {kept.note.strip()}")) if kept.note.strip() else ""
    if kept.quote is None:
        return _paragraph("Normal", _run(why_not_shown(kept, words), "<w:i/>")) + note
    mark = f'<w:r><w:rPr>{_REFERENCE}</w:rPr><w:footnoteReference w:id="{number}"/></w:r>'
    return _paragraph("Quote", _quoted(kept.quote, is_weak=is_weak) + mark) + note


def _quoted(quote: Quote, *, is_weak: bool) -> str:
    runs = [(quote.text, 0)] if is_weak else marked_runs(quote)
    looks = ("", _HIGHLIGHT, f"<w:b/>{_HIGHLIGHT}")
    return "".join(_run(text, looks[level]) for text, level in runs)


def _footnote(number: int, quote: Quote, words: Words) -> str:
    text, url = footnote(quote, words)
    mark = f"<w:r><w:rPr>{_REFERENCE}</w:rPr><w:footnoteRef/></w:r>"
    line = _paragraph("FootnoteText", mark + _run(f" {text}" + (f" {url}" if url else "")))
    return f'<w:footnote w:id="{number}">{line}</w:footnote>'


def _paragraph(style: str, runs: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{runs}</w:p>'


def _run(text: str, look: str = "") -> str:
    """Return a run; line feeds and tabs are elements of their own, all else is text."""
    shown = _NOT_IN_XML.sub(lambda match: ascii(match.group())[1:-1], visible(text))
    pieces = {"\n": "<w:br/>", "\t": "<w:tab/>"}
    inner = "".join(
        pieces.get(piece) or f'<w:t xml:space="preserve">{escape(piece)}</w:t>'
        for piece in re.split("([\n\t])", shown)
        if piece
    )
    return f"<w:r>{f'<w:rPr>{look}</w:rPr>' if look else ''}{inner}</w:r>"
