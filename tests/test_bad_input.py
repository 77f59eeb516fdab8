"""Bad input gets a clear error or a clear report, and nothing already built is lost."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

import tacrochat
from index_files import published, segment_folder
from material import write_pages
from once import place_model
from tacrochat.cli import main
from tacrochat.errors import (
    CorpusError,
    IndexBusy,
    IndexCorrupt,
    IndexFolderError,
    IndexMismatch,
    IndexMissing,
    ModelError,
    QuestionError,
)
from tacrochat.index import publish, schema
from tacrochat.index.manifest import SCHEMA
from tacrochat.readers.files import SUFFIXES


def fails(capsys, arguments, *words):
    """Run a verb that must end with one clear line on stderr; returns the line."""
    capsys.readouterr()
    assert main([str(a) for a in arguments]) == 1
    out, err = capsys.readouterr()
    assert err.startswith("tacrochat: ")
    assert err.count("\n") == 1
    assert "Traceback" not in out + err
    for word in words:
        assert str(word) in err
    return err


def build(capsys, corpus, index, *more):
    capsys.readouterr()
    if not index.exists():
        place_model(index)
    assert main(["build", "--corpus", str(corpus), "--index", str(index), "--json", *more]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def corpus(tmp_path):
    return write_pages(tmp_path / "pages")


@pytest.fixture
def index(kettle, tmp_path):
    """A copy of the small index, to be damaged; it was made from other files than ``corpus``."""
    return shutil.copytree(kettle[1], tmp_path / "index")


# Folders and files ---------------------------------------------------------------------------------


def test_a_missing_folder(capsys, tmp_path):
    fails(capsys, ["build", "--corpus", tmp_path / "gone"], tmp_path / "gone", "--corpus DIR")
    with pytest.raises(CorpusError):
        tacrochat.build(tmp_path / "gone", tmp_path / "index")
    assert not (tmp_path / "index").exists()


def test_a_file_for_a_folder(capsys, corpus, tmp_path):
    fails(
        capsys, ["build", "--corpus", corpus / "recall.md", "--index", tmp_path / "i"], corpus / "recall.md"
    )


def test_an_empty_folder(capsys, tmp_path):
    (tmp_path / "pages").mkdir()
    fails(capsys, ["build", "--corpus", tmp_path / "pages", "--index", tmp_path / "i"], "no files", ".md")


def test_an_empty_folder_leaves_the_index_that_was_there(capsys, kettle, index, tmp_path):
    (tmp_path / "empty").mkdir()
    fails(capsys, ["build", "--corpus", tmp_path / "empty", "--index", index], tmp_path / "empty")
    assert len(tacrochat.open(index).documents) == 3


UNREADABLE = {
    "program.txt": (b"\x7fELF\x02\x01\x01\0" + bytes(range(256)) * 20, "binary"),
    "picture.md": (b"\x89PNG\r\n\x1a\n" + bytes(200), "binary"),
    "empty.txt": (b"", "empty"),
    "blank.md": (b" \n\n\t \n", "empty"),
    "cut.txt": (b"\xff\xfeT\0h\0i", "utf-16"),
    "headings.md": (b"# One\n\n## Two\n\n## Three\n", "only headings"),
    "page.xyz": (b"words", "no reader"),
    "noextension": (b"x = 1; y = 2", "no suffix"),
}


def test_what_cannot_be_read_is_reported_and_the_rest_is_built(capsys, corpus, tmp_path):
    for name, (data, _) in UNREADABLE.items():
        (corpus / name).write_bytes(data)
    report = build(capsys, corpus, tmp_path / "index")
    assert report["documents"] == report["added"] == 3
    reasons = {s["path"]: s["reason"] for s in report["skipped"]}
    assert reasons.keys() == UNREADABLE.keys()
    for name, (_, words) in UNREADABLE.items():
        assert words in reasons[name], name
    assert main(["build", "--corpus", str(corpus), "--index", str(tmp_path / "index")]) == 0
    out = capsys.readouterr().out
    assert f"{len(UNREADABLE)} skipped" in out
    groups = (
        "  skipped 2 files: it is not text but binary data; convert it to text or remove it\n"
        "    picture.md\n    program.txt\n",
        "  skipped 2 files: it is empty\n    blank.md\n    empty.txt\n",
        "  skipped headings.md: it holds no sentences to quote, only headings or links\n",
        "  skipped noextension: its name has no suffix, and it is not running text; add the suffix",
    )
    assert all(out.count(group) == 1 for group in groups), out
    assert main(["info", "--index", str(tmp_path / "index")]) == 0
    out = capsys.readouterr().out
    assert all(out.count(group) == 1 for group in groups), "info says the same"
    given = [(g["reason"], g["paths"]) for g in report["skipped_by_reason"]]
    assert ("it is not text but binary data", ["picture.md", "program.txt"]) in given
    assert sorted(path for _, paths in given for path in paths) == sorted(UNREADABLE)
    assert not any("known:" in reason for reason in reasons.values()), "no list of all suffixes"


def test_the_report_counts_passages_by_format_and_names_files_with_little_text(capsys, corpus, tmp_path):
    (corpus / "shell.html").write_text(
        "<html><head><title>App</title><script>" + "x=1;" * 5_000 + "</script></head>"
        "<body><p>Please switch on the scripts of your browser to read this page.</p></body></html>"
    )
    report = build(capsys, corpus, tmp_path / "index")
    formats = {count["format"]: count["documents"] for count in report["formats"]}
    assert formats == {".md": 2, ".txt": 1, ".html": 1}
    assert sum(count["passages"] for count in report["formats"]) == report["passages"]
    (little,) = report["little_text"]
    assert little["path"] == "shell.html"
    assert little["characters"] < 100 < 20_000 < little["bytes"]
    assert main(["info", "--index", str(tmp_path / "index")]) == 0
    out = capsys.readouterr().out
    assert "passages by format: .md" in out
    assert f"shell.html ({little['characters']} characters from 20 kB)" in out


def test_no_reason_holds_what_a_library_said(capsys, corpus, tmp_path):
    """The library's own words are in the debug log."""
    for suffix in SUFFIXES:
        for name, data in (
            ("cut", b"PK\x03\x04" + bytes(range(256))),
            ("text", b"%PDF-1.7 {\\rtf1 <x {[" * 9),
        ):
            (corpus / f"{name}{suffix}").write_bytes(data)
    index = place_model(tmp_path / "index")
    command = ["build", "--corpus", str(corpus), "--index", str(index), "--debug", "--json"]
    command = [sys.executable, "-m", "tacrochat", *command]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    reasons = {skipped["reason"] for skipped in json.loads(done.stdout)["skipped"]}
    assert len(reasons) > 6
    jargon = r"Error|Exception|0x|\[Errno|b'|line \d+, column|central directory|zip|not well-formed|Expecting"
    for reason in reasons:
        assert not re.search(jargon, reason), reason
        assert reason == reason.strip()
    assert re.search(r"cut\.docx'?: it is damaged.*BadZipFile", done.stderr), "with --debug"


