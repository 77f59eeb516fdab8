"""Two libraries with different access: nothing of one is told to those who may read the other only."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pytest
from attacked import Attacked
from described import Description
from openapi_spec_validator import validate
from serving import Server, corpus, free_port
from test_attack_uploads import KIND, Api, named
from two_libraries import OTHER, OWN, ROLES

from once import place_model

SCRIPT = Path(__file__).with_name("two_libraries.py")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TENANCY = """# Tenancy act

## Deposit of the tenant

The deposit is at most three months of rent, and it is returned six weeks after the lease has ended.
"""
WORDS = (OTHER, "glow", "ointment", "label.md", "trial.md", "hostile", "zebra", "scalp", "twice daily")
SECRETS = [word.encode() for word in WORDS]
"""Its name, which is also in the paths of its folders; words of its titles, paths and texts."""

NOBODY = "nobody"


class TwoLibraries(Server):
    def __init__(self, folder):
        self.folder, self.log, self.temporary = folder, folder / "server.log", folder / "temporary"
        self.url = f"http://127.0.0.1:{free_port()}"
        self.temporary.mkdir()
        corpus(folder / f"shelf-{OTHER}")
        (folder / f"shelf-{OWN}").mkdir()
        (folder / f"shelf-{OWN}" / "tenancy.md").write_text(TENANCY)
        for name in (OTHER, OWN):
            place_model(folder / f"index-{name}")
        environment = {**os.environ, "TMPDIR": str(self.temporary), "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, str(SCRIPT), str(urlsplit(self.url).port), "routes.json"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)


class Caller:
    """Sends requests as one person."""

    def __init__(self, attacked, person):
        self.attacked = attacked
        self.headers = {} if person == NOBODY else {"X-Test-Person": person}

    def send(self, method, path, body=None, headers=None):
        return self.attacked.send(method, path, body, {**self.headers, **(headers or {})}, timeout=60)

    def post(self, path, value):
        return self.attacked.post(path, value, self.headers)

    def ask_all(self, question):
        return self.send("POST", "/", urlencode({"question": question}), FORM)[2].decode()

    def stream(self, path):
        """Read a stream of events until the server ends it, or is done with the event."""
        return self.send("GET", path)[2]


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    server = TwoLibraries(tmp_path_factory.mktemp("two"))
    attacked = Attacked(server.wait())
    everything = Caller(attacked, "everything")
    until = time.monotonic() + 120
    while len(re.findall(r"Documents: \d", everything.send("GET", "/")[2].decode())) < 2:
        assert time.monotonic() < until, server.log.read_text()
        time.sleep(0.2)
    yield attacked
    server.stop()


def routes(attacked):
    """List the routes of the running applications, templates filled in."""
    listed = json.loads((attacked.server.folder / "routes.json").read_text())
    assert len(listed) > 90
    for route in listed:
        method, path = route.split(" ", 1)
        yield method, re.sub(r"{(\w+)(:path)?}", lambda m: "ask" if m[1] == "api_name" else "x", path)


def told(answer):
    """List the secrets in an answer: its headers and its body."""
    _, headers, body = answer
    text = (repr(headers).encode() + body).lower()
    return [secret for secret in SECRETS if secret in text]


def compared(answer, name):
    """Return what can be compared of an answer to a path with a name in it."""
    status, headers, body = answer
    return (
        status,
        {k: v for k, v in headers.items() if k not in {"date", "x-request-id"}},
        body.replace(name.encode(), b""),
    )


@pytest.mark.parametrize("person", [NOBODY, *ROLES])
def test_a_library_of_others_answers_as_one_that_does_not_exist(two, person):
    caller = Caller(two, person)
    kind = {"Content-Type": "application/json"}
    for method, path in [*routes(two), ("GET", ""), ("POST", ""), ("PUT", "/x"), ("GET", "//x")]:
        body = b"{}" if method in {"POST", "PUT"} else None
        there, absent = (caller.send(method, f"/{name}{path}", body, kind) for name in (OTHER, "none"))
        assert there[0] == (401 if person == NOBODY else 404), (method, path, there)
        assert compared(there, OTHER) == compared(absent, "none"), (method, path)
        assert told(there) == [], (method, path)


@pytest.mark.parametrize("person", ROLES)
def test_no_route_of_ones_own_library_tells_of_the_other(two, person):
    caller = Caller(two, person)
    for method, path in routes(two):
        if "heartbeat" in path or "queue/data" in path:  # streams that do not end; see below
            continue
        kind = {"Content-Type": "application/json"}
        answer = caller.send(method, f"/{OWN}{path}", b"{}" if method == "POST" else None, kind)
        assert told(answer) == [], (method, path, answer)
    for path in ("/", f"/{OWN}", "/config", "/gradio_api/info", "/feedback", "/favicon.ico"):
        assert told(caller.send("GET", path)) == []
    assert OWN in caller.send("GET", "/")[2].decode()


@pytest.mark.parametrize("person", ROLES)
def test_what_is_asked_is_not_answered_from_the_other_library(two, person):
    caller = Caller(two, person)
    question = "How often is it applied to the skin of the head?"
    for name, data in (("ask", [question]), ("search", [question]), ("documents", [])):
        event = json.loads(caller.post(f"/{OWN}/gradio_api/call/{name}", {"data": data})[2])["event_id"]
        text = caller.stream(f"/{OWN}/gradio_api/call/{name}/{event}")
        assert b"complete" in text
        assert told((200, {}, text)) == []
    page = caller.ask_all(question)
    assert told((200, {}, page.encode())) == []
    assert "three months" in caller.ask_all("How much is the deposit of the tenant?")


@pytest.mark.parametrize("person", ROLES)
def test_the_api_answers_from_ones_own_library(two, person):
    caller = Caller(two, person)
    for path in ("/api/ask", f"/{OWN}/api/ask"):
        for question in ("How often is it applied to the skin of the head?", "Which documents do you have?"):
            answer = caller.post(path, {"question": question})
            assert answer[0] == 200
            assert told(answer) == []
        deposit = json.loads(caller.post(path, {"question": "How much is the deposit of the tenant?"})[2])
        assert "three months" in deposit["quotes"][0]["text"]


def test_the_api_of_all_is_as_described(two):
    everything = Caller(two, "everything")
    logged = two.server.log.read_text()
    listed = {route for route in routes(two) if route[1].startswith("/api/") and route[0] != "HEAD"}
    listed = {f"{method} {path}".replace("documents/x", "documents/{document}") for method, path in listed}
    for name in (OWN, OTHER):
        document = json.loads(everything.send("GET", f"/{name}/api/openapi.json")[2])
        assert document["servers"] == [{"url": f"/{name}"}]
        assert Description(document).routes() == listed
    described = Description(json.loads(everything.send("GET", "/api/openapi.json")[2]))
    validate(described.document)
    assert described.routes() == {"POST /api/ask", "GET /api/openapi.json"}
    for question in ("How is glow ointment applied to the scalp?", "What is the capital of France?"):
        answer = json.loads(everything.post("/api/ask", {"question": question, "top": 2})[2])
        described.fits("POST", "/api/ask", 200, answer)
        assert {one["library"] for one in answer["libraries"]} == {OWN, OTHER}
        assert answer["status"] == "not_found" or answer["quotes"][0]["library"] == OTHER
    for body, expected in (
        (b"{", 400),
        (b"[]", 422),
        ({"question": " "}, 422),
        ({"question": "a", "k": 1}, 422),
        ({"question": "a", "documents": ["label.md"]}, 422),
        (b" " * 9_000_000, 413),
    ):
        status, _, text = everything.post("/api/ask", body)
        assert status == expected
        described.fits("POST", "/api/ask", status, json.loads(text))
    assert everything.send("POST", "/api/ask", "question=a", FORM)[0] == 415
    assert everything.send("GET", "/api/ask")[0] == everything.send("GET", "/api/info")[0] == 404
    status, headers, text = Caller(two, NOBODY).post("/api/ask", {"question": "a"})
    assert (status, headers["www-authenticate"][:6], "detail" in json.loads(text)) == (401, "Bearer", True)
    headers = {"Content-Type": "application/json", "Origin": "http://evil.example"}
    assert everything.send("POST", "/api/ask", b'{"question": "a"}', headers)[0] == 403
    assert two.server.log.read_text() == logged


def test_documents_are_added_to_and_removed_from_ones_own_library(two):
    editor, form = Api(two, {"X-Test-Person": "editor"}, f"/{OWN}"), named(**{"a.md": "x"})
    editor.adds_and_removes()
    assert list((two.server.folder / f"shelf-{OWN}" / ".removed").glob("*/uploaded/leaflet.md"))
    assert not (two.server.folder / f"shelf-{OTHER}" / "uploaded").exists()
    reader, other = Api(two, {"X-Test-Person": "reader"}, f"/{OWN}"), Api(two, editor.headers, f"/{OTHER}")
    for caller, expected in ((reader, 403), (other, 404), (Api(two, editor.headers), 404)):
        assert caller.call("POST", "documents", form, KIND)[0] == expected
        assert caller.call("DELETE", "documents/tenancy.md")[0] == expected
    assert editor.listed() == {"tenancy.md"}


def test_nothing_has_left_a_traceback(two):
    """Of all that was asked before."""
    assert "Traceback" not in two.server.log.read_text()


@pytest.mark.parametrize("person", ["reader", "everything"])
def test_the_switcher_names_what_one_may_read(two, person):
    """The events of the page's load, by its queue, as a browser sends them."""
    caller = Caller(two, person)
    config = json.loads(caller.send("GET", f"/{OWN}/config")[2])
    loads = [
        d for d in config["dependencies"] if d["backend_fn"] and any(t[1] == "load" for t in d["targets"])
    ]
    streams = b""
    for event in loads:
        data = [None] * len(event["inputs"])
        joined = {
            "data": data,
            "fn_index": event["id"],
            "session_hash": f"s{event['id']}",
            "event_data": None,
        }
        assert caller.post(f"/{OWN}/gradio_api/queue/join", joined)[0] == 200
        streams += caller.stream(f"/{OWN}/gradio_api/queue/data?session_hash=s{event['id']}")
    assert b"process_completed" in streams
    assert (b"tc-libraries" in streams and OTHER.encode() in streams) == (person == "everything")
    if person != "everything":
        assert told((200, {}, streams)) == []


