"""Raw requests to a real server."""

import http.client
import json
from urllib.parse import urlencode, urlsplit

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

    def log_in(self, user="ada", headers=None):
        """Log in by the form of the page."""
        form = urlencode({"username": user, "password": PASSWORD}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send("POST", "/login", form, {**kind, **(headers or {})})

    def cookie(self, user):
        """Log in; returns the header that says so."""
        return {"Cookie": self.log_in(user)[1]["set-cookie"].partition(";")[0]}

    def documents(self):
        """List the documents by the API, as a program here does. A slow answer has beats before it."""
        event = json.loads(self.post("/gradio_api/call/documents", {"data": []})[2])["event_id"]
        text = self.send("GET", f"/gradio_api/call/documents/{event}")[2].decode()
        return [document["document"] for document in json.loads(text.rpartition("data: ")[2])[0]]

    def uploaded(self):
        """List the files in the temporary folder."""
        return [path for path in self.server.temporary.rglob("*") if path.is_file()]
