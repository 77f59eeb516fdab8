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
from tacrochat.readers.element_names import Prose, reason_by_names
from tacrochat.readers.html_elements import words
from tacrochat.readers.pieces import Piece
from tacrochat.types import Role

_COOKIES = re.compile(
    r"\b(?:(?:we|site|website|partners?) (?:and our partners )?(?:use|store|set)s? (?:[\w-]+ ){0,4}cookies"
    r"|accept (?:all )?cookies|cookie (?:policy|settings|preferences)|your privacy choices)\b",
    re.IGNORECASE,
)
_RIGHTS = re.compile(r"(?:©|\(c\)\s*\d{4}|\bcopyright\b.{0,40}\d{4}|\ball rights reserved\b)", re.IGNORECASE)
_CAPTIONS = frozenset({"figure", "example", "caption"})
_SEE_ALSO = re.compile(r"[\W\d]*(?:see also|further reading|external links)\W*", re.IGNORECASE)
_ENDS = (".", "!", "?", ":", ";", "…", '."', ".”", ".)", ".’")


def set_aside(pieces: Sequence[Piece]) -> None:
    """Set ``reason`` in every piece that is not main text."""
    prose = Prose(pieces)
    decided: dict[Any, str] = {}
    for piece in pieces:
        piece.reason = piece.reason or reason_by_names(piece, prose, decided)
    _keep_title(pieces)
    _decide_lists(pieces)
    for index, piece in enumerate(pieces):
        if not piece.reason:
            piece.reason = _reason_by_words(pieces, index)
    _set_aside_linked_sections(pieces)
    _set_aside_teasers(pieces)
    _set_aside_outside(pieces, prose)
    _set_aside_bare_headings(pieces)


def set_aside_links(pieces: Sequence[Piece]) -> None:
    """Set ``reason`` in the lists of links and the page links of a chapter of a book, which has no menus."""
    _decide_lists(pieces)
    for piece in pieces:
        turns = piece.turns >= 2 or link_lists.turns_pages(piece.text)
        if piece.role == "body" and piece.linked >= 0.3 and turns:
            piece.reason = "navigation"


def _decide_lists(pieces: Sequence[Piece]) -> None:
    for members in _runs(pieces, "list"):
        _decide_list(pieces, members)
    for members in _runs(pieces, "table"):
        _decide_table(pieces, members)


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


def _set_aside_outside(pieces: Sequence[Piece], prose: Prose) -> None:
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
