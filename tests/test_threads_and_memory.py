"""A library may be used from several threads, and leaves nothing behind when it is replaced."""

import gc
import os
import shutil
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import tacrochat
from index_files import segments
from tacrochat.building.build import build
from tacrochat.embedding.encoder import Encoder
from tacrochat.index.store import Store
from tacrochat.library import Library
from tacrochat.settings import Settings


def open_files():
    """List what this process has open or mapped below folders named ``index``."""
    links = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if _exists(fd)]
    maps = [line.split(maxsplit=5)[-1] for line in Path("/proc/self/maps").read_text().splitlines()]
    return sorted(path for path in {*links, *maps} if "/generation-" in path or "/segment-" in path)


def _exists(fd):
    return os.path.lexists(f"/proc/self/fd/{fd}")


@pytest.fixture
def no_collector():
    """Without the garbage collector, only what nothing refers to is freed."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_a_library_that_is_replaced_is_freed_with_its_files(no_collector, kettle, tmp_path, encoder):
    shutil.copytree(kettle[0], tmp_path / "pages")
    library = build(tmp_path / "pages", tmp_path / "index", encoder=encoder)
    assert tacrochat.Assistant(library).ask("How often should I descale it?").quotes
    assert library.sections()
    assert library.to_pandas().shape[0] == len(library.passages)
    here = str(tmp_path)
    assert [path for path in open_files() if here in path]
    gone = [weakref.ref(part) for part in (library, library._store, library.pipeline, library._model)]
    for number in range(3):
        (tmp_path / "pages" / "new.md").write_text(f"The new kettle has {number} handles.\n")
        library = build(tmp_path / "pages", tmp_path / "index", encoder=library.encoder)
        library.search("handles")
    assert library.encoder is encoder
    assert [part() for part in gone] == [None] * 4
    (segment,) = segments(tmp_path / "index")
    assert {Path(path).parent.name for path in open_files() if here in path} == {
        library.manifest.generation,
        segment.name,
    }
    reopened = library.reopen()
    assert reopened is library
    del library, reopened
    assert [path for path in open_files() if here in path] == []


def test_a_library_reopened_keeps_the_model_and_not_the_library_before(
    no_collector, kettle, tmp_path, encoder
):
    shutil.copytree(kettle[0], tmp_path / "pages")
    shutil.copytree(kettle[1], tmp_path / "index")
    library = Library(Store(tmp_path / "index"), Settings(), encoder=encoder)
    library.search("descale")
    (tmp_path / "pages" / "new.md").write_text("The new kettle has two handles.\n")
    build(tmp_path / "pages", tmp_path / "index", encoder=encoder)
    before = weakref.ref(library)
    library = library.reopen()
    assert before() is None
    assert library.encoder is encoder
    assert library.search("handles")[0].passage.text.startswith("The new kettle")


def test_reopening_does_not_load_the_model(kettle, tmp_path, encoder, monkeypatch):
    shutil.copytree(kettle[0], tmp_path / "pages")
    shutil.copytree(kettle[1], tmp_path / "index")
    library = tacrochat.open(tmp_path / "index")
    (tmp_path / "pages" / "new.md").write_text("The new kettle has two handles.\n")
    build(tmp_path / "pages", tmp_path / "index", encoder=encoder)
    monkeypatch.setattr(Encoder, "__init__", lambda *_: pytest.fail("loaded"))
    assert len(library.reopen().documents) == 4


QUESTIONS = [
    "How often should I descale the kettle?",
    "What removes dark spots?",
    "Why not scrub with steel wool?",
    "Which model can break when it is full?",
    "How much does the maker refund for each returned kettle?",
    "When was the whistling kettle first sold?",
    "Where was the oldest kettle found, and of what was it cast?",
    "lemon",
]


def test_eight_threads_get_the_answers_that_one_gets(kettle, encoder):
    library = Library(Store(kettle[1]), Settings(), encoder=encoder)
    assistant = tacrochat.Assistant(library)
    expected = [assistant.ask(question).to_dict() for question in QUESTIONS]
    fresh = tacrochat.Assistant(Library(Store(kettle[1]), Settings(), encoder=encoder))
    start = threading.Barrier(len(QUESTIONS))

    def ask(number):
        start.wait()
        return [fresh.ask(QUESTIONS[(number + i) % 8]).to_dict() for i in range(4)]

    with ThreadPoolExecutor(len(QUESTIONS)) as pool:
        for number, answers in enumerate(pool.map(ask, range(len(QUESTIONS)))):
            assert answers == [expected[(number + i) % 8] for i in range(4)]


def test_eight_threads_count_and_encode_as_one_does(encoder):
    """Calls that set the tokenizer up differently, mixed: counting, padding, truncating."""
    texts = [" ".join(QUESTIONS[: n + 1]) * (n + 1) for n in range(8)]
    counts = [encoder.count_tokens([text]) for text in texts]
    vectors = [encoder.encode([text]) for text in texts]
    start = threading.Barrier(8)

    def work(number):
        start.wait()
        for _ in range(3):
            assert encoder.count_tokens([texts[number]]) == counts[number]
            assert abs(encoder.encode([texts[number]]) - vectors[number]).max() < 1e-5
            whole, _ = encoder.encode_words([texts[number]], [[(0, 3)]])
            assert abs(whole - vectors[number]).max() < 1e-5

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
