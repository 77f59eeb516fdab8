"""Text formats, on files that others made (tests/foreign/README.md): manuals, texts, markup, subtitles."""

import bz2
import gzip
import lzma
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from laws import check_extract
from tacrochat.building.passages import paragraphs, passages, sections
from tacrochat.readers import manual, plain
from tacrochat.readers.decoding import decode
from tacrochat.readers.files import Limits
from tacrochat.readers.parts import parts_of
from tacrochat.types import Document

HOME = Path(__file__).parent / "foreign"


def extract(name, data=None):
    (part,) = parts_of(name, (HOME / name).read_bytes() if data is None else data, Limits())
    assert part.extract is not None, part.reason
    check_extract(part.extract)
    return part.extract


def refusal(name, data, limits=None):
    (part,) = parts_of(name, data, limits or Limits())
    assert part.extract is None
    return part.reason


def blocks(found, *roles):
    return [found.text[b.start : b.end] for b in found.blocks if b.role in roles]


def count_words(texts):
    return [max(1, len(text.split())) for text in texts]


def cut(found):
    document = Document(0, "x", found.metadata.get("title", "x"), found.text, "")
    parts = sections(document, found.blocks)
    return passages(
        document, parts, paragraphs(found.text, parts), count_words, max_tokens=160, min_tokens=40
    )


def words(text):
    return Counter(re.findall(r"[^\W_]+", text.lower()))


@pytest.mark.skipif(not shutil.which("mandoc"), reason="mandoc is not installed")
@pytest.mark.parametrize("name", ["samtools-index.1.gz", "strtonum.3bsd.gz"])
def test_a_manual_page_has_the_words_that_mandoc_shows(name):
    source = gzip.decompress((HOME / name).read_bytes())
    done = subprocess.run(["mandoc", "-Tutf8"], input=source, capture_output=True, check=True)
    lines = re.sub(r".\x08", "", done.stdout.decode()).strip("\n").split("\n")
    shown, read = words("\n".join(lines[1:-1])), words(extract(name).text)
    assert sum((shown - read).values()) <= 0.01 * sum(shown.values())
    assert sum((read - shown).values()) <= 0.005 * sum(shown.values())


def test_the_macros_of_man():
    found = extract("samtools-index.1.gz")
    assert found.metadata["title"] == "samtools-index(1)"
    assert blocks(found, "heading")[:4] == ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS"]
    assert "-m INT\nCreate a CSI index, with a minimum interval size of 2^INT." in blocks(found, "body")


def test_the_macros_of_mdoc():
    found = extract("strtonum.3bsd.gz")
    assert found.metadata["title"] == "strtonum(3bsd)"
    assert "strtonum - reliably convert string value to an integer" in blocks(found, "body")
    assert "[ERANGE]\nThe given string was out of range." in blocks(found, "body")
    (code, *_) = blocks(found, "table")
    assert code.startswith("int iterations;\nconst char *errstr;\n")


MANUAL = r""".\" a comment
.de Opt
.IP "\\fB\\$1\\fP" 4
..
.TH GRIND 1 2024-02-03
.SH NAME
grind \- mill \(lqcoffee\(rq\&.
.ie n .ds w fine\"
.el .ds w coarse
.SH OPTIONS
.Opt \-f
The grain is \*w\c
, not
.BR coarse .
.TS
tab(;);
l l.
size;T{
very
small
T}
.TE
.nf
  grind -f
    beans
.fi
.so man1/mill.1
"""


