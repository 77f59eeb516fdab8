"""What a page is a part of: its book and chapter, by the links in its head or by its breadcrumbs."""

import re
from typing import Any

from tacrochat.readers import link_lists
from tacrochat.readers.html_elements import inner_text, is_hidden, tag, words
from tacrochat.readers.layout import clean

SEPARATOR = " › "
"""Between the titles of a book, its chapter and a page."""

_BOOK = ("home", "start", "top", "first", "contents")
_CHAPTER = ("up", "parent")
_BREADCRUMBS = frozenset({"breadcrumb", "breadcrumbs", "navpath", "homepath"})
_GENERAL = re.compile(
    r"\W*(?:home(?: ?page)?|index|top|main(?: page)?|start|overview|contents|table of contents|docs"
    r"|documentation|back|up|next|previous)?\W*",
    re.IGNORECASE,
)
_JOINT = re.compile(r"\s+[—–]\s+")
_TEXINFO_JOINT = re.compile(r"\s+-\s+|\s+\((?=[^()]+\)$)")
_MANUAL = re.compile(
    r"\b(?:manual|documentation|docs|guide|handbook|reference|help|tutorial|howto)\b", re.IGNORECASE
)
_LONGEST = 100
_MOST = 3


def full_title(root: Any, title: str, given: str) -> str:
    """Put the titles of what a page belongs to before its own; at most three.

    ``given`` is what its ``<title>`` says: some manuals name themselves only there,
    as in "Forwarding — Router 2.1 documentation".
    """
    own, named = _named(root, given)
    title = own if named and _plain(title) == _plain(given) else title
    result: list[str] = []
    for name in [*named, *(_linked(root) or _breadcrumbs(root))]:
        general = _GENERAL.fullmatch(name) or link_lists.is_page_note(name) or name.startswith("http")
        is_new = not any(_plain(name) in _plain(known) for known in (title, *result))
        if 0 < len(name) <= _LONGEST and not general and is_new:
            result.append(name)
    return SEPARATOR.join([*result[-_MOST:], title])


def _named(root: Any, given: str) -> tuple[str, list[str]]:
    """Split a title into that of the page and that of its manual, if it names one."""
    generators = [m.get("content", "") for m in root.iter("meta") if m.get("name", "").lower() == "generator"]
    is_texinfo = any("makeinfo" in name or "texi" in name for name in generators)
    own, *rest = (_TEXINFO_JOINT if is_texinfo else _JOINT).split(given)
    if not rest or not own or not _MANUAL.search(rest[-1]):
        return given, []
    return own, [rest[-1].rstrip(")") if is_texinfo else rest[-1]]


def _plain(title: str) -> str:
    return "".join(c for c in title.casefold() if c.isalnum())


def _linked(root: Any) -> list[str]:
    """Return the titles of the links to the book and the chapter above, as DocBook and Texinfo write them."""
    titles: dict[str, str] = {}
    for link in root.iter("link"):
        for rel in link.get("rel", "").lower().split():
            titles.setdefault(rel, clean(link.get("title", "")))
    book = next((titles[rel] for rel in _BOOK if titles.get(rel)), "")
    chapter = next((titles[rel] for rel in _CHAPTER if titles.get(rel)), "")
    return [name for name in (book, chapter) if name]


def _breadcrumbs(root: Any) -> list[str]:
    """Return the texts of the links in the first row of breadcrumbs."""
    for element in root.iter("nav", "div", "ul", "ol", "p", "span"):
        names = words(element.get("class", "")) + words(element.get("id", ""))
        label = element.get("aria-label", "").lower()
        if (label.startswith("breadcrumb") or not _BREADCRUMBS.isdisjoint(names)) and not is_hidden(element):
            return [inner_text(link) for link in element.iter("a") if link.get("href") and _is_crumb(link)]
    return []


def _is_crumb(link: Any) -> bool:
    return not any(tag(inner) in {"img", "svg"} for inner in link) and bool(inner_text(link))
