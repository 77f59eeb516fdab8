"""What ``benchmarks/real/measures.py`` counts, on small texts whose figures are plain."""

import sys

import pytest

from material import ROOT
from tacrochat.types import Passage, Section

sys.path.insert(0, str(ROOT / "benchmarks"))
from real import measures
from real.measures import Reference, measure

KETTLE = (
    "The kettle is filled with cold water every morning.\n"
    "A well-known cleaning command removes the scale from its bottom.\n"
    "\n"
    "Lemon juice is the cheapest of all cleaners for it."
)


def passage(text, role="body", start=0):
    return Passage(0, 0, (), start, start + len(text), text, role)


def figures(*texts, source, role="body", sections=(), text=""):
    return measure([passage(each, role) for each in texts], sections, text, source)


def test_a_file_that_is_read_as_it_is_shown_has_nothing_wrong():
    first, second = KETTLE.split("\n\n")
    counted = figures(first, second, source=Reference(KETTLE))
    assert counted.shares() == pytest.approx(
        {
            "broken words": 0,
            "cut paragraphs": 0,
            "navigation": 0,
            "lost text": 0,
            "of it running heads": float("nan"),
            "set aside": 0,
            "no reader": 0,
        },
        nan_ok=True,
    )
    assert (counted.files, counted.passages, counted.body) == (1, 2, 2)
    assert counted.words == len(KETTLE.split())
    assert counted.source_words == len(KETTLE.replace("well-known", "wellknown").split())


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("a cleaning command", []),
        ("a cleaning com-mand", ["com-mand"]),
        ("a cleaning com- mand", ["com- mand"]),
        ("a cleaning com-\nmand", ["com-\nmand"]),
        ("a well-known command", []),  # the source shows it with the hyphen
        ("coldwater every morning", ["coldwater (two words)"]),
        ("teapot", []),  # unknown to the source, but not two of its words
        ("the \ufffdettle and the \ufb01rst", ["\ufffdettle", "\ufb01rst"]),
        ("pre- and afternoon", []),
    ],
)
def test_broken_words(text, broken):
    counted = figures(text, source=Reference(KETTLE))
    assert counted.examples["broken words"] == broken
    assert (counted.broken, counted.words) == (len(broken), len(text.split()))


def test_a_word_that_the_source_shows_apart_is_not_broken():
    assert figures("a cleaning com- mand", source=Reference("a cleaning com- mand")).broken == 0


def test_a_private_character_counts_in_a_pdf_only_if_another_program_does_better():
    text = "press the \ue001 key"
    for is_pdf, source, broken in (
        (True, text, 0),
        (True, "press the return key", 1),
        (False, text, 1),
    ):
        assert figures(text, source=Reference(source, is_pdf=is_pdf)).broken == broken


PROSE = (
    "Scale forms when hard water is heated. It is removed with vinegar, which has to stand in the kettle"
    " for an hour at least.\n"
    "\n"
    "The lid is washed by hand. It must not be put into a machine."
)


@pytest.mark.parametrize(
    ("texts", "reasons"),
    [
        (PROSE.split("\n\n"), []),
        (["Scale forms when hard water is heated.", PROSE.split("heated. ")[1]], []),
        (
            [
                "Scale forms when hard water is heated. It is removed with vinegar, which has",
                "to stand in the kettle for an hour at least.",
            ],
            ["source goes on with “to”", "goes on after “has”"],
        ),
        (["The lid is washed by hand. It must not be put into a"], ["ends with “a”"]),
        (["machine."], ["goes on after “a”"]),
    ],
)
def test_cut_paragraphs(texts, reasons):
    counted = figures(*texts, source=Reference(PROSE))
    assert [
        example[1 : example.index("]")] for example in counted.examples.get("cut paragraphs", [])
    ] == reasons
    assert (counted.cut, counted.body) == (len(reasons), len(texts))


