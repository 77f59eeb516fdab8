"""The wheel: what it holds, and that it works where there is nothing of the checkout.

``pytest -m wheel`` also installs it and starts its server, with an index of the sample from nothing.
"""

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest
from gradio_client import Client

from material import ROOT, write_pages

sys.path.insert(0, str(Path(__file__).parent / "ui"))
from serving import free_port

OFFLINE = Path(__file__).parent / "offline"


def build(folder, *options):
    """Build without fetching anything; hatchling is installed for the tests."""
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, *options, ROOT],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A source archive, and the wheel that is built from it."""
    return build(tmp_path_factory.mktemp("dist"))


def files(folder, prefix):
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {
        f"{prefix}/{path.as_posix()}"
        for path in paths
        if path.suffix != ".pyc" and not any(part.startswith(".") for part in path.parts)
    }


def test_the_wheel_holds_the_package_and_the_sample_and_nothing_else(made):
    (wheel,) = made.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    about = {name for name in names if ".dist-info/" in name}
    package = files(ROOT / "src" / "tacrochat", "tacrochat")
    assert names - about == package | files(ROOT / "corpus", "tacrochat/sample")
    assert {name.partition("/")[2] for name in about} == {
        "METADATA", "WHEEL", "entry_points.txt", "RECORD", "licenses/LICENSE",
    }  # fmt: skip


def test_the_source_archive_holds_what_the_wheel_is_built_from(made, tmp_path):
    (wheel,) = made.glob("*.whl")
    (direct,) = build(tmp_path, "--wheel").glob("*.whl")
    assert direct.read_bytes() == wheel.read_bytes()
    (archive,) = made.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        tops = {name.split("/")[1] for name in packed.getnames()}
    assert tops == {
        "src", "corpus", "tests", "app.py", "constraints.txt", "pyproject.toml", "README.md", "LICENSE",
        "CHANGELOG.md", "SECURITY.md", "PKG-INFO", ".gitignore",
    }  # fmt: skip


class Installed:
    """A fresh environment with the wheel, which finds all else in that of the tests, and a new user."""

    def __init__(self, folder, wheel):
        self.folder, self.programs = folder, folder / "venv" / "bin"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
        python = self.programs / "python"
        pip = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            python,
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
        ]
        subprocess.run([*pip, wheel], check=True)
        (packages,) = folder.glob("venv/lib/*/site-packages")
        # Only this folder: what it says of an editable installation is not read.
        (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
        for name in ("home", "empty"):
            (folder / name).mkdir()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("XDG_")},
            "HOME": str(folder / "home"),
            "PYTHONPATH": str(OFFLINE),
        }

    def run(self, program, *arguments):
        return subprocess.run(
            [self.programs / program, *arguments], cwd=self.folder / "empty", env=self.environment,
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip

    def ask(self, question, *arguments):
        """Start a server in the empty folder, and ask it by HTTP."""
        port = free_port()
        command = [self.programs / "tacrochat", "serve", "--port", str(port), *map(str, arguments)]
        with (self.folder / "log.txt").open("w+") as log:
            server = subprocess.Popen(
                command, cwd=self.folder / "empty", env=self.environment, stdout=log, stderr=log
            )
            try:
                wait_for_page(server, port, self.folder / "log.txt")
                return Client(f"http://127.0.0.1:{port}", verbose=False).predict(question, api_name="/ask")
            finally:
                server.terminate()
                server.wait(60)


def wait_for_page(server, port, log):
    import time
    import urllib.request

    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=60).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())


@pytest.mark.wheel
@pytest.mark.timeout(900)
def test_from_an_empty_folder_with_nothing_but_the_wheel(made, tmp_path):
    installed = Installed(tmp_path, next(made.glob("*.whl")))
    where = installed.run("python", "-c", "import tacrochat; print(tacrochat.__file__)")
    assert Path(where.strip()).is_relative_to(tmp_path)

    answer = installed.ask("How often is tacrolimus ointment applied?")
    assert answer["status"] == "answered"
    assert "twice" in " ".join(quote["text"] for quote in answer["quotes"])

    pages = write_pages(tmp_path / "pages")
    answer = installed.ask("How often should I descale the kettle?", pages)
    assert "once a month" in answer["quotes"][0]["text"]
    asked = installed.run("tacrochat", "ask", "How often should I descale the kettle?", "--folder", pages)
    assert "once a month" in asked
    assert not list((tmp_path / "empty").iterdir()), "nothing is written where the server was started"
