"""Closed classes of English words, by which a question is taken apart without a parser."""

from tacrochat.text import STOPWORDS, Token, stem, tokens

WH = frozenset("what how why who whom whose which when where".split())
BE = frozenset("is are was were am isn't aren't wasn't weren't".split())
DO = frozenset("do does did don't doesn't didn't".split())
MODALS = frozenset(
    "can could should must may might will would shall can't couldn't shouldn't won't wouldn't".split()
)
HAVE = frozenset("has have had hasn't haven't hadn't".split())
AUXILIARIES = BE | DO | MODALS | HAVE
PREPOSITIONS = frozenset(
    """in on at by for with without from to of about against during after before under over between among
    through into onto until since within as per via like across around behind beside near inside
    outside beyond towards despite besides""".split()
)
CONJUNCTIONS = frozenset("and or but if when while because that than whether unless so".split())
SUBORDINATORS = frozenset("when if while after before during because unless until".split())
DETERMINERS = frozenset(
    """a an the my your his her its our their this that these those some any each every no another
    both all most many several few such""".split()
)
SUBJECT_PRONOUNS = frozenset("i you he she it we they there this that these those one someone".split())
PRONOUNS = SUBJECT_PRONOUNS | frozenset(
    "me him them us mine yours hers theirs others myself itself themselves i'm you're they're it's".split()
)

# Verbs that questions are asked with; their other forms have the same stem.
_VERBS = frozenset(
    stem(verb)
    for verb in """act affect allow apply appear approve avoid become begin believe bring burn buy call
    carry cause change check choose clean clear come compare compress contain control convert copy cost
    create cure damage decide decrease delete depend describe develop diagnose die differ discover drink
    drive eat end enter exist expect explain fail fall feel find fix follow forget form found go grow
    happen harm heal hear heat help hold hurt improve increase infect inhibit install interact invent
    keep kill know last lead leave live look lose lower make manage mean measure mix move need notice
    occur open paint pay play prevent produce protect provide put raise reach read reduce relieve remove
    replace report require restore return reverse rise run save say see sell send serve show sleep slow
    smell sort spread stand start stay stimulate stop store suffer swallow take taste tell test thin
    think treat try turn understand update wash wear weigh win wipe work worsen write""".split()
)
_SHORT = frozenset("what's whats who's how's hows where's when's why's wich".split())
_SINGULAR_ENDINGS = ("ss", "us", "is", "'s")
_SINGULAR = frozenset("diabetes herpes measles mumps rabies scabies rickets shingles series species".split())
_PLURAL = frozenset("people children men women teeth feet mice data bacteria kids adults".split())


def is_verb(token: Token) -> bool:
    """Tell whether a word may be one of the verbs that questions are asked with; "container" is none."""
    is_agent = token.text.rstrip("s").endswith(("er", "or")) and not token.stem.endswith(("er", "or"))
    return token.stem in _VERBS and not is_agent


def is_closed(token: Token) -> bool:
    """Tell whether a word ends a noun phrase: an auxiliary, preposition, pronoun or the like."""
    text = token.text
    return (
        text in AUXILIARIES
        or text in PREPOSITIONS
        or text in CONJUNCTIONS
        or text in PRONOUNS
        or text in WH
        or (text in STOPWORDS and text not in DETERMINERS)
    )


def is_plural(phrase: str) -> bool:
    """Tell whether a noun phrase is plural, by the last word before its first preposition."""
    words = [token.text for token in tokens(phrase)]
    if not words or words[0] in {"a", "an", "this", "that", "each", "every", "another"}:
        return False
    end = next((i for i, word in enumerate(words) if i and word in PREPOSITIONS), len(words))
    head = words[end - 1]
    if head in _PLURAL:
        return True
    return head.endswith("s") and not head.endswith(_SINGULAR_ENDINGS) and head not in _SINGULAR


def opens(text: str) -> bool:
    """Tell whether a text begins like a question: with a question word or an auxiliary.

    "When it burns, …" does not: it is followed by a subject.
    """
    words = [token.text for token in tokens(text)[:2]]
    if len(words) < 2:
        return False
    first, second = words
    if first in PREPOSITIONS:
        return second in WH
    if first in {"when", "where"}:
        return second in AUXILIARIES
    return first in WH | AUXILIARIES - {"had"} or first in _SHORT


def as_question(text: str) -> str:
    """Return a question with a capital first, if its first word has none, and one question mark last."""
    bare = text.strip().rstrip("?!.,;: ")
    first_word = bare.split(" ", 1)[0]
    return (bare[:1].upper() if first_word.islower() else bare[:1]) + bare[1:] + "?"
