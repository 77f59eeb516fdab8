"""``tacrochat report``: what was asked, refused, judged, never quoted, and what has changed since."""

import json

import pytest

from tacrochat.cli import main

CARE, RECALL, HISTORY = "care.md", "recall.md", "notes/history.txt"
HOSTILE = "\x1b]0;owned\x07 Is it \u202esafe\n  500   wrong"


def line(number, question, verdict, status="answered", quoted=(), **more):
    return {
        "id": f"feedback-{number}", "verdict": verdict, "status": status, "question": question,
        "quoted": [list(pair) for pair in quoted], "answerable": None, **more,
    }  # fmt: skip


def ask(question, status="answered", library="", documents=(), **more):
    return {"time": "2026-01-01T00:00:00.000Z", "event": "ask", "library": library, "status": status,
            "question": question, "documents": list(documents), **more}  # fmt: skip


def written(path, records):
    path.write_text("".join(r if isinstance(r, str) else json.dumps(r) + "\n" for r in records), "utf-8")
    return path


@pytest.fixture
def report(kettle, capsys):
    def run(*arguments):
        capsys.readouterr()
        assert main(["report", "--index", str(kettle[1]), *map(str, arguments)]) == 0
        printed = capsys.readouterr().out
        return json.loads(printed) if "--json" in arguments else printed

    return run


@pytest.fixture
def feedback(tmp_path, kettle_library):
    digest = dict(kettle_library.document_columns("path", "digest"))[CARE][:16]
    return written(
        tmp_path / "feedback.jsonl",
        [
            line(1, "How is it cleaned?", "wrong", quoted=[(CARE, digest)]),
            line(1, "How is it cleaned?", "right", quoted=[(CARE, digest)]),  # a change of mind
            line(2, "how is it  cleaned", "wrong", quoted=[(RECALL, "0" * 16)]),
            line(3, "What does it cost?", "missing", "not_found"),
            line(4, "What does it cost?", "missing", "not_found"),
            line(5, "Who?", "wrong", quoted=[("gone.md", "0" * 16)]),
            line(6, "Taken back", "wrong"),
            line(6, "Taken back", None),
            {"id": "feedback-old", "question": "From before", "answerable": False, "kind": "disliked"},
            line(7, HOSTILE, "wrong"),
        ],
    )


def test_feedback_alone(report, feedback):
    told = report(feedback, "--json")
    assert told["verdicts"] == {"right": 1, "wrong": 4, "missing": 2}
    assert told["asked"][:2] == [
        {"question": "how is it cleaned", "times": 2},
        {"question": "what does it cost", "times": 2},
    ]
    assert told["refused"] == [{"question": "what does it cost", "times": 2}]
    assert told["faults"][0] == {"question": "what does it cost", "verdict": "missing", "times": 2}
    assert told["never_quoted"] == [HISTORY]
    assert told["changed"] == [
        {"document": "gone.md", "now": "gone", "judged": 1},
        {"document": RECALL, "now": "changed", "judged": 1},
    ]
    assert not any("taken" in question["question"] for question in told["asked"])


def test_a_log_says_what_was_asked(report, feedback, tmp_path):
    log = written(
        tmp_path / "log",
        [
            "tacrochat: http://127.0.0.1:7860 (Ctrl+C stops it)\n",
            {"event": "request", "route": "/", "status": 200},
            *[ask("How often is it descaled?", documents=[HISTORY])] * 3,
            ask("Why?", "not_found"),
            ask("Hello", "conversation"),
            ask("Of another library", library="law"),
        ],
    )
    told = report(feedback, "--log", log, "--library", "", "--json")
    assert told["statuses"] == {"answered": 3, "not_found": 1, "conversation": 1}
    assert [entry["question"] for entry in told["asked"]] == ["how often is it descaled", "why"]
    assert told["refused"] == [{"question": "why", "times": 1}]
    assert told["never_quoted"] == []
    told = report("--log", written(tmp_path / "log", [ask("")]), "--json")
    assert told["statuses"] == {"answered": 1}
    assert told["never_quoted"] is None
    assert "--log-questions" in report("--log", tmp_path / "log")


def test_questions_of_others_cannot_write_lines_or_control_the_terminal(report, feedback):
    printed = report(feedback)
    assert not set("\x1b\x07\u202e") & set(printed)
    assert "  500   wrong" not in printed.splitlines()


def test_what_is_no_feedback_is_named(kettle, tmp_path, capsys, monkeypatch):
    arguments = ["report", "--index", str(kettle[1])]
    path = written(tmp_path / "f.jsonl", [line(1, "Q", "right"), line(2, "Q", "perhaps")])
    assert main([*arguments, str(path)]) == 1
    assert f"{path}, line 2: not feedback" in capsys.readouterr().err
    assert main([*arguments, str(tmp_path / "none")]) == 1
    assert "cannot be read" in capsys.readouterr().err
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    assert "nobody has judged an answer yet" in capsys.readouterr().err


def test_feedback_is_a_labelled_set(kettle, tmp_path, capsys):
    right = {"answerable": True, "document": RECALL, "start": 0, "end": 10_000, "answers": ["45 euros"]}
    path = written(
        tmp_path / "feedback.jsonl",
        [
            line(1, "How much does the maker refund?", "wrong"),
            line(1, "How much does the maker refund?", "right", **right),
            line(2, "Which submarines did Brazil launch?", "right", "not_found", answerable=False),
            line(3, "Where is it sold?", "missing", "not_found"),
        ],
    )

    assert main(["eval", str(path), "--index", str(kettle[1]), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["questions"], figures["unlabelled"], figures["hit@1"]) == (2, 1, 1.0)
    path = written(path, [line(3, "Where is it sold?", "missing", "not_found")])
    assert main(["eval", str(path), "--index", str(kettle[1])]) == 1
    assert "holds no questions with a label" in capsys.readouterr().err
