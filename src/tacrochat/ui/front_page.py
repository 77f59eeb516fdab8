"""The page in front of several libraries: a list of them, and a question to all. It needs no scripts."""

import base64
import hashlib
import html
import logging
from collections.abc import Iterable, Sequence
from importlib.resources import files

from tacrochat.answering.several import JointAnswer, LibraryQuote
from tacrochat.types import Quote, Span
from tacrochat.ui import links
from tacrochat.ui.chat.lead import lead
from tacrochat.ui.chat.quote_card import marked
from tacrochat.ui.documents.tab import doing
from tacrochat.ui.formatting import date, language_tag, number
from tacrochat.ui.html_parts import badge, plain
from tacrochat.ui.wording import Language, say
from tacrochat.ui.workspace import Workspace

log = logging.getLogger(__name__)

STYLE = (files("tacrochat.ui") / "style" / "front.css").read_text("utf-8")
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"vary", b"accept-language, cookie"),
    (
        b"content-security-policy",
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src data:; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'".encode(),
    ),
    (b"referrer-policy", b"same-origin"),  # with "no-referrer" a browser would hide the origin of the form
)
"""Headers of this page: nothing but its own style is loaded, and nothing runs."""


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
        f'<form method="post" action="{html.escape(root)}/"><label for="question">{html.escape(ask)}</label>'
        f'<div><input id="question" name="question" required autocomplete="off" dir="auto"'
        f' value="{html.escape(question)}"><button>{html.escape(say(language, "send"))}</button></div></form>'
    )
    if not workspaces:
        form = f"<p>{html.escape(say(language, 'libraries_none'))}</p>"
    shown = f'<p class="fault" role="alert">{plain(fault)}</p>' if fault else ""
    if answer:
        shown += _answer(answer, {one.name: one for one in workspaces}, root, language)
    items = "".join(_item(workspace, root, language) for workspace in workspaces)
    title = html.escape(say(language, "libraries"))
    listed = f'<nav aria-labelledby="list"><h2 id="list">{title}</h2><ul>{items}</ul></nav>' if items else ""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        "<title>tacrochat</title>"
        f"<style>{STYLE}</style></head><body><header><h1>tacrochat</h1>"
        f"<p>{html.escape(say(language, 'tagline'))}</p>{_person(name, root, language)}</header>"
        f"<main>{form}{shown}{listed}</main></body></html>"
    )


def switcher(names: Iterable[str], current: str, language: Language) -> str:
    """Return the links from the page of a library to the others, relative to it; "" if there are none."""
    links_to = [(name, f"../{name}/") for name in names]
    if len(links_to) < 2:
        return ""
    here = ' aria-current="page"'
    items = "".join(
        f'<a href="{html.escape(path)}"{here if name == current else ""}>{plain(name)}</a>'
        for name, path in links_to
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
    state, library = workspace.state, workspace.library
    if library:
        text = say(
            language,
            "libraries_item",
            documents=number(language, len(library.documents)),
            date=date(language, library.manifest.built[:10]),
        )
    elif state.phase == "failed":
        text = say(language, "libraries_failed", error=state.error)
    elif state.phase == "building":
        text = say(language, "state_building", stage=doing(state, language))
    else:
        text = say(language, "libraries_starting")
    name = workspace.name
    return f'<li><a href="{html.escape(f"{root}/{name}/")}">{plain(name)}</a> <span>{plain(text)}</span></li>'


def _answer(answer: JointAnswer, of: dict[str, Workspace], root: str, language: Language) -> str:
    if answer.status == "conversation":
        return f'<section class="answer"><p dir="auto">{plain(answer.message)}</p></section>'
    quotes = answer.quotes or answer.nearest
    quoted = dict.fromkeys(quote.library for quote in answer.quotes)
    if answer.status == "answered":
        text = say(language, "libraries_quoted", names=", ".join(quoted))
    else:
        text = say(language, "uncertain" if answer.status == "uncertain" else "not_found")
    # If none could be asked, nothing is known about the sources.
    parts = [f"<h2>{plain(text)}</h2>"] if any(one.answer for one in answer.answers) else []
    if answer.missing_terms:
        terms = ", ".join(f'<span dir="auto">{plain(term)}</span>' for term in answer.missing_terms)
        missing_key = "missing_answered" if answer.status == "answered" else "missing"
        parts.append(f"<p>{html.escape(say(language, missing_key))}: {terms}</p>")
    for one in answer.answers:
        if one.answer is None:
            left_out = say(language, "libraries_left_out", name=one.library, error=one.error)
            parts.append(f'<p class="fault">{plain(left_out)}</p>')
    if answer.nearest:
        parts.append(f"<p>{html.escape(say(language, 'libraries_nearest'))}</p>")
    parts += [_quote(quote, of, root, language) for quote in quotes]
    return f'<section class="answer" data-status="{answer.status}">{"".join(parts)}</section>'


def _quote(one: LibraryQuote, of: dict[str, Workspace], root: str, language: Language) -> str:
    quote, tag = one.quote, language_tag(one.quote.language)
    leads = lead(quote)
    whole = marked(quote, (0, len(quote.text)))
    shown, more = whole, ""
    if sum(end - start for start, end in leads) < len(quote.text.strip()):
        shown = " […] ".join(marked(quote, span) for span in leads)
        rest = html.escape(say(language, "card_rest"))
        more = (
            f"<details><summary>{rest}</summary>"
            f'<blockquote dir="auto" lang="{tag}">{whole}</blockquote></details>'
        )
    place = html.escape(f"{root}/{one.library}/{_fragment(of[one.library], quote)}")
    return (
        f'<figure data-library="{html.escape(one.library)}" data-document="{html.escape(quote.document)}"'
        f' data-start="{quote.start}" data-end="{quote.end}">'
        f'<blockquote dir="auto" lang="{tag}">{shown}</blockquote>{more}<figcaption>'
        f'{badge(quote.kind, language)} <a href="{place}" dir="auto">{plain(one.label)}</a>'
        "</figcaption></figure>"
    )


def _fragment(workspace: Workspace, quote: Quote) -> str:
    """Return the link to a quote within the page of its library."""
    library = workspace.library
    found = library.find_document(quote.document) if library else None
    span: Span = (quote.start, quote.end)
    return "" if library is None or found is None else links.link(library.documents[found], span)
