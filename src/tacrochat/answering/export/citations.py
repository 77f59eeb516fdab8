"""Sources as BibTeX, RIS and CSL-JSON. No field is made up: the type is the general one of each form."""

import json
import re
from collections.abc import Sequence
from typing import Any

from tacrochat.answering.export.citing import Source

_BIBTEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",  # braces must be balanced in BibTeX, escaped or not
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: "\\" + character for character in "$&%#_"},
}


def to_bibtex(sources: Sequence[Source]) -> str:
    """Write BibTeX in UTF-8: ``@misc``, with the places of the quotes in ``annote``."""
    return "\n".join(_entry(source) for source in sources)


def _entry(source: Source) -> str:
    numbers = dict(zip(("year", "month", "day"), map(str, source.parts), strict=False))
    fields = {
        "title": _escaped(source.title),
        "author": f"{{{_escaped(source.author)}}}" if source.author else None,  # as it stands, no names
        "howpublished": _escaped(source.container),
        **numbers,
        "date": None if source.parts else _escaped(source.date),
        "url": re.sub(r"[{}\\]", lambda m: f"%{ord(m.group()):02X}", source.url) if source.url else None,
        "note": source.kind,
        "language": _escaped(source.language),
        "annote": _escaped("; ".join(source.places)),
    }
    lines = "".join(f",\n  {name} = {{{value}}}" for name, value in fields.items() if value)
    return f"@misc{{{source.key}{lines}\n}}\n"


def _escaped(text: str | None) -> str | None:
    return re.sub(r"[\\{}~^$&%#_]", lambda match: _BIBTEX[match.group()], text) if text else None


def to_ris(sources: Sequence[Source]) -> str:
    """Write RIS in UTF-8, lines ended by CR and LF: type ``GEN``, a note for each quote."""
    lines: list[str] = []
    for source in sources:
        fields: list[tuple[str, str | None]] = [
            ("TY", "GEN"),
            ("ID", source.key),
            ("TI", source.title),
            ("AU", source.author),
            ("T2", source.container),
            ("PY", f"{source.parts[0]:04}" if source.parts else None),
            ("DA", _ris_date(source)),
            ("UR", source.url),
            ("M3", source.kind),
            ("LA", source.language),
            *(("N1", place) for place in source.places),
        ]
        lines += [f"{tag}  - {value}" for tag, value in fields if value]
        lines += ["ER  - ", ""]
    return "".join(f"{line}\r\n" for line in lines)


def _ris_date(source: Source) -> str | None:
    """Return year/month/day/other as RIS has it; a date in words is other."""
    if not source.date:
        return None
    if not source.parts:
        return f"///{source.date.replace('/', '-')}"
    year, *rest = source.parts
    month, day = [f"{number:02}" for number in rest] + [""] * (2 - len(rest))
    return f"{year:04}/{month}/{day}/"


def to_csl(sources: Sequence[Source]) -> str:
    """Write CSL-JSON: type ``document``, names and dates that are no numbers as literals."""
    return json.dumps([_item(source) for source in sources], ensure_ascii=False, indent=2) + "\n"


def _item(source: Source) -> dict[str, Any]:
    issued: dict[str, Any] = {"literal": source.date}
    if source.parts:
        issued = {"date-parts": [list(source.parts)]}
    fields = {
        "id": source.key,
        "type": "document",
        "title": source.title,
        "author": [{"literal": source.author}] if source.author else None,
        "container-title": source.container,
        "issued": issued if source.date else None,
        "URL": source.url,
        "genre": source.kind,
        "language": source.language,
        "note": "; ".join(source.places),
    }
    return {name: value for name, value in fields.items() if value}
