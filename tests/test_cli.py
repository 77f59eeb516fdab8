"""The shell: exit codes, the contract's keys, filters, reports, one line of stderr."""

import json
import re
import shutil
import subprocess
import sys

import pytest

import tacrochat
from material import ROOT, write_pages
from tacrochat.cli import main
from tacrochat.types import KINDS

QUOTE_KEYS = {
    "text", "label", "document", "title", "kind", "source", "url", "heading", "page", "line", "start",
    "end", "highlights", "answers", "score", "signals",
}  # fmt: skip
ANSWER_KEYS = {
    "question", "resolved_question", "status", "confidence", "message", "quotes", "missing_terms",
    "nearest", "choices", "differ", "parts",
}  # fmt: skip


def run(capsys, *arguments, code=0):
    capsys.readouterr()
    assert main([str(a) for a in arguments]) == code
    return capsys.readouterr().out


@pytest.fixture
def ask(capsys, kettle):
    def ask(question, *more):
        return json.loads(run(capsys, "ask", "--index", kettle[1], "--json", question, *more))

    return ask


def types_of(quote):
    assert quote.keys() >= QUOTE_KEYS
    for name in ("text", "label", "document", "title", "kind"):
        assert isinstance(quote[name], str)
    for name in ("source", "url"):
        assert quote[name] is None or isinstance(quote[name], str)
    assert quote["kind"] in KINDS
    assert quote["page"] is None or isinstance(quote["page"], int)
    assert all(isinstance(quote[name], int) for name in ("line", "start", "end"))
    assert all(isinstance(part, str) for part in quote["heading"])
    assert all(isinstance(a, int) and isinstance(b, int) for a, b in quote["highlights"])
    assert isinstance(quote["score"], float)
    assert all(isinstance(value, int | float) for value in quote["signals"].values())


def test_an_answer(ask):
    question = "What does a paste of salt and lemon juice remove?"
    answer = ask(question)
    assert answer.keys() == ANSWER_KEYS
    assert answer["status"] == "answered"
    assert answer["question"] == answer["resolved_question"] == question
    assert 0 < answer["confidence"] <= 1
    assert answer["nearest"] == []
    for quote in answer["quotes"]:
        types_of(quote)
    first = answer["quotes"][0]
    assert first["document"] == "care.md"
    assert first["title"] == "Care of the copper kettle"
    assert first["heading"] == ["Cleaning"]
    assert (first["kind"], first["source"]) == ("guideline", "Kettle Society")
    assert first["url"] == "https://example.org/care"
    assert first["label"] == "Care of the copper kettle › Cleaning, line 12"
    assert "dark spots" in first["text"]
    lit = [first["text"][a - first["start"] : b - first["start"]] for a, b in first["highlights"]]
    assert lit == ["A paste of salt and lemon juice removes dark spots within ten minutes."]


def test_nothing_found_is_an_answer(ask):
    answer = ask("What is the capital of Mongolia?")
    assert answer["status"] == "not_found"
    assert answer["quotes"] == []
    assert {"capital", "mongolia"} <= set(answer["missing_terms"])
    assert answer["nearest"]
    for quote in answer["nearest"]:
        types_of(quote)
    assert "do not say" in answer["message"]


def test_an_uncertain_answer_says_so_before_its_quotes(ask, capsys, kettle, monkeypatch):
    monkeypatch.setenv("TACROCHAT_THRESHOLD", "1")
    question = "What does a paste of salt and lemon juice remove?"
    answer = ask(question)
    assert answer["status"] == "uncertain"
    assert answer["quotes"]
    assert answer["nearest"] == []
    assert answer["message"].endswith("may not answer this; the nearest they say:")
    for quote in answer["quotes"]:
        types_of(quote)
    text = run(capsys, "ask", "--index", kettle[1], question)
    confidence, message, quote = text.split("\n\n")[:3]
    assert re.match(
        r"Confidence: .* an answer \(\d+%\); of ten such answers about \w+ (is|are) right$", confidence
    )
    assert message == answer["message"]
    assert quote.startswith("“")
    assert "«" not in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello!", "Hello"),
        ("thank you", "welcome"),
        ("help", "quoted word for word"),
        ("what can you do?", "no medical advice"),
        ("Which documents do you have?", "Care of the copper kettle"),
        ("bye", "Goodbye"),
    ],
)
def test_conversation(ask, text, words):
    answer = ask(text)
    assert answer.keys() == ANSWER_KEYS
    assert answer["status"] == "conversation"
    assert words in answer["message"]
    assert answer["quotes"] == answer["nearest"] == []


