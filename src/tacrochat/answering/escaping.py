"""Make document text safe to show: control characters as escapes, Markdown and HTML escaped."""

import re
from urllib.parse import urlsplit

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that control a terminal or turn the direction of text; tab and line feed are not among them."""

_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&$:=^])")


def visible(text: str) -> str:
    """Show control and direction characters as escapes, so that they have no effect."""
    return CONTROLS.sub(lambda match: ascii(match.group())[1:-1], text)


def one_line(path: str) -> str:
    """Show a path on one line; line feeds and tabs become escapes too."""
    return visible(path).replace("\n", "\\n").replace("\t", "\\t")


def escape_markdown(text: str) -> str:
    """Escape every character that could act as Markdown or HTML, white space that indents a line too."""
    escaped = _MARKDOWN.sub(r"\\\1", text).replace("\\<", "&lt;").replace("\\&", "&amp;")
    return visible(_INDENT.sub(_as_references, escaped))


def safe_url(url: str | None) -> str | None:
    """Return an address that is safe to link to (http or https, with a host), else None."""
    if not url:
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    is_safe = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)
    return url.strip() if is_safe and url.isprintable() else None


def _as_references(indent: re.Match[str]) -> str:
    """Write spaces and tabs as character references: they are shown, and make no block of code."""
    return "".join(f"&#{ord(character)};" for character in indent.group())
