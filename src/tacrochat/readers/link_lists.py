"""Recognise lists of links, teasers, calls to action, and captions.

The rules use form and set phrases of the web, never a subject: they must hold
for any folder.
"""

import re
from collections import Counter

from tacrochat.types import Span

# Matched against a complete line: "Recommended for you" announces links, "Recommended dose" does not.
_LINKS_INTRO = re.compile(
    r"\W*(?:(?:related|recommended|popular|trending|similar|latest|featured|top|more|other|our)"
    r" (?:articles?|posts?|links?|topics?|content|pages?|stor(?:y|ies)|reading|products?|news|coverage"
    r"|searches|questions|guides|videos|resources|conditions and articles|reads|now|for you|stories for you)"
    r"(?: (?:on|about|from|for|in|by)\b.{0,40})?"
    r"|related|recommended|popular|trending|see also|read (?:more|next)(?: (?:on|about|from)\b.{0,40})?"
    r"|most (?:read|popular|viewed|shared)|more (?:on|about|from|like)\b.{0,40}"
    r"|further reading|what to read next"
    r"|you (?:may|might) (?:also )?(?:like|enjoy|be interested in).{0,20}|quick links|links|menu|main menu"
    r"|navigation|site navigation|categories|tags|share|share (?:this|on|via|with)\b.{0,30}|follow us.{0,30}"
    r"|in this (?:article|section|guide)|on this page|jump to|table of contents|contents|external links"
    r"|explore more.{0,30}|browse (?:by|all)\b.{0,30}|skip to .{0,30})\W*",
    re.IGNORECASE,
)
_TURN = r"(?:next|prev(?:ious)?|up|home|top|contents|toc|index|table of contents|back to top)"
_TURNS_PAGES = re.compile(
    rf"\W*(?:{_TURN}\b(?:\W*$|\s*[:\]|»«<>·\n]).*|(?:.{{0,80}}\W)?{_TURN}(?:\W+{_TURN})+\W*)",
    re.IGNORECASE | re.DOTALL,
)
_PAGE_NOTE = re.compile(
    r"\W*(?:edit (?:this page|on git\w+)|improve this page|suggest edits?|view page source"
    r"|report (?:an? )?issue\b.{0,30}"
    r"|(?:this (?:page|document|manual|file) (?:was|is) )?(?:last )?"
    r"(?:updated|modified|changed|generated|built|created)(?: with| by| on| using| from|:|(?= \d))"
    r"(?!.*\. [A-Z]).{0,120}\d.{0,40}"
    r"|built with sphinx.{0,80}|created using sphinx.{0,40}|\[?top\]?|back to top|go to top)\W*",
    re.IGNORECASE,
)
_MARKDOWN_LINK_ONLY = re.compile(r"^\W*!?\[[^\]]*\]\([^)]*\)\W*$")
_URL_ONLY = re.compile(r"^\W*(?:https?://|www\.)\S+$")
_CALL_TO_ACTION = re.compile(
    r"\b(?:(?:read|learn|find out|see|view|show|discover) more|click (?:here|below)|take (?:the|our|this)"
    r" (?:quiz|test|survey)|sign up|subscribe|shop now|buy now|order (?:now|today)|here are the"
    r" results|get started|try it (?:now|free)|continue reading|download (?:now|the app)"
    r"|fast and easy|free (?:trial|quote|newsletter))\b",
    re.IGNORECASE,
)
_CAPTION = re.compile(r"([^\W\d_]*[a-zß-ÿ]{3})([A-Z][a-z]+)\b")
_TEASER_LENGTH = 160
_CAPTION_REACH = 90


def is_link_list(items: list[str], intro: str = "") -> bool:
    """Tell whether a list consists of links or teasers rather than facts.

    One of three signs is enough: ``intro``, the text before the list, announces
    links ("Related articles"); the items are only links; or many items are
    short titles that begin alike ("Widgets for A", "Widgets for B", …). A list
    of ingredients or of side effects shows none of them.
    """
    if len(items) < 2:
        return False
    links = sum(1 for i in items if _MARKDOWN_LINK_ONLY.match(i) or _URL_ONLY.match(i))
    if links >= 0.8 * len(items) and len(items) >= 3:
        return True
    words = [re.findall(r"[^\W_]+", item) for item in items]
    titles = all(len(w) <= 12 for w in words) and not any(
        item.rstrip().endswith((".", ";", ",")) for item in items
    )
    if introduces_links(intro) and titles:
        return True
    if len(items) < 5 or not titles:
        return False
    openings = Counter(tuple(w[:2]) for w in words if len(w) >= 3)
    (opening, count), *_ = openings.most_common(1) or [((), 0)]
    return count >= 0.8 * len(items) and bool(opening) and opening[0][:1].isupper()


def introduces_links(text: str) -> bool:
    """Tell whether a text announces links ("Related articles", "See also", "Share")."""
    return len(text) <= 60 and bool(_LINKS_INTRO.fullmatch(text.strip()))


def turns_pages(text: str) -> bool:
    """Tell whether a text is a row of links to other pages of a manual ("Next: …, Previous: …, Up: …")."""
    return len(text) <= 400 and bool(_TURNS_PAGES.fullmatch(text.strip()))


def is_page_note(text: str) -> bool:
    """Tell whether a text is about the page itself ("Edit this page", "Last updated on …", "Back to top")."""
    return len(text) <= 300 and bool(_PAGE_NOTE.fullmatch(text.strip()))


def is_teaser(text: str) -> bool:
    """Tell whether a text is short enough to be the summary under a teaser's title."""
    return len(text) <= _TEASER_LENGTH


def calls_to_action(text: str, *, first: bool = False) -> bool:
    """Tell whether a text asks the reader to go elsewhere ("Learn more", "Take the quiz").

    With ``first`` a sentence must start with it: "you can subscribe" asks for nothing.
    """
    found = _CALL_TO_ACTION.finditer(text)
    return any(not first or re.search(r"(?:^|[.!?:»›|\n])\W*$", text[: match.start()]) for match in found)


def glued_caption(text: str, start: int, end: int) -> Span | None:
    """Find a caption that is joined to the start of a paragraph without a space.

    In "our best pickMainly used to …" a lower-case word runs into a capitalised
    one. The place counts only near the start, before any sentence end, and if
    the left word also occurs alone elsewhere in the text. So names such as
    "YouTube" are not cut.
    """
    head = text[start : min(end, start + _CAPTION_REACH)]
    for match in _CAPTION.finditer(head):
        left = match.group(1)
        before = head[: match.end(1)]
        if re.search(r"[.!?]\s", before):
            return None
        alone = re.compile(rf"(?<![^\W_]){re.escape(left)}(?![^\W_])")
        if alone.search(text, 0, start + match.start(1)) or alone.search(text, start + match.end()):
            return start, start + match.end(1)
    return None
