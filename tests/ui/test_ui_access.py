"""Who gets in, what cannot be fetched, and what an MCP client sees."""

import io
import json
import os
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest
from accessible import check
from serving import Server

from tacrochat.cli import main
from tacrochat.errors import TacrochatError
from tacrochat.ui import passwords
from tacrochat.ui.access import files, people, tokens
from tacrochat.ui.access.hashes import PasswordHash
from tacrochat.ui.access.opening import identity_of
from tacrochat.ui.access.sessions import Sessions
from tacrochat.ui.access.throttle import Throttle
from tacrochat.ui.served import ServerOptions

CHANGES = """
import sys
from pathlib import Path
from tacrochat.ui.access import people, tokens

print("ready", flush=True)
sys.stdin.read()
users, listed = Path("people"), Path("tokens")
for number in range(10):
    name = f"{sys.argv[1]}{number}"
    people.write(users, name)
    people.write(users, name, role="editor")
    tokens.create(listed, name, name, role="editor", scopes="ask")
    if number % 2 == 0:
        people.remove(users, name)
        tokens.revoke(listed, name)
"""


def opened(**options):
    return identity_of(ServerOptions(**options), 7860)


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
        entries = people.read(file)
        assert entries["ada"].password.matches("another horse")
        assert not entries["ada"].password.matches("correct horse")
        assert entries["bob"].password.matches("battery staple")

    def test_auth_admits_the_named_user_only(self, tmp_path):
        file = tmp_path / "passwords"
        passwords.write(file, "ada", "correct horse")
        passwords.write(file, "bob", "battery staple")
        assert set(opened(auth=f"ada:{file}").logins.gate.people) == {"ada"}
        assert set(opened(auth=f"*:{file}").logins.gate.people) == {"ada", "bob"}

    def test_lines_of_others_and_comments_stay(self, tmp_path):
        file = tmp_path / "passwords"
        line = f"ada:{PasswordHash.of('correct horse')}"  # of an earlier version: no role
        file.write_text(f"# ours\n{line}\n")
        file.chmod(0o600)
        assert people.read(file)["ada"].role == "editor"
        people.write(file, "bob", libraries="law,med")
        people.write(file, "bob", role="admin")
        assert file.read_text() == f"# ours\n{line}\nbob:-:admin:law,med\n"
        people.remove(file, "ada")
        assert file.read_text() == "# ours\nbob:-:admin:law,med\n"
        assert people.read(file)["bob"].libraries == {"law", "med"}

    def test_two_processes_lose_no_change(self, tmp_path):
        command = [sys.executable, "-c", CHANGES]
        writers = [
            subprocess.Popen([*command, name], cwd=tmp_path, stdin=-1, stdout=-1, text=True)
            for name in ("a", "b")
        ]
        for writer in writers:  # both begin when both are there
            assert writer.stdout.readline() == "ready\n"
        for writer in writers:
            writer.stdin.close()
        for writer in writers:
            with writer:
                assert writer.wait(60) == 0
        expected = {f"{name}{number}" for name in "ab" for number in range(1, 10, 2)}
        entries = people.read(tmp_path / "people")
        assert {name: entry.role for name, entry in entries.items()} == dict.fromkeys(expected, "editor")
        assert {token.name for token in tokens.read(tmp_path / "tokens")} == expected
        assert stat.S_IMODE((tmp_path / ".people.lock").stat().st_mode) == 0o600

    def test_a_lock_that_another_holds_for_long_is_said(self, tmp_path, monkeypatch):
        monkeypatch.setattr(files, "_LONGEST_WAIT", 0.1)
        with ThreadPoolExecutor(1) as other, files.changing(tmp_path / "people"):
            with pytest.raises(TacrochatError, match="changed by another process; try again"):
                other.submit(people.write, tmp_path / "people", "ada").result()
        people.write(tmp_path / "people", "ada")
        with pytest.raises(TacrochatError, match="there is no folder"):
            people.write(tmp_path / "nowhere" / "people", "ada")

    def test_a_password_is_not_given_to_someone_who_was_removed_or_has_another(self, tmp_path):
        file = tmp_path / "people"
        known = people.write(file, "ada", password="correct horse")
        people.write(file, "ada", role="editor")
        changed = people.write(file, "ada", password="another horse", known=known)
        assert changed.role == "editor"
        with pytest.raises(TacrochatError, match="ada was changed or removed meanwhile"):
            people.write(file, "ada", without_password=True, known=known)
        assert people.read(file) == {"ada": changed}
        people.remove(file, "ada")
        with pytest.raises(TacrochatError, match="meanwhile"):
            people.write(file, "ada", without_password=True, known=changed)
        assert people.read(file) == {}

    @pytest.mark.parametrize(
        ("text", "mode", "says"),
        [
            ("ada:hunter2\n", 0o600, "line 1: not a hashed password"),
            ("\nada:-:king\n", 0o600, "line 2: 'king' is not a role"),
            ("ada:-\nada:-\n", 0o600, "line 2: 'ada' has an earlier line"),
            ("ada:-:reader:a b\n", 0o600, "line 1: .* not a list of libraries"),
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
            opened(auth=f"ada:{file}")

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
        assert people.read(tmp_path / "passwords")["ada"].password.matches("correct horse")


@pytest.mark.parametrize("option", ["ada", ":file", "ada:"])
def test_auth_option_names_user_and_file(option):
    with pytest.raises(TacrochatError, match="USER:PASSWORD-FILE"):
        opened(auth=option)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"read_only": True, "role": "editor"}, "leave out --role"),
        ({"tokens": "tokens"}, "--tokens needs the people"),
        ({"trusted_header": "X-Remote-User"}, "--trusted-header needs the people"),
        ({"auth": "*:{file}", "role": "editor"}, "give each person a role"),
        ({"auth": "*:{file}", "trusted_header": "X-User"}, "needs --trusted-proxy"),
        ({"auth": "*:{file}", "trusted_header": "Cookie", "trusted_proxies": ("::1",)}, "cannot be such"),
        ({"auth": "*:{file}", "trusted_header": "X-User", "trusted_proxies": ("here",)}, "address or a net"),
        ({"auth": "*:{file}", "tokens": "{file}"}, "line 1: not a token"),
    ],
)
def test_options_that_contradict_each_other(tmp_path, options, says):
    people.write(tmp_path / "passwords", "ada")
    values = {
        name: value.format(file=tmp_path / "passwords") if isinstance(value, str) else value
        for name, value in options.items()
    }
    with pytest.raises(TacrochatError, match=says):
        opened(**values)


