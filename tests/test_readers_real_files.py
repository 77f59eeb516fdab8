"""What was wrong with passages of real files, in small copies of their form."""

import gzip
import io
import zipfile
from array import array

import docx
import pytest

from extracts import of_role, read
from laws import check_extract
from tacrochat.building.passages import paragraphs as units
from tacrochat.building.passages import passages, sections
from tacrochat.readers import symbols
from tacrochat.readers.files import Limits
from tacrochat.readers.parts import parts_of
from tacrochat.readers.pdf_lines import Line, lines
from tacrochat.readers.pdf_measures import Measures
from tacrochat.readers.pdf_paragraphs import paragraphs
from tacrochat.readers.pdfium import Bookmark, Page, Style
from tacrochat.types import Document

NAMES = {"office": "office", "table": "table", "text": "text", "style": "style"}


def cut(extract):
    document = Document(0, "x", extract.metadata.get("title", "x"), extract.text, "")
    parts = sections(document, extract.blocks)
    return passages(
        document,
        parts,
        units(extract.text, parts),
        lambda texts: [max(1, len(text) // 3) for text in texts],
        max_tokens=160,
        min_tokens=48,
    )


def odt(body):
    spaces = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{u}:1.0"' for n, u in NAMES.items())
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as container:
        container.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:text>{body}</office:text></office:body>"
            "</office:document-content>",
        )
    return made.getvalue()


# PDF -------------------------------------------------------------------------------------------------


def drawn(*rows, right=400):
    """Return lines 12 points apart, as (text, bold) or (text, bold, where it ends, size)."""
    result = []
    for number, (text, bold, *more) in enumerate(rows):
        end, size = (*more, *(right, 10.0)[len(more) :])
        edges = ((50.0, end),)
        base = 700.0 - 12 * number
        result.append(
            Line(text, array("i", [-1] * len(text)), 50.0, end, base, size, bold, False, 0, edges=edges)
        )
    return result


PROSE = [("The words of a paragraph fill the line from its left edge to its right edge and", False)] * 30


def found(page, bookmarks=()):
    measured = Measures([page], bookmarks)
    return [
        (p.kind, p.level, " ".join(line.text for line in p.lines)) for p in paragraphs([page], measured, {})
    ]


def test_a_bold_line_that_begins_a_sentence_is_no_heading():
    page = drawn(
        *PROSE,
        ("goes on to its end.", False, 150.0),
        ("Image augmented with error correction data, containing unreadable sectors. This is an-", True),
        ("other typical case of an image from a defective medium.", False, 300.0),
        ("Reading the image", True, 140.0),
        ("The image is read from the medium.", False, 250.0),
    )
    result = found(page)
    assert ("heading", 6, "Reading the image") in result
    assert [text for kind, _, text in result if kind == "body" and text.startswith("Image augmented")] == [
        f"{page[-4].text} {page[-3].text}"
    ]


def test_an_item_with_the_name_of_a_chapter_is_no_heading_and_a_title_may_have_two_lines():
    page = drawn(
        ("5.9 Moving, removing, renaming, and reintro-", True, 400.0, 14.0),
        ("ducing packages", True, 150.0, 14.0),
        *PROSE,
        ("see the documents about:", False, 170.0),
        ("• CMake", False, 90.0),
    )
    outline = [
        Bookmark(2, "Moving, removing, renaming, and reintroducing packages", 0),
        Bookmark(3, "Moving packages", 0),
        Bookmark(3, "CMake", 0),
    ]
    result = found(page, outline)
    assert ("heading", 2, "5.9 Moving, removing, renaming, and reintro- ducing packages") in result
    assert [kind for kind, _, text in result if text == "• CMake"] == ["list"]


def page_of(*texts):
    """Return a page with a text on each line, in letters 5 points wide."""
    codes, styles, left = array("i"), array("i"), array("f")
    kinds = tuple(Style(10.0, 700.0 - 12 * number, False, False, 0) for number in range(len(texts)))
    for number, text in enumerate(texts):
        for position, letter in enumerate(text):
            codes.append(ord(letter))
            styles.append(-1 if letter == " " else number)
            left.append(50.0 + 5 * position)
    edges = array("f", [x + 5 for x in left]), array("f", [0.0] * len(left))
    return Page(600, 800, codes, styles, left, edges[1], edges[0], edges[1], kinds, 0.0)


def test_symbols_of_a_font_in_a_pdf():
    read_lines = lines(
        page_of(
            "\uf0b7 a dose",
            "\uf076 twice",
            "\ue123 thrice",
            "10 \uf06dg \uf0b3 5 \ue123x",
            "\uf05a",
            "\uf0a7",
        ),
        0,
        0,
    )
    assert [line.text for line in read_lines] == ["• a dose", "• twice", "• thrice", "10 μg ≥ 5 x"]
    assert all(len(line.text) == len(line.sources) for line in read_lines)


# Office ----------------------------------------------------------------------------------------------


def test_symbols_of_a_font_in_office_files():
    assert symbols.replaced("\uf0b7\ta \uf0b3 5 \uf06dg\n\ue300 b\ue301") == "•\ta ≥ 5 μg\n• b\ue301"
    document = docx.Document()
    document.add_paragraph("\uf0b7\tTake it \uf0b3 2 hours before a meal.")
    document.add_paragraph("\uf0b7\tTake 5 \uf06dg of it.")
    arrow = document.add_paragraph("Then")._p
    arrow[0].append(arrow.makeelement(arrow.tag[:-1] + "sym", {arrow.tag[:-1] + "char": "F0E0"}))
    made = io.BytesIO()
    document.save(made)
    extract = read("x.docx", made.getvalue())
    assert of_role(extract, "list") == ["• Take it ≥ 2 hours before a meal.\n• Take 5 μg of it."]
    assert of_role(extract, "body") == ["Then→"]
    extract = read("x.odt", odt("<text:p>\uf0b7 first(\uf061) \uf0b9 0</text:p>"))
    assert extract.text == "• first(α) ≠ 0"


TERMINAL = """\
VCD2FST(1)                    Filetype Conversion                   VCD2FST(1)

NAME
       vcd2fst - Converts VCD files to FST files

DESCRIPTION
       Converts  VCD  files to FST files, and writes them to a file with the name that
       follows.  A configura-
       tion is not needed.

       -h,--help
              Show help screen, and with it all of the options that there are, each
              in one line.
"""


def test_a_terminal_text_pasted_into_a_document_has_whole_sentences():
    lines = (line.replace("  ", ' <text:s text:c="1"/>') for line in TERMINAL.split("\n"))
    body = "".join(f"<text:p>{line}</text:p>" for line in lines)
    extract = read(
        "x.odt", odt("<text:h>vcd2fst</text:h>" + body + "<text:h>Next</text:h><text:p>End.</text:p>")
    )
    assert of_role(extract, "heading") == ["vcd2fst", "NAME", "DESCRIPTION", "Next"]
    assert (
        "Converts VCD files to FST files, and writes them to a file with the name that follows."
        " A configuration is not needed." in of_role(extract, "body")
    )
    assert any(text.endswith("each in one line.") for text in of_role(extract, "body"))


def test_a_paragraph_in_the_style_of_a_heading_is_text():
    long = "Compress the data that were written before into one block of memory. " * 4
    extract = read("x.odt", odt(f"<text:h>Short</text:h><text:h>{long}</text:h>"))
    assert of_role(extract, "heading") == ["Short"]
    assert of_role(extract, "body") == [long.strip()]


def test_a_long_table_of_an_office_file_keeps_the_names_of_its_columns():
    cells = "<table:table-cell><text:p>{}</text:p></table:table-cell>"
    row = "<table:table-row>" + cells * 2 + "</table:table-row>"
    rows = "".join(row.format(f"substance number {n}", f"{n} mg twice a day") for n in range(40))
    head = f"<table:table-header-rows>{row.format('Drug', 'Dose')}</table:table-header-rows>"
    body = (
        f"<text:h>Doses</text:h><table:table>{head}{rows}</table:table><text:p>Ask a doctor before.</text:p>"
    )
    found_passages = cut(read("x.odt", odt(body)))
    assert len(found_passages) > 3
    assert all(p.heading == ("Drug | Dose",) for p in found_passages if "mg twice" in p.text)
    assert found_passages[-1].heading == ()
    assert found_passages[-1].text == "Ask a doctor before."


# Markdown --------------------------------------------------------------------------------------------


def test_the_rows_of_a_long_markdown_table_keep_the_names_of_its_columns():
    rows = "".join(f"| substance {n} | {n} mg | take it with water |\n" for n in range(40))
    text = f"# Doses\n\n| Drug | Dose | Note |\n|---|---|---|\n{rows}\nAfter it.\n\n```\ncode\n```\n"
    extract = read("x.md", text)
    found_passages = cut(extract)
    rows_of = [p for p in found_passages if "take it" in p.text]
    assert len(rows_of) > 3
    assert all(p.heading == ("Drug | Dose | Note",) and p.text in text for p in rows_of)
    assert all(p.heading == () for p in found_passages if p not in rows_of)
    assert extract.metadata["title"] == "Doses"
    short = read("x.md", "| Drug | Dose |\n|---|---|\n| a | 1 |\n")
    assert of_role(short, "table") == ["| Drug | Dose |\n|---|---|\n| a | 1 |"]


def test_a_title_over_two_lines_is_whole():
    extract = read("x.md", "What the kettle\nis made of\n===\n\nIt is made of steel.\n")
    assert extract.metadata["title"] == "What the kettle is made of"
    paragraph = "one\ntwo\nthree\nfour lines of a paragraph\n---\n\nMore.\n"
    assert of_role(read("x.md", paragraph), "body") == ["one\ntwo\nthree\nfour lines of a paragraph", "More."]


# Plain text ------------------------------------------------------------------------------------------

FOOT = "Author                     Informational                        [Page {}]\n\f\n"
HEAD = "RFK 1                         Kettles                         March 2020\n\n"
PAGES = (
    "1.  Introduction\n\n   A kettle boils water for tea, and this text says what the parts of it\n"
    "   are called. The lid of a kettle is the part that a person who makes tea\n\n\n"
    + FOOT.format(1)
    + HEAD
    + "   must take off first, before the water is poured into it from a tap. The\n   end of it is round.\n\n"
    "2.  Lids\n\n   A lid lies on top of the kettle.\n\n"
    + FOOT.format(2)
    + HEAD
    + "   It keeps the steam in.\n"
)


def test_a_sentence_over_a_page_break_is_whole():
    extract = read("rfk1.txt", PAGES)
    sentences = [extract.text[a:b] for p in cut(extract) for a, b in p.sentences]
    assert any(
        " ".join(s.split()).endswith(
            "a person who makes tea must take off first, before the water is poured into it from a tap."
        )
        for s in sentences
    )
    assert extract.text.index("must take") == extract.pages[1] + 3
    assert len(extract.pages) == 3
    assert [" ".join(t.split()) for t in of_role(extract, "navigation")] == [
        "Author Informational [Page 1]",
        "RFK 1 Kettles March 2020",
    ]
    assert "A lid lies on top of the kettle." in of_role(extract, "body"), "a paragraph that ended"


def test_form_feeds_between_sections_leave_the_text_as_it_is():
    endings = ("a. Match", "b. Port", "c. Match", "d. Time", "e. Value", "f. Name", "g. Size")
    text = "\f\n".join(f"Part {end[0]} of it\n\nErrors: {end[3:]}\n" for end in endings)
    extract = read("x.txt", text)
    assert extract.text == text
    assert extract.pages == ()


README = """\
The kettle
==========

This program boils water. It is for people who drink tea and do not want to
wait, and it runs on every stove that has a plug. It was written by people who
drink tea, too.
"""
MAKEFILE = "CC = gcc\nall: a.o b.o\n\t$(CC) -o a a.o b.o -lm\nclean:\n\trm -f *.o a\n"


@pytest.mark.parametrize("name", ["README", "changelog", "COPYING", "README.gz"])
def test_running_text_without_a_suffix_is_read(name):
    data = README.encode()
    extract = read(name, gzip.compress(data) if name.endswith(".gz") else data)
    assert extract.text == README
    assert of_role(extract, "heading") == ["The kettle"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (MAKEFILE.encode(), "no suffix"),
        (b"#!/bin/sh\n# this script prints some words and then it ends\nexit 0\n", "no suffix"),
        (b"1 2 3\n4 5 6\n" * 50, "no suffix"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + b"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUA\n" * 5, "no suffix"),
        (b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 20, "binary"),
        (b"", "empty"),
    ],
)
def test_other_files_without_a_suffix_are_refused(data, why):
    (part,) = parts_of("name", data, Limits())
    assert part.extract is None
    assert why in part.reason


