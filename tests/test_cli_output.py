"""What the shell prints: nothing that controls a terminal, quotes verbatim, lines as wide as the terminal."""

import io
import json
import os
import re
import threading
import time
import zipfile
from contextlib import suppress
from functools import cache

import pytest

import tacrochat
import tacrochat.library
from material import write_pages
from once import place_model
from tacrochat.answering.escaping import CONTROLS
from tacrochat.cli import build, main, printing

EVIL = "\x1b]0;owned\x07\x1b[2J\u202etfel\u2066\x9b31m\x7f"
NAMED = f"a\nb\tc{EVIL}"
QUESTION = "What is the lid made of?"
LEFT = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="such file names do not exist there")


@pytest.fixture(scope="module")
def opened():
    """Open each index once."""
    return cache(tacrochat.library.open_index)


@pytest.fixture(autouse=True)
def loaded_once(monkeypatch, encoder, opened):
    """Give each verb the model that is loaded already, and the library if it is opened already."""
    monkeypatch.setattr("tacrochat.library.open_index", opened)
    monkeypatch.setattr("tacrochat.evaluation.run.open_index", opened)
    monkeypatch.setattr("tacrochat.library.Encoder", lambda model: encoder)
    monkeypatch.setattr("tacrochat.building.build.Encoder", lambda model: encoder)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, encoder):
    """An index of files with hostile names, titles, texts and reasons, ``(corpus, index)``."""
    folder = tmp_path_factory.mktemp("hostile")
    corpus = folder / "pages"
    corpus.mkdir()
    yaml_title = json.dumps(f"Lids {NAMED}\n\n“The lid is gold.”\n  — forged")
    front = f"---\ntitle: {yaml_title}\nauthor: {json.dumps(EVIL)}\n---\n"
    page = f"{front}# Lid {EVIL}\n\nThe lid is made of tin.\n"
    (corpus / f"{NAMED}.md").write_text(page.replace("\x07", "").replace("\x7f", ""), "utf-8")
    (corpus / f"{EVIL}.md").write_text("# Lid\n\nThe lid of the pot is made of glass.\n")
    (corpus / "lid.md").write_text(f"# The {EVIL} lid\n\nThe lid{EVIL} is made of {EVIL} copper.\n")
    (corpus / f"{EVIL}.bin").write_bytes(b"\0" * 50)
    (corpus / f"bad{EVIL}.docx").write_bytes(b"PK\x03\x04")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(f"{EVIL}.exe", b"x")
        archive.writestr(f"../{NAMED}", b"x")
    (corpus / f"{NAMED}.zip").write_bytes(made.getvalue())
    tacrochat.build(corpus, folder / f"index{EVIL}", encoder=encoder)
    return corpus, folder / f"index{EVIL}"


def shown(capsys, *arguments):
    """Run a verb; returns what reached standard output and standard error together."""
    capsys.readouterr()
    with suppress(SystemExit):  # wrong usage
        main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    assert not LEFT.search(out), ascii(LEFT.search(out))
    assert not LEFT.search(err), ascii(LEFT.search(err))
    return out + err


def test_no_verb_lets_a_control_character_through(capsys, hostile, tmp_path):
    corpus, index = hostile
    at = ("--index", index)
    for arguments in (
        ["info"],
        ["info", "--json"],
        ["info", "--document", f"{NAMED}.md"],
        ["info", "--document", f"{NAMED}.md", "--json"],
        ["info", "--document", f"gone{NAMED}"],
        ["ask", QUESTION],
        ["ask", QUESTION, "--json"],
        ["ask", f"What is the lid{EVIL} of Mongolia?"],
        ["ask", f"Which documents do you have{EVIL}?"],
        ["ask", "Which documents do you have?"],
        ["ask", QUESTION, "--document", f"gone{NAMED}"],
        ["ask", QUESTION, "--kind", NAMED],
        ["search", QUESTION],
        ["search", QUESTION, "--json"],
        ["verify"],
        ["verify", "--json"],
        ["verify", f"gone{NAMED}.json"],
        ["eval", f"gone{NAMED}.jsonl"],
        ["build", "--corpus", corpus],
        ["build", "--corpus", corpus, "--json"],
        ["build", "--corpus", f"gone{NAMED}"],
        ["build", f"{NAMED}.md"],
    ):
        assert "owned" in shown(capsys, *arguments, *at) or arguments[:2] in (
            ["verify"],
            ["verify", "--json"],
        )


