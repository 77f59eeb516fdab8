"""Uploads fill neither the disk nor stay behind, whatever ends them."""

import json
import signal
import socket
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from attacked import Attacked
from described import Description
from serving import Server

from tacrochat.ui.uploads import Uploads, UploadTooLarge

BOUNDARY = "xxxxxxxx"
KIND = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


END = f"--{BOUNDARY}--\r\n".encode()
FILE = 'Content-Disposition: form-data; name="files"; filename="a.md"'


def form(*contents):
    parts = [
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; ".encode()
        + f'name="files"; filename="{number}.md"\r\n\r\n'.encode()
        + content
        + b"\r\n"
        for number, content in enumerate(contents)
    ]
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def part(head, content=b"x"):
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"


def named(**files):
    """Return a form with files: name and text."""
    heads = {
        f'Content-Disposition: form-data; name="files"; filename="{name}"': files[name] for name in files
    }
    return b"".join(part(head, text.encode()) for head, text in heads.items()) + END


def raw(attacked, head, *parts, pause=0.0):
    """Send bytes as they are, then close, or read the answer if there is one."""
    with socket.create_connection(("127.0.0.1", attacked.port), timeout=20) as connection:
        text = f"POST /gradio_api/upload HTTP/1.1\r\nHost: 127.0.0.1:{attacked.port}\r\n{head}\r\n\r\n"
        connection.sendall(text.encode())
        for part in parts:
            connection.sendall(part)
        time.sleep(pause)
        return connection


def eventually_empty(attacked):
    until = time.monotonic() + 5
    while attacked.uploaded() and time.monotonic() < until:
        time.sleep(0.05)
    assert attacked.uploaded() == []


class TestRunning:
    def test_a_request_over_the_limit_is_refused_before_it_is_read(self, opened):
        head = f"Content-Type: {KIND['Content-Type']}\r\nContent-Length: 2000000000"
        with socket.create_connection(("127.0.0.1", opened.port), timeout=20) as connection:
            text = f"POST /gradio_api/upload HTTP/1.1\r\nHost: 127.0.0.1:{opened.port}\r\n{head}\r\n\r\n"
            connection.sendall(text.encode())
            answer = b"".join(iter(lambda: connection.recv(4096), b"")).decode()
        assert answer.startswith("HTTP/1.1 413")
        assert "upload the files in parts" in answer

    def test_one_large_file_is_refused_and_the_others_deleted(self, opened):
        status, _, _ = opened.send("POST", "/gradio_api/upload", form(b"a" * 100, b"b" * 68_000_000), KIND)
        assert status == 413
        eventually_empty(opened)

    @pytest.mark.parametrize(
        "path", ["/gradio_api/upload", "/gradio_api/upload?upload_id=u", "/api/documents"]
    )
    def test_a_form_that_is_none_is_refused_without_a_traceback_and_leaves_nothing(self, opened, path):
        logged = len(opened.log.read_text())
        for body in (
            form(b"a" * 200_000)[:-20],
            b"--wrong",
            form(b"a")[:40],
            b"",
            b"before\r\n" + form(b"a"),
            form(b"a").replace(b"\r\n", b"\n"),
            part(FILE.replace("; filename", "; other")) + END,
            part(FILE.replace('filename="a.md"', "filename*=UTF-8''a.md")) + END,
            part(FILE.replace("a.md", "")) + END,
            part(FILE.replace("a.md", "..")) + END,
            part(FILE.replace("files", "other")) + END,
            part("X-Other: a") + END,
            part(FILE) + part("\x00\x01:") + END,
        ):
            status, _, answer = opened.send("POST", path, body, KIND)
            assert (status, b"Traceback" in answer) == (400, False), (body[:100], answer)
        multipart = "multipart/form-data"
        for kind, expected in (
            ("application/json", 415),
            ("", 415),
            (multipart, 400),
            (f"{multipart}; boundary=", 400),
            (f"{multipart}; boundary={'y' * 5_000}", 400),
        ):
            assert opened.send("POST", path, form(b"a"), {"Content-Type": kind})[0] == expected, kind
        text = opened.log.read_text()[logged:]
        assert "Traceback" not in text
        assert len(text.splitlines()) <= 18, "one line each at most"
        eventually_empty(opened)

    def test_a_broken_connection_leaves_nothing(self, opened):
        body = form(b"a" * 3_000_000)
        head = f"Content-Type: {KIND['Content-Type']}\r\nContent-Length: {len(body)}"
        raw(opened, head, body[:2_500_000], pause=0.3)
        eventually_empty(opened)


