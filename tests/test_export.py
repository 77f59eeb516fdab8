"""Saved sheets and citations: others' readers get back what was kept, and hostile text stays text."""

import io
import json
import re

import bibtexparser
import docx
import pytest
import rispy
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from lxml import html as lxml_html
from markdown_it import MarkdownIt
from pylatexenc.latex2text import LatexNodes2Text

import tacrochat
from extracts import read
from tacrochat.answering.answer import Answer
from tacrochat.answering.export import citations, citing, markdown, sheet, web_page, word
from tacrochat.answering.export.reference import DIGEST, Reference, References

TITLE = 'Zebra <img src=x onerror=alert(1)> {\\input{x}} 50% & $x_1$ #1 ~ ^ "}'
FORGED = "a note\r\nER  - \r\nTY  - BOOK\r\n},\n@book{forged, title = {Forged}}\n"
FORGED += "<script>alert(1)</script> [x](javascript:1) **b**"

DOCUMENTS = {
    "zebra.md": f"""---
title: {json.dumps(TITLE)}
kind: trial
source: "Journal of Zebras\\u2028ER  - forged"
url: "https://example.org/a_{{b}}?c=%20d&e"
date: "2019-05-04"
author: "Ada & Bob\\u0085Carol"
---

# Lamps

The zebra lamp shines at night with **bold** <script>alert(2)</script> and \u202eturned\u202c words.
It has a second line, [a link](javascript:alert(3)) and a note[^1].

[^1]: forged footnote
""",
    "label.md": "---\ntitle: Label\ndate: Spring 2020\nurl: 'javascript:alert(4)'\n---\n\n"
    "The tube is stored below 25 degrees in the fridge door.\n",
    "label2.md": "---\ntitle: Label\n---\n\n"
    "Η αλοιφή — мазь — 軟膏 — is a tube of ointment in other scripts.\n",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory, encoder):
    root = tmp_path_factory.mktemp("export")
    (root / "corpus").mkdir()
    for name, text in DOCUMENTS.items():
        (root / "corpus" / name).write_text(text, "utf-8")
    tacrochat.build(root / "corpus", root / "index", encoder=encoder)
    return tacrochat.open(root / "index")


def reference(library, path, words):
    document = library.document(path)
    start = document.text.index(words)
    return Reference(path, document.digest[:DIGEST], start, start + len(words))


ZEBRA = "The zebra lamp shines at night with **bold** <script>alert(2)</script> and \u202eturned\u202c words."
TUBE = "The tube is stored below 25 degrees in the fridge door."
OTHER = "Η αλοιφή — мазь — 軟膏 — is a tube of ointment in other scripts."


@pytest.fixture(scope="module")
def kept(library):
    """Three quotes, one with a hostile note; one whose document has changed, one whose document is gone."""
    references = References(library)
    zebra, tube = reference(library, "zebra.md", ZEBRA), reference(library, "label.md", TUBE)
    return [
        references.look_up(zebra, note=FORGED),
        references.look_up(tube),
        references.look_up(reference(library, "label2.md", OTHER)),
        references.look_up(Reference(tube.document, "0" * DIGEST, tube.start, tube.end), note="mine"),
        references.look_up(Reference("gone<b>.md", "0" * DIGEST, 0, 5)),
    ]


@pytest.fixture(scope="module")
def sources(library, kept):
    return citing.sources(kept, References(library))


@pytest.fixture(scope="module")
def collected(kept):
    return sheet.of_collection("Collected <b>quotes</b>\n# forged", kept)


def test_a_quote_is_cut_again_or_said_to_have_changed(library, kept):
    assert [each.state for each in kept] == ["unchanged", "unchanged", "unchanged", "changed", "gone"]
    assert [each.quote.text for each in kept[:3]] == [ZEBRA, TUBE, OTHER]
    assert kept[1].quote.label == "Label, line 7"
    references = References(library)
    tube = reference(library, "label.md", TUBE)
    for digest, start, end in (
        (tube.digest[:8], tube.start, tube.end),
        ("", tube.start, tube.end),
        (tube.digest, -3, tube.end),
        (tube.digest, tube.end, tube.start),
        (tube.digest, tube.start, 10_000),
    ):
        assert references.look_up(Reference("label.md", digest, start, end)).state == "changed"


