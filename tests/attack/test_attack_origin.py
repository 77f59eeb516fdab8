"""Other web pages cannot use a server on this machine: not by its address, not by another name for it."""

import http.server
import os
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from attacked import PASSWORD

from tacrochat.errors import TacrochatError
from tacrochat.ui.hosts import Hosts

ROUTES = [
    ("GET", "/"),
    ("GET", "/config"),
    ("GET", "/gradio_api/info"),
    ("GET", "/gradio_api/queue/data?session_hash=x"),
    ("GET", "/gradio_api/heartbeat/x"),
    ("GET", "/gradio_api/upload_progress?upload_id=x"),
    ("GET", "/gradio_api/file=label.md"),
    ("GET", "/theme.css"),
    ("POST", "/login"),
    ("POST", "/logout"),
    ("POST", "/password"),
    ("POST", "/gradio_api/queue/join"),
    ("POST", "/gradio_api/call/documents"),
    ("POST", "/gradio_api/component_server/"),
    ("POST", "/gradio_api/upload"),
    ("POST", "/gradio_api/mcp/"),
    ("GET", "/gradio_api/mcp/"),
    ("DELETE", "/gradio_api/mcp/"),
    ("OPTIONS", "/gradio_api/call/documents"),
    ("OPTIONS", "/gradio_api/upload"),
]


def no_cors(headers):
    return not [name for name in headers if name.startswith("access-control-")]


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("host", ["evil.example", "x.localhost:{port}", "localhost:1", "127.0.0.1.nip.io"])
def test_a_foreign_host_is_refused_everywhere(opened, method, path, host):
    host = host.format(port=opened.port)
    status, headers, body = opened.send(method, path, b"{}", {"Host": host, "Origin": f"http://{host}"})
    assert status == 421
    assert b"--allow-host" in body
    assert no_cors(headers)


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("server", ["opened", "guarded"])
def test_a_foreign_origin_is_refused_everywhere(request, server, method, path):
    attacked = request.getfixturevalue(server)
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:1"},
        {"Origin": "null"},
        {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"},
    ):
        status, answered, body = attacked.send(method, path, b"{}", headers)
        assert (status, b"another web page" in body) == (403, True), headers
        assert no_cors(answered)