class TestAccount:
    def test_kept_files_count(self, tmp_path):
        uploads = Uploads(tmp_path, max_request=30_000, max_folder=50_000)
        with uploads.reserve("ada", 30_000) as upload:
            assert upload.granted == 30_000
            upload.keep(
                [written(tmp_path / "a" / "file.md", 20_000), written(tmp_path / "b" / "file.md", 20_000)]
            )
        with pytest.raises(UploadTooLarge, match="fill"), uploads.reserve("bob", 10_001):
            pass
        with uploads.reserve("bob", None) as upload:
            assert upload.granted == 10_000
            with pytest.raises(UploadTooLarge), uploads.reserve("ada", 1):  # uploads that run count as well
                pass
        with uploads.reserve("bob", 10_000):
            pass

    def test_each_user_has_an_account(self, tmp_path):
        uploads = Uploads(tmp_path, max_user=50_000, max_folder=200_000)
        with uploads.reserve("ada", 40_000) as upload:
            upload.keep([written(tmp_path / "a" / "file.md", 40_000)])
            with uploads.reserve("bob", 50_000), pytest.raises(UploadTooLarge, match="yours have"):
                uploads.reserve("ada", 10_001).__enter__()
        with pytest.raises(UploadTooLarge, match="make"), uploads.reserve("ada", 10_001):
            pass
        with uploads.reserve("bob", 40_000) as upload:  # the same file again: it counts for both
            upload.keep([str(tmp_path / "a" / "file.md")])
        with pytest.raises(UploadTooLarge), uploads.reserve("bob", 10_001):
            pass
        with uploads.reserve("ada", None) as upload:
            assert upload.granted == 10_000
        (tmp_path / "a" / "file.md").unlink()
        with uploads.reserve("ada", 50_000), uploads.reserve("bob", 50_000):
            pass

    def test_small_files_count_as_blocks(self, tmp_path):
        uploads = Uploads(tmp_path, max_folder=50_000)
        with uploads.reserve("ada", 100) as upload:
            upload.keep([written(tmp_path / str(number) / "file.md", 0) for number in range(12)])
        with pytest.raises(UploadTooLarge), uploads.reserve("ada", 1_000):
            pass

    def test_files_of_failed_uploads_are_deleted_after_the_last_one(self, tmp_path):
        uploads = Uploads(tmp_path, max_user=30_000)
        with uploads.reserve("bob", 100) as upload:
            upload.keep([written(tmp_path / "kept" / "file.md", 0)])
            with uploads.reserve("ada", 30_000):
                written(tmp_path / "unfinished", 10_000)
                written(tmp_path / "finished but refused" / "file.md", 20_000)
            assert (tmp_path / "unfinished").exists()
            with pytest.raises(UploadTooLarge), uploads.reserve("ada", 1):  # they count while they are there
                pass
        assert sorted(path.name for path in tmp_path.rglob("*")) == ["file.md", "kept"]
        with uploads.reserve("ada", 30_000):
            pass


def written(path, size):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x" * size)
    return str(path)


