"""Costs of an index of usual size: build, bytes, cold and warm questions, an idle server, many people."""

import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
_REPEATS = 3


def cpu_of(command: list[str], **more: Any) -> float:
    """Run a command; return the CPU seconds of it and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **more)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def tacrochat(*arguments: object) -> list[str]:
    """Return the command line of a verb."""
    return [sys.executable, "-m", "tacrochat", *map(str, arguments)]


def build_index(corpus: Path, index: Path) -> None:
    """Build or refresh an index."""
    subprocess.run(tacrochat("build", "--quiet", "--corpus", corpus, "--index", index), check=True)


_ENCODE = """
import sys, tacrochat
from sentence_transformers import SentenceTransformer
from tacrochat.embedding.model_files import folder_of
from tacrochat.settings import DEFAULT_MODEL
texts = [passage.text for passage in tacrochat.open(sys.argv[1]).passages]
model = SentenceTransformer(str(folder_of(DEFAULT_MODEL)), device="cpu")
if sys.argv[2] == "encode":
    model.encode(texts, batch_size=32)
"""


def build_against_encode(corpus: Path, index: Path) -> dict[str, float]:
    """Compare the CPU of a build with that of plain encoding in float32, loading the model left out."""
    ratios, builds = [], []
    for _ in range(_REPEATS):
        shutil.rmtree(index, ignore_errors=True)
        build = cpu_of(tacrochat("build", "--quiet", "--corpus", corpus, "--index", index))
        load = cpu_of([sys.executable, "-c", _ENCODE, str(index), "load"])
        encode = cpu_of([sys.executable, "-c", _ENCODE, str(index), "encode"]) - load
        builds.append(build)
        ratios.append((build - load) / encode)
    return {"cpu_s": round(statistics.median(builds), 1), "of_encode": round(statistics.median(ratios), 2)}


def bytes_a_passage(index: Path) -> dict[str, float]:
    """Return the bytes of an index folder a passage, by file."""
    import tacrochat as package

    passages = len(package.open(index).passages)
    sizes: dict[str, int] = {}
    for path in index.rglob("*"):
        if path.is_file():
            sizes[path.name] = sizes.get(path.name, 0) + path.stat().st_size
    by_file = {name: round(size / passages) for name, size in sorted(sizes.items(), key=lambda i: -i[1])}
    return {"passages": passages, "bytes": round(sum(sizes.values()) / passages), **by_file}


def cold_ask(index: Path, question: str) -> dict[str, float]:
    """Return the CPU seconds of one question in a new process."""
    times = [cpu_of(tacrochat("ask", question, "--index", index)) for _ in range(_REPEATS)]
    return {"cpu_s": round(statistics.median(times), 2)}


def warm_ask(index: Path, questions: list[str]) -> dict[str, float]:
    """Return the milliseconds of a question in a process that has answered before."""
    import tacrochat as package

    assistant = package.Assistant(package.open(index))
    assistant.ask(questions[0])
    times = []
    for question in questions:
        began = time.perf_counter()
        assistant.ask(question)
        times.append(time.perf_counter() - began)
    return {"median_ms": round(1000 * statistics.median(times), 1), "p95_ms": round(1000 * p95(times), 1)}


def p95(times: list[float]) -> float:
    """Return the 95th percentile."""
    return sorted(times)[min(len(times) - 1, int(0.95 * len(times)))]


def idle_server(index: Path, seconds: float = 30) -> dict[str, float]:
    """Return the share of a core that a server uses while nobody asks."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        tacrochat("serve", "--index", index, "--port", port),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"GRADIO_ANALYTICS_ENABLED": "False"},
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/", server)
        time.sleep(10)
        before = _cpu_of_process(server.pid)
        time.sleep(seconds)
        return {"share": round((_cpu_of_process(server.pid) - before) / seconds, 4)}
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 180
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
        else:
            return
    raise RuntimeError("the server did not start")


def _cpu_of_process(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def people(index: Path, corpus: Path, count: int = 50) -> dict[str, float]:
    """Let many people ask at once, and one alone; see ``concurrency.py``."""
    command = [sys.executable, str(ROOT / "benchmarks" / "concurrency.py"), "--json", "--corpus", str(corpus)]
    found = subprocess.run(
        [*command, "--index", str(index), "--people", str(count), "--rounds", "4"],
        check=False,
        capture_output=True,
        text=True,
    )
    report: dict[str, float] = json.loads(found.stdout)
    throughput = count / report["median_s"] if report["median_s"] else 0.0
    return report | {"answers_a_second_about": round(throughput, 1)}
