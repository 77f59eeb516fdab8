"""``tacrochat.yaml``: what it changes, and what is said about one that is wrong."""

import os
import re
import shutil

import pytest

import tacrochat
from tacrochat.building.scan import File, scan
from tacrochat.cli import main
from tacrochat.configuration.folders import Folder
from tacrochat.configuration.keys import KEYS
from tacrochat.configuration.patterns import Selection
from tacrochat.configuration.read import MAX_BYTES, load
from tacrochat.configuration.record import NAME, Configuration
from tacrochat.configuration.template import template
from tacrochat.errors import ConfigurationError
from tacrochat.types import KINDS

FULL = """\
title: Our protocols
colours:
  accent: "#7a1f5c"
languages: [de, en]
examples:
  - How often is it applied?
include: ["*.md", "*.pdf"]
exclude: [drafts/, "/notes.md"]
kinds:
  "trials/**": trial
  "*.md": guideline
follow_links: true
thresholds:
  answered: 0.8
  uncertain: 0.3
watch: poll
"""


def written(folder, text):
    (folder / NAME).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def test_every_value_is_read(tmp_path):
    configuration = load(written(tmp_path, FULL))
    assert configuration.title == "Our protocols"
    assert configuration.accent == "#7a1f5c"
    assert configuration.languages == ("de", "en")
    assert configuration.examples == ("How often is it applied?",)
    assert configuration.files == Selection(("*.md", "*.pdf"), ("drafts/", "/notes.md"))
    assert configuration.kinds.kind_of("trials/2020/a.md") == "trial"
    assert configuration.kinds.kind_of("b.md") == "guideline"
    assert configuration.kinds.kind_of("b.txt") is None
    assert (configuration.answered, configuration.uncertain) == (0.8, 0.3)
    assert (configuration.watch, configuration.follow_links) == ("poll", True)


@pytest.mark.parametrize("text", ["", "# nothing\n", "title:\n", "thresholds:\n  answered: null\n", "\ufeff"])
def test_what_says_nothing_changes_nothing(tmp_path, text):
    assert load(written(tmp_path, text)).settings() == Configuration().settings()
    assert load(tmp_path / "nowhere") == Configuration()


WRONG = [
    ("thresholds:\n  answered: high\n", 2, 13, "answered is 'high'; expected a number from 0 to 1"),
    ("thresholds: {uncertain: .nan}", 1, 25, "expected a number from 0 to 1"),
    ("title: a\ntitle: b", 2, 1, "title is there twice (first in line 1)"),
    ("titel: a", 1, 1, "there is no key 'titel'; did you mean title?"),
    ("colours:\n  acent: '#112233'", 2, 3, "no key 'acent' in colours; did you mean accent?"),
    ("colours: red", 1, 10, "colours is 'red'; expected lines below it, indented: accent"),
    ("colours: {accent: '#ffff00'}", 1, 19, "expected a darker colour"),
    ("title:\n\t- x", 2, 1, "there is a tab; indent with spaces"),
    ("title: [a", 1, 10, "expected ',' or ']'"),
    (b"title: \xe4", 1, 8, "the byte 0xe4 is not UTF-8"),
    ("title: ä".encode("utf-16"), 1, 1, "UTF-16; save it in UTF-8"),
    ("title: a\x07", 1, 9, "the character U+0007 is not allowed"),
    ("a: &a [x]\nb: *a", 2, 4, "an alias (*) is not allowed"),
    (
        "title: !!python/object/apply:os.system ['touch /tmp/x']",
        1,
        8,
        "a tag (!!python/object/apply:os.system)",
    ),
    ("[" * 9_000, 1, 21, "more than 20 levels"),
    ("- a", 1, 1, "the file is a list"),
    ("a: 1\n---\nb: 2", 2, 1, "another document"),
    ("languages: [en, it]", 1, 17, "expected one of en, de, fr, es"),
    ("languages: []", 1, 12, "expected one or more of en"),
    ("kinds: {'*.md': tral}", 1, 17, "expected one of prescribing information, trial"),
    ("exclude: drafts/", 1, 10, "expected a list, each pattern on a line of its own"),
    ("exclude: ['!']", 1, 11, "pattern is '!'"),
    ("watch: maybe", 1, 8, "expected true, false, or poll"),
    ("follow_links: 2", 1, 15, "expected true or false"),
    ("examples: [[a]]", 1, 12, "question is a list"),
    ("? [a]\n: b", 1, 3, "a key is a list"),
]


@pytest.mark.parametrize(("text", "line", "column", "words"), WRONG)
def test_an_error_names_the_line_the_column_and_what_was_expected(tmp_path, text, line, column, words):
    with pytest.raises(ConfigurationError) as error:
        load(written(tmp_path, text))
    assert str(error.value).startswith(f"{tmp_path / NAME}, line {line}, column {column}: ")
    assert words in str(error.value)


def test_what_is_no_page_of_text_is_refused_without_being_read(tmp_path):
    with (tmp_path / NAME).open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(ConfigurationError, match=f"over {MAX_BYTES:,} bytes"):
        load(tmp_path)
    (tmp_path / NAME).unlink()
    os.mkfifo(tmp_path / NAME)
    with pytest.raises(ConfigurationError, match="not a regular file"):
        load(tmp_path)


