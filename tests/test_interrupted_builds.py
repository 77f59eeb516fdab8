"""A build that is stopped or killed keeps what it has embedded, and the next one goes on from there."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import tacrochat
from builder import Builder
from index_files import segments
from material import ROOT, write_pages
from once import place_model
from tacrochat.building.checkpoint import Checkpoint, texts_kept
from tacrochat.index.manifest import CHECKPOINT, EXPORTED

BATCH = 64


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Real documents, several batches of them, and too few for bfloat16 to be tried."""
    folder = tmp_path_factory.mktemp("interrupted") / "corpus"
    folder.mkdir()
    for path in sorted((ROOT / "docs" / "decisions").glob("0[0-2]*.md")):
        shutil.copy(path, folder)
    return folder


def _encoded(builder, corpus, index):
    """Build; returns how many texts were encoded."""
    count = index.with_suffix(".count")
    assert builder.wait(builder.start(corpus, index, count=count)) == (0, "")
    return int(count.read_text())


def _wait_for(index, count, is_running):
    end = time.monotonic() + 300
    while texts_kept(index) < count:
        assert is_running(), "the build ended before it was stopped"
        assert time.monotonic() < end
        time.sleep(0.01)


def test_killed_then_stopped_then_finished_is_as_built_in_one_go(corpus, tmp_path):
    whole, index = tmp_path / "whole", place_model(tmp_path / "index")
    with Builder() as builder:
        every = _encoded(builder, corpus, whole)
        assert every > 4 * BATCH
        pid = builder.start(corpus, index)
        _wait_for(index, BATCH, lambda: True)
        assert builder.kill(pid)[0] == -signal.SIGKILL
        killed = texts_kept(index)

        command = [sys.executable, "-m", "tacrochat", "build", "--corpus", corpus, "--index", index]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        shell = subprocess.Popen(command, text=True, env=environment, **pipes)
        _wait_for(index, killed + BATCH, lambda: shell.poll() is None)
        shell.send_signal(signal.SIGINT)
        out, error = shell.communicate(timeout=60)
        stopped = texts_kept(index)
        assert (shell.returncode, out) == (130, "")
        assert f"stopped; {stopped:,} passages and sentences that were embedded are kept in {index}" in error
        assert "run the same command again" in error
        assert killed < stopped < every

        assert _encoded(builder, corpus, index) == every - stopped, "what was kept is not encoded again"
    one, other = tacrochat.open(whole), tacrochat.open(index)
    assert list(one.passages) == list(other.passages)
    assert list(one.documents) == list(other.documents)
    assert one.sections() == other.sections()
    (whole_segment,), (segment,) = segments(whole), segments(index)
    for path in sorted(segment.iterdir()):
        if path.suffix != ".sqlite":
            assert path.read_bytes() == (whole_segment / path.name).read_bytes(), "to the last bit"
    assert other.verify() == []
    names = {path.name for path in index.iterdir()}
    assert names == {".lock", "manifest.json", EXPORTED, other.manifest.generation, segment.name}


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_the_server_can_be_stopped_while_it_builds(corpus, tmp_path, name):
    index = place_model(tmp_path / "index")
    command = [sys.executable, ROOT / "app.py", "--corpus", corpus, "--index", index, "--port", "0"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TMPDIR": str(tmp_path)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    server = subprocess.Popen(command, text=True, env=environment, **pipes)
    _wait_for(index, BATCH, lambda: server.poll() is None)
    server.send_signal(getattr(signal, name))
    out, error = server.communicate(timeout=60)
    kept = f"{texts_kept(index):,} passages and sentences that were embedded are kept in {index}"
    message = f"tacrochat: stopped; {kept}: the next build goes on from there\n"
    assert (server.returncode, error) == ((130, message) if name == "SIGINT" else (0, ""))
    assert len(out.splitlines()) == 1, "the address, printed at the start"
    assert list(tmp_path.glob("tacrochat-*")) == [], "the folder of uploads is deleted"


def _kept(folder, encoder, count=3):
    """Write a checkpoint of some batches, each of two texts."""
    checkpoint = Checkpoint(folder, encoder.fingerprint, encoder.dimension, full=False)
    vectors = encoder.encode(["a kettle", "a lid"])
    for number in range(count):
        keys = [f"{2 * number + i:032x}" for i in range(2)]
        checkpoint.append("sentences", "onnx-float32", keys, vectors, [])
    checkpoint.close()
    return {f"{i:032x}": "" for i in range(2 * count)}


def _restored(folder, encoder, keys, **about):
    about = {"fingerprint": encoder.fingerprint, "dimension": encoder.dimension, "full": False} | about
    return Checkpoint(folder, **about).restore({}, keys)


def test_only_what_is_whole_and_of_the_same_model_is_restored(tmp_path, encoder):
    keys = _kept(tmp_path, encoder)
    path = tmp_path / CHECKPOINT
    whole = path.read_bytes()
    restored = _restored(tmp_path, encoder, keys)
    assert restored.vectors.keys() == keys.keys()
    assert restored.engines == {"sentences": "onnx-float32"}
    assert _restored(tmp_path, encoder, {"f" * 32: ""}).vectors == {}
    assert _restored(tmp_path, encoder, keys, fingerprint="another").vectors == {}
    assert _restored(tmp_path, encoder, keys, full=True).vectors == {}, "--full takes over no other build's"
    size = (len(whole) - whole.index(b"\n")) // 3
    for length, count in [(len(whole) - 1, 4), (len(whole) - size - 1, 2), (size // 2, 0), (10, 0), (0, 0)]:
        path.write_bytes(whole[:length])
        assert len(_restored(tmp_path, encoder, keys).vectors) == count
    for at in (len(whole) - 5, len(whole) - size + 60, len(whole) - size + 2):
        changed = bytearray(whole)
        changed[at] ^= 1
        path.write_bytes(changed)
        assert len(_restored(tmp_path, encoder, keys).vectors) == 4, "a changed record and no other is lost"


def test_a_segment_finds_its_texts_behind_those_of_others(tmp_path, encoder):
    keys = _kept(tmp_path, encoder, count=40)
    last = dict(list(keys.items())[-2:])
    assert _restored(tmp_path, encoder, last).vectors.keys() == last.keys()


def test_a_record_after_a_torn_one_is_found_again(tmp_path, encoder):
    keys = _kept(tmp_path, encoder)
    path = tmp_path / CHECKPOINT
    path.write_bytes(path.read_bytes()[:-7])
    checkpoint = Checkpoint(tmp_path, encoder.fingerprint, encoder.dimension, full=False)
    assert len(checkpoint.restore({}, keys).vectors) == 4
    checkpoint.append("sentences", "onnx-float32", list(keys)[4:], encoder.encode(["a kettle", "a lid"]), [])
    checkpoint.close()
    assert len(_restored(tmp_path, encoder, keys).vectors) == 6
    assert texts_kept(tmp_path) == 6


def _header(encoder):
    about = {"schema": 3, "model": encoder.fingerprint, "dimension": encoder.dimension, "full": False}
    return json.dumps(about).encode() + b"\n"


def _record(rest):
    import hashlib

    return len(rest).to_bytes(4, "little") + hashlib.sha256(rest).digest() + rest


HOSTILE = {
    "no header": lambda _: b"\xff" * 100_000,
    "a list as header": lambda _: b"[" * 4_000 + b"\n",
    "four billion texts": lambda e: _header(e) + _record(b"\0\0" + b"\xff" * 4),
    "a length of 4 GB": lambda e: _header(e) + b"\xff" * 50,
    "another stage": lambda e: _header(e) + _record(b"\x09\x09\x01\0\0\0" + b"\0" * (20 + 4 * 384)),
    "vectors that are no numbers": lambda e: (
        _header(e) + _record(b"\x01\0\x01\0\0\0" + b"\0" * 20 + b"\xff" * 4 * 384)
    ),
    "a negative count": lambda e: (
        _header(e) + _record(b"\0\0\x01\0\0\0" + b"\0" * 16 + b"\xff" * 4 + b"\0" * 4 * 384)
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_checkpoint_does_no_harm(name, tmp_path, encoder, kettle_library):
    index = tmp_path / "index"
    index.mkdir()
    (index / CHECKPOINT).write_bytes(HOSTILE[name](encoder))
    assert texts_kept(index) >= 0
    library = tacrochat.build(write_pages(tmp_path / "pages"), index, encoder=encoder)
    assert np.array_equal(library.embeddings, kettle_library.embeddings)
    assert not (index / CHECKPOINT).exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are not on this system")
def test_nothing_is_read_or_written_through_a_link_a_pipe_or_a_folder(tmp_path, encoder):
    pages = write_pages(tmp_path / "pages")
    precious = tmp_path / "precious"
    _kept(tmp_path, encoder)
    (tmp_path / CHECKPOINT).rename(precious)
    before = precious.read_bytes()
    for place in (
        lambda path: path.symlink_to(precious),
        lambda path: path.hardlink_to(precious),
        os.mkfifo,
        lambda path: path.mkdir(),
    ):
        index = tmp_path / "index"
        index.mkdir()
        place(index / CHECKPOINT)
        assert len(tacrochat.build(pages, index, encoder=encoder).passages) > 3
        shutil.rmtree(index)
    assert precious.read_bytes() == before
