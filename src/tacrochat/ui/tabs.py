"""What the tabs of the page share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from tacrochat.library import Library
from tacrochat.ui.operation.fair_queue import MAX_WAITING
from tacrochat.ui.person import SCOPE_KEY, Person
from tacrochat.ui.wording import LANGUAGES, Language, language_of_header, translations

LABEL_KEYS = (
    "cancel", "conversation", "filter_documents", "filter_kinds", "filter_threshold", "filter_top", "filters",
    "question", "question_hint", "rebuild", "remove", "remove_do", "remove_sure", "send", "tab_about",
    "tab_chat", "tab_documents", "tab_map", "upload", "upload_do",
)  # fmt: skip
"""Texts of Gradio's own components: the page brings these in every language, and no others."""

i18n = gr.I18n(**{code: {key: translations(code)[key] for key in LABEL_KEYS} for code in LANGUAGES})

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "preprocess": False}
"""For events of the page itself: not in the API, no overlay while they run.

They get values as the browser sends them, of the types that ``page_events``
checks: Gradio's own conversion leaves an empty file for every file, and a
traceback for a choice that is no longer there.
"""

ASKING: dict[str, Any] = {"concurrency_limit": MAX_WAITING, "concurrency_id": "ask", **PRIVATE}
"""For events that ask the library."""


def for_editors(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark an event function that changes the documents or a build: the guard keeps it from readers."""
    function._is_edit = True  # type: ignore[attr-defined]
    return function


@dataclass(frozen=True, slots=True)
class Tab:
    """The components of a tab that depend on the index, and the function for their values.

    ``new_values(library, saved, language)`` is called when another index is
    used; it returns one value per component.
    """

    components: list[Any]
    new_values: Callable[[Library, Any, Language], list[Any]]


def language_of_request(request: gr.Request) -> Language:
    """Return the language a browser asks for."""
    return language_of_header(request.headers.get("accept-language"))


def person_of_request(request: gr.Request) -> Person:
    """Return who sends a request, as the login has found out."""
    person: Person = request.request.scope[SCOPE_KEY]
    return person
