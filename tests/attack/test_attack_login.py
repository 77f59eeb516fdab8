"""Who gets in, what each role may do, and what ends a login: against a real server."""

import json
import re
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import anyio
import httpx
import pytest
from attacked import PASSWORD
from test_attack_uploads import KIND, form

from tacrochat.ui import passwords, routes
from tacrochat.ui.access import people, tokens

LACKS = re.compile("needs the role editor|lacks the scope")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def log_in(attacked, name="ada", password=PASSWORD, **more):
    body = urlencode({"username": name, "password": password, **more.pop("fields", {})})
    return attacked.send("POST", "/login", body, {**FORM, **more.pop("headers", {})}, **more)


def from_address(address):
    return {"X-Forwarded-For": address}


def eventually(condition, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


class TestEveryRoute:
    """All routes and methods that the server answers, as nobody, as a reader and as an editor."""

    SERVED = sorted(
        (method, path)
        for group in (routes.BEHIND_LOGIN, routes.OURS)
        for path, methods in group.items()
        for method in methods
    )

    def statuses(self, guarded, headers):
        found = {}
        for method, path in self.SERVED:
            with httpx.Client(base_url=guarded.url, timeout=20) as client:
                request = client.build_request(
                    method, path, headers={**headers, "Content-Type": "application/json"},
                    content=b"{}" if method == "POST" else None,
                )  # fmt: skip
                answered = client.send(request, stream=True)  # some are streams without an end
                found[method, path] = answered.status_code
                if answered.status_code == 403 and not LACKS.search(answered.read().decode()):
                    found[method, path] = 404  # it is allowed, and there is no such file
                answered.close()
        return found

    def test_nobody_gets_nothing(self, guarded):
        assert set(self.statuses(guarded, {}).values()) == {401}
        assert set(self.statuses(guarded, {"Cookie": "tacrochat-1=x"}).values()) == {401}
        assert set(self.statuses(guarded, bearer("tacro_wrong")).values()) == {401}
        assert set(self.statuses(guarded, {"X-Remote-User": "ada"}).values()) == {401}

    def test_metrics_are_for_admins_and_health_is_for_everyone(self, guarded):
        seen = {
            name: guarded.send("GET", "/metrics", None, guarded.cookie(name))
            for name in ("rob", "ada", "amy")
        }
        seen["nobody"] = guarded.send("GET", "/metrics")
        assert {name: answer[0] for name, answer in seen.items()} == {
            "rob": 403, "ada": 403, "amy": 200, "nobody": 401
        }  # fmt: skip
        assert "tacrochat_documents" in str(seen["amy"][2])
        assert not any("tacrochat_documents" in str(seen[name][2]) for name in ("rob", "ada", "nobody"))
        status, _, body = guarded.send("GET", "/healthz")
        assert (status, set(json.loads(body))) in [(200, {"status"}), (503, {"status"})]

    def test_a_reader_is_refused_what_editors_do(self, guarded):
        refused = {path for (_, path), status in self.statuses(guarded, guarded.cookie("rob")).items()
                   if status == 403}  # fmt: skip
        edits = {"/gradio_api/upload", "/gradio_api/upload_progress"} | {
            "/api/refresh", "/api/documents", "/api/documents/{document:path}"
        }  # fmt: skip
        assert refused == edits
        everything = self.statuses(guarded, guarded.cookie("ada"))
        assert not {401, 403} & set(everything.values())
        assert self.statuses(guarded, guarded.cookie("amy")) == everything, "an admin is an editor here"

    def test_the_scopes_of_a_token_hold(self, guarded):
        found = self.statuses(guarded, bearer(guarded.tokens["asks"]))
        refused = {route for route, status in found.items() if status == 403}
        limited = {route for route in self.SERVED if routes.right_for(*route) != "ask"}
        assert refused == limited
        assert {("POST", "/gradio_api/mcp/"), ("DELETE", "/api/documents/{document:path}")} <= refused
        assert ("GET", "/api/documents") not in refused

    def test_a_token_for_the_metrics_reads_them_and_nothing_else(self, guarded):
        metrics = bearer(guarded.tokens["metrics"])
        found = self.statuses(guarded, metrics)
        # An answer to HEAD does not say what is lacking.
        assert {status for (method, _), status in found.items() if method != "HEAD"} == {403}
        assert {status for (method, _), status in found.items() if method == "HEAD"} == {404}
        status, _, text = guarded.send("GET", "/metrics", None, metrics)
        assert (status, b"tacrochat_documents" in text) == (200, True)
        assert guarded.send("GET", "/metrics", None, bearer(guarded.tokens["asks"]))[0] == 403

    def test_a_refresh_by_the_api_needs_an_editor_and_one_at_a_time(self, guarded):
        for headers in (guarded.cookie("rob"), bearer(guarded.tokens["asks"])):
            status, _, answer = guarded.post("/api/refresh", {}, headers)
            assert status == 403
            assert LACKS.search(json.loads(answer)["detail"])
        edits, seen = bearer(guarded.tokens["edits"]), set()

        def has_met_another():
            status, _, answer = guarded.send("POST", "/api/refresh", None, edits)
            seen.add(status)
            assert "detail" in json.loads(answer) or status == 202
            return status == 409 and 202 in seen

        eventually(has_met_another)
        assert seen == {202, 409}
        eventually(
            lambda: json.loads(guarded.send("GET", "/api/info", None, edits)[2]).get("state") == "ready"
        )

    def test_each_event_that_changes_documents_needs_an_editor(self, guarded):
        page = json.loads(guarded.send("GET", "/config", None, guarded.cookie("rob"))[2])
        ids = {each["props"].get("elem_id"): each["id"] for each in page["components"]}
        clicked = {
            name: next(
                each["id"] for each in page["dependencies"] if each["targets"] == [[ids[name], "click"]]
            )
            for name in ("tc-add", "tc-remove", "tc-refresh", "tc-cancel")
        }
        values = {"tc-add": [[]], "tc-remove": [[]], "tc-refresh": [], "tc-cancel": []}
        for name, number in clicked.items():
            body = {"fn_index": number, "data": values[name], "session_hash": "roles"}
            for headers in (guarded.cookie("rob"), bearer(guarded.tokens["asks"])):
                status, _, answer = guarded.post("/gradio_api/queue/join", body, headers)
                assert status == 403, name
                assert LACKS.search(answer.decode())
        body = {"fn_index": clicked["tc-remove"], "data": [[]], "session_hash": "roles"}
        assert guarded.post("/gradio_api/queue/join", body, guarded.cookie("ada"))[0] == 200

    def test_what_is_wrong_is_said(self, guarded):
        status, _, answer = guarded.send(
            "POST", "/gradio_api/upload", form(b"x"), {**KIND, **guarded.cookie("rob")}
        )
        assert (status, b"needs the role editor, and rob has the role reader" in answer) == (403, True)
        for path in ("/config", "/api/documents"):
            status, headers, answer = guarded.send("GET", path)
            assert (status, headers["www-authenticate"].startswith("Bearer")) == (401, True)
        assert json.loads(answer)["detail"].startswith("Not authenticated")


class TestForm:
    def test_a_browser_is_sent_to_the_form_and_back(self, guarded):
        html = {"Accept": "text/html"}
        status, headers, _ = guarded.send("GET", "/?x=1", None, html)
        assert (status, headers["location"]) == (303, "/login?next=/")
        status, headers, body = guarded.send("GET", "/login", None, {"Accept-Language": "de"})
        assert (status, b'lang="de"' in body, b"<script" in body) == (200, True, False)
        assert "default-src 'none'" in headers["content-security-policy"]
        status, headers, _ = log_in(guarded, fields={"next": "/source/file"}, headers=html)
        assert (status, headers["location"]) == (303, "/source/file")

    @pytest.mark.parametrize(
        "wanted",
        ["//evil.example", "/\\evil.example", "https://evil.example", "x", "", "/\t/evil", "/a/../b"],
    )  # fmt: skip
    def test_a_login_leads_to_no_other_server(self, guarded, wanted):
        answered = log_in(guarded, fields={"next": wanted}, headers={"Accept": "text/html"})
        assert answered[1]["location"] == "/"

    @pytest.mark.parametrize("path", ["/login", "/logout", "/password"])
    def test_other_pages_cannot_send_the_forms(self, guarded, path):
        cookie = guarded.cookie("ada")
        for headers in (
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
        ):
            assert guarded.send("POST", path, b"", {**FORM, **cookie, **headers})[0] == 403
        assert guarded.send("POST", path, b"", {**FORM, "Host": "evil.example"})[0] == 421
        assert guarded.send("GET", "/config", None, cookie)[0] == 200

    @pytest.mark.parametrize(
        ("body", "kind"),
        [(b"x" * 20_000, FORM), (b"username=a&username=b", FORM), (b"\xff", FORM), (b"{}", {})],
    )  # fmt: skip
    def test_what_is_no_form_is_refused(self, guarded, body, kind):
        assert guarded.send("POST", "/login", body, kind)[0] in {400, 401}

    def test_other_methods_are_refused(self, guarded):
        assert guarded.send("GET", "/logout")[0] == 405
        assert guarded.send("DELETE", "/login")[0] == 405


class TestSession:
    def test_it_ends_at_logout(self, guarded):
        cookie, other = guarded.cookie("ada"), guarded.cookie("ada")
        status, headers, _ = guarded.send("POST", "/logout", b"", cookie)
        assert (status, "Max-Age=0" in headers["set-cookie"]) == (303, True)
        assert guarded.send("GET", "/config", None, cookie)[0] == 401
        assert guarded.send("GET", "/config", None, other)[0] == 200

    def test_it_ends_when_the_password_is_changed(self, guarded):
        passwords.write(guarded.server.folder / "passwords", "eve", PASSWORD)
        mine, other = guarded.cookie("eve"), guarded.cookie("eve")
        fields = {"current": PASSWORD, "new": "another horse", "again": "another horse"}
        for wrong, status in ((fields | {"again": "x"}, 422), (fields | {"current": "wrong one"}, 401),
                              ({"current": PASSWORD, "new": "short", "again": "short"}, 422)):  # fmt: skip
            assert guarded.send("POST", "/password", urlencode(wrong), {**FORM, **mine})[0] == status
        status, headers, _ = guarded.send("POST", "/password", urlencode(fields), {**FORM, **mine})
        assert status == 200
        for cookie in (mine, other):
            assert guarded.send("GET", "/config", None, cookie)[0] == 401
        new = {"Cookie": headers["set-cookie"].partition(";")[0]}
        assert guarded.send("GET", "/config", None, new)[0] == 200
        assert log_in(guarded, "eve")[0] == 401
        assert log_in(guarded, "eve", "another horse")[0] == 200

    def test_it_ends_when_the_person_is_removed_or_changed(self, guarded):
        file = guarded.server.folder / "passwords"
        passwords.write(file, "sue", PASSWORD)
        cookie = guarded.cookie("sue")
        people.write(file, "sue", role="editor")
        assert guarded.send("GET", "/config", None, cookie)[0] == 401
        cookie = guarded.cookie("sue")
        people.remove(file, "sue")
        assert guarded.send("GET", "/config", None, cookie)[0] == 401
        assert log_in(guarded, "sue")[0] == 401

    def test_a_broken_password_file_leaves_the_old_one(self, guarded):
        file = guarded.server.folder / "passwords"
        whole = file.read_text()
        cookie = guarded.cookie("ada")
        file.write_text(f"{whole}eva:hunter2\n")
        assert guarded.send("GET", "/config", None, cookie)[0] == 200
        assert f"line {len(whole.splitlines()) + 1}: not a hashed password" in guarded.log.read_text()
        file.write_text(whole)
        assert guarded.send("GET", "/config", None, cookie)[0] == 200


def test_200_wrong_logins_delay_nobody_else(guarded):
    """They come at once, from one address, for the name of someone who logs in meanwhile elsewhere."""
    statuses = []

    def guess(number):
        headers = from_address("192.0.2.66")
        statuses.append(log_in(guarded, "bob", f"guess {number}", headers=headers)[0])

    with ThreadPoolExecutor(8) as pool:
        done = pool.map(guess, range(200))
        eventually(lambda: len(statuses) > 20)
        began = time.monotonic()
        status = log_in(guarded, "bob", headers=from_address("192.0.2.7"))[0]
        seconds = time.monotonic() - began
        list(done)
    assert status == 200
    assert seconds < 20, "it waits for a few guesses and a second, not for all of them"
    assert set(statuses) == {401, 429}
    assert statuses.count(401) <= 10
    there = from_address("192.0.2.66")  # the next try may be free again, and then the one after it is not
    tries = (log_in(guarded, "bob", f"more {number}", headers=there) for number in range(20))
    refused = next(answered for answered in tries if answered[0] == 429)
    assert 0 < int(refused[1]["retry-after"]) <= 60


class TestTokens:
    def test_a_revoked_token_is_refused_at_the_next_request(self, guarded):
        file = guarded.server.folder / "tokens"
        token = tokens.create(file, "short", "ada", role="editor", scopes="ask")
        assert token not in file.read_text()
        assert guarded.send("GET", "/config", None, bearer(token))[0] == 200
        tokens.revoke(file, "short")
        status, headers, body = guarded.send("GET", "/config", None, bearer(token))
        assert (status, b"revoked" in body) == (401, True)
        assert "invalid_token" in headers["www-authenticate"]

    def test_a_token_can_do_no_more_than_its_person(self, guarded):
        upload = {**KIND, **bearer(guarded.tokens["mcp"])}  # the token of an admin, for a reader
        assert guarded.send("POST", "/gradio_api/upload", form(b"x"), upload)[0] == 403
        edits = bearer(guarded.tokens["edits"])
        assert guarded.send("GET", "/gradio_api/upload_progress?upload_id=x", None, edits)[0] not in {
            401,
            403,
        }

    def test_a_reference_client_of_mcp_asks_and_is_refused_an_upload(self, guarded):
        file = guarded.server.folder / "tokens"
        token = tokens.create(file, "client", "rob", role="reader", scopes="ask,mcp")
        with ThreadPoolExecutor(1) as pool:  # Playwright's loop may run in this thread
            pool.submit(anyio.run, _use_mcp, guarded.url, token, file).result()


async def _use_mcp(url, token, file):
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    at = f"{url}/gradio_api/mcp/"
    async with httpx.AsyncClient(headers=bearer(token), timeout=60) as client:
        async with (
            streamable_http_client(at, http_client=client) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            listed = await session.list_tools()
            assert {tool.name for tool in listed.tools} == {"ask", "search", "documents"}
            result = await session.call_tool("ask", {"question": "How is the tube of glow ointment stored?"})
            assert not result.isError
            assert "25 degrees" in result.content[0].text
            wrong = await session.call_tool("ask", {"question": ""})
            assert "question is empty" in wrong.content[0].text
            assert (await session.call_tool("upload", {"path": "/etc/passwd"})).isError
            refused = await client.post(f"{url}/gradio_api/upload", content=form(b"x"), headers=KIND)
            assert (refused.status_code, "role editor" in refused.text or "scope edit" in refused.text) == (
                403,
                True,
            )
            tokens.revoke(file, "client")
            call = {"jsonrpc": "2.0", "id": 9, "method": "tools/list"}
            accept = {"Accept": "application/json, text/event-stream"}
            assert (await client.post(at, json=call, headers=accept)).status_code == 401


class TestTrustedHeader:
    def send(self, guarded, source, name):
        """Send a request from an address of this machine."""
        at, head = ("127.0.0.1", guarded.port), f"GET /config HTTP/1.1\r\nHost: 127.0.0.1:{guarded.port}"
        with socket.create_connection(at, 20, source_address=(source, 0)) as connection:
            connection.sendall(f"{head}\r\nConnection: close\r\n{name}\r\n\r\n".encode())
            return int(connection.makefile("rb").readline().split()[1])

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems have no 127.0.0.9")
    def test_it_is_believed_from_the_proxy_only(self, guarded):
        assert self.send(guarded, "127.0.0.9", "X-Remote-User: pat") == 200
        assert self.send(guarded, "127.0.0.9", "X-Remote-User: stranger") == 403
        assert self.send(guarded, "127.0.0.9", "X-Remote-User: pat\r\nX-Remote-User: ada") == 400
        assert self.send(guarded, "127.0.0.8", "X-Remote-User: pat") == 401
        assert self.send(guarded, "127.0.0.1", "X-Remote-User: pat\r\nX-Forwarded-For: 127.0.0.9") == 401
        assert log_in(guarded, "pat", "-")[0] == 401