@pytest.mark.parametrize(
    ("options", "role"),
    [
        ({}, "editor"),
        ({"host": "::1"}, "editor"),
        ({"host": "0.0.0.0"}, "reader"),
        ({"host": "0.0.0.0", "role": "editor"}, "editor"),
        ({"read_only": True}, "reader"),
    ],
)
def test_who_may_do_what_without_a_login(options, role):
    assert opened(**options).person_of({"headers": []}).role == role


class TestSessions:
    """By a clock of the test; that of the machine is not looked at."""

    def test_they_end_when_unused_and_after_their_time(self):
        now = [0.0]
        sessions = Sessions(idle_seconds=10, max_seconds=25, clock=lambda: now[0])
        entry = people.Entry("ada", None)
        known = {"ada": entry}
        number, other = sessions.begin(entry), sessions.begin(entry)
        for now[0] in (9.0, 18.0, 25.0):
            assert sessions.entry_of(number, known) == entry
        assert sessions.entry_of(other, known) is None
        now[0] = 25.1
        assert sessions.entry_of(number, known) is None
        assert len(sessions) == 0

    def test_there_are_so_many_at_most(self):
        sessions = Sessions(idle_seconds=10, max_seconds=25)
        entry = people.Entry("ada", None)
        numbers = [sessions.begin(entry) for _ in range(60)]
        assert len(sessions) == 50
        assert sessions.entry_of(numbers[-1], {"ada": entry}) == entry
        assert sessions.entry_of(numbers[0], {"ada": entry}) is None


