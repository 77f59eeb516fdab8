"""Pages of manuals made by others, and the forms of markup in them: what is quoted, what is set aside."""

import io
import zipfile
from pathlib import Path

import pytest

from laws import check_extract
from tacrochat.building.passages import paragraphs, passages, sections
from tacrochat.readers import epub, markdown, opendocument, webpage
from tacrochat.readers.limits import Limits
from tacrochat.types import QUOTABLE, Document

FOREIGN = Path(__file__).parent / "foreign" / "pages"
DOCUMENTS = Path(__file__).parent / "documents"


def _page(markup):
    extract = webpage.read(markup.encode() if isinstance(markup, str) else markup)
    check_extract(extract)
    return extract


def _quoted(extract):
    return [extract.text[b.start : b.end] for b in extract.blocks if b.role in QUOTABLE]


def _passages(extract):
    document = Document(0, "page", extract.metadata.get("title", ""), extract.text, "")
    found = sections(document, extract.blocks)
    lines = paragraphs(extract.text, found)
    return passages(
        document, found, lines, lambda texts: [len(t.split()) for t in texts], max_tokens=120, min_tokens=30
    )


@pytest.mark.parametrize(
    ("name", "title", "first", "aside"),
    [
        (
            "docbook.html",
            "Debian GNU/Linux Installation Guide › Chapter 8. Next Steps and Where to Go From Here"
            " › 8.5. Compiling a New Kernel",
            "Why would someone want to compile a new kernel?",
            "8.6. Recovering a Broken System",
        ),
        (
            "publican.html",
            "The Debian Administrator's Handbook › Chapter 6. Maintenance and Updates: The APT Tools"
            " › 6.4. The apt-file Command",
            "Sometimes we refer to a file or a command",
            "Next6.5. Frontends",
        ),
        ("texinfo.html", "Geomview Manual › GCL Reference › pick", "(pick COORDSYS", "Next: pick-invisible"),
        (
            "sphinx.html",
            "HackRF documentation › Enclosure Options",
            "The commercial version of HackRF One",
            "View page source",
        ),
    ],
)
def test_a_page_of_a_manual_names_its_chapter_and_quotes_only_its_text(name, title, first, aside):
    extract = _page((FOREIGN / name).read_bytes())
    assert extract.metadata["title"] == title
    quoted = _quoted(extract)
    assert quoted[0].startswith(first)
    assert not any(aside in text for text in quoted)
    assert any(aside in extract.text[b.start : b.end] for b in extract.blocks if b.role == "navigation")
    assert all(p.heading[:1] != (title.rpartition(" › ")[2],) for p in _passages(extract))


def test_a_box_beside_the_text_is_quoted_with_its_title():
    quoted = _quoted(_page((FOREIGN / "publican.html").read_bytes()))
    assert any(
        text.startswith("TIP Listing a package contents and finding") and "dpkg -L" in text for text in quoted
    )


def test_comments_and_directives_of_a_markdown_page_are_not_quoted():
    text = (FOREIGN / "myst.md").read_text("utf-8")
    extract = markdown.read(text)
    check_extract(extract)
    assert extract.text == text
    quoted = "\n".join(_quoted(extract))
    assert "External networks use network interfaces that already exist." in quoted
    assert not any(sign in quoted for sign in ("<!--", "toctree", "(network-external)="))


PROSE = "<p>A paragraph of plain prose that is long enough to be the text of this page.</p>" * 4


@pytest.mark.parametrize(
    ("markup", "quoted"),
    [
        ("<pre>if x:\n    y = 1\n\n    z = 2</pre>", "if x:\n    y = 1\n\n    z = 2"),
        ("<dl><dt>-a</dt><dt>--all</dt><dd>Show all.</dd><dt>-q</dt></dl>", "-a, --all: Show all.\n-q"),
        ('<div class="note"><h3>Note</h3><p>Keep it dry.</p></div>', "Note: Keep it dry."),
        ("<p>First line.<br><br>Second paragraph.</p>", "Second paragraph."),
        (
            '<p>The <span><a href="#">file</a><ul class="dropdown-menu"><li>B</li></ul></span> is read.</p>',
            "The file is read.",
        ),
        ("<details><summary>More</summary><p>Hidden at first.</p></details><p>Then this.</p>", "More"),
    ],
)
def test_forms_of_manuals_are_quoted_as_a_reader_sees_them(markup, quoted):
    assert quoted in _quoted(_page(f"<body><h1>Title</h1>{PROSE}{markup}</body>"))


def test_permalinks_edit_links_and_line_numbers_are_no_text():
    page = '<h2>Install<a class="headerlink" href="#install">¶</a></h2><p>Copy the file.</p>'
    page += "<p>Edit this page</p>"
    page += "<table><tr><td class=linenos><pre>1</pre></td><td><pre>make</pre></td></tr></table>"
    extract = _page(f"<body><h1>Title</h1>{PROSE}{page}</body>")
    assert "¶" not in extract.text
    assert "Edit this page" not in "\n".join(_quoted(extract))
    assert _quoted(extract)[-1] == "make"


def test_prose_in_preformatted_text_is_read_as_paragraphs():
    lines = "This service listens on one port for each\nclient that is named in the file, and it closes\n"
    lines += "the port when the client leaves.\n"
    extract = _page(f"<body><pre>{lines}\n    listen 80\n\n{lines}</pre></body>")
    assert _quoted(extract)[0] == " ".join(lines.split())
    assert "    listen 80" in _quoted(extract)[1] or "listen 80" in _quoted(extract)[1]


