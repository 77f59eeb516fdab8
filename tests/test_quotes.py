"""The promise: every quote of every answer stands in its file, whole, at the offsets it names."""

import json
from collections import Counter
from pathlib import Path

import pytest

import tacrochat
from index_files import segment_folder
from material import ROOT, line_spans, write_pages
from source_questions import QUESTIONS
from tacrochat.answering.quoting import cut
from tacrochat.cli import main
from tacrochat.errors import QuoteError
from tacrochat.text import sentences
from tacrochat.types import QUOTABLE, Hit

CORPUS_QUESTIONS = [
    json.loads(line)
    for line in (ROOT / "benchmarks" / "corpus_questions.jsonl").read_text("utf-8").splitlines()
]


def file_text(path):
    """Decode a file on our own: UTF-8, no byte-order mark, one kind of newline."""
    return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


class Checker:
    """Holds a library's files and where its sentences start and end, found anew."""

    def __init__(self, library, root):
        self.library = library
        self.texts = {d.path: file_text(root / d.path) for d in library.documents}
        self.starts, self.ends = {}, {}
        for document in library.documents:
            text = self.texts[document.path]
            assert document.text == text
            starts, ends = set(), set()
            for section in library.sections(document.id):
                if section.role not in QUOTABLE:
                    continue
                spans = sentences(text, section.start, section.end)
                if section.role != "body":  # a list or table is cut at lines too
                    spans += line_spans(text, section.start, section.end)
                starts |= {a for a, _ in spans}
                ends |= {b for _, b in spans}
            self.starts[document.path], self.ends[document.path] = starts, ends

    def check(self, quote):
        text = self.texts[quote["document"]]
        assert text[quote["start"] : quote["end"]] == quote["text"]
        assert quote["text"].strip() == quote["text"] != ""
        starts, ends = self.starts[quote["document"]], self.ends[quote["document"]]
        assert quote["start"] in starts
        assert quote["end"] in ends
        for start, end in quote["highlights"]:
            assert quote["start"] <= start < end <= quote["end"]
            assert start in starts
            assert end in ends
        assert quote["line"] == text[: quote["start"]].count("\n") + 1
        assert f", line {quote['line']}" in quote["label"]
        assert quote["label"].startswith(quote["title"])
        assert all(part in quote["label"] for part in quote["heading"])

    def check_answer(self, answer, top=4):
        assert answer.status in {"answered", "uncertain", "not_found"}
        values = answer.to_dict()
        quotes = values["quotes"] + values["nearest"]
        for quote in quotes:
            self.check(quote)
        places = [(q["document"], q["start"]) for q in quotes]
        assert len(set(places)) == len(places), "the same passage twice"
        assert len(values["quotes"]) <= top
        assert bool(values["quotes"]) == (answer.status != "not_found")
        assert bool(values["nearest"]) == (answer.status == "not_found")
        assert not (values["quotes"] and values["nearest"])
        assert 0 <= answer.confidence <= 1
        return quotes


def ask_all(library, root, questions):
    checker, assistant = Checker(library, root), tacrochat.Assistant(library)
    seen = Counter()
    for question in questions:
        answer = assistant.ask(question["question"], history=question.get("history", ()))
        seen[answer.status] += 1
        seen["quotes"] += len(checker.check_answer(answer))
    return seen


def test_every_quote_over_the_corpus(corpus_library):
    assert len(CORPUS_QUESTIONS) >= 100
    seen = ask_all(corpus_library, ROOT / "corpus", CORPUS_QUESTIONS)
    assert seen["quotes"] > 300
    assert seen["answered"] > 20
    assert seen["uncertain"] > 5
    assert seen["not_found"] > 5


def test_every_quote_over_the_sources(sources_library, shared):
    assert len(QUESTIONS) >= 100
    seen = ask_all(sources_library, shared / "sources", [{"question": q} for q in QUESTIONS])
    assert seen["quotes"] > 150
    assert seen["answered"] > 20
    assert seen["uncertain"] > 5
    assert seen["not_found"] > 5


@pytest.mark.parametrize("name", ["corpus_library", "sources_library"])
def test_every_passage_stands_in_its_document(name, request):
    library = request.getfixturevalue(name)
    for passage in library.passages:
        document = library.documents[passage.document_id]
        assert document.text[passage.start : passage.end] == passage.text


FIRST = [
    ("What is the success rate of the 0.1 ointment?", "60-70%"),
    ("Can it harm the kidneys?", "kidney"),
    ("What is Provillus?", "Provillus"),
    ("How often is it applied?", "twice a day"),
]


@pytest.mark.parametrize(("question", "words"), FIRST)
def test_the_sources_answer_first(sources_library, question, words, capsys):
    assert main(["ask", "--index", str(sources_library.folder), "--json", question]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] in {"answered", "uncertain"}  # "it" is all that the second names
    first = answer["quotes"][0]
    assert words in first["text"]
    lit = [first["text"][a - first["start"] : b - first["start"]] for a, b in first["highlights"]]
    assert any(words in sentence for sentence in lit)


