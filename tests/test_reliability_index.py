"""A published index is whole: after kill -9, a full disk, truncation, flipped bytes, rival builds."""

import os
import random
import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest

import tacrochat
from builder import Builder
from index_files import published
from tacrochat.errors import IndexFolderError, TacrochatError
from tacrochat.index.manifest import CHECKPOINT

KILLS = 50
FLIPS = 60  # a file


def _page(name, number):
    return (
        f"# {name}\n\nThe {name} opens at {number} in the morning and closes when the last guest left.\n\n"
        f"## Rules\n\nNobody may bring a dog into the {name}. The fine for the {name} is {number} crowns.\n"
    )


@pytest.fixture(scope="module")
def builder():
    with Builder() as running:
        yield running


@pytest.fixture(scope="module")
def pristine(tmp_path_factory, builder):
    """A corpus and its index, built once; copied before anything is done to them."""
    folder = tmp_path_factory.mktemp("pristine")
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, name in enumerate("castle garden museum harbour library market station theatre".split(), 5):
        (corpus / f"{name}.md").write_text(_page(name, number))
    assert builder.wait(builder.start(corpus, folder / "index")) == (0, "")
    return folder


@pytest.fixture
def place(pristine, tmp_path):
    shutil.copytree(pristine, tmp_path / "place")
    return tmp_path / "place"


def _assert_whole(index):
    """Fail unless the index opens, agrees with its checksums and with itself; returns it."""
    library = tacrochat.open(index)
    assert library._store.damaged() == []
    for passage in library.passages:
        assert library.documents[passage.document_id].text[passage.start : passage.end] == passage.text
    assert library.pipeline.terms.search(["castl"], 5)[0].size
    assert len(library.embeddings) == len(library.passages)
    return library


def test_kill_at_fifty_random_moments_of_a_build(place, builder):
    rng = random.Random(5)
    corpus, index = place / "corpus", place / "index"
    for number in range(2):  # the first build takes longer than those that are killed
        (corpus / "castle.md").write_text(_page("castle", 98 + number))
        began = time.monotonic()
        assert builder.wait(builder.start(corpus, index)) == (0, "")
        whole_build = time.monotonic() - began
    killed = 0
    seen = set()
    for attempt in range(KILLS):
        (corpus / "castle.md").write_text(_page("castle", 100 + attempt))
        (corpus / f"new-{attempt % 7}.md").write_text(_page(f"pavilion {attempt}", attempt))
        pid = builder.start(corpus, index)
        time.sleep(rng.uniform(0, 1.1 * whole_build))
        code, error = builder.kill(pid)
        assert code in {0, -9}, error
        killed += code == -9
        seen.add(_assert_whole(index).manifest.generation)
    assert killed >= KILLS // 3, "the moments miss the build"
    assert builder.wait(builder.start(corpus, index)) == (0, "")
    library = _assert_whole(index)
    assert library.verify() == []
    assert "199" not in library.document("castle.md").text
    assert str(100 + KILLS - 1) in library.document("castle.md").text
    assert len(list(index.glob("generation-*"))) <= 2
    assert len(list(index.glob("segment-*"))) <= 2
    assert not list(index.glob("*.new"))
    assert not (index / CHECKPOINT).exists()


def _files(index):
    return [index / "manifest.json", *published(index)]


