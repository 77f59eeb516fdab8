"""The page's layout and wiring."""

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import gradio as gr

from tacrochat.types import KINDS
from tacrochat.ui import api, cards, related, viewer
from tacrochat.ui.chat import Chat, language
from tacrochat.ui.wording import Language, say, translations
from tacrochat.ui.workspace import State, Workspace

i18n = gr.I18n(en=translations("en"), de=translations("de"))
_VIEWER_WORDS = (
    "viewer", "viewer_empty", "outline", "previous", "next", "of", "original", "close", "cut", "show_all",
    "gone", "copy", "copied", "copy_hint",
)  # fmt: skip
_PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


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
        for name, function in api.endpoints(workspace).items():
            gr.api(function, api_name=name, concurrency_limit=8, concurrency_id="ask")
        saved = gr.BrowserState([], storage_key="tacrochat-conversation", secret="kept-in-this-browser")  # noqa: S106
        seen = gr.State("")
        timer = gr.Timer(1.0)
        status = gr.HTML(elem_id="tc-status", js_on_load=None)
        with gr.Row(elem_id="tc-main"):
            with gr.Column(scale=3, min_width=300, elem_id="tc-left"):
                tabs = gr.Tabs(elem_id="tc-tabs")
                with tabs, gr.Tab(i18n("tab_chat"), id="chat"):
                    parts = _chat_tab(workspace, saved)
            with gr.Column(scale=2, min_width=300, elem_id="tc-side"):
                _viewer(workspace)
        refreshed = [status, seen, timer, *parts]
        refresh = _refresher(workspace, len(parts))
        page.load(refresh, [saved, gr.State("none")], refreshed, **_PRIVATE)
        timer.tick(refresh, [saved, seen], refreshed, **_PRIVATE)
    return page


def _chat_tab(workspace: Workspace, saved: gr.BrowserState) -> list[Any]:
    """Lay out the conversation; returns the parts that a refresh sets anew."""
    chat = Chat(workspace)
    talk = gr.Chatbot(
        label=i18n("conversation"),
        elem_id="tc-chat",
        layout="panel",
        container=False,
        height="calc(100dvh - 16.2rem)",
        min_height="20rem",
        autoscroll=False,
        render_markdown=False,
        latex_delimiters=[],
        editable="user",
        buttons=[],
        group_consecutive_messages=False,
    )
    with gr.Row(elem_id="tc-ask"):
        question = gr.Textbox(
            label=i18n("question"),
            placeholder=i18n("question_hint"),
            show_label=False,
            lines=1,
            max_lines=6,
            max_length=workspace.settings.max_question_chars,
            scale=8,
            autofocus=True,
            container=False,
            elem_id="tc-question",
        )
        send = gr.Button(i18n("send"), variant="primary", scale=1, min_width=88, elem_id="tc-send")
    with gr.Accordion(i18n("filters"), open=False, elem_id="tc-filters"):
        filters, saving = _filters(workspace)
    gr.HTML(f'<p class="tc-note" lang="en">{say("en", "note")}</p>', elem_id="tc-note", js_on_load=None)
    outputs = [talk, saved, question]
    shared: dict[str, Any] = {"concurrency_limit": 8, "concurrency_id": "ask", **_PRIVATE}
    asked = [question, saved, *filters]
    gr.on([question.submit, send.click], chat.ask, asked, outputs, **shared)
    talk.retry(chat.again, [saved, *filters], outputs, **shared)
    talk.edit(chat.edit, [saved, *filters], outputs, **shared)
    talk.undo(chat.undo, [saved], outputs, **_PRIVATE)
    talk.clear(lambda: ([], ""), None, [saved, question], **_PRIVATE)
    chosen = gr.State("")
    for event in (talk.example_select, talk.option_select):
        event(_chosen, None, chosen, **_PRIVATE).then(chat.ask, [chosen, saved, *filters], outputs, **shared)
    for button, form in saving:
        _wire_export(button, form, chat, saved)
    return [talk, *filters[:2]]


def _chosen(event: gr.SelectData) -> str:
    value = event.value
    return str(value.get("text") or value.get("value") or "") if isinstance(value, dict) else str(value)


