"""Web pages (.html): the main text with its headings, lists and tables; the rest is set aside."""

import json
import re
from typing import Any

from tacrochat.readers import boilerplate, markup, page_parents
from tacrochat.readers.decoding import decode
from tacrochat.readers.html_elements import inner_text
from tacrochat.readers.layout import Layout, clean
from tacrochat.types import Extract

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_META = {
    "title": ("og:title", "twitter:title", "dc.title", "citation_title"),
    "author": ("author", "article:author", "dc.creator", "citation_author"),
    "date": (
        "article:modified_time",
        "article:published_time",
        "dc.date",
        "date",
        "citation_publication_date",
        "last-modified",
    ),
    "url": ("og:url",),
    "source": ("og:site_name", "application-name", "dc.publisher"),
}


def read(data: bytes) -> Extract:
    """Read a web page.

    Raises:
        ReadError: there is no text in it.

    """
    root = markup.parse(data, decode_page(data))
    layout = Layout()
    add_page(layout, root)
    return layout.extract(metadata(root))


def decode_page(data: bytes) -> str:
    """Decode a page by the encoding that it names, or else like any text file.

    Raises:
        ReadError: the bytes are not text in any encoding.

    """
    named = markup.charset(data)
    if named and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("cp1252" if named.lower() in {"iso-8859-1", "latin-1", "us-ascii"} else named)
        except (LookupError, UnicodeDecodeError, ValueError):
            pass
    return decode(data)


def add_page(layout: Layout, root: Any, *, choose: bool = True) -> None:
    """Add a parsed page to a layout; without ``choose`` nothing is set aside."""
    pieces = markup.pieces(root)
    if choose:
        boilerplate.set_aside(pieces)
    for piece in pieces:
        markup.note_left_out(layout, piece)
        if piece.reason:
            layout.add(piece.text, "navigation", reason=piece.reason, tight=piece.tight)
        else:
            layout.add(piece.text, piece.role, level=piece.level, tight=piece.tight)


def metadata(root: Any) -> dict[str, str]:
    """Return title, author, date, url, language and source (the site) of a page, as far as given."""
    named: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
        content = clean(meta.get("content") or "")
        if name and content:
            named.setdefault(name, content)
    values = {key: next((named[n] for n in names if n in named), "") for key, names in _META.items()}
    given = next((inner_text(t) or clean(t.text or "") for t in root.iter("title")), "")
    title = _title(root, values["title"], given)
    # A page of a website names its site as its source; a page of a manual belongs to a chapter and a book.
    is_page_of_manual = bool(title) and not values["source"]
    values["title"] = page_parents.full_title(root, title, given) if is_page_of_manual else title
    for link in root.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split() and link.get("href"):
            values["url"] = link.get("href")
    if not re.match(r"https?://", values["url"]):
        values["url"] = ""
    linked = _linked_data(root)
    values["date"] = _date(values["date"]) or _date(linked.get("dateModified") or linked.get("datePublished"))
    values["author"] = values["author"] or _name(linked.get("author"))
    if re.match(r"https?://", values["author"]):
        values["author"] = ""
    if not values["date"]:
        times = [t.get("datetime") for t in root.iter("time") if t.get("datetime")]
        values["date"] = _date(times[0]) if len(times) == 1 else ""
    values["language"] = (
        root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    ).lower()
    return {key: value for key, value in values.items() if value}


def _title(root: Any, named: str, given: str) -> str:
    """Return the only first-level heading if the title contains it: titles often add the site's name."""
    tops = [text for h in root.iter("h1") if (text := inner_text(h))]
    if len(tops) == 1 and tops[0].casefold() in (given or named).casefold():
        return tops[0]
    return named or given or (tops[0] if len(tops) == 1 else "")


def _linked_data(root: Any) -> dict[str, Any]:
    for script in root.iter("script"):
        if script.get("type") == "application/ld+json":
            try:
                value = json.loads(script.text or "")
            except (ValueError, RecursionError):
                continue
            options = value if isinstance(value, list) else [value]
            graph = options[0].get("@graph") if options and isinstance(options[0], dict) else None
            for entry in graph if isinstance(graph, list) else options:
                if isinstance(entry, dict) and ({"dateModified", "datePublished", "author"} & entry.keys()):
                    return entry
    return {}


def _name(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("name", "")
    return value if isinstance(value, str) else ""


def _date(value: Any) -> str:
    match = _DATE.search(value) if isinstance(value, str) else None
    return match.group() if match else ""
