"""Take a message apart into its questions, by rules over its words.

A coordination is a question of its own only if its words show it: it begins
like a question ("… and how is it treated?"), or it repeats the preposition
("for adults and for children"). "Signs and symptoms" stay together. Where the
words do not show it, the passages found decide, see ``listing``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tacrochat.answering.antecedents import completed
from tacrochat.answering.comparing import comparison
from tacrochat.answering.ellipsis import expanded, is_elliptical
from tacrochat.answering.found_phrases import FoundPhrases
from tacrochat.answering.listing import listed
from tacrochat.answering.question_words import (
    AUXILIARIES,
    DETERMINERS,
    DO,
    HAVE,
    MODALS,
    PREPOSITIONS,
    PRONOUNS,
    SUBJECT_PRONOUNS,
    WH,
    as_question,
    is_verb,
    opens,
)
from tacrochat.text import content, tokens
from tacrochat.types import Span

_MAX_PARTS = 4
_MAX_CHARS = 400  # a longer question is not taken apart
_LONGEST_PHRASE = 10  # words up to which a message may be no question and compare: "capsules vs ointment"
_SUBJECTS = SUBJECT_PRONOUNS | DETERMINERS
_MEASURES = frozenset("often long much soon far early late old big large fast".split())
_JOINT = re.compile(
    r"(?:\s*[,;]\s*(?P<and>(?:and|but)\s+)?|\s+(?P<bare>and)\s+)(?:(?:also|then|secondly|finally)\s*,?\s+)?",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"^\s*(?:(?:and|but|so|also|then|ok|okay|well|by the way|btw|one more thing)\b\s*,?\s*)+", re.IGNORECASE
)
_DEPENDENT = re.compile(
    r"^\s*(?:and |but )?(?:if|in that case)\b[^,?]{0,12}[,?]|^\s*(?:and )?if (?:so|not|yes)\b", re.IGNORECASE
)
_PREFIX = re.compile(
    r"^(?:(?:in|for|with|on|after|before|during|to|as for|regarding) [^,?]{1,60}, |[^,:?]{1,60}: )",
    re.IGNORECASE,
)
_EMBEDDING = re.compile(
    r"^(?:please |can you |could you |would you )*(?:tell me|explain(?: to me)?|let me know|show me|i wonder"
    r"|do you know|i(?: want|'d like| would like| need) to know|describe)(?: please)?,? "
    r"(?=(?:\w+ )?(?:what|how|why|who|which|when|where)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One question of a message, as it is searched for, and ``plain``, as it is shown.

    The first keeps an "And" that it begins with: it may refer to an earlier
    question. ``is_complete`` if it certainly refers to none.
    """

    text: str
    plain: str
    is_complete: bool = False

    @classmethod
    def of(cls, text: str, *, is_complete: bool) -> "Part":
        """Write a question out: a capital first, a question mark last."""
        rest = _LEADING.sub("", text)
        plain = as_question(rest) if _opens(rest) else text.strip()
        return cls(text if _LEADING.match(text) and not is_complete else plain, plain, is_complete)


@dataclass(frozen=True, slots=True)
class Message:
    """The questions of a message.

    ``compared`` are the things they are about, one each, if the message compares
    things. ``is_one_sentence`` if no question mark separates them.
    """

    text: str
    parts: tuple[Part, ...]
    compared: tuple[str, ...] = ()
    is_one_sentence: bool = True


def take_apart(text: str, phrases: FoundPhrases) -> Message:
    """Return the questions of a message, each complete in itself where the message allows it.

    A message with one question, or with more than four, is returned as it is.
    """
    whole = Message(text, (Part(text, text),))
    pieces = sentences_apart(text)
    if len(pieces) == 1:
        bare = _LEADING.sub("", text)
        if len(text) > _MAX_CHARS or not (_opens(bare) or len(tokens(bare)) <= _LONGEST_PHRASE):
            return whole
        if found := comparison(bare, phrases):
            is_complete = bare == text
            parts = (Part.of(question, is_complete=is_complete) for question in found.questions)
            return Message(text, tuple(parts), found.things)
    parts_found: list[Part] = []
    for piece in pieces:
        parts_found += _parts(piece, [part.text for part in parts_found], phrases)
    if len(parts_found) > _MAX_PARTS:
        parts_found = [Part.of(piece, is_complete=False) for piece in pieces]
    if not 1 < len(parts_found) <= _MAX_PARTS:
        return whole
    return Message(text, tuple(parts_found), is_one_sentence=len(pieces) == 1)