@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/info", "/theme.css"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "localhost:{port}"},
        {"Host": "[::1]:{port}"},
        {"Host": "LOCALHOST.:{port}"},
        {"Host": "chat.example.org", "Origin": "https://chat.example.org", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://127.0.0.1:{port}", "Host": "127.0.0.1:{port}"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_the_server_answers_to_its_own_names(opened, path, headers):
    status, answered, _ = opened.send(
        "GET", path, None, {name: value.format(port=opened.port) for name, value in headers.items()}
    )
    assert status == 200
    assert no_cors(answered)
    assert answered["content-security-policy"] == "frame-ancestors 'none'"


def test_a_link_from_another_page_opens_the_page(opened):
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert opened.send("GET", "/", None, link)[0] == 200
    assert opened.send("GET", "/config", None, link)[0] == 403


@pytest.mark.parametrize(
    ("host", "asked", "local", "admitted"),
    [
        ("0.0.0.0", "192.168.1.5:7860", "192.168.1.5", True),
        ("0.0.0.0", "192.168.1.6:7860", "192.168.1.5", False),
        ("0.0.0.0", "box.local:7860", "192.168.1.5", False),
        ("0.0.0.0", "127.0.0.1:7860", "192.168.1.5", True),
        ("0.0.0.0", "127.0.0.1:7861", "192.168.1.5", False),
        ("::", "[fd00::2]:7860", "fd00:0::2", True),
        ("::", "[::ffff:192.168.1.5]:7860", "192.168.1.5", True),
        ("box.local", "box.local:7860", "192.168.1.5", True),
        ("127.0.0.1", "192.168.1.5:7860", "192.168.1.5", False),
        ("127.0.0.1", "evil.example@127.0.0.1:7860", "127.0.0.1", False),
        ("127.0.0.1", "127.0.0.1:7860, evil.example", "127.0.0.1", False),
        ("127.0.0.1", "127.0.0.1:x", "127.0.0.1", False),
        ("127.0.0.1", "", "127.0.0.1", False),
        ("127.0.0.1", "[::1", "127.0.0.1", False),
    ],
)
def test_names_of_a_server(host, asked, local, admitted):
    assert Hosts(host, 7860).admits(asked, "http", local) is admitted


@pytest.mark.parametrize(
    ("allowed", "asked", "admitted"),
    [
        ("chat.example.org", "chat.example.org", True),
        ("chat.example.org", "CHAT.example.org:7860", True),
        ("chat.example.org", "chat.example.org:9000", False),
        ("localhost:9000", "localhost:9000", True),
        ("192.168.1.5", "192.168.1.5:7860", True),
        ("fd00::2", "[fd00::2]:7860", True),
        ("[fd00::2]:9000", "[fd00::2]:9000", True),
    ],
)
def test_allowed_names(allowed, asked, admitted):
    assert Hosts("127.0.0.1", 7860, [allowed]).admits(asked, "http", "127.0.0.1") is admitted


@pytest.mark.parametrize("name", ["", "*", "*.example.org", "http://x", "x/y", "x:y", "a b", "x:99999"])
def test_what_cannot_be_allowed(name):
    with pytest.raises(TacrochatError, match="NAME or NAME:PORT"):
        Hosts("127.0.0.1", 7860, [name])


class TestCookies:
    def test_login_cookies_stay_with_this_site(self, guarded):
        for headers, secure in (({}, False), ({"X-Forwarded-Proto": "https"}, True)):
            status, answered, _ = guarded.log_in(headers=headers)
            assert status == 200
            assert "SameSite=Lax" in answered["set-cookie"]
            assert "HttpOnly" in answered["set-cookie"]
            assert "none" not in answered["set-cookie"].lower().split("samesite=", 1)[1]
            assert ("Secure" in answered["set-cookie"]) is secure

    def test_after_logout_the_cookie_opens_nothing(self, guarded):
        cookie = guarded.log_in()[1]["set-cookie"].partition(";")[0]
        assert guarded.send("GET", "/config", None, {"Cookie": cookie})[0] == 200
        guarded.send("POST", "/logout", b"", {"Cookie": cookie})
        assert guarded.send("GET", "/config", None, {"Cookie": cookie})[0] == 401

    def test_a_token_under_another_name_opens_nothing(self, guarded):
        """Cookies are sent to every port of a host: another server's cookie has another name."""
        name, _, token = guarded.log_in()[1]["set-cookie"].partition(";")[0].partition("=")
        for cookie in (f"tacrochat-1={token}", f"{name}=x", f"{name}=", f'{name}="', f"\x01={token}"):
            assert guarded.send("GET", "/config", None, {"Cookie": cookie})[0] == 401
        assert guarded.send("GET", "/config", None, {"Cookie": f"a=1; {name}={token}"})[0] == 200


@pytest.mark.parametrize("server", ["opened", "guarded"])
def test_programs_go_on_working(request, server):
    from gradio_client import Client

    attacked = request.getfixturevalue(server)
    auth = ("ada", PASSWORD) if server == "guarded" else None
    client = Client(attacked.url, auth=auth, verbose=False)
    try:
        assert client.predict("tube storage", k=1, api_name="/search")["hits"][0]["document"] == "label.md"
    finally:
        client.close()


@pytest.fixture(scope="module")
def in_chromium():
    """Run functions in a thread of their own, where Playwright has its loop."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        if os.environ.get("TACROCHAT_NEEDS_BROWSER") == "1":
            pytest.fail("no Chromium on this machine, and TACROCHAT_NEEDS_BROWSER=1")
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    flags.append("--host-resolver-rules=MAP rebound.example 127.0.0.1")

    with ThreadPoolExecutor(1) as pool:
        playwright = pool.submit(lambda: sync_playwright().start()).result()
        browser = pool.submit(
            lambda: playwright.chromium.launch(executable_path=program, args=flags)
        ).result()
        yield lambda function: pool.submit(function, browser).result()
        pool.submit(browser.close).result()
        pool.submit(playwright.stop).result()


@pytest.fixture(scope="module")
def other_port():
    """Another web site on this machine."""

    class Blank(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<p>another site</p>")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Blank)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


ATTACK = """async (target) => {
  const json = {'Content-Type': 'application/json'};
  const form = new FormData();
  form.append('files', new Blob(['# evil']), 'evil.md');
  const tries = [
    ['/', {}], ['/config', {}], ['/gradio_api/info', {}], ['/gradio_api/queue/data?session_hash=x', {}],
    ['/gradio_api/file=label.md', {}], ['/theme.css', {}],
    ['/gradio_api/call/documents', {method: 'POST', headers: json, body: '{"data": []}'}],
    ['/gradio_api/call/documents', {method: 'POST', body: '{"data": []}'}],
    ['/gradio_api/queue/join', {method: 'POST', headers: json,
      body: '{"data": [], "fn_index": 2, "session_hash": "x"}'}],
    ['/gradio_api/upload', {method: 'POST', body: form}],
    ['/gradio_api/mcp/', {method: 'POST', headers: {...json, Accept: 'application/json, text/event-stream'},
      body: '{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}'}],
  ];
  const read = [];
  const unchecked = tries.filter(([, options]) => options.method && !options.headers);
  const all = [...tries.map((each) => [...each, 'cors']), ...unchecked.map((each) => [...each, 'no-cors'])];
  await Promise.all(all.map(async ([path, options, mode]) => {
    try {
      const response = await fetch(target + path, {credentials: 'include', mode, ...options});
      if (response.type !== 'opaque') read.push([path, response.status, await response.text()]);
    } catch (error) { }
  }));
  return read;
}"""


@pytest.mark.browser
@pytest.mark.parametrize("server", ["opened", "guarded"])
def test_no_page_of_another_origin_reads_or_changes_anything(request, server, in_chromium, other_port):
    attacked = request.getfixturevalue(server)

    def attack(browser):
        context = browser.new_context(locale="en-US")
        page = context.new_page()
        if server == "guarded":  # the reader is logged in, in the same browser
            page.goto(attacked.url)
            page.get_by_label("Name").fill("ada")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Log in").click()
        else:
            page.goto(attacked.url)
        page.wait_for_selector("#tc-question textarea")
        names = ("127.0.0.1", "x.localhost", "rebound.example")
        read = []
        for origin in names:
            page.goto(f"http://{origin}:{other_port}/")
            assert page.inner_text("p") == "another site"
            for target in names:
                read += page.evaluate(ATTACK, f"http://{target}:{attacked.port}")
        # DNS rebinding: the page itself comes from the port of the server.
        for name in names[1:]:
            assert page.goto(f"http://{name}:{attacked.port}/").status == 421
            read += [one for one in page.evaluate(ATTACK, "") if one[1] != 421]
        context.close()
        return read

    assert in_chromium(attack) == []
    assert attacked.uploaded() == []
    if server == "opened":
        assert sorted(attacked.documents()) == ["hostile <b>.md", "label.md", "trial.md"]


@pytest.mark.browser
def test_no_other_page_frames_the_page(opened, in_chromium, other_port):
    def frame(browser):
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{other_port}/")
        page.set_content(f'<iframe src="{opened.url}/"></iframe>')
        page.wait_for_timeout(500)
        found = [frame.query_selector("#tc-question, gradio-app") for frame in page.frames]
        page.close()
        return found

    assert in_chromium(frame) == [None, None]
