"""The components that carry what is kept between the browser and the events of the page."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from tacrochat.ui import api
from tacrochat.ui.keep import saving
from tacrochat.ui.wording import LANGUAGES, say
from tacrochat.ui.workspace import Workspace

_KEYS = (
    "keep_list", "keep_new", "keep_search", "keep_none", "keep_no_match", "keep_one", "keep_many",
    "keep_open", "keep_rename", "keep_name", "keep_delete", "keep_deleted", "keep_undo", "keep_save",
    "keep_print", "keep_close", "keep_wait", "keep_full", "keep_blocked", "keep_damaged", "keep_here",
    "keep_unchanged", "keep_unchanged_hint", "keep_failed", "keep_other_tab", "keep_more",
    "collect", "collect_hint", "basket", "basket_collected", "basket_count", "basket_none", "basket_note",
    "basket_up", "basket_down", "basket_remove", "basket_removed", "basket_sort", "basket_by_document",
    "basket_by_time", "basket_left_out", "basket_many", "basket_cite", "export_changed", "export_gone",
)  # fmt: skip

# The value is the conversation that is open, as ``turns.save`` returns it. script/conversations.js keeps
# it, sets it when another one is opened, and then has the page show it.
_CARRY = """
element.hidden = true;
window.tacrochatConversation = {
  get turns() { return Array.isArray(props.value) ? props.value : []; },
  set turns(turns) { props.value = turns; },
  show: () => trigger("submit"),
};
watch("value", () => window.dispatchEvent(new Event("tacrochat-turns")));
"""

_FIRST_EDITION = """(turns) => {
  window.tacrochatFirstEdition = turns;
  window.dispatchEvent(new Event("tacrochat-first-edition"));
}"""


def open_conversation() -> gr.HTML:
    """Return the component whose value is the conversation that is open in a tab."""
    return gr.HTML([], html_template="", elem_id="tc-turns", js_on_load=_CARRY, apply_default_css=False)


def first_edition(page: gr.Blocks) -> None:
    """Take over the one conversation that the first edition of the page kept, as Gradio encrypts it."""
    kept = gr.BrowserState([], storage_key="tacrochat-conversation", secret="kept-in-this-browser")  # noqa: S106
    page.load(None, [kept], None, js=_FIRST_EDITION)


def texts() -> dict[str, dict[str, str]]:
    """Return the texts that the script needs by language."""
    return {language: {key: say(language, key) for key in _KEYS} for language in LANGUAGES}


def functions(workspace: Workspace) -> list[Callable[..., Any]]:
    """Return the functions that the page's script may call."""

    def save_conversation(request: dict[str, Any]) -> dict[str, Any]:
        with api.clear_errors():
            return saving.save_conversation(workspace.wait(), request)

    def save_collection(request: dict[str, Any]) -> dict[str, Any]:
        with api.clear_errors():
            return saving.save_collection(workspace.wait(), request)

    def look_up(request: dict[str, Any]) -> list[dict[str, Any]]:
        with api.clear_errors():
            return saving.look_up(workspace.wait(), request)

    return [save_conversation, save_collection, look_up]
