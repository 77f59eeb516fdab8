"""What the page's script asks for: kept quotes as they are today, and files to save.

The browser keeps references, no text; each quote is cut again for every request.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tacrochat.answering.escaping import safe_url
from tacrochat.answering.export import citations, citing, sheet
from tacrochat.answering.export.markdown import to_markdown
from tacrochat.answering.export.reference import Kept, Reference, References
from tacrochat.answering.export.sheet import Sheet, Words
from tacrochat.answering.export.web_page import to_html
from tacrochat.answering.export.word import to_docx
from tacrochat.errors import QuestionError
from tacrochat.library import Library
from tacrochat.types import KINDS
from tacrochat.ui.formatting import language_tag
from tacrochat.ui.keep.framing import remarks
from tacrochat.ui.turns import MAX_KEPT, restore, to_json
from tacrochat.ui.wording import LANGUAGES, Language, say

MAX_QUOTES = 500
"""Quotes that are collected, at most."""

_MAX_NOTE = 4_000  # characters
_MAX_PATH = 4_096
_MAX_TITLE = 300

_WRITERS: dict[str, Callable[[Sheet], str | bytes]] = {"md": to_markdown, "html": to_html, "docx": to_docx}
_CITATIONS: dict[str, Callable[[Sequence[citing.Source]], str]] = {
    "bib": citations.to_bibtex,
    "ris": citations.to_ris,
    "csl.json": citations.to_csl,
}


def save_conversation(library: Library, request: Any) -> dict[str, Any]:
    """Write turns that the browser kept.

    ``request`` is ``{"turns": [...], "title": str, "form": "md" | "html" | "docx" |
    "json", "language": str}``. Returns ``name``, and ``data`` in base 64.

    Raises:
        QuestionError: the request has another form.

    """
    request = _mapping(request)
    language, form = _language(request), _form(request, (*_WRITERS, "json"))
    saved = request.get("turns")
    if not isinstance(saved, list) or not 0 < len(saved) <= MAX_KEPT:
        raise QuestionError(f"turns is not a list of 1 to {MAX_KEPT} turns; load the page again")
    turns = restore(saved, library)
    if form == "json":
        return _file(form, to_json(turns))
    title = _string(request, "title", _MAX_TITLE) or "tacrochat"
    answers = [(turn.answer, turn.changed) for turn in turns]
    made = sheet.of_answers(title, answers, words(language), lambda answer: remarks(answer, language))
    return _file(form, _WRITERS[form](made))


def save_collection(library: Library, request: Any) -> dict[str, Any]:
    """Write collected quotes, or the documents they are from as citations.

    ``request`` is ``{"quotes": [{"document", "digest", "start", "end", "note"}, …],
    "form": "md" | "html" | "docx" | "bib" | "ris" | "csl.json", "language": str}``.
    Returns ``name``, ``data`` in base 64, and ``left_out``: the number of quotes
    that citations leave out because their documents are no longer there.

    Raises:
        QuestionError: the request has another form.

    """
    request = _mapping(request)
    language, form = _language(request), _form(request, (*_WRITERS, *_CITATIONS))
    references = References(library)
    kept = _kept(references, request)
    if form in _WRITERS:
        made = sheet.of_collection(say(language, "basket"), kept, words(language))
        return _file(form, _WRITERS[form](made), "-collected")
    sources = citing.sources(kept, references, words(language))
    left_out = sum(each.state == "gone" for each in kept)
    return _file(form, _CITATIONS[form](sources), "-collected") | {"left_out": left_out}


def look_up(library: Library, request: Any) -> list[dict[str, Any]]:
    """Return collected quotes as they are today, in the order of the request (see ``save_collection``).

    Each has ``state`` ("unchanged", "changed" or "gone"); an unchanged one also
    ``text``, ``label``, ``kind``, ``date``, ``url`` and ``language``.

    Raises:
        QuestionError: the request has another form.

    """
    shown = []
    for kept in _kept(References(library), _mapping(request)):
        facts: dict[str, Any] = {"state": kept.state}
        if quote := kept.quote:
            facts |= {"text": quote.text, "label": quote.label, "kind": quote.kind, "date": quote.date}
            facts |= {"url": safe_url(quote.url), "language": language_tag(quote.language)}
        shown.append(facts)
    return shown


def words(language: Language) -> Words:
    """Return the texts of a saved sheet in a language of the page."""
    return Words(
        language=language,
        note=say(language, "export_note"),
        sources=say(language, "export_sources"),
        nearest=say(language, "export_nearest"),
        changed=say(language, "export_changed"),
        gone=say(language, "export_gone"),
        characters=say(language, "export_characters"),
        framing=say(language, "note"),
        kinds={kind: say(language, f"kind_{kind}") for kind in KINDS},
    )


def _file(form: str, content: str | bytes, name: str = "") -> dict[str, Any]:
    data = content.encode() if isinstance(content, str) else content
    return {"name": f"tacrochat{name}.{form}", "data": base64.b64encode(data).decode()}


def _mapping(request: Any) -> Mapping[str, Any]:
    if not isinstance(request, Mapping):
        raise QuestionError("the request is not an object; load the page again")
    return request


def _language(request: Mapping[str, Any]) -> Language:
    for language in LANGUAGES:
        if request.get("language") == language:
            return language
    raise QuestionError(f"language is not one of {', '.join(LANGUAGES)}")


def _form(request: Mapping[str, Any], forms: Sequence[str]) -> str:
    form = request.get("form")
    if not isinstance(form, str) or form not in forms:
        raise QuestionError(f"form is not one of {', '.join(forms)}")
    return form


def _string(request: Mapping[str, Any], field: str, max_chars: int) -> str:
    value = request.get(field, "")
    if not isinstance(value, str) or len(value) > max_chars:
        raise QuestionError(f"{field} is not a text of at most {max_chars:,} characters")
    return value


def _kept(references: References, request: Mapping[str, Any]) -> list[Kept]:
    quotes = request.get("quotes")
    if not isinstance(quotes, list) or len(quotes) > MAX_QUOTES:
        raise QuestionError(f"quotes is not a list of at most {MAX_QUOTES} quotes")
    kept = []
    for quote in quotes:
        start, end = (_mapping(quote).get(name) for name in ("start", "end"))
        if type(start) is not int or type(end) is not int:
            raise QuestionError("start and end of a quote are not whole numbers")
        document = _string(quote, "document", _MAX_PATH)
        place = Reference(document, _string(quote, "digest", 64), start, end)
        kept.append(references.look_up(place, note=_string(quote, "note", _MAX_NOTE)))
    return kept
