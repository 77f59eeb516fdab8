"""The page: its tabs, the source viewer beside them, and the refresh that keeps them up to date."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from tacrochat.types import KINDS
from tacrochat.ui import api, links, upkeep, viewer
from tacrochat.ui.about_tab import about_tab
from tacrochat.ui.appearance import accent_style
from tacrochat.ui.assets import joined
from tacrochat.ui.chat.tab import chat_tab, new_examples, new_threshold
from tacrochat.ui.documents.serving import LIBRARY_KEYS, library_functions
from tacrochat.ui.documents.tab import documents_tab, doing, last_build, progress, progress_row
from tacrochat.ui.examples.kept import Examples
from tacrochat.ui.folder_news import faults, synced
from tacrochat.ui.front_page import switcher
from tacrochat.ui.html_parts import plain
from tacrochat.ui.keep import components as keep
from tacrochat.ui.map.tab import map_tab
from tacrochat.ui.operation.fair_queue import MAX_WAITING
from tacrochat.ui.person import SCOPE_KEY
from tacrochat.ui.person_line import person_line
from tacrochat.ui.state import State
from tacrochat.ui.tabs import PRIVATE, Tab, i18n, language_of_request
from tacrochat.ui.wording import LANGUAGES, Language, say
from tacrochat.ui.workspace import Workspace

_VIEWER_KEYS = (
    "viewer", "viewer_empty", "outline", "previous", "next", "of", "original", "close", "cut", "show_all",
    "gone", "copy", "copied", "copy_hint",
    "viewer_pages", "viewer_reading", "viewer_text", "viewer_as", "viewer_page_of", "viewer_page_before",
    "viewer_page_after", "viewer_larger", "viewer_smaller", "viewer_download", "viewer_download_hint",
    "link", "link_hint", "link_copied", "link_failed", "link_gone", "link_bad", "link_changed",
    "link_found", "original_missing", "original_changed", "original_inside", "original_unreadable",
)  # fmt: skip


_SCRIPTS = (
    "nodes", "base", "viewer", "pages", "reading", "link", "library", "documents", "copy", "cards", "events",
    "map", "turns", "room", "state", "stored", "sheets", "saving", "conversations", "conversation_list",
    "basket", "basket_list", "access", "start",
)  # fmt: skip
_STYLES = (
    "colours", "base", "head", "columns", "chat", "cards", "ask", "viewer", "pages", "reading", "tabs",
    "library", "keep", "feedback", "access", "narrow", "print",
)  # fmt: skip


def script() -> str:
    """Return the script of the page: the files of ``script/`` as one function body, in order."""
    return joined("script", _SCRIPTS, "js")


def style() -> str:
    """Return the style sheet of the page: the files of ``style/``, later ones over earlier ones."""
    return joined("style", _STYLES, "css")


def theme() -> gr.themes.Base:
    """Return the theme: system fonts only, so that nothing is fetched."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.slate,
        font=["system-ui", "-apple-system", "Segoe UI", "Noto Sans", "sans-serif"],
        font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Noto Sans Mono", "monospace"],
    )


def build_page(workspace: Workspace) -> gr.Blocks:
    """Lay out the page for a workspace."""
    with gr.Blocks(
        title="tacrochat", analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)
    ) as page:
        examples = Examples(workspace)
        # First: a private event whose function has the same name would take the name.
        named = api.Endpoints(workspace)
        for function in (named.ask, named.search, named.documents):
            gr.api(function, api_name=function.__name__, concurrency_limit=MAX_WAITING, concurrency_id="ask")
        saved = keep.open_conversation()
        keep.first_edition(page)
        shown_generation, current = gr.State(""), gr.State(None)
        status = gr.HTML(elem_id="tc-status", js_on_load=None, apply_default_css=False)
        progress_bar = progress_row(workspace)
        with gr.Row(elem_id="tc-main"):
            with gr.Column(scale=3, min_width=300, elem_id="tc-left"), gr.Tabs(elem_id="tc-tabs"):
                with gr.Tab(i18n("tab_chat"), id="chat"):
                    chat, threshold = chat_tab(workspace, examples, saved, current)
                with gr.Tab(i18n("tab_documents"), id="documents"):
                    last = gr.HTML(elem_id="tc-progress", js_on_load=None, apply_default_css=False)
                    documents = documents_tab(workspace)
                with gr.Tab(i18n("tab_map"), id="map") as map_container:
                    passage_map = map_tab(workspace, saved, map_container)
                with gr.Tab(i18n("tab_about"), id="about"):
                    about = about_tab(workspace)
            with gr.Column(scale=2, min_width=300, elem_id="tc-side"):
                source_viewer = _viewer(workspace, examples)
        tabs = [chat, documents, passage_map, about]
        first = (status, progress_bar, last, threshold, shown_generation)
        outputs = [*first, *(c for tab in tabs for c in tab.components)]
        refresh = _refresher(workspace, examples, tabs)
        # script/state.js asks for the version of the state and submits when the page shows another one.
        events = [page.load, source_viewer.submit]
        gr.on(events, refresh, [saved, shown_generation, current, threshold], outputs, **PRIVATE)
    upkeep.bound(page)
    return page


