"""Measure people at the page who all ask at once, while a build runs if wanted: are answers right, and when.

    python benchmarks/concurrency.py --people 50 --build --processes 2

Serves a copy of ``index/``, which is of ``corpus/``, on a free port. Each person has a
session and a connection of their own, as the page in a browser has, and asks through the queue.
First every question is asked alone. With ``--build`` all documents are read and embedded again while
all ask. Answers must be those given alone, to the last digit. Prints the median, the 95th percentile and
the longest time in seconds, and how busy the machine was with other work.
"""

import argparse
import http.client
import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent

# The refresh of this server reads and embeds everything again, as `tacrochat build --full` does.
SERVER = """
import os, sys
from functools import partial
from pathlib import Path
from tacrochat.building.build import build
from tacrochat.ui import workspace
from tacrochat.ui.served import Served, ServerOptions
from tacrochat.ui.server import serve
port, index, corpus, processes = sys.argv[1:]
workspace.build = partial(build, full=True)
try:
    serve([Served("", index, Path(corpus))], ServerOptions(port=int(port), processes=int(processes)))
finally:
    os._exit(0)
"""


def main() -> int:
    """Run the measurement; returns 1 when an answer was missing, or another than when asked alone."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--url", help="a page that is served already")
    parser.add_argument("--corpus", type=Path, default=ROOT / "corpus")
    parser.add_argument("--index", type=Path, default=ROOT / "index")
    parser.add_argument("--questions", type=Path, default=ROOT / "benchmarks" / "corpus_questions.jsonl")
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=2, help="questions that each of them asks")
    parser.add_argument("--build", action="store_true", help="build everything again at the same time")
    parser.add_argument("--processes", type=int, default=0, help="as for 'tacrochat serve'")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.questions.read_text("utf-8").splitlines() if line.strip()]
    questions = [row["question"] for row in rows if not row.get("history")]
    with _served(options) as url:
        report = measure(Page(url), questions, options.people, options.rounds, build=options.build)
    if options.json:
        print(json.dumps(report, indent=2))
    else:
        print(
            "{people} people, {questions} questions: median {median_s:.2f} s, p95 {p95_s:.2f} s,"
            " longest {longest_s:.2f} s, failed {failed}, different {different};"
            " one alone: median {alone_s:.2f} s; build running at the end: {still_building};"
            " processor: {busy:.0%} busy, of it {low_priority:.0%} of low priority".format(**report)
        )
    return 1 if report["failed"] or report["different"] else 0


class Page:
    """A page that is served."""

    def __init__(self, url: str) -> None:
        """Name its address."""
        self._host = urlsplit(url).netloc

    def send(self, method: str, path: str, value: Any = None) -> bytes:
        """Send a request on a connection of its own; returns the body of the answer."""
        connection = http.client.HTTPConnection(self._host, timeout=300)
        try:
            body = None if value is None else json.dumps(value)
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            return connection.getresponse().read()
        finally:
            connection.close()

    def ask(self, question: str, person: str) -> tuple[float, Any]:
        """Ask through the queue; returns the seconds and the answer, None if there is none."""
        began = time.perf_counter()
        call = {"data": [question], "session_hash": person}
        event = json.loads(self.send("POST", "/gradio_api/call/ask", call)).get("event_id")
        stream = self.send("GET", f"/gradio_api/call/ask/{event}").decode() if event else ""
        seconds = time.perf_counter() - began
        found = stream.partition("event: complete\ndata: ")[2].partition("\n")[0]
        return seconds, json.loads(found)[0] if found else None

    def refresh(self) -> None:
        """Press the button that refreshes the index."""
        config = json.loads(self.send("GET", "/config"))
        button = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == "tc-refresh")
        event = next(d["id"] for d in config["dependencies"] if [button, "click"] in map(list, d["targets"]))
        call = {"data": [], "fn_index": event, "session_hash": "builder", "trigger_id": button}
        self.send("POST", "/gradio_api/queue/join", call)
        self.send("GET", "/gradio_api/queue/data?session_hash=builder")

    def is_building(self) -> bool:
        """Tell whether a build runs."""
        return b'tacrochat_build_running{library=""} 1.0' in self.send("GET", "/metrics")


def measure(page: Page, questions: list[str], people: int, rounds: int, *, build: bool) -> dict[str, Any]:
    """Let everybody ask at the same moment, again and again."""
    page.ask(questions[0], "alone")  # waits until the model is loaded
    asked = [questions[i % len(questions)] for i in range(people * rounds)]
    alone = {question: page.ask(question, "alone") for question in dict.fromkeys(asked)}
    start = threading.Barrier(people)

    def person(number: int) -> list[tuple[str, float, Any]]:
        page.ask("hello", f"person{number}")  # opens a session, as opening the page does
        own = []
        for question in asked[number::people]:
            start.wait()
            own.append((question, *page.ask(question, f"person{number}")))
        return own

    if build:
        page.refresh()
        time.sleep(3)  # the files are read: the model works
        if not page.is_building():
            raise SystemExit("the build has not started, or has ended; give a larger --corpus")
    before = _processor()
    with ThreadPoolExecutor(people) as pool:
        found = [one for own in pool.map(person, range(people)) for one in own]
    after = _processor()
    spent = [b - a for a, b in zip(before, after, strict=True)]
    times = sorted(seconds for _, seconds, _ in found)
    return {
        "people": people,
        "questions": len(times),
        "median_s": statistics.median(times),
        "p95_s": times[int(0.95 * (len(times) - 1))],
        "longest_s": times[-1],
        "alone_s": statistics.median(seconds for seconds, _ in alone.values()),
        "failed": sum(answer is None for *_, answer in found),
        "different": sum(answer is not None and answer != alone[q][1] for q, _, answer in found),
        "still_building": page.is_building(),
        "busy": 1 - spent[3] / max(sum(spent), 1),
        "low_priority": spent[1] / max(sum(spent) - spent[3], 1),
    }


def _processor() -> list[int]:
    """Return the ticks that all cores have spent: user, low priority, system, idle …; zeros but on Linux."""
    try:
        return [int(ticks) for ticks in Path("/proc/stat").read_text().split("\n")[0].split()[1:8]]
    except OSError:
        return [0] * 7


@contextmanager
def _served(options: argparse.Namespace) -> Iterator[str]:
    if options.url:
        yield options.url
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
        index = shutil.copytree(options.index, Path(folder, "index"))
        corpus = shutil.copytree(options.corpus, Path(folder, "corpus"))
        arguments = map(str, (port, index, corpus, options.processes))
        process = subprocess.Popen([sys.executable, "-c", SERVER, *arguments], stdout=log, stderr=log)
        page = Page(f"http://127.0.0.1:{port}")
        try:
            while True:
                try:
                    page.send("GET", "/healthz")
                    break
                except OSError:
                    if process.poll() is not None:
                        log.seek(0)
                        raise SystemExit(log.read().decode()) from None
                    time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