def test_truncation_of_any_file_is_told_and_repaired(place, builder):
    corpus, index = place / "corpus", place / "index"
    for path in _files(index):
        whole = path.read_bytes()
        for length in (0, 1, len(whole) // 3, len(whole) // 2, len(whole) - 4096, len(whole) - 1):
            if length < 0:
                continue
            path.write_bytes(whole[:length])
            (problem, *_) = _problems(index)
            assert str(index) in problem
            assert "run 'tacrochat build" in problem
        path.unlink()
        with pytest.raises(IndexFolderError, match="run 'tacrochat build"):
            tacrochat.open(index)
        path.write_bytes(whole)
    _files(index)[1].write_bytes(b"cut")
    assert builder.wait(builder.start(corpus, index)) == (0, "")
    assert tacrochat.open(index).verify() == []


def _problems(index):
    """Open and verify, as ``tacrochat verify`` does; what is told is the list or the error."""
    try:
        return tacrochat.open(index).verify()
    except TacrochatError as error:
        return [str(error)]


def test_verify_finds_any_flipped_byte(place):
    rng = random.Random(7)
    index = place / "index"
    for path in _files(index):
        whole = path.read_bytes()
        for _ in range(FLIPS):
            at = rng.randrange(len(whole))
            changed = bytearray(whole)
            changed[at] ^= 1 << rng.randrange(8)
            path.write_bytes(changed)
            assert any("tacrochat build" in problem for problem in _problems(index)), (path.name, at)
        path.write_bytes(whole)
    assert tacrochat.open(index).verify() == []


def test_of_two_builds_one_writes_and_the_other_says_so(place, builder):
    corpus, index = place / "corpus", place / "index"
    outcomes = []
    for number in range(5):
        (corpus / "garden.md").write_text(_page("garden", 300 + number))
        pids = [builder.start(corpus, index) for _ in range(3)]
        found = [builder.wait(pid) for pid in pids]
        assert 0 in {code for code, _ in found}
        for code, error in found:
            assert code == 0 or (code == 1 and error.startswith("IndexBusy: another build is writing"))
        outcomes += found
        assert str(300 + number) in _assert_whole(index).document("garden.md").text
    assert any(code == 1 for code, _ in outcomes)


def test_readers_during_swaps_always_see_a_whole_index(place, builder):
    corpus, index = place / "corpus", place / "index"
    stop = threading.Event()
    wrong, looked = [], []
    old = tacrochat.open(index)

    def read():
        while not stop.is_set():
            try:
                looked.append(_assert_whole(index).manifest.generation)
            except Exception as error:
                wrong.append(repr(error))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for number in range(8):
            (corpus / "market.md").write_text(_page("market", 500 + number))
            assert builder.wait(builder.start(corpus, index)) == (0, "")
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert wrong == []
    assert len(set(looked)) > 3
    # Who opened the index long ago goes on answering from it, in any thread, though its files are gone.
    assert not (index / old.manifest.generation).exists()
    assert not (index / old.manifest.segments[0].name).exists()
    found = []
    thread = threading.Thread(target=lambda: found.append(old.pipeline.terms.search(["castl"], 5)[0]))
    thread.start()
    thread.join()
    assert found[0].size
    assert "fine for the castle is 5 crowns" in old.document("castle.md").text


@pytest.mark.parametrize("largest", [200, 8_000, 20_000, 120_000])
def test_a_file_that_cannot_grow_leaves_the_old_index(place, builder, largest):
    corpus, index = place / "corpus", place / "index"
    before = tacrochat.open(index).manifest.generation
    (corpus / "castle.md").write_text(_page("castle", 700))
    code, error = builder.wait(builder.start(corpus, index, largest_file=largest))
    if code:
        assert (code, error.split(":")[0]) == (1, "IndexFolderError")
        assert "free space" in error
        assert _assert_whole(index).manifest.generation == before
        assert len(list(index.glob("generation-*"))) == len(list(index.glob("segment-*"))) == 1
    assert code or largest > 100_000
    assert builder.wait(builder.start(corpus, index)) == (0, "")
    assert "700" in _assert_whole(index).document("castle.md").text
    assert not (index / CHECKPOINT).exists()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own, small; only root may mount one."""
    mount = tmp_path / "disk"
    mount.mkdir()
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("mounting a small disk needs root")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(mount)], check=False)
    if done.returncode:
        pytest.skip("mounting is not allowed here")
    yield mount
    subprocess.run(["umount", "-l", str(mount)], check=True)


def test_a_full_disk_leaves_the_old_index(pristine, small_disk, tmp_path, builder):
    corpus, index = tmp_path / "corpus", small_disk / "index"
    shutil.copytree(pristine / "corpus", corpus)
    shutil.copytree(pristine / "index", index)
    before = tacrochat.open(index).manifest.generation
    (corpus / "castle.md").write_text(_page("castle", 800))
    outcomes = []
    size = sum(path.stat().st_size for path in published(index))
    for free in (0, 4_096, size // 4, size // 2, 3 * size // 4, size - 8_192, size - 4_096):
        filler = small_disk / "filler"
        filler.unlink(missing_ok=True)
        space = shutil.disk_usage(small_disk).free - free
        filler.write_bytes(b"\0" * max(0, space))
        code, error = builder.wait(builder.start(corpus, index))
        outcomes.append(code)
        assert code in {0, 1}, error
        if code:
            assert error.startswith("IndexFolderError")
            assert "free space" in error
        library = _assert_whole(index)
        assert (library.manifest.generation == before) == (code == 1)
        if not code:
            break
    assert outcomes.count(1) >= 4
    (small_disk / "filler").unlink()
    assert builder.wait(builder.start(corpus, index)) == (0, "")
    assert "800" in _assert_whole(index).document("castle.md").text
    assert not (index / CHECKPOINT).exists()


def test_no_file_is_unpickled():
    source = Path(tacrochat.__file__).parent
    # The server and the processes that it starts speak over pipes, which nobody else can write to.
    pipes = {source / "ui" / "operation" / name for name in ("answering.py", "worker.py")}
    for path in source.rglob("*.py"):
        text = path.read_text("utf-8")
        assert "import pickle" not in text or path in pipes, path
        assert "allow_pickle=True" not in text, path
