"""Uploads fill neither the disk nor stay behind, whatever ends them."""

import signal
import socket
import time

import pytest
from attacked import Attacked
from serving import Server

from tacrochat.ui.uploads import Uploads, UploadTooLarge

BOUNDARY = "xxxxxxxx"
KIND = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def form(*contents):
    parts = [
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; ".encode()
        + f'name="files"; filename="{number}.md"\r\n\r\n'.encode()
        + content
        + b"\r\n"
        for number, content in enumerate(contents)
    ]
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


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

    @pytest.mark.parametrize("body", [form(b"a" * 200_000)[:-20], b"--wrong", form(b"a")[:40]])
    def test_a_broken_form_leaves_nothing(self, opened, body):
        status, _, _ = opened.send("POST", "/gradio_api/upload", body, KIND)
        assert status in {200, 400}
        if status == 400:
            eventually_empty(opened)

    def test_a_broken_connection_leaves_nothing(self, opened):
        body = form(b"a" * 3_000_000)
        head = f"Content-Type: {KIND['Content-Type']}\r\nContent-Length: {len(body)}"
        raw(opened, head, body[:2_500_000], pause=0.3)
        eventually_empty(opened)


class TestAccount:
    def test_kept_files_count(self, tmp_path):
        uploads = Uploads(tmp_path, max_request=30_000, max_folder=50_000)
        with uploads.reserve(30_000) as granted:
            assert granted == 30_000
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "file.md").write_bytes(b"x" * 20_000)
        with pytest.raises(UploadTooLarge, match="fill"), uploads.reserve(10_001):
            pass
        with uploads.reserve(None) as granted:
            assert granted == 10_000
            with pytest.raises(UploadTooLarge), uploads.reserve(1):  # uploads that run count as well
                pass
        with uploads.reserve(10_000):
            pass

    def test_small_files_count_as_blocks(self, tmp_path):
        uploads = Uploads(tmp_path, max_folder=50_000)
        for number in range(12):
            (tmp_path / str(number)).mkdir()
            (tmp_path / str(number) / "file.md").touch()
        with pytest.raises(UploadTooLarge), uploads.reserve(1_000):
            pass

    def test_files_of_failed_uploads_are_deleted_after_the_last_one(self, tmp_path):
        uploads = Uploads(tmp_path)
        (tmp_path / "kept").mkdir()
        (tmp_path / "kept" / "file.md").touch()
        with uploads.reserve(100):
            (tmp_path / "unfinished").touch()
            with uploads.reserve(100):
                pass
            assert (tmp_path / "unfinished").exists()
        assert sorted(path.name for path in tmp_path.rglob("*")) == ["file.md", "kept"]


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
        status, _, answer = attacked.send("POST", "/gradio_api/upload", form(b"x" * 40_000_000), KIND)
        assert (status, b"uploaded files fill 512 MB" in answer) == (413, True)
        assert attacked.send("POST", "/gradio_api/upload", form(b"# small"), KIND)[0] == 200
        server.process.send_signal(getattr(signal, name))
        server.process.wait(20)
        assert list(server.temporary.glob("tacrochat-*")) == []
    finally:
        server.process.kill()
        server.process.wait()
