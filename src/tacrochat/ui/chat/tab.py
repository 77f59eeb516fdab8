"""The Chat tab: its components, and which events of ``Chat`` they call."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from tacrochat.library import Library
from tacrochat.types import KINDS
from tacrochat.ui.chat.events import BUSY, Chat, Messages
from tacrochat.ui.examples.kept import Examples
from tacrochat.ui.tabs import ASKING, PRIVATE, Tab, i18n
from tacrochat.ui.wording import Language, say
from tacrochat.ui.workspace import Workspace


def chat_tab(
    workspace: Workspace, examples: Examples, saved: gr.HTML, current: gr.State
) -> tuple[Tab, gr.Slider]:
    """Lay out the conversation; returns it with the slider of the minimum confidence, see ``new_threshold``.

    ``saved`` is what the browser keeps of it, ``current`` the session's copy.
    """
    chat = Chat(workspace, examples)
    gr.HTML('<div class="tc-keep"></div>', elem_id="tc-keep", js_on_load=None, apply_default_css=False)
    chatbot = _chatbot()
    with gr.Row(elem_id="tc-ask"):
        question = _question(workspace)
        send = gr.Button(i18n("send"), variant="primary", scale=1, min_width=88, elem_id="tc-send")
    note = gr.HTML(elem_id="tc-note", js_on_load=None, apply_default_css=False)
    with gr.Accordion(i18n("filters"), open=False, elem_id="tc-filters"):
        options = _options(workspace)
    _wire(chat, chatbot, (saved, question, current), send, options)

    def new_values(library: Library, saved: Any, language: Language) -> list[Any]:
        # Without turns too: the script may be about to open a conversation that the browser kept.
        messages = None if saved == BUSY or not saved else chat.restore(saved, language)
        return [
            _new_chatbot(library, examples, messages, language),
            f'<p class="tc-note">{say(language, "note")}</p>',
            *_new_choices(library, language),
        ]

    return Tab([chatbot, note, *options[:2]], new_values), options[-1]


def _chatbot() -> gr.Chatbot:
    return gr.Chatbot(
        label=i18n("conversation"),
        elem_id="tc-chat",
        layout="panel",
        container=False,
        height="calc(100dvh - var(--tc-above, 4.5rem) - 14.2rem)",
        min_height="16.5rem",
        autoscroll=False,
        render_markdown=False,
        latex_delimiters=[],
        editable="user",
        buttons=[],
        group_consecutive_messages=False,
    )


def _new_chatbot(
    library: Library, examples: Examples, messages: Messages | None, language: Language
) -> gr.Chatbot:
    """Return the conversation's new values for a library; None leaves the messages as they are."""
    value = {} if messages is None else {"value": messages}
    welcome = say(language, "welcome_more", documents=len(library.documents))
    return gr.Chatbot(
        **value,
        examples=_texts(examples.shown(library)),
        placeholder=f"<h2>{say(language, 'welcome')}</h2><p>{welcome}</p>",
        feedback_options=["Like", "Dislike", say(language, "feedback_missing")],
    )


def new_examples(questions: Sequence[str]) -> gr.Chatbot:
    """Return the conversation with other examples; its messages stay."""
    return gr.Chatbot(examples=_texts(questions))


def new_threshold(workspace: Workspace, shown: float) -> Any:
    """Return the minimum confidence as it is configured now; one that a person has set stays."""
    now, is_own = workspace.threshold, shown not in workspace.live.thresholds
    return gr.skip() if is_own or shown == now else now


def _texts(questions: Sequence[str]) -> list[dict[str, str]]:
    return [{"text": question} for question in questions]


def _question(workspace: Workspace) -> gr.Textbox:
    return gr.Textbox(
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


def _options(workspace: Workspace) -> list[Any]:
    with gr.Row():
        documents = gr.Dropdown([], label=i18n("filter_documents"), multiselect=True, scale=2)
        kinds = gr.Dropdown([], label=i18n("filter_kinds"), multiselect=True, scale=1)
    with gr.Row():
        default = workspace.settings.top
        top = gr.Slider(1, max(10, default), default, step=1, label=i18n("filter_top"))
        threshold = gr.Slider(0, 1, workspace.threshold, step=0.01, label=i18n("filter_threshold"))
    return [documents, kinds, top, threshold]


def _new_choices(library: Library, language: Language) -> list[Any]:
    """Return the choices of the filters by document and by kind for a library."""
    rows = library.document_columns("title", "path", "kind")
    kinds = sorted({kind for _, _, kind in rows}, key=KINDS.index)
    return [
        gr.Dropdown(choices=[(f"{title} ({path})", path) for title, path, _ in rows]),
        gr.Dropdown(choices=[(say(language, f"kind_{kind}"), kind) for kind in kinds]),
    ]


def _wire(
    chat: Chat,
    chatbot: gr.Chatbot,
    states: tuple[gr.HTML, gr.Textbox, gr.State],
    send: gr.Button,
    options: list[Any],
) -> None:
    saved, question, current = states
    outputs = [chatbot, *states]
    gr.on([question.submit, send.click], chat.ask, [question, saved, *options], outputs, **ASKING)
    chatbot.retry(chat.retry, [saved, *options], outputs, **ASKING)
    chatbot.edit(chat.edit, [saved, *options], outputs, **ASKING)
    chatbot.undo(chat.undo, [saved], outputs, **PRIVATE)
    saved.submit(chat.open, [saved], [chatbot, current], **PRIVATE)
    # First in the browser, so that a reload right afterwards shows nothing; then in the session.
    chatbot.clear(None, None, [chatbot, saved, question], js="() => [[], [], '']", **PRIVATE)
    chatbot.clear(list, None, [current], **PRIVATE)
    chatbot.like(chat.like, [saved], [saved, current], **PRIVATE)
    chosen_question = gr.State("")
    for event in (chatbot.example_select, chatbot.option_select):
        event(_chosen_question, None, chosen_question, **PRIVATE).then(
            chat.ask, [chosen_question, saved, *options], outputs, **ASKING
        )


def _chosen_question(event: gr.SelectData) -> str:
    value = event.value
    return str(value.get("text") or value.get("value") or "") if isinstance(value, dict) else str(value)