def test_code_and_what_introduces_it_are_one_passage():
    code = "\n".join(f"option{n} = value" for n in range(20))
    prose = "<p>" + "Some words about how this works in general, and why. " * 9 + "</p>"
    extract = _page(f"<body><h1>Title</h1>{prose}<p>For example:</p><pre>{code}</pre>{prose}</body>")
    assert any(p.text == f"For example:\n\n{code}" for p in _passages(extract))


def test_an_index_is_set_aside_and_a_table_with_long_cells_is_kept():
    index = "".join(f'<li><a href="ch{n}.html#x{n}">term {n}</a></li>' for n in range(20))
    cell = "A long description that says what the option does and when to use it. " * 15
    table = f"<table border=1><tr><th>Option</th><th>Use</th></tr><tr><td>-x</td><td>{cell}</td></tr></table>"
    extract = _page(f"<body><h1>Title</h1>{PROSE}{table}<h2>T</h2><ul>{index}</ul></body>")
    assert not any("term 7" in text for text in _quoted(extract))
    assert any("-x | A long description" in text for text in _quoted(extract))


@pytest.mark.parametrize(
    "source",
    [
        '---\ntitle: "A page"\nauthor: Ann\n---\n\nText.\n',
        '+++\ntitle = "A page"\nauthor = "Ann"\ndraft = false\n+++\n\nText.\n',
        '{\n  "title": "A page",\n  "author": "Ann"\n}\n\nText.\n',
        "% A page\n% Ann\n% 2024-01-02\n\nText.\n",
    ],
)
def test_front_matter_of_each_site_generator_gives_the_title(source):
    extract = markdown.read(source)
    check_extract(extract)
    assert (extract.metadata["title"], extract.metadata["author"]) == ("A page", "Ann")
    assert _quoted(extract) == ["Text."]


@pytest.mark.parametrize(
    ("source", "quoted"),
    [
        ("[![build](a.svg)](b) ![x](c.png)\n\nText.\n", ["Text."]),
        ('<p align="center">\n  <b>Fast</b> tool\n</p>\n\n<!-- note -->\n', ["<b>Fast</b> tool"]),
        ("!!! info\n    Only on Mondays.\n", ["Only on Mondays."]),
        (
            "!!! info\n\n    Only on Mondays,\n    and never later.\n",
            ["Only on Mondays,\n    and never later."],
        ),
        (":::tip\nUse it.\n:::\n", ["Use it."]),
        ("> [!NOTE]\n> Use it.\n", ["> Use it."]),
        ("```{note}\nUse it. Then stop.\n```\n", ["Use it. Then stop."]),
        ("**Contents**\n\n- [A](#a)\n- [B](#b)\n- [C](#c)\n\nText.\n", ["Text."]),
        ("See [it][1].\n\n[1]: https://example.org\n", ["See [it][1]."]),
    ],
)
def test_what_a_browser_does_not_show_of_markdown_is_not_quoted(source, quoted):
    extract = markdown.read(source)
    check_extract(extract)
    assert extract.text == source
    assert _quoted(extract) == quoted


def test_a_heading_of_markdown_or_html_gives_its_words_only():
    source = '<h1 align="center">The tool</h1>\n\n## Set up <a id="set-up"></a> {#x}\n\nText.\n\n'
    source += "### [Linux](l.md)\n\nMore.\n"
    extract = markdown.read(source)
    check_extract(extract)
    assert extract.metadata["title"] == "The tool"
    assert [p.heading for p in _passages(extract)] == [("Set up",), ("Set up", "Linux")]


def test_an_item_of_a_list_is_whole_over_its_lines():
    items = "".join(f"- Item {n} says that the {'long ' * 12}\n  cable is not needed.\n" for n in range(12))
    found = _passages(markdown.read(f"# Title\n\n{items}"))
    assert len(found) > 1
    assert all(p.text.startswith("- Item") and p.text.endswith("needed.") for p in found)


def test_a_book_that_was_zipped_with_its_folder_is_read():
    source = zipfile.ZipFile(DOCUMENTS / "pandoc.epub")
    moved = io.BytesIO()
    with zipfile.ZipFile(moved, "w") as target:
        for name in source.namelist():
            target.writestr(f"book/{name}", source.read(name))
    plain = epub.read((DOCUMENTS / "pandoc.epub").read_bytes(), Limits())
    assert epub.read(moved.getvalue(), Limits()).text == plain.text


def _odt(body, styles):
    uri = "urn:oasis:names:tc:opendocument:xmlns:"
    spaces = " ".join(f'xmlns:{n}="{uri}{n}:1.0"' for n in ("office", "text", "style"))
    spaces += f' xmlns:fo="{uri}xsl-fo-compatible:1.0"'
    content = (
        f"<office:document-content {spaces}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as container:
        container.writestr("content.xml", content)
    extract = opendocument.read(data.getvalue(), Limits())
    check_extract(extract)
    return extract


def test_the_styles_of_an_odt_say_what_is_code_and_what_is_a_heading():
    styles = '<style:style style:name="P1" style:parent-style-name="Preformatted_20_Text"/>'
    styles += '<style:style style:name="T1"><style:text-properties fo:font-weight="bold"/></style:style>'
    body = '<text:p><text:span text:style-name="T1">Set up</text:span></text:p><text:p>Do<text:note>'
    body += (
        "<text:note-citation>1</text:note-citation><text:note-body><text:p>A note.</text:p></text:note-body>"
    )
    body += '</text:note> this.</text:p><text:p text:style-name="P1">if x:</text:p>'
    body += '<text:p text:style-name="P1"><text:s text:c="4"/>y</text:p>'
    extract = _odt(body, styles)
    assert [(b.role, extract.text[b.start : b.end]) for b in extract.blocks] == [
        ("heading", "Set up"),
        ("body", "Do this."),
        ("body", "A note."),
        ("table", "if x:\n    y"),
    ]
