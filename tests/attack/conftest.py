"""Real servers that the attacks share: one open, one with a login."""

import http.client
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "ui"))

from serving import Server  # beside the tests of the page

from tacrochat.ui import passwords

PASSWORD = "correct horse"


class Attacked:
    """A server, and raw requests to it: headers are sent as given."""

    def __init__(self, server):
        self.server, self.url, self.log = server, server.url, server.log
        self.port = urlsplit(server.url).port

    def send(self, method, path, body=None, headers=None, *, timeout=20):
        """Return status, headers (names in lower case) and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
        finally:
            connection.close()

    def post(self, path, value, headers=None):
        """Post a value as JSON, or bytes as they are."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        return self.send("POST", path, body, {"Content-Type": "application/json", **(headers or {})})

    def documents(self):
        """List the documents by the API, as a program on this machine does."""
        event = json.loads(self.post("/gradio_api/call/documents", {"data": []})[2])["event_id"]
        text = self.send("GET", f"/gradio_api/call/documents/{event}")[2].decode()
        return [document["document"] for document in json.loads(text.partition("data: ")[2])[0]]

    def uploaded(self):
        """List the files in the temporary folder."""
        return [path for path in self.server.temporary.rglob("*") if path.is_file()]


@pytest.fixture(scope="session")
def opened(tmp_path_factory):
    """A server without a login."""
    server = Server(tmp_path_factory.mktemp("opened"), "--mcp", "--allow-host", "chat.example.org")
    yield Attacked(server.wait())
    server.stop()


@pytest.fixture(scope="session")
def guarded(tmp_path_factory):
    """A server with a login."""
    folder = tmp_path_factory.mktemp("guarded")
    passwords.write(folder / "passwords", "ada", PASSWORD)
    server = Server(folder, "--auth", "ada:passwords")
    yield Attacked(server.wait())
    server.stop()
