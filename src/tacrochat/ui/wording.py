"""The texts of the page, one table for each language: ``messages/LANGUAGE.json``."""

import json
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

Language = Literal["en", "de", "fr", "es"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@cache
def translations(language: Language) -> dict[str, str]:
    """Return all texts of a language by key."""
    table: dict[str, str] = json.loads(
        (files("tacrochat.ui") / "messages" / f"{language}.json").read_text("utf-8")
    )
    return table


def say(language: Language, key: str, **values: object) -> str:
    """Return a text in a language, its placeholders filled; not escaped."""
    text = translations(language)[key]
    return text.format(**values) if values else text


def language_of_header(accepted: str | None) -> Language:
    """Choose the language by an Accept-Language header: the first that the page has, else English."""
    for part in (accepted or "").lower().split(","):
        code = part.split(";")[0].strip()[:2]
        for language in LANGUAGES:
            if code == language:
                return language
    return "en"
