"""Messages that are not questions, and questions that refer to the one before."""

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
_KINDS = tuple((t, re.compile(rf"^\W*(?:{p})\W*$", re.IGNORECASE)) for t, p in _PHRASES)
_CONTINUATION = re.compile(
    r"^\W*(?:and|also|but|or|so|then|what about|how about|what of|what if|why(?: not| is that| so)?\W*$"
    r"|how so|how come\W*$|really\W*$|which ones?|in what way|for how long|how (?:often|long|much|many)\W*$"
    r"|when\W*$|where\W*$|who\W*$|more|tell me more|explain|such as|like what|any others?)(?!\w)",
    re.IGNORECASE,
)
_PRONOUNS = frozenset(
    """it its they them their theirs that those these this he she him her his one ones there same such both
    either former latter others another""".split()
)
_MAX_CONTENT = 3  # content words up to which a question with a pronoun is a follow-up
_MAX_ADDED = 6  # words of the earlier question that complete a follow-up
_MAX_CHARS = 400  # a longer question is no follow-up; a longer earlier one is cut


def message_kind(text: str) -> MessageKind | None:
    """Return what a message is if it is not a question to the documents; None for a question."""
    if len(text) > 120:
        return None
    return next((name for name, pattern in _KINDS if pattern.match(text)), None)


def continues(question: str) -> bool:
    """Tell whether a question begins like a continuation ("and …", "what about …")."""
    return bool(_CONTINUATION.match(question))


def resolve(question: str, history: Sequence[str]) -> str:
    """Complete a follow-up with the content words of the question it refers to.

    A question is a follow-up if it begins like a continuation ("and …", "what
    about …"), if it has at most one content word, or if it has few and one of
    its words is a pronoun. Others are returned as they are.
    """
    previous = ""
    for earlier in history:
        if message_kind(earlier) is None:
            previous = _complete(earlier[:_MAX_CHARS], previous)
    return question if len(question) > _MAX_CHARS else _complete(question, previous)


def _complete(question: str, previous: str) -> str:
    words = tokens(question)
    content_words = content(words)
    has_pronoun = any(token.text in _PRONOUNS for token in words)
    is_short = len(content_words) <= 1 or (has_pronoun and len(content_words) <= _MAX_CONTENT)
    if not previous or not (continues(question) or is_short):
        return question
    stems = {token.stem for token in content_words}
    added = [t for t in content(tokens(previous)) if t.stem not in stems]
    unique = list({t.stem: t.text for t in added}.values())[:_MAX_ADDED]
    return f"{question.rstrip()} ({' '.join(unique)})" if unique else question