def test_a_follow_up_is_completed_from_the_history(ask):
    alone = ask("And how often?")
    assert alone["resolved_question"] == "And how often?"
    answer = ask("And how often?", "--history", "Hello", "--history", "How do I descale the kettle?")
    assert "descale" in answer["resolved_question"]
    assert "once a month" in (answer["quotes"] + answer["nearest"])[0]["text"]
    own = ask("When was the whistling kettle first sold?", "--history", "How do I descale the kettle?")
    assert own["resolved_question"] == "When was the whistling kettle first sold?"


def test_top_and_filters(ask):
    everything = ask("Tell me about the kettle", "--top", "9")
    assert len(ask("Tell me about the kettle", "--top", "1")["quotes"] or [0]) == 1
    shown = everything["quotes"] + everything["nearest"]
    assert len({q["document"] for q in shown}) > 1
    for arguments, documents in [
        (["--document", "recall.md"], {"recall.md"}),
        (["--document", "recall.md", "--document", "notes/history.txt"], {"recall.md", "notes/history.txt"}),
        (["--kind", "guideline"], {"care.md"}),
        (["--kind", "guideline", "--kind", "unknown"], {"care.md", "notes/history.txt"}),
        (["--kind", "guideline", "--document", "care.md"], {"care.md"}),
    ]:
        answer = ask("What about the kettle handle and whistle?", *arguments)
        found = {q["document"] for q in answer["quotes"] + answer["nearest"]}
        assert found
        assert found <= documents


def test_search(capsys, kettle):
    found = json.loads(run(capsys, "search", "--index", kettle[1], "--json", "handle can break", "-k", "2"))
    assert found.keys() == {"query", "hits"}
    assert found["query"] == "handle can break"
    assert len(found["hits"]) == 2
    for hit in found["hits"]:
        types_of(hit)
    assert found["hits"][0]["document"] == "recall.md"
    scores = [hit["score"] for hit in found["hits"]]
    assert scores == sorted(scores, reverse=True)
    text = run(capsys, "search", "--index", kettle[1], "handle can break", "-k", "1")
    assert text.startswith("1 passage, best first; scores are log-odds")
    assert "The handle of model K2 can break" in text
    assert "Recall notice, line 8" in text


def test_an_answer_as_text(capsys, kettle):
    ask = ("ask", "--index", kettle[1])
    text = run(capsys, *ask, "What does a paste of salt and lemon juice remove?")
    assert "“Rinse the kettle with warm water" in text.replace("«", "")
    assert "— Care of the copper kettle › Cleaning, line 12 [guideline]" in text
    text = run(capsys, *ask, "What is the capital of Mongolia?")
    assert "The sources do not say." in text
    assert "Nearest passages (not an answer):" in text
    text = run(capsys, *ask, "And how often?", "--history", "How do I descale the kettle?")
    assert text.startswith("Understood as: And how often? (")


REPORT_KEYS = {"documents", "passages", "added", "changed", "removed", "skipped", "seconds"}
DETAIL_KEYS = {"formats", "skipped_by_reason", "little_text"}


