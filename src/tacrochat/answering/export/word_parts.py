"""The parts of a Word file that are the same in every sheet: types, relations, styles, settings."""

_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

_OVERRIDES = "".join(
    f'<Override PartName="/word/{part}.xml" ContentType="{_TYPES}.{kind}+xml"/>'
    for part, kind in (
        ("document", "document.main"),
        ("footnotes", "footnotes"),
        ("styles", "styles"),
        ("settings", "settings"),
    )
)
_RELATIONS = "".join(
    f'<Relationship Id="rId{number}" Type="{_OFFICE}/{part}" Target="{part}.xml"/>'
    for number, part in enumerate(("footnotes", "styles", "settings"), 1)
)


def _style(name: str, title: str, paragraph: str, run: str, kind: str = "paragraph") -> str:
    based = '<w:basedOn w:val="Normal"/>' if kind == "paragraph" else ""
    return (
        f'<w:style w:type="{kind}" w:styleId="{name}"><w:name w:val="{title}"/>{based}<w:qFormat/>'
        + (f"<w:pPr>{paragraph}</w:pPr>" if paragraph else "")
        + (f"<w:rPr>{run}</w:rPr>" if run else "")
        + "</w:style>"
    )


def _heading(level: int, size: int) -> str:
    paragraph = f'<w:keepNext/><w:spacing w:before="360" w:after="120"/><w:outlineLvl w:val="{level - 1}"/>'
    return _style(f"Heading{level}", f"heading {level}", paragraph, f'<w:b/><w:sz w:val="{size}"/>')


_BORDER = '<w:pBdr><w:left w:val="single" w:sz="18" w:space="10" w:color="4A6FA5"/></w:pBdr>'
_STYLES = (
    f"<w:styles {NAMESPACE}><w:docDefaults><w:rPrDefault><w:rPr>"
    '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:cs="Calibri"/><w:sz w:val="22"/></w:rPr></w:rPrDefault>'
    '<w:pPrDefault><w:pPr><w:spacing w:after="120" w:line="276" w:lineRule="auto"/></w:pPr></w:pPrDefault>'
    '</w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
    "<w:qFormat/></w:style>"
    + _style("Title", "Title", '<w:spacing w:after="120"/>', '<w:b/><w:sz w:val="40"/>')
    + _heading(2, 30)
    + _heading(3, 25)
    + _style("Quote", "Quote", f'{_BORDER}<w:ind w:left="360"/>', "")
    + _style("Note", "Note of the reader", '<w:ind w:left="360"/>', "<w:i/>")
    + _style("FootnoteText", "footnote text", '<w:spacing w:after="40"/>', '<w:sz w:val="18"/>')
    + _style("FootnoteReference", "footnote reference", "", '<w:vertAlign w:val="superscript"/>', "character")
    + "</w:styles>"
)

PARTS = {
    "[Content_Types].xml": (
        f'{_DECLARATION}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{_OVERRIDES}</Types>'
    ),
    "_rels/.rels": (
        f'{_DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
        "</Relationships>"
    ),
    "word/_rels/document.xml.rels": (
        f'{_DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">{_RELATIONS}</Relationships>'
    ),
    "word/styles.xml": _DECLARATION + _STYLES,
    "word/settings.xml": (
        f'{_DECLARATION}<w:settings {NAMESPACE}><w:footnotePr><w:footnote w:id="-1"/><w:footnote w:id="0"/>'
        "</w:footnotePr></w:settings>"
    ),
}
"""Path in the file, and text."""


def document(body: str) -> str:
    """Return the part that holds the text."""
    page = (
        '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
        '<w:pgMar w:top="1417" w:right="1417" w:bottom="1417" w:left="1417" w:header="708" w:footer="708"'
        ' w:gutter="0"/></w:sectPr>'
    )
    return f"{_DECLARATION}<w:document {NAMESPACE}><w:body>{body}{page}</w:body></w:document>"


def footnotes(notes: str) -> str:
    """Return the part that holds the footnotes; those numbered -1 and 0 are the lines above them."""
    lines = "".join(
        f'<w:footnote w:type="{kind}" w:id="{number}"><w:p><w:r><w:{mark}/></w:r></w:p></w:footnote>'
        for kind, number, mark in (
            ("separator", -1, "separator"),
            ("continuationSeparator", 0, "continuationSeparator"),
        )
    )
    return f"{_DECLARATION}<w:footnotes {NAMESPACE}>{lines}{notes}</w:footnotes>"
