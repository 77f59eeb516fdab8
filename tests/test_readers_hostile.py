"""Hostile files: each is skipped with a reason, in limited time and memory, and the others are read."""

import io
import json
import os
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

import tacrochat
from laws import check_extract
from making import hostile_corpus
from tacrochat.errors import ReadError
from tacrochat.readers.files import Limits, Worker, parts
from tacrochat.readers.formats import FORMATS

GOOD = b"# Good\n\nThis page is good and stays readable whatever stands beside it in the folder.\n"
SMALL = Limits(file_bytes=2_000_000, unpacked_bytes=3_000_000, members=50)


def _zip(**members):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return made.getvalue()


def _write(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    return path


def _reasons(path, limits=SMALL):
    return {part.name: part.reason for part in parts(path, limits)}


@pytest.fixture(scope="module")
def worker():
    with Worker(SMALL, seconds=30) as running:
        yield running


@pytest.mark.parametrize("suffix", [".zip", ".docx", ".xlsx", ".pptx", ".odt", ".epub"])
def test_a_zip_bomb_is_refused_before_it_unpacks(tmp_path, suffix):
    bomb = _zip(word__document_dot_xml=b"0" * 50_000_000)
    assert len(bomb) < 100_000
    (reason,) = _reasons(_write(tmp_path, f"bomb{suffix}", bomb)).values()
    assert "unpack to 50 MB" in reason
    assert "TACROCHAT_MAX_UNPACKED_MB" in reason


def test_a_zip_bomb_in_a_zip_is_refused(tmp_path):
    inner = _zip(a_dot_txt=b"0" * 50_000_000)
    reasons = _reasons(_write(tmp_path, "outer.zip", _zip(inner_dot_zip=inner, good_dot_md=GOOD)))
    assert "unpack to 50 MB" in reasons["inner.zip"]
    assert reasons["good.md"] == ""


def test_a_zip_whose_directory_lies_about_sizes_gives_no_more_than_it_says(tmp_path):
    bomb = bytearray(_zip(a_dot_txt=b"0" * 50_000_000))
    at = bomb.rfind(b"PK\x01\x02")
    bomb[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    (reason,) = _reasons(_write(tmp_path, "lying.zip", bytes(bomb))).values()
    assert reason


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_a_tar_bomb_is_refused(tmp_path, mode):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:
        for number in range(5):
            info = tarfile.TarInfo(f"{number}.txt")
            info.size = 1_000_000
            archive.addfile(info, io.BytesIO(b"word " * 200_000))
    reasons = _reasons(_write(tmp_path, f"bomb.tar.{mode[2:]}", made.getvalue()))
    assert "unpack to more than 3 MB" in reasons[""]
    assert "4.txt" not in reasons


def test_members_and_nesting_are_bounded(tmp_path):
    many = _zip(**{f"m{n}_dot_txt": b"x" for n in range(51)})
    assert "51 files" in _reasons(_write(tmp_path, "many.zip", many))[""]
    nested = GOOD
    name = "good_dot_md"
    for _ in range(6):
        nested = _zip(**{name: nested})
        name = "inner_dot_zip"
    reasons = _reasons(_write(tmp_path, "deep.zip", nested))
    assert any("archive in an archive" in reason for reason in reasons.values())


@pytest.mark.parametrize(
    "name", ["../evil.md", "/etc/evil.md", "a/../../evil.md", "C:\\evil.md", "..\\evil.md"]
)
def test_names_that_point_outside_are_refused_and_nothing_is_written(tmp_path, name):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), GOOD)
        archive.writestr("good.md", GOOD)
    tarred = io.BytesIO()
    with tarfile.open(fileobj=tarred, mode="w") as archive:
        for member in (name, "good.md"):
            info = tarfile.TarInfo(member)
            info.size = len(GOOD)
            archive.addfile(info, io.BytesIO(GOOD))
    for path in (_write(tmp_path, "a.zip", made.getvalue()), _write(tmp_path, "a.tar", tarred.getvalue())):
        before = sorted(tmp_path.rglob("*"))
        reasons = _reasons(path)
        assert reasons.pop("good.md") == ""
        assert all("points outside" in reason for reason in reasons.values())
        assert reasons
        assert sorted(tmp_path.rglob("*")) == before