def test_build_reports_what_it_did(capsys, tmp_path):
    corpus, index = write_pages(tmp_path / "pages"), tmp_path / "index"

    def build(*more):
        return json.loads(run(capsys, "build", "--corpus", corpus, "--index", index, "--json", *more))

    def counts(report):
        assert report.keys() == REPORT_KEYS | DETAIL_KEYS
        assert report["seconds"] > 0
        return tuple(report[name] for name in ("documents", "added", "changed", "removed"))

    assert counts(build()) == (3, 3, 0, 0)
    published = (index / "manifest.json").read_bytes()
    assert counts(build()) == (3, 0, 0, 0)
    assert (index / "manifest.json").read_bytes() == published, "nothing changed, nothing is written"

    page = corpus / "recall.md"
    page.write_text(page.read_text().replace("45 euros", "50 euros"))
    (corpus / "new.md").write_text("# New\n\nThe new kettle whistles twice.\n")
    (corpus / "notes" / "history.txt").unlink()
    assert counts(build()) == (3, 1, 1, 1)
    library = tacrochat.open(index)
    assert [d.path for d in library.documents] == ["care.md", "new.md", "recall.md"]
    assert "50 euros" in library.document("recall.md").text
    assert library.verify() == []

    (corpus / "broken.txt").write_bytes(bytes(99))
    assert [s["path"] for s in build()["skipped"]] == ["broken.txt"]
    assert [s["path"] for s in build()["skipped"]] == ["broken.txt"], "reported again, not forgotten"
    assert counts(build("--full")) == (3, 3, 0, 0)
    text = run(capsys, "build", "--corpus", corpus, "--index", index)
    assert "3 documents" in text
    assert "0 added, 0 changed, 0 removed, 1 skipped" in text


def test_a_quiet_build_prints_errors_only(capsys, tmp_path):
    corpus, index = write_pages(tmp_path / "pages"), tmp_path / "index"
    command = ["build", "--corpus", str(corpus), "--index", str(index), "--quiet"]
    capsys.readouterr()
    assert main(command) == 0
    assert capsys.readouterr() == ("", "")
    assert main([*command, "--json"]) == 0
    out, err = capsys.readouterr()
    assert (json.loads(out)["documents"], err) == (3, "")
    shutil.rmtree(corpus)
    assert main(command) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert f"there is no folder {corpus}" in err


def test_a_file_that_was_only_touched_is_not_changed(capsys, tmp_path):
    corpus, index = write_pages(tmp_path / "pages"), tmp_path / "index"
    run(capsys, "build", "--corpus", corpus, "--index", index)
    (corpus / "care.md").touch()
    report = json.loads(run(capsys, "build", "--corpus", corpus, "--index", index, "--json"))
    assert (report["added"], report["changed"], report["removed"]) == (0, 0, 0)


def test_a_refresh_gives_what_a_full_build_gives(capsys, tmp_path):
    """Reused parts and fresh ones fit together: the same passages, vectors, and answers."""
    import numpy as np

    corpus = write_pages(tmp_path / "pages")
    run(capsys, "build", "--corpus", corpus, "--index", tmp_path / "refreshed")
    (corpus / "about.md").write_text("# About\n\nThe old kettle is heavy.\n")
    page = corpus / "care.md"
    page.write_text(page.read_text().replace("once a month", "twice a month"))
    for name in ("refreshed", "full"):
        run(capsys, "build", "--corpus", corpus, "--index", tmp_path / name)
    one, other = tacrochat.open(tmp_path / "refreshed"), tacrochat.open(tmp_path / "full")
    assert list(one.passages) == list(other.passages)
    assert list(one.documents) == list(other.documents)
    np.testing.assert_allclose(one.embeddings, other.embeddings, atol=1e-3)  # they are kept in half precision
    asked = [tacrochat.Assistant(lib).ask("How often should I descale it?").to_dict() for lib in (one, other)]
    assert [q["text"] for q in asked[0]["quotes"]] == [q["text"] for q in asked[1]["quotes"]]


def test_info(capsys, kettle):
    facts = json.loads(run(capsys, "info", "--index", kettle[1], "--json"))
    assert [d["path"] for d in facts["documents"]] == ["care.md", "notes/history.txt", "recall.md"]
    assert facts["documents"][0]["kind"] == "guideline"
    assert facts["documents"][0]["date"] == "2021-05-04"
    assert facts["passages"] == sum(d["passages"] for d in facts["documents"])
    assert facts.keys() >= DETAIL_KEYS
    assert facts["model"] == "all-MiniLM-L6-v2"
    assert len(facts["fingerprint"]) == 64
    text = run(capsys, "info", "--index", kettle[1])
    assert "3 documents" in text
    assert "care.md  [guideline]" in text
    one = json.loads(run(capsys, "info", "--index", kettle[1], "--json", "--document", "care.md"))
    assert {s["role"] for s in one["sections"]} >= {"metadata", "heading", "body"}
    text = run(capsys, "info", "--index", kettle[1], "--document", "care.md")
    assert "Cleaning" in text
    run(capsys, "info", "--index", kettle[1], "--document", "gone.md", code=1)