def test_rows_code_and_whole_elements_are_no_cut_paragraphs():
    half = "It is removed with vinegar, which has"
    assert figures(half, source=Reference(PROSE), role="row").body == 0
    assert figures("if (kettle[i] = full) { stop(); } while", source=Reference(PROSE)).cut == 0
    label = "Fill in the form with these"
    shown = f"{label}\n\nname and address of the reader"
    assert figures(label, source=Reference(shown, is_marked_up=True)).cut == 0
    assert figures(label, source=Reference(shown)).cut == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("The next page has an index of all lids.", ""),
        ("1 Kettles ........ 3\n2 Lids .......... 7", "table of contents"),
        ("Kettles ..... 3 Lids ..... 7 Uses ..... 9", "table of contents"),
        ("Prev  Up  Next", "previous and next"),
        ("Next, it goes up to the top of the page.", ""),
        ("Page 3 of 7", "page number"),
        ("- xvii -", "page number"),
        ("Copyright 2020 The Kettle Society", "copyright"),
        ("boiling, 3\ncleaning, 4\nhandle, 9\nlid, 4, 12\nscale, 7\nwater, 1", "index"),
        ("THE KETTLE HANDBOOK 12\nScale forms when water is heated.", "running head"),
        ("Scale forms when 12 water is heated.", "page number inside"),
        ("Cleaning it\nFilling it\nStoring it", "links"),
        ("Cleaning it\nFilling it\nThe kettle is stored in a dry place when it is empty.", ""),
    ],
)
def test_navigation(text, reason):
    source = Reference(
        "",
        links=frozenset({"cleaning it", "filling it", "storing it"}),
        heads=frozenset({"the kettle handbook #"}),
        numbers=frozenset({("when", "12")}),
    )
    assert measures.navigation(passage(text), source) == reason
    assert measures.navigation(passage(text, "row"), source) == "", "rows are data"
    assert measure([passage(text)], (), "", source).navigation == bool(reason)


PAGES = [f"The kettle handbook {n}\nKettle {'abcde'[n]} boils\nand whistles\n{n + 7}" for n in range(5)]


def test_running_heads_and_page_numbers_are_lines_of_many_pages():
    assert measures.running_heads(PAGES) == {"the kettle handbook #", "and whistles", "#"}
    assert measures.running_heads(PAGES[:3]) == set(), "three pages are too few"
    assert ("whistles", "8") in measures.page_numbers(PAGES)
    assert measures.page_numbers(["one\ntwo\nthree"]) == set()


def test_lost_text_is_what_no_passage_heading_or_reasoned_part_has():
    text = "Home Products\n\nKettles\n\nA kettle boils water."
    sections = (
        Section(0, (), 0, 13, "navigation", "menu"),
        Section(0, (), 15, 22, "heading"),
        Section(0, ("Kettles",), 24, len(text), "body"),
    )
    source = Reference(text + "\n\nIt whistles loudly.")
    counted = figures("A kettle boils water.", source=source, sections=sections, text=text)
    assert (counted.source_words, counted.set_aside, counted.lost) == (10, 2, 3)
    assert counted.examples["lost text"] == ["it whistles loudly"]
    assert counted.shares()["lost text"] == pytest.approx(0.3)
    without_reason = (Section(0, (), 0, 13, "navigation"), *sections[1:])
    assert figures("A kettle boils water.", source=source, sections=without_reason, text=text).lost == 5


def test_a_word_that_is_shown_twice_and_kept_once_is_lost_once():
    assert figures("boil water", source=Reference("boil water, boil water")).lost == 2


def test_running_heads_that_are_lost_are_counted_apart():
    source = Reference("\f".join(PAGES), is_pdf=True, heads=frozenset({"the kettle handbook #"}))
    kept = [f"Kettle {'abcde'[n]} boils and whistles" for n in range(5)]
    counted = figures(*kept, source=source)
    assert (counted.lost, counted.lost_heads) == (15, 15)
    assert counted.shares()["of it running heads"] == 1


def test_words_are_compared_without_hyphens_ligatures_case_and_numbers():
    assert measures.words("The \ufb01rst well-\nKnown co\u00adoker of 1887, No. 4b") == [
        "the", "first", "wellknown", "cooker", "of", "no", "4b",
    ]  # fmt: skip


def test_counts_of_files_add_up():
    total = measures.Figures()
    for text in ("coldwater every morning", "a cleaning com-mand"):
        total.add(figures(text, source=Reference(KETTLE)))
    assert (total.files, total.passages, total.broken, total.words) == (2, 2, 2, 6)
    assert total.examples["broken words"] == ["coldwater (two words)", "com-mand"]
