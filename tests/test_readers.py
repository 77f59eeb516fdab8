"""Plain text and Markdown: the text is unchanged, and every block has its role; encodings; errors.

The pages here are written for the tests, after what scraped pages look like.
"""

from pathlib import Path

import pytest
from hypothesis import given

from tacrochat.errors import ReadError
from tacrochat.readers import decoding, markdown, plain
from tacrochat.readers import files as readers
from test_text import ANY_TEXT

SCRAPED = """\
Home
Health A-Z
Skin conditions
Kettle rash
Reviewed by a panel
What you should know
hands near a hot kettleKettle rash is a redness of the hands.
Symptoms of kettle rash
The first sign is a burning feeling near the thumb. Later the skin may peel.
Symptoms include:
- Redness of the fingers
- Itching at night
- Peeling skin
- Small blisters near the thumb
- Swelling that lasts over an hour
- Numbness
When to see a doctor
Call a doctor if the redness does not fade within two days.
Related Articles:
- Rash from Ovens
- Rash from Irons
- Rash from Toasters
- Rash from Lamps
- Rash from Candles
- Rash from Radiators
Further topics
Kettles for campers
A light kettle for your next trip.
Win a kettle
Take the quiz and win one of ten kettles!
Descaling made simple
Fast and easy steps.
"""

WRAPPED = """\
KETTLE OINTMENT

What it contains

The active substance is copper gluconate. The other ingredients are white
soft paraffin, liquid paraffin, propylene carbonate, white beeswax and hard
paraffin. One gram of the ointment holds one milligram of copper gluconate
and it must not be used on open wounds.

How to use it

Apply a thin layer to the hands twice a day. Do not use it for more than
six weeks without asking a doctor. Do not swallow it. If you swallow some by
accident, call a doctor at once and take this leaflet with you when you go.

Ingredients

  * copper gluconate
  * white soft paraffin
  * liquid paraffin
  * beeswax
"""

TABLE = """\
Doses

Age\tStrength\tTimes a day
2 to 15\t0.03%\ttwice
16 and over\t0.1%\ttwice

Adults who do not improve within two weeks should see the doctor again.
"""

MARKDOWN = """\
---
title: Kettle salve
kind: trial
---
# Kettle salve

Intro paragraph with a [link](https://example.org/x) and **bold**.

Setext heading
--------------

1. First do this.
2. Then do that.

See also:

- [Rash from ovens](ovens.md)
- [Rash from irons](irons.md)
- [Rash from lamps](lamps.md)

| Dose | Effect |
| --- | --- |
| 1 mg | none |

```
code # not a heading
```

> A quotation that is quotable.

<div>raw html</div>

## Closed heading ##

Last words.

[ref]: https://example.org
"""


def roles(reader, text):
    """List ``(role, text)`` of a page's blocks."""
    return [(b.role, text[b.start : b.end]) for b in reader(text).blocks]


def test_a_scraped_page():
    blocks = roles(plain.read, SCRAPED)
    assert [t for r, t in blocks if r == "heading"] == [
        "Reviewed by a panel",
        "What you should know",
        "Symptoms of kettle rash",
        "When to see a doctor",
        "Further topics",
    ]
    aside = [t for r, t in blocks if r == "navigation"]
    assert aside[:4] == ["Home", "Health A-Z", "Skin conditions", "Kettle rash"], "breadcrumbs"
    assert "hands near a hot kettle" in aside, "a caption glued to the first sentence"
    assert "Related Articles:" in aside
    assert any(t.startswith("- Rash from Ovens") and t.endswith("Radiators") for t in aside)
    assert "Take the quiz and win one of ten kettles!" in aside
    assert "A light kettle for your next trip." in aside
    body = [t for r, t in blocks if r == "body"]
    assert body[0].startswith("Kettle rash is a redness")
    assert body[-1] == "Call a doctor if the redness does not fade within two days."


def test_a_list_that_says_something_stays_quotable():
    (symptoms,) = [t for r, t in roles(plain.read, SCRAPED) if r == "list"]
    assert symptoms.startswith("- Redness of the fingers")
    assert symptoms.endswith("- Numbness")
    (ingredients,) = [t for r, t in roles(plain.read, WRAPPED) if r == "list"]
    assert ingredients.count("\n") == 3