def test_verify_names_hostile_files_harmlessly(capsys, hostile, tmp_path):
    corpus, index = hostile
    answer = {"quotes": [{"document": NAMED, "start": 0, "end": 1}], "nearest": []}
    (tmp_path / "answer.json").write_text(json.dumps(answer))
    text = shown(capsys, "verify", tmp_path / "answer.json", "--index", index)
    assert "\\n" in text
    page = corpus / f"{NAMED}.md"
    whole = page.read_bytes()
    page.write_bytes(whole + b"More.\n")
    try:
        assert "has changed" in shown(capsys, "verify", "--index", index)
    finally:
        page.write_bytes(whole)


def test_json_holds_the_characters_that_are_not_shown(capsys, hostile):
    _, index = hostile
    facts = json.loads(shown(capsys, "info", "--json", "--index", index))
    assert f"{NAMED}.md" in {document["path"] for document in facts["documents"]}
    answer = json.loads(shown(capsys, "ask", QUESTION, "--json", "--index", index))
    for quote in answer["quotes"] + answer["nearest"]:
        document = tacrochat.library.open_index(str(index)).document(quote["document"])
        assert quote["text"] == document.text[quote["start"] : quote["end"]]


def test_no_title_forges_a_line(capsys, hostile):
    _, index = hostile
    for verb in ("ask", "search"):
        text = shown(capsys, verb, QUESTION, "--index", index)
        assert not [line for line in text.split("\n") if line.startswith(("“The lid is gold", "  — forged"))]


def test_json_for_an_output_that_knows_ascii_only(capsys, hostile, monkeypatch):
    import sys

    _, index = hostile
    made = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(made, "ascii"))
    assert main(["ask", QUESTION, "--json", "--index", str(index)]) == 0
    sys.stdout.flush()
    assert json.loads(made.getvalue().decode("ascii"))["question"] == QUESTION


