"""Whether the passages found say what a yes-or-no question asks.

"Is tacrolimus a steroid?" is close to every passage that compares the two, and
none of them need say what tacrolimus is. So a sentence must say the predicate
of the question, or the confidence is lowered:

- of a question for a class ("is X a Y?"), a sentence must put X under Y: "X is
  (not) a … Y", "X, a … Y", "Y such as X", "Y (… X)";
- of any other, a passage must have the last word that is not an everyday one, or
  a similar word.
"""

import re
from collections.abc import Sequence

import numpy as np

from tacrochat.ranking.records import Collection, Query
from tacrochat.ranking.signals import beyond_everyday
from tacrochat.text import STOPWORDS, Token, content, tokens
from tacrochat.types import Hit, Passage
from tacrochat.word_codes import cosines

_PASSAGES = 4  # as many as an answer quotes
_SIMILAR = 0.35  # cosine, in context, from which on a word is similar to another
_MAX_GAP = 12  # words between the two of "X … is a … Y"

_IS_YES_NO = re.compile(
    r"^\W*(?:is|are|was|were|am|do|does|did|can|could|will|would|should|may|might|must|has|have|had)\b",
    re.IGNORECASE,
)
_CLASS = re.compile(
    r"^\W*(?:is|are|was|were)\s+(?P<subject>(?!there\b).+?)\s+(?:an?|the|one of the|some kind of)\s+"
    r"(?P<class>[\w'’-]+(?:\s+[\w'’-]+){0,3})\s*\?*\s*(?:\((?P<topic>[^()]*)\))?\W*$",
    re.IGNORECASE,
)
_BE = frozenset("is are was were be being been isn't aren't wasn't weren't remains became".split())
# Words between the verb and the class after which the class is something else's: "was given a steroid".
_BREAKS = frozenset(
    """to for with than against in by from after before at on under if when while given offered treated
    used compared combined switched added taking using""".split()
)
_INTRODUCES = frozenset("such like including includes include called named especially namely e.g".split())
_THIS = frozenset("this these it they".split())


def is_yes_no(question: str) -> bool:
    """Tell whether a question asks for yes or no."""
    return bool(_IS_YES_NO.match(question))


def says_predicate(query: Query, hits: Sequence[Hit], collection: Collection) -> bool:
    """Tell whether the best hits say what is asked; always true if it is no yes-or-no question."""
    if not is_yes_no(query.text) or not query.terms:
        return True
    passages = [hit.passage for hit in hits[:_PASSAGES]]
    question = _CLASS.match(query.text)
    if question and not any(word.text in STOPWORDS for word in tokens(question["class"])):
        subject = _stems(question["subject"]) or _stems(question["topic"] or "")
        named = _rarest(query, _stems(question["class"]))
        return any(_says_class(passage, subject, named) for passage in passages)
    particular = np.flatnonzero(beyond_everyday(query))
    if not len(particular):
        return True
    position = query.positions[int(particular[-1])]
    return any(_has_word(query, position, passage, collection) for passage in passages)


def _stems(text: str) -> list[str]:
    return [token.stem for token in content(tokens(text))]


def _rarest(query: Query, stems: Sequence[str]) -> str:
    """Return the stem that is rarest in the language: "autoimmune" of "an autoimmune disease"."""
    specificity = {term.stem: value for term, value in zip(query.terms, query.specificity, strict=True)}
    return max(stems, key=lambda stem: specificity.get(stem, 0.0))


def _has_word(query: Query, position: int, passage: Passage, collection: Collection) -> bool:
    """Tell whether a passage has a word of the question, or one that is similar in context."""
    words = collection.words(np.asarray([passage.id]), query.stems)
    return bool(cosines(words.codes, query.word_vectors)[:, position].max(initial=0.0) >= _SIMILAR)


def _says_class(passage: Passage, subject: Sequence[str], named: str) -> bool:
    """Tell whether a sentence of a passage puts the subject under the class that is named."""
    in_heading = {token.stem for token in content(tokens(" ".join(passage.heading)))}
    for start, end in passage.sentences:
        words = tokens(passage.text, start - passage.start, end - passage.start)
        if not words:
            continue
        stems = [_without_non(token.stem) for token in words]
        heads = [i for i, stem in enumerate(stems) if stem == named]
        subjects = [i for i, stem in enumerate(stems) if stem in subject]
        if words[0].text in _THIS or (not subjects and in_heading & set(subject)):
            subjects.append(0)
        if any(_is_linked(passage.text, words, x, y) for x in subjects for y in heads):
            return True
    return False


def _without_non(stem: str) -> str:
    """Return the stem that "non…" denies: "is nonsteroidal" answers "is it a steroid?"."""
    return stem.removeprefix("non") if len(stem) > 6 else stem


def _is_linked(text: str, words: Sequence[Token], subject: int, head: int) -> bool:
    """Tell whether the words between subject and class put the one under the other."""
    if head <= subject:
        between = [word.text for word in words[head + 1 : subject]]
        gap = text[words[head].end : words[subject].start]
        is_introduced = bool(_INTRODUCES & set(between)) or gap.count("(") > gap.count(")")
        return len(between) <= _MAX_GAP // 2 and (is_introduced or not between)
    between = [word.text for word in words[subject + 1 : head]]
    if len(between) > _MAX_GAP:
        return False
    verbs = [i for i, word in enumerate(between) if word in _BE]
    if verbs:
        return not _BREAKS & set(between[verbs[-1] :])
    gap = text[words[subject].end : words[head].start]
    is_apposition = re.match(r"\s*[,(–—-]\s*(?:an?|the|one of the)\b", gap, re.IGNORECASE)
    return bool(is_apposition) or (words[subject].text in _THIS and head == subject + 1 + len(between) <= 3)