def test_markdown_is_text_with_footnotes(collected):
    text = markdown.to_markdown(collected)
    shown = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    tree = lxml_html.fromstring(shown)
    assert not tree.xpath("//script | //img | //h2 | //code")
    assert tree.xpath("//a/@href") == ["https://example.org/a_%7Bb%7D?c=%20d&e"]
    assert [h.text_content() for h in tree.xpath("//h1")] == ["Collected <b>quotes</b> # forged"]
    quotes = [q.text_content().strip() for q in tree.xpath("//blockquote/p[1]")]
    assert quotes == [ZEBRA.replace("\u202e", "\\u202e").replace("\u202c", "\\u202c"), TUBE, OTHER]
    assert [q.text_content().strip() for q in tree.xpath("//blockquote/p[last()]")] == [
        "[^1]",
        "[^2]",
        "[^3]",
    ]
    notes = dict(re.findall(r"^\[\^(\d+)\]: (.*)$", text, re.MULTILINE))
    assert list(notes) == ["1", "2", "3"]
    assert "trial" in notes["1"]
    assert "javascript" not in notes["2"]
    assert "Spring 2020; label\\.md; characters" in notes["2"]
    assert "A quote is not shown: label.md has changed since." in tree.text_content()
    assert "A quote is not shown: gone<b>.md is no longer in the index." in tree.text_content()


def test_html_is_one_file_that_runs_nothing(collected):
    text = web_page.to_html(collected)
    tree = lxml_html.document_fromstring(text)
    assert not tree.xpath("//script | //img | //link | //b | //iframe | //@onerror")
    assert [a.get("href") for a in tree.xpath("//a[starts-with(@href, 'http')]")] == [
        "https://example.org/a_{b}?c=%20d&e"
    ]
    assert not tree.xpath("//a[contains(@href, 'javascript')]")
    quotes = [q.text_content() for q in tree.xpath("//span[@class='text']")]
    assert quotes == [ZEBRA.replace("\u202e", "\\u202e").replace("\u202c", "\\u202c"), TUBE, OTHER]
    assert tree.xpath("//p[@class='note']")[0].text_content().endswith("[x](javascript:1) **b**")
    targets = set(tree.xpath("//@id"))
    assert {href[1:] for href in tree.xpath("//a/@href") if href.startswith("#")} <= targets


def test_word_has_real_footnotes(collected, kept):
    data = word.to_docx(collected)
    document = docx.Document(io.BytesIO(data))
    styles = [paragraph.style.name for paragraph in document.paragraphs]
    assert styles.count("Quote") == 3
    quotes = [p.text for p in document.paragraphs if p.style.name == "Quote"]
    assert quotes == [ZEBRA.replace("\u202e", "\\u202e").replace("\u202c", "\\u202c"), TUBE, OTHER]
    assert document.element.xpath("//w:footnoteReference/@w:id") == ["1", "2", "3"]
    extract = read("sheet.docx", data)
    assert "Journal of Zebras ER - forged" in extract.text
    assert "https://example.org/a_{b}" in extract.text
    assert "label.md has changed since" in extract.text
    assert word.to_docx(collected) == data, "the same sheet makes the same file"


