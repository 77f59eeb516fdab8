"""PDF files that others made (tests/foreign): columns, pages, hyphens, boxes, and pictures of pages."""

import io
import os
import re
import shutil

import numpy as np
import pypdfium2
import pytest
from rapidfuzz.distance import Levenshtein

import tacrochat
from laws import check_extract
from material import ROOT
from tacrochat.arrays import CharacterBoxes
from tacrochat.errors import QuestionError, ReadError
from tacrochat.readers.limits import Limits
from tacrochat.readers.pdf import read
from tacrochat.readers.pdf_words import Words
from tacrochat.types import Document

FOREIGN = ROOT / "tests" / "foreign"
NAMES = ("alice", "gitmagic", "minimap2")


@pytest.fixture(scope="module")
def extracts():
    return {name: read((FOREIGN / f"{name}.pdf").read_bytes(), Limits()) for name in NAMES}


def blocks(extract, *roles):
    return [extract.text[b.start : b.end] for b in extract.blocks if b.role in roles]


@pytest.mark.parametrize("name", NAMES)
def test_an_extract_leaves_nothing_out(extracts, name):
    check_extract(extracts[name])
    known = set(re.findall(r"[^\W\d_]{3,}", extracts[name].text.lower()))
    document = pypdfium2.PdfDocument(FOREIGN / f"{name}.pdf")
    # The words that PDFium finds itself, but for those that a line end cuts.
    drawn = [page.get_textpage().get_text_bounded() for page in document]
    whole = [word for text in drawn for word in re.findall(r"(?<=[ \n])[^\W\d_]{3,}(?=[ ,.])", text.lower())]
    lost = [word for word in whole if word not in known]
    assert len(whole) > 500
    assert len(lost) <= 0.005 * len(whole), lost


def test_two_columns_are_read_one_after_the_other(extracts):
    text = extracts["minimap2"].text
    # From the end of the left column to the start of the right one, in the middle of a sentence.
    assert "adjacent anchors. It uses" not in text
    places = [text.index(words) for words in ("1 INTRODUCTION", "2 METHODS", "2.1.1 Chaining", "2.1.2 Back")]
    assert places == sorted(places)
    assert any("We will evaluate the performance" in b for b in blocks(extracts["minimap2"], "body"))


def test_a_paragraph_goes_on_over_a_page(extracts):
    extract = extracts["alice"]
    document = Document(0, "alice.pdf", "", extract.text, "", pages=extract.pages)
    bodies = [b for b in extract.blocks if b.role == "body"]
    over = [b for b in bodies if document.page(b.start) != document.page(b.end - 1)]
    assert len(over) >= 2
    for block in over:
        text = extract.text[block.start : block.end]
        assert re.match(r"[‘“]?[A-Z]", text)
        assert re.search(r"[.!?:][’”]?$", text)
    # A page starts with the first word that is drawn on it, also inside a paragraph.
    pages = pypdfium2.PdfDocument(FOREIGN / "alice.pdf")
    for number in range(2, len(pages)):
        drawn = " ".join(pages[number].get_textpage().get_text_range().split())
        start = extract.text[extract.pages[number] :][:20]
        assert start.split("\n")[0].strip() in drawn


def test_running_heads_and_page_numbers_are_set_aside(extracts):
    aside = {
        (extracts["alice"].text[b.start : b.end], b.reason) for b in extracts["alice"].blocks if b.reason
    }
    assert ("# CHAPTER #. THE POOL OF TEARS", "running head") in aside
    quoted = "\n".join(blocks(extracts["alice"], "body", "list"))
    assert "THE POOL OF TEARS" not in quoted
    assert not re.search(r"^\d+$", quoted, re.MULTILINE)


def test_a_printed_table_of_contents_is_set_aside(extracts):
    contents = [b for b in extracts["gitmagic"].blocks if b.reason == "table of contents"]
    assert contents
    assert not any(
        re.search(r"\.{5}|(\. ){5}", text) for text in blocks(extracts["gitmagic"], "body", "list")
    )
    assert "1.2. Version Control" in blocks(extracts["gitmagic"], "heading")


