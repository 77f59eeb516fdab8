"""The page: its tabs, the source viewer beside them, and what keeps them up to date."""

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import gradio as gr

from tacrochat.types import KINDS
from tacrochat.ui import api, viewer
from tacrochat.ui.about_tab import about_tab
from tacrochat.ui.chat.tab import chat_tab
from tacrochat.ui.documents.tab import documents_tab, progress
from tacrochat.ui.html_parts import plain
from tacrochat.ui.map.tab import map_tab
from tacrochat.ui.tabs import PRIVATE, Tab, i18n, language
from tacrochat.ui.wording import Language, say
from tacrochat.ui.workspace import State, Workspace

_VIEWER_KEYS = (
    "viewer", "viewer_empty", "outline", "previous", "next", "of", "original", "close", "cut", "show_all",
    "gone", "copy", "copied", "copy_hint",
)  # fmt: skip


def asset(name: str) -> str:
    """Return the text of a file of this package."""
    return (files("tacrochat.ui") / name).read_text("utf-8")


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
        # Before all else: private events of the same function name would take the names.
        named = api.Endpoints(workspace)
        for function in (named.ask, named.search, named.documents):
            gr.api(function, api_name=function.__name__, concurrency_limit=8, concurrency_id="ask")
        saved = gr.BrowserState([], storage_key="tacrochat-conversation", secret="kept-in-this-browser")  # noqa: S106
        seen, now = gr.State(""), gr.State(None)
        timer = gr.Timer(0.7, active=False)  # set going by whatever has to be waited for
        status = gr.HTML(elem_id="tc-status", js_on_load=None, apply_default_css=False)
        with gr.Row(elem_id="tc-main"):
            with gr.Column(scale=3, min_width=300, elem_id="tc-left"), gr.Tabs(elem_id="tc-tabs"):
                with gr.Tab(i18n("tab_chat"), id="chat"):
                    chat = chat_tab(workspace, saved, now)
                with gr.Tab(i18n("tab_documents"), id="documents"):
                    underway = gr.HTML(elem_id="tc-progress", js_on_load=None, apply_default_css=False)
                    listed = documents_tab(workspace, timer)
                with gr.Tab(i18n("tab_map"), id="map") as map_page:
                    picture = map_tab(workspace, saved, map_page)
                with gr.Tab(i18n("tab_about"), id="about"):
                    about = about_tab(workspace)
            with gr.Column(scale=2, min_width=300, elem_id="tc-side"):
                _viewer(workspace)
        tabs = [chat, listed, picture, about]
        outputs = [status, underway, seen, timer, *(c for tab in tabs for c in tab.components)]
        refresh = _refresher(workspace, tabs)
        page.load(refresh, [saved, seen, now], outputs, **PRIVATE)
        timer.tick(refresh, [saved, seen, now], outputs, **PRIVATE)
    return page


def _viewer(workspace: Workspace) -> None:
    def look(request: dict[str, Any]) -> dict[str, Any]:
        with api.clear_errors():
            return {**viewer.view(workspace.wait(), request)}

    words = {tongue: {key: say(tongue, key) for key in _VIEWER_KEYS} for tongue in ("en", "de")}
    kinds = {tongue: {kind: say(tongue, f"kind_{kind}") for kind in KINDS} for tongue in ("en", "de")}
    gr.HTML(
        '<div class="tc-viewer-root"></div>',
        elem_id="tc-viewer",
        js_on_load=asset("page.js"),
        server_functions=[look],
        apply_default_css=False,
        words=words,
        kinds=kinds,
    )


def _refresher(workspace: Workspace, tabs: list[Tab]) -> Callable[..., list[Any]]:
    """Return the function that brings a page up to what the workspace is doing."""
    count = sum(len(tab.components) for tab in tabs)

    def refresh(saved: Any, seen: str, now: Any, request: gr.Request) -> list[Any]:
        state, library, tongue = workspace.state, workspace.library, language(request)
        status, underway = _status(workspace, state, tongue), progress(state, workspace, tongue)
        timer = gr.Timer(active=state.is_busy)
        if library is None or state.generation == seen:
            return [status, underway, gr.skip(), timer, *[gr.skip()] * count]
        fresh = [value for tab in tabs for value in tab.fresh(library, saved if now is None else now, tongue)]
        return [status, underway, state.generation, timer, *fresh]

    return refresh


def _status(workspace: Workspace, state: State, tongue: Language) -> str:
    """Return the head of the page with what the library is doing."""
    if state.phase == "ready" and workspace.library is not None:
        text = say(tongue, "state_ready", documents=len(workspace.library.documents))
    elif state.phase == "building":
        key = "state_rebuilding" if workspace.library else "state_building"
        stage = say(tongue, f"stage_{state.stage or 'reading'}")
        text = say(tongue, key, stage=f"{stage} {100 * state.share:.0f} %")
    elif state.phase == "failed":
        text = say(tongue, "state_failed", error=state.error)
    else:
        text = say(tongue, f"state_{state.phase}")
    error = f'<p class="tc-error" role="alert">{plain(state.error)}</p>' if state.error else ""
    now = f'<p class="tc-state" data-phase="{state.phase}" role="status">{plain(text)}</p>'
    return (
        f'<header class="tc-head"><h1>tacrochat</h1><p class="tc-tagline">{say(tongue, "tagline")}</p>'
        f"{now}</header>{error}"
    )
