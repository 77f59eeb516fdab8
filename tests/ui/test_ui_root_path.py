"""The page below a path of a proxy (``--root-path``), one that strips the path and one that does not."""

import http.client
import json
import re
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import anyio
import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from serving import Server, free_port

import tacrochat
from once import place_model
from printed import pdf
from tacrochat.errors import TacrochatError
from tacrochat.index.user_folders import index_of
from tacrochat.ui.access import people, tokens
from tacrochat.ui.root_path import root_path

ROOT_PATH = "/docs"
SNOW = "Snow is measured with a board that is white and wide."
HOW = "How is snow measured?"
HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive"}


class Proxy:
    """Hands what is below ``/docs`` on to a server, byte by byte as it comes; use as a context."""

    def __init__(self, target, port, *, strips):
        self.asked, self.url = [], f"http://127.0.0.1:{port}"
        outer, target = self, urlsplit(target)

        class Handler(BaseHTTPRequestHandler):
            def _hand_on(self):
                outer.asked.append(self.path)
                if not self.path.startswith(ROOT_PATH):
                    self.send_error(404)
                    return
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                path = self.path.removeprefix(ROOT_PATH) if strips else self.path
                with closing(http.client.HTTPConnection(target.hostname, target.port, timeout=60)) as there:
                    self._answer_with(there, path or "/", body)

            def _answer_with(self, there, path, body):
                there.putrequest(self.command, path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    if name.lower() not in HOP_BY_HOP:
                        there.putheader(name, value)
                there.putheader("X-Forwarded-For", "203.0.113.5")
                there.endheaders(body)
                answer = there.getresponse()
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in HOP_BY_HOP:
                        self.send_header(name, value)
                self.end_headers()
                while piece := answer.read1():
                    self.wfile.write(piece)
                    self.wfile.flush()

            do_GET = do_POST = do_HEAD = do_DELETE = _hand_on  # noqa: N815

            def handle(self):
                with suppress(OSError, http.client.HTTPException):  # the browser has closed a stream
                    super().handle()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", urlsplit(self.url).port), Handler)
        self._server.daemon_threads = True

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def below(tmp_path_factory):
    """A server for the path, which answers to the names of its two proxies."""
    folder = tmp_path_factory.mktemp("below")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "snow.pdf").write_bytes(pdf([(60, 700, 12, [SNOW])]))
    ports = free_port(), free_port()
    allowed = [text for port in ports for text in ("--allow-host", f"127.0.0.1:{port}")]
    started = Server(folder, "--root-path", ROOT_PATH, *allowed)
    started.ports = ports
    yield started.wait()
    started.stop()


