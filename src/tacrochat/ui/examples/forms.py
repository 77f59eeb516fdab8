"""Questions made from a document's title and headings, by form; the words we add are framing only."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tacrochat.answering.question_words import (
    CONJUNCTIONS,
    DETERMINERS,
    PREPOSITIONS,
    PRONOUNS,
    WH,
    is_plural,
    is_verb,
    opens,
)
from tacrochat.text import fold, tokens
from tacrochat.types import Document, Passage
from tacrochat.ui.examples import phrases
from tacrochat.ui.examples.languages import fits, language_of
from tacrochat.ui.wording import Language

_MOST_HEADINGS = 12  # headings of a document that are made into questions
_MOST_TITLE_WORDS = 5  # of a title that "What is …?" asks about
_LOOKED_AT = 200_000  # code points of a document in which the case of a word is looked up
_OPENING = 4_000  # code points in which a definition is looked for

_ABOUT: dict[Language, str] = {
    "en": "What does “{title}” say about {heading}?",
    "de": "Was steht in „{title}“ über {heading}?",
    "fr": "Que dit « {title} » sur {heading} ?",
    "es": "¿Qué dice «{title}» sobre {heading}?",
}
_ANYWHERE: dict[Language, str] = {
    "en": "What should I know about {heading}?",
    "de": "Was steht hier über {heading}?",
    "fr": "Que dit-on sur {heading} ?",
    "es": "¿Qué se dice sobre {heading}?",
}
_QUOTED: dict[Language, str] = {"fr": "« {} »", "de": "„{}“"}
_WHAT: dict[Language, str] = {"en": "What {} {}?", "de": "Was {} {}?", "fr": "", "es": "¿Qué {} {}?"}
_FRENCH: dict[str, str] = {"est": "Qu’est-ce que {} ?", "sont": "Que sont {} ?", "était": "Qu’était {} ?"}
_ARTICLES: dict[Language, str] = {
    "en": r"(?:the|an?)\s+",
    "de": r"(?:der|die|das|eine?)\s+",
    "fr": r"(?:l[ae]s?\s+|une?\s+|l['’])",
    "es": r"(?:el|las?|los|una?)\s+",
}
_IS: dict[Language, str] = {
    "en": r"(is|are|was|were)\s+(?:an?|the|one|any|some|used|type)\b",
    "de": r"(ist|sind|war|waren)\s+(?:eine?|der|die|das|ein)\b",
    "fr": r"(est|sont|était)\s+(?:une?|des|les?|la)\b",
    "es": r"(es|son|fue|era)\s+(?:una?|el|las?|los|unos)\b",
}
_ASKS: dict[Language, re.Pattern[str]] = {
    "de": re.compile(
        r"(?:wie|was|wann|warum|weshalb|wer|wo|wozu|wieso|woher|welche[rsnm]?)\b", re.IGNORECASE
    ),
    "fr": re.compile(r"(?:comment|pourquoi|quand|où|quel(?:le)?s?|que|qui|combien)\b", re.IGNORECASE),
    "es": re.compile(
        r"(?:cómo|por qué|cuándo|dónde|qué|quién(?:es)?|cuál(?:es)?|cuánt[oa]s?)\b", re.IGNORECASE
    ),
}
_GERMAN_NOMINATIVE = re.compile(r"(?:der|ein)\b|\w+er\s+[A-ZÄÖÜ]")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question made of a document; ``heading`` is what it asks about, "" for the document itself."""

    question: str
    document_id: int
    heading: str = ""


def candidates(document: Document, passages: Sequence[Passage]) -> list[Candidate]:
    """Return questions about a document, the likeliest to read well first.

    ``passages`` are those of the document. First comes "What is …?", if the document
    defines what its title names; then its headings, those of several words and with
    most text first; last its title.
    """
    language = language_of(document)
    title = phrases.title_of(document.title)
    made: list[Candidate] = []
    if language and (question := _what_is(title, document.text[:_LOOKED_AT], language)):
        made.append(Candidate(question, document.id))
    sizes: Counter[str] = Counter()
    texts: dict[str, str] = {}
    for passage in passages:
        if passage.heading:
            sizes[passage.heading[-1]] += len(passage.text)
            texts.setdefault(passage.heading[-1], passage.text)
    headings = [heading for heading, _ in sizes.most_common(_MOST_HEADINGS)]
    headings.sort(key=lambda heading: not phrases.has_content(heading, 2))
    for heading in headings:
        questions = questions_about(heading, document, language_of(document, texts[heading]))
        made += [Candidate(question, document.id, heading) for question in questions]
    if question := _about_title(title, document.text[:_LOOKED_AT], language):
        made.append(Candidate(question, document.id))
    return made


