"""Words that give a verdict: more or less, helps or harms, common or rare, and what negates them.

Sentences about what works are written in few words of verdict, whatever their
subject ("did not differ", "was higher", "is not recommended"). A word within a
few words after a negation counts as negated (NegEx, Chapman et al., 2001). What
stands in brackets is left out: it explains, and seldom gives the verdict.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from tacrochat.text import tokens

FAMILIES: dict[str, str] = {
    "more": r"increas\w*|higher|highest|more|great(?:er|est)|rais\w+|ris(?:e|es|ing|en)|rose|elevat\w+"
    r"|gain\w*|longer|faster|sooner|earlier|grow\w*|grew|larg(?:er|est)|accelerat\w+"
    r"|overestimat\w+|overstat\w+|exceed\w*|enhanc\w+|expand\w*|excess\w*|often|positive\w*",
    "less": r"decreas\w*|lower\w*|lowest|less|fewer|reduc\w*|small(?:er|est)|drop\w*|fall\w*|fell"
    r"|declin\w+|shorte[rn]\w*|los[est]\w*|losing|loss|slow\w*|later|diminish\w*|shrink\w*"
    r"|shrank|underestimat\w+|understat\w+|subsid\w+|fad(?:e|es|ed|ing)|weak\w*|inverse\w*"
    r"|negative\w*|minimal\w*|little",
    "good": r"effective\w*|efficac\w+|benefi\w+|better|best|superior\w*|success\w*|improv\w*|works?"
    r"|worked|help\w*|useful\w*|safe\w*|clear(?:s|ed|ing|ance)|recover\w*|respon[sd]\w+"
    r"|regr[eo]w\w*|resilien\w+|recommend\w*|prevent\w*|protect\w*|promising|favou?r\w*"
    r"|approved|tolerated|remission|cured?|cures|relie[fv]\w*",
    "bad": r"ineffective\w*|inefficac\w+|worse\w*|worst|inferior\w*|harm\w*|risks?|risky|avoid\w*"
    r"|contraindicat\w+|danger\w*|toxic\w*|vulnerab\w+|adverse\w*|caus\w+|fail\w*|damag\w+"
    r"|useless|unsafe|warn\w*|threat\w*|refus\w+|discourag\w+|stopp?\w*|discontinu\w+"
    r"|prohibit\w*|forbid\w*|removed|withdraw\w*|withdrawn",
    "often": r"common\w*|frequent\w*|often|usual\w*|most|many|widespread|majority|always",
    "seldom": r"rare\w*|uncommon\w*|infrequent\w*|seldom|few|unusual|unlikely|hardly|scarce\w*"
    r"|sporadic\w*|only",
    "link": r"associat\w+|correlat\w+|link\w*|relat\w+|effects?|affect\w*|influen\w+|impact\w*"
    r"|differ\w*|chang\w+|evidence|sign|signs|indication|role|contribut\w+|depend\w*",
    "equal": r"similar\w*|comparab\w+|equal\w*|equivalen\w+|same|alike|unchanged|constant|stable"
    r"|unaffected|identical|resembl\w+|noninferior\w*|non-?significan\w*|insignifican\w*"
    r"|inconclusive|unclear|ns",
    "may": r"may|might|could|possib\w+|suggest\w*|postulat\w+|hypothes\w+|potential\w*|perhaps|likely"
    r"|probabl\w+",
    "turn": r"but|however|although|though|despite|whereas|while|yet|nevertheless|unless|contrary",
}
"""The families, each as a pattern of whole words in lower case."""

_PATTERNS = {name: re.compile(rf"(?:{pattern})\Z") for name, pattern in FAMILIES.items()}
_NEGATION = re.compile(
    r"(?:no|not|never|none|neither|nor|without|cannot|nobody|nothing|fail|fails|failed|lack|lacks|lacked|lacking"
    r"|absence|unable|unlikely|hardly|\w+n't)\Z"
)
# What is missing, planned or said under a condition is no verdict: "had no comparison group", "lack of data",
# "further trials might confirm", "may not help unless". Nor is an end of a range: "from the absence of it".
_NO_VERDICT = re.compile(
    r"\b(?:no|not|nor|without|never|cannot)\b(?:\W+\w+){0,3}?\W+(?:stud\w+|trials?|data|comparison"
    r"|control\w*|groups?|sources?|information|search\w*|robust|schedule|given|named?|reported|stated"
    r"|separate|clarified|established|known|clear\w*|proven|yet|enough|sufficient\w*|tested|placebo"
    r"|random\w*|listed|alone|only|cited|mention\w*)\b"
    r"|\b(?:lack|absence|paucity)\s+of\b(?:\W+\w+){0,3}?\W+(?:evidence|data|stud\w+|trials?|information)\b"
    r"|\b(?:may|might|will|do|does)\s+not\b[^.;]*\bunless\b|\bfrom\s+(?:the\s+)?absence\b"
    r"|\b(?:further|aim|whether|should be (?:studied|investigated)|might confirm|objective|hypothesis)\b",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_SCOPE = 5  # words after a negation that it may negate
_ENDS_SCOPE = frozenset("but however although though whereas while yet because".split())
_CACHED = 20_000
NEGATABLE = ("more", "less", "good", "bad", "link", "often", "equal")
"""The families that are counted apart where they are negated."""

SENTENCE_NAMES = (*FAMILIES, *(f"not {name}" for name in NEGATABLE), "negated")
"""What ``verdict`` says of a sentence, in this order."""


def verdict(text: str) -> tuple[float, ...]:
    """Return, for each of ``SENTENCE_NAMES``, 1 if the text has such a word and else 0."""
    return _verdict(text)


@lru_cache(maxsize=_CACHED)
def _verdict(text: str) -> tuple[float, ...]:
    words = [token.text for token in tokens(_BRACKETS.sub(" ", text))]
    scopes = in_scope(words)
    found = set()
    for word, is_negated in zip(words, scopes, strict=True):
        for name in _families(word):
            found.add(f"not {name}" if is_negated and name in NEGATABLE else name)
    if any(_NEGATION.match(word) for word in words):
        found.add("negated")
    return tuple(float(name in found) for name in SENTENCE_NAMES)


@lru_cache(maxsize=_CACHED)
def _families(word: str) -> tuple[str, ...]:
    return tuple(name for name, pattern in _PATTERNS.items() if pattern.match(word))


def gives_none(text: str) -> bool:
    """Tell whether a text says what is missing, planned or conditional, and so gives no verdict."""
    return bool(_NO_VERDICT.search(_BRACKETS.sub(" ", text)))


def denies(text: str) -> bool:
    """Tell whether a text negates an effect."""
    return any(_says(text, f"not {name}") for name in ("more", "less", "good", "bad", "link", "often"))


def affirms(text: str) -> bool:
    """Tell whether a text says that there is an effect, and neither negates nor contrasts anything."""
    is_plain = not any(_says(text, name) for name in ("negated", "equal", "turn"))
    return is_plain and any(_says(text, name) for name in ("more", "less", "good", "bad", "link", "often"))


def _says(text: str, name: str) -> bool:
    return bool(_verdict(text)[SENTENCE_NAMES.index(name)])


def in_scope(words: Sequence[str]) -> list[bool]:
    """Tell for each word, in lower case, whether it stands after a negation, within a few words."""
    result, left = [], 0
    for word in words:
        result.append(left > 0 and word not in _ENDS_SCOPE)
        left = 0 if word in _ENDS_SCOPE else max(left - 1, 0)
        if _NEGATION.match(word):
            left = _SCOPE
    return result