class TestThrottle:
    def test_an_address_is_refused_for_a_growing_time(self):
        now = [0.0]
        throttle = Throttle(clock=lambda: now[0])
        refused = []
        for _ in range(12):
            throttle.begin("192.0.2.1", "ada")
            refused.append(throttle.refused_for("192.0.2.1"))
            now[0] += refused[-1]
        assert refused == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]
        assert throttle.refused_for("192.0.2.2") == 0
        assert 0 < throttle.begin("192.0.2.2", "ada") <= 1
        assert throttle.begin("192.0.2.2", "bob") == 0
        now[0] += 1_000
        throttle.begin("192.0.2.1", "ada")
        assert throttle.refused_for("192.0.2.1") == 0

    def test_an_ipv6_network_is_one_sender(self):
        throttle = Throttle()
        for number in range(9):
            throttle.begin(f"2001:db8::{number}", "ada")
        assert throttle.refused_for("2001:db8::ffff") > 0
        assert throttle.refused_for("2001:db8:1::1") == 0

    def test_its_memory_is_bounded(self):
        throttle = Throttle()
        for number in range(10_500):
            throttle.begin(str(number), str(number))
        assert len(throttle._addresses) == len(throttle._names) == 10_000


def test_a_token_expires_by_either_clock(tmp_path):
    file = tmp_path / "tokens"
    text = tokens.create(file, "a", "ada", role="editor", scopes="ask", libraries="med,law", days=1)
    known = {"ada": people.Entry("ada", None, "reader", frozenset({"law"}))}
    (token,) = tokens.read(file)
    person = tokens.person_of_token(text, [token], known)
    assert (person.role, person.libraries, person.rights) == ("reader", {"law"}, {"ask"})
    past = datetime.now(UTC) - timedelta(seconds=1)
    for changes in ({"expires": past}, {"deadline": time.monotonic() - 1}):
        assert tokens.person_of_token(text, [replace(token, **changes)], known) is None
    assert tokens.person_of_token(text, [token], {}) is None


def test_users_and_tokens_in_the_shell(tmp_path, capsys, monkeypatch):
    file, token_file = str(tmp_path / "passwords"), str(tmp_path / "tokens")
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\nanother horse\n"))
    assert main(["user", "add", file, "ada", "--role", "editor"]) == 0
    assert main(["user", "password", file, "ada"]) == 0
    assert main(["user", "add", file, "bot", "--no-password", "--libraries", "law"]) == 0
    capsys.readouterr()
    assert main(["user", "list", file]) == 0
    listed = "ada: editor, libraries *\nbot: reader, libraries law, without a password\n"
    assert capsys.readouterr().out == listed
    assert people.read(Path(file))["ada"].password.matches("another horse")
    assert main(["token", "create", token_file, "nightly", "--person", "bot", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)["token"]
    assert made.startswith("tacro_")
    assert stat.S_IMODE(Path(token_file).stat().st_mode) == 0o600
    assert main(["token", "list", token_file]) == 0
    assert "nightly: for bot, reader, scopes ask,mcp" in capsys.readouterr().out
    assert main(["token", "revoke", token_file, "nightly"]) == 0
    for wrong in (["token", "revoke", token_file, "nightly"], ["user", "remove", file, "eve"],
                  ["token", "create", token_file, "x"], ["user", "password", file, "eve"],
                  ["token", "create", token_file, "x", "--person", "bot", "--scopes", "all"]):  # fmt: skip
        assert main(wrong) == 1
    assert len(capsys.readouterr().err.splitlines()) == 5


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
        assert fetch(f"{guarded.url}/login", data)[0] == 401

    @pytest.mark.browser
    def test_right_password_opens_the_page(self, browser, guarded):
        context = browser.new_context(locale="en-US")
        page = context.new_page()
        outside = []
        page.on("request", lambda r: outside.append(r.url) if "127.0.0.1" not in r.url else None)
        page.goto(f"{guarded.url}/#tc-later")
        page.get_by_label("Name").wait_for()
        check(page, "login")
        page.get_by_label("Name").fill("ada")
        page.get_by_label("Password").fill("correct horse")
        page.get_by_role("button", name="Log in").click()
        page.wait_for_selector("#tc-question textarea")
        assert page.url.endswith("/#tc-later"), "a link to a quote survives the login"
        page.wait_for_selector(".tc-state[data-phase=ready]", timeout=120_000)
        assert page.locator("html").get_attribute("data-role") == "reader"
        assert page.locator(".tc-person").inner_text().startswith("ada")
        page.get_by_role("tab", name="Documents").click()
        page.get_by_text("You can ask and read here").wait_for()
        assert not page.locator("#tc-upload").is_visible()
        page.goto(f"{guarded.url}/password")
        check(page, "password")
        page.get_by_role("button", name="Log out").click()
        page.get_by_label("Name").wait_for()
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
