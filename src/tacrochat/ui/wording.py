"""The texts of the page, one table for each language: ``messages/LANGUAGE.json``."""

import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

Language = Literal["en", "de", "fr", "es"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_RANGE = re.compile(r"\s*([a-z]+)(?:-[a-z0-9]+)*\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?", re.IGNORECASE)


@cache
def translations(language: Language) -> dict[str, str]:
    """Return all texts of a language by key."""
    path = files("tacrochat.ui") / "messages" / f"{language}.json"
    table: dict[str, str] = json.loads(path.read_text("utf-8"))
    return {key: _unbroken(text, language) for key, text in table.items()}


def _unbroken(text: str, language: Language) -> str:
    """Return a text with no-break spaces where a line must not end; the tables have plain ones."""
    if language == "fr":
        text = re.sub(" (?=[;?!])", "\u202f", text)
        text = re.sub(" (?=[:»])|(?<=«) ", "\u00a0", text)
    return text.replace(" %", "\u00a0%")


def say(language: Language, key: str, **values: object) -> str:
    """Return a text in a language, its placeholders filled; not escaped."""
    text = translations(language)[key]
    return text.format(**values) if values else text


def language_of_header(accepted: str | None, offered: Sequence[Language] = LANGUAGES) -> Language:
    """Choose the language by an Accept-Language header: the one wanted most that is offered, else the first.

    A part that is not valid counts for nothing, as does one with ``q=0``.
    """
    parts = [_RANGE.fullmatch(part) for part in (accepted or "").split(",")]
    wanted = [(match[1].lower(), float(match[2] or 1)) for match in parts if match]
    for code, weight in sorted(wanted, key=lambda pair: pair[1], reverse=True):
        for language in offered:
            if code == language and weight > 0:
                return language
    return offered[0]
