"""Read the visible text of a file with programs that are not ours, to compare with what the readers give.

PDF: ``pdftotext``; HTML and EPUB: lxml's tree without what a browser hides; man pages: ``mandoc``; ODT, DOCX, XLSX:
the XML in the zip container; CSV and JSON: the standard library; other files: the text itself. Gzip is undone first.
"""

import csv
import gzip
import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lxml.html
from lxml import etree

FORMATS = {
    ".pdf": "PDF",
    ".html": "HTML",
    ".md": "Markdown",
    ".markdown": "Markdown",
    ".txt": "plain text",
    ".adoc": "plain text",
    ".epub": "EPUB",
    ".odt": "ODT and DOCX",
    ".docx": "ODT and DOCX",
    ".csv": "tables and records",
    ".json": "tables and records",
    ".xlsx": "tables and records",
}
"""The format of a suffix, as the table names it; a suffix that is a digit is a man page."""

_HIDDEN = {"script", "style", "head", "template", "noscript", "svg", "math"}
_INLINE = set("a abbr acronym b bdi bdo big cite code data dfn em font i kbd label mark q s samp small span".split())
_INLINE |= set("strike strong sub sup time tt u var wbr ins del".split())


def suffix(path: Path) -> str:
    """Return the suffix of a file in lower case, without ``.gz``."""
    return Path(path.name.removesuffix(".gz")).suffix.lower()


def format_of(path: Path) -> str:
    """Return the format of a file, as the table names it."""
    ending = suffix(path)
    return "man page" if ending[1:].isdigit() else FORMATS.get(ending, "other")


def content(path: Path) -> bytes:
    """Return the bytes of a file, unpacked if it is gzipped."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def visible_text(path: Path) -> str:
    """Return the text that a person sees in a file, by an independent program.

    Raises:
        RuntimeError: the program for this format is not installed.

    """
    data, ending = content(path), suffix(path)
    if ending == ".pdf":
        return _run(["pdftotext", "-enc", "UTF-8", "-", "-"], data)
    if ending[1:].isdigit():
        return _man(_run(["mandoc", "-Tutf8", "-O", "width=1000"], data))
    if ending in {".html", ".htm"}:
        return html_text(data)
    if ending in _CONTAINERS:
        return _CONTAINERS[ending](zipfile.ZipFile(io.BytesIO(data)))
    text = _decode(data)
    if ending == ".csv":
        dialect = csv.Sniffer().sniff(text[:4000], ",;\t")
        return "\n".join(" ".join(row) for row in csv.reader(io.StringIO(text), dialect))
    return "\n".join(_json_values(json.loads(text))) if ending == ".json" else text


def html_text(data: bytes) -> str:
    """Return the text of an HTML page that a browser shows: one line for each block."""
    root = lxml.html.document_fromstring(data) if b"<" in data else None
    if root is None:
        return _decode(data)
    return re.sub(r"[ \t]*\n\s*", "\n", "".join(_pieces(root))).strip()


def _pieces(root: Any) -> Iterator[str]:
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event in {"comment", "pi"}:
            yield node.tail or ""
            continue
        name = etree.QName(node.tag).localname if isinstance(node.tag, str) else ""
        if any(etree.QName(a.tag).localname in _HIDDEN for a in node.iterancestors() if isinstance(a.tag, str)):
            continue
        if event == "start":
            yield "" if name in _INLINE else "\n"
            yield "" if name in _HIDDEN else node.text or ""
        else:
            yield "" if name in _INLINE else "\n"
            yield node.tail or ""


def link_blocks(path: Path) -> list[str]:
    """Return the texts of the blocks of an HTML or EPUB file that hold links and nothing else."""
    if suffix(path) == ".html":
        pages = [content(path)]
    elif suffix(path) == ".epub":
        pages = _epub_pages(zipfile.ZipFile(path))
    else:
        return []
    return [text for page in pages for text in _link_blocks(lxml.html.document_fromstring(page))]


def _link_blocks(root: Any) -> Iterator[str]:
    for node in root.iter("li", "td", "p", "div", "dt", "dd", "th", "span"):
        text = " ".join(node.text_content().split())
        linked = " ".join(" ".join(link.text_content().split()) for link in node.iter("a") if link.get("href"))
        if text and len(linked) >= 0.8 * len(text):
            yield text


def _epub_pages(container: zipfile.ZipFile) -> list[bytes]:
    names = [name for name in container.namelist() if name.endswith((".xhtml", ".html", ".htm"))]
    return [container.read(name) for name in names]


def _epub(container: zipfile.ZipFile) -> str:
    return "\n".join(html_text(page) for page in _epub_pages(container))


def _odt(container: zipfile.ZipFile) -> str:
    root = etree.fromstring(container.read("content.xml"))
    body = next(node for node in root if etree.QName(node).localname == "body")
    return _xml_text(body, {"p", "h"}, {"tracked-changes", "sequence-decls", "annotation"})


def _docx(container: zipfile.ZipFile) -> str:
    return _xml_text(etree.fromstring(container.read("word/document.xml")), {"p"}, {"instrText", "delText"})


def _xlsx(container: zipfile.ZipFile) -> str:
    import openpyxl

    assert container.fp is not None
    book = openpyxl.load_workbook(container.fp, data_only=True)
    cells = (cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    return "\n".join(str(cell) for cell in cells if isinstance(cell, str | int))


_CONTAINERS = {".epub": _epub, ".odt": _odt, ".docx": _docx, ".xlsx": _xlsx}


def _xml_text(root: Any, paragraphs: set[str], hidden: set[str]) -> str:
    text: list[str] = []
    for event, node in etree.iterwalk(root, events=("start", "end")):
        name = etree.QName(node).localname
        if any(etree.QName(a).localname in hidden for a in node.iterancestors()):
            continue
        if event == "start":
            spaces = {"s": " ", "tab": " ", "line-break": "\n", "br": "\n"}.get(name, "")
            text.append(spaces + ("" if name in hidden else node.text or ""))
        else:
            text.append(("\n" if name in paragraphs else "") + (node.tail or ""))
    return "".join(text)


def _json_values(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _json_values(item)
    elif isinstance(value, list):
        for item in value:
            yield from _json_values(item)
    elif isinstance(value, str):
        yield value


def _man(text: str) -> str:
    return re.sub(r".\x08", "", text)


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _run(command: list[str], data: bytes) -> str:
    if shutil.which(command[0]) is None:
        raise RuntimeError(f"{command[0]} is not installed (Debian: poppler-utils for pdftotext, mandoc)")
    return subprocess.run(command, input=data, capture_output=True, check=False).stdout.decode("utf-8", "replace")