def test_what_stands_only_in_a_list_of_links_is_no_answer(sources_library, capsys):
    question = "Does tacrolimus help with vitiligo?"
    assert main(["ask", "--index", str(sources_library.folder), "--json", question]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] == "not_found"
    assert "vitiligo" in answer["missing_terms"]
    assert answer["quotes"] == []
    assert not [q for q in answer["nearest"] if "itiligo" in q["text"]]
    assert all(q["highlights"] == [] for q in answer["nearest"])


def test_each_document_is_quoted_before_any_is_quoted_twice(corpus_library):
    assistant = tacrochat.Assistant(corpus_library)
    for question in CORPUS_QUESTIONS[:40]:
        documents = [q.document for q in assistant.ask(question["question"], top=6).quotes]
        twice = next((i for i, d in enumerate(documents) if d in documents[:i]), len(documents))
        assert len(set(documents[:twice])) == twice


def test_a_quote_that_does_not_stand_there_is_not_made(kettle_library):
    from dataclasses import replace

    passage = kettle_library.passages[0]
    document = kettle_library.documents[passage.document_id]
    good = Hit(passage, 1.0)
    assert cut(document, good).text == passage.text
    other = next(d for d in kettle_library.documents if d.id != document.id)
    for wrong_document, wrong in [
        (document, replace(good, passage=replace(passage, start=passage.start + 1))),
        (document, replace(good, passage=replace(passage, text=passage.text + "!"))),
        (document, replace(good, passage=replace(passage, start=5, end=5, text=""))),
        (document, replace(good, sentences=((passage.start - 1, passage.end),))),
        (document, replace(good, sentences=((passage.start, passage.end + 1),))),
        (document, replace(good, sentences=((passage.end, passage.start),))),
        (other, good),
    ]:
        with pytest.raises(QuoteError, match="build --full"):
            cut(wrong_document, wrong)


@pytest.fixture
def built(tmp_path, encoder):
    """A small corpus of its own, to be damaged."""
    corpus = write_pages(tmp_path / "pages")
    tacrochat.build(corpus, tmp_path / "index", encoder=encoder)
    return corpus, str(tmp_path / "index")


def test_verify_finds_a_changed_and_a_missing_file(built, capsys):
    corpus, index = built
    assert main(["verify", "--index", index]) == 0
    assert "3 documents" in capsys.readouterr().out
    page = corpus / "recall.md"
    page.write_text(page.read_text().replace("Owners should stop", "Owners need not stop"))
    (corpus / "care.md").unlink()
    assert main(["verify", "--index", index, "--json"]) == 1
    out, err = capsys.readouterr()
    problems = json.loads(out)["problems"]
    assert len(problems) == 2
    assert "recall.md has changed" in problems[1]
    assert "care.md is gone" in problems[0]
    assert all("tacrochat build" in p for p in problems)
    assert err.count("\n") == 1


def test_verify_finds_a_damaged_index(built, capsys):
    _, index = built
    path = segment_folder(Path(index)) / "arrays.safetensors"
    data = path.read_bytes()
    changed = data.replace(b"refunds 45 euros", b"refunds 99 euros")
    assert changed != data
    path.write_bytes(changed)
    assert main(["verify", "--index", index]) == 1
    assert "arrays.safetensors is damaged" in capsys.readouterr().out


DOCTORED = [
    ("a word", lambda q: q.update(text=q["text"].replace("not", "now") + "")),
    ("a character more", lambda q: q.update(end=q["end"] + 1)),
    ("an offset", lambda q: q.update(start=q["start"] + 1)),
    ("a highlight", lambda q: q.update(highlights=[[q["start"] - 5, q["end"]]])),
    ("a document", lambda q: q.update(document="gone.md")),
    ("before the start", lambda q: q.update(start=-len(q["text"]) - 1, end=-1)),
]


def test_verify_finds_a_doctored_answer(kettle, tmp_path, capsys):
    index = str(kettle[1])
    assert main(["ask", "--index", index, "--json", "May I scrub the kettle with steel wool?"]) == 0
    saved = capsys.readouterr().out
    path = tmp_path / "answer.json"
    path.write_text(saved, "utf-8")
    assert main(["verify", "--index", index, str(path)]) == 0
    assert "quotes match the indexed text" in capsys.readouterr().out
    assert "not" in json.loads(saved)["quotes"][0]["text"]
    for name, change in DOCTORED:
        answer = json.loads(saved)
        change(answer["quotes"][0])
        path.write_text(json.dumps(answer), "utf-8")
        assert main(["verify", "--index", index, "--json", str(path)]) == 1, name
        assert len(json.loads(capsys.readouterr().out)["problems"]) == 1, name


@pytest.mark.parametrize(
    "text",
    ["", "not json", "[]", "{}", '{"quotes": 5, "nearest": []}', '{"quotes": [{}], "nearest": []}', "\x00"],
)
def test_verify_refuses_what_is_no_answer(kettle, tmp_path, capsys, text):
    path = tmp_path / "answer.json"
    path.write_text(text)
    assert main(["verify", "--index", str(kettle[1]), str(path)]) == 1
    error = capsys.readouterr().err
    assert str(path) in error
    assert "ask --json" in error
    assert error.count("\n") == 1