def test_verify(capsys, kettle):
    assert "3 documents" in run(capsys, "verify", "--index", kettle[1])
    assert json.loads(run(capsys, "verify", "--index", kettle[1], "--json")) == {"ok": True, "problems": []}


EVAL_KEYS = {
    "hit@1", "hit@3", "mrr", "highlight_accuracy", "auroc", "auroc_by_kind", "false_answer_rate",
    "false_refusal_rate", "uncertain_rate", "zones", "ece", "reliability", "quote_exactness",
    "p50_ms", "p95_ms", "questions",
}  # fmt: skip


def test_eval(capsys, kettle, tmp_path):
    rows = [
        {"id": "1", "question": "How often should I descale the kettle?", "answerable": True,
         "document": "care.md", "answers": ["once a month"]},
        {"id": "2", "question": "What does the maker refund?", "answerable": True, "answers": ["45 euros"]},
        {"id": "3", "question": "And when was it sold?", "history": ["What about the whistling kettle?"],
         "answerable": True, "answers": ["1923"]},
        {"id": "4", "question": "What is the capital of Mongolia?", "answerable": False, "kind": "far",
         "answers": []},
        {"id": "5", "question": "Is the kettle sold in Mongolia?", "answerable": False, "kind": "near",
         "answers": []},
    ]  # fmt: skip
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    figures = json.loads(run(capsys, "eval", path, "--index", kettle[1], "--json"))
    assert figures.keys() >= EVAL_KEYS
    assert figures["questions"] == 5
    assert figures["quote_exactness"] == 1.0
    assert set(figures["auroc_by_kind"]) == {"far", "near"}
    assert 0 <= figures["hit@1"] <= figures["hit@3"] <= 1
    assert figures["hit@3"] == 1.0
    assert figures["p50_ms"] <= figures["p95_ms"]
    again = json.loads(run(capsys, "eval", path, "--corpus", kettle[0], "--json"))
    assert {k: again[k] for k in ("hit@1", "mrr", "auroc")} == {
        k: figures[k] for k in ("hit@1", "mrr", "auroc")
    }
    shown = run(capsys, "eval", path, "--index", kettle[1])
    assert "hit@1" in shown
    assert "\nuncertain " in shown


@pytest.mark.parametrize(
    "text",
    ["", "not json\n", "[]\n", '{"id": "1"}\n', '{"question": 5, "answerable": true, "answers": []}\n', None],
)
def test_eval_of_what_is_no_question_set(capsys, kettle, tmp_path, text):
    path = tmp_path / "questions.jsonl"
    if text is not None:
        path.write_text(text)
    assert main(["eval", str(path), "--index", str(kettle[1])]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert str(path) in error


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["ask"],
        ["ask", "x", "--top", "0"],
        ["ask", "x", "--top", "many"],
        ["ask", "x", "--kind", "rumour"],
        ["search", "x", "-k", "-1"],
        ["build", "--nonsense"],
        ["serve", "--port", "many"],
        ["eval"],
    ],
)
def test_wrong_usage_exits_2(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "usage: tacrochat" in err


def test_version(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"tacrochat {tacrochat.__version__}\n"


def shell(*arguments, **options):
    command = [sys.executable, "-m", "tacrochat", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_python_m_tacrochat(kettle, tmp_path):
    done = shell("info", "--index", kettle[1])
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 documents" in done.stdout
    done = shell("info", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("tacrochat: there is no index in index; run 'tacrochat build")
    assert done.stderr.count("\n") == 1


def test_a_terminal_that_knows_ascii_only(kettle):
    import os

    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = shell("info", "--index", kettle[1], "--document", "care.md", env=environment)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_went_away(kettle):
    """``tacrochat … | head``: no traceback."""
    command = f"'{sys.executable}' -m tacrochat info --index '{kettle[1]}' --json | head -c 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout == "{"
    assert "Traceback" not in done.stderr


def test_app_py_starts_the_same_shell():
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py"), "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "--port" in done.stdout
