"""Titles and headings as parts of a sentence: which can be one, without number and title case."""

import re

from tacrochat.answering.question_words import BE, DETERMINERS, DO, MODALS, WH, is_verb
from tacrochat.text import STOPWORDS, content, fold, frequency, tokens

_LONGEST = 64  # code points of a phrase
_LONGEST_TITLE = 72
_MOST_WORDS = 9
_RARE = 3.9  # Zipf frequency below which a word is particular: eight in a million words
_COMMON = 3.0  # Zipf frequency from which on a word is not taken for a name: once in a million words
_NUMBERING = re.compile(
    r"^(?:(?:chapter|appendix|section|part|kapitel|abschnitt|anhang|teil|chapitre|annexe|partie|capítulo|"
    r"sección|anexo|parte)\s+[\dA-Z][\w.]*[.:]?\s+|\(?\d{1,2}(?:\.\d+)*[.)]?\s+|[A-Z](?:\.\d+)+\.?\s+|[a-zA-Z][.)]\s+)",
    re.IGNORECASE,
)
_UNREADABLE = re.compile(r"[_/\\=<>{}\[\]|$#@*~^;:…+%&!?§“”„«»\"`]|\.\S|\(\)|\w\(|[a-z][A-Z]|^-|\s-\w|--")
_NOT_IN_PHRASE = re.compile(r"\s[–—]\s|\b[A-Z]{7,}\b")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_BEFORE_NAME = r"(?:[a-zà-ÿ,;]|\b(?:An?|The|Der|Die|Das|L[aeo]s?|El))"
_LATIN = re.compile(r"[\x00-\u024f\u1e00-\u1eff\u2010-\u201f]*")
_CUTS = re.compile(r"\s+[›|<»]\s+|\s+[–—-]\s+|:\s+|\s+\(")

_COMMANDS = frozenset(
    """add allow apply avoid build check choose clean configure convert copy create define delete deploy
    disable download edit enable find fix generate import inspect install list manage move open prepare
    prevent remove rename replace restore run select send start stop store take treat uninstall update
    upgrade use verify view write""".split()
)
_SECTION_NAMES = frozenset(
    """abstract acknowledgements acknowledgments advertisement annex appendix attributes author authors
    background bibliography bugs changelog citation conclusion conclusions contact contents contributing
    copyright credits definition description design details diagnostics discussion disclaimer editor
    environment examples example faq features figure files footnotes foreword further general glossary
    history home index info information install installation intro introduction keywords legend license
    licence links main menu methods miscellaneous misc more name news notes note objectives options
    other outline overview parameters preamble preface prerequisites privacy publication purpose
    question questions readme references related remarks requirements result results resources return
    returns scope search section see sources standards summary support synopsis syntax table tables
    terms top topics tutorial untitled usage user version versions warning warnings welcome anhang
    anmerkungen autor beispiele beschreibung einführung einleitung ergebnisse fazit hinweis hinweise
    impressum inhalt inhaltsverzeichnis kontakt literatur literaturverzeichnis quellen quellenangaben
    überblick übersicht verzeichnis vorwort weiterführendes zusammenfassung weblinks einzelnachweise
    annexe annexes auteur avertissement bibliographie contenu contexte exemples glossaire présentation
    remarques références résultats résumé sommaire généralités anexo bibliografía conclusiones
    conclusión contenido ejemplos glosario índice introducción notas prólogo referencias resultados
    resumen contacto generalidades""".split()
)


def without_number(text: str) -> str:
    """Return a heading in one line without the number before it: "8.1. Kernels" becomes "Kernels"."""
    return _NUMBERING.sub("", " ".join(text.split())).strip(" .:–—-")


def title_of(title: str) -> str:
    """Return the part of a title that names the document in a sentence, "" if there is none.

    Of "Handbook › Chapter 8. Networks" it is "Networks", of "Rivers: an overview" "Rivers".
    """
    if title.isupper() and " " in title:
        return ""
    last = without_number(re.split(r"\s+›\s+", title)[-1])
    for part in (last, without_number(_CUTS.split(last)[0])):
        is_readable = 2 < len(part) <= _LONGEST_TITLE and not _UNREADABLE.search(part.replace(":", ""))
        if is_readable and fold(part) not in _SECTION_NAMES and len(re.findall(r"[^\W\d_]", part)) > 2:
            return part
    return ""


