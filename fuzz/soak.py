"""Ask, upload, remove and refresh at random against one real server, and check that nothing is left behind.

    python fuzz/soak.py [MINUTES] [SEED]

Linux only. Three clients ask all the time, one changes the documents. Every quote must be the text of
its file at its offsets, in a version that the file has had. At the end the documents are as they were
at the start, and so must be, within the tolerances below, memory, open files, threads and temporary
files of the server; its log holds no traceback, and 'tacrochat verify' finds nothing.
"""

import io
import json
import random
import re
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests"), str(ROOT / "tests" / "ui")]

from serving import Server  # noqa: E402

# Files: libraries that were replaced map the model until the garbage collector finds them.
TOLERANCES = {"megabytes": 200, "files": 8, "threads": 30, "temporary": 0}
"""How much more of each the server may hold at the end.

The allocator does not give memory back at once, and what the reader keeps of passages grows until it
is full: a minute took 130 MB more. A leaked model would be 90 MB for each of about nine refreshes;
idle worker threads, at most 40, end when another is used.
"""

WARM_UP = 150  # questions before the first measurement: the server keeps the state of the last 100 calls
CLIENTS = 3
THINGS = ("kettle", "lantern", "compass", "anvil", "loom", "barometer", "sextant", "bellows")
PLACES = ("in the attic", "behind the pantry door", "under the stairs", "by the north window")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process holds; ``temporary`` counts files in its temporary folder."""

    megabytes: int
    files: int
    threads: int
    temporary: int


class Page:
    """What a browser sends: events of components, by the ids that the configuration gives them."""

    def __init__(self, url: str) -> None:
        """Read the configuration."""
        self.url = f"{url}/gradio_api"
        self._session = uuid.uuid4().hex
        config = json.loads(fetch(f"{url}/config"))
        names = {c["id"]: c.get("props", {}).get("elem_id") for c in config["components"]}
        self._events = {
            (names.get(component), event): dependency["id"]
            for dependency in config["dependencies"]
            for component, event in dependency["targets"]
        }

    def event(self, element: str | None, event: str, *values: Any) -> list[Any]:
        """Cause an event and return its outputs."""
        session = self._session
        number = self._events[element, event]
        body = {"data": values, "fn_index": number, "session_hash": session, "event_data": None}
        post(f"{self.url}/queue/join", body)
        for line in fetch(f"{self.url}/queue/data?session_hash={session}").decode().splitlines():
            message = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
            if message.get("msg") == "process_completed":
                assert message["success"], message
                return list(message["output"]["data"])
        raise AssertionError(f"{element} {event} did not end")

    def upload(self, name: str, data: bytes) -> None:
        """Upload a file and add it."""
        head = f'--b\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
        body = head.encode() + data + b"\r\n--b--\r\n"
        (path,) = json.loads(fetch(f"{self.url}/upload", body, "multipart/form-data; boundary=b"))
        file = {"path": path, "orig_name": name, "meta": {"_type": "gradio.FileData"}}
        self.press("tc-add", [file])

    def press(self, button: str, *values: Any) -> None:
        """Press a button of the Documents tab; it must do all that it was asked."""
        result = str(self.event(button, "click", *values)[0])
        assert 'role="alert"' not in result, result

    def wait(self) -> None:
        """Wait until no build runs."""
        while 'data-phase="ready"' not in (status := str(self.event(None, "load", [], "", None, 0.5)[0])):
            assert 'data-phase="failed"' not in status, status
            time.sleep(0.2)
        assert "tc-error" not in status, status

    def ask(self, question: str) -> dict[str, Any]:
        """Ask by the API."""
        event = json.loads(post(f"{self.url}/call/ask", {"data": [question, *[None] * 5]}))["event_id"]
        text = fetch(f"{self.url}/call/ask/{event}").decode()
        assert text.startswith("event: complete"), text
        answer: dict[str, Any] = json.loads(text.partition("data: ")[2])[0]
        return answer


class Soak:
    """The server with its documents, every version that each has had, and what was done."""

    def __init__(self, server: Server, seed: int) -> None:
        """Begin with the documents of the tests."""
        self.server = server
        self.page = Page(server.url)
        self.random = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.failures: list[str] = []
        self.versions: defaultdict[str, set[str]] = defaultdict(set)
        for path in server.corpus.glob("*.md"):
            self.versions[path.name].add(path.read_text("utf-8"))
        self.uploaded: set[str] = set()
        self.stopped = threading.Event()

    def ask(self, choose: random.Random) -> None:
        """Ask a question and check the quotes."""
        thing = choose.choice((*THINGS, "glow ointment", "zebra lamp", "submarine"))
        answer = self.page.ask(f"Where is the {thing} kept, and how is it stored?")
        for quote in (*answer["quotes"], *answer["nearest"]):
            texts = [text[quote["start"] : quote["end"]] for text in self.versions[quote["document"]]]
            assert quote["text"] in texts, f"not a quote: {quote}"
        self.done[answer["status"]] += 1
        self.done["quotes"] += len(answer["quotes"])

    def asking(self, seed: int) -> None:
        """Ask until stopped; the first failure is kept."""
        choose = random.Random(seed)
        try:
            while not self.stopped.is_set():
                self.ask(choose)
        except (AssertionError, OSError, ValueError, KeyError) as error:
            self.failures.append(repr(error))
            self.stopped.set()

    def change(self) -> None:
        """Upload, remove or refresh, and wait for the build."""
        name = self.random.choice(("upload", "upload_zip", "upload_tar", "remove", "refresh"))
        action: Callable[[], None] = getattr(self, name)
        action()
        self.page.wait()
        self.done[name] += 1

    def upload(self) -> None:
        """Upload one file, new or with another text."""
        name, text = self._document()
        self._expect(f"uploaded/{name}", text)
        self.page.upload(name, text.encode())

    def upload_zip(self) -> None:
        """Upload a zip with two folders that hold a file of the same name."""
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            for folder in ("a", "b"):
                text = self._document()[1]
                self._expect(f"uploaded/{folder}/readme.md", text)
                archive.writestr(f"{folder}/readme.md", text)
        self.page.upload("folders.zip", data.getvalue())

    def upload_tar(self) -> None:
        """Upload an archive that stays one."""
        name, text = self._document()
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w:gz") as archive:
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
        self._expect(f"uploaded/{name}.tar.gz/{name}", text)
        self.page.upload(f"{name}.tar.gz", data.getvalue())

    def remove(self) -> None:
        """Remove some of what was uploaded."""
        count = self.random.randint(0, len(self.uploaded))
        self.remove_documents(self.random.sample(sorted(self.uploaded), count))

    def remove_documents(self, paths: list[str]) -> None:
        """Remove documents; the list that is offered must hold them."""
        if not paths:
            return
        listed = {d["document"] for d in self.documents()}
        assert set(paths) <= listed, set(paths) - listed
        self.page.press("tc-remove", paths)
        self.uploaded -= set(paths)

    def refresh(self) -> None:
        """Press "Refresh the index"."""
        self.page.press("tc-refresh")

    def documents(self) -> list[dict[str, Any]]:
        """List the documents by the API."""
        event = json.loads(post(f"{self.page.url}/call/documents", {"data": []}))["event_id"]
        text = fetch(f"{self.page.url}/call/documents/{event}").decode()
        listed: list[dict[str, Any]] = json.loads(text.partition("data: ")[2])[0]
        return listed

    def usage(self) -> Usage:
        """Measure the server."""
        process = Path(f"/proc/{self.server.process.pid}")
        status = (process / "status").read_text()
        kilobytes, threads = (int(re.search(rf"{n}:\s*(\d+)", status)[1]) for n in ("VmRSS", "Threads"))  # type: ignore[index]
        temporary = sum(path.is_file() for path in self.server.temporary.rglob("*"))
        return Usage(kilobytes // 1_000, len(list((process / "fd").iterdir())), threads, temporary)

    def _document(self) -> tuple[str, str]:
        thing = self.random.choice(THINGS)
        years, place = self.random.randint(2, 90), self.random.choice(PLACES)
        text = (
            f"# The {thing}\n\nThe {thing} has been kept {place} for {years} years, wrapped in oiled cloth.\n"
        )
        return f"{thing}.md", text

    def _expect(self, path: str, text: str) -> None:
        self.versions[path].add(text)
        self.uploaded.add(path)


def fetch(url: str, data: bytes | None = None, kind: str = "application/json") -> bytes:
    """Return the body of an answer."""
    request = urllib.request.Request(url, data, {"Content-Type": kind})
    with urllib.request.urlopen(request, timeout=120) as response:
        return bytes(response.read())


def post(url: str, value: Any) -> bytes:
    """Send a value as JSON."""
    return fetch(url, json.dumps(value).encode())


def run(soak: Soak, minutes: float, seed: int) -> list[str]:
    """Soak a server; returns what is wrong."""
    soak.page.wait()
    choose = random.Random(seed)
    for _ in range(WARM_UP):
        soak.ask(choose)
    for action in (soak.upload_zip, lambda: soak.remove_documents(sorted(soak.uploaded)), soak.refresh):
        action()
        soak.page.wait()
    time.sleep(5)
    before = soak.usage()
    clients = [threading.Thread(target=soak.asking, args=(seed + n,)) for n in range(CLIENTS)]
    for client in clients:
        client.start()
    until = time.monotonic() + 60 * minutes
    try:
        while time.monotonic() < until and not soak.stopped.is_set():
            soak.change()
    finally:
        soak.stopped.set()
        for client in clients:
            client.join()
    soak.remove_documents(sorted(soak.uploaded))
    soak.page.wait()
    soak.refresh()
    soak.page.wait()
    time.sleep(15)  # longer than a connection is kept alive after its last request
    after = soak.usage()
    print(f"before {before}\nafter  {after}\n{dict(sorted(soak.done.items()))}")
    return soak.failures + [
        f"{name}: {getattr(before, name)} before, {getattr(after, name)} after"
        for name, more in TOLERANCES.items()
        if getattr(after, name) > getattr(before, name) + more
    ]


def main() -> None:
    """Start a server, soak it, and exit with 1 if anything is wrong."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 11
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder)).wait()
        try:
            wrong = run(Soak(server, seed), minutes, seed)
        finally:
            server.stop()
        if "Traceback" in (log := server.log.read_text()):
            wrong.append(log)
        command = [sys.executable, "-m", "tacrochat", "verify"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            wrong.append(done.stdout + done.stderr)
    for line in wrong:
        print(line)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
