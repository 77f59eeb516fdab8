"""Word, PowerPoint and Excel files: the checks, errors and core properties that they share."""

import re
from typing import Any

from tacrochat.errors import ReadError
from tacrochat.readers import preformatted
from tacrochat.readers.layout import Layout, clean
from tacrochat.readers.limits import Limits, open_zip

DAMAGE = (KeyError, ValueError, SyntaxError, OSError, AttributeError, EOFError, TypeError)
"""The built-in exceptions that the parsers of Office files raise for a damaged file."""

_CODE_STYLE = re.compile(
    r"(?:.*\b)?(?:preformatted|source ?code|code|listing|verbatim|console|terminal|macro)\b.*", re.IGNORECASE
)
_CODE_FONT = re.compile(r".*(?:courier|consolas|monaco|menlo|\bmono\b|monospace|typewriter).*", re.IGNORECASE)
_PARAGRAPH_END = re.compile(r"\n[^\S\n]*\n")
_TYPED_BULLET = re.compile(r"[•◦▪▸‣●■□❖➔✓✗☑☒]\s")
_MAX_BREAKS = 4
_LONGEST_BOLD_HEADING = 80
BOLD_LEVEL = 8
"""The level of a heading that is only a short bold paragraph: below all others."""
LONGEST_HEADING = 200
"""A longer paragraph is text, even if it has the style of a heading."""
_LIBRARIES = frozenset({"python-docx", "openpyxl"})  # what these libraries write if there is no author


def is_code_style(name: str) -> bool:
    """Tell whether a style is for code or other preformatted text, by its name."""
    return bool(_CODE_STYLE.fullmatch(name))


def is_code_font(name: str) -> bool:
    """Tell whether all characters of a font have the same width, by its name."""
    return bool(_CODE_FONT.fullmatch(name))


def is_bold_heading(text: str) -> bool:
    """Tell whether a paragraph in bold is a heading: short, on one line, and no sentence."""
    return len(text) <= _LONGEST_BOLD_HEADING and "\n" not in text and text[-1:].isalnum()


def add_paragraph(layout: Layout, raw: str) -> None:
    """Add the text of a paragraph; one of many lines broken by hand is read as preformatted text."""
    if raw.count("\n") > _MAX_BREAKS:
        for text, role in preformatted.parts(raw):
            layout.add(text, role)
        return
    for part in _PARAGRAPH_END.split(raw):
        text = clean(part, lines=True)
        is_item = _TYPED_BULLET.match(text) is not None
        layout.add(text, "list" if is_item else "body", tight=is_item and layout.last_role == "list")


def check_office(data: bytes, limits: Limits, suffix: str) -> None:
    """Refuse an Office file that is not a zip container, or would unpack to too much.

    Files with a password and files in the old formats are OLE containers instead.

    Raises:
        ReadError: the file is refused.

    """
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise ReadError(
            f"it is protected by a password or in the old {suffix[:-1]} format; save it as {suffix}"
        )
    open_zip(data, limits)


def core_properties(core: Any, author: str | None) -> dict[str, str]:
    """Return title, author, and date of the last change from the core properties of an Office file.

    ``core`` has ``title``, ``modified`` and ``created``. The name of its author
    differs from library to library, so ``author`` is passed separately.
    """
    when = core.modified or core.created
    return {
        "title": core.title or "",
        "author": author if author and author not in _LIBRARIES else "",
        "date": when.date().isoformat() if when else "",
    }
