"""Real ``tacrochat`` processes that start at once, to be limited and killed.

A mother process loads the libraries once and forks a child for each command. The
child is a process of its own: it holds its own locks, obeys its own limits, and
dies by kill -9. (Run as a script, this file is the mother.)
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Child:
    pid: int
    out: Path
    err: Path

    def has_ended(self):
        """Tell whether the process is gone, or waits to be asked for its exit code."""
        try:
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            return True


@dataclass(frozen=True)
class Done:
    code: int  # minus the signal's number when one ended it
    out: str
    err: str


class Children:
    """Starts and awaits children; use as a context."""

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="tacrochat-children-")
        self._count = 0
        environment = os.environ | {"OMP_NUM_THREADS": "1"}  # threads would not survive the fork
        self._mother = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        return self

    def __exit__(self, *_):
        self._mother.stdin.close()
        self._mother.wait()
        self._mother.stdout.close()
        self._folder.cleanup()

    def start(self, *arguments, obey=False, largest_file=None, user=None, environment=()):
        """Start a verb. ``obey``: permission bits count for the superuser too.

        ``user`` is the number of another user. ``environment`` has changes; None takes a variable away.
        """
        self._count += 1
        out, err = (Path(self._folder.name, f"{self._count}.{name}") for name in ("out", "err"))
        order = {"arguments": [str(a) for a in arguments], "out": str(out), "err": str(err)}
        limits = {"obey": obey, "largest_file": largest_file, "user": user}
        pid = self._ask(
            order | limits | {"environment": {k: v and str(v) for k, v in dict(environment).items()}}
        )
        return Child(pid, out, err)

    def wait(self, child):
        """Wait for a child to end."""
        code = self._ask({"wait": child.pid})
        return Done(code, child.out.read_text(), child.err.read_text())

    def run(self, *arguments, **limits):
        """Run a verb to its end."""
        return self.wait(self.start(*arguments, **limits))

    def _ask(self, order):
        self._mother.stdin.write(json.dumps(order) + "\n")
        self._mother.stdin.flush()
        return json.loads(self._mother.stdout.readline())


def _obey_permissions():
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (1, 2):  # nor shall a process get them back that the child starts
        assert libc.prctl(24, capability, 0, 0, 0) == 0  # PR_CAPBSET_DROP
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3, this process
    data = (ctypes.c_uint32 * 6)()
    assert libc.capget(header, data) == 0
    data[0] &= ~0b110  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH out of the effective set
    assert libc.capset(header, data) == 0


def _child(order, main):
    import resource
    import signal

    for path, number in ((order["out"], 1), (order["err"], 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), number)
    for name, value in order["environment"].items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    if order["user"]:
        os.setuid(order["user"])
    if order["obey"] and os.geteuid() == 0:
        _obey_permissions()
    if order["largest_file"]:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing fails instead
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["largest_file"],) * 2)
    try:
        code = main(order["arguments"])
    except SystemExit as ended:
        code = ended.code
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _mother():
    import sentence_transformers  # noqa: F401

    from tacrochat.answering import assistant, verification  # noqa: F401
    from tacrochat.building import build  # noqa: F401
    from tacrochat.cli import (
        folders,  # noqa: F401
        main,
    )
    from tacrochat.evaluation import run  # noqa: F401
    from tacrochat.index import user_folders
    from tacrochat.ui import server  # noqa: F401

    user_folders.cache_folder()  # loads what is for this platform; another user may not be allowed to

    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            status = os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])
            print(status, flush=True)
            continue
        pid = os.fork()
        if not pid:
            code = 70
            try:
                code = _child(order, main)
            finally:
                os._exit(code)
        print(pid, flush=True)


if __name__ == "__main__":
    _mother()
