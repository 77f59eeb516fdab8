"""The two labelled sets for compound questions and for sources that differ: their labels fit the files.

What is in ``corpus/`` is checked against its text. The other folders are not in the repository, so only
the form of their labels is checked. ``test_quotes.py`` checks that a document's text is that of its file.
"""

import json
from collections import Counter

import pytest

from material import ROOT

PARTS = {"single": 1, "three": 3}  # every other form has two parts
FORMS = {
    "single": 16,
    "two_aspects": 15,
    "two_things": 10,
    "difference": 9,
    "two_groups": 9,
    "two_questions": 9,
    "three": 7,
}
FOLDERS = {"corpus": 40, "articles": 11, "health": 13, "manuals": 11}
DIFFERING = {"corpus": (28, 31), "healthver": (12, 11), "scifact": (2, 10), "stance": (11, 7)}
"""Rows of a folder whose sources differ, and rows whose sources do not."""


def rows(name):
    return [json.loads(line) for line in (ROOT / "benchmarks" / name).read_text("utf-8").splitlines()]


COMPOUND = rows("compound_questions.jsonl")
DIFFER = rows("differing_questions.jsonl")
ANSWERABLE = [(row, part) for row in COMPOUND for part in row["parts"] if part["answerable"]]


def by_id(row):
    return row["id"]


def text_at(place):
    """Return what stands at a place of ``corpus/``: document, start, end in code points."""
    document, start, end = place
    text = (ROOT / "corpus" / document).read_bytes().decode("utf-8")
    assert 0 <= start < end <= len(text)
    return text[start:end]


def places(part):
    return part.get("places", [[part["document"], part["start"], part["end"]]])


def test_no_id_and_no_question_occurs_twice():
    for names in ([row["id"] for row in COMPOUND + DIFFER], [row["question"] for row in COMPOUND + DIFFER]):
        assert [name for name, count in Counter(names).items() if count > 1] == []


def test_counts_by_form_and_folder():
    assert Counter(row["form"] for row in COMPOUND) == FORMS
    assert Counter(row["folder"] for row in COMPOUND) == FOLDERS
    assert sum(not part["answerable"] for row in COMPOUND for part in row["parts"]) == 10


def test_counts_of_differing_and_agreeing():
    counts = Counter((row["folder"], row["differ"]) for row in DIFFER)
    assert {name: (counts[name, True], counts[name, False]) for name in DIFFERING} == DIFFERING
    assert len(DIFFER) == counts.total() == sum(sum(pair) for pair in DIFFERING.values())


@pytest.mark.parametrize("row", COMPOUND, ids=by_id)
def test_a_message_has_the_parts_of_its_form(row):
    assert set(row) == {"id", "question", "folder", "form", "parts"}
    assert len(row["parts"]) == PARTS.get(row["form"], 2)
    questions = [part["question"] for part in row["parts"]]
    assert len(set(questions)) == len(questions)
    for part in row["parts"]:
        labelled = {"document", "start", "end", "answers"} if part["answerable"] else set()
        assert set(part) - {"places"} == {"question", "answerable"} | labelled


@pytest.mark.parametrize(("row", "part"), ANSWERABLE, ids=lambda value: value.get("id", ""))
def test_a_part_has_short_answers_and_distinct_places(row, part):
    assert part["answers"]
    assert all(len(answer.split()) <= 4 for answer in part["answers"])
    found = [tuple(place) for place in places(part)]
    assert found[0] == (part["document"], part["start"], part["end"])
    assert len(set(found)) == len(found)
    assert all(0 <= start < end for _, start, end in found)


@pytest.mark.parametrize(
    ("row", "part"),
    [pair for pair in ANSWERABLE if pair[0]["folder"] == "corpus"],
    ids=lambda value: value.get("id", ""),
)
def test_each_place_in_the_corpus_holds_an_answer_and_each_answer_has_a_place(row, part):
    texts = [text_at(place) for place in places(part)]
    assert all(text == text.strip() for text in texts)
    assert all(any(answer in text for answer in part["answers"]) for text in texts)
    assert all(any(answer in text for text in texts) for answer in part["answers"])


@pytest.mark.parametrize("row", DIFFER, ids=by_id)
def test_sides_are_two_for_a_disagreement_and_one_otherwise(row):
    assert set(row) == {"id", "question", "folder", "differ", "sides", "about", "why"}
    assert len(row["sides"]) == (2 if row["differ"] else 1)
    assert all(row["sides"])
    found = [json.dumps(place) for side in row["sides"] for place in side]
    assert len(set(found)) == len(found) >= 2
    assert row["about"]
    assert row["why"].endswith(".")


@pytest.mark.parametrize("row", [row for row in DIFFER if row["folder"] == "corpus"], ids=by_id)
def test_sides_in_the_corpus_are_whole_sentences(row):
    for side in row["sides"]:
        for place in side:
            text = text_at(place)
            assert text == text.strip()
            assert text[0].isupper()
            assert text.endswith(".")


@pytest.mark.parametrize("row", [row for row in DIFFER if row["folder"] != "corpus"], ids=by_id)
def test_sides_in_public_sets_are_ids(row):
    assert all(isinstance(place, str) and place.isalnum() for side in row["sides"] for place in side)
