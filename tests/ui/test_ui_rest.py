"""The REST API and its description, asked as a program does."""

import asyncio
import io
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout

import httpx
import pytest
from described import Description
from gradio.routes import FastAPI
from jsonschema import ValidationError
from openapi_spec_validator import validate
from serving import LABEL

from material import ROOT
from tacrochat.ui import routes
from tacrochat.ui.operation.fair_queue import FairQueue
from tacrochat.ui.operation.operation import Operation
from tacrochat.ui.operation.request_log import RequestLog
from tacrochat.ui.person import SCOPE_KEY, Person
from tacrochat.ui.rest import add_api
from tacrochat.ui.workspace import Workspace

QUESTION = "How often is glow ointment applied to the scalp?"


@pytest.fixture(scope="module")
def api(server):
    with httpx.Client(base_url=server.url, timeout=60, transport=httpx.HTTPTransport(retries=2)) as client:
        while (answer := client.get("/api/info")).status_code == 503:  # the index is being built
            assert answer.headers["retry-after"] == "5"
            assert "detail" in answer.json()
            time.sleep(0.2)
        yield client


@pytest.fixture(scope="module")
def described(api):
    return Description(api.get("/api/openapi.json").json())


def test_the_description_is_openapi_and_has_every_route(described):
    validate(described.document)
    expected = {
        f"{method} {path.replace(':path', '')}"
        for path, methods in routes.OURS.items()
        if path.startswith("/api/")
        for method in methods - {"HEAD"}
    }
    assert described.routes() == expected


@pytest.mark.parametrize(
    ("method", "path", "values"),
    [("POST", "/api/ask", {"question": QUESTION}),
     ("POST", "/api/ask", {"question": "What is the capital of France?", "history": ["x"], "top": None}),
     ("POST", "/api/ask", {"question": "hello"}),
     ("POST", "/api/ask", {"question": "How often is it applied, and how is the tube stored?"}),
     ("POST", "/api/search", {"query": "tube storage", "k": 2}),
     ("GET", "/api/documents", None),
     ("GET", "/api/info", None),
     ("GET", "/api/openapi.json", None)],
)  # fmt: skip
def test_answers_are_as_described(api, described, method, path, values):
    answer = api.request(method, path, json=values)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    described.fits(method, path, 200, answer.json())


def test_the_schemas_refuse_what_is_not_described(api, described):
    answer = api.post("/api/ask", json={"question": QUESTION}).json()
    for wrong in ({**answer, "confidence": 2}, {**answer, "more": 1}, {"question": QUESTION}):
        with pytest.raises(ValidationError):
            described.fits("POST", "/api/ask", 200, wrong)


def test_values_reach_the_answer(api):
    values = {"question": QUESTION, "top": 1, "kinds": ["trial"], "threshold": 0.0}
    assert [quote["kind"] for quote in api.post("/api/ask", json=values).json()["quotes"]] == ["trial"]
    (quote,) = api.post("/api/ask", json={"question": QUESTION, "documents": ["label.md"], "top": 1}).json()[
        "quotes"
    ]
    assert quote["text"] == LABEL[quote["start"] : quote["end"]]
    hits = api.post("/api/search", json={"query": "tube storage", "k": 2}).json()["hits"]
    assert [len(hits), hits[0]["document"]] == [2, "label.md"]
    assert {each["document"] for each in api.get("/api/documents").json()} == {
        "label.md", "trial.md", "hostile <b>.md"
    }  # fmt: skip


def test_info_names_no_path_of_the_machine(api, server):
    info = api.get("/api/info")
    assert (info.json()["documents"], info.json()["state"]) == (3, "ready")
    assert str(server.folder) not in info.text


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [("ask", b"{", 400, "not JSON"), ("ask", b"[" * 5000, 400, "nested"), ("ask", b"[]", 422, "JSON object"),
     ("ask", b"{}", 422, "question is missing"), ("ask", b'{"question": 1}', 422, "not a text"),
     ("ask", b'{"question": "a", "top": 0}', 422, "top"),
     ("ask", b'{"question": "a", "other": 0}', 422, "no field"),
     ("ask", b'{"question": "a", "threshold": NaN}', 422, "finite"),
     ("ask", b'{"question": "\\ud800"}', 422, "half"),
     ("ask", b'{"question": "a", "documents": ["../x"]}', 422, "no document"),
     ("ask", b" " * 8_000_001, 413, "more than"), ("search", b'{"query": "a", "k": 201}', 422, "k is"),
     ("refresh", b'{"full": true}', 422, "no values"), ("other", b"{}", 404, "not served")],
)  # fmt: skip
def test_what_is_wrong_is_said_as_described(api, described, server, path, body, status, says):
    answer = api.post(f"/api/{path}", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert says in answer.json()["detail"]
    if status != 404:
        described.fits("POST", f"/api/{path}", status, answer.json())
    assert "Traceback" not in server.log.read_text()


def test_other_types_methods_and_sites_are_refused(api):
    assert api.post("/api/ask", data={"question": "a"}).status_code == 415
    assert api.post("/api/refresh", content=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
    assert [api.get(f"/api/{name}").status_code for name in ("ask", "refresh")] == [404, 404]
    answer = api.post("/api/refresh", headers={"Origin": "http://evil.example"})
    assert (answer.status_code, list(answer.json())) == (403, ["detail"])


def test_the_examples_of_the_description_are_answered(api, described):
    for path, item in described.document["paths"].items():
        for method, operation in item.items():
            kinds = operation.get("requestBody", {}).get("content", {})
            if kind := kinds.get("application/json"):
                assert api.post(path, json=kind["example"]).status_code == 200
            described.fits_examples(method, path, operation)


def test_the_clients_of_the_documentation_work(server, api, described):
    text = (ROOT / "docs" / "http.md").read_text()
    programs = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(programs) == 2
    assert len(programs[0].replace("\n\n", "\n").splitlines()) == 3
    for program in programs:
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(program.replace("http://127.0.0.1:7860", server.url), {})
        assert "applied" in printed.getvalue()
    for body in re.findall(r"-d '(.*?)'", text):
        assert json.loads(body)
    for answer in re.findall(r"^({.*})$", text, re.MULTILINE):
        described.fits("DELETE", "/api/documents/{document}", 202, json.loads(answer))


def test_a_library_that_is_not_open_or_busy_is_asked_again_later(tmp_path, kettle_library):
    """In this process, to hold the queue. The log tells who has asked, also by the API."""
    operation = Operation(RequestLog(str(tmp_path / "log")))
    workspace = Workspace(kettle_library.folder, tmp_path, operation=operation)
    application = FastAPI()
    add_api(application, workspace)

    async def as_ada(scope, receive, send):
        await application({**scope, SCOPE_KEY: Person("ada", "editor")}, receive, send)

    async def post():
        transport = httpx.ASGITransport(as_ada, client=("192.0.2.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            headers = {"X-Request-Id": "r1"}
            return await client.post(
                "/api/ask", json={"question": "How is the kettle descaled?"}, headers=headers
            )

    def ask():
        # In a thread: a test that drives a browser leaves an event loop in this one.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(post())).result()

    answer = ask()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "not open yet" in answer.json()["detail"]
    workspace.start()
    workspace.wait()
    operation.queue = FairQueue(max_waiting=0)
    with operation.queue.turn("another"):
        answer = ask()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "busy" in answer.json()["detail"]
    assert ask().status_code == 200
    operation.log.close()
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [(line["person"], line["id"]) for line in lines] == [("ada", "r1")] * 2
    assert [line["status"] == "error" for line in lines] == [True, False]
