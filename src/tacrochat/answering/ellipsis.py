"""A part of a message that leaves words out: "… and how often in children?", "And for children?"."""

import re

from tacrochat.answering.antecedents import subject
from tacrochat.answering.question_words import AUXILIARIES, BE, PREPOSITIONS, SUBORDINATORS, is_verb
from tacrochat.text import Token, tokens

_BEFORE_PHRASE = "|".join(sorted(PREPOSITIONS - {"of", "about", "like", "to"} | SUBORDINATORS))
_ASKED = (
    r"(?:(?:for|in|at|on|to|by|with|from|since|under|until) )?"
    r"(?:how (?:often|long|much|soon|far|early|late|old|big|large|fast"
    r"|many \w+(?: (?:a|an|per|each|every) \w+)?)|(?:what|which)(?: (?!about\b|if\b|else\b)\w+)?)"
)
_FRAGMENT = re.compile(
    rf"^(?P<asked>{_ASKED}|when|where|why|how)?(?P<rest>(?:^| )(?:{_BEFORE_PHRASE})\s.+)?$", re.IGNORECASE
)
_ANOTHER = re.compile(rf"^(?P<asked>which one|what one|{_ASKED}) (?P<name>.+)$", re.IGNORECASE)
_SAME = frozenset({"what", "which", "what one", "which one"})


def is_elliptical(question: str) -> bool:
    """Tell whether a part has no verb: a question word with or without a phrase, or a phrase alone."""
    text = question.strip().rstrip("?!. ")
    words = tokens(text)
    if any(token.text in AUXILIARIES or (i and is_verb(token)) for i, token in enumerate(words)):
        return False
    return bool(_FRAGMENT.match(text) or _ANOTHER.match(text))


def expanded(part: str, earlier: str) -> str | None:
    """Complete a part with the words of the question before it; None if that has no place for them.

    "How often does it burn in adults" and "how often in children" give "how often
    does it burn in children".
    """
    part, earlier = part.strip().rstrip("?!. "), earlier.strip().rstrip("?!. ")
    words = tokens(earlier)
    first = next((token for token in words if token.text in AUXILIARIES), None)
    if first is None:
        return None
    asked_before, body = earlier[: first.start].strip(), earlier[first.start :]
    if match := _FRAGMENT.match(part):
        asked, rest = (match["asked"] or "").strip(), (match["rest"] or "").strip()
        if not asked or asked.lower() in _SAME:
            asked = asked_before
        elif first.text in BE and {token.text for token in words[:2]} & {"who", "which", "what"}:
            return None  # the question word is the subject, and no other can take its place
        return f"{asked} {_with_phrase(body, rest) if rest else body}".strip()
    match, replaced = _ANOTHER.match(part), subject(earlier)
    if match is None or replaced is None or match["asked"].lower() not in {*_SAME, asked_before.lower()}:
        return None
    return earlier[: replaced.start] + match["name"] + earlier[replaced.end :]


def _with_phrase(body: str, phrase: str) -> str:
    """Put a phrase in the place of the last one that begins with the same preposition, or else at the end."""
    words = tokens(body)
    preposition = tokens(phrase)[0].text
    place = next((i for i in range(len(words) - 1, -1, -1) if words[i].text == preposition), None)
    if place is None:
        return f"{body} {phrase}"
    end = phrase_end(words, place)
    return (body[: words[place].start] + phrase + " " + body[end:].lstrip()).strip()


def phrase_end(words: list[Token], place: int) -> int:
    """Return the offset where the phrase that begins with a preposition ends: before the next one."""
    after = (i for i in range(place + 1, len(words)) if words[i].text in PREPOSITIONS - {"of", "with"})
    following = next(after, None)
    return words[-1].end if following is None else words[following - 1].end
