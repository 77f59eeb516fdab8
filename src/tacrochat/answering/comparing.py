"""Questions that compare things, as the same question about each thing."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tacrochat.answering.found_phrases import FoundPhrases
from tacrochat.answering.naming import MAX_WORDS, cut, named, shared_head, things_in
from tacrochat.answering.question_words import (
    AUXILIARIES,
    BE,
    PREPOSITIONS,
    WH,
    is_plural,
    is_verb,
)
from tacrochat.text import STOPWORDS, Token, tokens

_AUXILIARY = rf"(?P<aux>{'|'.join(sorted(AUXILIARIES - {'have', 'had', 'has', 'am'}))})"
_COMPARATIVE = (
    r"(?P<than>better|worse|safer|stronger|weaker|faster|slower|cheaper|easier|harder|milder|riskier|older"
    r"|newer|larger|bigger|smaller|higher|lower|longer|shorter|(?:more|less) (?!than)[\w-]+)"
)
_PREPOSITION = "(?:for|in|on|at|with|when|against|after|during|regarding|to)"
_TAIL = rf"(?P<tail> {_PREPOSITION}\s.+)?"

_DIFFERENCE = re.compile(
    r"^(?:(?:what(?:'s|s| is| are| was)|explain|describe|tell me(?: about)?|is there|are there|show me)\s+)?"
    rf"(?:the |any |a )?(?:(?:main|key|big|major) )?differen(?:ce|t)s? between (?P<things>.+?){_TAIL}$",
    re.IGNORECASE,
)
_DIFFER_FROM = re.compile(
    r"^(?:how|in what way) (?:do|does|did|is|are) (?P<x>.+?) differ(?:ent)? from (?P<y>.+?)"
    r"(?: in (?P<respect>.+))?$",
    re.IGNORECASE,
)
_DIFFER = re.compile(
    r"^(?:how|in what way) (?:do|does|did|are) (?P<things>.+?) differ(?:ent)?(?: in (?P<respect>.+))?$",
    re.IGNORECASE,
)
_COMPARE = re.compile(
    r"^(?:please )?(?:compare|(?:a )?comparison (?:of|between)) (?P<things>.+?)"
    r"(?P<tail> (?:for|in|on|at|when|regarding)\s.+)?$",
    re.IGNORECASE,
)
_VERSUS = re.compile(rf"^(?P<x>.+?) (?:vs\.?|versus|compared (?:to|with)) (?P<y>.+?){_TAIL}$", re.IGNORECASE)
_BARE = re.compile(rf"^(?P<x>[^,]+?) or (?P<y>[^,]+?){_TAIL}$", re.IGNORECASE)
_WHICH = re.compile(
    rf"^(?:which|what|wich)(?: one)? (?P<verb>\w+)(?P<object>(?: [^,]+?)?) {_COMPARATIVE}"
    rf"(?P<tail> {_PREPOSITION} [^,]*)?[,:] "
    r"(?P<x>.+?),? or (?P<y>.+)$",
    re.IGNORECASE,
)
_WHICH_AFTER = re.compile(
    r"^(?P<x>.+?) or (?P<y>[^,]+?)[,:]? (?:which|what|wich)(?: one)? (?P<verb>\w+)(?P<object>)"
    rf" {_COMPARATIVE}(?P<tail> {_PREPOSITION} [^,]*)?$",
    re.IGNORECASE,
)
_EITHER = re.compile(rf"^{_AUXILIARY} (?P<x>[^,]+?) or (?P<y>[^,]+?) {_COMPARATIVE}{_TAIL}$", re.IGNORECASE)
_THAN = re.compile(
    rf"^{_AUXILIARY} (?P<x>[^,]+?) (?P<much>(?:any|much|far|a lot) )?{_COMPARATIVE}"
    rf" than (?P<y>[^,]+?){_TAIL}$",
    re.IGNORECASE,
)
_WITH = re.compile(r" (?:with|to|and|against|versus|vs\.?) ", re.IGNORECASE)
_AND = re.compile(r",? and (?:also )?| or ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The things that a question compares, and the same question about each."""

    things: tuple[str, ...]
    questions: tuple[str, ...]


def comparison(question: str, phrases: FoundPhrases) -> Comparison | None:
    """Take a comparing question apart; None if it compares nothing, or things that have no name in it.

    ``question`` is one question. The passages found say how the things are called
    if words are left out: "bubonic and pneumonic plague".
    """
    text = " ".join(question.split()).rstrip("?!. ")
    prefix, text = _prefix(text)
    for pattern, read in _FORMS:
        match = pattern.match(text)
        if match and (found := read(match, phrases)):
            return Comparison(found.things, tuple(prefix + q for q in found.questions))
    return None


def _prefix(text: str) -> tuple[str, str]:
    """Cut off what comes before the question: "In GIMP, "."""
    match = re.match(
        r"(?:in|for|with|on|after|before|during|to|as for) [^,?]{1,60}, |[^,:?]{1,60}: ", text, re.IGNORECASE
    )
    return (match.group(), text[match.end() :]) if match else ("", text)


def _difference(match: re.Match[str], phrases: FoundPhrases) -> Comparison | None:
    return _asked(things_in(match["things"], _AND, phrases), _definition(match["tail"] or ""))


