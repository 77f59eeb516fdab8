"""Folders that are named: where their indexes are, the sample, and what cannot be served."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tacrochat
from material import ROOT, write_pages
from once import place_model
from tacrochat.building import sample
from tacrochat.cli import main
from tacrochat.cli.folders import libraries
from tacrochat.cli.parser import make_parser
from tacrochat.index.user_folders import index_of

NOBODY_IS = 54_321  # a user's number that the machine knows nothing about


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A user with an empty home folder, in an empty working folder."""
    folder = tmp_path / "home"
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(folder))
    for path in (folder, tmp_path / "here"):
        path.mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return folder


@pytest.fixture
def pages(tmp_path):
    return write_pages(tmp_path / "pages")


def served(*arguments):
    return libraries(make_parser().parse_args(["serve", *map(str, arguments)]))


def fails(capsys, arguments, *words):
    """Run a verb that must end with one clear line on standard error."""
    capsys.readouterr()
    assert main([str(a) for a in arguments]) == 1
    check_error(capsys.readouterr().err, *words)


def check_error(text, *words):
    assert text.startswith("tacrochat: ")
    assert text.count("\n") == 1
    for word in words:
        assert str(word) in text


# What is served ------------------------------------------------------------------------------------


def test_a_folder_has_its_index_in_the_cache_by_whatever_path_it_is_named(home, pages, tmp_path):
    (tmp_path / "link").symlink_to(pages)
    (one,), (other,), (named,) = served(pages), served(tmp_path / "link"), served(f"med={pages}")
    assert (one.name, named.name, one.corpus) == ("", "med", pages)
    assert one.index == other.index == named.index == index_of(pages)
    assert one.index.parent == home / ".cache" / "tacrochat" / "indexes"
    assert one.index.name.startswith("pages-")
    assert one.index != index_of(tmp_path / "elsewhere" / "pages")
    assert os.stat(one.index).st_mode & 0o077 == 0, "it will hold the texts: for this user alone"


def test_several_folders_are_libraries_with_names(pages, tmp_path):
    (tmp_path / "a=b").mkdir()
    first, second, third = served(pages, f"law={tmp_path / 'here'}", f"odd={tmp_path}/a=b")
    assert [library.name for library in (first, second, third)] == ["pages", "law", "odd"]
    assert third.corpus == tmp_path / "a=b"
    assert len({library.index for library in (first, second, third)}) == 3


def test_an_index_that_is_given(pages, kettle, capsys):
    (library,) = served(pages, "--index", "mine")
    assert (library.index, library.corpus) == ("mine", pages)
    fails(capsys, ["serve", pages, "--index", kettle[1]], kettle[1], f"is the index of {kettle[0]}")


@pytest.mark.parametrize("name", ["corpus", "index"])
def test_what_is_in_the_working_folder_comes_first(name):
    Path(name).mkdir()
    if name == "index":
        Path(name, "manifest.json").write_text("{}")
    (library,) = served()
    assert (library.name, library.index, library.corpus) == ("", "index", Path("corpus"))
    (library,) = served("--index", "other", "--corpus", "papers")
    assert (library.index, library.corpus) == ("other", Path("papers"))


def test_the_sample_is_copied_for_the_user_and_what_is_changed_in_it_stays(home, monkeypatch, tmp_path):
    (library,) = served()
    copy = home / ".local" / "share" / "tacrochat" / "sample"
    assert (library.corpus, library.index) == (copy, index_of(copy))
    names = {path.relative_to(copy) for path in copy.rglob("*.md")}
    assert names == {path.relative_to(ROOT / "corpus") for path in (ROOT / "corpus").rglob("*.md")}

    newer = shutil.copytree(ROOT / "corpus", tmp_path / "newer")
    (newer / "new.md").write_text("# New\n\nA newer tacrochat has one more document.\n")
    monkeypatch.setattr(sample, "packaged", lambda: newer)
    assert (served()[0].corpus / "new.md").exists()
    (copy / "uploaded").mkdir()
    (copy / "uploaded" / "mine.md").write_text("# Mine\n\nThe user has added this.\n")
    (newer / "newest.md").write_text("# Newest\n\nOne more.\n")
    served()
    assert (copy / "uploaded" / "mine.md").exists()
    assert not (copy / "newest.md").exists()
    assert [path.name for path in copy.parent.iterdir()] == ["sample"], "no drafts are left"