def test_init_writes_every_key_with_its_default_and_never_over_a_file(tmp_path, capsys):
    assert main(["init", str(tmp_path)]) == 0
    text = (tmp_path / NAME).read_text("utf-8")
    assert text == template()
    assert load(tmp_path) == Configuration()
    uncommented = re.sub(r"(?m)^# ", "", text)
    assert len(re.findall(r"(?m)^ *[a-z_]+: \S", uncommented)) == len(KEYS)
    read = load(written(tmp_path, uncommented))
    assert read == Configuration(title="tacrochat", accent="#0f6268", is_written=True), (
        "of the page, written out"
    )
    assert all(kind in " ".join(text.replace("##", "").split()) for kind in KINDS)
    written(tmp_path, "title: Mine")
    assert main(["init", str(tmp_path)]) == 1
    assert "is there already, and is not written over" in capsys.readouterr().err
    assert (tmp_path / NAME).read_text() == "title: Mine"
    (tmp_path / NAME).unlink()
    (tmp_path / NAME).symlink_to(tmp_path / "elsewhere")
    assert main(["init", str(tmp_path)]) == 1
    assert not (tmp_path / "elsewhere").exists()
    assert main(["init", str(tmp_path / "nowhere")]) == 1


def test_the_environment_counts_more_than_the_file(tmp_path, monkeypatch):
    configuration = load(written(tmp_path, FULL))
    assert configuration.settings().threshold == 0.8
    monkeypatch.setenv("TACROCHAT_THRESHOLD", "0.5")
    monkeypatch.setenv("TACROCHAT_FOLLOW_LINKS", "0")
    settings = configuration.settings()
    assert (settings.threshold, settings.uncertain, settings.follow_links) == (0.5, 0.3, False)


def test_a_file_that_cannot_be_opened_is_an_error_and_a_folder_that_cannot_be_entered_none(
    children, kettle, tmp_path
):
    """An index can be asked without its documents."""
    shutil.copytree(kettle[0], tmp_path / "pages")
    shutil.copytree(kettle[1], tmp_path / "index")
    manifest = tmp_path / "index" / "manifest.json"
    manifest.write_text(manifest.read_text().replace(str(kettle[0]), str(tmp_path / "pages")))
    written(tmp_path / "pages", "title: Mine").joinpath(NAME).chmod(0)
    refused = children.run("info", "--index", tmp_path / "index", obey=True)
    assert (refused.code, f"{NAME} cannot be opened (Permission denied)" in refused.err) == (1, True)
    (tmp_path / "pages").chmod(0)
    try:
        assert children.run("info", "--index", tmp_path / "index", obey=True).code == 0
    finally:
        (tmp_path / "pages").chmod(0o700)


def test_patterns_select_the_files(tmp_path):
    for name in ("a.md", "b.txt", "notes.md", "sub/notes.md", "drafts/c.md", "sub/drafts/d.md", "e.tmp"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "notes.md.meta.yaml").write_text("kind: trial")
    (tmp_path / "link").symlink_to("/usr")
    (tmp_path / NAME).write_text("title: Never a document")

    def found(**patterns):
        listed = scan([Folder(tmp_path, common=Selection(**patterns))], tmp_path / "index")
        files = [file.path for file in listed if isinstance(file, File)]
        return files, [other.path for other in listed if not isinstance(other, File)]

    assert NAME not in found()[0] + found()[1]
    assert found(exclude=("drafts/", "/notes.md", "*.tmp", "link")) == (["a.md", "b.txt", "sub/notes.md"], [])
    assert found(include=("*.md",), exclude=("drafts/",))[0] == ["a.md", "notes.md", "sub/notes.md"]
    assert found(exclude=("*.*", "!sub/notes.md"))[0] == ["sub/notes.md"]


def test_the_build_obeys_it_and_a_change_of_kinds_reads_the_files_again(tmp_path, encoder, capsys):
    corpus = tmp_path / "corpus"
    (corpus / "trials").mkdir(parents=True)
    (corpus / "trials" / "kettle.md").write_text("# Kettle\n\nThe kettle boils water in four minutes.\n")
    (corpus / "cup.md").write_text(
        "---\nkind: guideline\n---\n# Cup\n\nThe cup is washed by hand every evening.\n"
    )
    (corpus / "spoon.txt").write_text("The spoon is polished once a year with a soft cloth.\n")

    def kinds():
        library = tacrochat.build(corpus, tmp_path / "index", encoder=encoder)
        return {d.path: d.kind for d in library.documents}, library.report.changed

    written(corpus, "exclude: ['*.txt']\n")
    assert kinds() == ({"cup.md": "guideline", "trials/kettle.md": "unknown"}, 0)
    written(corpus, "kinds: {'*.md': trial}\nthresholds: {answered: 0.99}\n")
    assert kinds()[0] == {"cup.md": "guideline", "trials/kettle.md": "trial", "spoon.txt": "unknown"}
    library = tacrochat.open(tmp_path / "index")
    assert library.settings.threshold == 0.99
    assert main(["info", "--index", str(tmp_path / "index")]) == 0
    assert f"configuration: {corpus / NAME}" in capsys.readouterr().out
    written(corpus, "kinds: 7")
    for verb in (["build", "--corpus", str(corpus)], ["ask", "What is polished?"], ["info"]):
        assert main([*verb, "--index", str(tmp_path / "index")]) == 1
        assert f"{NAME}, line 1, column 8: kinds is '7'" in capsys.readouterr().err
