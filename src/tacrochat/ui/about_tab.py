"""The About tab: what is guaranteed and what is not, what runs where, facts about index and model."""

import html
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

import gradio as gr

from tacrochat import __version__
from tacrochat.library import Library
from tacrochat.ui.formatting import date, number
from tacrochat.ui.html_parts import plain
from tacrochat.ui.tabs import Tab
from tacrochat.ui.wording import Language, say
from tacrochat.ui.workspace import Workspace

_GUARANTEED_KEYS = (
    "guaranteed_1", "guaranteed_2", "guaranteed_3", "guaranteed_4", "guaranteed_5", "guaranteed_6",
)  # fmt: skip
_NOT_GUARANTEED_KEYS = ("not_guaranteed_1", "not_guaranteed_2", "not_guaranteed_3")  # of the first three


def about_tab(workspace: Workspace) -> Tab:
    """Lay out the About tab."""
    text = gr.HTML(elem_id="tc-about", js_on_load=None, apply_default_css=False)

    def new_values(library: Library, _saved: Any, language: Language) -> list[Any]:
        return [about(library, workspace.feedback, language)]

    return Tab([text], new_values)


def about(library: Library, feedback: Path, language: Language) -> str:
    """Return the text of the tab as HTML; ``feedback`` is the file for thumbs up and down."""

    def text(key: str, **values: object) -> str:
        return html.escape(say(language, key, **values))

    rows = "".join(
        f"<tr><td>{text(guaranteed)}</td><td>{text(other) if other else ''}</td></tr>"
        for guaranteed, other in zip_longest(_GUARANTEED_KEYS, _NOT_GUARANTEED_KEYS)
    )
    return (
        f'<div class="tc-about"><h2>{text("about_promise")}</h2><table class="tc-table"><thead><tr>'
        f'<th scope="col">{text("about_yes")}</th><th scope="col">{text("about_no")}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
        f"<h2>{text('about_advice')}</h2><p>{text('about_advice_text')}</p>"
        f"<h2>{text('about_where')}</h2><p>{text('about_where_text', file=feedback.name)}</p>"
        f"<p>{text('about_kept')}</p>"
        f'<h2>{text("about_facts")}</h2><dl class="tc-facts">{_facts(library, language)}</dl></div>'
    )


def _facts(library: Library, language: Language) -> str:
    def fact(key: str, value: str) -> str:
        return f"<div><dt>{html.escape(say(language, key))}</dt><dd>{plain(value)}</dd></div>"

    manifest = library.manifest
    built = datetime.fromisoformat(manifest.built).astimezone()
    return (
        fact("fact_documents", number(language, len(library.documents)))
        + fact("fact_passages", number(language, len(library.passages)))
        + fact("fact_model", f"{manifest.model} ({manifest.fingerprint[:12]})")
        + fact("fact_dimension", str(library.dimension))
        + fact("fact_built", f"{date(language, f'{built:%Y-%m-%d}')}, {built:%H:%M}")
        + fact("fact_corpus", ", ".join(manifest.folders) or Path(manifest.corpus).name)
        + fact("fact_index", library.folder.name)
        + fact("fact_version", __version__)
    )
