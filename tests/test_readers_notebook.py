"""Jupyter notebooks: cells in order, Markdown as Markdown, code and its output as preformatted text."""

import json

import pytest

import tacrochat
from laws import check_extract
from material import ROOT
from tacrochat.errors import ReadError
from tacrochat.readers import markdown, notebook
from tacrochat.readers.files import Limits, parts, read

nbformat = pytest.importorskip("nbformat", reason="the extra 'notebook' is not installed")
v3, v4 = nbformat.v3, nbformat.v4

MARKDOWN = """\
# Kettles, *measured*

Three kettles were filled  with   one litre
and heated. ![drawing](attachment:kettle.png)

- copper
    - tinned
- steel

| kettle | seconds |
| --- | --- |
| copper | 210 |

See also:

- [Ovens](ovens.md)
- [Irons](irons.md)
- [Lamps](lamps.md)

Method
------
"""
FRAME = "   kettle  seconds\n0  copper      210\n1   steel      260"


def _made():
    """Return a notebook as nbformat writes it, with every kind of cell and output."""
    cells = [
        v4.new_markdown_cell(MARKDOWN, attachments={"kettle.png": {"image/png": "iVBORw0KGgo="}}),
        v4.new_code_cell(
            "def mean(seconds):\n    return sum(seconds) / len(seconds)\n\nshow()",
            outputs=[
                v4.new_output("stream", name="stdout", text="  0%|\r 50%|\r100%| done\nnext\n"),
                v4.new_output(
                    "execute_result", {"text/plain": FRAME, "text/html": "<table>html only</table>"}
                ),
                v4.new_output(
                    "display_data", {"image/png": "iVBO", "text/plain": "<Figure size 640x480 with 1 Axes>"}
                ),
                v4.new_output(
                    "display_data", {"text/plain": "<IPython.core.display.HTML object>", "text/html": "x"}
                ),
                v4.new_output(
                    "display_data",
                    {
                        "text/plain": "<IPython.core.display.Markdown object>",
                        "text/markdown": "## Shown\n\nIt *boils*.",
                    },
                ),
            ],
        ),
        v4.new_code_cell(""),
        v4.new_raw_cell("raw: words\n  kept"),
        v4.new_code_cell(
            "1 / 0",
            outputs=[
                v4.new_output(
                    "error",
                    ename="ZeroDivisionError",
                    evalue="division by zero",
                    traceback=[
                        "\x1b[0;31m----\x1b[0m",
                        "\x1b[1;32mline 1\x1b[0m",
                        "ZeroDivisionError: division by zero",
                    ],
                )
            ],
        ),
    ]
    return v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})


def _blocks(extract):
    return [(block.role, extract.text[block.start : block.end]) for block in extract.blocks]


def _place_of(extract, words):
    offset = extract.text.index(words)
    return [place for start, place in extract.places if start <= offset][-1]


@pytest.fixture
def made():
    made = _made()
    nbformat.validate(made)
    extract = notebook.read(nbformat.writes(made).encode())
    check_extract(extract)
    return extract


def test_markdown_cells_have_the_blocks_of_markdown(made):
    alone = markdown.read(MARKDOWN)
    expected = [(b.role, b.level, b.reason, MARKDOWN[b.start : b.end]) for b in alone.blocks]
    blocks = [(b.role, b.level, b.reason, made.text[b.start : b.end]) for b in made.blocks]
    assert blocks[: len(expected)] == expected
    assert ("navigation", "list of links") in [block[:1] + block[2:3] for block in expected]
    assert made.metadata == {"title": "Kettles, *measured*"}, "the code's language is not the text's"


def test_code_and_outputs_are_preformatted(made):
    blocks = _blocks(made)
    assert ("table", "def mean(seconds):\n    return sum(seconds) / len(seconds)\n\nshow()") in blocks
    assert ("table", "100%| done\nnext") in blocks, "a progress bar as it was drawn last"
    assert ("table", FRAME) in blocks
    assert ("table", "raw: words\n  kept") in blocks
    assert ("table", "----\nline 1\nZeroDivisionError: division by zero") in blocks
    assert ("heading", "## Shown") in blocks
    assert ("body", "It *boils*.") in blocks
    for words in ("html only", "Figure size", "IPython.core", "iVBO", "\x1b"):
        assert words not in made.text


def test_the_place_is_the_cell(made):
    assert [name for _, name in made.places] == ["cell 1", "cell 2", "cell 4", "cell 5"]
    assert _place_of(made, "Three kettles") == "cell 1"
    assert _place_of(made, "It *boils*") == "cell 2"
    assert _place_of(made, "raw: words") == "cell 4"
    assert _place_of(made, "division by zero") == "cell 5"


def test_what_the_notebook_says_of_itself_goes_first():
    made = _made()
    made.metadata.update(title="The kettle book", authors=[{"name": "Ada"}, {"name": "Bo"}, 3], lang="en")
    extract = notebook.read(nbformat.writes(made).encode())
    assert extract.metadata == {"title": "The kettle book", "author": "Ada, Bo", "language": "en"}


