"""E-books (.epub): the chapters in reading order; the book's table of contents is set aside."""

import posixpath
from typing import Any
from urllib.parse import unquote

from tacrochat.errors import ReadError
from tacrochat.readers import boilerplate, markup, trees
from tacrochat.readers.layout import Layout, clean
from tacrochat.readers.limits import Limits, member, open_zip
from tacrochat.types import Extract

_OPF = "{http://www.idpf.org/2007/opf}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"

_START = "META-INF/container.xml"


def read(data: bytes, limits: Limits) -> Extract:
    """Read an e-book.

    Raises:
        ReadError: it is damaged, protected, or holds no text.

    """
    container = open_zip(data, limits)
    names = set(container.namelist())
    # A book that was zipped together with its folder has the folder before each name.
    top = next((n for n in sorted(names, key=len) if n.endswith(_START)), _START).removesuffix(_START)
    if top + "META-INF/encryption.xml" in names and top + "META-INF/rights.xml" in names:
        raise ReadError("it is protected (DRM); only the shop's own program can open it")
    start = trees.xml(member(container, top + _START))
    rootfile = next(start.iter(f"{_CONTAINER}rootfile"), None)
    path = top + (rootfile.get("full-path", "") if rootfile is not None else "")
    package = trees.xml(member(container, path))
    items = {item.get("id"): item for item in package.iter(f"{_OPF}item")}
    layout = Layout()
    for reference in package.iter(f"{_OPF}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or "html" not in item.get("media-type", "html"):
            continue
        name = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(item.get("href", ""))))
        if name not in names:
            layout.notes.append(f"the chapter {name!r} is missing in it")
            continue
        is_contents = "nav" in (item.get("properties") or "").split() or reference.get("linear") == "no"
        _add_chapter(layout, member(container, name), is_contents=is_contents)
    return layout.extract(_metadata(package))


def _add_chapter(layout: Layout, data: bytes, *, is_contents: bool) -> None:
    try:
        root = markup.parse(data)
    except ReadError:
        return
    pieces = markup.pieces(root)
    boilerplate.set_aside_links(pieces)
    for piece in pieces:
        markup.note_left_out(layout, piece)
        in_nav = is_contents or any(element.tag == "nav" for element in piece.where)
        if in_nav or piece.reason:
            reason = "table of contents" if in_nav else piece.reason
            layout.add(piece.text, "navigation", reason=reason, tight=piece.tight)
        else:
            layout.add(piece.text, piece.role, level=piece.level, tight=piece.tight)


def _metadata(package: Any) -> dict[str, str]:
    names = {
        "title": "title",
        "author": "creator",
        "date": "date",
        "language": "language",
        "source": "publisher",
    }
    metadata = {name: clean(trees.first_text(package, f"{_DC}{tag}")) for name, tag in names.items()}
    return {**metadata, "date": metadata["date"][:10]}
