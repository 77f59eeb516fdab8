"""A real server in a process of its own, and a real Chromium that asks it."""

import os
import shutil
from urllib.parse import urlsplit

import pytest
from serving import FLAGS, Server, chromium

from once import place_model


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The server that the tests share; none changes its documents."""
    started = Server(tmp_path_factory.mktemp("served"), "--mcp")
    yield started.wait()
    started.stop()


@pytest.fixture(scope="session")
def bundled(tmp_path_factory, corpus_library):
    """A server of the bundled documents; tests ask them, and change nothing."""
    folder = tmp_path_factory.mktemp("bundled")
    shutil.copytree(corpus_library.folder, folder / "bundled")
    place_model(folder / "bundled")
    started = Server(folder, "--index", "bundled")
    yield started.wait()
    started.stop()


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium; a missing one skips, or fails where TACROCHAT_NEEDS_BROWSER says so."""
    program = chromium()
    if program is None:
        if os.environ.get("TACROCHAT_NEEDS_BROWSER") == "1":
            pytest.fail("no Chromium on this machine, and TACROCHAT_NEEDS_BROWSER=1")
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield started
        started.close()


class Requests(list):
    """What a page asked for; ``outside`` are those that would have left the machine."""

    @property
    def outside(self):
        return [url for url in self if urlsplit(url).hostname not in {"127.0.0.1", "localhost", None}]


@pytest.fixture
def visit(browser, server):
    """Open the page in a fresh context; every request and every script error is recorded."""
    opened = []

    def go(*, url=None, ready=True, **options):
        options.setdefault("viewport", {"width": 1280, "height": 860})
        options.setdefault("locale", "en-US")
        context = browser.new_context(**options)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.requests, page.faults = Requests(), []
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.goto(url or server.url)
        page.wait_for_selector("#tc-question textarea")
        if ready:
            page.wait_for_selector(".tc-state[data-phase=ready]", timeout=120_000)
            page.wait_for_selector("#tc-chat .example")
        opened.append((context, page))
        return page

    yield go
    for context, page in opened:
        assert page.faults == []
        assert page.requests.outside == []
        context.close()


@pytest.fixture
def ask():
    """Type a question and wait for its card, the n-th of the conversation."""

    def type_and_wait(page, question):
        cards = page.locator("#tc-chat .tc-card:not(.tc-pending)")
        before = cards.count()
        page.fill("#tc-question textarea", question)
        page.press("#tc-question textarea", "Enter")
        cards.nth(before).wait_for()
        page.locator("#tc-chat .tc-pending").wait_for(state="detached")
        return cards.nth(before)

    return type_and_wait
