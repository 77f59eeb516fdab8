"""How many people a document studied, in its own words."""

import re

from tacrochat.types import Document, Quote, Span

_OPENING = 3_000  # code points of a document that are looked at where the quote does not say it
_WHO = (
    "patients|participants|people|persons|children|adults|subjects|women|men|volunteers|infants|recipients"
    "|adolescents|girls|boys|individuals|cases"
)
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_ONES = "two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_NUMBER = rf"(?:\d{{1,3}}(?:[,  ]\d{{3}})+|\d+|(?:{_TENS})(?:[-‑](?:one|{_ONES}))?|{_ONES}|{_TEENS})"
# Not "12 weeks in adults", "5 mg for men", "10 % of people": what stands between describes the people.
_OTHER = (
    r"(?:of|in|to|per|for|and|or|than|weeks?|months?|years?|days?|hours?|times|mg|g|kg|ml|million|billion)"
)
_STUDIED = re.compile(
    rf"(?<![\w.,/–-]){_NUMBER}\s+(?:(?!{_OTHER}\b)[a-z][\w-]*\s+){{0,3}}?(?:{_WHO})\b", re.IGNORECASE
)
# "1 in 10 people", "up to 5 patients": how often something happens, or a limit.
_SHARE = re.compile(
    r"\b(?:every|each|per|up to|at least|at most|than"
    r"|(?:\d|one|two|three)\s*(?:/|in|(?:in|out of) every))\s*\Z",
    re.IGNORECASE,
)


def people(quote: Quote, document: Document) -> str:
    """Return how many people were studied as the quote, or else its document's opening, says it; else ""."""
    return _first(quote.text, (0, len(quote.text))) or _first(document.text, (0, _OPENING))


def _first(text: str, span: Span) -> str:
    for found in _STUDIED.finditer(text, *span):
        if not _SHARE.search(text[max(0, found.start() - 20) : found.start()]):
            return found.group()
    return ""
