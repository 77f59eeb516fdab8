"""The documents that the tests of the page ask, and ``tacrochat serve`` in a process of its own."""

# ruff: noqa: E501  (a hostile document is as long as it is)

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from once import place_model

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
]


def chromium() -> str | None:
    """Return the program of Chromium, None if there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


LABEL = """---
title: Glow ointment label
kind: prescribing information
url: https://example.org/label
date: "2020"
---

# Glow ointment label

## How it is applied

Glow ointment is applied to the scalp in a thin layer twice daily. It is not applied to broken skin.

## Storage of the tube

The tube of glow ointment is stored below 25 degrees and is thrown away six months after opening.

## Kidney function

Glow ointment has not been studied in people whose kidneys do not work.
"""

TRIAL = """---
title: A trial of glow ointment
kind: trial
date: "2019"
---

# A trial of glow ointment

## Who took part

The trial of glow ointment took in 60 adults, half of whom used a plain grease instead.

## Regrowth of hair

In the trial, hair grew back in 45 of 100 adults who applied glow ointment twice daily to the scalp for
twelve weeks, and in none who used grease.
"""

NESTED = "[" * 10_000 + "kernel" + "]" * 10_000
HOSTILE = f"""---
title: "Hostile <img src=x onerror=alert(1)> title ${{1+1}} {{{{value}}}}"
kind: consumer page
url: "javascript:alert(1)"
date: "<b>2001</b>"
---

# Zebra <script>window.pwned=1</script> heading </mark>

## Zebra crossing lights <img src=x onerror="window.pwned=2">

The zebra lamp <script>window.pwned=3</script> shines <img src="http://evil.example/a.png" onerror="window.pwned=4">
at night ![picture](http://evil.example/b.png) with </mark></blockquote> a ${{window.pwned=5}} {{{{constructor}}}} $$x^2$$
<svg onload="window.pwned=6"> and \u202etxet desrever\u202c then `code` **bold** [link](javascript:window.pwned=7).

## Zebra nesting brackets

The zebra nut holds {NESTED} inside.
"""


def corpus(folder: Path) -> Path:
    """Write the documents that the tests of the page ask."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "label.md").write_text(LABEL, "utf-8")
    (folder / "trial.md").write_text(TRIAL, "utf-8")
    (folder / "hostile <b>.md").write_text(HOSTILE, "utf-8")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """``tacrochat serve`` on a folder of its own; builds its index when it starts, with the exported model."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.corpus = corpus(folder / "corpus")
        self.url = f"http://127.0.0.1:{free_port()}"
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        place_model(folder / "index")
        environment = {**os.environ, "TMPDIR": str(self.temporary), "PYTHONUNBUFFERED": "1"}
        self.log = folder / "server.log"
        command = [
            sys.executable,
            "-m",
            "tacrochat",
            "serve",
            *([] if "--watch" in arguments else ["--no-watch"]),  # most tests change files behind its back
            "--port",
            str(urlsplit(self.url).port),
            *arguments,
        ]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)

    def wait(self) -> "Server":
        """Wait until the page answers; the model may still be loading."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log.read_text()
            try:
                urllib.request.urlopen(self.url, timeout=5).close()
            except urllib.error.HTTPError:
                return self
            except OSError:
                time.sleep(0.1)
            else:
                return self
        raise AssertionError(self.log.read_text())

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        assert list(self.temporary.glob("tacrochat-*")) == [], "uploads were left behind"
