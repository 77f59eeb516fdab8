"""Rich text (.rtf): headings from the file's styles, or else by form as in plain text."""

import re
from dataclasses import replace

from tacrochat.errors import ReadError
from tacrochat.readers import plain, symbols
from tacrochat.readers.layout import Layout, clean
from tacrochat.types import Extract

_INFO = re.compile(r"\{\\(title|author)\s+((?:[^{}\\]|\\[^{}\n]){0,300})\}")
_REVISED = re.compile(r"\{\\(?:revtim|creatim)\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})")
_OUTLINE = re.compile(r"(\\outlinelevel([0-8]))(?!\d)")
_STYLE = re.compile(r"\{\\s(\d{1,4})(?!\d)[^{};]{0,600}?\s(?:heading (\d)|(title));\}", re.IGNORECASE)
_STYLED = re.compile(r"(\\pard\\plain\s*\\s(\d{1,4})(?!\d))")
_MARK = 0xE010  # private-use characters that keep the level of a heading through the conversion
_HEADING = re.compile(f"[{chr(_MARK)}-{chr(_MARK + 8)}]")
_ITEM = re.compile(r"^(?:[•◦▪‣·▪▸✓➔-]|\d{1,3}[.)])\s+(?=\S)")


def read(data: bytes) -> Extract:
    """Read a rich text file.

    Raises:
        ReadError: it is damaged, not rich text, or holds no text.

    """
    source = _source(data)
    marked = _marked(source)
    # The end of a cell may be on a new line: "Dose\n|Age\n|" is one row.
    text = re.sub(r"\s*\n\s*\|", " |", _converted(marked))
    lines = [re.sub(r"\s*\|\s*", " | ", clean(line.strip(" |"))) for line in text.split("\n")]
    head = source[:20_000]
    properties = {name: clean(_converted("{\\rtf1 " + raw + "}")) for name, raw in _INFO.findall(head)}
    revised = _REVISED.search(head)
    if revised:
        year, month, day = revised.groups()
        properties["date"] = f"{year}-{month:0>2}-{day:0>2}"
    if any(_HEADING.search(line) for line in lines):
        return _laid_out(lines, properties)
    plain_text = re.sub(r"\n{3,}", "\n\n", symbols.replaced("\n".join(lines))).strip()
    if not plain_text:
        raise ReadError("it holds no text")
    extract = plain.read(plain_text)
    return replace(extract, metadata={**extract.metadata, **{n: v for n, v in properties.items() if v}})


def words(data: bytes) -> str:
    """Return the text of rich text alone, a line for each paragraph.

    Raises:
        ReadError: it is damaged, or not rich text.

    """
    return _converted(_source(data))


def _source(data: bytes) -> str:
    if not data.lstrip()[:5].startswith(b"{\\rtf"):
        raise ReadError("it is not rich text; open it in a word processor and save it anew")
    return data.decode("cp1252", "replace")


def _marked(source: str) -> str:
    """Insert a character that stands for the level before the words of each heading."""
    levels = {style: int(level or 0) for style, level, _ in _STYLE.findall(source)}

    def mark(match: re.Match[str]) -> str:
        level = levels.get(match.group(2))
        return match.group(1) if level is None else f"{match.group(1)}\\u{_MARK + min(level, 8)}?"

    if levels:
        return _STYLED.sub(mark, source)
    return _OUTLINE.sub(lambda m: f"{m.group(1)}\\u{_MARK + 1 + min(int(m.group(2)), 7)}?", source)


def _converted(source: str) -> str:
    from striprtf.striprtf import rtf_to_text

    try:
        return str(rtf_to_text(source, errors="replace"))
    except (ValueError, LookupError, TypeError, OverflowError, RecursionError) as error:
        raise ReadError("it is damaged; open it in a word processor and save it anew") from error


def _laid_out(lines: list[str], properties: dict[str, str]) -> Extract:
    layout = Layout()
    for line in lines:
        mark = _HEADING.search(line)
        words = symbols.replaced(clean(_HEADING.sub("", line)))
        if mark:
            layout.add(words, "heading", level=ord(mark.group()) - _MARK + 1)
        elif " | " in words:
            layout.add(words, "table", tight=layout.last_role == "table")
        elif _ITEM.match(words):
            layout.add(words, "list", tight=layout.last_role == "list")
        else:
            layout.add(words)
    return layout.extract(properties)
