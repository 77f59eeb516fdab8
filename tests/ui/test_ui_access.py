"""Who gets in, what cannot be fetched, and what an MCP client sees."""

import json
import os
import stat
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from accessible import check
from serving import Server

from tacrochat.errors import TacrochatError
from tacrochat.ui import access, passwords


def fetch(url, data=None, headers=None):
    """Return the status and the body of a request."""
    request = urllib.request.Request(url, data=data, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


class TestPasswordFile:
    def test_written_and_read_back(self, tmp_path):
        file = tmp_path / "passwords"
        passwords.write(file, "ada", "correct horse")
        passwords.write(file, "bob", "battery staple")
        passwords.write(file, "ada", "another horse")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert "horse" not in file.read_text()
        hashes = access.read(file)
        assert hashes["ada"].matches("another horse")
        assert not hashes["ada"].matches("correct horse")
        assert hashes["bob"].matches("battery staple")

    def test_gate_admits_the_named_user_only(self, tmp_path):
        file = tmp_path / "passwords"
        passwords.write(file, "ada", "correct horse")
        passwords.write(file, "bob", "battery staple")
        gate = access.gate(f"ada:{file}")
        assert gate.check("ada", "correct horse")
        assert not gate.check("ada", "battery staple")
        assert not gate.check("bob", "battery staple")
        assert access.gate(f"*:{file}").check("bob", "battery staple")

    @pytest.mark.parametrize(
        ("text", "mode", "says"),
        [
            ("ada:hunter2\n", 0o600, "line 1: not a hashed password"),
            ("", 0o600, "no user 'ada'"),
            ("", 0o644, "chmod 600"),
            (None, 0o600, "cannot be read"),
        ],
    )
    def test_what_is_wrong_with_a_file_is_said(self, tmp_path, text, mode, says):
        file = tmp_path / "passwords"
        if text is not None:
            file.write_text(text)
            file.chmod(mode)
        with pytest.raises(TacrochatError, match=says):
            access.gate(f"ada:{file}")

    @pytest.mark.parametrize(
        ("user", "word"), [("ada", "short"), ("a:b", "long enough"), ("*", "long enough")]
    )
    def test_what_cannot_be_a_user_or_password(self, tmp_path, user, word):
        with pytest.raises(TacrochatError):
            passwords.write(tmp_path / "passwords", user, word)

    def test_command_line(self, tmp_path):
        command = [sys.executable, "-m", "tacrochat.ui.passwords", str(tmp_path / "passwords"), "ada"]
        done = subprocess.run(command, input="correct horse\n", text=True, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert access.read(tmp_path / "passwords")["ada"].matches("correct horse")


@pytest.mark.parametrize("option", ["ada", ":file", "ada:"])
def test_auth_option_names_user_and_file(option):
    with pytest.raises(TacrochatError, match="USER:PASSWORD-FILE"):
        access.gate(option)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guarded")
    passwords.write(folder / "passwords", "ada", "correct horse")
    started = Server(folder, "--auth", "ada:passwords")
    yield started.wait()
    started.stop()


class TestGuarded:
    @pytest.mark.parametrize(
        "path",
        ["config", "gradio_api/info", "gradio_api/queue/status", "gradio_api/file=corpus/label.md"],
    )
    def test_nothing_without_a_password(self, guarded, path):
        status, body = fetch(f"{guarded.url}/{path}")
        assert status == 401
        assert b"ointment" not in body

    def test_no_answer_without_a_password(self, guarded):
        data = json.dumps({"data": ["ointment", None, None, None, None, None]}).encode()
        status, _ = fetch(f"{guarded.url}/gradio_api/call/ask", data, {"Content-Type": "application/json"})
        assert status == 401

    def test_wrong_password(self, guarded):
        data = urllib.parse.urlencode({"username": "ada", "password": "wrong horse"}).encode()
        assert fetch(f"{guarded.url}/login", data)[0] == 400

    @pytest.mark.browser
    def test_right_password_opens_the_page(self, browser, guarded):
        context = browser.new_context(locale="en-US")
        page = context.new_page()
        outside = []
        page.on("request", lambda r: outside.append(r.url) if "127.0.0.1" not in r.url else None)
        page.goto(guarded.url)
        page.get_by_label("username").wait_for()
        check(page, "login")
        page.get_by_label("username").fill("ada")
        page.get_by_label("password").fill("correct horse")
        page.get_by_role("button", name="Login").click()
        page.wait_for_selector("#tc-question textarea")
        page.wait_for_selector(".tc-state[data-phase=ready]", timeout=120_000)
        assert [url for url in outside if not url.startswith(("data:", "blob:"))] == []
        context.close()


class TestDownloads:
    @pytest.mark.parametrize(
        "path", ["corpus/label.md", "index/manifest.json", "feedback.jsonl", "/etc/passwd", "../etc/passwd"]
    )
    def test_no_file_is_handed_out(self, server, path):
        (server.folder / "feedback.jsonl").touch()
        full = path if path.startswith(("/", "..")) else str(server.folder / path)
        for name in (full, path):
            status, body = fetch(f"{server.url}/gradio_api/file={urllib.parse.quote(name)}")
            assert status in {403, 404}
            assert b"root:" not in body

    def test_an_upload_over_the_limit_is_refused(self, server):
        boundary = "x"
        body = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="a.md"\r\n\r\n'.encode()
            + b"a" * 68_000_000
            + f"\r\n--{boundary}--\r\n".encode()
        )
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        assert fetch(f"{server.url}/gradio_api/upload", body, headers)[0] == 413


def test_mcp_and_auth_exclude_each_other(tmp_path):
    passwords.write(tmp_path / "passwords", "ada", "correct horse")
    command = [sys.executable, "-m", "tacrochat", "serve", "--mcp", "--auth", "ada:passwords"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "--mcp cannot ask for passwords" in done.stderr


def test_mcp_client_asks(server):
    with ThreadPoolExecutor(1) as pool:  # Playwright's loop runs in this thread
        names, text = pool.submit(anyio.run, _ask_by_mcp, f"{server.url}/gradio_api/mcp/").result()
    assert names == {"ask", "search", "documents"}
    assert "25 degrees" in text


async def _ask_by_mcp(url):
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async with streamable_http_client(url) as (read, write, _), ClientSession(read, write) as session:
        await session.initialize()
        listed = await session.list_tools()
        result = await session.call_tool("ask", {"question": "How is the tube of glow ointment stored?"})
        return {tool.name for tool in listed.tools}, result.content[0].text


def test_a_taken_port_is_a_clear_error(server, tmp_path):
    port = urllib.parse.urlsplit(server.url).port
    command = [sys.executable, "-m", "tacrochat", "serve", "--port", str(port)]
    environment = {**os.environ, "GRADIO_TEMP_DIR": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "give another --port" in done.stderr