def test_bibtex(sources):
    text = citations.to_bibtex(sources)
    read = bibtexparser.loads(text, bibtexparser.bparser.BibTexParser(ignore_nonstandard_types=False)).entries
    assert [entry["ID"] for entry in read] == ["zebra2019", "label", "labeln2"]
    assert {entry["ENTRYTYPE"] for entry in read} == {"misc"}

    def plain(text):  # pylatexenc does not know the braces
        for name, sign in (("left", "{"), ("right", "}")):
            text = text.replace(f"\\textbrace{name}{{}}", f"\\{sign}")
        return LatexNodes2Text().latex_to_text(text).replace("ˆ", "^")

    assert plain(read[0]["title"]) == TITLE
    assert plain(read[0]["author"]) == "Ada & Bob Carol"
    assert [read[0][name] for name in ("year", "month", "day")] == ["2019", "5", "4"]
    assert read[0]["url"] == "https://example.org/a_%7Bb%7D?c=%20d&e"
    assert read[0]["note"] == "trial"
    assert "<script>" in plain(read[0]["annote"])
    assert read[1]["date"] == "Spring 2020"
    assert "url" not in read[1]
    assert not {"date", "year", "note", "url", "author"} & set(read[2]), "nothing is made up"


def test_ris(sources):
    text = citations.to_ris(sources)
    assert text.count("\n") == text.count("\r\n") == text.count("\r")
    read = rispy.loads(text)
    assert [entry["id"] for entry in read] == ["zebra2019", "label", "labeln2"]
    assert {entry["type_of_reference"] for entry in read} == {"GEN"}
    assert read[0]["title"] == TITLE
    assert read[0]["authors"] == ["Ada & Bob Carol"]
    assert read[0]["secondary_title"] == "Journal of Zebras ER - forged"
    assert (read[0]["year"], read[0]["date"]) == ("2019", "2019/05/04/")
    assert "ER - TY - BOOK" in read[0]["notes"][0]
    assert read[1]["date"] == "///Spring 2020"
    assert [note.split(",")[0] for note in read[1]["notes"]] == [
        "label.md",
        "A quote is not shown: label.md has changed since.. Note of the reader: mine",
    ]


def test_csl_json(sources):
    data = json.loads(citations.to_csl(sources))
    assert [item["id"] for item in data] == ["zebra2019", "label", "labeln2"]
    assert data[0]["issued"] == {"date-parts": [[2019, 5, 4]]}
    assert data[1]["issued"] == {"literal": "Spring 2020"}
    assert set(data[2]) == {"id", "type", "title", "note"}
    read = CiteProcJSON(data[:1] + data[2:])  # citeproc-py takes no date in words
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    bibliography = CitationStylesBibliography(style, read, formatter.plain)
    bibliography.register(Citation([CitationItem("zebra2019")]))
    (line,) = bibliography.bibliography()
    assert "Zebra <img src=x" in str(line)
    assert "2019" in str(line)


def test_an_answer_with_parts_has_a_heading_for_each(kept):
    zebra, tube, *_, gone = kept
    part = Answer("What is <b>X</b>?", "What is <b>X</b>?", "answered", 0.9, "", (zebra.quote,))
    weak = Answer("Q", "About\nQ", "uncertain", 0.3, "Perhaps.", (tube.quote,), nearest=(zebra.quote,))
    whole = Answer(
        "X or\nY?", "", "answered", 0.9, "1 quoted.", (zebra.quote, tube.quote), parts=(part, weak)
    )
    made = sheet.of_answers("Chat", [(whole, (gone,)), (weak, ())])
    headings = [(section.level, section.heading, section.lines) for section in made.sections]
    assert headings == [
        (2, "X or Y?", ("1 quoted.",)),
        (3, "What is <b>X</b>?", ()),
        (3, "Q", ("Understood as: About\nQ", "Perhaps.")),
        (2, "Q", ("Understood as: About\nQ", "Perhaps.")),
        (3, "Nearest passages, not an answer", ()),
    ]
    assert [quote.text for quote in made.quotes] == [ZEBRA, TUBE, TUBE, ZEBRA]
    assert [section.is_weak for section in made.sections] == [False, False, True, True, True]
    text = markdown.to_markdown(made)
    assert text.index("gone&lt;b") < text.index("### What is")
    assert "<h3" in web_page.to_html(made)
    styles = [p.style.name for p in docx.Document(io.BytesIO(word.to_docx(made))).paragraphs]
    assert styles.count("Heading 3") == 3
    assert styles.count("Quote") == 4
