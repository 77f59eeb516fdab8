"""How a message refers to something said before: by a pronoun, by its place, by words without a verb.

Patterns of English only; nothing here knows the documents.
"""

import re

from tacrochat.text import tokens

_CUES = re.compile(
    r"^\W*(?:(?:and|also|but|or|so|then|ok(?:ay)?|well|nope|nah|sorry|oh|wait|actually|rather|instead)\b\W*"
    r"|no\b\W*(?=[,.;:!–-]|(?:i|the|not|sorry)\b)|(?<=no)[\s,.;:!–-]+"
    r"|(?:what|how) (?:about|of|abt)\b\W*|i (?:mean|meant)\b\W*|not that\b\W*"
    r"|i(?:'?m| am| was) (?:asking|talking) about\b\W*"
    r"|(?:(?:let'?s )?(?:going|go|coming|come) )?back to\b\W*)+",
    re.IGNORECASE,
)
_AFTERWARDS = re.compile(r"\W*\b(?:i mean|i meant|instead|then|rather|please|too|as well)\W*$", re.IGNORECASE)
_CORRECTION = re.compile(
    r"^\W*(?:no(?=\W*[,.;:!–-]|\W+(?:i|the|not|sorry)\b)|nope|nah|sorry|oh|wait|actually|rather)\b"
    r"|\bi mean(?:t)?\b|\bi(?:'?m| am| was) (?:asking|talking) about\b|\binstead\b",
    re.IGNORECASE,
)
_CLAUSE = frozenset(
    """what which who whom whose when where why how is are was were am do does did can could should shall will
    would has have had may might must whats hows wheres whos whens whys isnt arent dont doesnt didnt cant
    what's how's where's who's isn't aren't don't doesn't didn't can't""".split()
)
_HEAD = re.compile(r"([^.,;:!?–]{2,60})[.,;:!?–]+\s+(\S.*)", re.DOTALL)

_THING = (
    r"(?:one|ones|kind|type|sort|study|trial|drug|medicine|treatment|thing|disease|condition|command|tool)"
)
_FIRST = re.compile(rf"\b(?:former|(?:first|1st|earliest)(?: {_THING}\b|\W*$))", re.IGNORECASE)
_SECOND = re.compile(rf"\b(?:latter|(?:second|2nd)(?: {_THING}\b|\W*$))", re.IGNORECASE)
_OTHER = re.compile(
    rf"\b(?:the other(?: {_THING}\b|\W*$)|(?:previous|earlier) {_THING}\b|(?:one|the one) before\b)",
    re.IGNORECASE,
)
_BOTH = re.compile(r"\b(?:both|the (?:two|2)(?: of them)?(?=\W*$|\W+of\b))\b", re.IGNORECASE)
_SEVERAL = re.compile(
    r"\b(?:they|them|their|theirs|both|the two|these|those|each|either|neither|which (?:one|of)|together)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\W*([1-9])\W*")

# "It" that stands for nothing: "is it safe to …", "how long does it take".
_EMPTY = re.compile(
    r"\b(?:is|was|isn't|can|would|will|may) it (?:be )?(?:\w+ )?(?:safe|ok|okay|fine|possible|true|better"
    r"|best|necessary|normal|dangerous|bad|good|common|easy|hard|important|worth|wise|likely) (?:\w+ )?"
    r"(?:to|that|for|if)\b"
    r"|\bit (?:takes?|means?|possible|true)\b|\b(?:is|are|was|were|isn't|will) there\b"
    r"|\bthere(?:'s| is| are| was| were)\b",
    re.IGNORECASE,
)
_BEFORE = (
    r"(?:is|was|does|did|do|can|could|will|would|has|had|to|for|from|of|with|on|in|by|at|after|before|about)"
)
_PRONOUN = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|there|such|both|same)\b"
    rf"|\b(?:that|this|these|those) ones?\b|\b{_BEFORE} (?:that|this|those|these)\b"
    r"|\b(?:that|this|those|these)(?=\W*$)|\b(?:one|ones)(?=\W*$)"
    r"|\b(?:that|those) (?=afterwards|as well|too)",
    re.IGNORECASE,
)
_REPLACEABLE = re.compile(
    r"\b(?:that|this) one\b|\b(?:it|he|she|him|they|them)\b|\b(?:its|his|their)\b(?= \w)"
    r"|(?<=\b(?:is|or) )(?:that|this)(?= \w+\W*$)",
    re.IGNORECASE,
)
_OWNED = frozenset({"its", "his", "their"})


def is_correction(message: str) -> bool:
    """Tell whether a message corrects the one before: "no, the ointment", "I meant the cream"."""
    return bool(_CORRECTION.search(message))


def divide(message: str) -> tuple[str, str]:
    """Divide a message into a reference without a verb and a question, either of which may be empty.

    "And the first one, what is the dose?" has both, "and in children?" is a
    reference only, "is it dangerous?" a question only.
    """
    bare = _AFTERWARDS.sub("", _CUES.sub("", message, count=1)).strip() or message.strip()
    if not _is_clause(bare):
        return bare.rstrip("?!. "), ""
    divided = _HEAD.fullmatch(bare)
    if divided and not _is_clause(divided[1]) and _is_clause(divided[2]):
        return divided[1].strip(), divided[2].strip()
    return "", message.strip()


def _is_clause(text: str) -> bool:
    return any(token.text in _CLAUSE for token in tokens(text))


def has_pronoun(question: str) -> bool:
    """Tell whether a question has a word that stands for something said elsewhere."""
    return bool(_PRONOUN.search(_EMPTY.sub(" ", question)))


def means_several(question: str) -> bool:
    """Tell whether a question is about several things at once: "how do they differ?"."""
    return bool(_SEVERAL.search(question))


def position(text: str) -> str:
    """Return "first", "second", "other" or "both" if a text names a subject by its place, else ""."""
    for name, pattern in (("first", _FIRST), ("second", _SECOND), ("other", _OTHER), ("both", _BOTH)):
        if pattern.search(text):
            return name
    return ""


def number(text: str) -> int:
    """Return the number of a choice if a message is nothing else, else 0."""
    found = _NUMBER.fullmatch(text)
    return int(found[1]) if found else 0


def with_subject(question: str, name: str, *, may_replace: bool = True) -> str:
    """Return a question with a subject's name in the place of its pronoun, or else behind it in brackets."""
    if name.casefold() in question.casefold():
        return question
    blank = _EMPTY.sub(lambda match: "\0" * len(match[0]), question)
    places = list(_REPLACEABLE.finditer(blank))
    kinds = {match[0].casefold() for match in places}
    if may_replace and len(kinds) == 1 and len(_PRONOUN.findall(blank)) <= len(places):
        owner = name + ("'" if name.endswith("s") else "'s")
        return _REPLACEABLE.sub(lambda m: owner if m[0].casefold() in _OWNED else name, question)
    return f"{question.rstrip()} ({name})"