@pytest.fixture(scope="module")
def pages(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("output")
    write_pages(folder / "pages")
    (folder / "pages" / "marks.md").write_text("# Marks\n\nThe saucer bears the mark «K» of its maker.\n")
    (folder / "pages" / "list.md").write_text(
        "# Spouts\n\nOther words.\n\n- The spout\tof brass\n  is polished with chalk by hand.\n"
    )
    tacrochat.build(folder / "pages", folder / "index", encoder=encoder)
    return folder / "index"


def on_terminal(monkeypatch, columns, *arguments, streams=("stdout",), **environment):
    """Run a verb with a terminal as some of its streams; returns what the terminal received."""
    import pty
    import sys
    import termios

    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ({"COLUMNS": str(columns), "TERM": "xterm"} | environment).items():
        monkeypatch.setenv(name, value)
    ours, theirs = pty.openpty()
    attributes = termios.tcgetattr(theirs)
    attributes[1] &= ~termios.OPOST  # no carriage return before a line feed
    termios.tcsetattr(theirs, termios.TCSANOW, attributes)
    received = []

    def receive():
        while True:
            try:
                received.append(os.read(ours, 65_536))
            except OSError:  # the other side is closed
                return

    reading = threading.Thread(target=receive)
    reading.start()
    with monkeypatch.context() as patched, os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        for stream in streams:
            patched.setattr(sys, stream, terminal)
        assert main([str(a) for a in arguments]) == 0
    reading.join()
    os.close(ours)
    return b"".join(received).decode()


def test_a_build_shows_how_far_it_is_on_one_line_of_a_terminal(monkeypatch, capsys, tmp_path):
    corpus, index = write_pages(tmp_path / "pages"), tmp_path / "index"
    command = ("build", "--corpus", corpus, "--index", index)
    text = on_terminal(monkeypatch, 60, *command, streams=("stdout", "stderr"))
    shown, _, report = text.rpartition("\r")
    lines = [line.rstrip() for line in shown.split("\r")]
    assert "\n" not in shown, "one line, rewritten"
    assert max(map(len, shown.split("\r"))) < 60
    assert lines[-1] == "", "and gone at the end"
    assert "Starting" in lines
    assert any(re.match(r"Reading +\d+% \[[#-]+\]  files \d of 3", line) for line in lines), lines
    assert report.startswith("3 documents, ")
    text = on_terminal(monkeypatch, 60, *command, "--full", "--quiet", streams=("stdout", "stderr"))
    assert text == ""
    capsys.readouterr()
    assert main([str(a) for a in command]) == 0
    assert capsys.readouterr().err == "", "a log gets no line for short work"


def test_nothing_is_drawn_over_the_report_of_a_build(monkeypatch, tmp_path):
    """However long the report takes, on a machine that is busy with other work."""
    print_report = build._print_report

    def slowly(*arguments):
        print_report(*arguments)
        time.sleep(0.4)

    monkeypatch.setattr(build, "_print_report", slowly)
    monkeypatch.setattr(printing, "_REDRAW_SECONDS", 0.05)
    corpus, index = write_pages(tmp_path / "pages"), place_model(tmp_path / "index")
    command = ("build", "--corpus", corpus, "--index", index)
    text = on_terminal(monkeypatch, 60, *command, streams=("stdout", "stderr"))
    shown, _, report = text.rpartition("\r")
    assert "Writing the index" in shown
    assert report.startswith("3 documents, ")


PASTE = "What does a paste of salt and lemon juice remove?"
LIT = "A paste of salt and lemon juice removes dark spots within ten minutes."


def test_a_pipe_gets_the_quote_as_it_is_with_marks(capsys, pages):
    text = shown(capsys, "ask", PASTE, "--index", pages)
    assert f"scratches\nthe tin lining. «{LIT}»”\n  — Care of the copper kettle" in text
    assert re.search(r"^Confidence: \w[\w ]+ an answer \(\d+%\)$", text, re.MULTILINE)


def test_a_quote_that_has_the_marks_gets_none(capsys, pages):
    text = shown(capsys, "ask", "What mark does the saucer bear?", "--index", pages)
    assert "“The saucer bears the mark «K» of its maker.”" in text


@pytest.mark.parametrize("columns", [30, 60, 200])
def test_a_terminal_gets_its_width_and_bold(monkeypatch, pages, columns):
    text = on_terminal(monkeypatch, columns, "ask", PASTE, "--index", pages)
    (bold,) = re.findall("\x1b\\[1m(.*?)\x1b\\[22m", text.partition("\x1b[22m\x1b[1m")[0], re.DOTALL)[:1]
    assert " ".join(bold.split()) == LIT
    plain = re.sub("\x1b\\[(?:1|22)m", "", text)
    assert not CONTROLS.search(plain)
    assert "«" not in plain
    assert max(map(len, plain.split("\n"))) <= columns
    assert LIT in " ".join(plain.split())


@pytest.mark.parametrize("setting", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_without_bold_gets_marks(monkeypatch, pages, setting):
    text = on_terminal(monkeypatch, 60, "ask", PASTE, "--index", pages, **setting)
    assert "\x1b" not in text
    assert f"«{LIT}»" in " ".join(text.split())
    assert max(map(len, text.split("\n"))) <= 60


def test_wrapping_changes_white_space_only(capsys, monkeypatch, pages):
    question = ("search", "The spout of brass is polished with chalk by hand.", "-k", "1", "--index", pages)
    piped = shown_with_tabs(capsys, *question).replace("«", "").replace("»", "")
    assert "- The spout\tof brass\n  is polished with chalk by hand." in piped
    text = re.sub("\x1b\\[(?:1|22)m", "", on_terminal(monkeypatch, 25, *question))
    assert "".join(text.split()) == "".join(piped.split())


def shown_with_tabs(capsys, *arguments):
    capsys.readouterr()
    assert main([str(a) for a in arguments]) == 0
    return capsys.readouterr().out


def test_search_says_what_its_scores_are(capsys, pages):
    text = shown(capsys, "search", "handle can break", "-k", "1", "--index", pages)
    first, _, rest = text.partition("\n\n")
    assert first == "1 passage, best first; scores are log-odds, to be compared within this query only"
    assert re.match(r"1\. score -?\d+\.\d\d\n“", rest)


def test_a_conversation_has_no_confidence(capsys, pages):
    assert "Confidence" not in shown(capsys, "ask", "Hello!", "--index", pages)
    assert "hardly an answer" in shown_with_tabs(
        capsys, "ask", "What is the capital of Mongolia?", "--index", pages
    )


ANSWERS = {
    "no UTF-8": b"\xff\xfe\xfa",
    "deep": b"[" * 100_000,
    "deep inside": b'{"quotes": ' + b"[" * 100_000,
    "a list": b"[]",
    "a text": b'"answer"',
    "quotes of text": b'{"quotes": "abc", "nearest": []}',
    "a quote of text": b'{"quotes": ["abc"], "nearest": []}',
    "an endless offset": b'{"quotes": [{"document": "care.md", "start": 1e999, "end": 2}], "nearest": []}',
    "no offset": b'{"quotes": [{"document": "care.md", "start": {}, "end": 2}], "nearest": []}',
    "no document": b'{"quotes": [{"document": {}, "start": {}, "end": 2}], "nearest": []}',
    "a broken highlight": b'{"quotes": [{"document": "care.md", "start": 0, "end": 3, "text": "---",'
    b' "highlights": [5]}], "nearest": []}',
}


@pytest.mark.parametrize("data", ANSWERS.values(), ids=ANSWERS)
def test_verify_of_what_is_no_answer(capsys, pages, tmp_path, data):
    path = tmp_path / "answer.json"
    path.write_bytes(data)
    text = shown(capsys, "verify", path, "--index", pages)
    assert text.count("\n") <= 2
    assert str(path) in text or "no such document" in text or "is not the document's text" in text


def test_verify_of_a_folder_and_of_nothing(capsys, pages, tmp_path):
    for path in (tmp_path, tmp_path / "gone.json"):
        assert f"{path} cannot be read" in shown(capsys, "verify", path, "--index", pages)


@pytest.mark.parametrize(
    "line", [b"[" * 100_000, b'{"question": 1e999', b"\xff", b'{"also": [["a", 1e999, 1]]}']
)
def test_eval_of_hostile_lines(capsys, pages, tmp_path, line):
    (tmp_path / "questions.jsonl").write_bytes(line)
    text = shown(capsys, "eval", tmp_path / "questions.jsonl", "--index", pages)
    assert text.count("\n") == 1
    assert "questions.jsonl" in text


def test_eval_keeps_the_index_that_is_named(capsys, tmp_path, monkeypatch):
    write_pages(tmp_path / "pages")
    question = {"question": "What does the maker refund?", "answerable": True, "answers": ["45 euros"]}
    (tmp_path / "questions.jsonl").write_text(json.dumps(question))
    monkeypatch.chdir(tmp_path)
    shown(capsys, "eval", "questions.jsonl", "--corpus", "pages")
    assert not (tmp_path / "index").exists()
    shown(capsys, "eval", "questions.jsonl", "--corpus", "pages", "--index", "index")
    assert (tmp_path / "index" / "manifest.json").exists()
