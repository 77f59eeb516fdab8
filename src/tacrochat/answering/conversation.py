"""Messages that are not questions, or several, and words that continue the question before."""

import re
from typing import Literal

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


def message_kind(text: str) -> MessageKind | None:
    """Return what a message is if it is not a question to the documents; None for a question."""
    if len(text) > 120:
        return None
    return next((name for name, pattern in _KINDS if pattern.match(text)), None)


def continues(question: str) -> bool:
    """Tell whether a question begins like a continuation ("and …", "what about …")."""
    return bool(_CONTINUATION.match(question))
