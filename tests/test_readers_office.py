"""OpenDocument sheets and slides, mailboxes, messages of Outlook, and the old formats of Office."""

import io
import shutil
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tacrochat
from extracts import FOREIGN, of_role
from laws import check_extract
from tacrochat.readers import legacy_office
from tacrochat.readers.compressed_richtext import decompressed
from tacrochat.readers.files import Limits, Worker
from tacrochat.readers.parts import parts_of

HAS_OFFICE = legacy_office.installed() is not None


def read(name, data):
    found = {part.name: part for part in parts_of(name, data, Limits())}
    for part in found.values():
        if part.extract:
            check_extract(part.extract)
    return found


def foreign(name):
    return read(name, (FOREIGN / name).read_bytes())


WIDE = 'table:number-columns-spanned="2"'
NOTE = "<office:annotation><text:p>secret</text:p></office:annotation>"


def open_document(kind, body, styles=""):
    names = {"office": "office", "table": "table", "text": "text", "draw": "drawing",
             "presentation": "presentation", "style": "style"}  # fmt: skip
    spaces = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{u}:1.0"' for n, u in names.items())
    content = (
        f"<office:document-content {spaces}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as container:
        container.writestr("content.xml", content)
    return made.getvalue()


def cell(text, more=""):
    return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>"


def row(*cells, more=""):
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def test_foreign_sheets_and_slides():
    (part,) = foreign("libgdata.ods").values()
    assert of_role(part.extract, "row") == ["What a test!!"]
    assert part.extract.places == ((0, "row 6"),)
    (part,) = foreign("aprx.odp").values()
    assert "Digipeater" in of_role(part.extract, "body")
    assert part.extract.metadata["author"] == "Matti Aarnio"
    assert part.extract.places[-1][1] == "slide 6"


def test_sheets_with_merged_and_repeated_cells():
    far = 'table:number-rows-repeated="1048000" table:number-columns-repeated="16384"'
    body = (
        '<table:table table:name="Doses">'
        + row(cell("Drug", 'table:number-rows-spanned="2"'), cell("Adults", WIDE),
              "<table:covered-table-cell/>")
        + row("<table:covered-table-cell/>", cell("Dose"), cell("Days"))
        + row(cell("A"), cell(f"0,5 %{NOTE}"), cell("3"))
        + row("<table:table-cell/>", more=far)
        + row(cell("B"), cell("7", 'table:number-columns-repeated="2"'))
        + "</table:table>"
        + f'<table:table table:name="Codes" table:style-name="h">{row(cell("code 7"))}</table:table>'
    )  # fmt: skip
    hidden = '<style:style style:name="h"><style:table-properties table:display="false"/></style:style>'
    (part,) = read("a.ods", open_document("spreadsheet", body, hidden)).values()
    assert of_role(part.extract, "row") == [
        "Drug: A | Adults › Dose: 0,5 % | Adults › Days: 3",
        "Drug: B | Adults › Dose: 7 | Adults › Days: 7",
        "code 7",
    ]
    assert of_role(part.extract, "heading") == ["Doses", "Codes"]
    assert part.extract.notes == ("the sheet “Codes” is hidden in the workbook; it was read too",)


def test_slides_with_titles_lists_and_notes():
    frame = '<draw:frame presentation:class="{}"><draw:text-box>{}</draw:text-box></draw:frame>'
    points = "".join(f"<text:list-item><text:p>{n} cups</text:p></text:list-item>" for n in (1, 2))
    body = (
        "<draw:page>" + frame.format("footer", "<text:p>Page foot</text:p>")
        + frame.format("outline", f"<text:list>{points}</text:list>")
        + frame.format("title", "<text:p>Kettles</text:p>")
        + "<presentation:notes>" + frame.format("notes", "<text:p>Said aloud.</text:p>")
        + "</presentation:notes></draw:page>"
    )  # fmt: skip
    (part,) = read("a.odp", open_document("presentation", body)).values()
    assert [(b.role, part.extract.text[b.start : b.end]) for b in part.extract.blocks] == [
        ("heading", "Kettles"),
        ("list", "- 1 cups\n- 2 cups"),
        ("body", "Said aloud."),
        ("navigation", "Page foot"),
    ]


def test_a_foreign_mailbox_has_a_document_for_each_message():
    found = foreign("networkx.mbox")
    assert len(found) == 5
    first = found["message-0001.eml"].extract
    assert (first.metadata["title"], first.metadata["author"], first.metadata["date"]) == (
        "NetworkX",
        "Alice",
        "2005-06-16",
    )
    assert "Thanks for the tip." in of_role(found["message-0002.eml"].extract, "body")


def test_mailboxes_are_bounded_and_lines_are_unescaped():
    message = b"From a@b Thu Jan  1 00:00:00 2020\nSubject: S\n\n>From here on it boils.\nFrom the pot.\n\n"
    found = list(parts_of("a.mbox", message * 12, Limits(members=2)))
    assert len(found) == 11
    assert found[0].extract.text.endswith("From here on it boils.\nFrom the pot.")
    assert found[-1].reason == "only its first 10 messages are read; split it"
    assert "not" in read("a.mbox", b"Words only.")[""].reason


def test_a_foreign_message_of_outlook_with_a_message_attached():
    found = foreign("outer.msg")
    assert found[""].extract.metadata["title"] == "outer subject"
    assert found[""].extract.metadata["date"] == "2016-11-15"
    assert of_role(found[""].extract, "body") == ["Outer body"]
    assert of_role(found["message-1.eml"].extract, "body") == ["body"]


def test_a_cut_message_of_outlook_is_refused_in_plain_words():
    data = (FOREIGN / "outer.msg").read_bytes()
    for length in (100, 600, 5_000, 40_000):
        part = read("a.msg", data[:length])[""]
        assert part.extract is None
        assert "Outlook" in part.reason or "message" in part.reason
        assert "save it anew" in part.reason


# Both are from the specification, [MS-OXRTFCP], 3.1 and 3.2.
HELLO = "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
REPEATED = "1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0"


def test_compressed_rich_text():
    hello = b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert decompressed(bytes.fromhex(HELLO)) == hello
    assert decompressed(bytes.fromhex(REPEATED)) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
    assert decompressed(struct.pack("<II4sI", 17, 5, b"MELA", 0) + b"{\\rtf") == b"{\\rtf"


def test_damaged_compressed_rich_text_is_refused():
    data = bytes.fromhex(HELLO)
    for length in range(len(data)):
        with pytest.raises(ValueError, match=r"it is cut short|its checksum is wrong"):
            decompressed(data[:length])
    for at in range(8, len(data)):
        with pytest.raises(ValueError, match="its checksum is wrong"):
            decompressed(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])


