"""Wrong values for the API, through every way in: never a 500, a traceback or Python's own words."""

import json
import re

import pytest

CALLS = {
    "ask": ["glow ointment", None, None, None, None, None],
    "search": ["glow ointment", None],
    "documents": [],
}
FIELDS = {
    "ask": ["question", "history", "top", "documents", "kinds", "threshold"],
    "search": ["query", "k"],
    "documents": [],
}
RAW = object()  # the value is JSON text, not a Python value


def deep(levels):
    return "[" * levels + "]" * levels


WRONG_FOR_ALL = [{}, {"a": 1}, [[1]], [None], True, 1.5, "\ud800", 10**30]
WRONG_TEXT = [
    "NaN", "Infinity", "-Infinity", "1e999", "1" * 5_000, deep(10_000), '{"a":' * 10_000 + "1" + "}" * 10_000,
    deep(100),
]  # fmt: skip
WRONG = {
    "question": ["", " \n", "x" * 2_001, None, 1, ["x"]],
    "query": ["", " \n", "x" * 2_001, None, 1, ["x"]],
    "history": ["x", 1, [1], [["x"]], ["x" * 2_001], ["x"] * 1_001],
    "top": [0, -1, 1_001, 1e9, "4", [4], False],
    "k": [0, -1, 201, "4", [4], False],
    "documents": ["label.md", 1, [1], [""], ["x" * 5_000]],
    "kinds": ["trial", 1, [1], ["gossip"]],
    "threshold": [-1, 2, -0.0001, 1.0001, "0.5", [0.5]],
}


def cases():
    for endpoint, fields in FIELDS.items():
        for position, field in enumerate(fields):
            right = WRONG_FOR_ALL[5:6] if field == "threshold" else []
            values = [value for value in WRONG_FOR_ALL if value not in right] + [1.5] + WRONG[field]
            yield from ((endpoint, position, field, json.dumps(value)) for value in values)
            yield from ((endpoint, position, field, text) for text in WRONG_TEXT)


INTERNALS = re.compile(
    r"Traceback|File \"|\.py\b|site-packages|Error:|object has no attribute|NoneType|not supported between"
    r"|pydantic|positional argument|'(str|int|list|dict|float)'|recursion"
)


def no_internals(body):
    assert not INTERNALS.search(body.decode("utf-8", "replace")), body[:400]


def data_text(endpoint, position, text):
    values = [json.dumps(value) for value in CALLS[endpoint]]
    values[position] = text
    return f"[{', '.join(values)}]"


@pytest.fixture(scope="module")
def functions(opened):
    """The number of the function of each endpoint."""
    listed = json.loads(opened.send("GET", "/config")[2])["dependencies"]
    return {each["api_name"]: each["id"] for each in listed if each["api_name"] in CALLS}


@pytest.fixture(autouse=True, scope="module")
def no_traceback(opened):
    before = len(opened.log.read_text())
    yield
    assert "Traceback" not in opened.log.read_text()[before:]


def test_wrong_values_are_named_by_call(opened):
    for endpoint, position, field, text in cases():
        body = f'{{"data": {data_text(endpoint, position, text)}}}'.encode()
        status, _, answer = opened.post(f"/gradio_api/call/{endpoint}", body)
        assert status in {400, 422}, (endpoint, field, text[:80], status, answer[:200])
        no_internals(answer)
        if text not in WRONG_TEXT and "\\ud800" not in text and text != str(10**30):
            assert field in json.loads(answer)["detail"], (field, text[:80], answer)


def test_wrong_values_are_named_by_call_with_names(opened):
    for endpoint, _, field, text in cases():
        required = {"question": '"x"', "query": '"x"'}
        names = {name: required[name] for name in FIELDS[endpoint] if name in required} | {field: text}
        body = "{" + ", ".join(f'"{name}": {value}' for name, value in names.items()) + "}"
        status, _, answer = opened.post(f"/gradio_api/call/v2/{endpoint}", body.encode())
        assert status in {400, 422}, (endpoint, field, text[:80], status, answer[:200])
        no_internals(answer)


