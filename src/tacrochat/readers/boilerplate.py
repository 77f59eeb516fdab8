"""Boilerplate removal: which pieces of a web page are its main text, and why others are set aside.

The rules use, in this order: the tag, role, class and id of an element (nav,
footer, "cookie-banner"); the share of its text that is in links (link density:
Kohlschütter, Fankhauser and Nejdl, "Boilerplate Detection using Shallow Text
Features", WSDM 2010); its words ("We use cookies", "Sign up"); and whether it
is in the element that holds most of the prose.

Two rules protect the text. An element with a large share of the page's prose is
never set aside because of its name. A list whose items are links is kept if it
gives facts, such as a list of side effects.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from tacrochat.readers import link_lists
from tacrochat.readers.html_elements import words
from tacrochat.readers.markup import Piece
from tacrochat.types import Role

_TAGS = {
    "nav": "navigation",
    "menu": "navigation",
    "footer": "page footer",
    "form": "form",
    "search": "form",
    "dialog": "dialog",
    "header": "page header",
    "aside": "side note",
}
_ROLES = {
    "navigation": "navigation",
    "menu": "navigation",
    "menubar": "navigation",
    "banner": "page header",
    "contentinfo": "page footer",
    "complementary": "side note",
    "search": "form",
    "dialog": "dialog",
    "alertdialog": "dialog",
    "tablist": "navigation",
    "toolbar": "navigation",
}
_NAMES = {
    "navigation": """nav navbar navigation menu submenu megamenu breadcrumb breadcrumbs pagination pager toc
        skip skiplink toolbar topbar sitemap tabs tablist jumplinks navheader navfooter navpanel navpath
        navlinks docnav dropdown""",
    "index": "printindex indexdiv genindextable",
    "advertisement": """ad ads advert adverts advertisement adsense sponsor sponsored promo promos promotion
        banner""",
    "sidebar": "sidebar rail",
    "teaser": """related recommended recommendations recirculation trending popular teaser teasers readmore
        mostread""",
    "share buttons": "social share sharing sharebar follow",
    "cookie banner": "cookie cookies consent gdpr ccpa onetrust privacybanner",
    "form": "newsletter subscribe subscription signup login signin search searchbox",
    "dialog": "popup modal overlay lightbox",
    "page footer": "footer copyright colophon",
    "page header": "masthead",
    "comments": "comments disqus",
}
_REASON_OF = {name: reason for reason, names in _NAMES.items() for name in names.split()}
_NOT_A_NAME = {"has", "no", "with", "without", "is", "not", "hide", "open", "closed"}
_MAIN = frozenset({"main", "article"})
_CONTAINERS = frozenset("html body main article section div td center form details".split())
_NAMELESS = frozenset("h1 h2 h3 h4 h5 h6 p li dt dd tr td th tbody thead".split())
_IMMUNE = frozenset({"html", "body", "main"})
_COOKIES = re.compile(
    r"\b(?:(?:we|site|website|partners?) (?:and our partners )?(?:use|store|set)s? (?:[\w-]+ ){0,4}cookies"
    r"|accept (?:all )?cookies|cookie (?:policy|settings|preferences)|your privacy choices)\b",
    re.IGNORECASE,
)
_RIGHTS = re.compile(r"(?:©|\(c\)\s*\d{4}|\bcopyright\b.{0,40}\d{4}|\ball rights reserved\b)", re.IGNORECASE)
_CAPTIONS = frozenset({"figure", "example", "caption"})
_SEE_ALSO = re.compile(r"[\W\d]*(?:see also|further reading|external links)\W*", re.IGNORECASE)
_ENDS = (".", "!", "?", ":", ";", "…", '."', ".”", ".)", ".’")
_TEXT = 150.0  # characters of long paragraphs from which on an element is text of its own
_LARGE = 0.4  # an element with a larger share of the prose is not set aside because of its name


def set_aside(pieces: Sequence[Piece]) -> None:
    """Set ``reason`` in every piece that is not main text."""
    prose = _Prose(pieces)
    decided: dict[Any, str] = {}
    for piece in pieces:
        piece.reason = piece.reason or _reason_by_names(piece, prose, decided)
    _keep_title(pieces)
    for members in _runs(pieces, "list"):
        _decide_list(pieces, members)
    for members in _runs(pieces, "table"):
        _decide_table(pieces, members)
    for index, piece in enumerate(pieces):
        if not piece.reason:
            piece.reason = _reason_by_words(pieces, index)
    _set_aside_linked_sections(pieces)
    _set_aside_teasers(pieces)
    _set_aside_outside(pieces, prose)
    _set_aside_bare_headings(pieces)


class _Prose:
    """The amount of prose in each element, in characters outside links, and its first heading."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self.below: dict[Any, float] = {}
        self.long: dict[Any, float] = {}
        self.size: dict[Any, int] = {}
        self.headings: dict[Any, str] = {}
        self.total = 0.0
        long = self.long
        for piece in pieces:
            weight = len(piece.text) * (1 - piece.linked)
            self.total += weight
            is_long = piece.words >= 10 and piece.linked < 0.3
            for element in piece.where:
                if piece.role == "heading":
                    self.headings.setdefault(element, piece.text)
                self.size[element] = self.size.get(element, 0) + len(piece.text)
                self.below[element] = self.below.get(element, 0.0) + weight
                if is_long:
                    long[element] = long.get(element, 0.0) + weight
        largest = max(long.values(), default=0.0)
        # The main text is in the innermost container that holds most of the long paragraphs.
        self.root: Any = None
        deepest = -1
        for piece in pieces:
            for depth, element in enumerate(piece.where):
                if (
                    depth > deepest
                    and element.tag in _CONTAINERS
                    and long.get(element, 0.0) >= 0.8 * largest > 0
                ):
                    self.root, deepest = element, depth

    def share(self, element: Any) -> float:
        """Return the share of the page's prose that is in an element, from 0 to 1."""
        return self.below.get(element, 0.0) / self.total if self.total else 0.0

    def is_text(self, element: Any) -> bool:
        """Tell whether an element holds long paragraphs, and few links beside them."""
        return self.long.get(element, 0.0) >= _TEXT and self.below[element] >= 0.7 * self.size[element]

    def names(self, element: Any, tag: str) -> list[str]:
        """List the words of an element's class and id.

        A section's id is often made from its heading, such as "comments": words of the heading do not count.
        """
        if tag == "section":
            return words(element.get("class", ""))
        heading = words(self.headings.get(element, ""))
        own = [name for name in words(element.get("id", "")) if name not in heading]
        return words(element.get("class", "")) + own


