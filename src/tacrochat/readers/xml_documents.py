"""XML (.xml, .docbook …): DocBook, JATS and TEI by their structure, others by their text."""

import re
from typing import Any

from tacrochat.readers import trees, webpage
from tacrochat.readers.layout import Layout, clean
from tacrochat.readers.xml_entities import without_entities
from tacrochat.readers.xml_plain import add_plain
from tacrochat.readers.xml_structure import Structure, children, descendant, name_of, text_of
from tacrochat.readers.xml_vocabularies import DOCBOOK, JATS, TEI, Vocabulary
from tacrochat.types import Extract

_DOCBOOK_ROOTS = DOCBOOK.sections - {"topic", "bridgehead"}


def read(data: bytes) -> Extract:
    """Read an XML document; entities are never loaded from elsewhere.

    Raises:
        ReadError: it is damaged, or holds no text.

    """
    source, notes = without_entities(data)
    root, is_damaged = trees.xml_document(source)
    if is_damaged:
        notes.append("it is damaged: what follows the damaged place may be missing")
    if name_of(root) == "html":
        return webpage.read(data)
    layout = Layout()
    layout.notes += notes
    vocabulary = _vocabulary(root)
    if vocabulary is None:
        add_plain(layout, root)
        return layout.extract({"language": _language(root)})
    Structure(layout, vocabulary, root).add()
    return layout.extract(_metadata(root, vocabulary))


def _vocabulary(root: Any) -> Vocabulary | None:
    name = name_of(root)
    if name in {"TEI", "TEI.2", "teiCorpus"}:
        return TEI
    if name == "article" and any(name_of(child) in {"front", "front-stub"} for child in children(root)):
        return JATS
    if "docbook.org" in str(root.tag) or name in _DOCBOOK_ROOTS:
        return DOCBOOK
    return None


def _language(root: Any) -> str:
    value = root.get("{http://www.w3.org/XML/1998/namespace}lang") or root.get("lang") or ""
    return value if re.fullmatch(r"[A-Za-z]{2,3}(?:[-_@]\w+)*", value) else ""


def _metadata(root: Any, vocabulary: Vocabulary) -> dict[str, str]:
    values = {"language": _language(root)}
    if vocabulary is DOCBOOK:
        info = descendant(root, "info", "bookinfo", "articleinfo", "refentryinfo")
        where = root if info is None else info
        title = descendant(root, "title", depth=2)
        values["title"] = text_of(title) or text_of(descendant(root, "refname"))
        values["author"] = _person(descendant(where, "author", "corpauthor")) if info is not None else ""
        values["date"] = _day(text_of(descendant(where, "pubdate", "date"))) if info is not None else ""
    elif vocabulary is JATS:
        meta = descendant(root, "article-meta", "front-stub")
        values["title"] = text_of(descendant(meta, "article-title"))
        values["author"] = _person(descendant(meta, "contrib"))
        values["source"] = text_of(descendant(root, "journal-title"))
        date = descendant(meta, "pub-date")
        parts = [text_of(descendant(date, part)) for part in ("year", "month", "day")]
        values["date"] = "-".join(part.zfill(2) for part in parts if part.isdigit())
        doi = next((i for i in _all(meta, "article-id") if i.get("pub-id-type") == "doi"), None)
        values["url"] = f"https://doi.org/{text_of(doi)}" if doi is not None else ""
    else:
        header = descendant(root, "titleStmt")
        values["title"] = text_of(descendant(header, "title"))
        values["author"] = text_of(descendant(header, "author"))
        date = descendant(descendant(root, "publicationStmt"), "date")
        values["date"] = _day(date.get("when") or text_of(date)) if date is not None else ""
    return values


def _all(element: Any, name: str) -> list[Any]:
    return [] if element is None else [inner for inner in element.iter() if name_of(inner) == name]


def _person(element: Any) -> str:
    """Return the name of a person: the given names first."""
    if element is None:
        return ""
    given = text_of(descendant(element, "firstname", "given-names", "forename"))
    family = text_of(descendant(element, "surname"))
    if given or family:
        return clean(f"{given} {family}")
    return text_of(descendant(element, "personname", "collab", "orgname", "string-name"))


def _day(value: str) -> str:
    return value[:10] if len(value) >= 4 and value[:4].isdigit() else ""