@pytest.fixture(params=["strips", "keeps"])
def proxy(request, below):
    strips = request.param == "strips"
    with Proxy(below.url, below.ports[strips], strips=strips) as running:
        yield running


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    """Two libraries below the path, with a login, tokens and MCP; ``token`` is that of an editor."""
    folder = tmp_path_factory.mktemp("team")
    (folder / "snow").mkdir()
    (folder / "snow" / "snow.md").write_text(f"# Snow\n\n{SNOW}\n")
    people.write(folder / "people", "ada", password="correct horse", role="editor")
    token = tokens.create(folder / "tokens", "agent", "ada", role="editor", scopes="ask,edit,mcp")
    tools = tokens.create(folder / "tokens", "tools", "ada", role="editor", scopes="mcp")
    ports = free_port(), free_port()
    allowed = [text for port in ports for text in ("--allow-host", f"127.0.0.1:{port}")]
    options = ("--root-path", ROOT_PATH, "--auth", "*:people", "--tokens", "tokens", "--mcp", *allowed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        for name in ("corpus", "snow"):
            place_model(index_of(folder / name))
        started = Server(folder, "glow=corpus", "snow=snow", *options)
    started.ports, started.headers = ports, {"Authorization": f"Bearer {token}"}
    started.tools_only = {"Authorization": f"Bearer {tools}"}
    yield started.wait()
    started.stop()


@pytest.fixture(params=["strips", "keeps"])
def team_proxy(request, team):
    strips = request.param == "strips"
    with Proxy(team.url, team.ports[strips], strips=strips) as running:
        yield running


def outside(proxy):
    """List what was asked for outside of the path."""
    return [path for path in proxy.asked if not path.startswith(f"{ROOT_PATH}/")]


def links_outside(html):
    """List the absolute paths of a page that are not below the path."""
    return [path for path in re.findall(r'\b(?:href|src|action)="(/[^"]*)"', html)
            if not path.startswith(f"{ROOT_PATH}/")]  # fmt: skip


def fetched(url, body=None, **headers):
    request = urllib.request.Request(url, json.dumps(body).encode() if body else None, headers)
    if body:
        request.add_header("content-type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.url, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.url, error.read()


def test_a_page_below_a_path_asks_and_opens_sources_there(proxy, visit, ask):
    page = visit(url=f"{proxy.url}{ROOT_PATH}/")
    ask(page, HOW)
    page.locator('.tc-source[data-document="snow.pdf"]').first.click()
    page.wait_for_selector(".tc-box.tc-current")
    page.wait_for_function("() => document.querySelector('.tc-page img').naturalWidth > 100")
    with page.expect_download() as saved:
        page.locator(".tc-download").click()
    assert saved.value.suggested_filename == "snow.pdf"
    page.get_by_role("tab", name="Documents").click()
    page.locator("input[type=file]").first.set_input_files(
        {"name": "hail.txt", "mimeType": "text/plain", "buffer": b"Hail is weighed in a tin bucket."}
    )
    page.wait_for_function("() => document.body.innerText.includes('hail.txt')")
    assert {urlsplit(url).path.split("/")[1] for url in page.requests if url.startswith("http")} == {"docs"}
    assert outside(proxy) == []
    assert links_outside(page.content()) == []
    assert page.locator("link[rel=icon]").get_attribute("href") == "./favicon.ico"
    assert fetched(f"{proxy.url}{ROOT_PATH}/favicon.ico")[0] == 200


def test_links_and_redirects_stay_below_the_path(proxy, below):
    assert fetched(f"{proxy.url}{ROOT_PATH}/config")[0] == 200
    status, url, body = fetched(f"{proxy.url}{ROOT_PATH}?a=b")
    assert (status, b"gradio-app" in body) == (200, True)
    if proxy.url.endswith(str(below.ports[0])):  # the one that keeps the path sees that its end is missing
        assert url == f"{proxy.url}{ROOT_PATH}/?a=b"
    assert fetched(f"{proxy.url}{ROOT_PATH}/openapi.json")[0] == 404
    digest = tacrochat.open(below.folder / "index").document("snow.pdf").digest
    status, _, picture = fetched(
        f"{proxy.url}{ROOT_PATH}/source/page?document=snow.pdf&digest={digest}&page=1&zoom=1"
    )
    assert (status, picture[:4]) == (200, b"\x89PNG")
    status, _, body = fetched(f"{proxy.url}{ROOT_PATH}/gradio_api/call/ask", {"data": [HOW]})
    event = json.loads(body)["event_id"]
    status, _, body = fetched(f"{proxy.url}{ROOT_PATH}/gradio_api/call/ask/{event}")
    assert (status, b"white and wide" in body) == (200, True)


@pytest.mark.browser
def test_login_and_the_pages_of_several_libraries_stay_below_the_path(team_proxy, browser):
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    seen, messages = [], []
    page.on("console", lambda message: messages.append(message.text))
    page.goto(f"{team_proxy.url}{ROOT_PATH}/")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill("correct horse")
    seen.append(page.content())
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="snow").first.wait_for()
    seen.append(page.content())
    assert [text for text in messages if "Content Security Policy" in text] == []
    page.get_by_role("link", name="snow").first.click()
    page.wait_for_selector(".tc-state[data-phase=ready]", timeout=120_000)
    seen.append(page.content())
    page.fill("#tc-question textarea", HOW)
    page.press("#tc-question textarea", "Enter")
    page.locator("#tc-chat .tc-card:not(.tc-pending)").first.wait_for()
    assert urlsplit(page.url).path == f"{ROOT_PATH}/snow/"
    assert outside(team_proxy) == []
    assert [link for html in seen for link in links_outside(html)] == []
    context.close()


def test_tools_of_each_library_are_called_with_a_token(team_proxy, team):
    """By the reference client of MCP."""
    for name, question, words in (
        ("snow", HOW, "white and wide"),
        ("glow", "How is the tube of glow ointment stored?", "25 degrees"),
    ):
        url = f"{team_proxy.url}{ROOT_PATH}/{name}"
        ready(url, team.headers)
        with ThreadPoolExecutor(1) as pool:  # Playwright's loop runs in this thread
            address = f"{url}/gradio_api/mcp{'/' if name == 'snow' else ''}"
            tools, answers = pool.submit(anyio.run, called, address, team.headers, question).result()
        assert tools == {"ask", "search", "documents"}
        assert all(words in answers[tool] for tool in ("ask", "search")), answers
        assert ("snow.md" in answers["documents"], "label.md" in answers["documents"]) == (
            name == "snow",
            name == "glow",
        )
        for headers in ({}, {"Authorization": "Bearer tacro_wrong"}):
            answer = httpx.post(f"{url}/gradio_api/mcp/", json={}, headers=headers, timeout=60)
            assert (answer.status_code, answer.headers["www-authenticate"][:6]) == (401, "Bearer")
    assert outside(team_proxy) == []


def test_a_token_for_the_tools_opens_no_page_in_front_of_the_libraries(team):
    url = f"{team.url}{ROOT_PATH}"
    for answer in (
        httpx.get(f"{url}/", headers=team.tools_only),
        httpx.get(f"{url}/snow", headers=team.tools_only),
        httpx.get(f"{url}/none", headers=team.tools_only),
        httpx.post(f"{url}/", headers=team.tools_only, data={"question": HOW}),
    ):
        assert (answer.status_code, "lacks the scope ask" in answer.text) == (403, True)
    assert httpx.get(f"{url}/", headers=team.headers).status_code == 200


def test_documents_are_added_by_the_api_below_the_path(team_proxy, team):
    with httpx.Client(
        base_url=f"{team_proxy.url}{ROOT_PATH}/snow/api/", headers=team.headers, timeout=60
    ) as api:
        ready(f"{team_proxy.url}{ROOT_PATH}/snow", team.headers)
        added = api.post(
            "documents", files=[("files", ("hail.md", b"# Hail\n\nHail is weighed in a bucket."))]
        )
        assert (added.status_code, added.json()["files"]) == (202, ["uploaded/hail.md"])
        ready(f"{team_proxy.url}{ROOT_PATH}/snow", team.headers)
        assert "uploaded/hail.md" in api.get("documents").text
        assert api.delete("documents/uploaded/hail.md").status_code == 202
        ready(f"{team_proxy.url}{ROOT_PATH}/snow", team.headers)
        assert "uploaded/hail.md" not in api.get("documents").text
        assert api.get("openapi.json").json()["servers"] == [{"url": f"{ROOT_PATH}/snow"}]
    assert outside(team_proxy) == []


def ready(url, headers):
    """Wait until the index of a library is open and nothing is built."""
    until = time.monotonic() + 240
    while httpx.get(f"{url}/api/info", headers=headers, timeout=60).json().get("state") != "ready":
        assert time.monotonic() < until
        time.sleep(0.1)


async def called(url, headers, question):
    """Return the names of the tools, and what each of them answers."""
    values = {"ask": {"question": question}, "search": {"query": question}, "documents": {}}
    async with (
        httpx.AsyncClient(headers=headers, timeout=60) as http,  # which follows no redirections
        streamable_http_client(url, http_client=http) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        listed = await session.list_tools()
        answers = {}
        for name, arguments in values.items():
            result = await session.call_tool(name, arguments)
            assert not result.isError, result
            answers[name] = "".join(content.text for content in result.content)
        return {tool.name for tool in listed.tools}, answers


def test_nobody_chooses_the_address_of_the_page_by_a_header(below):
    for name in ("X-Forwarded-Host", "X-Gradio-Server", "X-Forwarded-Prefix"):
        status, _, body = fetched(f"{below.url}{ROOT_PATH}/config", **{name: "evil.example"})
        assert (status, b"evil.example" in body) == (200, False)
    assert json.loads(body)["root"] == f"{below.url}{ROOT_PATH}"


@pytest.mark.parametrize("path", ["docs", "/a b", "/a/../b", "//evil.example", "/<b>", "/a?b"])
def test_a_root_path_that_is_none_is_refused(path):
    with pytest.raises(TacrochatError, match="--root-path"):
        root_path(path)


@pytest.mark.parametrize(("given", "used"), [("", ""), ("/", ""), ("/docs/", "/docs"), ("/a/b-c", "/a/b-c")])
def test_a_root_path_has_no_last_slash(given, used):
    assert root_path(given) == used