def _reason_by_names(piece: Piece, prose: _Prose, decided: dict[Any, str]) -> str:
    """Return the reason given by the names of the elements around a piece; empty if there is none."""
    inside = False
    for element in piece.where:
        tag = element.tag
        if element not in decided:
            reason = _reason_of_element(element, tag, prose, inside=inside)
            is_text = reason == "sidebar" and prose.root in piece.where and prose.is_text(element)
            decided[element] = "" if is_text and element not in prose.root.iterancestors() else reason
        if decided[element]:
            return decided[element]
        inside = inside or tag in _MAIN or element.get("role") == "main"
    return ""


def _reason_of_element(element: Any, tag: str, prose: _Prose, *, inside: bool) -> str:
    if tag in _IMMUNE or element.get("role") == "main":
        return ""
    share = prose.share(element)
    by_tag = _TAGS.get(tag) or _ROLES.get(element.get("role", "").lower(), "")
    if by_tag in {"page header", "side note"} and inside:
        by_tag = ""  # a header or box inside an article: decided by its words
    if by_tag and not (share > _LARGE and by_tag != "navigation"):
        return by_tag
    if tag == "article" or share > _LARGE:
        return ""
    if tag in _NAMELESS:
        return ""
    if tag == "div" and element.get("title") in {"header", "footer"}:
        return f"page {element.get('title')}"  # LibreOffice marks page headers and footers so
    names = prose.names(element, tag)
    if _NOT_A_NAME.isdisjoint(names):
        return next((_REASON_OF[name] for name in names if name in _REASON_OF), "")
    return ""


def _keep_title(pieces: Sequence[Piece]) -> None:
    """Keep the first-level heading of a page that has only one, even in the page header."""
    tops = [p for p in pieces if p.role == "heading" and p.level == 1]
    if len(tops) == 1 and tops[0].reason == "page header":
        tops[0].reason = ""


def _runs(pieces: Sequence[Piece], role: Role) -> list[list[int]]:
    """Group the positions of neighbouring items of the same list, or rows of the same table."""
    numbers = [i for i, p in enumerate(pieces) if p.role == role and not p.reason]
    groups: list[list[int]] = []
    for number in numbers:
        if groups and groups[-1][-1] == number - 1 and pieces[number].tight:
            groups[-1].append(number)
        else:
            groups.append([number])
    return groups


def _decide_list(pieces: Sequence[Piece], members: Sequence[int]) -> None:
    """Set a list of links aside; keep a list of facts."""
    intro = pieces[members[0] - 1].text if members[0] else ""
    items = [re.sub(r"^\s*(?:- |\d+\. )", "", pieces[i].text) for i in members]
    linked = sum(pieces[i].linked >= 0.8 for i in members) / len(members)
    mean_words = sum(pieces[i].words - 1 for i in members) / len(members)
    jumps = sum(pieces[i].jumps >= 0.8 for i in members) / len(members)
    reason = ""
    if link_lists.is_link_list(items, intro):
        reason = "list of links"
    elif jumps >= 0.8 and len(members) >= 3:
        reason = "list of links"  # to places in this manual: its contents, or its index
    elif sum(pieces[i].turns for i in members) >= 2 and linked >= 0.8:
        reason = "navigation"
    elif linked >= 0.8:
        introduced = intro.rstrip().endswith(":") or pieces[members[0] - 1].role == "heading"
        titles = link_lists.introduces_links(intro) or (mean_words > 4 and len(members) >= 2)
        if titles or not introduced:
            reason = "list of links"
    for i in members:
        pieces[i].reason = reason


