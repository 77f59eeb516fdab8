"""The library behind the page: up before it is loaded, refreshed and swapped while it answers."""

import gc
import shutil
import subprocess
import sys
import threading
import weakref

import pytest
from serving import corpus

import tacrochat
from tacrochat.errors import TacrochatError
from tacrochat.ui import turns
from tacrochat.ui.map.tab import _Projections
from tacrochat.ui.wording import say
from tacrochat.ui.workspace import Workspace

KEY = "# The brass key\n\nThe brass key to the cellar hangs on a nail behind the kitchen door.\n"
WHERE = "Where does the brass key to the cellar hang?"


def ask(workspace, question):
    with workspace.asking() as library:
        return tacrochat.Assistant(library).ask(question), library


def until(workspace, *phases):
    with workspace._changed:
        assert workspace._changed.wait_for(lambda: workspace.state.phase in phases, 120)


@pytest.fixture(scope="module")
def folders(tmp_path_factory, encoder):
    """A corpus and its index, built once; each test takes a copy."""
    root = tmp_path_factory.mktemp("workspace")
    tacrochat.build(corpus(root / "corpus"), root / "index", encoder=encoder)
    return root


@pytest.fixture
def workspace(folders, tmp_path, encoder, monkeypatch):
    """A workspace started in another folder than that of its corpus."""
    shutil.copytree(folders / "corpus", tmp_path / "corpus")
    shutil.copytree(folders / "index", tmp_path / "index")
    tacrochat.build(tmp_path / "corpus", tmp_path / "index", encoder=encoder)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    opened = Workspace(tmp_path / "index", corpus(tmp_path / "elsewhere" / "corpus"))
    opened.start()
    yield opened
    until(opened, "ready", "failed")


SLIDERS = """
from pathlib import Path
import gradio as gr
from tacrochat.ui.page import build_page
from tacrochat.ui.workspace import Workspace

page = build_page(Workspace(Path("index"), Path("corpus")))
for slider in page.blocks.values():
    if isinstance(slider, gr.Slider):
        print(slider.minimum, slider.value, slider.maximum)
"""


def test_the_settings_are_within_the_range_of_the_controls(tmp_path, monkeypatch):
    monkeypatch.setenv("TACROCHAT_TOP", "50")
    printed = subprocess.check_output([sys.executable, "-c", SLIDERS], cwd=tmp_path, text=True)
    ranges = [[float(number) for number in line.split()] for line in printed.splitlines()]
    assert 50 in [value for _, value, _ in ranges]
    assert all(least <= value <= most for least, value, most in ranges)


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
    answer, library = ask(workspace, "How is the tube of glow ointment stored?")
    assert (answer.status, library.manifest.generation) == ("answered", first)
    assert ask(workspace, WHERE)[0].status == "not_found"
    go.set()
    until(workspace, "ready")
    assert workspace.state.generation != first
    answer, _ = ask(workspace, WHERE)
    assert "kitchen door" in answer.quotes[0].text


def test_a_rebuild_is_not_refused_because_a_page_looks_for_a_new_index(workspace):
    """Every question looks, and a build that has just ended still holds the lock for a moment."""
    until(workspace, "ready")
    assert workspace._build_lock.acquire(timeout=10)
    threading.Timer(0.3, workspace._build_lock.release).start()
    assert workspace.rebuild()


def test_an_index_built_elsewhere_is_taken_up(workspace):
    until(workspace, "ready")
    (workspace.corpus / "key.md").write_text(KEY)
    tacrochat.build(workspace.corpus, workspace.index)
    answer, library = ask(workspace, WHERE)
    assert "kitchen door" in answer.quotes[0].text
    assert workspace.state.generation == library.manifest.generation


def test_a_failed_refresh_leaves_the_library(workspace):
    until(workspace, "ready")
    for path in workspace.corpus.iterdir():
        path.unlink()
    workspace.rebuild()
    until(workspace, "ready")
    assert "no files" in workspace.state.error
    assert ask(workspace, "How is the tube of glow ointment stored?")[0].status == "answered"


def test_a_corpus_that_is_missing_is_said(tmp_path):
    opened = Workspace(tmp_path / "index", tmp_path / "nowhere")
    opened.start()
    with pytest.raises(TacrochatError, match="nowhere"):
        opened.wait()
    assert opened.state.phase == "failed"


def test_a_refresh_uses_the_corpus_and_model_of_the_index(workspace, tmp_path):
    until(workspace, "ready")
    assert workspace.corpus == (tmp_path / "corpus").resolve()
    (tmp_path / "corpus" / "key.md").write_text(KEY)
    given = []
    assert workspace.rebuild(given.append)
    until(workspace, "ready")
    assert given == [workspace.corpus]
    manifest = workspace.library.manifest
    assert manifest.corpus == str((tmp_path / "corpus").resolve())
    assert "key.md" in [document.path for document in workspace.library.documents]
    before = Workspace(tmp_path / "index", tmp_path / "nowhere")
    assert before.corpus == workspace.corpus, "also before the index is open"


def test_a_corpus_that_is_gone_is_said_and_not_made_again(workspace, tmp_path):
    until(workspace, "ready")
    shutil.rmtree(tmp_path / "corpus")
    changes = []
    with pytest.raises(TacrochatError, match=r"corpus, which .* is gone; put it back"):
        workspace.rebuild(changes.append)
    assert changes == []
    assert not (tmp_path / "corpus").exists()
    assert ask(workspace, "How is the tube of glow ointment stored?")[0].status == "answered"
    corpus(tmp_path / "corpus")
    assert workspace.rebuild()
    until(workspace, "ready")
    assert workspace.state.error == ""


def test_a_replaced_library_is_freed_and_the_model_stays(workspace):
    """Also with what the page keeps: saved turns and the projection of the map."""
    until(workspace, "ready")
    projections = _Projections()
    seen, encoders = [], set()
    gc.disable()
    try:
        for number in range(3):
            answer, library = ask(workspace, "How is the tube of glow ointment stored?")
            saved = turns.save([turns.Turn.of(answer, library)])
            assert turns.restore(saved, library)
            projections.of(library)
            encoders.add(id(library.encoder))
            seen.append(weakref.ref(library))
            (workspace.corpus / "key.md").write_text(f"{KEY}\nIt was hung there {number + 2} years ago.\n")
            del answer, library
            assert workspace.rebuild()
            until(workspace, "ready")
        assert [ref() for ref in seen] == [None] * 3
    finally:
        gc.enable()
    assert len(encoders) == 1


def test_every_stage_of_a_build_has_a_text(tmp_path, encoder):
    stages = set()
    tacrochat.build(
        corpus(tmp_path / "corpus"),
        tmp_path / "index",
        encoder=encoder,
        progress=lambda stage, done, total: stages.add(stage),
    )
    assert len(stages) == 3
    for stage in stages:
        assert say("en", f"stage_{stage}") != say("de", f"stage_{stage}")


def test_a_failed_start_takes_up_an_index_that_is_built_later(tmp_path, encoder):
    opened = Workspace(tmp_path / "index", tmp_path / "corpus")
    opened.start()
    until(opened, "failed")
    version = opened.version
    opened.look()
    assert opened.version == version, "nothing has changed, so nothing is tried again"
    tacrochat.build(corpus(tmp_path / "corpus"), tmp_path / "index", encoder=encoder)
    opened.look()
    until(opened, "ready")
    assert opened.version != version
    assert ask(opened, "How is the tube of glow ointment stored?")[0].status == "answered"
