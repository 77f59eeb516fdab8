"""The elements of DocBook, JATS and TEI by what they are for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

_DETAILS = "publication details"


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Local names of elements by role; an element with no role is looked into.

    ``aside`` maps elements that are kept as navigation to the reason. What is in
    ``dropped`` is not shown to readers of the document.
    """

    sections: frozenset[str]
    titles: frozenset[str]
    paragraphs: frozenset[str]
    literal: frozenset[str]
    lists: frozenset[str]
    items: frozenset[str]
    terms: frozenset[str]
    tables: frozenset[str]
    rows: frozenset[str]
    cells: frozenset[str]
    notes: frozenset[str]
    dropped: frozenset[str]
    aside: Mapping[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> frozenset[str]:
        """All elements that are not part of a line of text."""
        own = self.sections | self.titles | self.paragraphs | self.literal | self.lists | self.tables
        return own | self.items | frozenset(self.aside) | self.rows


DOCBOOK = Vocabulary(
    sections=_set(
        "set book part chapter preface appendix article section sect1 sect2 sect3 sect4 sect5 simplesect"
        " refentry refsection refsect1 refsect2 refsect3 reference glossary qandadiv colophon dedication"
        " acknowledgements partintro topic bridgehead"
    ),
    titles=_set("title subtitle refname refpurpose"),
    paragraphs=_set("para simpara question answer attribution caption glossdef"),
    literal=_set("programlisting screen literallayout synopsis cmdsynopsis funcsynopsis address"),
    lists=_set("itemizedlist orderedlist simplelist procedure substeps variablelist segmentedlist calloutlist"
        " glosslist"),
    items=_set("listitem step member varlistentry callout seglistitem glossentry"),
    terms=_set("term glossterm"),
    tables=_set("table informaltable"),
    rows=_set("row tr"),
    cells=_set("entry td th"),
    notes=_set("footnote"),
    dropped=_set(
        "indexterm remark imageobject videoobject audioobject inlinegraphic graphic titleabbrev beginpage"
        " colspec spanspec anchor refmiscinfo refentrytitle manvolnum areaspec"
    ),
    aside={
        "toc": "table of contents",
        "lot": "table of contents",
        "index": "index",
        "bibliography": "list of references",
        "legalnotice": _DETAILS,
        "copyright": _DETAILS,
        "revhistory": _DETAILS,
        "keywordset": _DETAILS,
        "subjectset": _DETAILS,
        "authorgroup": _DETAILS,
        "author": _DETAILS,
        "editor": _DETAILS,
        "othercredit": _DETAILS,
        "publisher": _DETAILS,
        "date": _DETAILS,
        "pubdate": _DETAILS,
        "releaseinfo": _DETAILS,
        "refmeta": _DETAILS,
    },
)  # fmt: skip

JATS = Vocabulary(
    sections=_set("sec abstract trans-abstract app boxed-text ack glossary notes fn-group sub-article"
        " response"),
    titles=_set("title article-title subtitle"),
    paragraphs=_set("p disp-quote disp-formula attrib label verse-line speech"),
    literal=_set("preformat code"),
    lists=_set("list def-list"),
    items=_set("list-item def-item"),
    terms=_set("term"),
    tables=_set("table"),
    rows=_set("tr"),
    cells=_set("td th"),
    notes=frozenset(),
    dropped=_set("object-id tex-math graphic inline-graphic media supplementary-material processing-meta"),
    aside={
        "ref-list": "list of references",
        "journal-meta": _DETAILS,
        "permissions": _DETAILS,
        "kwd-group": _DETAILS,
        "contrib-group": _DETAILS,
        "author-notes": _DETAILS,
        "aff": _DETAILS,
        "history": _DETAILS,
        "pub-date": _DETAILS,
        "article-id": _DETAILS,
        "article-categories": _DETAILS,
        "funding-group": _DETAILS,
        "counts": _DETAILS,
        "volume": _DETAILS,
        "issue": _DETAILS,
        "fpage": _DETAILS,
        "lpage": _DETAILS,
        "elocation-id": _DETAILS,
        "self-uri": _DETAILS,
        "related-article": _DETAILS,
        "custom-meta-group": _DETAILS,
        "toc": "table of contents",
        "index": "index",
    },
)  # fmt: skip

TEI = Vocabulary(
    sections=_set("div div1 div2 div3 div4 div5 div6 div7 titlePage"),
    titles=_set("head docTitle"),
    paragraphs=_set(
        "p ab l speaker stage opener closer salute signed byline dateline docAuthor figDesc q quote trailer"
    ),
    literal=_set("eg egXML"),
    lists=_set("list listPerson listPlace listEvent"),
    items=_set("item person place event"),
    terms=_set("label"),
    tables=_set("table"),
    rows=_set("row"),
    cells=_set("cell"),
    notes=_set("note"),
    dropped=_set("fw pb cb gb milestone anchor graphic del"),
    aside={
        "teiHeader": _DETAILS,
        "listBibl": "list of references",
        "docImprint": _DETAILS,
        "divGen": "table of contents",
    },
)
