"""XML by its structure, with closed entities."""

import time

import pytest

from extracts import foreign, of_role, read
from tacrochat.readers.files import Limits
from tacrochat.readers.parts import parts_of


def test_a_foreign_docbook_manual():
    extract = foreign("ark.docbook")
    headings = [(b.level, extract.text[b.start : b.end]) for b in extract.blocks if b.role == "heading"]
    assert headings[1] == (2, "Introduction")
    assert (3, "Opening Archives") in headings
    assert extract.metadata["date"] == "2016-09-10"
    assert any("7zip, xz, rpm" in text for text in of_role(extract, "body"))
    aside = {block.reason for block in extract.blocks if block.role == "navigation"}
    assert "publication details" in aside
    assert not any("KDE gzip gunzip" in text for text in of_role(extract, "body"))
    assert extract.notes[0].startswith("only the names stand for texts that are defined in other files:")


@pytest.mark.parametrize("name", ["npm-ci.jats", "npm-ci.tei"])
def test_foreign_jats_and_tei(name):
    extract = foreign(name)
    assert extract.metadata["title"] == "npm ci"
    headings = of_role(extract, "heading")
    assert headings[-1] == "See Also"
    assert "Description" in headings
    assert sum(text.startswith("- ") for text in of_role(extract, "list")) >= 1
    assert any("npm ci" in text for text in of_role(extract, "body"))


DOCBOOK = """<?xml version="1.0"?>
<!DOCTYPE article [<!ENTITY app "Kettle &amp; Co">]>
<article><title>The kettle</title>
<section xml:id="care"><title>Care</title>
<para>&app; says: rinse it.<footnote><para>With warm water.</para></footnote>
<indexterm><primary>x</primary></indexterm>
<itemizedlist><listitem><para>First this.</para></listitem>
<listitem><para>Then that.</para></listitem></itemizedlist>
It shines afterwards, see <xref linkend="care"/>.</para>
<variablelist><varlistentry><term>Tin</term>
<listitem><para>A soft metal.</para></listitem></varlistentry></variablelist>
<programlisting>boil
  water</programlisting>
<table><title>Cups</title><tgroup cols="2"><thead><row><entry>Pot</entry><entry>Cups</entry></row></thead>
<tbody><row><entry>tin</entry><entry>3</entry></row></tbody></tgroup></table></section>
<bibliography><title>Sources</title><bibliomixed>Clerk, 1990.</bibliomixed></bibliography></article>"""


def test_the_parts_of_a_docbook_section():
    extract = read("a.xml", DOCBOOK)
    assert of_role(extract, "heading") == ["The kettle", "Care", "Sources"]
    assert of_role(extract, "body") == [
        "Kettle & Co says: rinse it.",
        "With warm water.",
        "It shines afterwards, see Care.",
        "Cups",
    ]
    assert of_role(extract, "list") == ["- First this.\n- Then that.", "- Tin: A soft metal."]
    assert of_role(extract, "table") == ["boil\n  water\nPot | Cups\ntin | 3"] or of_role(
        extract, "table"
    ) == [
        "boil\n  water",
        "Pot | Cups\ntin | 3",
    ]
    assert of_role(extract, "navigation") == ["Clerk, 1990."]


def test_other_xml_by_its_text_and_records():
    page = "<doc><title>Pots</title><p>The <b>tin</b> pot.</p><pot><name>tin</name><cups>3</cups></pot></doc>"
    extract = read("a.xml", page)
    assert [(b.role, extract.text[b.start : b.end]) for b in extract.blocks] == [
        ("heading", "Pots"),
        ("body", "The tin pot."),
        ("row", "name: tin | cups: 3"),
    ]
    extract = read(
        "b.xml", '<codes><code alpha="Adlm" name="Adlam"/><code alpha="Afak" name="Afaka"/></codes>'
    )
    assert of_role(extract, "row") == ["alpha: Adlm | name: Adlam", "alpha: Afak | name: Afaka"]


def test_entities_open_nothing_and_do_not_grow(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the hidden recipe")
    page = f'<!DOCTYPE d [<!ENTITY x SYSTEM "{secret.as_uri()}">]><d><p>Before &x; after.</p></d>'
    extract = read("a.xml", page)
    assert "hidden recipe" not in extract.text
    assert any("which is another file" in note for note in extract.notes)
    bomb = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE d [<!ENTITY l0 "laugh">{bomb}]><d><p>Words. {"&l11;" * 2_000}</p></d>'
    loop = '<!DOCTYPE d [<!ENTITY a "&b;"><!ENTITY b "&a;">]><d><p>Words &a;.</p></d>'
    began = time.process_time()
    for data in (
        bomb,
        loop,
        "<d>" * 100_000 + "Words" + "</d>" * 100_000,
        "<d a='" + "x" * 12_000_000 + "'>Words</d>",
    ):
        for part in parts_of("a.xml", data.encode(), Limits()):
            assert part.reason or len(part.extract.text) < 15_000_000
    assert time.process_time() - began < 10
