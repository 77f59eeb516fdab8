"""The names of elements that hold boilerplate, and the prose that protects an element from its name."""

from collections.abc import Iterable
from typing import Any

from tacrochat.readers.html_elements import words
from tacrochat.readers.pieces import Piece

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
_TEXT = 150.0  # characters of long paragraphs from which on an element is text of its own
_LARGE = 0.4  # an element with a larger share of the prose is not set aside because of its name


class Prose:
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


def reason_by_names(piece: Piece, prose: Prose, decided: dict[Any, str]) -> str:
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


def _reason_of_element(element: Any, tag: str, prose: Prose, *, inside: bool) -> str:
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
