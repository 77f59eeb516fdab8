"""The library behind the page: up before it is loaded, refreshed and swapped while it answers."""

import shutil
import threading

import pytest
from serving import corpus

import tacrochat
from tacrochat.errors import TacrochatError
from tacrochat.ui.workspace import Workspace

KEY = "# The brass key\n\nThe brass key to the cellar hangs on a nail behind the kitchen door.\n"
WHERE = "Where does the brass key to the cellar hang?"


def until(workspace, *phases):
    with workspace._changed:
        assert workspace._changed.wait_for(lambda: workspace.state.phase in phases, 120)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A corpus and its index, built once; each test takes a copy."""
    root = tmp_path_factory.mktemp("workspace")
    tacrochat.build(corpus(root / "corpus"), root / "index")
    return root


@pytest.fixture
def workspace(folders, tmp_path):
    shutil.copytree(folders / "corpus", tmp_path / "corpus")
    shutil.copytree(folders / "index", tmp_path / "index")
    opened = Workspace(tmp_path / "index", tmp_path / "corpus")
    opened.start()
    yield opened
    until(opened, "ready", "failed")


def test_old_index_answers_until_the_new_one_is_ready(workspace):
    until(workspace, "ready")
    first = workspace.state.generation
    go, reached = threading.Event(), threading.Event()

    def progress(stage, done, total):
        reached.set()
        assert go.wait(60)

    workspace._progress = progress
    (workspace.corpus / "key.md").write_text(KEY)
    assert workspace.rebuild()
    assert reached.wait(60)
    assert not workspace.rebuild(), "one build at a time"
    answer, library = workspace.ask("How is the tube of glow ointment stored?")
    assert (answer.status, library.manifest.generation) == ("answered", first)
    assert workspace.ask(WHERE)[0].status == "not_found"
    go.set()
    until(workspace, "ready")
    assert workspace.state.generation != first
    answer, _ = workspace.ask(WHERE)
    assert "kitchen door" in answer.quotes[0].text


def test_an_index_built_elsewhere_is_taken_up(workspace):
    until(workspace, "ready")
    (workspace.corpus / "key.md").write_text(KEY)
    tacrochat.build(workspace.corpus, workspace.index)
    answer, library = workspace.ask(WHERE)
    assert "kitchen door" in answer.quotes[0].text
    assert workspace.state.generation == library.manifest.generation


def test_a_failed_refresh_leaves_the_library(workspace):
    until(workspace, "ready")
    for path in workspace.corpus.iterdir():
        path.unlink()
    workspace.rebuild()
    until(workspace, "ready")
    assert "no files" in workspace.state.error
    assert workspace.ask("How is the tube of glow ointment stored?")[0].status == "answered"


def test_a_corpus_that_is_missing_is_said(tmp_path):
    opened = Workspace(tmp_path / "index", tmp_path / "nowhere")
    opened.start()
    with pytest.raises(TacrochatError, match="nowhere"):
        opened.wait()
    assert opened.state.phase == "failed"
