"""The reading process waits for no pipe and ends with the process that started it."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from material import ROOT
from tacrochat.errors import ReadError
from tacrochat.readers.files import Limits, Worker, digest, parts

PAGE = b"# Kettles\n\nRinse the kettle with warm water after each use.\n"

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are not on this system")


@pytest.fixture
def worker():
    with Worker(Limits(), seconds=20) as running:
        yield running


def test_a_pipe_as_a_side_car_is_not_waited_for(worker, tmp_path):
    page = tmp_path / "page.md"
    page.write_bytes(PAGE)
    os.mkfifo(tmp_path / "page.md.meta.yaml")
    began = time.monotonic()
    (part,) = worker.read(page).parts
    assert time.monotonic() - began < 10
    assert part.extract.text == PAGE.decode()
    (note,) = part.extract.notes
    assert "page.md.meta.yaml was not used: it is not a regular file" in note


def test_a_pipe_a_socket_and_a_folder_are_no_documents(worker, tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "device.md").symlink_to("/dev/zero")
    monkeypatch.chdir(tmp_path)  # the name of a socket is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.md")
        for name, reason in {
            "pipe.md": "not a regular file",
            "folder.md": "not a regular file",
            "device.md": "not a regular file",
            "socket.md": "cannot be opened",
            "missing.md": "cannot be opened",
        }.items():
            path = tmp_path / name
            with pytest.raises(ReadError, match=reason):
                worker.read(path)
            with pytest.raises(ReadError, match=reason):
                list(parts(path, Limits()))
            with pytest.raises(OSError, match=name):
                digest(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"title: [1, 2", "no YAML mapping"),
        (b"\xff\xfe\xfa", "no YAML mapping"),
        (b"title: A\n" + b"#" * 70_000, "over 65,536 bytes"),
        (b"[" * 50_000, "no YAML mapping"),
    ],
)
def test_a_side_car_that_cannot_be_used_is_named(worker, tmp_path, content, reason):
    page = tmp_path / "page.md"
    page.write_bytes(PAGE)
    (tmp_path / "page.md.meta.yaml").write_bytes(content)
    (part,) = worker.read(page).parts
    (note,) = part.extract.notes
    assert "page.md.meta.yaml" in note
    assert reason in note


# What a reader is busy with: the first lets other threads run, the second does not, the third waits.
BUSY = {
    "a loop": "while True: pass",
    "a parser in C": "import re; re.match('(a+)+$', 'a' * 60 + 'b')",
    "a wait": "open(path.with_name('pipe'))",
}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only the first and the third end at once")
@pytest.mark.parametrize("busy", BUSY.values(), ids=BUSY)
def test_a_busy_reading_process_ends_with_its_killed_parent(tmp_path, busy):
    """Kill -9 the parent while its reading process is in the middle of a file."""
    (tmp_path / "page.md").write_bytes(PAGE)
    os.mkfifo(tmp_path / "pipe")
    reading = (
        "import os; from pathlib import Path; from tacrochat.readers import worker\n"
        "def parts(name, data, limits):\n"
        f"    path = Path({str(tmp_path / 'page.md')!r})\n"
        "    path.with_name('pid.new').write_text(str(os.getpid()))\n"
        "    path.with_name('pid.new').rename(path.with_name('pid'))\n"
        f"    {busy}\n"
        "worker.parts_of = parts; worker.main()"
    )
    building = (
        "import sys; from pathlib import Path\n"
        "from tacrochat.readers.files import Worker, Limits\n"
        "class Busy(Worker):\n"
        "    def _command(self, options):\n"
        "        return [sys.executable, '-P', '-c', sys.argv[2], options]\n"
        "worker = Busy(Limits(), seconds=60)\n"
        "worker.read(Path(sys.argv[1]))"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", building, str(tmp_path / "page.md"), reading],
        stderr=subprocess.DEVNULL,
    )
    _ends_with(parent, tmp_path / "pid", "the reading process lives on without its parent")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it ends at its time limit")
def test_a_program_that_reads_scans_ends_with_the_process_that_reads_files(tmp_path):
    """Kill -9 a process while Tesseract, for which a script stands, is busy with a page."""
    program = tmp_path / "tesseract"
    program.write_text(
        "#!/bin/sh\n"
        "[ $1 = --list-langs ] && exit 0\n"
        f"echo $$ > '{tmp_path}/pid.new'; mv '{tmp_path}/pid.new' '{tmp_path}/pid'\n"
        "exec sleep 60\n"
    )
    program.chmod(0o700)
    reading = (
        "import sys; from pathlib import Path\n"
        "from tacrochat.readers import pdf; from tacrochat.readers.limits import Limits\n"
        "pdf.read(Path(sys.argv[1]).read_bytes(), Limits())"
    )
    reader = subprocess.Popen(
        [sys.executable, "-c", reading, str(ROOT / "tests" / "documents" / "scanned.pdf")],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        stderr=subprocess.DEVNULL,
    )
    _ends_with(reader, tmp_path / "pid", "the program lives on without the process that started it")


def _ends_with(parent, path, message):
    """Kill a process as soon as its child has written its number; the child must end, too."""
    try:
        pid = int(_await(path))
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    try:
        assert _has_ended(pid), message
    finally:
        _end(pid)


def _await(path):
    for _ in range(400):
        if path.exists():
            return path.read_text()
        time.sleep(0.05)
    pytest.fail("the reading process did not start")


def _has_ended(pid):
    for _ in range(60):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def _end(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