@pytest.mark.parametrize(
    "items",
    [
        ["nausea", "headache", "back pain", "runny nose", "flu-like symptoms", "tingling skin"],
        ["Pain in the back", "Pain in the legs", "Headache", "Nausea", "Fits", "Tremor"],
        ["white soft paraffin", "liquid paraffin", "propylene carbonate", "white beeswax", "hard paraffin"],
        ["Do not swallow it.", "Do not share it.", "Do not bandage it.", "Do not warm it.", "Do not mix it."],
        ["Price et al. 2005: 11 patients", "Kim 2010: 12 patients", "Jung 2017: 26 patients"],
        ["0.03% for children", "0.1% for adults"],
    ],
)
def test_lists_of_facts_are_no_navigation(items):
    text = (
        "Facts\n\nThe leaflet names these:\n\n"
        + "\n".join(f"- {i}" for i in items)
        + "\n\nThat is all of it.\n"
    )
    assert ("list", "\n".join(f"- {i}" for i in items)) in roles(plain.read, text)


@pytest.mark.parametrize(
    ("intro", "items"),
    [
        ("Related Articles:", ["Kettles for tea", "Rash", "About us"]),
        ("See also:", ["Rash from ovens", "Rash from irons"]),
        ("You might also like", ["Ten kettles", "Best lids", "Steam"]),
        ("Good pages are these:", ["https://example.org/a", "https://example.org/b", "www.example.org"]),
        (
            "Topics of ours are:",
            [f"Salve for {x}" for x in ("Acne", "Burns", "Gout", "Warts", "Lupus", "Hives")],
        ),
    ],
)
def test_lists_of_links_are_navigation(intro, items):
    listed = "\n".join(f"- {i}" for i in items)
    text = f"Salve\n\nThe salve is made of wax, for the hands.\n\n{intro}\n\n{listed}\n\nTested in 1990.\n"
    assert ("navigation", listed) in roles(plain.read, text)


def test_wrapped_text():
    blocks = roles(plain.read, WRAPPED)
    headings = [t for r, t in blocks if r == "heading"]
    assert headings == [
        "KETTLE OINTMENT",
        "What it contains",
        "How to use it",
        "Ingredients",
    ]
    body = [t for r, t in blocks if r == "body"]
    assert len(body) == 2, "lines of one paragraph stay together"
    assert body[0].endswith("it must not be used on open wounds.")
    assert plain.read(WRAPPED).metadata["title"] == "KETTLE OINTMENT"


def test_a_table_in_plain_text():
    assert [r for r, _ in roles(plain.read, TABLE)] == ["heading", "table", "body"]


def test_names_with_capitals_inside_are_no_captions():
    text = "Videos\n\nWatch it on YouTube or McDonald Media, where the tube is shown.\n\nMore follows here.\n"
    assert not [t for r, t in roles(plain.read, text) if r == "navigation"]


def test_markdown_blocks():
    extract = markdown.read(MARKDOWN)
    assert extract.text == MARKDOWN
    assert extract.metadata == {"title": "Kettle salve", "kind": "trial"}
    blocks = roles(markdown.read, MARKDOWN)
    assert [r for r, _ in blocks] == [
        "metadata", "heading", "body", "heading", "list", "body", "navigation",
        "table", "table", "body", "body", "heading", "body", "navigation",
    ]  # fmt: skip
    assert ("list", "1. First do this.\n2. Then do that.") in blocks
    assert blocks[6][1].count("](") == 3
    levels = [b.level for b in extract.blocks if b.role == "heading"]
    assert levels == [1, 2, 2]


@pytest.mark.parametrize(
    "front",
    [
        "---\ntitle: x: [unclosed\n---\n",
        "---\n- a list\n---\n",
        "---\ntitle: x\n",
        "---\nkey: &a [*a]\n---\n",
        "---\nkey: !!python/object/apply:os.system [echo]\n---\n",
        "---\ntitle: {deep: 1}\nkind: 5\n---\n",
    ],
)
def test_bad_front_matter_is_text_not_an_error(front):
    extract = markdown.read(front + "# Heading\n\nWords.\n")
    assert extract.text.endswith("Words.\n")
    assert extract.metadata["title"] == "Heading"
    assert ("body", "Words.") in roles(markdown.read, front + "# Heading\n\nWords.\n")


def test_front_matter_dates_and_numbers_become_text():
    extract = markdown.read("---\ntitle: 1984\ndate: 2020-05-04\nsource: 'A: B'\n---\nWords.\n")
    assert extract.metadata == {"title": "1984", "date": "2020-05-04", "source": "A: B"}