def test_code_keeps_its_lines(extracts):
    tables = "\n\n".join(blocks(extracts["gitmagic"], "table"))
    assert (
        "$ git clone git://github.com/blynn/gitmagic.git\n$ git clone git://gitorious.org/gitmagic" in tables
    )


def test_the_outline_gives_the_level_of_headings():
    data = (ROOT / "tests" / "documents" / "writer.pdf").read_bytes()
    extract = read(data, Limits())
    levels = {extract.text[b.start : b.end]: b.level for b in extract.blocks if b.role == "heading"}
    assert levels["Larkspur Bakery"] == 1
    assert levels["Ovens"] == levels["Letters"] == 2


HYPHENS = [
    ("tech", "nology", False),  # a list of words has it joined
    ("docu", "ments", False),
    ("user", "supplied", True),  # both parts are words, the whole is not
    ("paired", "end", True),  # the document has it with the hyphen
    ("sur", "mounting", False),
    ("mini", "map", False),  # the document has it joined, and no list of words
    ("base", "Level", True),
]


@pytest.mark.parametrize(("stem", "rest", "kept"), HYPHENS)
def test_a_hyphen_at_the_end_of_a_line_stays_where_it_belongs_to_the_word(stem, rest, kept):
    class Line:
        text = "The minimap program aligns paired-end reads."

    assert Words([Line()]).keeps_hyphen(stem, rest) is kept


def test_no_word_is_broken(extracts):
    for extract in extracts.values():
        assert not re.search("[\x02\u00ad\ufffe\ufffd\ufb00-\ufb06]", extract.text)
    text = " ".join(" ".join(blocks(extracts[name], "body")) for name in NAMES)
    assert not re.search(r"[^\W\d_]{3,}- (?!and\b|or\b)[a-z]{3,}", text)
    assert "base-level alignment" in text


@pytest.mark.parametrize("name", NAMES)
def test_the_boxes_of_a_text_hold_its_words_on_the_page(extracts, name):
    extract = extracts[name]
    boxes = CharacterBoxes.unpacked(extract.boxes, len(extract.text))
    document = pypdfium2.PdfDocument(FOREIGN / f"{name}.pdf")
    assert len(extract.boxes) < 3 * len(extract.text)
    bodies = [b for b in extract.blocks if b.role == "body" and b.end - b.start > 80][:40]
    for block in bodies:
        drawn = [
            document[page - 1].get_textpage().get_text_bounded(left - 0.1, bottom, right + 0.1, top)
            for page, left, bottom, right, top in boxes.lines(block.start, block.end)
        ]
        letters = re.sub(r"\W", "", "".join(drawn))
        wanted = re.sub(r"\W", "", extract.text[block.start : block.end])
        assert Levenshtein.normalized_similarity(letters, wanted) > 0.9, extract.text[block.start :][:80]


def test_boxes_survive_packing():
    pages = np.array([1, 1, 0, 2, 2], np.int32)
    edges = np.array([[10, 20, 15.3, 30], [15.3, 20, 19, 30], [0] * 4, [-5, 700, 9, 712], [3, 7, 4, 8]])
    boxes = CharacterBoxes(pages, edges.astype(np.float32))
    again = CharacterBoxes.unpacked(boxes.packed(), 5)
    assert again.pages.tolist() == pages.tolist()
    assert np.allclose(again.edges[pages > 0], edges[pages > 0], atol=0.051)
    assert again.lines(0, 3) == [(1, 10.0, 20.0, 19.0, 30.0)]
    for data, count in ((boxes.packed(), 6), (boxes.packed()[:-9], 5), (b"x", 5)):
        with pytest.raises(ValueError, match="boxes"):
            CharacterBoxes.unpacked(data, count)


