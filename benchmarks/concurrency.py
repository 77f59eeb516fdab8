"""Measure eight people at the page who ask at once: whether each gets their own answer, and when.

    python benchmarks/concurrency.py                     # serves corpus/ with index/ on a free port
    python benchmarks/concurrency.py --url http://127.0.0.1:7860

Every person has a connection of their own, as the page has one a browser, and
asks through the queue. Prints the median and the 95th percentile in seconds.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from gradio_client import Client

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run the measurement; returns 1 when somebody got another's answer."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--url", help="a page that is served already")
    parser.add_argument("--corpus", default=str(ROOT / "corpus"))
    parser.add_argument("--index", default=str(ROOT / "index"))
    parser.add_argument("--questions", type=Path, default=ROOT / "benchmarks" / "corpus_questions.jsonl")
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=10, help="questions that each of them asks")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.questions.read_text("utf-8").splitlines() if line.strip()]
    questions = [row["question"] for row in rows if not row.get("history")]
    with _served(options) as url:
        report = measure(url, questions, options.people, options.rounds)
    if options.json:
        print(json.dumps(report, indent=2))
    else:
        print(
            f"{report['people']} people, {report['questions']} questions:"
            f" median {report['median_s']:.3f} s, p95 {report['p95_s']:.3f} s, wrong {report['wrong']};"
            f" one alone: median {report['alone_s']:.3f} s"
        )
    return 1 if report["wrong"] else 0


def measure(url: str, questions: list[str], people: int, rounds: int) -> dict[str, float]:
    """Let everybody ask at the same moment, again and again."""
    clients = [Client(url, verbose=False) for _ in range(people)]
    clients[0].predict(questions[0], api_name="/ask")  # waits until the model is loaded
    alone = [_ask(clients[0], question)[0] for question in questions[:rounds]]
    start = threading.Barrier(people)

    def person(number: int) -> list[tuple[float, bool]]:
        own = []
        for turn in range(rounds):
            question = questions[(number * rounds + turn) % len(questions)]
            start.wait()
            own.append(_ask(clients[number], question))
        return own

    with ThreadPoolExecutor(people) as pool:
        found = [one for own in pool.map(person, range(people)) for one in own]
    times = sorted(seconds for seconds, _ in found)
    return {
        "people": people,
        "questions": len(times),
        "median_s": statistics.median(times),
        "p95_s": times[int(0.95 * (len(times) - 1))],
        "alone_s": statistics.median(alone),
        "wrong": sum(not is_own for _, is_own in found),
    }


def _ask(client: Client, question: str) -> tuple[float, bool]:
    began = time.perf_counter()
    answer = client.predict(question, api_name="/ask")
    return time.perf_counter() - began, answer["question"] == question


@contextmanager
def _served(options: argparse.Namespace) -> Iterator[str]:
    if options.url:
        yield options.url
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tacrochat", "serve", "--port", str(port)]
    command += ["--corpus", options.corpus, "--index", options.index]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=dict(os.environ))
        try:
            url = f"http://127.0.0.1:{port}"
            while True:
                try:
                    urllib.request.urlopen(url, timeout=5).close()
                    break
                except urllib.error.URLError:
                    if process.poll() is not None:
                        log.seek(0)
                        raise SystemExit(log.read().decode()) from None
                    time.sleep(0.2)
            yield url
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
