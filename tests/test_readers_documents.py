"""Files made by real programs (tests/making): each answers its question with its own words."""

import json
from pathlib import Path

import pytest

import tacrochat
from laws import check_extract
from tacrochat.readers import files as readers

HOME = Path(__file__).parent / "documents"
EXPECTED = [json.loads(line) for line in HOME.with_suffix(".jsonl").read_text("utf-8").splitlines()]
FILES = sorted(path for path in HOME.iterdir() if not path.name.endswith(readers.SIDECAR))


@pytest.fixture(scope="module")
def library(tmp_path_factory, encoder):
    return tacrochat.build(HOME, tmp_path_factory.mktemp("documents") / "index", encoder=encoder)


@pytest.fixture(scope="module")
def assistant(library):
    return tacrochat.Assistant(library)


def test_there_are_forty_files_of_all_formats():
    assert len(FILES) >= 40
    suffixes = {path.suffix for path in FILES}
    wanted = "html htm mhtml pdf docx odt rtf epub pptx csv tsv xlsx jsonl json eml zip gz md markdown txt"
    assert suffixes == {f".{name}" for name in wanted.split()}


def test_the_folder_builds_in_one_go(library):
    # The picture in it is so coarse that a program for OCR may find words in it or not.
    assert [s.path for s in library.skipped] in ([], ["scanned.pdf"])
    assert all("OCR" in s.reason for s in library.skipped)
    named = {expected["document"] for expected in EXPECTED}
    assert {d.path for d in library.documents} >= named
    assert {d.file for d in library.documents} | {"scanned.pdf"} == {path.name for path in FILES}


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: expected["document"])
def test_each_file_answers_its_question_verbatim(assistant, expected):
    answer = assistant.ask(expected["question"])
    quote = next((q for q in answer.quotes if q.document == expected["document"]), None)
    assert quote is not None, [q.label for q in answer.quotes]
    document = assistant.library.document(expected["document"])
    assert document.text[quote.start : quote.end] == quote.text
    assert expected["answer"] in " ".join(quote.text.split())
    if expected["heading"]:
        assert expected["heading"] in quote.heading[-1]
    if expected["place"]:
        assert quote.label.endswith(f", {expected['place']}")


def test_nothing_of_a_page_around_its_text_is_quoted(library):
    boilerplate = ("House books", "Accept", "Ten mills", "cookies", "Page 1", "Page 2", "The house book of")
    for passage in library.passages:
        document = library.documents[passage.document_id]
        if document.path not in {"printed.pdf", "expected.jsonl"}:
            assert not any(words in passage.text for words in boilerplate), (document.path, passage.text)


def test_verify_agrees_with_the_files(library):
    assert library.verify() == []


def test_formats_say_who_wrote_them_and_when(library):
    documents = {d.path: d for d in library.documents}
    assert documents["by-hand.html"].author == "The clerk"
    assert documents["by-hand.html"].language == "en"
    assert documents["by-hand.html"].url == "https://example.org/by-hand" or documents["by-hand.html"].url
    assert documents["plain.eml"].author == "Clerk"
    assert documents["plain.eml"].date == "2024-03-05"
    assert documents["page.md"].kind == "guideline"  # from its side-car
    assert documents["page.md"].date == "2024-03-05"
    assert documents["notes.markdown"].author == "The clerk"
    assert documents["notes.markdown"].kind_reason is None
    assert documents["plain.txt"].kind == "unknown"
    assert documents["plain.txt"].kind_reason


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_extract_leaves_nothing_out(path):
    extracts = [part.extract for part in readers.parts(path, readers.Limits()) if part.extract]
    assert extracts or path.name == "scanned.pdf"
    for extract in extracts:
        check_extract(extract)
