"""Measure an index in Milvus Lite beside the same index in a folder: build, refresh, opening, questions.

    python benchmarks/milvus.py [--corpus corpus] [--questions benchmarks/corpus_questions.jsonl] [--json]

Milvus Lite runs as a server in a process of its own on this machine. Both indexes are built from the
same files with the same loaded model, and each question is asked of one and then of the other. Every
difference between the answers is printed. A refresh adds one small document.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import tacrochat
from tacrochat.embedding.encoder import Encoder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", default="corpus")
    parser.add_argument("--questions", default="benchmarks/corpus_questions.jsonl")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    lines = Path(options.questions).read_text("utf-8").splitlines()
    questions = [json.loads(line) for line in lines if line.strip()]
    with tempfile.TemporaryDirectory(prefix="tacrochat-milvus-") as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        port = _free_port()
        command = [sys.executable, "-m", "milvus_lite", "server", "--data-dir", f"{folder}/data"]
        command += ["--host", "127.0.0.1", "--port", str(port)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port)
            places = {"folder": f"{folder}/index", "milvus": f"milvus+http://127.0.0.1:{port}/measured"}
            corpus = Path(folder, "corpus")
            shutil.copytree(options.corpus, corpus)
            figures = _measure(corpus, places, questions)
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        _print(figures)


def _measure(corpus: Path, places: dict[str, str], questions: list[dict[str, Any]]) -> dict[str, Any]:
    encoder = Encoder()
    _page(corpus.parent / "warm" / "page.md", "The first build loads the model and exports it.")
    tacrochat.build(corpus.parent / "warm", corpus.parent / "warm-index", encoder=encoder)
    figures: dict[str, Any] = {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "questions": len(questions),
    }
    assistants = {}
    for name, place in places.items():
        began = time.perf_counter()
        library = tacrochat.build(corpus, place, encoder=encoder)
        built = time.perf_counter() - began
        began = time.perf_counter()
        tacrochat.build(corpus, place, encoder=encoder)
        unchanged = time.perf_counter() - began
        began = time.perf_counter()
        opened = tacrochat.open(place)
        opening = 1000 * (time.perf_counter() - began)
        assistants[name] = tacrochat.Assistant(
            tacrochat.Library(opened._store, opened.settings, encoder=encoder)
        )
        figures[name] = {"build_s": built, "unchanged_s": unchanged, "open_ms": opening}
        figures["documents"], figures["passages"] = len(library.documents), len(library.passages)
    different, farthest = 0, 0.0
    for name, place in places.items():
        _page(corpus / f"{name}.md", f"This page is new, and it is about the {name}.")
        began = time.perf_counter()
        tacrochat.build(corpus, place, encoder=encoder)
        figures[name]["refresh_s"] = time.perf_counter() - began
        (corpus / f"{name}.md").unlink()
    took: dict[str, list[float]] = {name: [] for name in places}
    for question in [questions[0], *questions]:
        answers = {}
        for name, assistant in assistants.items():
            began = time.perf_counter()
            answers[name] = assistant.ask(question["question"], history=question.get("history") or [])
            took[name].append(1000 * (time.perf_counter() - began))
        ours, theirs = answers["folder"], answers["milvus"]
        farthest = max(farthest, abs(ours.confidence - theirs.confidence))
        if _shown(ours) != _shown(theirs):
            different += 1
            print(f"different: {question['question']}", file=sys.stderr)
    for name, times in took.items():
        figures[name] |= {
            "p50_ms": statistics.median(times[1:]),
            "p95_ms": statistics.quantiles(times[1:], n=20)[18],
        }
    return figures | {"different_answers": different, "farthest_confidence": farthest}


def _page(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"# A page\n\n{text}\n", "utf-8")


def _shown(answer: tacrochat.Answer) -> tuple[Any, ...]:
    quotes = [(q.text, q.label, q.start, q.highlights) for q in (*answer.quotes, *answer.nearest)]
    return answer.status, answer.message, quotes


def _print(figures: dict[str, Any]) -> None:
    print(f"{figures['processor']}, {figures['cores']} cores")
    print(
        f"{figures['documents']} documents, {figures['passages']} passages, {figures['questions']} questions"
    )
    for name in ("folder", "milvus"):
        print(f"{name}: " + ", ".join(f"{key} {value:.1f}" for key, value in figures[name].items()))
    print(
        f"{figures['different_answers']} different answers;"
        f" confidences differ by {figures['farthest_confidence']:.1e} at most"
    )


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    names = [line for line in path.read_text().splitlines() if "model name" in line] if path.exists() else []
    return names[0].partition(":")[2].strip() if names else platform.processor()


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(port: int) -> None:
    for _ in range(600):
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("Milvus Lite did not start")


if __name__ == "__main__":
    main()