@pytest.mark.parametrize("reader", [plain.read, markdown.read])
@given(ANY_TEXT)
def test_blocks_leave_out_nothing_but_white_space(reader, text):
    extract = reader(text)
    assert extract.text == text
    position = 0
    for block in extract.blocks:
        assert position <= block.start < block.end <= len(text)
        assert not text[position : block.start].strip()
        position = block.end
    assert not text[position:].strip()


ENCODED = "Größe: 5 µm – “naïve” café, 20 °C. Die Füße sind nicht nass. Tacrolimus wird dünn aufgetragen.\n"


@pytest.mark.parametrize(
    "data",
    [
        ENCODED.encode("utf-8"),
        ENCODED.encode("utf-8-sig"),
        ENCODED.encode("utf-16"),
        ENCODED.encode("utf-16-le"),
        ENCODED.encode("utf-16-be"),
        b"\xfe\xff" + ENCODED.encode("utf-16-be"),
        ENCODED.encode("utf-32"),
        ENCODED.encode("cp1252"),
        ENCODED.replace("\n", "\r\n").encode("utf-8"),
        ENCODED.replace("\n", "\r").encode("utf-8"),
    ],
    ids=[
        "utf-8",
        "utf-8-sig",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-16-be-mark",
        "utf-32",
        "cp1252",
        "crlf",
        "cr",
    ],
)
def test_encodings(data):
    assert decoding.decode(data) == ENCODED


def test_a_few_broken_bytes_do_not_garble_the_rest():
    data = (ENCODED * 5).encode("utf-8").replace("Füße".encode(), b"F\xfc\xc3\x9fe", 1)
    text = decoding.decode(data)
    assert text.count("Größe") == 5
    assert text.count("\ufffd") == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x7fELF\x02\x01\x01" + b"\0" * 40, "binary"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "binary"),
        (bytes(range(1, 32)) * 40, "binary"),
        (b"\xff\xfea", "UTF-8"),
    ],
)
def test_what_is_no_text(data, reason):
    with pytest.raises(ReadError, match=reason):
        decoding.decode(data)


def test_reading_a_file(tmp_path):
    path = tmp_path / "A Page.TXT"
    path.write_bytes(b"\xef\xbb\xbfFirst line.\r\nSecond line.\r\n")
    assert readers.read(path, 1_000).text == "First line.\nSecond line.\n"
    with pytest.raises(ReadError, match="over the limit"):
        readers.read(path, 10)
    (tmp_path / "empty.md").write_text(" \n\t\n")
    with pytest.raises(ReadError, match="empty"):
        readers.read(tmp_path / "empty.md", 1_000)
    (tmp_path / "x.unheard-of").write_text("Words.")
    with pytest.raises(ReadError, match="no reader for"):
        readers.read(tmp_path / "x.unheard-of", 1_000)
    with pytest.raises(ReadError, match="cannot be opened"):
        readers.read(tmp_path / "gone.md", 1_000)


def test_the_shared_sources(shared):
    """Check the two scraped pages the project starts from, without quoting them."""
    overview, review = sorted((shared / "sources").glob("*.txt"))
    blocks = roles(plain.read, overview.read_text("utf-8"))
    assert [r for r, _ in blocks][:3] == ["navigation"] * 3, "breadcrumbs"
    links = [t for r, t in blocks if r == "navigation" and "itiligo" in t]
    assert len(links) == 1, "the list of links"
    assert links[0].count("\n- ") > 40
    assert not [t for r, t in blocks if r != "navigation" and "itiligo" in t]
    assert sum(r == "heading" for r, _ in blocks) > 20

    blocks = roles(plain.read, review.read_text("utf-8"))
    captions = [t for r, t in blocks if r == "navigation" and t.endswith("treatment") and "\n" not in t]
    assert len(captions) == 1, "the glued caption"
    body = [t for r, t in blocks if r == "body"]
    assert body[0].startswith("Primarily")
    assert not [t for t in body if "uiz" in t], "teasers"
    assert sum(r == "heading" for r, _ in blocks) == 4


def test_readers_know_their_suffixes():
    assert {".md", ".txt"} <= readers.SUFFIXES
    assert all(s == s.lower() and s.endswith(Path("x" + s).suffix) for s in readers.SUFFIXES)
    assert readers.VERBATIM <= readers.SUFFIXES
