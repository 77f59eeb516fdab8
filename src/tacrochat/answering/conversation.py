"""Turns that are no question, and questions that lean on the turn before."""

import re
from collections.abc import Sequence
from typing import Literal

from tacrochat.text import content, tokens

MessageKind = Literal["greeting", "thanks", "help", "documents", "farewell"]

_PHRASES: tuple[tuple[MessageKind, str], ...] = (
    (
        "greeting",
        r"(?:hi|hello|hey|hallo|good (?:morning|afternoon|evening|day)|greetings"
        r"|guten (?:tag|morgen|abend))(?: there| all| everyone| tacrochat)?"
        r"(?:[\s,.!]*how are you(?: doing)?(?: today)?)?",
    ),
    (
        "thanks",
        r"(?:ok(?:ay)?[\s,.!]+)?(?:many |great[\s,.!]+)?(?:thanks?(?: you)?|thx|ty|cheers|danke)"
        r"(?: (?:a lot|so much|very much|again|for .{1,40}|schön))?(?:[\s,.!]+(?:bye|goodbye))?"
        r"|(?:that(?:'s| is| was) )?(?:very |really )?(?:helpful|great|perfect|nice)"
        r"(?:[\s,.!]+thanks?(?: you)?)?|ok(?:ay)?|got it",
    ),
    ("farewell", r"(?:good ?bye|bye(?: bye)?|see you(?: later)?|ciao|tschüss)"),
    (
        "help",
        r"help|(?:can you )?help me"
        r"|what can (?:you do|i ask(?: you)?|you (?:tell|help) me(?: (?:about|with))?)"
        r"|how (?:do|can) i use (?:this|it|you|the (?:chat|app))|how does this (?:chat |app |page )?work"
        r"|who are you|what are you|what is this(?: (?:chat|app|page))?",
    ),
    (
        "documents",
        r"(?:which|what) (?:documents?|sources?|files?|texts?)"
        r"(?: (?:do|can|have|are|is|did|you|got|know|use|read|there|search|quote|available|loaded|indexed"
        r"|using|based|on|here|in|the|index|library|folder|corpus))*"
        r"|(?:list|show)(?: me| all| the| your)* (?:documents?|sources?|files?)"
        r"|what are (?:your|the) (?:documents?|sources?|files?)",
    ),
)
_TURNS = tuple((t, re.compile(rf"^\W*(?:{p})\W*$", re.IGNORECASE)) for t, p in _PHRASES)
_LEAD = re.compile(
    r"^\W*(?:and|also|but|or|so|then|what about|how about|what of|what if|why(?: not| is that| so)?\W*$"
    r"|how so|how come\W*$|really\W*$|which ones?|in what way|for how long|how (?:often|long|much|many)\W*$"
    r"|when\W*$|where\W*$|who\W*$|more|tell me more|explain|such as|like what|any others?)(?!\w)",
    re.IGNORECASE,
)
_ANAPHORS = frozenset(
    """it its they them their theirs that those these this he she him her his one ones there same such both
    either former latter others another""".split()
)
_FEW = 3
_REMEMBERED = 6
_MOST_PARTS = 4
_LONG = 400  # code points above which a question stands alone, and an earlier one is cut


def parts(text: str) -> list[str]:
    """Split a message into its questions; a message with one question, or none, stays whole."""
    found = re.findall(r"[^?]+\?+", text)
    asked = [part.strip() for part in found if content(tokens(part))]
    ended = not text[sum(map(len, found)) :].strip()
    return asked if ended and 1 < len(asked) <= _MOST_PARTS else [text]


def message_kind(text: str) -> MessageKind | None:
    """Tell what a message is when it asks nothing of the documents; None for a question."""
    if len(text) > 120:
        return None
    return next((name for name, pattern in _TURNS if pattern.match(text)), None)


def continues(question: str) -> bool:
    """Tell whether a question opens like a continuation ("and …", "what about …")."""
    return bool(_LEAD.match(question))


def resolve(question: str, history: Sequence[str]) -> str:
    """Complete a follow-up with the content words of the question it leans on.

    A question leans on the one before when it opens like a continuation ("and
    …", "what about …"), when it has hardly any content words, or when it has few
    and points back with a pronoun. Others are returned as they are.
    """
    before = ""
    for earlier in history:
        if message_kind(earlier) is None:
            before = _complete(earlier[:_LONG], before)
    return question if len(question) > _LONG else _complete(question, before)


def _complete(question: str, before: str) -> str:
    found = tokens(question)
    own = content(found)
    points_back = any(token.text in _ANAPHORS for token in found)
    leans = continues(question) or len(own) <= 1 or (points_back and len(own) <= _FEW)
    if not before or not leans:
        return question
    stems = {token.stem for token in own}
    added = [t for t in content(tokens(before)) if t.stem not in stems]
    unique = list({t.stem: t.text for t in added}.values())[:_REMEMBERED]
    return f"{question.rstrip()} ({' '.join(unique)})" if unique else question