def test_an_index_keeps_the_boxes_also_of_files_that_did_not_change(tmp_path, encoder):
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    corpus.mkdir()
    shutil.copy(FOREIGN / "alice.pdf", corpus)
    (corpus / "note.md").write_text("A note has lines and no pages.\n")
    library = tacrochat.build(corpus, index, encoder=encoder)
    for _ in range(2):
        answer = tacrochat.Assistant(library).ask("What did the cat’s mistress say to the mouse in French?")
        quote = next(q for q in answer.quotes + answer.nearest if q.document == "alice.pdf")
        boxes = library.boxes(quote.document_id, quote.start, quote.end)
        assert {page for page, *_ in boxes} >= {quote.page}
        assert all(left < right and bottom < top for _, left, bottom, right, top in boxes)
        (corpus / "note.md").write_text("Another note has lines and no pages.\n")
        library = tacrochat.build(corpus, index, encoder=encoder)
    assert library.boxes(library.document("note.md").id, 0, 10) == []
    with pytest.raises(QuestionError):
        library.boxes(99, 0, 10)


def picture_of(name, page, *, dpi, skew, noise):
    """Print a page to a picture as a scanner would: turned a little, grey, with noise."""
    from PIL import Image

    drawn = pypdfium2.PdfDocument(FOREIGN / f"{name}.pdf")[page].render(scale=dpi / 72, grayscale=True)
    turned = drawn.to_pil().convert("L").rotate(skew, resample=Image.Resampling.BICUBIC, fillcolor=255)
    grey = np.asarray(turned, np.float32) * 0.93 + 8
    grey += np.random.default_rng(1).normal(0, noise, grey.shape)
    file = io.BytesIO()
    Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).save(file, "PDF", resolution=dpi, quality=80)
    return file.getvalue()


def needs_ocr():
    if not shutil.which("tesseract"):
        assert not os.environ.get("TACROCHAT_NEEDS_OCR"), "tesseract is missing: install tesseract-ocr"
        pytest.skip("tesseract is not installed")


@pytest.mark.parametrize(("dpi", "skew", "noise", "errors"), [(200, 0.7, 12, 0.02), (150, -0.7, 8, 0.03)])
def test_a_scan_is_read(extracts, dpi, skew, noise, errors):
    needs_ocr()
    extract = read(picture_of("alice", 3, dpi=dpi, skew=skew, noise=noise), Limits())
    check_extract(extract)
    boxes = CharacterBoxes.unpacked(extracts["alice"].boxes, len(extracts["alice"].text))
    page = np.flatnonzero(boxes.pages == 4)
    wanted = extracts["alice"].text[page[0] : page[-1] + 1]
    read_text = " ".join(blocks(extract, "body", "list"))
    wanted, read_text = (re.sub(r"\s+", " ", text.translate(QUOTES)) for text in (wanted, read_text))
    read_text = read_text.removeprefix("21 ").removesuffix(" 21")
    assert Levenshtein.distance(wanted, read_text) <= errors * len(wanted)
    document = Document(0, "scan.pdf", "", extract.text, "", pages=extract.pages, places=extract.places)
    assert re.fullmatch(r"page 1, read by optical character recognition, \d\d% sure", document.place(9))
    drawn = CharacterBoxes.unpacked(extract.boxes, len(extract.text)).lines(0, 60)
    assert drawn
    assert all(page == 1 and 60 < left < right < 560 for page, left, _, right, _ in drawn)


QUOTES = str.maketrans("‘’“”–—", "''\"\"--")


def test_a_scan_without_a_program_to_read_it_says_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(
        ReadError, match=r"its 1 pages are pictures of text.*apt-get install tesseract-ocr"
    ) as error:
        read(picture_of("alice", 3, dpi=72, skew=0, noise=0), Limits())
    assert not error.value.lasting  # the next build tries again


def test_scans_that_take_too_long_are_left_out_with_a_reason():
    needs_ocr()
    with pytest.raises(ReadError, match=r"no time to read them.*TACROCHAT_READER_SECONDS"):
        read(picture_of("alice", 3, dpi=72, skew=0, noise=0), Limits(seconds=0))
