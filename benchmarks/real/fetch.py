"""Get the files of the benchmark from Debian packages, into a cache outside the repository."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

PACKAGES = Path(__file__).parent / "packages.json"
CACHE = Path.home() / ".cache" / "tacrochat-benchmarks"


def corpus(cache: Path = CACHE) -> Path:
    """Return the folder of files, ``PACKAGE/PATH``; fetches the packages that are not there yet.

    Needs ``apt-get`` and ``dpkg-deb``. Another version of a package than the one in ``packages.json``
    is taken, with a warning, if the archive has no longer that one; a file that is gone is named.
    """
    folder = cache / "real-folders"
    for entry in json.loads(PACKAGES.read_text("utf-8")):
        if not (folder / entry["package"]).is_dir():
            _fetch(entry["package"], entry["version"], entry["files"], folder)
    return folder


def place(package: str, path: str) -> str:
    """Return where a file of a package lies in the folder."""
    parts = [part for part in Path(path).parts if part not in {"usr", "share", "doc", package}]
    return str(Path(package, *parts))


def _fetch(package: str, version: str, paths: list[str], folder: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        temporary = Path(name)
        if not _download(f"{package}={version}", temporary):
            print(f"{package}: version {version} is not there, taking the archive's")
            if not _download(package, temporary):
                raise SystemExit(
                    f"{package} cannot be downloaded; run 'apt-get update', or see its output above"
                )
        (archive,) = temporary.glob("*.deb")
        unpacked = temporary / "unpacked"
        subprocess.run(["dpkg-deb", "-x", str(archive), str(unpacked)], check=True)
        draft = temporary / "draft"
        for path in paths:
            if not (unpacked / path).is_file():
                print(f"{package}: {path} is gone")
                continue
            target = draft / place(package, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(unpacked / path, target)
        if (draft / package).is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.move(draft / package, folder / package)


def _download(package: str, folder: Path) -> bool:
    command = ["apt-get", "download", package]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0