def test_a_folder_of_nothing_readable(capsys, tmp_path):
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "headings.md").write_text("# One\n\n## Two\n")
    (pages / "program.txt").write_bytes(bytes(100))
    index = place_model(tmp_path / "i")
    fails(capsys, ["build", "--corpus", pages, "--index", index], "headings.md", "program.txt")


def test_a_text_of_200_megabytes(capsys, corpus, tmp_path):
    line = b"The kettle holds two litres of water and is heavy when it is full. " * 15 + b"\n"
    with (corpus / "huge.txt").open("wb") as file:
        for _ in range(200):
            file.write(line * (1_000_000 // len(line) + 1))
    assert (corpus / "huge.txt").stat().st_size > 200_000_000
    report = build(capsys, corpus, tmp_path / "index")
    assert report["documents"] == 3
    (skipped,) = report["skipped"]
    assert skipped["path"] == "huge.txt"
    assert "MB" in skipped["reason"]
    assert "TACROCHAT_MAX_FILE_MB" in skipped["reason"]
    (corpus / "huge.txt").unlink()


GERMAN = "Die Größe der Kanne beträgt höchstens fünf Liter. Sie darf nicht überlaufen.\n"


@pytest.mark.parametrize(
    "data",
    [
        GERMAN.encode("utf-8-sig"),
        GERMAN.encode("cp1252"),
        GERMAN.encode("utf-16"),
        GERMAN.encode("utf-16-le"),
        GERMAN.encode("utf-16-be"),
    ],
    ids=["utf-8-mark", "windows-1252", "utf-16-mark", "utf-16-le", "utf-16-be"],
)
def test_other_encodings(tmp_path, encoder, data):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "kanne.txt").write_bytes(data)
    library = tacrochat.build(tmp_path / "pages", tmp_path / "index", encoder=encoder)
    assert library.documents[0].text == GERMAN
    assert library.passages[0].text == GERMAN.strip()


def test_invalid_utf8(tmp_path, encoder):
    pages = write_pages(tmp_path / "pages")
    (pages / "broken.txt").write_bytes(GERMAN.encode() * 3 + b"It costs \xff\xfe euros.\n")
    library = tacrochat.build(pages, tmp_path / "index", encoder=encoder)
    text = library.document("broken.txt").text
    assert text.count("höchstens fünf") == 3
    assert "It costs " in text
    assert library.verify() == []


def test_strange_names(capsys, corpus, tmp_path):
    """A file's name can be any bytes; it is shown, never obeyed, and the rest is built."""
    strange = ["new\nline.md", "<b>bold &amp;.md", "\x1b[31mred.md", " spaced .md", "UPPER.MD", "a'b\"c.md"]
    for name in strange:
        (corpus / name).write_text(f"The lid of kettle {len(name)} is made of copper.\n")
    (corpus / "folder.md").mkdir()
    (corpus / "dangling.md").symlink_to(tmp_path / "gone")
    (corpus / "loop").symlink_to(corpus)
    (corpus / ".hidden.md").write_text("Hidden words are not read.\n")
    report = build(capsys, corpus, tmp_path / "index")
    assert report["documents"] == 3 + len(strange)
    assert main(["info", "--index", str(tmp_path / "index")]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "Hidden" not in out
    assert main(["ask", "--index", str(tmp_path / "index"), "What is the lid made of?"]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_a_name_that_is_no_text(capsys, corpus, tmp_path):
    with open(os.fsencode(corpus) + b"/latin-\xe9.md", "w") as file:
        file.write("The spout of this kettle is long.\n")
    report = build(capsys, corpus, tmp_path / "index")
    assert report["documents"] == 3
    assert [(s["path"], "rename" in s["reason"]) for s in report["skipped"]] == [("latin-\\xe9.md", True)]


def test_a_single_line_of_five_megabytes(tmp_path, encoder):
    """One unbroken word, and one line of many sentences: whole, and in parts."""
    from tacrochat.building.passages import paragraphs, passages, sections
    from tacrochat.readers import plain
    from tacrochat.types import Document
    from test_splitting import count_words

    text = "The kettle does not leak when it is full of water. " * 100_000
    assert len(text) > 5_000_000
    document = Document(0, "line.txt", "line", text, "")
    found = sections(document, plain.read(text).blocks)
    cut = passages(document, found, paragraphs(text, found), count_words, max_tokens=160, min_tokens=48)
    assert sum(len(p.sentences) for p in cut) == 100_000
    assert "".join(p.text for p in cut).count("does not leak") == 100_000
    assert all(p.text.startswith("The") and p.text.endswith(".") for p in cut)

    pages = write_pages(tmp_path / "pages", {"a.txt": "The kettle is old.\n", "word.txt": "x" * 5_000_000})
    library = tacrochat.build(pages, tmp_path / "index", encoder=encoder)
    assert library.documents[1].text == "x" * 5_000_000
    assert library.verify() == []


# Questions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", ["", "   ", "?!…", "\n\t", "\x00\x01\x1b", "\u200b\u202e", "—"])
def test_an_empty_question(capsys, kettle, kettle_library, question):
    fails(capsys, ["ask", "--index", kettle[1], question], "the question is empty", "type a question")
    fails(capsys, ["search", "--index", kettle[1], question], "the question is empty")
    with pytest.raises(QuestionError):
        kettle_library.search(question)


def test_a_question_of_100_000_characters(capsys, kettle):
    error = fails(capsys, ["ask", "--index", kettle[1], "how long " * 11_112], "100,008", "2,000", "shorten")
    assert len(error) < 300


@pytest.mark.parametrize(
    "question",
    [
        "How\x00 often\x07 should\x1b[2J I descale\u202e the kettle?",
        "how often descale \udce9\udcff kettle",
        "How often should I descale it? " + "🫖" * 400,
        "descale " * 240,
        'descale" OR kettle* NEAR(( -x ^y : body',
        "'; DROP TABLE passages; -- descale",
    ],
)
def test_control_characters_and_other_noise(capsys, kettle, question):
    assert main(["ask", "--index", str(kettle[1]), "--json", question]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["question"] == question
    assert not [c for c in answer["resolved_question"] if not c.isprintable()]
    found = answer["quotes"] + answer["nearest"]
    assert "Descale" in found[0]["text"]
    assert main(["ask", "--index", str(kettle[1]), question]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_a_history_of_noise(kettle_library):
    assistant = tacrochat.Assistant(kettle_library)
    history = ["", "  ", "\x00", "kettle " * 20_000, "Hello", "How do I clean the kettle?"]
    answer = assistant.ask("And how often?", history=history)
    assert len(answer.resolved_question) < 2_500
    assert answer.quotes or answer.nearest
    endless = assistant.ask("And how often?", history=["word" * 50_000])
    assert endless.status in {"answered", "not_found"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--document", "gone.md"], "no document 'gone.md'"),
        (["--document", "../../etc/passwd"], "no document"),
    ],
)
def test_a_filter_that_names_nothing(capsys, kettle, arguments, words):
    fails(capsys, ["ask", "--index", kettle[1], "How often?", *arguments], words, "info")


def test_a_filter_that_leaves_nothing(kettle_library):
    answer = tacrochat.Assistant(kettle_library).ask("How often do I descale it?", kinds=["promotion"])
    assert (answer.status, answer.quotes, answer.nearest) == ("not_found", (), ())
    with pytest.raises(QuestionError, match="kinds are"):
        kettle_library.search("descale", kinds=["rumour"])


# The index -----------------------------------------------------------------------------------------

FILES = [schema.STATE, *sorted(schema.FILES)]


def recovers(capsys, corpus, index):
    """Check that the command every message names makes the index whole again."""
    report = build(capsys, corpus, index)
    assert report["documents"] == 3
    assert tacrochat.open(index).verify() == []


def test_no_index(capsys, tmp_path):
    for verb in (["ask", "x"], ["search", "x"], ["verify"], ["info"]):
        fails(capsys, [*verb, "--index", tmp_path / "gone"], tmp_path / "gone", "tacrochat build --index")
    with pytest.raises(IndexMissing):
        tacrochat.open(tmp_path / "gone")
    assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("harm", ["missing", "empty", "half", "longer", "garbage"])
def test_a_damaged_file_of_the_index(capsys, corpus, index, name, harm):
    (path,) = [path for path in published(index) if path.name == name]
    data = path.read_bytes()
    if harm == "missing":
        path.unlink()
    else:
        garbage = bytes(range(1, 256)) * (len(data) // 255 + 1)
        changed = {"empty": b"", "half": data[: len(data) // 2], "longer": data + b"x"}
        path.write_bytes(changed.get(harm, garbage[: len(data)]))
    fails(capsys, ["ask", "--index", index, "How often?"], name, "tacrochat build --full --index", index)
    with pytest.raises(IndexCorrupt):
        tacrochat.open(index)
    if harm == "garbage":
        recovers(capsys, corpus, index)


def test_a_damaged_page_of_the_database(capsys, index):
    """Any page of the file may go bad, not only the first."""
    path = segment_folder(index) / "documents.sqlite"
    data = path.read_bytes()
    pages = range(4096, len(data), 4096)
    assert len(pages) > 5
    for start in pages:
        path.write_bytes(data[:start] + b"\xa5" * 4096 + data[start + 4096 :])
        code = main(["verify", "--index", str(index)])
        out, err = capsys.readouterr()
        assert code == 1
        assert "documents.sqlite" in out + err
        assert "Traceback" not in out + err
        assert main(["ask", "--index", str(index), "How often should I descale it?"]) in {0, 1}
        assert capsys.readouterr().err.count("\n") <= 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "5",
        '"x"',
        "{}",
        '{"schema": "x"}',
        f'{{"schema": {SCHEMA}}}',
        "\x00\xff",
        '{"schema": null}',
    ],
)
def test_a_damaged_manifest(capsys, corpus, index, text):
    (index / "manifest.json").write_bytes(text.encode("latin-1"))
    fails(capsys, ["ask", "--index", index, "How often?"], "manifest.json", "tacrochat build")
    if text == "{":
        recovers(capsys, corpus, index)


@pytest.mark.parametrize(
    "change",
    [
        {"generation": "../elsewhere"},
        {"generation": "generation-gone"},
        {"generation": ""},
        {"generation": 5},
        {"files": {}},
        {"files": None},
        {"files": {"files.sqlite": {}}},
        {"segments": []},
        {"segments": None},
        {"segments": [{}]},
        {"model": None},
        {"settings": None},
        {"built": "yesterday"},
    ],
)
def test_a_manifest_that_says_something_else(capsys, corpus, index, change):
    path = index / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert main(["ask", "--index", str(index), "How often should I descale it?"]) in {0, 1}
    out, err = capsys.readouterr()
    assert err.count("\n") <= 1
    assert "Traceback" not in out + err
    recovers(capsys, corpus, index)


def test_an_index_from_another_version(capsys, corpus, index):
    path = index / "manifest.json"
    values = json.loads(path.read_text())
    path.write_text(json.dumps(values | {"schema": SCHEMA + 1}))
    fails(capsys, ["ask", "--index", index, "How often?"], "newer tacrochat", "build --full", index)
    with pytest.raises(IndexMismatch):
        tacrochat.open(index)
    path.write_text(json.dumps(values | {"schema": SCHEMA - 1}))
    fails(capsys, ["ask", "--index", index, "How often?"], "older tacrochat", "tacrochat build")
    recovers(capsys, corpus, index)


def test_an_index_made_by_another_model(capsys, corpus, index):
    path = index / "manifest.json"
    values = json.loads(path.read_text())
    path.write_text(json.dumps(values | {"fingerprint": "0" * 64}))
    fails(capsys, ["ask", "--index", index, "How often?"], "another", "build --full", index)
    recovers(capsys, corpus, index)
    path.write_text(json.dumps(values | {"model": "no-such/model"}))
    fails(capsys, ["ask", "--index", index, "How often?"], "no-such/model", "model")
    recovers(capsys, corpus, index)


def test_a_model_that_is_not_there(capsys, corpus, index, tmp_path):
    arguments = ["build", "--corpus", corpus, "--index", index, "--model"]
    fails(capsys, [*arguments, "no-such/model"], "no-such/model", "never downloads")
    (tmp_path / "model").mkdir()
    fails(capsys, [*arguments, tmp_path / "model"], tmp_path / "model", "no weights")
    (tmp_path / "model" / "model.safetensors").write_bytes(b"not weights")
    fails(capsys, [*arguments, tmp_path / "model"], tmp_path / "model", "--model")
    with pytest.raises(ModelError):
        tacrochat.build(corpus, index, model="no-such/model")
    assert len(tacrochat.open(index).documents) == 3


def test_a_read_only_index_folder(children, corpus, index):
    (corpus / "new.md").write_text("The new kettle whistles.\n")
    (corpus / "secret.md").write_text("Nobody may read this.\n")
    (corpus / "secret.md").chmod(0)
    before = sorted(p.name for p in index.rglob("*"))
    for path in [index, *index.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        done = children.run("build", "--corpus", corpus, "--index", index, obey=True)
        assert done.code == 1, done.out
        assert "cannot be written" in done.err
        assert str(index) in done.err
        assert done.err.count("\n") == 1
        assert sorted(p.name for p in index.rglob("*")) == before
        asked = children.run("ask", "--index", index, "How often should I descale it?", obey=True)
        assert asked.code == 0, asked.err
        assert "Descale" in asked.out
    finally:
        for path in [index, *index.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
    done = children.run("build", "--corpus", corpus, "--index", index, "--json", obey=True)
    assert done.code == 0, done.err
    report = json.loads(done.out)
    assert report["documents"] == 4
    (skipped,) = report["skipped"]
    assert skipped["path"] == "secret.md"
    assert "Permission denied" in skipped["reason"]


def test_an_index_that_is_a_file(capsys, corpus, tmp_path):
    (tmp_path / "file").write_text("x")
    fails(capsys, ["build", "--corpus", corpus, "--index", tmp_path / "file"], tmp_path / "file")
    fails(capsys, ["ask", "--index", tmp_path / "file", "x"], tmp_path / "file", "tacrochat build")
    assert (tmp_path / "file").read_text() == "x"


def test_a_build_while_another_is_writing(capsys, corpus, index):
    with publish.writing(index):
        fails(capsys, ["build", "--corpus", corpus, "--index", index], index, "another build", "wait")
        with pytest.raises(IndexBusy):
            tacrochat.build(corpus, index)
        assert main(["ask", "--index", str(index), "How often?"]) == 0
    recovers(capsys, corpus, index)


def test_two_builds_at_once(children, corpus, tmp_path):
    index = place_model(tmp_path / "index")
    both = [children.start("build", "--corpus", corpus, "--index", index) for _ in range(2)]
    ended = [children.wait(child) for child in both]
    assert any(done.code == 0 for done in ended)
    for done in ended:
        assert done.code in {0, 1}
        assert (done.code == 1) == ("another build" in done.err), done.err
    assert len(tacrochat.open(index).documents) == 3
    assert tacrochat.open(index).verify() == []


def _appears(index, name):
    old = {path.parent for path in published(index)}
    return lambda: any(path.parent not in old for path in index.glob(f"*/{name}"))


MOMENTS = {
    "the new segment appears": lambda index: lambda: len(list(index.glob("segment-*"))) > 1,
    "the database is being written": lambda index: _appears(index, "documents.sqlite"),
    "the last vectors are being written": lambda index: _appears(index, "sentences.faiss"),
    "the new generation appears": lambda index: lambda: len(list(index.glob("generation-*"))) > 1,
    "the new manifest is beside the old": lambda index: (index / "manifest.json.new").exists,
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_build_killed_on_the_way_leaves_the_old_index(capsys, children, corpus, index, moment):
    (corpus / "new.md").write_text("The new kettle whistles twice when the water boils.\n")
    happened = MOMENTS[moment](index)
    child = children.start("build", "--corpus", corpus, "--index", index)
    while not child.has_ended() and not happened():
        time.sleep(0.0002)
    os.kill(child.pid, signal.SIGKILL)
    assert children.wait(child).code in {-signal.SIGKILL, 0}
    library = tacrochat.open(index)
    assert len(library.documents) in {3, 4}  # 4: it was done before the signal came
    hits = library.search("How often should I descale it?")
    assert any("Descale" in hit.passage.text for hit in hits)
    assert library._store.damaged() == []
    report = build(capsys, corpus, index)
    assert report["documents"] == 4
    assert tacrochat.open(index).verify() == []
    for kind in ("generation", "segment"):
        assert len(list(index.glob(f"{kind}-*"))) <= 2, "what the dead build left was cleared away"


def test_a_full_disk(children, corpus, index):
    """A limit on the size of files stands in for a full disk: writing fails half-way."""
    (corpus / "new.md").write_text("The new kettle whistles twice when the water boils.\n")
    done = children.run("build", "--corpus", corpus, "--index", index, largest_file=20_000)
    assert done.code == 1, done.out
    assert "cannot be written" in done.err
    assert done.err.count("\n") == 1
    assert len(tacrochat.open(index).documents) == 3
    assert len(list(index.glob("generation-*"))) == len(list(index.glob("segment-*"))) == 1


def test_every_error_of_ours_is_caught_by_the_base():
    for error in (CorpusError, IndexFolderError, ModelError, QuestionError):
        assert issubclass(error, tacrochat.TacrochatError)


def test_a_setting_that_is_no_number(capsys, corpus, tmp_path, monkeypatch):
    monkeypatch.setenv("TACROCHAT_MAX_FILE_MB", "many")
    fails(capsys, ["build", "--corpus", corpus, "--index", tmp_path / "i"], "TACROCHAT_MAX_FILE_MB", "'many'")