def test_the_shell_asks_the_index_of_a_folder(capsys, pages):
    fails(capsys, ["ask", "How often should I descale it?", "--folder", pages], f"build --folder {pages}")
    place_model(index_of(pages))
    assert main(["build", "--folder", str(pages), "--quiet"]) == 0
    capsys.readouterr()
    assert main(["ask", "How often should I descale it?", "--folder", str(pages)]) == 0
    assert "once a month" in capsys.readouterr().out
    assert not list(Path.cwd().iterdir()), "nothing is written where the command runs"


# What cannot be served -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gone"], ["there is no folder gone"]),
        (["med=gone"], ["there is no folder gone"]),
        (["./a=b/gone"], ["there is no folder ./a=b/gone"]),
        (["a=b"], ["there is no folder b", "./a=b"]),
        (["{file}"], ["is a file", "the folder that it lies in"]),
        (["{pages}", "{pages}/../pages"], ["are one folder"]),
        (["x={pages}", "X={here}"], ["have the same name", "NAME=FOLDER"]),
        (["{pages}", "./a=b"], ["needs a name", "NAME=./a=b"]),
        (["{pages}", "{here}", "--index", "i"], ["--index i", "leave it out"]),
        (["{pages}", "--corpus", "c"], ["--corpus c", "leave it out"]),
        (["{index}"], ["is an index", "--index"]),
    ],
)
def test_what_cannot_be_served_is_one_clear_line(capsys, pages, kettle, arguments, words):
    Path("a=b").mkdir()
    values = {"pages": pages, "file": pages / "care.md", "here": Path.cwd(), "index": kettle[1]}
    fails(capsys, ["serve", *(text.format(**values) for text in arguments)], *words)


def test_a_user_without_a_home(capsys, children, pages, monkeypatch):
    monkeypatch.setenv("HOME", "/nonexistent")
    fails(capsys, ["serve", pages], "/nonexistent", "XDG_CACHE_HOME", "--index DIR")
    fails(capsys, ["serve"], "/nonexistent", "XDG_DATA_HOME", "--index DIR")
    assert not Path("/nonexistent").exists()
    if os.geteuid() == 0:  # only then a process can become a user whom the machine does not know
        done = children.run("serve", "/usr", user=NOBODY_IS, environment={"HOME": None})
        assert done.code == 1
        check_error(done.err, "home folder of this user (~) is not there", "XDG_CACHE_HOME")


def test_a_cache_that_cannot_be_written(children, pages, tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o555)
    done = children.run("serve", pages, obey=True, environment={"XDG_CACHE_HOME": cache})
    assert done.code == 1
    check_error(done.err, cache, "cannot be written (Permission denied)", "--index DIR")


def test_documents_on_a_disk_that_is_read_only(pages, home):
    place_model(index_of(pages))
    mount = f"mount --bind '{pages}' '{pages}' && mount -o remount,bind,ro '{pages}'"
    build = f"'{sys.executable}' -m tacrochat build --json --folder '{pages}'"
    script = f"{mount} || exit 99; touch '{pages}/x' && exit 98; exec {build}"
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=False)
    if done.returncode == 99 or done.stderr.startswith("unshare:"):
        pytest.skip(f"no disk can be mounted here: {done.stderr}")
    assert json.loads(done.stdout)["documents"] == 3
    assert tacrochat.open(index_of(pages)).verify() == []