def test_wrong_values_are_named_by_the_queue(opened, functions):
    """The queue takes what is JSON, and answers in its stream."""
    for number, (endpoint, position, field, text) in enumerate(cases()):
        body = (
            f'{{"data": {data_text(endpoint, position, text)}, "fn_index": {functions[endpoint]},'
            f' "session_hash": "s{number}"}}'
        )
        status, _, answer = opened.post("/gradio_api/queue/join", body.encode())
        no_internals(answer)
        assert status in {200, 400}, (endpoint, field, text[:80], status, answer[:200])
        if status == 200 and number % 4 == 0:  # the same function answers; some suffice
            stream = opened.send("GET", f"/gradio_api/queue/data?session_hash=s{number}")[2]
            no_internals(stream)
            (done,) = [line for line in stream.decode().splitlines() if "process_completed" in line]
            message = json.loads(done.removeprefix("data: "))
            assert not message["success"]
            assert field in message["output"]["error"], (field, text[:80], message)


@pytest.mark.parametrize("path", ["call/ask", "call/search", "call/documents", "call/v2/ask", "queue/join",
                                  "component_server/", "mcp/"])  # fmt: skip
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/json"),
        (b"not JSON", "application/json"),
        (b"\xff\xfe\x00", "application/json"),
        (b'{"data": ', "application/json"),
        (b"null", "application/json"),
        (b"[]", "application/json"),
        (b'"text"', "application/json"),
        (b"{}", "text/plain"),
        (b"{}", "multipart/form-data; boundary=x"),
        (b"data=1", "application/x-www-form-urlencoded"),
        (b"{}", ""),
        (b'{"data": null}', "application/json"),
        (b'{"data": {}}', "application/json"),
        (b'{"data": "x"}', "application/json"),
        (b'{"data": [1, 2, 3, 4, 5, 6, 7, 8]}', "application/json"),
        (b'{"data": [], "session_hash": []}', "application/json"),
        (b'{"data": [], "session_hash": "x", "fn_index": "1"}', "application/json"),
        (b'{"data": [], "session_hash": "x", "fn_index": 99999}', "application/json"),
        (b'{"data": [], "session_hash": "x", "fn_index": -1}', "application/json"),
        (b'{"data": [], "session_hash": "x", "fn_index": 0, "trigger_id": "x"}', "application/json"),
        (b'{"data": [], "session_hash": "x", "component_id": 1, "fn_name": "__init__"}', "application/json"),
        (b'{"data": [], "session_hash": "x", "component_id": [], "fn_name": []}', "application/json"),
        (b'{"data": [], "more": 1}', "application/json"),
        (deep(10_000).encode(), "application/json"),
    ],
)  # fmt: skip
def test_wrong_bodies(opened, path, body, kind):
    headers = {"Content-Type": kind, "Accept": "application/json, text/event-stream"}
    status, _, answer = opened.send("POST", f"/gradio_api/{path}", body, headers)
    assert 400 <= status < 500, (status, answer[:300])
    if path != "mcp/":
        no_internals(answer)


@pytest.mark.parametrize("name", ["nothing", "predict", "add", "refresh", "look", "..", "ask%00", "a" * 300])
def test_an_unknown_endpoint_is_404(opened, name):
    for path in (f"/gradio_api/call/{name}", f"/gradio_api/call/v2/{name}"):
        status, _, answer = opened.post(path, {"data": []})
        assert status == 404
        no_internals(answer)
    assert opened.post(f"/gradio_api/run/{name}", {"data": []})[0] == 404


def test_a_huge_body_is_413(opened):
    body = b'{"data": ["' + b"x" * 8_000_001 + b'"]}'
    status, _, answer = opened.post("/gradio_api/call/ask", body)
    assert status == 413
    no_internals(answer)