def test_the_example_of_the_project():
    extract = read(ROOT / "examples" / "retrieval.ipynb", 10_000_000)
    check_extract(extract)
    source = json.loads((ROOT / "examples" / "retrieval.ipynb").read_text("utf-8"))
    for number, cell in enumerate(source["cells"], 1):
        first = "".join(cell["source"]).split("\n")[0]
        assert f"cell {number}" in {
            name for offset, name in extract.places if extract.text.startswith(first, offset)
        }
    assert extract.metadata["title"] == "From a folder of documents to quoted answers"


def test_format_3():
    cells = [
        v3.new_heading_cell("Kettles", level=2),
        v3.new_text_cell("markdown", "Words about *kettles*."),
        v3.new_code_cell(
            "boil()",
            outputs=[
                v3.new_output("pyout", output_text="boiled"),
                v3.new_output("stream", output_text="a line\n", stream="stdout"),
                v3.new_output("pyerr", traceback=["KeyError: 'lid'"]),
            ],
        ),
    ]
    made = v3.new_notebook(worksheets=[v3.new_worksheet(cells=cells)])
    extract = notebook.read(json.dumps(made).encode())
    check_extract(extract)
    assert _blocks(extract) == [
        ("heading", "Kettles"),
        ("body", "Words about *kettles*."),
        ("table", "boil()"),
        ("table", "boiled"),
        ("table", "a line"),
        ("table", "KeyError: 'lid'"),
    ]
    assert [name for _, name in extract.places] == ["cell 1", "cell 2", "cell 3"]


def test_a_notebook_is_quoted_with_its_cell(tmp_path, encoder):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "kettles.ipynb").write_text(nbformat.writes(_made()), "utf-8")
    library = tacrochat.build(tmp_path / "corpus", tmp_path / "index", encoder=encoder)
    assert library.skipped == ()
    assert library.verify() == []
    (hit, *_) = library.search("How many seconds did the copper kettle take?")
    document = library.documents[hit.passage.document_id]
    assert document.place(hit.passage.start) in {"cell 1", "cell 2"}
    assert hit.passage.heading == () or "Kettles, *measured*" not in hit.passage.heading


CELL = {"cell_type": "markdown", "metadata": {}, "source": ["# Kept\n", "\n", "Words that stay."]}


def _code(*outputs):
    return {"cell_type": "code", "metadata": {}, "source": "run()", "outputs": list(outputs)}


@pytest.mark.parametrize(
    ("cell", "note"),
    [
        (7, "damaged content"),
        (None, "damaged content"),
        ({}, None),
        ({"cell_type": "markdown"}, None),
        ({"cell_type": "markdown", "source": {"a": 1}}, "damaged content"),
        ({"cell_type": "code", "source": ["a", 1]}, "damaged content"),
        ({"cell_type": "code", "source": "x", "outputs": 5}, "damaged content"),
        ({"cell_type": ["code"], "source": "x"}, None),
        ({"cell_type": "heading", "level": "deep", "source": "A heading"}, None),
        ({"cell_type": "markdown", "source": "lone \ud800 surrogate \x00\x1b"}, None),
        (_code(3), "damaged outputs"),
        (_code({"output_type": "stream", "text": 3}), "damaged outputs"),
        (_code({"output_type": "execute_result", "data": []}), "damaged outputs"),
        (_code({"output_type": "error", "traceback": "text", "ename": []}), "damaged outputs"),
        (_code({"output_type": "error"}), None),
        (_code({"output_type": "unheard-of"}), None),
        (_code({"output_type": "stream", "text": "x" * 100_001}), "outputs of over 100,000 characters"),
        (_code({"output_type": "stream", "text": "\x1b[" * 40_000 + "\x1b]" * 9_000}), None),
    ],
)
def test_a_damaged_cell_takes_nothing_with_it(cell, note):
    extract = notebook.read(json.dumps({"cells": [cell, CELL], "nbformat": 4}).encode())
    check_extract(extract)
    assert _place_of(extract, "Words that stay.") == "cell 2"
    assert extract.notes == ((f"left out of cell 1: {note}",) if note else ())


def test_many_damaged_cells_are_one_note():
    extract = notebook.read(json.dumps({"cells": [0] * 5_000 + [CELL]}).encode())
    (note,) = extract.notes
    assert note.endswith("19, 20 …: damaged content")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{", "not JSON"),
        (b'{"cells": [' + b"[" * 100_000, "not JSON"),
        (b"[]", "no list of cells"),
        (b'"cells"', "no list of cells"),
        (b"{}", "no list of cells"),
        (b'{"cells": {"source": "x"}}', "no list of cells"),
        (b'{"worksheets": [1, {"cells": 2}]}', "no text"),
        (b'{"cells": []}', "no text"),
        (b'{"cells": [], "metadata": [1]}', "no text"),
        (b'{"cells": [{"cell_type": "code", "source": " \\n"}]}', "no text"),
        (b"\x7fELF" + b"\0" * 100, "binary"),
    ],
)
def test_what_is_no_notebook_is_refused_with_a_reason(data, reason, tmp_path):
    with pytest.raises(ReadError, match=reason):
        notebook.read(data)
    path = tmp_path / "bad.ipynb"
    path.write_bytes(data)
    (part,) = parts(path, Limits())
    assert reason in part.reason
