"""Numbers, dates and ``lang``, as each language of the page writes them."""

import re

from tacrochat.ui.wording import Language, say

_GROUPED: dict[Language, str] = {"en": ",", "de": ".", "fr": "\u202f", "es": "."}
_DECIMAL: dict[Language, str] = {"en": ".", "de": ",", "fr": ",", "es": ","}
_NO_BREAK = "\u00a0"
_DAY = re.compile(r"([1-9]\d{3})-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?")
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


def number(language: Language, value: int) -> str:
    """Return a whole number with its thousands grouped, as ``Intl.NumberFormat`` does in the browser."""
    if language == "es" and abs(value) < 10_000:  # Spanish does not group four digits
        return str(value)
    return f"{value:,}".replace(",", _GROUPED[language])


def decimal(language: Language, value: float, digits: int = 2) -> str:
    """Return a number with its decimals."""
    return f"{value:.{digits}f}".replace(".", _DECIMAL[language])


def percent(language: Language, share: float) -> str:
    """Return a share of 0 to 1 as per cent."""
    return f"{round(100 * share)}{'' if language == 'en' else _NO_BREAK}%"


def date(language: Language, text: str) -> str:
    """Return a date, ``2021-05-04`` or ``2021-05``, in words; any other text as it is.

    The text is that of a document's own details, which may hold anything.
    """
    match = _DAY.fullmatch(text.strip())
    if match is None:
        return text
    year, month, day = match.groups()
    values: dict[str, object] = {"month": say(language, f"month_{int(month)}"), "year": year}
    return say(language, "date_day", day=int(day), **values) if day else say(language, "date_month", **values)


def language_tag(code: str | None) -> str:
    """Return the value of ``lang`` for a document's text, "" (unknown) if it is not the code of a language.

    Without the attribute, the text would have the language of the page.
    """
    tag = (code or "").strip().replace("_", "-")
    return tag if _TAG.fullmatch(tag) else ""