def _viewer(workspace: Workspace, examples: Examples) -> gr.HTML:
    def version(_: Any = None) -> str:
        workspace.look()
        return workspace.version

    def look(request: dict[str, Any]) -> dict[str, Any]:
        with api.clear_errors():
            return {**viewer.view(workspace.wait(), workspace.originals, request)}

    def link(request: dict[str, Any]) -> str:
        with api.clear_errors():
            return links.of_request(workspace.wait(), request)

    kept_words = keep.texts()
    words = {
        language: {key: say(language, key) for key in (*_VIEWER_KEYS, *LIBRARY_KEYS)} | kept_words[language]
        for language in LANGUAGES
    }
    kinds = {language: {kind: say(language, f"kind_{kind}") for kind in KINDS} for language in LANGUAGES}
    return gr.HTML(
        '<div class="tc-viewer-root"></div>',
        elem_id="tc-viewer",
        js_on_load=script(),
        server_functions=[
            look,
            link,
            version,
            *library_functions(workspace, examples),
            *keep.functions(workspace),
        ],
        apply_default_css=False,
        words=words,
        kinds=kinds,
    )


def _refresher(workspace: Workspace, examples: Examples, tabs: list[Tab]) -> Callable[..., list[Any]]:
    """Return the function that shows the state of the workspace, and another index once there is one."""
    count = sum(len(tab.components) for tab in tabs)

    def refresh(
        saved: Any, shown_generation: str, current: Any, threshold: float, request: gr.Request
    ) -> list[Any]:
        version = workspace.version  # before the state: of a later state the page is told again
        state, library, language = workspace.state, workspace.library, language_of_request(request)
        links_and_person = (_switcher(workspace, request, language), person_line(request, language))
        head = _status(workspace, state, version, language, *links_and_person)
        status = accent_style(workspace.live.current) + head
        work = [progress(state, language), last_build(state, workspace, language)]
        work.append(new_threshold(workspace, threshold))
        if library is None:
            return [status, *work, gr.skip(), *[gr.skip()] * count]
        generation, questions = library.manifest.generation, examples.shown(library)
        now_shown = f"{generation} {' '.join(questions)}"
        if now_shown == shown_generation:
            return [status, *work, gr.skip(), *[gr.skip()] * count]
        if shown_generation.startswith(f"{generation} "):  # only the examples are new
            return [status, *work, now_shown, new_examples(questions), *[gr.skip()] * (count - 1)]
        conversation = saved if current is None else current
        values = [value for tab in tabs for value in tab.new_values(library, conversation, language)]
        return [status, *work, now_shown, *values]

    return refresh


def _switcher(workspace: Workspace, request: gr.Request, language: Language) -> str:
    """Return the links to the other libraries that the reader may read."""
    person = request.request.scope.get(SCOPE_KEY) if request.request else None
    libraries = [one for one in workspace.libraries if person is None or person.can_read(one.name)]
    return switcher(libraries, workspace.name, language)


def _status(
    workspace: Workspace, state: State, version: str, language: Language, libraries: str, person: str
) -> str:
    """Return the head of the page: the library and others, what its folder has changed, who is logged in."""
    library = workspace.library
    if state.is_cancelled and not state.is_busy:
        text = say(language, "cancelled" if library else "cancelled_start")
    elif state.phase == "ready" and library is not None:
        text = say(language, "state_ready", documents=len(library.documents))
    elif state.phase == "building":
        key = "state_rebuilding" if library else "state_building"
        text = say(language, key, stage=doing(state, language))
    elif state.phase == "failed":
        text = say(language, "state_failed", error=state.error)
    else:
        text = say(language, f"state_{state.phase}")
    error = (
        f'<p class="tc-error" role="alert">{plain(state.error)}</p>'
        if state.error and not state.is_cancelled
        else ""
    )
    now_doing = (
        f'<p class="tc-state" data-phase="{state.phase}" data-version="{version}" role="status">'
        f"{plain(text)}</p>"
    )
    return (
        f'<header class="tc-head"><h1>{plain(workspace.title)}</h1>'
        f'<p class="tc-tagline">{say(language, "tagline")}</p>'
        f"{libraries}{now_doing}{synced(workspace, language)}{person}</header>"
        f"{error}{faults(workspace, language)}"
    )