def test_requests_and_escape_sequences():
    found = manual.read(MANUAL.encode())
    assert found.metadata == {"title": "GRIND(1)", "date": "2024-02-03"}
    assert blocks(found, "body") == ["grind - mill “coffee”.", "-f\nThe grain is fine, not coarse."]
    assert blocks(found, "table") == ["size | very small", "grind -f\n  beans"]
    assert found.notes == ("left out: the file man1/mill.1, which it includes",)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b".so man1/tar.1\n", "only refers to the manual page man1/tar.1"),
        (b"Jan 3 kernel: started\n", "no .TH, .SH or .Dd line"),
        (b".TH A 1\n.de x\n.x\n.x\n..\n.x\n", "call each other without end"),
    ],
)
def test_what_is_no_manual_page_is_refused_with_a_reason(source, reason):
    assert reason in refusal("file.1", source)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_compressed_file_is_read_as_the_file_in_it(pack):
    suffix = {gzip.compress: ".gz", bz2.compress: ".bz2", lzma.compress: ".xz"}[pack]
    source = gzip.decompress((HOME / "algorithm.txt.gz").read_bytes())
    found = extract(f"algorithm.txt{suffix}", pack(source))
    assert found.text == decode(source), "the text of a text file is the file itself"
    page = extract(f"page.html{suffix}", pack(b"<title>Kettles</title><p>The kettle whistles loudly.</p>"))
    assert page.metadata["title"] == "Kettles"


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("zeros.txt.gz", gzip.compress(bytes(4_000_000)), "unpack to more than 1 MB"),
        ("cut.txt.gz", gzip.compress(b"words " * 9_000)[:-30], "damaged"),
        ("no.txt.gz", b"words", "damaged or not a compressed file"),
        ("x.zzz.gz", gzip.compress(b"words"), "no reader for .zzz"),
        ("x.txt.gz.gz.gz", gzip.compress(gzip.compress(gzip.compress(b"words"))), "compressed several times"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # gzip writes the time into its bytes
)
def test_a_compressed_file_that_cannot_be_read_has_a_reason(name, data, reason):
    small = Limits(file_bytes=1_000_000, unpacked_bytes=2_000_000)
    assert reason in refusal(name, data, small)


def test_paragraphs_with_broken_lines_are_whole_sentences():
    found = extract("algorithm.txt.gz")
    headings = [(b.level, found.text[b.start : b.end]) for b in found.blocks if b.role == "heading"]
    assert (2, "2. Decompression algorithm (inflate)") in headings
    assert (3, "2.1 Introduction") in headings
    for passage in cut(found):
        before = found.text[: passage.start].rstrip()
        assert not passage.text[0].islower() or before.endswith((".", ":")), "a sentence is cut"
        assert found.text[passage.start : passage.end] == passage.text


RFC = """\
Network Working Group                                           A. Author
Request for Kettles: 1                                        March 2020

                          Kettles and Lids

Table of Contents

   1.  Introduction . . . . . . . . . . . . . . . .   2
   2.  Lids . . . . . . . . . . . . . . . . . . . .   3

1.  Introduction

   A kettle boils water for tea, and this text says what
   the parts of it are called.

   o  The spout lets the water out, slowly if the
      kettle is tilted only a little.
   o  The lid keeps the steam in.

Author                     Informational                        [Page 1]
\f
RFK 1                         Kettles                         March 2020

2.  Lids

   A lid lies on top of the kettle, where it
   keeps the steam from getting out.

       lid = kettle.top()
       lid.close();

Author                     Informational                        [Page 2]
\f
RFK 1                         Kettles                         March 2020

   -v, --verbose     tell at great length what happens to the
                     water in the kettle
   -q                say nothing
"""


def test_a_text_with_pages_contents_items_and_code():
    found = plain.read(RFC)
    check_extract(found)
    aside = {b.reason for b in found.blocks if b.role == "navigation"}
    assert aside == {"page header", "page footer", "table of contents"}
    assert not any("[Page" in p.text or ". . ." in p.text for p in cut(found))
    assert "1.  Introduction" in blocks(found, "heading")
    assert any(t.startswith("lid = kettle") and t.endswith("lid.close();") for t in blocks(found, "table"))
    units = [found.text[a:b] for passage in cut(found) for a, b in passage.sentences]
    assert "o  The lid keeps the steam in." in units
    assert any(u.startswith("-v") and u.endswith("water in the kettle") for u in units)


@pytest.mark.parametrize("rule", ["=", "-", "~"])
def test_underlined_titles_are_headings(rule):
    text = f"The kettle\n{rule * 10}\n\nIt boils.\n\nThe lid\n{rule * 7}\n\n" + "Long lines stay. " * 30
    found = plain.read(text)
    assert blocks(found, "heading") == ["The kettle", "The lid"]
    assert [t for t in blocks(found, "body") if rule * 3 in t] == []


