"""Wrong values for the events of the page: an error for the caller, and no traceback in the log."""

import json
import re
import socket
from contextlib import ExitStack

import pytest

INTERNALS = re.compile(r"Traceback|File \"|site-packages|object has no attribute|NoneType|pydantic|gradio\.")
FILE = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
LIGHT = [
    None,
    True,
    7,
    -1.5,
    10**18,
    "",
    "x\x00",
    {},
    {"a": 1},
    {"value": 1, "__type__": "update"},
    [],
    [[[1]]],
    [{}],
]
HEAVY = [
    "x" * 100_000,
    ["x"] * 10_000,
    list(range(10_000)),
    json.loads("[" * 50 + "]" * 50),
    FILE,
    [FILE],
    [None],
]
IN_ONE_STREAM = 40  # calls; the queue takes 64


@pytest.fixture(scope="module")
def page(opened):
    """What the server tells of its page."""
    return json.loads(opened.send("GET", "/config")[2])


def bodies(page):
    """Yield calls of each event function of the page, with one wrong value among right ones."""
    types = {component["id"]: component["type"] for component in page["components"]}
    values = {"textbox": "glow ointment", "slider": 1, "dropdown": [], "browserstate": []}
    right_event = {"index": 0, "value": "x", "previous_value": "x", "liked": True}
    for function in page["dependencies"]:
        if function["api_visibility"] != "private":
            continue
        right = [values.get(types[number]) for number in function["inputs"]]
        body = {"fn_index": function["id"], "data": right, "event_data": right_event}
        for position in range(len(right)):
            for wrong in LIGHT + HEAVY:
                yield {**body, "data": [*right[:position], wrong, *right[position + 1 :]]}
        yield from ({**body, "data": wrong} for wrong in ([], [*right, None], [None] * 100))
        yield from ({**body, "event_data": wrong} for wrong in LIGHT)
        if {name for _, name in function["targets"]} & {"retry", "edit", "undo", "like", "option_select"}:
            yield from (
                {**body, "event_data": {**right_event, name: v}} for name in right_event for v in LIGHT
            )


def test_no_event_of_the_page_ends_in_a_traceback(opened, page):
    logged = len(opened.log.read_text())
    calls = list(bodies(page))
    for start in range(0, len(calls), IN_ONE_STREAM):
        session, taken = f"sweep{start}", 0
        for body in calls[start : start + IN_ONE_STREAM]:
            status, _, answer = opened.post("/gradio_api/queue/join", {**body, "session_hash": session})
            assert status in {200, 400, 404}, (str(body)[:300], answer[:300])
            assert not INTERNALS.search(answer.decode()), (str(body)[:300], answer[:300])
            taken += status == 200
        if taken:
            stream = opened.send("GET", f"/gradio_api/queue/data?session_hash={session}", timeout=60)[
                2
            ].decode()
            assert stream.count("process_completed") == taken
            assert not INTERNALS.search(stream), stream[:2_000]
    assert "Traceback" not in opened.log.read_text()[logged:]


def test_a_call_without_the_values_that_gradio_reads_is_refused(opened, page):
    """Each is a traceback without the check."""
    (retry,) = [f["id"] for f in page["dependencies"] if [name for _, name in f["targets"]] == ["retry"]]
    right = {
        "fn_index": retry,
        "session_hash": "r",
        "data": [[], [], [], 4, 0.5],
        "event_data": {"index": 0, "value": 1},
    }
    for wrong, says in (
        ({"data": [[], "label.md", [], 4, 0.5]}, "value 2 (Dropdown), is not a list"),
        ({"data": [[], [1], [], 4, 0.5]}, "value 2 (Dropdown), has an entry that is not a text"),
        ({"data": [[], [], [], "4", 0.5]}, "value 4 (Slider), is not a number"),
        ({"data": []}, "data has 0 values instead of 5"),
        ({"data": [[FILE], [], [], 4, 0.5]}, "not among those uploaded"),
        ({"event_data": None}, "event_data has no index"),
        ({"event_data": {"index": "0", "value": 1}}, "index is not the number of a message"),
    ):
        status, _, answer = opened.post("/gradio_api/queue/join", {**right, **wrong})
        assert (status, says in json.loads(answer)["detail"]) == (400, True), answer
    assert opened.post("/gradio_api/queue/join", right)[0] == 200


@pytest.mark.parametrize(
    "path",
    ["/gradio_api/queue/data?session_hash=none", "/gradio_api/call/ask/none", "/gradio_api/call/v2/ask/none"],
)
def test_events_that_there_are_not_are_not_found(opened, path):
    logged = opened.log.read_text()
    status, headers, answer = opened.send("GET", path)
    assert (status, headers["content-type"]) == (404, "application/json")
    assert "no such events" in json.loads(answer)["detail"]
    assert opened.log.read_text() == logged


def test_a_session_that_ends_by_one_of_its_streams_ends_the_other_without_a_traceback(opened, page):
    (function,) = [each["id"] for each in page["dependencies"] if each["api_name"] == "documents"]
    logged = len(opened.log.read_text())
    joined = {"fn_index": function, "data": [], "session_hash": "twice"}
    assert opened.post("/gradio_api/queue/join", joined)[0] == 200
    path = "/gradio_api/queue/data?session_hash=twice"
    assert b"process_completed" in opened.send("GET", path)[2]
    # Nothing happens in the session any more: both streams wait until the first is closed.
    with ExitStack() as streams:
        first, second = (socket.create_connection(("127.0.0.1", opened.port), timeout=30) for _ in range(2))
        for stream in (first, second):
            streams.enter_context(stream)
            stream.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{opened.port}\r\n\r\n".encode())
            assert stream.recv(4096).startswith(b"HTTP/1.1 200")
        first.close()
        ended = b"".join(iter(lambda: second.recv(4096), b"0\r\n\r\n"))
    assert b"session_not_found" in ended
    assert "Traceback" not in opened.log.read_text()[logged:]