def _filters(workspace: Workspace) -> tuple[list[Any], list[tuple[gr.Button, str]]]:
    with gr.Row():
        documents = gr.Dropdown([], label=i18n("filter_documents"), multiselect=True, scale=2)
        kinds = gr.Dropdown([], label=i18n("filter_kinds"), multiselect=True, scale=1)
    with gr.Row():
        top = gr.Slider(1, 10, workspace.settings.top, step=1, label=i18n("filter_top"))
        threshold = gr.Slider(0, 1, workspace.threshold, step=0.01, label=i18n("filter_threshold"))
    with gr.Row():
        markdown = gr.Button(i18n("export_markdown"), size="sm", elem_id="tc-export-md")
        as_json = gr.Button(i18n("export_json"), size="sm", elem_id="tc-export-json")
    return [documents, kinds, top, threshold], [(markdown, "md"), (as_json, "json")]


def _wire_export(button: gr.Button, form: str, chat: Chat, saved: gr.BrowserState) -> None:
    """Save the conversation from the browser: no file of it is left on the server."""
    ready = gr.JSON(visible=False)
    button.click(lambda kept: chat.export(kept, form), [saved], [ready], **_PRIVATE).then(
        None, [ready], None, js="(file) => { window.tacrochat.save(file); }"
    )


def _viewer(workspace: Workspace) -> None:
    def look(request: dict[str, Any]) -> dict[str, Any]:
        with api.clear_errors():
            return {**viewer.view(workspace.wait(), request)}

    words = {tongue: {key: say(tongue, key) for key in _VIEWER_WORDS} for tongue in ("en", "de")}
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


def _refresher(workspace: Workspace, count: int) -> Callable[..., list[Any]]:
    """Return the function that brings a page up to what the workspace is doing."""
    chat = Chat(workspace)

    def refresh(saved: Any, seen: str, request: gr.Request) -> list[Any]:
        state, tongue = workspace.state, language(request)
        status = _status(workspace, state, tongue)
        timer = gr.Timer(active=state.is_busy)
        if state.generation == seen or (seen == "none" and not workspace.library):
            return [status, gr.skip() if seen != "none" else "", timer, *[gr.skip()] * count]
        return [status, state.generation, timer, *_fresh_chat(workspace, chat, saved, tongue, request)]

    return refresh


def _fresh_chat(
    workspace: Workspace, chat: Chat, saved: Any, tongue: Language, request: gr.Request
) -> list[Any]:
    library = workspace.library
    assert library is not None
    kinds = sorted({document.kind for document in library.documents}, key=KINDS.index)
    welcome = say(tongue, "welcome_more", documents=len(library.documents))
    return [
        gr.Chatbot(
            value=chat.restore(saved, request),
            examples=[{"text": text} for text in related.examples(library)],
            placeholder=f"<h2>{say(tongue, 'welcome')}</h2><p>{welcome}</p>",
        ),
        gr.Dropdown(choices=[(f"{d.title} ({d.path})", d.path) for d in library.documents]),
        gr.Dropdown(choices=[(say(tongue, f"kind_{kind}"), kind) for kind in kinds]),
    ]


def _status(workspace: Workspace, state: State, tongue: Language) -> str:
    """Return the head of the page with what the library is doing."""
    if state.phase == "ready":
        assert workspace.library is not None
        text = say(tongue, "state_ready", documents=len(workspace.library.documents))
    elif state.phase == "building":
        key = "state_rebuilding" if workspace.library else "state_building"
        text = say(tongue, key, stage=state.stage)
    elif state.phase == "failed":
        text = say(tongue, "state_failed", error=state.error)
    else:
        text = say(tongue, f"state_{state.phase}")
    error = f'<p class="tc-error" role="alert">{cards.plain(state.error)}</p>' if state.error else ""
    now = f'<p class="tc-state" data-phase="{state.phase}" role="status">{cards.plain(text)}</p>'
    return (
        f'<header class="tc-head"><h1>tacrochat</h1><p class="tc-tagline">{say(tongue, "tagline")}</p>'
        f"{now}</header>{error}"
    )