def sentences_apart(text: str) -> list[str]:
    """Split a message at its question marks; one with another sentence after the last stays whole.

    A question without a content word ("Why?"), or one that depends on the one
    before ("If so, how?"), belongs to that.
    """
    pieces = re.findall(r"[^?]+(?:\?+[\"”’'»)][^?]*)*\?+", text)
    rest = text[sum(map(len, pieces)) :].strip()
    if rest and _opens(_LEADING.sub("", rest)):
        pieces, rest = [*pieces, rest], ""
    questions: list[str] = []
    for piece in pieces:
        is_own = content(tokens(piece)) and not _DEPENDENT.match(piece)
        if questions and not (is_own and content(tokens(questions[-1]))):
            questions[-1] += piece.rstrip()
        else:
            questions.append(piece.strip())
    return [text] if rest or not questions else questions


def _parts(piece: str, earlier: Sequence[str], phrases: FoundPhrases) -> list[Part]:
    """Take one sentence apart; ``earlier`` are the questions of the message before it."""
    parts: list[Part] = []
    topics = list(earlier)  # what pronouns refer to; a question about the same thing brings no new one
    for clause in _clauses(piece) if len(piece) <= _MAX_CHARS else [piece]:
        bare = _LEADING.sub("", clause)
        whole = completed(clause, topics)
        if topics and is_elliptical(bare):
            whole = expanded(bare, [*earlier, *(part.text for part in parts)][-1]) or whole
        is_new = whole == clause
        topics += [clause] if is_new else []
        questions = listed(whole, phrases) if _opens(_LEADING.sub("", whole)) else [whole]
        parts += [Part.of(question, is_complete=not is_new) for question in questions]
    return parts


def _clauses(piece: str) -> list[str]:
    """Cut a sentence before each coordinated question in it; what is before the first one is repeated."""
    lead = _LEADING.match(piece)
    body = piece[lead.end() :] if lead else piece
    head = next((match.group() for form in (_EMBEDDING, _PREFIX) if (match := form.match(body))), "")
    is_embedded = bool(_EMBEDDING.match(body))
    body = body[len(head) :]
    if not (opens(body) or is_embedded) or re.search(r"\?.*\bif\b", body, re.IGNORECASE):
        return [piece]
    spans: list[Span] = []
    for match in _JOINT.finditer(body):
        if _begins_question(body, spans[-1][1] if spans else 0, match, is_embedded=is_embedded):
            spans.append(match.span())
    if spans and not any(t.text in AUXILIARIES or is_verb(t) for t in tokens(body, 0, spans[0][0])):
        return [piece]
    starts = [0, *(end for _, end in spans)]
    ends = [*(start for start, _ in spans), len(body)]
    return [head + body[a:b] for a, b in zip(starts, ends, strict=True)] if spans else [piece]


def _begins_question(body: str, start: int, joint: re.Match[str], *, is_embedded: bool) -> bool:
    """Tell whether what follows a comma or "and" is a question, not a clause or verb of the one before.

    ``start`` is the offset where the one before begins.
    """
    has_and, has_comma = bool(joint["and"] or joint["bare"]), not joint["bare"]
    text = body[joint.end() :]
    words = [token.text for token in tokens(text)[:5]]
    if words and words[0] in PREPOSITIONS and words[1:2] and words[1] in {"what", "which", "how", "whom"}:
        words = words[1:]
    if len(words) < 2 or (not has_and and is_elliptical(text)):
        return False
    first, second = words[:2]
    if first in WH:
        is_inside = first in [token.text for token in tokens(body, start, joint.start())[1:]]
        is_asked = _asks(words, is_embedded=is_embedded) and (has_and or first in {"what", "how", "why"})
        # "What decides which is X and which is Y?": the one before asks it inside.
        return is_asked and (is_embedded or not is_inside)
    if first not in AUXILIARIES or second.isdigit():
        return False
    if second in SUBJECT_PRONOUNS - {"this", "that", "these", "those"}:
        return True
    if not has_and or first in HAVE or first.endswith("n't") or second in {"a", "an", "not", "be", "also"}:
        return False
    return second in DETERMINERS or second == "there" or (has_comma and first in DO | MODALS)


def _asks(words: Sequence[str], *, is_embedded: bool) -> bool:
    """Tell whether a question word is followed as in a question, not as in "how it works"."""
    first, second = words[:2]
    if is_embedded:
        return True
    if first in {"when", "where"}:
        return second in AUXILIARIES
    if first == "how" and second in _MEASURES:
        return words[2:3] == [] or words[2] not in PRONOUNS
    return second not in _SUBJECTS - {"many", "much", "one"}


def _opens(text: str) -> bool:
    """Tell whether a text is a question, after what may be before it: "In GIMP, "."""
    return opens(_PREFIX.sub("", text)) or bool(_EMBEDDING.match(text))