def test_mode_lines_are_no_text():
    found = plain.read(
        "-*- mode: text -*-\nA kettle that is old and full of\nholes does not hold water or\ntea.\n"
    )
    assert blocks(found, "metadata") == ["-*- mode: text -*-"]


def test_asciidoc():
    found = extract("principles.adoc.gz")
    assert found.metadata["title"] == "CTWM PRINCIPLES OF OPERATION"
    assert {"Screens", "Workspaces", "On Top Priority"} <= set(blocks(found, "heading"))
    assert not re.search(r"^[=+]{2,}|<<", found.text, re.MULTILINE)
    made = extract(
        "x.adoc",
        b"= Tea\n:pot: kettle\n\nA {pot} is *hot*; see https://a.org[the page].\n\nlid:: keeps steam in\n\n"
        b"include::more.adoc[]\n\n----\nboil();\n----\n\n|===\n|a |b\n\n|1 |2\n|===\n",
    )
    assert blocks(made, "body") == ["A kettle is hot; see the page.", "lid: keeps steam in"]
    assert blocks(made, "table") == ["boil();", "a | b\n1 | 2"]
    assert made.notes == ("left out: the file more.adoc, which it includes",)


def test_restructured_text():
    found = extract("FIXTURES_REQUIRED.rst")
    assert found.metadata["title"] == "FIXTURES_REQUIRED"
    body = " ".join(blocks(found, "body"))
    assert "New in version 3.7" in body
    assert "with the FIXTURES_SETUP property" in body, "roles of Sphinx are text"
    assert any(t.startswith("add_test(NAME testsDone") for t in blocks(found, "table"))
    made = extract(
        "x.rst", b"Tea\n===\n\n.. include:: /etc/passwd\n\n.. raw:: html\n\n   <b>no</b>\n\nA pot.\n"
    )
    assert blocks(made, "body") == ["A pot."]
    assert made.notes == ("left out: the file /etc/passwd, which it includes",)


def test_latex():
    found = extract("technote.tex")
    assert found.metadata["title"] == "Technical notes on the amsmath package"
    assert "Deprecated and disallowed commands" in blocks(found, "heading")
    assert not re.search(r"\\(?:section|begin|item|emph)\b", " ".join(blocks(found, "body")))
    made = extract(
        "x.tex",
        rb"\newcommand{\pot}{kettle}\begin{document}\section{Tea} A \pot{} is \emph{hot}.% so"
        b"\n\n\\begin{tabular}{ll}a & b\\\\ \\hline 1 & 2\\end{tabular}\n"
        b"\\begin{itemize}\\item One.\\item Two."
        b"\\end{itemize}\\input{more}\\end{document}",
    )
    assert blocks(made, "body", "list", "table") == ["A kettle is hot.", "a | b\n1 | 2", "- One.\n- Two."]
    assert made.notes == ("left out: the file more, which it includes",)


def test_org():
    found = extract("lists.org")
    units = "\n".join(blocks(found, "list"))
    assert "- term: details continued details" in units
    assert "a link and some lines of text" in units
    assert "echo with a block" in blocks(found, "table")
    made = extract(
        "x.org", b"#+TITLE: Tea\n* TODO Pots :hot:\n:PROPERTIES:\n:ID: 1\n:END:\nA *hot* [[x][pot]].\n"
    )
    assert made.metadata["title"] == "Tea"
    assert (blocks(made, "heading"), blocks(made, "body")) == (["Pots"], ["A hot pot."])


def test_subtitles_keep_their_times():
    found = extract("amnh.vtt")
    (first, second, *_) = blocks(found, "body")
    assert first.startswith("Roger Bingham: We are in New York City We're actually at the Lucern Hotel")
    assert second == "Thank you for walking down here."
    assert [name for _, name in found.places[:2]] == ["0:00:09", "0:00:24"]
    source = (HOME / "amnh.vtt").read_text("utf-8").replace("WEBVTT", "").replace(".000", ",000")
    assert blocks(extract("amnh.srt", source.encode()), "body") == blocks(found, "body")
    assert "no subtitles" in refusal("x.srt", b"words only")
