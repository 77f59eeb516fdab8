"""Word documents (.docx): headings by style, lists, tables, footnotes; page headers are set aside."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from tacrochat.errors import ReadError
from tacrochat.readers import symbols, trees
from tacrochat.readers.layout import Layout, add_grid, clean, storable
from tacrochat.readers.limits import Limits
from tacrochat.readers.office import (
    BOLD_LEVEL,
    DAMAGE,
    LONGEST_HEADING,
    add_paragraph,
    check_office,
    core_properties,
    is_bold_heading,
    is_code_font,
    is_code_style,
)
from tacrochat.types import Extract

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_WRITTEN = tuple(f"{_W}{name}" for name in ("t", "tab", "br", "cr", "noBreakHyphen", "sym"))
_HEADING = re.compile(r"(?:heading|überschrift|titre|título|titolo)\s*(\d)", re.IGNORECASE)


def read(data: bytes, limits: Limits) -> Extract:
    """Read a Word document.

    Raises:
        ReadError: it is damaged, protected, or holds no text.

    """
    import io

    import docx
    from docx.opc.exceptions import PackageNotFoundError

    check_office(data, limits, ".docx")
    try:
        document = docx.Document(io.BytesIO(data))
    except (PackageNotFoundError, *DAMAGE) as error:
        raise ReadError(
            "it is damaged or not a Word document; open it in a word processor and save it anew"
        ) from error
    layout = Layout()
    body = document.element.body
    if body is None:
        raise ReadError("it is damaged: its text is missing; open it in a word processor and save it anew")
    styles = {style.style_id: style.name or "" for style in document.styles}
    levels = {style.style_id: _style_level(style) for style in document.styles}
    for element in _content(body):
        _add(layout, element, styles, levels)
    for note in _notes(document):
        layout.add(note, "body")
    for section in document.sections:
        for part in (section.header, section.footer):
            if not part.is_linked_to_previous:
                layout.set_aside(clean("\n".join(p.text for p in part.paragraphs)), "running head")
    return layout.extract(_metadata(document))


def _content(parent: Any) -> Iterator[Any]:
    """List paragraphs and tables, including those in content controls and tracked insertions."""
    stack = [iter(parent)]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
        elif element.tag in {f"{_W}p", f"{_W}tbl"}:
            yield element
        elif element.tag in {f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml", f"{_W}smartTag"}:
            stack.append(iter(element))


def _add(layout: Layout, element: Any, styles: dict[str, str], levels: dict[str, int]) -> None:
    if element.tag == f"{_W}tbl":
        rows = (
            [_cell(cell) for cell in row.iterchildren(f"{_W}tc")] for row in element.iterchildren(f"{_W}tr")
        )
        head = element.find(f"{_W}tr/{_W}trPr/{_W}tblHeader")
        add_grid(layout, rows, has_names=head is not None)
        return
    text = clean(_text(element), lines=True)
    if not text:
        return
    properties = element.find(f"{_W}pPr")
    style, numbered, outline = "", False, None
    if properties is not None:
        named = properties.find(f"{_W}pStyle")
        style = named.get(f"{_W}val", "") if named is not None else ""
        numbered = properties.find(f"{_W}numPr") is not None
        level = properties.find(f"{_W}outlineLvl")
        outline = (
            int(level.get(f"{_W}val")) + 1
            if level is not None and level.get(f"{_W}val", "").isdigit()
            else None
        )
    name = styles.get(style, "")
    heading = levels.get(style, 0) or (outline if outline and outline <= 9 else 0)
    if heading and len(text) <= LONGEST_HEADING:
        layout.add(text.replace("\n", " "), "heading", level=heading)
    elif name.lower().startswith(("toc ", "table of contents")):
        layout.add(text, "navigation", reason="table of contents", tight=layout.last_role == "navigation")
    elif numbered or name.lower().startswith("list"):
        layout.add(f"- {text}", "list", tight=layout.last_role == "list")
    elif is_code_style(name) or _looks(element, _is_code_run):
        layout.add(storable(_text(element)).strip("\n"), "table", tight=layout.last_role == "table")
    elif is_bold_heading(text) and _looks(element, _is_bold_run):
        layout.add(text, "heading", level=BOLD_LEVEL)
    else:
        add_paragraph(layout, _text(element))


def _looks(paragraph: Any, test: Callable[[Any], bool]) -> bool:
    """Tell whether all runs of a paragraph that have text pass a test of their properties."""
    runs = [
        run for run in paragraph.iter(f"{_W}r") if any((t.text or "").strip() for t in run.iter(f"{_W}t"))
    ]
    return bool(runs) and all(test(run.find(f"{_W}rPr")) for run in runs)


def _is_code_run(properties: Any) -> bool:
    fonts = properties.find(f"{_W}rFonts") if properties is not None else None
    return fonts is not None and is_code_font(fonts.get(f"{_W}ascii", ""))


def _is_bold_run(properties: Any) -> bool:
    bold = properties.find(f"{_W}b") if properties is not None else None
    return bold is not None and bold.get(f"{_W}val", "1") not in {"0", "false", "off"}


def _style_level(style: Any) -> int:
    """Return the heading level of a style, or of the style that it is based on; 0 if it is no heading."""
    for _ in range(10):
        if style is None:
            return 0
        name = style.name or ""
        if name.lower() == "title":
            return 1
        match = _HEADING.match(name)
        if match:
            return int(match.group(1)) + 1
        style = getattr(style, "base_style", None)
    return 0


def _text(paragraph: Any) -> str:
    """Return the text of a paragraph without deleted text and field codes."""
    parts = []
    for element in paragraph.iter(*_WRITTEN):
        if element.tag == f"{_W}t":
            parts.append(element.text or "")
        elif element.tag == f"{_W}noBreakHyphen":
            parts.append("-")
        elif element.tag == f"{_W}sym":
            parts.append(_symbol(element.get(f"{_W}char", "")))
        elif element.getparent().tag != f"{_W}tabs":
            parts.append("\t" if element.tag == f"{_W}tab" else "\n")
    return symbols.replaced("".join(parts))


def _symbol(number: str) -> str:
    """Return the character with a hexadecimal number, "" if it is none of the private use area."""
    code = int(number, 16) if re.fullmatch("[0-9A-Fa-f]{4}", number) else 0
    return chr(code) if symbols.is_private(code) else ""


def _cell(cell: Any) -> str:
    return " ".join(filter(None, (clean(_text(p)) for p in cell.iter(f"{_W}p"))))


def _notes(document: Any) -> Iterator[str]:
    """List the texts of footnotes and endnotes, which are separate parts of the file."""
    for relation in document.part.rels.values():
        if relation.reltype.endswith(("/footnotes", "/endnotes")) and not relation.is_external:
            try:
                root = trees.xml(relation.target_part.blob)
            except ReadError:
                continue
            for note in root:
                text = " ".join(filter(None, (clean(_text(p)) for p in note.iter(f"{_W}p"))))
                if text:
                    yield text


def _metadata(document: Any) -> dict[str, str]:
    try:
        core = document.core_properties
        return {**core_properties(core, core.author), "language": core.language or ""}
    except (ValueError, KeyError, AttributeError):
        return {}
