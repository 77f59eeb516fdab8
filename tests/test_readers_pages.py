"""Fifteen pages with many menus (tests/making/make_pages.py): the text is kept, the rest is set aside."""

import re
from collections import Counter
from pathlib import Path

import pytest

from laws import check_extract
from tacrochat.readers import webpage
from tacrochat.types import QUOTABLE

PAGES = sorted((Path(__file__).parent / "pages").glob("*.html"))


def _words(text):
    return Counter(re.findall(r"\w+", text.lower()))


def _measured(path):
    """Return the numbers of words that were kept correctly, that were expected, and that were kept."""
    extract = webpage.read(path.read_bytes())
    check_extract(extract)
    kept = [b for b in extract.blocks if b.role in QUOTABLE or b.role == "heading"]
    got = _words(" ".join(extract.text[b.start : b.end] for b in kept))
    expected = _words(path.with_suffix(".txt").read_text("utf-8"))
    return (got & expected).total(), expected.total(), got.total()


def test_recall_and_precision_by_words():
    assert len(PAGES) >= 15
    right, expected, got = map(sum, zip(*map(_measured, PAGES), strict=True))
    assert right / expected >= 0.97
    assert right / got >= 0.95


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_each_page_alone(path):
    right, expected, got = _measured(path)
    assert right / expected >= 0.97
    assert right / got >= 0.95


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_what_is_set_aside_has_its_reason(path):
    extract = webpage.read(path.read_bytes())
    aside = [b for b in extract.blocks if b.role == "navigation"]
    assert aside
    assert all(b.reason for b in aside)


@pytest.mark.parametrize(
    ("markup", "kept"),
    [
        (
            "<p>The side effects are:</p><ul><li><a href=a>Rash</a></li><li><a href=b>Fever</a></li></ul>",
            "Rash",
        ),
        ("<h2>Ingredients</h2><ul><li>sugar</li><li>salt</li></ul>", "salt"),
        ("<h2>Recommended dose</h2><ul><li>one tablet</li><li>two drops</li></ul>", "two drops"),
        ('<h2 id="menu">Menu of the day</h2><p>There is soup, and there is bread with it.</p>', "soup"),
        ("<div class=banner><p>" + "Long prose that is most of the page. " * 40 + "</p></div>", "Long prose"),
        ("<dl><dt>Dose</dt><dd>5 mg</dd></dl>", "Dose: 5 mg"),
        ("<p hidden>unseen</p><p>Seen and read by all who come.</p>", "Seen"),
    ],
)
def test_a_guard_keeps_what_says_something(markup, kept):
    prose = "A long first paragraph of plain prose. " * 3
    page = f"<html><body><main><h1>Title</h1><p>{prose}</p>{markup}</main></body></html>"
    extract = webpage.read(page.encode())
    text = "\n".join(extract.text[b.start : b.end] for b in extract.blocks if b.role in QUOTABLE)
    assert kept in text
    assert "unseen" not in text


def test_a_table_of_data_keeps_its_rows_and_links_stay_words():
    page = b"<p>See <a href=x>the <b>list</b></a>, it is short.</p><table><tr><th>A</th><th>B</th></tr>"
    page += b"<tr><td>1</td><td>2</td></tr></table>"
    extract = webpage.read(page)
    assert "See the list, it is short." in extract.text
    assert "A | B\n1 | 2" in extract.text


def test_a_very_deep_page_loses_no_words():
    page = b"<div>" * 5000 + b"<p>At the bottom of it all.</p>" + b"</div>" * 5000 + b"<p>And after it.</p>"
    extract = webpage.read(page)
    assert "At the bottom of it all." in extract.text
    assert "And after it." in extract.text
