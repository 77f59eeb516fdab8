"""Run another program on a file, within limits, without the settings of the user, and end it for sure."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from tacrochat.errors import ReadError

_PR_SET_PDEATHSIG = 1  # from linux/prctl.h
_LAUNCHER = "import sys; from tacrochat.readers.programs import launch; launch(sys.argv[1:])"


def find(names: Sequence[str], places: Sequence[str] = ()) -> str | None:
    """Return the path of the first of some programs that is installed; None if none is."""
    found = (shutil.which(name) for name in (*names, *places))
    return next((path for path in found if path), None)


def end_with_parent() -> None:
    """Let Linux kill this process when its parent ends; does nothing on other systems."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def launch(command: list[str]) -> None:
    """Become another program that ends when its parent does, for use in a new process only.

    The limits on memory and processor time of the process that reads files hold
    for the program too. Only the first file size limit is given here:
    ``command[0]`` bytes.
    """
    end_with_parent()
    try:
        import resource

        size = int(command[0])
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    except (ImportError, ValueError, OSError):
        pass
    os.execv(command[1], command[1:])  # noqa: S606 - a program that was found on this machine


def _environment(folder: Path) -> dict[str, str]:
    return {
        **{name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in os.environ},
        **dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"), str(folder)),
        **dict.fromkeys(("http_proxy", "https_proxy", "ftp_proxy", "all_proxy"), "http://127.0.0.1:9"),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }


def run(
    command: Sequence[str],
    folder: Path,
    *,
    seconds: float,
    max_bytes: int,
    output: Path | None = None,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> int:
    """Run a program with a folder as its home and its place for temporary files; returns its exit code.

    A file that it writes may have ``max_bytes``. What it prints goes to ``output``,
    if that is given. ``variables`` are added to its environment.

    Raises:
        ReadError: it takes longer than ``seconds``.

    """
    with open(output or os.devnull, "wb") as printed:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter, which becomes the program
            [sys.executable, "-P", "-c", _LAUNCHER, str(max_bytes), *command],
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.DEVNULL,
            env={**_environment(folder), **variables},
            cwd=folder,
        )
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise ReadError(
            f"converting it takes longer than {seconds:g} s; save it in a newer format"
        ) from error
    finally:
        process.kill()
        process.wait()
