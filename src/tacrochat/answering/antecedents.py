"""What a pronoun in a message refers to: a noun phrase of an earlier question of the same message.

"What is malaria and how is it treated?": the second question is about malaria.
Noun phrases are stretches between words of closed classes. A pronoun takes the
first one before it that agrees in number, the subject before others, as in the
simplest case of Lappin and Leass (1994).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tacrochat.answering.question_words import (
    AUXILIARIES,
    BE,
    DETERMINERS,
    DO,
    MODALS,
    PRONOUNS,
    WH,
    is_closed,
    is_plural,
    is_verb,
)
from tacrochat.text import STOPWORDS, Token, content, tokens
from tacrochat.types import Span

_SINGULAR = frozenset({"it", "its"})
_REPLACED = _SINGULAR | {"they", "them", "their"}
_NUMBER = {"is": False, "was": False, "does": False, "has": False, "are": True, "were": True}
"""Whether the subject of an auxiliary is plural."""
_POSSESSIVE = frozenset({"its", "their"})
_EXPLETIVE = re.compile(
    r"\bit\s+(?:costs?|takes?|possible|safe|ok(?:ay)?|normal|true|better|best|necessary|important|dangerous|hard"
    r"|easy|difficult|bad|good|wrong|legal|allowed|enough|worth|likely|wise|useful)\b.*?\b(?:to|that|if)\b",
    re.IGNORECASE,
)
_PREDICATE_ENDINGS = ("ed", "ing", "able", "ible", "ful", "ous")


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """A stretch of a question that names something.

    ``is_subject`` if it stands where subjects do, right after an auxiliary.
    """

    start: int
    end: int
    text: str
    is_subject: bool
    is_plural: bool


def completed(question: str, earlier: Sequence[str]) -> str:
    """Return a question with its pronouns replaced by what the nearest earlier question is about.

    A pronoun stays if no noun phrase agrees with it, if the question has a subject
    of its own that it may refer to, or if it refers to nothing ("does it cost …
    to"). It stays, too, if an earlier question has the same pronoun: both refer to
    something outside the message.
    """
    own = subject(question)
    for token in reversed(_pronouns(question)):
        is_one = token.text in _SINGULAR
        if own and own.start < token.start and own.is_plural != is_one:
            continue
        name = _antecedent(earlier, is_one=is_one)
        if name is None or (token.text in _POSSESSIVE and " of " in name):
            continue
        if token.text in _POSSESSIVE:
            name += "'" if name.endswith("s") and is_plural(name) else "'s"
        question = question[: token.start] + name + question[token.end :]
    return question


def noun_phrases(question: str) -> list[NounPhrase]:
    """List what may name something in a question, in order."""
    words = tokens(question)
    phrases: list[NounPhrase] = []
    for first, last in _runs(question, words):
        is_subject = first > 0 and words[first - 1].text in AUXILIARIES
        end = _without_predicate(words, first, last) if is_subject else last
        if end > first and any(t.text not in STOPWORDS for t in words[first:end]):
            span = words[first].start, words[end - 1].end
            text = question[slice(*span)]
            number = _NUMBER.get(words[first - 1].text) if is_subject else None
            phrases.append(NounPhrase(*span, text, is_subject, is_plural(text) if number is None else number))
    return phrases


def subject(question: str) -> NounPhrase | None:
    """Return the noun phrase where the subject stands, None if there is none, as in "who was the first"."""
    words = [token.text for token in tokens(question)]
    if words[:1] and words[0] in {"who", "what"} and words[1:2] and words[1] in BE:
        return None
    return next((phrase for phrase in noun_phrases(question) if phrase.is_subject), None)


def _pronouns(question: str) -> list[Token]:
    """List the pronouns to replace; the first "it" of "does it cost … to" is none of them."""
    found = [token for token in tokens(question) if token.text in _REPLACED]
    expletive = _EXPLETIVE.search(question)
    if expletive and len(found) > 1:
        found = [token for token in found if token.start != expletive.start()]
    if expletive and len(found) == 1 and found[0].start == expletive.start():
        return []
    return [token for token in found if token.text != "their" or not _has_owner(question, token)]


def _has_owner(question: str, token: Token) -> bool:
    """Tell whether a plural word of the same question may own what "their" belongs to."""
    before = content(tokens(question, 0, token.start))
    return any(is_plural(word.text) for word in before)


def _antecedent(earlier: Sequence[str], *, is_one: bool) -> str | None:
    """Return the noun phrase that a pronoun stands for, from the nearest question that has one."""
    for question in reversed(earlier):
        if any((token.text in _SINGULAR) == is_one for token in _pronouns(question)):
            return None
        phrases = sorted(noun_phrases(question), key=lambda phrase: not phrase.is_subject)
        whole = [phrase.text for phrase in phrases if phrase.is_plural != is_one]
        inner = [
            name for phrase in phrases if (name := _complement(phrase.text)) and is_plural(name) != is_one
        ]
        defined = [name for name in whole if name.lower().startswith("the ") and " of " in name]
        if names := inner + whole if whole[:1] == defined[:1] else whole + inner:
            return names[0]
    return None


def _complement(phrase: str) -> str:
    """Return what stands after "of" in a noun phrase: the "insulin" of "the function of insulin"."""
    return phrase.partition(" of ")[2]


def _runs(question: str, words: Sequence[Token]) -> list[Span]:
    """List stretches of tokens between closed-class words, verbs and marks, "of" included in them."""
    runs: list[Span] = []
    first = 0
    for i, token in enumerate(words):
        inner_of = token.text == "of" and first < i and i + 1 < len(words) and not is_closed(words[i + 1])
        mark = i > 0 and re.search(r"[,;:()?!]", question[words[i - 1].end : token.start])
        is_break = (is_closed(token) and not inner_of) or _is_verb_here(words, i)
        if mark or is_break or _starts_anew(words, i, first):
            runs.append((first, i))
            first = i + 1 if is_break else i
    runs.append((first, len(words)))
    return [run for run in runs if run[0] < run[1]]


def _starts_anew(words: Sequence[Token], i: int, first: int) -> bool:
    """Tell whether a determiner begins a new noun phrase."""
    return words[i].text in DETERMINERS and first < i and words[i - 1].text not in DETERMINERS | {"of"}


def _is_verb_here(words: Sequence[Token], i: int) -> bool:
    """Tell whether a word that may be a verb is one here: not after a determiner or "of"."""
    before = words[i - 1].text if i else ""
    if i == 1 and before in {"who", "what"} and words[i].text not in AUXILIARIES:
        return True
    if before == "to" and i > 1 and words[i - 2].text == "how":
        return True
    if not is_verb(words[i]) or before in DETERMINERS or before in {"of", ""} or before in AUXILIARIES:
        return False
    return before not in WH or before in {"who", "what"}


def _without_predicate(words: Sequence[Token], first: int, last: int) -> int:
    """Return the end of a subject that begins at ``first``: before the verb or adjective in the same run.

    After "does" or "can", the verb is the last word of the run, if no verb that is
    known ended the run. "What is …" defines: the run is the subject. After another
    "is", the last word is the predicate if nothing else can be.
    """
    auxiliary = words[first - 1].text
    if last - first < 2:
        return last
    followed = words[last] if last < len(words) else None
    if auxiliary in DO | MODALS:
        ended_by_verb = followed is not None and (_is_verb_here(words, last) or followed.text in BE | {"be"})
        return last if ended_by_verb else last - 1
    asked = [word.text for word in words[: first - 1]]
    if asked and asked[-1] in {"what", "who", "what's"}:
        return last
    if words[last - 1].text.endswith(_PREDICATE_ENDINGS):
        return last - 1
    has_predicate = followed is not None and (
        followed.text in DETERMINERS or followed.text in PRONOUNS or _is_verb_here(words, last)
    )
    return last if has_predicate else last - 1
