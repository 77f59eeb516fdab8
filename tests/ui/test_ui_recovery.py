"""A page opened at any moment shows the true state and recovers by itself: start, failure, build."""

import re
import shutil
import time
from pathlib import Path

import pytest
from accessible import check, look_at
from serving import Server, corpus

pytestmark = pytest.mark.browser

TUBE = "How is the tube of glow ointment stored?"


@pytest.fixture
def unbuilt(tmp_path):
    """A server that finds no index, and no folder to build one from."""
    started = Server(tmp_path, "--corpus", "later")
    yield started.wait()
    started.stop()
    assert "Traceback" not in started.log.read_text()


def state(page, phase):
    page.wait_for_selector(f".tc-state[data-phase={phase}]", timeout=60_000)


def refresh(page):
    page.get_by_role("tab", name="Documents").click()
    page.click("#tc-refresh")


def test_pages_follow_a_failed_start_a_build_and_a_corpus_that_goes(visit, ask, unbuilt, tmp_path):
    watching, acting = (visit(url=unbuilt.url, ready=False) for _ in range(2))
    state(watching, "failed")
    assert "no folder later" in watching.locator(".tc-error").first.inner_text()
    for width, scheme in ((1366, "light"), (360, "dark")):
        look_at(watching, width, scheme)
        check(watching, "failed")

    corpus(tmp_path / "later")
    refresh(acting)
    state(acting, "building")
    check(acting, "building")
    opened_meanwhile = visit(url=unbuilt.url, ready=False)
    for page in (watching, opened_meanwhile, acting):
        state(page, "ready")
        assert page.locator(".tc-error").count() == 0
    assert "25 degrees" in ask(watching, TUBE).inner_text()

    (tmp_path / "later").rename(tmp_path / "gone")
    acting.click("#tc-refresh")
    acting.locator("#tc-outcome", has_text="is gone; put it back").wait_for()
    assert "25 degrees" in ask(opened_meanwhile, TUBE).inner_text()

    (tmp_path / "gone").rename(tmp_path / "later")
    shutil.copy(tmp_path / "later" / "label.md", tmp_path / "later" / "second.md")
    acting.click("#tc-refresh")
    watching.get_by_role("tab", name="Documents").click()
    watching.locator("#tc-tree", has_text="second.md").wait_for()
    watching.get_by_role("tab", name="Chat").click()
    assert watching.locator("#tc-chat .tc-answered").count() == 1, "the conversation stays"
    for page in (watching, acting, opened_meanwhile):
        assert page.locator(".toast-body").count() == 0


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="counts wakes as Linux does")
def test_an_idle_server_sleeps(visit, server):
    """Its threads wake a few dozen times a second, a page being open; gradio's own queue wakes a thousand."""
    visit()
    until = time.monotonic() + 60
    while (rate := wakes_per_second(server.process.pid, seconds=2)) > 150:
        assert time.monotonic() < until, f"{rate:.0f} times a second"


def wakes_per_second(process, seconds):
    def wakes():
        statuses = [path.read_text() for path in Path(f"/proc/{process}/task").glob("*/status")]
        return sum(int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", s, re.M)[1]) for s in statuses)

    before = wakes()
    time.sleep(seconds)
    return (wakes() - before) / seconds
