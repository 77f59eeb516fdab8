"""Jupyter notebooks (.ipynb): Markdown cells as Markdown, code and its output as preformatted text.

Reads nbformat 4 and 3 (nbformat.readthedocs.io/en/latest/format_description.html). Each cell is a place.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tacrochat.errors import ReadError
from tacrochat.readers import markdown
from tacrochat.readers.decoding import decode, parse_json
from tacrochat.readers.layout import Layout, clean, storable
from tacrochat.text import heading_text
from tacrochat.types import COLUMNS_LEVEL, Extract, Role

_LONGEST_OUTPUT = 100_000  # characters; a longer output is data, not text to read
# Colours and cursor movements (CSI), titles and links (OSC): ECMA-48, sections 5.4 and 8.3.89.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[@-Z\\^_])")
# What Python prints for an output that is a figure, a page or another object.
_OBJECT = re.compile(r"<(?:[\w.]+ (?:object|at 0x[0-9a-f]+)\b.{0,80}|Figure size .{0,40})>")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a cell that becomes a block; the fields are those of ``Block``."""

    text: str
    role: Role
    level: int = 0
    reason: str = ""


def read(data: bytes) -> Extract:
    """Read a notebook.

    Raises:
        ReadError: it is damaged, not a notebook, or holds no text.

    """
    notebook = parse_json(decode(data))
    layout = Layout()
    left_out: dict[str, list[int]] = {}
    title = ""
    for number, cell in enumerate(_cells(notebook), 1):
        pieces, reasons = _read_cell(cell)
        for reason in dict.fromkeys(reasons):
            left_out.setdefault(reason, []).append(number)
        if pieces:
            layout.place(f"cell {number}")
        for piece in pieces:
            layout.add(piece.text, piece.role, level=piece.level, reason=piece.reason)
            if piece.role == "heading" and piece.level != COLUMNS_LEVEL and not title:
                title = " ".join(heading_text(piece.text).split())
    for reason, numbers in left_out.items():
        named = ", ".join(map(str, numbers[:20])) + (" …" if len(numbers) > 20 else "")
        layout.notes.append(f"left out of cell{'s' * (len(numbers) > 1)} {named}: {reason}")
    return layout.extract({"title": title, **_metadata(notebook)})


class _WrongType(Exception):
    """A value does not have the type that the format requires."""


def _cells(notebook: Any) -> list[Any]:
    """Return the cells in order; format 3 keeps them in worksheets."""
    if isinstance(notebook, dict):
        if isinstance(cells := notebook.get("cells"), list):
            return cells
        if isinstance(sheets := notebook.get("worksheets"), list):
            lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
            return [cell for cells in lists if isinstance(cells, list) for cell in cells]
    raise ReadError("it is damaged or not a Jupyter notebook: it has no list of cells; save it anew")


def _read_cell(cell: Any) -> tuple[list[_Piece], list[str]]:
    """Return the pieces of a cell and of its outputs, and the reasons why some are left out."""
    reasons: list[str] = []
    try:
        pieces = list(_source(cell))
        outputs = _list(cell.get("outputs"))
    except _WrongType:
        return [], ["damaged content"]
    for output in outputs:
        try:
            shown = list(_output(output))
        except _WrongType:
            reasons.append("damaged outputs")
            continue
        if sum(len(piece.text) for piece in shown) > _LONGEST_OUTPUT:
            reasons.append(f"outputs of over {_LONGEST_OUTPUT:,} characters")
        else:
            pieces += shown
    return pieces, reasons


def _source(cell: Any) -> Iterator[_Piece]:
    """List what the author wrote in a cell."""
    if not isinstance(cell, dict):
        raise _WrongType
    kind = cell.get("cell_type")
    source = _text(cell.get("input" if kind == "code" and "input" in cell else "source"))
    if kind == "markdown":
        yield from _markdown(source)
    elif kind == "heading":  # in format 3
        level = cell.get("level")
        level = level if isinstance(level, int) and 1 <= level <= 6 else 1
        yield from _kept(_Piece(clean(source), "heading", level))
    else:
        yield from _preformatted(source)


def _output(output: Any) -> Iterator[_Piece]:
    """List the text of an output: Markdown, or else plain text; pictures and HTML are left out."""
    if not isinstance(output, dict):
        raise _WrongType
    kind = output.get("output_type")
    if kind in {"error", "pyerr"}:
        lines = "\n".join(_text(line) for line in _list(output.get("traceback")))
        yield from _preformatted(lines or f"{_text(output.get('ename'))}: {_text(output.get('evalue'))}")
        return
    data = output.get("data", {})
    if not isinstance(data, dict):
        raise _WrongType
    if "text/markdown" in data:
        yield from _markdown(_text(data["text/markdown"]))
        return
    shown = _text(data.get("text/plain", output.get("text")))
    if kind == "stream" or not _OBJECT.fullmatch(shown.strip()):
        yield from _preformatted(shown)


def _markdown(source: str) -> Iterator[_Piece]:
    text = storable(source)
    for block in markdown.find_blocks(text):
        yield _Piece(text[block.start : block.end], block.role, block.level, block.reason)


def _preformatted(text: str) -> Iterator[_Piece]:
    """Keep lines and indentation as a terminal shows them: no escapes, a redrawn line only once."""
    lines = _ESCAPES.sub("", text).replace("\r\n", "\n").split("\n")
    drawn = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)
    yield from _kept(_Piece(storable(drawn).strip("\n").rstrip(), "table"))


def _kept(piece: _Piece) -> Iterator[_Piece]:
    if piece.text.strip():
        yield piece


def _text(value: Any) -> str:
    """Return a multi-line string, which the format writes as a string or as a list of lines."""
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    if isinstance(value, str):
        return value
    raise _WrongType


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise _WrongType


def _metadata(notebook: dict[str, Any]) -> dict[str, str]:
    """Return title, authors and the language of the text (``language_info`` is that of the code)."""
    metadata = notebook.get("metadata")
    if not isinstance(metadata, dict):
        return {}
    authors = metadata.get("authors")
    names = [a.get("name") for a in authors if isinstance(a, dict)] if isinstance(authors, list) else []
    values = {
        "title": metadata.get("title"),
        "author": ", ".join(name for name in names if isinstance(name, str)),
        "language": metadata.get("language") or metadata.get("lang"),
    }
    return {name: value for name, value in values.items() if isinstance(value, str) and value.strip()}