@pytest.mark.parametrize("person", ["everything", *ROLES])
def test_mcp_is_that_of_the_library(two, person):
    caller = Caller(two, person)
    listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    accepting = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    for name in (OWN, OTHER):
        answer = caller.send("POST", f"/{name}/gradio_api/mcp/", json.dumps(listing), accepting)
        assert (b"word-for-word" in answer[2]) == (name == OWN or person == "everything"), answer
        if person != "everything":
            assert told(answer) == []


def test_a_file_uploaded_to_one_library_is_not_sent_by_the_other(two):
    everything, reader = Caller(two, "everything"), Caller(two, "reader")
    body = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.md"\r\n\r\n# Glow\r\n--x--\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    (path,) = json.loads(everything.send("POST", f"/{OTHER}/gradio_api/upload", body, kind)[2])
    assert everything.send("GET", f"/{OTHER}/gradio_api/file={quote(path)}")[2] == b"# Glow"
    for caller in (reader, everything):
        assert caller.send("GET", f"/{OWN}/gradio_api/file={quote(path)}")[0] == 403


def test_all_are_asked_by_those_who_may_read_all(two):
    everything = Caller(two, "everything")
    page = everything.ask_all("How is glow ointment applied to the scalp?")
    assert f"{OTHER} · Glow ointment label › How it is applied" in page
    href = re.search(rf'href="(/{OTHER}/#document=label\.md&amp;[^"]+)"', page)
    assert href
    assert everything.send("GET", href[1].partition("#")[0])[0] == 200
    assert f"{OWN} · Tenancy act" in everything.ask_all("How much is the deposit of the tenant?")
    status, _, body = everything.send("POST", "/", urlencode({"question": "x" * 90_000}), FORM)
    assert (status, b"Traceback" in body) == (422, False)
    for form, expected in (("", 422), ("question=a&question=b", 422), ("other=1", 422)):
        assert everything.send("POST", "/", form, FORM)[0] == expected
    assert everything.send("POST", "/", "question=a", {})[0] == 415


@pytest.mark.parametrize(
    ("headers", "expected"),
    [({"Host": "evil.example"}, 421), ({"Origin": "http://evil.example"}, 403),
     ({"Sec-Fetch-Site": "cross-site"}, 403)],
)  # fmt: skip
def test_the_page_in_front_is_not_called_by_other_pages(two, headers, expected):
    everything = Caller(two, "everything")
    assert everything.send("POST", "/", "question=deposit", {**FORM, **headers})[0] == expected


def test_one_library_that_is_gone_leaves_the_others(two):
    everything = Caller(two, "everything")
    index = two.server.folder / f"index-{OTHER}"
    index.rename(index.with_name("away"))
    try:
        assert f"{OWN} · Tenancy act" in everything.ask_all("How much is the deposit of the tenant?")
        assert everything.send("GET", f"/{OWN}/")[0] == everything.send("GET", f"/{OTHER}/")[0] == 200
    finally:
        index.with_name("away").rename(index)