@given(st.binary(max_size=60), st.integers(0, 10_000))
def test_hostile_compressed_rich_text_gives_at_most_the_length_that_it_states(body, length):
    checksum = zlib.crc32(body, 0xFFFFFFFF) ^ 0xFFFFFFFF
    try:
        text = decompressed(struct.pack("<II4sI", len(body) + 12, length, b"LZFu", checksum) + body)
    except ValueError:
        return
    assert len(text) <= length


def without_plain_text(data):
    """Rename the stream of the plain text, so that only the compressed rich text is left."""
    name = "__substg1.0_1000001F".encode("utf-16-le")
    assert data.count(name) == 2, "the message, and the one attached to it"
    return data.replace(name, "__substg1.0_1FFF001F".encode("utf-16-le"))


def test_a_foreign_message_of_outlook_whose_text_is_compressed_rich_text():
    found = read("a.msg", without_plain_text((FOREIGN / "outer.msg").read_bytes()))
    assert found[""].extract.metadata["title"] == "outer subject"
    assert of_role(found[""].extract, "body") == ["Outer body"]
    assert of_role(found["message-1.eml"].extract, "body") == ["body"]


def test_damaged_rich_text_of_a_message_is_named():
    data = without_plain_text((FOREIGN / "outer.msg").read_bytes())
    at = data.index(b"LZFu") + 100
    part = read("a.msg", data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])[""]
    assert part.reason == "the text of this message is damaged; save it anew, as .eml"


@pytest.mark.skipif(not HAS_OFFICE, reason="LibreOffice is not installed")
def test_old_files_are_converted_in_the_limited_process():
    with Worker(Limits()) as worker:
        sheet = worker.read(FOREIGN / "contacts.xls").parts[0].extract
        deck = worker.read(FOREIGN / "libgdata.ppt").parts[0].extract
        text = worker.read(FOREIGN / "libgdata.doc").parts[0].extract
    assert len(of_role(sheet, "row")) >= 5
    assert of_role(sheet, "metadata")
    assert "TEST" in deck.text
    assert "SUPER" in text.text


def test_without_libreoffice_the_report_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(legacy_office, "PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    found = foreign("libgdata.doc")[""]
    assert "install" in found.reason
    assert "libreoffice-writer" in found.reason
    assert not found.lasting
    assert "libreoffice-calc" in foreign("contacts.xls")[""].reason


def test_new_files_under_old_names_need_no_libreoffice(monkeypatch, tmp_path):
    monkeypatch.setattr(legacy_office, "PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read("a.doc", b"{\\rtf1 The tin kettle.}")[""].extract.text == "The tin kettle."
    assert read("a.xls", b"Name\tUse\nkettle\ttea\n")[""].extract.text.endswith("Name: kettle | Use: tea")
    page = b"<html><body><h1>Pots</h1><p>The tin pot is small and round.</p></body></html>"
    assert "tin pot" in read("a.xls", page)[""].extract.text


def test_a_folder_with_all_of_them_builds_and_verifies(tmp_path, encoder):
    corpus = tmp_path / "corpus"
    left_out = ("*.doc", "*.ppt", "*.xls", "README.md", "*.pdf")  # a PDF is built in test_readers_pdf
    shutil.copytree(FOREIGN, corpus, ignore=shutil.ignore_patterns(*left_out))
    library = tacrochat.build(corpus, tmp_path / "index", encoder=encoder)
    files = {path.relative_to(corpus).as_posix() for path in corpus.rglob("*") if path.is_file()}
    assert {document.file for document in library.documents} == files
    assert library.verify() == []
    row = next(p for p in library.passages if p.text.startswith("alpha_2: SU"))
    assert "name: USSR" in row.text