def _decide_table(pieces: Sequence[Piece], members: Sequence[int]) -> None:
    """Set a table aside whose rows are links to places in this manual, such as an index."""
    size = sum(len(pieces[i].text) for i in members)
    jumps = sum(len(pieces[i].text) * pieces[i].jumps for i in members)
    if len(members) >= 3 and jumps >= 0.7 * size:
        for i in members:
            pieces[i].reason = "index"


def _reason_by_words(pieces: Sequence[Piece], index: int) -> str:
    """Return the reason given by the words of a piece; empty if there is none."""
    piece = pieces[index]
    if piece.role in {"heading", "list"}:
        return ""
    if piece.linked >= 0.3 and (piece.turns >= 2 or link_lists.turns_pages(piece.text)):
        return "navigation"
    if piece.role == "table":
        return ""
    if piece.words <= 80 and _COOKIES.search(piece.text):
        return "cookie banner"
    if piece.words <= 60 and _RIGHTS.search(piece.text):
        return "copyright line"
    if piece.words <= 40 and link_lists.is_page_note(piece.text):
        return "page footer"
    ends = piece.text.rstrip().endswith(_ENDS)
    if piece.role == "body" and piece.linked >= 0.7 and (piece.words <= 12 or not ends):
        return "links"
    if (
        piece.words <= 40
        and link_lists.calls_to_action(piece.text, first=piece.words > 12)
        and (piece.linked > 0.15 or piece.words <= 12)
    ):
        return "call to action"
    if piece.role == "body" and link_lists.introduces_links(piece.text) and piece.words <= 6:
        return "list of links"
    return ""


def _set_aside_linked_sections(pieces: Sequence[Piece]) -> None:
    """Set aside the pieces under a heading such as "Related articles".

    Under "See also" a text without links is kept: manuals name their other parts there.
    """
    level, wordy = 0, 30
    for piece in pieces:
        if piece.role == "heading":
            if level and piece.level > level:
                piece.reason = piece.reason or "teaser"
                continue
            announces = link_lists.introduces_links(piece.text) and piece.words <= 8
            level = piece.level if announces and not piece.reason else 0
            wordy = 0 if _SEE_ALSO.fullmatch(piece.text) else 30
            if level:
                piece.reason = "teaser"
        elif level and (piece.words <= wordy or piece.linked > 0.3):
            piece.reason = piece.reason or "teaser"


def _set_aside_teasers(pieces: Sequence[Piece]) -> None:
    """Set aside runs of linked headings with a blurb each."""
    run: list[int] = []

    def close() -> None:
        if sum(pieces[i].role == "heading" for i in run) >= 2:
            for i in run:
                pieces[i].reason = pieces[i].reason or "teaser"
        run.clear()

    for index, piece in enumerate(pieces):
        if (piece.role == "heading" and piece.linked >= 0.9) or (
            run and piece.role == "body" and link_lists.is_teaser(piece.text) and len(run) < 200
        ):
            run.append(index)
        else:
            close()
    close()


def _set_aside_outside(pieces: Sequence[Piece], prose: _Prose) -> None:
    """Set aside short pieces outside the element with the main text, unless they are in another text."""
    root = prose.root
    if root is None:
        return
    around = {root, *root.iterancestors()}
    for piece in pieces:
        if piece.reason or root in piece.where or piece.role == "heading":
            continue
        own = [element for element in piece.where if element not in around]
        if any(prose.is_text(e) or not _CAPTIONS.isdisjoint(words(e.get("class", ""))) for e in own):
            continue
        says = piece.words >= 8 and piece.text.rstrip().endswith(_ENDS) and piece.linked < 0.3
        listed = piece.role in {"list", "table"} and piece.linked < 0.5
        if not (says or listed):
            piece.reason = "outside the main part"


def _set_aside_bare_headings(pieces: Sequence[Piece]) -> None:
    """Set aside a heading if everything under it was set aside."""
    for index in range(len(pieces) - 1, -1, -1):
        piece = pieces[index]
        if piece.role != "heading" or piece.reason or piece.level == 1:
            continue
        below = [p for p, _ in zip(pieces[index + 1 :], _until(pieces, index), strict=False)]
        if below and all(p.reason for p in below):
            piece.reason = "heading of what was set aside"


def _until(pieces: Sequence[Piece], index: int) -> Iterable[Piece]:
    """List the pieces under a heading, up to the next heading of the same or a higher level."""
    for piece in pieces[index + 1 :]:
        if piece.role == "heading" and piece.level <= pieces[index].level:
            return
        yield piece