def questions_about(heading: str, document: Document, language: Language | None) -> list[str]:
    """Return questions about what stands under a heading; none if none can be made that reads well.

    One without the title comes first, if the heading has several words: it is
    shorter, and whether it finds the document is for the answer to show.
    """
    line = " ".join(heading.split())
    title = phrases.title_of(document.title)
    if line.endswith("?"):
        return [question] if (question := _asked_already(line, language)) else []
    phrase = phrases.phrase_of(line)
    if not phrase or fold(phrase) in fold(title):
        return []
    is_telling = phrases.has_content(phrase, 2)
    if language is None:
        return [phrase] if is_telling else []
    if not fits(phrase, language):
        return []
    made = _in_question(phrase, document.text[:_LOOKED_AT], language)
    if not made or made.endswith("?"):
        return [made] if made else []
    asks = language == "en" and tokens(made)[0].text in WH
    short = _ANYWHERE[language].format(heading=made)
    full = _ABOUT[language].format(title=title, heading=made)
    stands_alone = is_telling and not asks and (language != "en" or phrases.is_particular(made, title))
    return [short] * stands_alone + [full] * bool(title)


def _about_title(title: str, text: str, language: Language | None) -> str:
    """Return a question about what a title names, "" if none can be made that reads well."""
    phrase = phrases.phrase_of(title, may_count=True)
    if not language or not phrase or not phrases.has_content(phrase, 2):
        return ""
    if (
        language == "en"
        and not is_plural(phrase)
        and not PREPOSITIONS & {token.text for token in tokens(phrase)}
    ):
        return ""  # "steam engine" would need an article
    made = _in_question(phrase, text, language)
    if made.endswith("?") or not made or (language == "en" and tokens(made)[0].text in WH):
        return made if made.endswith("?") else ""
    return _ANYWHERE[language].format(heading=made)


def _in_question(phrase: str, text: str, language: Language) -> str:
    return _english(phrase, text) if language == "en" else _other(phrase, text, language)


def _asked_already(line: str, language: Language | None) -> str:
    """Return a heading that is a question and names its subject, else ""."""
    words = [token.text for token in tokens(line)]
    if not 3 <= len(words) <= 14 or len(line) > 90 or re.search(r"[{}<>|=_\\]", line):
        return ""
    if language == "en" and (not opens(line) or PRONOUNS & set(words) or not phrases.has_content(line, 1)):
        return ""
    return phrases.without_number(line)


def _english(phrase: str, text: str) -> str:
    """Return a phrase as it follows "about", "" if it is a sentence."""
    if phrases.is_statement(phrase):
        return ""
    written = phrases.in_sentence(phrase, text)
    words = [token.text for token in tokens(written)]
    allowed = WH | {"it", "its", "you"} if words and words[0] in WH else WH
    is_clause = (
        not words
        or "not" in words
        or words[-1] in PREPOSITIONS
        or words[0] in PREPOSITIONS | CONJUNCTIONS - {"when", "while", "if", "that"}
    )
    if is_clause or PRONOUNS & set(words) - allowed:
        return ""
    if words[0] not in WH | DETERMINERS and phrases.is_command(written, text):
        return f"How do I {written[:1].lower()}{written[1:]}?"
    if words[:2] == ["how", "to"]:
        return f"How do I {written[7:]}?"
    if words[0] in {"what", "who"} and is_verb(tokens(written)[1]) and words[1].endswith(("s", "ed")):
        return f"{written[:1].upper()}{written[1:]}?"
    return written


def _other(phrase: str, text: str, language: Language) -> str:
    """Return a phrase as it follows "über", "sur" or "sobre", or as a question of its own."""
    if _ASKS[language].match(phrase):
        lower = phrase[:1].lower() + phrase[1:]
        return {"de": f"die Frage, {lower}", "fr": f"{phrase} ?", "es": f"¿{phrase}?"}[language]
    written = phrases.in_sentence(phrase, text, keeps_nouns=language == "de")
    has_article = re.match(_ARTICLES[language], written, re.IGNORECASE) is not None
    if language == "fr" and not has_article:
        return _QUOTED["fr"].format(phrase) if written else ""
    if language == "de" and _GERMAN_NOMINATIVE.match(written):
        return _QUOTED["de"].format(phrase).replace("„", "‚").replace("“", "‘")
    return written


def _what_is(title: str, text: str, language: Language) -> str:
    """Return "What is …?" about what a title names, if the text says what that is; else ""."""
    core = re.sub(r"\s*\([^()]*\)", "", title)
    core = re.sub(rf"^{_ARTICLES[language]}", "", core, flags=re.IGNORECASE)
    if not core or not 0 < len(core.split()) <= _MOST_TITLE_WORDS or not phrases.phrase_of(core):
        return ""
    between = r"(?:\s*\([^.]{0,200}?\))?(?:,[^.]{0,100},)?\s+"
    begins = r"(?:^|[.!?:,]\s+|\n\s*)"
    defined = rf"{begins}({_ARTICLES[language]})?({re.escape(core)}){between}{_IS[language]}"
    match = re.search(defined, text[:_OPENING], re.IGNORECASE)
    if match is None:
        return ""
    subject = (match.group(1) or "").lower() + phrases.as_written(match.group(2), text)
    verb = match.group(3).lower()
    if language == "fr":
        return _FRENCH[verb].format(subject)
    return _WHAT[language].format(verb, subject)