def add(attacked, path, headers):
    """Add an uploaded file to the documents as the button of the page does."""
    page = json.loads(attacked.send("GET", "/config", None, headers)[2])
    (button,) = [each["id"] for each in page["components"] if each["props"].get("elem_id") == "tc-add"]
    (function,) = [each["id"] for each in page["dependencies"] if each["targets"] == [[button, "click"]]]
    files = [{"path": path, "meta": {"_type": "gradio.FileData"}}]
    body = {"fn_index": function, "data": [files], "session_hash": "quota"}
    until = time.monotonic() + 60
    while Path(path).exists() and time.monotonic() < until:  # the server is busy while it starts
        assert attacked.post("/gradio_api/queue/join", body, headers)[0] == 200
        answer = attacked.send("GET", "/gradio_api/queue/data?session_hash=quota", None, headers)[2].decode()
        time.sleep(0.2)
    assert not Path(path).exists()
    return answer


def test_each_user_may_keep_so_much(guarded):
    ada, bob = guarded.cookie("ada"), guarded.cookie("bob")

    def upload(user, *contents):
        return guarded.send("POST", "/gradio_api/upload", form(*contents), {**KIND, **user})

    (path,) = json.loads(upload(ada, b"# A document of Ada")[2])
    with Path(path).open("r+b") as file:
        file.truncate(255_990_000)  # a hole, which takes no room on the disk
    status, _, answer = upload(ada, b"x" * 20_000)
    assert status == 413
    assert b"a user may keep 256 MB of uploaded files, and yours have 256 MB; add them" in answer
    assert upload(bob, b"x" * 20_000)[0] == 200
    assert "over the limit of 64 MB" in add(guarded, path, ada)  # not taken, and deleted
    assert [file.stat().st_size for file in guarded.uploaded()] == [20_000], "no empty file is left"
    assert upload(ada, b"x" * 20_000)[0] == 200


def by_token(guarded, name):
    return {"Authorization": f"Bearer {guarded.tokens[name]}"}


class Api:
    """The REST API of a server, asked by one caller; what is being built is waited for."""

    def __init__(self, attacked, headers, root=""):
        self.attacked, self.headers, self.root = attacked, headers, root

    def call(self, method, path, body=None, kind=None):
        """Return status and value."""
        status, _, answer = self.attacked.send(
            method, f"{self.root}/api/{path}", body, {**self.headers, **(kind or {})}, timeout=60
        )
        return status, json.loads(answer)

    def when_built(self, method, path, body=None, kind=None):
        until = time.monotonic() + 240
        while (answer := self.call(method, path, body, kind))[0] in {409, 503}:
            assert time.monotonic() < until, answer
            time.sleep(0.1)
        return answer

    def listed(self):
        until = time.monotonic() + 240
        while self.call("GET", "info")[1].get("state") != "ready":
            assert time.monotonic() < until
            time.sleep(0.1)
        return {document["document"] for document in self.call("GET", "documents")[1]}

    def adds_and_removes(self, name="leaflet.md"):
        """Add a file beside one that is refused, remove it again; returns the two answers."""
        files = {f"../../{name}": "# Leaflet\n\nThe lid is turned twice.", "tool.exe": "MZ"}
        status, added = self.when_built("POST", "documents", named(**files), KIND)
        assert (status, added["files"]) == (202, [f"uploaded/{name}"]), added
        assert added["refused"] == [{"path": "tool.exe", "reason": "no reader for .exe"}]
        assert f"uploaded/{name}" in self.listed()
        status, removed = self.when_built("DELETE", f"documents/{quote(f'uploaded/{name}')}")
        assert (status, removed["files"]) == (202, [f"uploaded/{name}"])
        assert f"uploaded/{name}" not in self.listed()
        return added, removed


