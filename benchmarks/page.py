"""Measure the page in a browser: first paint, and the time from Enter to the answer, against another version.

    python benchmarks/page.py main                  # the working tree against a git ref
    python benchmarks/page.py v1.0 --rounds 20 --index index --json

Both versions are served side by side from the same index, and are asked in turn, the one that begins
alternating, so that what else the machine does slows both alike. Prints medians in milliseconds and their
ratios: below 1, the working tree is faster. Needs Playwright and a Chromium.
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
_READY = 180_000  # milliseconds that a server has for its first answer
_CARDS = "#tc-chat .tc-card:not(.tc-pending)"
_SHOWN = """([cards]) => new Promise((resolve) => {
  // Two frames after the card is there it has been painted.
  const look = () => document.querySelector(cards)
    ? requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - window.enteredAt)))
    : requestAnimationFrame(look);
  look();
})"""
_ENTER = """() => document.querySelector('#tc-question textarea').addEventListener(
  'keydown', (event) => { if (event.key === 'Enter') window.enteredAt = performance.now(); }, true)"""
_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"

Times = dict[str, list[float]]


def main() -> int:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("ref", help="the version to compare with: a branch, tag or commit")
    parser.add_argument("--index", type=Path, default=ROOT / "index")
    parser.add_argument("--questions", type=Path, default=ROOT / "benchmarks" / "corpus_questions.jsonl")
    parser.add_argument("--rounds", type=int, default=10, help="questions, and page loads, of each version")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.questions.read_text("utf-8").splitlines() if line.strip()]
    questions = [row["question"] for row in rows if not row.get("history")][: options.rounds]
    with ExitStack() as stack:
        other = stack.enter_context(_checkout(options.ref))
        urls = {
            options.ref: stack.enter_context(_served(other, options.index)),
            "working tree": stack.enter_context(_served(ROOT, options.index)),
        }
        measured = measure(urls, questions)
    report = summary(measured, options.ref)
    print(json.dumps(report, indent=2) if options.json else _table(report, options.ref))
    return 0


def measure(urls: dict[str, str], questions: list[str]) -> dict[str, Times]:
    """Load each page and ask it each question, in turn; returns milliseconds by version and measure."""
    times: dict[str, Times] = {name: {"first paint": [], "usable": [], "answer": []} for name in urls}
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        pages = {name: _open(browser, url)[0] for name, url in urls.items()}
        for page in pages.values():
            _ask(page, questions[0])  # loads what is read at first use
        for number, question in enumerate(questions):
            names = list(urls)[:: 1 if number % 2 else -1]
            for name in names:
                fresh, usable = _open(browser, urls[name])
                times[name]["first paint"].append(fresh.evaluate(_PAINT))
                times[name]["usable"].append(usable)
                fresh.context.close()
            for name in names:
                times[name]["answer"].append(_ask(pages[name], question))
        browser.close()
    return times


def summary(measured: dict[str, Times], ref: str) -> dict[str, dict[str, float]]:
    """Return the medians of both versions and their ratio for each measure."""
    report = {}
    for measure_name, before in measured[ref].items():
        old, new = statistics.median(before), statistics.median(measured["working tree"][measure_name])
        report[measure_name] = {"before_ms": round(old), "now_ms": round(new), "ratio": round(new / old, 2)}
    return report


def _table(report: dict[str, dict[str, float]], ref: str) -> str:
    lines = [f"{'':12} {ref[:14]:>14} {'working tree':>14} {'ratio':>6}"]
    lines += [
        f"{name:12} {row['before_ms']:>11} ms {row['now_ms']:>11} ms {row['ratio']:>6.2f}"
        for name, row in report.items()
    ]
    return "\n".join(lines)


def _open(browser: Any, url: str) -> tuple[Any, float]:
    """Open the page in a fresh context, with nothing kept from before.

    Returns it when it can be asked, with the milliseconds until then.
    """
    page = browser.new_context(viewport={"width": 1366, "height": 900}, locale="en-US").new_page()
    page.goto(url)
    page.wait_for_selector(".tc-state[data-phase=ready]", timeout=_READY)
    page.wait_for_selector("#tc-question textarea")
    usable = page.evaluate("performance.now()")
    page.evaluate(_ENTER)
    return page, usable


def _ask(page: Any, question: str) -> float:
    """Ask in an empty conversation; returns the milliseconds from Enter until the answer is painted."""
    if page.locator(_CARDS).count():
        page.get_by_role("button", name="Clear", exact=True).first.click()
        page.wait_for_selector(_CARDS, state="detached")
    page.fill("#tc-question textarea", question)
    page.wait_for_timeout(100)  # Gradio has taken over what was typed
    page.press("#tc-question textarea", "Enter")
    return float(page.evaluate(_SHOWN, [_CARDS]))


@contextmanager
def _checkout(ref: str) -> Iterator[Path]:
    """Check a version out into a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "other"
        subprocess.run(
            ["git", "worktree", "add", "--detach", str(path), ref], cwd=ROOT, check=True, capture_output=True
        )
        try:
            yield path
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(path)], cwd=ROOT, check=True)


@contextmanager
def _served(checkout: Path, index: Path) -> Iterator[str]:
    """Serve a copy of the index by the code of a checkout."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": str(checkout / "src")}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
        shutil.copytree(index, Path(folder) / "index")
        command = [sys.executable, "-m", "tacrochat", "serve", "--port", str(port), "--index", "index"]
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=environment)
        try:
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=5).close()
                    break
                except urllib.error.URLError:
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