def phrase_of(heading: str, *, may_count: bool = False) -> str:
    """Return a heading that can be part of a sentence, "" if it cannot.

    It has no marks or names of code, no digits unless it ``may_count``, and says more
    than "Introduction".
    """
    phrase = without_number(heading)
    words = [fold(match.group()) for match in _WORD.finditer(phrase)]
    topical = [
        word for word in words if word not in _SECTION_NAMES and word not in STOPWORDS and len(word) > 2
    ]
    is_readable = (
        4 <= len(phrase) <= _LONGEST
        and 0 < len(words) <= _MOST_WORDS
        and phrase.isprintable()
        and _LATIN.fullmatch(phrase) is not None
        and not (len(words) == 1 and words[0].endswith("ed"))
        and not _UNREADABLE.search(phrase)
        and (phrase.isupper() or not _NOT_IN_PHRASE.search(phrase))
        and (may_count or not re.search(r"\d", phrase))
        and sum(map(len, words)) >= 0.75 * len(phrase.replace(" ", ""))
    )
    return phrase if is_readable and topical else ""


def in_sentence(phrase: str, text: str, *, keeps_nouns: bool = False) -> str:
    """Return a phrase in the case that its words have within sentences of a text.

    "Kidney Function" becomes "kidney function"; a word that the text writes with a
    capital keeps it. ``keeps_nouns`` is for German, where the lower case must be
    in the text. "" if the phrase is in capitals and its words are not in the text.
    """
    is_shouted = phrase.isupper() and len(phrase) > 5
    if not is_shouted and len(re.findall(rf"[a-zà-ÿ,;] {re.escape(phrase)}\b", text)) > 1:
        return phrase

    def cased(match: re.Match[str]) -> str:
        word = match.group()
        lower = word.lower()
        if not word[:1].isupper() or (word.isupper() and not is_shouted and len(word) > 1):
            return word
        in_lower = len(re.findall(rf"\b{re.escape(lower)}\b", text))
        as_name = len(re.findall(rf"{_BEFORE_NAME} \(?{re.escape(word.capitalize())}\b", text))
        is_titled = in_lower > 0 and phrase.istitle() and frequency(lower) >= _COMMON  # a title's capitals
        if lower in STOPWORDS or 3 * in_lower > as_name or is_titled:
            return lower
        # An unknown word may be a name that the text has at starts only, unless only it has a capital.
        is_known = frequency(lower) >= _COMMON or (
            match.start() == 0 and (phrase[1:].islower() or word.endswith("ing"))
        )
        return lower if is_known and not (as_name or keeps_nouns or is_shouted) else word

    written = _WORD.sub(cased, phrase)
    return "" if is_shouted and any(m.group().isupper() for m in _WORD.finditer(written)) else written


def as_written(phrase: str, text: str) -> str:
    """Return a phrase from the start of a sentence as it is within one: its first word may be lower case."""
    first, _, rest = phrase.partition(" ")
    has_names = any(word[:1].isupper() for word in rest.split())
    if first[1:].islower() and not has_names and re.search(rf"\b{re.escape(first.lower())}\b", text):
        return phrase[:1].lower() + phrase[1:]
    return phrase


def is_statement(phrase: str) -> bool:
    """Tell whether an English phrase is a sentence: it has a finite verb and no question word first."""
    words = tokens(phrase)
    if not words or words[0].text in WH:
        return False
    finite = BE | DO | MODALS | {"has", "have", "had"}
    return any(
        word.text in finite
        or (number and is_verb(word) and word.text.endswith("s") and number + 1 < len(words))
        for number, word in enumerate(words)
    )


def is_command(phrase: str, text: str) -> bool:
    """Tell whether an English phrase is a command, such as "Create a network"."""
    words = tokens(phrase)
    if len(words) < 2 or words[0].text.endswith(("ing", "s", "ed")) or words[0].text in STOPWORDS - {"make"}:
        return False
    if words[1].text in DETERMINERS or words[0].text in _COMMANDS:
        return True
    verb = re.escape(words[0].text)
    return re.search(rf"\b(?:to|can|must|should) {verb} (?:an?|the|your)\b", text, re.IGNORECASE) is not None


def is_particular(phrase: str, title: str) -> bool:
    """Tell whether an English phrase says by itself what it is about, without the title of its document.

    It has a word of the title, or one that is rare in the language; "options" and
    "report" may be about anything.
    """
    words = content(tokens(phrase))
    named = {word.stem for word in tokens(title)}
    return any(word.stem in named or frequency(word.text) < _RARE for word in words)


def has_content(phrase: str, least: int) -> bool:
    """Tell whether a phrase has so many content words."""
    return len(content(tokens(phrase))) >= least