def _differ(match: re.Match[str], phrases: FoundPhrases) -> Comparison | None:
    groups = match.groupdict()
    pair = (groups["x"], groups["y"]) if "x" in groups else cut(groups["things"], _AND, phrases)
    things = named(pair, phrases) if pair else None
    if respect := groups["respect"]:
        return _asked(things, lambda thing: f"how {_do(thing)} {thing} differ in {respect}")
    return _asked(things, _definition(""))


def _compared(match: re.Match[str], phrases: FoundPhrases) -> Comparison | None:
    tail = match["tail"] or ""
    things = things_in(match["things"], _WITH, phrases)
    return _asked(things, (lambda thing: thing + tail) if tail else _definition(""))


def _versus(match: re.Match[str], phrases: FoundPhrases) -> Comparison | None:
    if any(token.text in AUXILIARIES or token.text in WH for token in tokens(match.string)):
        return None
    head, x = shared_head(match["x"])
    y = match["y"].removeprefix(head)
    tail = match["tail"] or ""
    return _asked(named((x, y), phrases, shares_tail=not tail), lambda thing: head + thing + tail)


def _bare(match: re.Match[str], phrases: FoundPhrases) -> Comparison | None:
    words = tokens(match.string)
    opens = {token.text for token in words if token.text in AUXILIARIES or is_verb(token)}
    if opens or len(words) > MAX_WORDS or words[0].text in STOPWORDS:
        return None
    tail = match["tail"] or ""
    return _asked(named((match["x"], match["y"]), phrases), lambda thing: thing + tail)


def _which(match: re.Match[str], phrases: FoundPhrases) -> Comparison | None:
    """Read "Which is better, X or Y?", "Which drug works better, X or Y?"."""
    things = named((match["x"], match["y"]), phrases)
    action = tokens(match["verb"] + match["object"])
    if not _is_action(action[0]):
        action = action[1:]  # the noun of "which drug"
    if things is None or not action or not _is_action(action[0]):
        return None
    verb, tail = action[0].text, match["tail"] or ""
    if verb in AUXILIARIES:
        return _swapped(things, lambda x, y: f"{_be(x)} {x} {match['than']} than {y}{tail}")
    bare = verb.removesuffix("es") if verb.endswith("oes") else verb.removesuffix("s")
    rest = " ".join([bare, *(token.text for token in action[1:]), match["than"]])
    return _swapped(things, lambda x, y: f"{_do(x)} {x} {rest} than {y}{tail}")


def _is_action(token: Token) -> bool:
    return token.text in BE or token.text == "does" or is_verb(token)


def _either(match: re.Match[str], phrases: FoundPhrases) -> Comparison | None:
    """Read "Is X or Y better?", "Does X or Y work better?"."""
    found = _without_verb(match["aux"], match["y"])
    if found is None or any(token.text in PREPOSITIONS for token in tokens(match["x"])):
        return None
    y, action = found
    aux, tail = match["aux"], match["tail"] or ""
    things = named((match["x"], y), phrases)
    return _swapped(things, lambda x, y: f"{aux} {x}{action} {match['than']} than {y}{tail}")


def _than(match: re.Match[str], phrases: FoundPhrases) -> Comparison | None:
    """Read "Is X better than Y?", "Does X work better than Y?"."""
    found = _without_verb(match["aux"], match["x"])
    if found is None:
        return None
    x, action = found
    aux, tail = match["aux"], match["tail"] or ""
    than = (match["much"] or "") + match["than"]
    things = named((x, match["y"]), phrases)
    return _swapped(things, lambda x, y: f"{aux} {x}{action} {than} than {y}{tail}")


def _without_verb(auxiliary: str, text: str) -> tuple[str, str] | None:
    """Cut a verb and its object off the end of a thing; None if a verb must be there and is not known."""
    if auxiliary.lower() in BE:
        return text, ""
    words = tokens(text)
    verbs = [token.start for i, token in enumerate(words) if i and (is_verb(token) or token.text == "do")]
    return (text[: verbs[0]].rstrip(), " " + text[verbs[0] :]) if verbs else None


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], FoundPhrases], Comparison | None]], ...] = (
    (_DIFFERENCE, _difference),
    (_DIFFER_FROM, _differ),
    (_DIFFER, _differ),
    (_COMPARE, _compared),
    (_WHICH, _which),
    (_WHICH_AFTER, _which),
    (_EITHER, _either),
    (_THAN, _than),
    (_VERSUS, _versus),
    (_BARE, _bare),
)


def _asked(things: tuple[str, ...] | None, ask: Callable[[str], str]) -> Comparison | None:
    return Comparison(things, tuple(map(ask, things))) if things else None


def _swapped(things: tuple[str, ...] | None, ask: Callable[[str, str], str]) -> Comparison | None:
    """Ask about each of two things beside the other."""
    if things is None or len(things) != 2:
        return None
    x, y = things
    return Comparison(things, (ask(x, y), ask(y, x)))


def _definition(tail: str) -> Callable[[str], str]:
    return lambda thing: f"what {_be(thing)} {thing}{tail}"


def _be(thing: str) -> str:
    return "are" if is_plural(thing) else "is"


def _do(thing: str) -> str:
    return "do" if is_plural(thing) else "does"
