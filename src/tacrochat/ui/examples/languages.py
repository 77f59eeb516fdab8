"""The language of a document or a part of it, by the most frequent words."""

import re
from collections import Counter

from tacrochat.types import Document
from tacrochat.ui.wording import LANGUAGES, Language

_SAMPLE = 6_000  # code points that are looked at
_LEAST = 5  # of the frequent words, before a language is named
FREQUENT: dict[Language, frozenset[str]] = {
    "en": frozenset("the of and to in is that for with was are this be by which or from not it as".split()),
    "de": frozenset(
        "der die und das ist nicht mit den von ein eine im zu auf wird sich auch als dem des".split()
    ),
    "fr": frozenset("le la les des et est une dans que pour qui pas du par sur sont au avec ce plus".split()),
    "es": frozenset("el los las y es una que por para con del se no un su al como más lo está".split()),
}
_WORD = re.compile(r"[^\W\d_]+")


def language_of(document: Document, text: str = "") -> Language | None:
    """Return the language of a document, or of a text in it; None if the page has no question form in it.

    Documents are translated in part, and templates state a language for all their
    texts: so the words decide, and what the document states only if they do not.
    """
    found = _by_words(text) or _by_words(document.text[:_SAMPLE])
    stated = (document.language or "").lower()[:2]
    return found or next((language for language in LANGUAGES if language == stated), None)


def _by_words(text: str) -> Language | None:
    words = Counter(word.lower() for word in _WORD.findall(text[:_SAMPLE]))
    counts = {language: sum(words[word] for word in frequent) for language, frequent in FREQUENT.items()}
    first, second = sorted(counts, key=lambda language: -counts[language])[:2]
    return first if counts[first] >= max(_LEAST, 1.5 * counts[second]) else None


def fits(phrase: str, language: Language) -> bool:
    """Tell whether no function word of a phrase is one of another language only."""
    words = {word.lower() for word in _WORD.findall(phrase)}
    return bool(words & FREQUENT[language]) or not any(words & frequent for frequent in FREQUENT.values())
