"""The Documents tab: the documents, the files left out, and buttons to add, remove and refresh."""

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from tacrochat.errors import TacrochatError
from tacrochat.library import Library
from tacrochat.readers import files as readers
from tacrochat.types import BuildReport
from tacrochat.ui.documents import changing
from tacrochat.ui.documents import table as tables
from tacrochat.ui.documents.files import Change
from tacrochat.ui.formatting import percent
from tacrochat.ui.html_parts import plain
from tacrochat.ui.state import State
from tacrochat.ui.tabs import PRIVATE, Tab, for_editors, i18n, language_of_request
from tacrochat.ui.wording import LANGUAGES, Language, say
from tacrochat.ui.workspace import Workspace

_MAX_NAMES = 10  # files named of those added or removed
_MAX_REFUSED = 20  # files named of those refused


def documents_tab(workspace: Workspace) -> Tab:
    """Lay out the documents."""
    note = "".join(
        f'<p class="tc-note" lang="{code}">{say(code, "access_read_only")}</p>' for code in LANGUAGES
    )
    gr.HTML(note, elem_id="tc-read-only", js_on_load=None, apply_default_css=False)
    with gr.Row(equal_height=True, elem_id="tc-edit"):
        uploads = gr.File(
            label=i18n("upload"),
            file_count="multiple",
            file_types=sorted({*readers.SUFFIXES, f".{readers.SIDECAR.rpartition('.')[2]}"}),
            height=170,
            elem_id="tc-upload",
        )
        with gr.Column(min_width=220):
            to_remove = gr.Dropdown([], label=i18n("remove"), info=i18n("remove_sure"), multiselect=True)
    with gr.Row(elem_id="tc-edit-buttons"):
        add = gr.Button(i18n("upload_do"), variant="primary", size="sm", elem_id="tc-add")
        remove = gr.Button(i18n("remove_do"), size="sm", elem_id="tc-remove")
        refresh = gr.Button(i18n("rebuild"), size="sm", elem_id="tc-refresh")
    result = gr.HTML(elem_id="tc-outcome", js_on_load=None, apply_default_css=False)
    # Filled by script/documents.js.
    gr.HTML('<div class="tc-tree-root"></div>', elem_id="tc-tree", js_on_load=None, apply_default_css=False)
    table = gr.HTML(elem_id="tc-documents", js_on_load=None, apply_default_css=False)
    actions = _Actions(workspace)
    add.click(actions.add, [uploads], [result, uploads], **PRIVATE)
    remove.click(actions.remove, [to_remove], [result, to_remove], **PRIVATE)
    refresh.click(actions.refresh, None, [result], **PRIVATE)

    def new_values(library: Library, _saved: Any, language: Language) -> list[Any]:
        choices = tables.removable(library, language)
        return [tables.documents(library, language), gr.Dropdown(choices=choices, value=[])]

    return Tab([table, to_remove], new_values)


def progress_row(workspace: Workspace) -> gr.HTML:
    """Lay out the progress of a build with the button that cancels it; returns the place for ``progress``."""
    with gr.Row(elem_id="tc-working"):
        bar = gr.HTML(elem_id="tc-bar", js_on_load=None, apply_default_css=False)
        cancel = gr.Button(i18n("cancel"), size="sm", elem_id="tc-cancel", min_width=100, scale=0)

    @for_editors
    def stop() -> None:
        workspace.cancel()

    cancel.click(stop, None, None, **PRIVATE)
    return bar


def progress(state: State, language: Language) -> str:
    """Return the progress bar of a running build, with what is done and the time left; else ""."""
    if state.phase != "building":
        return ""
    label = html.escape(say(language, "progress"))
    return (
        f'<progress class="tc-progress" max="100" value="{100 * state.share:.0f}" aria-label="{label}">'
        f'</progress><p class="tc-note">{html.escape(doing(state, language))}</p>'
    )


def doing(state: State, language: Language) -> str:
    """Say what a running build does: the stage, the share and the time left."""
    if state.is_cancelled:
        return say(language, "cancelling")
    left = ""
    if state.seconds_left is not None:
        minutes = round(state.seconds_left / 60)
        key = "left_seconds" if state.seconds_left < 60 else "left_minutes"
        left = f", {say(language, key, minutes=minutes)}"
    stage = say(language, f"stage_{state.stage or 'reading'}")
    return f"{stage} {percent(language, state.share)}{left}"


def last_build(state: State, workspace: Workspace, language: Language) -> str:
    """Return the counts of the last build, or that it was cancelled."""
    report = workspace.report
    if state.is_busy or (report is None and not state.is_cancelled):
        return ""
    text = (
        say(language, "cancelled" if workspace.library else "cancelled_start")
        if state.is_cancelled or report is None
        else say(language, "built", **_counts(report))
    )
    return f'<p class="tc-note" role="status">{html.escape(text)}</p>'


def _counts(report: BuildReport) -> dict[str, int]:
    return {name: getattr(report, name) for name in ("documents", "passages", "added", "changed", "removed")}


class _Actions:
    """What the buttons of the tab do."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    @for_editors
    def add(self, uploads: list[dict[str, Any]] | None, request: gr.Request) -> tuple[Any, Any]:
        if not uploads:
            return f"<p>{say(language_of_request(request), 'nothing_added')}</p>", gr.skip()
        paths = [Path(upload["path"]) for upload in uploads]
        done, text = self._outcome(lambda: changing.add(self.workspace, paths), "added", request)
        if not done:
            return text, gr.skip()
        for path in paths:
            path.unlink(missing_ok=True)  # copied: gradio would keep it for an hour
        return text, None

    @for_editors
    def remove(self, paths: list[str] | None, request: gr.Request) -> tuple[Any, Any]:
        if not paths or self.workspace.library is None:
            return gr.skip(), gr.skip()
        done, text = self._outcome(lambda: changing.remove(self.workspace, paths), "removed", request)
        return text, [] if done else gr.skip()

    @for_editors
    def refresh(self, request: gr.Request) -> Any:
        return self._outcome(lambda: Change() if self.workspace.rebuild() else None, "added", request)[1]

    def _outcome(self, work: Callable[[], Change | None], key: str, request: gr.Request) -> tuple[bool, str]:
        """Change the documents; returns whether that was possible, and what was done as HTML."""
        language = language_of_request(request)
        try:
            change = work()
        except TacrochatError as error:
            return False, f'<p class="tc-error" role="alert">{plain(str(error))}</p>'
        if change is None:
            return False, f'<p role="alert">{html.escape(say(language, "busy"))}</p>'
        done, refused = change.done, change.refused
        parts = []
        if done:
            names = ", ".join(done[:_MAX_NAMES]) + (" …" if len(done) > _MAX_NAMES else "")
            parts.append(f'<p role="status">{plain(say(language, key, count=len(done), names=names))}</p>')
        parts += [
            f'<p class="tc-error" role="alert">{plain(file.path)}: {plain(file.reason)}</p>'
            for file in refused[:_MAX_REFUSED]
        ]
        if len(refused) > _MAX_REFUSED:
            text = say(language, "more_refused", count=len(refused) - _MAX_REFUSED)
            parts.append(f'<p class="tc-error" role="alert">{html.escape(text)}</p>')
        return True, "".join(parts)