def test_links_and_devices_in_archives_are_refused(tmp_path):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for kind, name in (
            (tarfile.SYMTYPE, "soft.md"),
            (tarfile.LNKTYPE, "hard.md"),
            (tarfile.FIFOTYPE, "fifo.md"),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    assert set(_reasons(_write(tmp_path, "links.tar", made.getvalue())).values()) == {
        "it is a link or a device, not a file"
    }
    link = zipfile.ZipInfo("soft.md")
    link.external_attr = 0o120777 << 16
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "link" in _reasons(_write(tmp_path, "links.zip", zipped.getvalue()))["soft.md"]


BOMB = hostile_corpus.ENTITIES
ODT = hostile_corpus.ODT.format("<text:p>Plain words. &a9; &out;</text:p>")


def test_entities_in_xml_stay_unexpanded(tmp_path):
    began = time.process_time()
    path = _write(tmp_path, "bomb.odt", _zip(content_dot_xml=BOMB + ODT))
    for part in parts(path, SMALL):
        assert part.extract is None or ("haha" not in part.extract.text and "root:" not in part.extract.text)
    docx = _zip(
        _dot_Content_Types__dot_xml=BOMB + "<Types>&a9;</Types>",
        word__document_dot_xml=BOMB + "<w>&a9;&out;</w>",
    )
    assert all(_reasons(_write(tmp_path, "bomb.docx", docx)).values())
    page = _write(
        tmp_path,
        "bomb.html",
        (BOMB + "<html><body><p>Plain words stay. &a9; &out;</p></body></html>").encode(),
    )
    for part in parts(page, SMALL):
        assert part.extract is None or ("haha" not in part.extract.text and "root:" not in part.extract.text)
    assert time.process_time() - began < 20  # expanded, it would need gigabytes and hours


def _skipped_or_sound(path, worker):
    try:
        content = worker.read(path)
    except ReadError:
        return
    for part in content.parts:
        if part.extract is None:
            assert part.reason
        else:
            check_extract(part.extract)


@pytest.mark.parametrize("suffix", [*(entry.suffixes[0] for entry in FORMATS), ".zip", ".tar.gz"])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 1000,
        b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 1 0 R>>\nendobj\ntrailer<</Root 1 0 R>>",
        b"PK\x03\x04" + b"\xff" * 200,
        b"{\\rtf1" + b"{\\b" * 5000,
        b"[" * 100_000,
        b"<div>" * 100_000 + b"deep",
        b"Subject: =?utf-8?B?//////?=\nContent-Type: multipart/mixed; boundary=\n\n--\n",
        b'"' + b"a," * 100_000,
        b"From: a\n\n" + b"> " * 100_000,
        "a\u202eb\u2066c\ud800".encode("utf-16-le", "surrogatepass"),
        b"\xff\xfe\xfa" * 999,
    ],
    ids=[
        "empty",
        "nul",
        "pdf-loop",
        "cut-zip",
        "rtf-depth",
        "brackets",
        "divs",
        "mail",
        "quote",
        "answers",
        "odd",
        "bytes",
    ],
)
def test_malformed_files_are_skipped_or_read_soundly(tmp_path, worker, suffix, data):
    _skipped_or_sound(_write(tmp_path, f"bad{suffix}", data), worker)


def test_a_file_that_takes_too_long_is_skipped_and_the_next_is_read(tmp_path):
    slow = _write(tmp_path, "slow.md", b"a" * 1000)
    good = _write(tmp_path, "good.md", GOOD)
    program = (
        "import sys, time; from tacrochat.readers import formats, worker\n"
        "real = worker.parts_of\n"
        "def parts(name, data, limits):\n"
        "    while name == 'slow.md': pass\n"
        "    return real(name, data, limits)\n"
        "worker.parts_of = parts; worker.main()"
    )
    with _worker_running(program, seconds=2) as worker:
        with pytest.raises(ReadError, match=r"longer than 2 s.*TACROCHAT_READER_SECONDS"):
            worker.read(slow)
        assert worker.read(good).parts[0].extract


