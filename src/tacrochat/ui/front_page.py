"""The page in front of several libraries: a list of them, and a question to all.

It works without scripts, which add "Copy", "Link" and folding to its cards.
"""

import base64
import hashlib
import html
import logging
from collections.abc import Sequence

from tacrochat.answering.several import JointAnswer
from tacrochat.ui.assets import joined
from tacrochat.ui.documents.tab import doing
from tacrochat.ui.formatting import date, number
from tacrochat.ui.html_parts import plain
from tacrochat.ui.joint_answer import joint_answer
from tacrochat.ui.wording import Language, say
from tacrochat.ui.workspace import Workspace

log = logging.getLogger(__name__)

STYLE = joined("style", ("colours", "chat", "cards", "front"), "css")
SCRIPT = joined("script", ("nodes", "copy", "cards", "front"), "js")


def _digest(text: str) -> str:
    """Return the source expression that allows one inline text only."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


HEADERS = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"vary", b"accept-language, cookie"),
    (
        b"content-security-policy",
        f"default-src 'none'; style-src {_digest(STYLE)}; script-src {_digest(SCRIPT)}; img-src data:;"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'".encode(),
    ),
    (b"referrer-policy", b"same-origin"),  # with "no-referrer" a browser would hide the origin of the form
)
"""Headers of this page: nothing is loaded, and nothing but its own script runs."""


def front_page(
    workspaces: Sequence[Workspace],
    root: str,
    language: Language,
    question: str = "",
    answer: JointAnswer | None = None,
    fault: str = "",
    name: str = "",
) -> str:
    """Return the page for someone who may read these libraries, below the root path ``root``.

    ``answer`` is that of all of them to ``question``, ``fault`` what is wrong with it;
    ``name`` is who is logged in.
    """
    ask = say(language, "libraries_ask")
    form = (
        f'<form class="ask" method="post" action="{html.escape(root)}/">'
        f'<label for="question">{html.escape(ask)}</label>'
        f'<div><input id="question" name="question" required autocomplete="off" dir="auto"'
        f' value="{html.escape(question)}"><button>{html.escape(say(language, "send"))}</button></div></form>'
    )
    if not workspaces:
        form = f"<p>{html.escape(say(language, 'libraries_none'))}</p>"
    shown = f'<p class="fault" role="alert">{plain(fault)}</p>' if fault else ""
    if answer:
        shown += joint_answer(answer, {one.name: one.title for one in workspaces}, root, language)
    items = "".join(_item(workspace, root, language) for workspace in workspaces)
    title = html.escape(say(language, "libraries"))
    listed = f'<nav aria-labelledby="list"><h2 id="list">{title}</h2><ul>{items}</ul></nav>' if items else ""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        "<title>tacrochat</title>"
        f'<style>{STYLE}</style></head><body class="tc-front"><header><h1>tacrochat</h1>'
        f"<p>{html.escape(say(language, 'tagline'))}</p>{_person(name, root, language)}</header>"
        f"<main>{form}{shown}{listed}</main><script>{SCRIPT}</script></body></html>"
    )


def switcher(libraries: Sequence[Workspace], current: str, language: Language) -> str:
    """Return the links from the page of a library to the others, relative to it; "" if there are none."""
    if len(libraries) < 2:
        return ""
    here = ' aria-current="page"'
    items = "".join(
        f'<a href="{html.escape(f"../{one.name}/")}"{here if one.name == current else ""} dir="auto">'
        f"{plain(one.title)}</a>"
        for one in libraries
    )
    every = f'<a href="../">{html.escape(say(language, "libraries_all"))}</a>'
    label = html.escape(say(language, "libraries"))
    return f'<nav class="tc-libraries" aria-label="{label}">{items}{every}</nav>'


def _person(name: str, root: str, language: Language) -> str:
    if not name:
        return ""
    account, logout = (html.escape(say(language, key)) for key in ("access_account", "access_logout"))
    return (
        f'<form method="post" action="{html.escape(root)}/logout"><span>{plain(name)}</span>'
        f' <a href="{html.escape(root)}/password">{account}</a> <button>{logout}</button></form>'
    )


def _item(workspace: Workspace, root: str, language: Language) -> str:
    address = html.escape(f"{root}/{workspace.name}/")
    shown = "" if workspace.title == workspace.name else f' <span class="address">{address}</span>'
    return (
        f'<li><a href="{address}" dir="auto">{plain(workspace.title)}</a>{shown}'
        f' <span data-phase="{workspace.state.phase}">{plain(_holds(workspace, language))}</span></li>'
    )


def _holds(workspace: Workspace, language: Language) -> str:
    """Say what a library holds, if that is known, and what it is doing."""
    state, library = workspace.state, workspace.library
    if library is None:
        if state.phase == "failed":
            return say(language, "libraries_failed", error=state.error)
        if state.phase == "building":
            return say(language, "state_building", stage=doing(state, language))
        return say(language, "libraries_starting")
    documents, day = number(language, len(library.documents)), date(language, library.manifest.built[:10])
    holds = say(language, "libraries_item", documents=documents, date=day)
    if state.phase == "building":
        now = say(language, "state_rebuilding", stage=doing(state, language))
    else:
        now = say(language, "libraries_ready" if state.phase == "ready" else "state_loading")
    return f"{holds} · {now}"
