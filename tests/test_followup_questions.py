"""The labelled follow-up questions: their rows hold together, and the places they name are there."""

import json
import sys
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from material import ROOT, SHARED
from tacrochat.evaluation.questions import read_questions
from tacrochat.readers import markdown

sys.path.insert(0, str(ROOT / "benchmarks"))
import followup_folders

QUESTIONS = ROOT / "benchmarks" / "followup_questions.jsonl"
FORMS = {
    "first",
    "pronoun",
    "ellipsis",
    "new_subject",
    "correction",
    "back_reference",
    "not_in_documents",
    "unclear",
}
ROWS = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]


def places(row):
    """Return the labelled places of a row, the first one first."""
    own = [(row["document"], row["start"], row["end"])] if row["answerable"] else []
    return own + [tuple(place) for place in row.get("also", ())]


def is_whole(text, start, end):
    """Say whether a place is inside the text and cuts no word: a sign that the text has not moved."""
    around = text[start - 1 : start + 1], text[end - 1 : end + 1]
    cut = text[start].isspace() or any(len(pair) == 2 and pair.isalnum() for pair in around)
    return 0 < start < end <= len(text) and not cut


def wrong_places(folder, text_of):
    """Return the rows whose places are not in the documents, or whose first place holds no answer."""
    wrong = []
    for row in ROWS:
        if row["folder"] == folder and row["answerable"]:
            whole = all(is_whole(text_of(document), start, end) for document, start, end in places(row))
            first = text_of(row["document"])[row["start"] : row["end"]]
            if not whole or not any(answer in first for answer in row["answers"]):
                wrong.append(row["id"])
    return wrong


def test_the_program_can_load_them():
    assert len(read_questions(QUESTIONS)) == len(ROWS)


def test_there_are_as_many_as_promised():
    follow_ups = [row for row in ROWS if row["form"] != "first"]
    dialogues = defaultdict(set)
    for row in ROWS:
        dialogues[row["folder"]].add(row["dialogue"])
    assert len(follow_ups) >= 130
    assert sum(map(len, dialogues.values())) >= 42
    assert set(dialogues) == set(followup_folders.NAMES)
    assert len(dialogues["corpus"]) >= 12
    forms = Counter(row["form"] for row in ROWS)
    assert set(forms) == FORMS
    assert min(forms.values()) >= 8


@pytest.mark.parametrize("shift", [-3, -1, 1, 3])
@pytest.mark.parametrize(("start", "end"), [(5, 22), (23, 28)])  # a sentence, and a word
def test_a_place_that_has_moved_is_noticed(start, end, shift):
    text = "Yes. Use a thin layer. Twice daily."
    assert is_whole(text, start, end)
    assert not is_whole(text, start + shift, end + shift)


def test_ids_are_unique():
    assert [i for i, count in Counter(row["id"] for row in ROWS).items() if count > 1] == []


def test_the_history_is_the_earlier_turns_of_the_dialogue():
    assert ROWS[0]["history"] == []
    for before, row in pairwise(ROWS):
        same = before["dialogue"] == row["dialogue"]
        assert row["history"] == ([*before["history"], before["question"]] if same else []), row["id"]
        assert (row["form"] == "first") == (not same), row["id"]
        assert row["folder"] == (before["folder"] if same else row["folder"]), row["id"]
    starts = [row["dialogue"] for row in ROWS if not row["history"]]
    assert len(starts) == len(set(starts))  # no dialogue is in two pieces


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_row_is_complete(row):
    assert row["question"].strip()
    assert row["resolved"].strip()
    assert row["subject"].strip()
    assert row["subject_documents"]
    assert len(row["subject_documents"]) == len(set(row["subject_documents"]))
    if row["answerable"]:
        assert row["kind"] == "answerable"
        assert row["answers"]
        assert all(start < end for _, start, end in places(row))
        assert {document for document, _, _ in places(row)} <= set(row["subject_documents"])
    else:
        assert row["kind"] == ("unclear" if row["form"] == "unclear" else "near_topic")
        assert not {"document", "start", "end", "also"} & set(row)
        assert row["answers"] == []
    assert row["answerable"] == (row["form"] not in {"not_in_documents", "unclear"})
    assert ("choices" in row) == (row["form"] == "unclear")
    assert len(set(row.get("choices", ("one", "two")))) == 2


def test_no_text_of_other_documents_is_copied():
    long = [
        row["id"]
        for row in ROWS
        if row["folder"] != "corpus" and sum(len(answer.split()) for answer in row["answers"]) > 4
    ]
    assert long == []


def test_places_in_the_bundled_documents():
    corpus = ROOT / "corpus"
    assert wrong_places("corpus", lambda path: markdown.read((corpus / path).read_text("utf-8")).text) == []
    named = {document for row in ROWS if row["folder"] == "corpus" for document in row["subject_documents"]}
    assert [path for path in named if not (corpus / path).is_file()] == []


@pytest.mark.skipif(not (SHARED / "data" / "reader").is_dir(), reason="the public data sets are not here")
@pytest.mark.parametrize("name", ["health", "articles"])
def test_places_in_the_documents_of_the_data_sets(name, tmp_path):
    folder = followup_folders.folder(name, SHARED, tmp_path)
    assert wrong_places(name, lambda path: markdown.read((folder / path).read_bytes().decode()).text) == []
    named = {document for row in ROWS if row["folder"] == name for document in row["subject_documents"]}
    assert [path for path in named if not (folder / path).is_file()] == []