class TestDocumentsByTheApi:
    def test_an_editor_adds_and_removes_them(self, guarded):
        editor = Api(guarded, by_token(guarded, "edits"))
        kept = guarded.uploaded()
        added, removed = editor.adds_and_removes("leaflet (1).md")
        described = Description(editor.call("GET", "openapi.json")[1])
        described.fits("POST", "/api/documents", 202, added)
        described.fits("DELETE", "/api/documents/{document}", 202, removed)
        assert guarded.uploaded() == kept
        assert list(guarded.server.corpus.glob(".removed/*/uploaded/leaflet (1).md"))
        before = editor.call("GET", "info")[1]
        status, answer = editor.when_built("POST", "documents", named(**{"tool.exe": "MZ"}), KIND)
        assert (status, answer) == (422, {"detail": "tool.exe: no reader for .exe"})
        for document in (
            "none.md",
            "../passwords",
            "..%2Fpasswords",
            "%2Fetc%2Fpasswd",
            "",
            "label.md/",
            "%00",
        ):
            status, answer = editor.when_built("DELETE", f"documents/{document}")
            assert (status, list(answer)) == (404, ["detail"]), document
        assert editor.call("GET", "info")[1] == before, "nothing was built"

    def test_readers_and_tokens_without_the_scope_cannot(self, guarded):
        for headers, expected in (
            (guarded.cookie("rob"), 403),
            (by_token(guarded, "asks"), 403),
            (by_token(guarded, "mcp"), 403),
            (by_token(guarded, "metrics"), 403),
            ({}, 401),
        ):
            caller = Api(guarded, headers)
            for request in (
                ("POST", "documents", named(**{"a.md": "x"}), KIND),
                ("DELETE", "documents/label.md"),
            ):
                status, answer = caller.call(*request)
                assert (status, list(answer)) == (expected, ["detail"])
        assert "label.md" in Api(guarded, by_token(guarded, "asks")).listed()

    def test_other_pages_cannot(self, opened):
        for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            caller = Api(opened, headers)
            assert caller.call("POST", "documents", named(**{"a.md": "x"}), KIND)[0] == 403
            assert caller.call("DELETE", "documents/label.md")[0] == 403

    def test_the_limits_are_those_of_the_page(self, opened):
        caller = Api(opened, {})
        status, answer = caller.call("POST", "documents", form(b"b" * 68_000_000), KIND)
        assert (status, "maximum allowed size" in answer["detail"]) == (413, True)
        head = {**KIND, "Content-Length": "2000000000"}
        with socket.create_connection(("127.0.0.1", opened.port), timeout=20) as connection:
            lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
            connection.sendall(
                f"POST /api/documents HTTP/1.1\r\nHost: 127.0.0.1:{opened.port}\r\n{lines}\r\n".encode()
            )
            answer = b"".join(iter(lambda: connection.recv(4096), b"")).decode()
        assert answer.startswith("HTTP/1.1 413")
        assert "upload the files in parts" in answer
        eventually_empty(opened)


@pytest.mark.parametrize("name", ["SIGHUP"])  # SIGTERM: every server of these tests ends by it
def test_the_folder_has_a_limit_and_is_deleted_when_the_server_ends(tmp_path, name):
    if not hasattr(signal, name):
        pytest.skip(f"{name} is not known here")
    server = Server(tmp_path)
    try:
        attacked = Attacked(server.wait())
        assert attacked.send("POST", "/gradio_api/upload", form(b"# kept"), KIND)[0] == 200
        assert len(attacked.uploaded()) == 1
        (kept,) = attacked.uploaded()
        with kept.open("r+b") as file:
            file.truncate(480_000_000)  # a hole, which takes no room on the disk
        for address, size, says in (  # without a login, a user is an address
            ("127.0.0.1", 10, b"a user may keep 256 MB"),
            ("192.0.2.1", 33_000_000, b"uploaded files fill 512 MB"),
            ("192.0.2.1", 10, b"0.md"),
        ):
            from_there = {**KIND, "X-Forwarded-For": address}
            answer = attacked.send("POST", "/gradio_api/upload", form(b"x" * size), from_there)[2]
            assert says in answer, (address, size, answer)
        server.process.send_signal(getattr(signal, name))
        server.process.wait(20)
        assert list(server.temporary.glob("tacrochat-*")) == []
    finally:
        server.process.kill()
        server.process.wait()