def test_the_sources_that_sphinx_adds_are_read_as_what_they_are():
    text = "Kettle\n======\n\n.. note:: It is hot.\n\nSee :ref:`lids <lid>`.\n"
    extract = read("_sources/kettle.rst.txt", text)
    assert ".. note" not in extract.text
    assert ":ref:" not in extract.text


def test_titles_with_the_marks_of_markdown_and_fences_in_plain_text():
    text = (
        "# The team\n\nThe team of this package can be reached in several ways, and all of them\n"
        "are written down here, so that nobody has to look for them in any other\nplace.\n\n"
        "## Writing to the team\n\nSend a letter to the address that stands below, and wait until one of us\n"
        "answers it, which may take a week or longer in the summer.\n\n# apt-get install kettle\n\n"
        "This is equivalent to :\n----------------------\nlid=1\nspout=2\n----------------------\n\n"
        "The end.\n"
    )
    extract = read("x.txt", text)
    assert of_role(extract, "heading") == ["# The team", "## Writing to the team"]
    assert extract.metadata["title"] == "The team"
    assert {p.heading for p in cut(extract)} == {(), ("Writing to the team",)}


def test_a_numbered_title_close_below_a_paragraph():
    text = (
        "1. Powers\n\n   The leader should not make too much of an own point of view when there are\n"
        "   decisions to be made by others.\n   2. The committee\n\n  2.1. What it does\n\n"
        "   The committee decides on all matters of technical policy that there are, and on\n"
        "   where the work of people overlaps.\n\n"
        "   Two things are asked of it, which are these two and no others at all, as\n"
        "   long as the project is there:\n   1. to be there.\n   2. Nothing else\n"
    )
    assert of_role(read("x.txt", text), "heading") == ["1. Powers", "2. The committee", "2.1. What it does"]


# Records ---------------------------------------------------------------------------------------------


def test_the_place_of_a_record_is_no_count():
    extract = read("x.json", '{"15924": [{"code": "Adlm"}, {"code": "Afak"}]}')
    assert [name for _, name in extract.places] == ['record 1 of "15924"', 'record 2 of "15924"']
    check_extract(extract)