def test_a_reader_that_crashes_takes_nothing_with_it(tmp_path):
    program = (
        "import os, signal; from tacrochat.readers import worker\n"
        "real = worker.parts_of\n"
        "def parts(name, data, limits):\n"
        "    if name == 'crash.md': os.kill(os.getpid(), signal.SIGSEGV)\n"
        "    return real(name, data, limits)\n"
        "worker.parts_of = parts; worker.main()"
    )
    with _worker_running(program, seconds=30) as worker:
        assert worker.read(_write(tmp_path, "good.md", GOOD)).parts[0].extract
        with pytest.raises(ReadError, match="the program that reads it crashed"):
            worker.read(_write(tmp_path, "crash.md", GOOD))
        assert worker.read(_write(tmp_path, "good2.md", GOOD)).parts[0].extract


def _worker_running(program, seconds):
    """Return a worker whose process runs another program, such as a reader that does not end."""

    class Misbehaving(Worker):
        def _command(self, options):
            return [sys.executable, "-P", "-c", program, options]

    return Misbehaving(SMALL, seconds=seconds)


@pytest.mark.skipif(sys.platform != "linux", reason="memory limits are enforced on Linux")
def test_a_file_that_needs_too_much_memory_is_skipped_and_the_next_is_read(tmp_path):
    lines = _write(tmp_path, "lines.txt", b"a\n\n" * 5_000_000)
    with Worker(Limits(), seconds=120, memory_mb=400) as worker:
        with pytest.raises(ReadError, match=r"more than 400 MB.*TACROCHAT_READER_MEMORY_MB"):
            worker.read(lines)
        assert worker.read(_write(tmp_path, "good.md", GOOD)).parts[0].extract


def test_the_worker_imports_nothing_from_the_folder_it_is_started_in(tmp_path, monkeypatch):
    for name in ("json", "lxml", "yaml", "tacrochat"):
        _write(tmp_path, f"{name}.py", b"open('owned', 'w').close(); raise SystemExit")
    monkeypatch.chdir(tmp_path)
    with Worker(SMALL) as worker:
        assert worker.read(_write(tmp_path, "good.md", GOOD)).parts[0].extract
    assert not (tmp_path / "owned").exists()


def test_the_worker_ends_with_its_build(tmp_path):
    program = (
        "import sys; from pathlib import Path; from tacrochat.readers.files import Worker, Limits\n"
        "worker = Worker(Limits()); worker.read(Path(sys.argv[1]))\n"
        "print(worker._process.pid, flush=True); import os; os._exit(0)"
    )
    path = _write(tmp_path, "good.md", GOOD)
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    pid = int(done.stdout)
    for _ in range(200):
        try:
            if " Z " in Path(f"/proc/{pid}/stat").read_text():
                return
        except OSError:
            return
        time.sleep(0.05)
    pytest.fail("the reading process lives on without its build")


def test_odd_names_are_read_and_shown_harmlessly(tmp_path, capsys):
    from tacrochat.cli import main

    corpus = tmp_path / "corpus"
    corpus.mkdir()
    names = [
        "line\nbreak.md",
        "right\u202eto\u2066left.md",
        "n" * 250 + ".md",
        " lead and trail .md",
        "-rf.md",
        "né\u0301.md",
    ]
    for number, name in enumerate(names):
        _write(corpus, name, GOOD.replace(b"Good", f"Good {number}".encode()))
    os.close(os.open(os.fsencode(corpus) + b"/broken-\xff\xfe.md", os.O_CREAT))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("m" * 300 + ".md", GOOD.replace(b"This", b"The"))
        archive.writestr("a\nb\u202e.md", GOOD.replace(b"This", b"That"))
    _write(corpus, "odd.zip", made.getvalue())
    assert main(["build", "--corpus", str(corpus), "--index", str(tmp_path / "index")]) == 0
    shown = capsys.readouterr().out
    assert "broken-\\xff\\xfe.md" in shown
    assert "\u202e" not in shown
    library = tacrochat.open(tmp_path / "index")
    assert {d.path for d in library.documents} == {
        *names, f"odd.zip/{'m' * 300}.md", "odd.zip/a\nb\u202e.md"
    }  # fmt: skip
    assert main(["info", "--index", str(tmp_path / "index")]) == 0
    shown = capsys.readouterr().out
    assert "\u202e" not in shown
    assert "line\nbreak" not in shown
    assert library.verify() == []
    assert json.loads(json.dumps([d.path for d in library.documents]))
