"""What single HTML elements are: blocks, links, boxes such as notes, and elements that show no text."""

import re
from collections.abc import Iterator
from typing import Any

from tacrochat.readers import trees
from tacrochat.readers.layout import clean

SKIPPED = frozenset(
    """script style noscript template svg canvas iframe object embed audio video head select datalist
    button input textarea map area progress meter""".split()
)
"""Elements without text that a reader would read."""

BLOCKS = frozenset(
    """address article aside blockquote body caption center dd details dialog div dl dt fieldset
    figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu
    nav ol optgroup option p pre search section summary table tbody td tfoot th thead tr ul""".split()
)
"""Elements that start and end a paragraph."""

HEADINGS = {f"h{level}": level for level in range(1, 7)}
"""The tags of headings with their levels."""

LISTS = frozenset({"ul", "ol", "menu", "dl"})
"""The tags of lists."""

_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SIGN = re.compile("[\\s\u200b]*(?:[¶#§🔗⚓\ue000-\uf8ff]\ufe0e?|)[\\s\u200b]*")
_SIGN_CLASSES = frozenset({"headerlink", "permalink", "viewcode", "editsection", "headeranchor"})
_EDIT = re.compile(r"\W*(?:edit(?: source)?|(?:view )?source|docs)\W*", re.IGNORECASE)
_BOXES = frozenset(
    """admonition admonitionblock note warning tip caution important danger hint attention notice callout
    alert sidebar sidebarblock""".split()
)
_BOX_TAGS = frozenset({"div", "aside", "section", "blockquote", "fieldset", "details", "table"})
_TURNS = frozenset("prev previous next up start first last contents index toc top home".split())


def tag(element: Any) -> str:
    """Return the tag of an element in lower case without its namespace; empty for a comment."""
    name = element.tag
    return name.rsplit("}", 1)[-1].lower() if isinstance(name, str) else ""


def words(name: str) -> list[str]:
    """List the words of a class or an id, "navBar-main" as nav, bar and main."""
    return re.findall(r"[a-z]+", _CAMEL.sub(" ", name[:200]).lower())


def is_hidden(element: Any) -> bool:
    """Tell whether a browser shows nothing of an element."""
    attributes = element.attrib
    return bool(attributes) and (
        ("hidden" in attributes and attributes["hidden"] != "until-found")
        or attributes.get("aria-hidden") == "true"
        or bool(_HIDDEN.search(attributes.get("style", "")))
        or "linenos" in attributes.get("class", "").lower()
    )


def is_sign(element: Any, name: str) -> bool:
    """Tell whether an element is a sign beside a heading: a permalink ("¶", "#"), "[edit]" or "[source]"."""
    if name not in {"a", "span"}:
        return False
    text = _short_text(element)
    if text is None:
        return False
    classes = element.get("class", "")
    if classes and not _SIGN_CLASSES.isdisjoint(words(classes)):
        return name == "a" or bool(_EDIT.fullmatch(text))
    return name == "a" and "#" in element.get("href", "") and bool(_SIGN.fullmatch(text))


def _short_text(element: Any) -> str | None:
    """Return the text of an element with few children and none below them, None for any other."""
    if len(element) > 4 or any(len(child) for child in element):
        return None
    text = (element.text or "") + "".join(f"{child.text or ''}{child.tail or ''}" for child in element)
    return text if len(text) <= 20 else None


def is_dropdown(element: Any) -> bool:
    """Tell whether an element is a menu that opens inside a sentence when its word is clicked."""
    return "dropdown-menu" in element.get("class", "")


def is_box(element: Any, name: str) -> bool:
    """Tell whether an element is a box beside the text, such as a note, a warning or a tip."""
    classes = element.get("class", "") if name in _BOX_TAGS else ""
    return bool(classes) and not _BOXES.isdisjoint(words(classes))


def is_link(anchor: Any, *, in_heading: bool) -> bool:
    """Tell whether an anchor is a link; the link of a heading to a place, mostly itself, does not count."""
    target = anchor.get("href", "")
    return bool(target) and not ("#" in target and in_heading)


def turns_pages(link: Any) -> bool:
    """Tell whether a link goes to the previous or next page, to the contents or to the index."""
    rel = link.get("rel", "").lower().split()
    return link.get("accesskey", "").lower() in {"n", "p", "u"} or not _TURNS.isdisjoint(rel)


def inner_text(element: Any) -> str:
    """Return an element's text on one line, with spaces between neighbouring blocks."""
    return clean(" ".join("".join(_inner(element)).split()))


def _inner(element: Any) -> Iterator[str]:
    events = trees.walk(element)
    for event, inner in events:
        if not isinstance(inner.tag, str):
            continue
        name = tag(inner)
        if event == "start":
            if name in BLOCKS or name == "br":
                yield " "
            hidden = name in SKIPPED or is_hidden(inner)
            if hidden or (inner is not element and is_sign(inner, name)):
                events.skip_subtree()
            else:
                yield inner.text or ""
        elif inner is not element:
            if name in BLOCKS:
                yield " "
            yield inner.tail or ""
