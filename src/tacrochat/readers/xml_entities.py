"""The entities of an XML document, replaced as text: nothing is loaded, and their growth is limited."""

import re
from html.entities import html5

from tacrochat.errors import ReadError
from tacrochat.readers.decoding import decode

_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]*\?>")
_ENCODING = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\bencoding=["']([\w.:-]+)["']""")
_DOCTYPE = re.compile(r"<!DOCTYPE\b")
_ENTITY = re.compile(r"""<!ENTITY\s+([\w.:-]+)\s+(?:(SYSTEM|PUBLIC)\s+)?(?:"([^"]*)"|'([^']*)')""")
_REFERENCE = re.compile(r"&([\w.:-]+);")
_KEPT = frozenset({"amp", "lt", "gt", "quot", "apos"})
_ROUNDS = 4
_LONGEST_VALUE = 10_000
_NAMED = 10


def without_entities(data: bytes) -> tuple[bytes, list[str]]:
    """Return a document in UTF-8 without its document type, and notes on what was not resolved.

    Entities with a value in the document itself are replaced by it, and those of
    HTML by their characters. One that is defined elsewhere is replaced by its
    name: no file and no address is opened.

    Raises:
        ReadError: it is not text, or its entities make it too long.

    """
    text = _decoded(data)
    text = _DECLARATION.sub("", text.lstrip("\ufeff"), count=1)
    start = _DOCTYPE.search(text)
    entities: dict[str, str] = {}
    notes: list[str] = []
    if start:
        end = _end_of_doctype(text, start.end())
        for name, kind, double, single in _ENTITY.findall(text[start.start() : end]):
            if kind:
                notes.append(f"left out: “{double or single}”, which is another file; read that file itself")
            elif len(double or single) <= _LONGEST_VALUE:
                entities.setdefault(name, double or single)
        text = text[: start.start()] + text[end:]
    unknown: dict[str, None] = {}
    text = _replaced(text, entities, unknown)
    if unknown:
        more = f" and {len(unknown) - _NAMED:,} more" if len(unknown) > _NAMED else ""
        names = ", ".join(list(unknown)[:_NAMED])
        notes.append(f"only the names stand for texts that are defined in other files: {names}{more}")
    return text.encode("utf-8", "replace"), notes


def _decoded(data: bytes) -> str:
    declared = _ENCODING.match(data)
    if declared:
        try:
            return data.decode(declared.group(1).decode()).replace("\r\n", "\n")
        except (LookupError, ValueError):
            pass
    return decode(data)


def _end_of_doctype(text: str, position: int) -> int:
    """Return where a document type ends: at the first ">" outside of its brackets and quotation marks."""
    inside = False
    for match in re.finditer(r"""<!--.*?-->|"[^"]*"|'[^']*'|[\[\]>]""", text[position:], re.DOTALL):
        mark = match.group()
        if mark in "[]":
            inside = mark == "["
        elif mark == ">" and not inside:
            return position + match.end()
    return len(text)


def _replaced(text: str, entities: dict[str, str], unknown: dict[str, None]) -> str:
    limit = max(1_000_000, 3 * len(text))
    for _ in range(_ROUNDS):
        grown = len(text)

        def value(match: "re.Match[str]") -> str:
            nonlocal grown
            name = match.group(1)
            if name in _KEPT:
                return match.group()
            found = entities.get(name)
            if found is None:
                found = html5.get(f"{name};", "")
                found = found.replace("&", "&amp;").replace("<", "&lt;")
            if not found and name not in entities:
                unknown[name] = None
                found = name
            grown += len(found)
            if grown > limit:
                raise ReadError("its entities make it too long; remove it")
            return found

        replaced = _REFERENCE.sub(value, text)
        if replaced == text:
            break
        text = replaced
    # What is still not replaced refers to itself, in a circle.
    return _REFERENCE.sub(lambda match: match.group() if match.group(1) in _KEPT else match.group(1), text)
