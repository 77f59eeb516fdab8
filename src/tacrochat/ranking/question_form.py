"""What a question asks for, and whether a text holds that kind of thing."""

import re
from collections.abc import Sequence
from functools import lru_cache

_CACHED = 50_000  # sentences whose form is cached: the same sentences are candidates again and again
_NEGATION = re.compile(r"\b(?:no|not|never|none|neither|nor|without|cannot)\b|n['’]t\b", re.IGNORECASE)

_REFERS_BACK = re.compile(
    r"\W*(?:(?:in|for|with|of|by|among|to) )?"
    r"(?:this|these|that|those|they|them|it|its|such|he|she|his|her|their|both)\b",
    re.IGNORECASE,
)

# How a question of one type is asked, and what a text that answers it holds.
_TYPES: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(question, re.IGNORECASE), re.compile(answer))
    for question, answer in (
        (
            r"\bhow (?:many|much|old|long|often|high|big|large|far|fast|tall|common|likely)\b"
            r"|\b(?:percent(?:age)?|rate|number|dose|dosage|amount|frequency|share|cost|price)\b",
            r"\d|\b(?:once|twice|one|two|three|four|five|six|seven|eight|nine|ten|half|daily|weekly|months?|weeks?|days?|"
            r"hundreds?|thousands?|millions?|most|many|few|several|none)\b",
        ),
        (
            r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century)\b|\bhow long\b",
            r"\b\d{3,4}\b|\b(?:January|February|March|April|May|June|July|August|September|October|November|December"
            r"|century|weeks?|months?|years?|days?|hours?)\b",
        ),
        (
            r"^\W*who(?:m|se)?\b|\b(?:what|which) (?:person|man|woman|king|author|doctor)\b",
            r"\b[A-Z][a-z]+ [A-Z][a-z]+\b"
            r"|\b(?:doctors?|physicians?|patients?|people|children|adults?|women|men)\b",
        ),
        (
            r"^\W*where\b|\b(?:what|which) (?:country|city|place|region|area)\b",
            r"\b(?:in|at|near|from|on|to) (?:the )?[A-Z]|\b(?:area|region|place|site|side|part)s?\b",
        ),
        (
            r"^\W*why\b|\bwhat (?:causes?|reason)\b",
            r"\b(?:because|due to|since|as a result|caused?|reason|therefore|so that|leads? to|owing)\b",
        ),
    )
)

# "What is alopecia areata?", but not "What is the dose?" or "What is a cure for it?".
_ASKS_MEANING = re.compile(
    r"""\W* what (?:['’]s|\ (?:is|are|was|were|do|does)) \s+ (?:an?\s+)?
    (?! (?:the|it|this|that|they|you|i)\b )
    (?P<subject> [\w-]+ (?:\ (?!(?:of|for|in|to|with|from|by|about|between|and|or|after|when|if)\b)
      [\w-]+){0,3}?)
    (?:\ mean)? \W* $""",
    re.IGNORECASE | re.VERBOSE,
)
# "X is a …", "X (…) is patchy hair loss", "X means …", but not "X is used …" or "X is not …".
_MEANS = r"""
    (?:e?s)?\b (?:\ ?\([^)]*\))? (?:,\ [^,.]{1,60},)? \ (?:
      (?:is|are|was|were)\ (?:
        (?:an?|one|any|the\ (?:name|term|process|study|use|loss|state|act|branch))\b
        | (?!(?:not?|also|often|now|very|only|known|being|made|thought|given|taken|\w+ed|\w+ly|\w+ing)\b)
          \w+ (?:\ \w+){0,2} \ \w{4,}
      )
      | (?:means?|refers?\ to|describes?|denotes?)\b
    )"""


def negation(question: str, sentences: Sequence[str]) -> list[float]:
    """Return -1 for a sentence if one of it and the question is negated and the other is not, else 0."""
    is_negated = _is_negated(question)
    return [-float(_is_negated(sentence) != is_negated) for sentence in sentences]


@lru_cache(maxsize=_CACHED)
def _is_negated(text: str) -> bool:
    return bool(_NEGATION.search(text))


@lru_cache(maxsize=_CACHED)
def refers_back(sentence: str) -> bool:
    """Tell whether a sentence starts with a pronoun for something said before ("These …", "In this …")."""
    return bool(_REFERS_BACK.match(sentence))


def answer_type(question: str, texts: Sequence[str]) -> list[float]:
    """Tell how far each text holds the type of answer that the question asks for.

    Types are a number, a date, a person, a place, a reason, and what something
    is. The value is the share of the types asked for that the text holds, minus .5;
    0 if the question asks for none of them.
    """
    types, meaning = _wanted(question)
    count = len(types) + (meaning is not None)
    if not count:
        return [0.0] * len(texts)
    return [
        (sum(_holds(number, text) for number in types) + bool(meaning and meaning.search(text))) / count - 0.5
        for text in texts
    ]


@lru_cache(maxsize=64)
def _wanted(question: str) -> tuple[tuple[int, ...], re.Pattern[str] | None]:
    """Return the types that a question asks for, by their number in ``_TYPES``, and what says its meaning."""
    asks_meaning = _ASKS_MEANING.match(question)
    return (
        tuple(number for number, (pattern, _) in enumerate(_TYPES) if pattern.search(question)),
        _means(asks_meaning["subject"]) if asks_meaning else None,
    )


@lru_cache(maxsize=_CACHED)
def _holds(number: int, text: str) -> bool:
    """Tell whether a text holds the answer type with this number in ``_TYPES``."""
    return bool(_TYPES[number][1].search(text))


def _means(subject: str) -> re.Pattern[str]:
    """Match a text that says what the subject is ("X is a …", "X means …")."""
    return re.compile(rf"\b{re.escape(subject)}{_MEANS}", re.IGNORECASE | re.VERBOSE)