def test_the_viewer_says_what_is_wrong(opened):
    components = json.loads(opened.send("GET", "/config")[2])["components"]
    (viewer,) = [each["id"] for each in components if each["props"].get("elem_id") == "tc-viewer"]
    spans = ([[1, "x"]], [[9, 1]], [[0, 10**9]])
    wrong = [{"document": "label.md", "quotes": quotes} for quotes in spans]
    for data in (None, [], 1, "x", {}, {"document": []}, {"document": "../x"}, *wrong):
        body = {"data": data, "session_hash": "v", "component_id": viewer, "fn_name": "look"}
        status, _, answer = opened.post("/gradio_api/component_server/", body)
        assert status == 422, (data, answer[:300])
        no_internals(answer)
    turns = {"turns": [{"quotes": [[]]}] * 50, "quotes": [{"document": [], "start": 1, "end": 2}]}
    for name in ("save_conversation", "save_collection", "look_up"):
        for data in (None, [], 1, {}, {"language": {}}, {"language": "en", "form": "md", **turns}):
            body = {"data": data, "session_hash": "v", "component_id": viewer, "fn_name": name}
            status, _, answer = opened.post("/gradio_api/component_server/", body)
            assert status == 422, (name, data, answer[:300])
            no_internals(answer)
    places = ({}, {"start": 3, "end": "x"}, {"start": 0, "end": 10**9}, {"start": 0, "end": 9, "digest": []})
    other = {"document": "../x", "start": 0, "end": 9}
    for data in (None, [], other, *({"document": "label.md", **place} for place in places)):
        body = {"data": data, "session_hash": "v", "component_id": viewer, "fn_name": "link"}
        status, _, answer = opened.post("/gradio_api/component_server/", body)
        assert status == 422, (data, answer[:300])
        no_internals(answer)
    for link in (None, 1, [], {}, {"document": 1}, {"document": "x" * 99_999}, {"quote": "0-9"}):
        body = {"data": {"link": link}, "session_hash": "v", "component_id": viewer, "fn_name": "look"}
        status, _, answer = opened.post("/gradio_api/component_server/", body)
        assert (status, json.loads(answer)) == (200, {"remark": "link_bad"})


def test_right_values_are_answered(opened, functions):
    for endpoint, data in (
        (
            "ask",
            ["How is the tube of glow ointment stored?", [], 1, ["label.md"], ["prescribing information"], 0],
        ),
        ("ask", ["How is the tube of glow ointment stored?", None, None, None, None, 1.0]),
        ("search", ["tube", 1]),
        ("search", ["tube", None]),
        ("ask", ["How is the tube of glow ointment stored?"]),  # the values left out have their defaults
        ("search", ["tube"]),
    ):
        status, _, body = opened.post(f"/gradio_api/call/{endpoint}", {"data": data})
        assert status == 200
        event = json.loads(body)["event_id"]
        stream = opened.send("GET", f"/gradio_api/call/{endpoint}/{event}")[2]
        assert stream.startswith(b"event: complete"), stream[:300]
    body = {"fn_index": functions["search"], "data": ["tube"], "session_hash": "short"}
    assert opened.post("/gradio_api/queue/join", body)[0] == 200
    assert b'"success":true' in opened.send("GET", "/gradio_api/queue/data?session_hash=short")[2]
    body = opened.post("/gradio_api/call/v2/search", {"query": "tube"})[2]
    event = json.loads(body)["event_id"]
    assert opened.send("GET", f"/gradio_api/call/v2/search/{event}")[2].startswith(b"event: complete")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"question": "x", "threshold": 2}, "threshold is not a number from 0 to 1"),
        ({"question": "x", "threshold": True}, "Input validation error"),  # said by the library of MCP
        ({"question": ""}, "question is empty"),
        ({"question": "x", "kinds": ["gossip"]}, "kinds has an entry"),
        ({"question": ["x"]}, "Input validation error"),
    ],
)
def test_wrong_values_are_named_by_mcp(opened, arguments, says):
    call = {"name": "ask", "arguments": arguments}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    accept = {"Accept": "application/json, text/event-stream"}
    status, _, answer = opened.post("/gradio_api/mcp/", body, accept)
    assert status == 200
    no_internals(answer)
    assert says in answer.decode()
