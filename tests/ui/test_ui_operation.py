"""Limits, the fair queue, the request log, health and metrics: layers over a small app, run by uvicorn."""

import http.client
import json
import socket
import threading
import time
from contextlib import contextmanager

import pytest
import uvicorn
from prometheus_client.parser import text_string_to_metric_families

from tacrochat.answering.answer import Answer
from tacrochat.errors import TacrochatError
from tacrochat.ui import routes
from tacrochat.ui.hosts import Hosts
from tacrochat.ui.operation import limited
from tacrochat.ui.operation.fair_queue import Busy, FairQueue
from tacrochat.ui.operation.limited import Limited
from tacrochat.ui.operation.metrics import LibraryState
from tacrochat.ui.operation.observed import Observed
from tacrochat.ui.operation.operation import Operation, Question
from tacrochat.ui.operation.rates import Rates
from tacrochat.ui.operation.request_log import RequestLog
from tacrochat.ui.operation.route_names import route_names
from tacrochat.ui.person import SCOPE_KEY, Person

ADMIN, READER, EVERYONE = Person("ada", "admin"), Person("rita", "reader"), Person("", "editor")
COLLECTOR = Person("max", "reader", rights=frozenset({"metrics"}))  # by a token
ASK = routes.CALL.replace("{api_name}", "ask")


def until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


class Line:
    """People who wait in a queue, in threads; ``order`` names them as they are served."""

    def __init__(self, **limits):
        self.queue = FairQueue(**limits)
        self.order, self.threads = [], []

    def ask(self, person):
        waiting = self.queue.waiting
        self.threads.append(threading.Thread(target=self._ask, args=(person,)))
        self.threads[-1].start()
        until(lambda: self.queue.waiting == waiting + 1)

    def _ask(self, person):
        with self.queue.turn(person):
            self.order.append(person)

    def end(self):
        for thread in self.threads:
            thread.join(60)


def test_many_questions_of_one_person_delay_another_by_one():
    line = Line()
    with line.queue.turn("greedy"):
        for _ in range(40):
            line.ask("greedy")
        line.ask("ada")
        line.ask("bob")
        line.ask("ada")
    line.end()
    assert line.order[:6] == ["greedy", "ada", "bob", "greedy", "ada", "greedy"]
    assert line.order.count("greedy") == 40
    assert (line.queue.waiting, line.queue.running) == (0, 0)


def test_a_question_waits_for_a_limited_time_and_leaves_nothing_behind():
    refused = []
    line = Line(max_seconds=0.05, refused=refused.append)
    with line.queue.turn("ada"):
        with pytest.raises(Busy, match="ask again"), line.queue.turn("bob"):
            raise AssertionError
    with line.queue.turn("bob"):
        assert (line.queue.waiting, line.queue.running) == (0, 1)
    assert refused == ["late"]


def test_one_person_cannot_fill_the_queue():
    line = Line(max_waiting=4, max_waiting_each=2)
    with line.queue.turn("greedy"):
        line.ask("greedy")
        line.ask("greedy")
        with pytest.raises(Busy), line.queue.turn("greedy"):
            raise AssertionError
        line.ask("ada")
        line.ask("bob")
        with pytest.raises(Busy), line.queue.turn("eve"):
            raise AssertionError
    line.end()
    assert line.order == ["greedy", "ada", "bob", "greedy"]


def test_an_error_of_a_question_lets_the_next_one_run():
    queue = FairQueue()
    with pytest.raises(ValueError, match="wrong"), queue.turn("ada"):
        raise ValueError("wrong")
    assert queue.running == 0


def test_rates_are_refilled_by_the_clock_and_forget():
    now = [100.0]
    rates = Rates(60, 3, lambda: now[0])
    assert [rates.refused_for("ada", 1) for _ in range(4)] == [0, 0, 0, 1]
    assert rates.refused_for("bob", 1) == 0
    now[0] += 1
    assert [rates.refused_for("ada", 1) for _ in range(2)] == [0, 1]
    now[0] += 3600
    assert [rates.refused_for("ada", 1) for _ in range(4)] == [0, 0, 0, 1], "no more than the bucket holds"
    for number in range(20_000):
        rates.refused_for(str(number), 1)
    assert len(rates._buckets) == 10_000
    assert all(Rates(0, 1).refused_for("ada", 1) == 0 for _ in range(10)), "0 is no limit"


def answered(confidence, quotes):
    return Answer("How?", "How?", "answered", confidence, "", quotes=("",) * quotes)


async def small_app(scope, receive, send):
    """Read the body and send it back; /broken ends with an error."""
    if scope["type"] != "http":
        return
    if scope["path"] == "/source/page":
        raise RuntimeError("broken")
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the sender has gone")
        body += message["body"]
        more = message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


class Site:
    """The layers over the small app; ``person`` is who sends the requests."""

    def __init__(self, port, log, rates):
        self.person, self.states = EVERYONE, [LibraryState("med", "ready", True, 3, 20, 1.5, 1e9)]
        self.operation = Operation(log, libraries=lambda: self.states)
        hosts = Hosts("127.0.0.1", port)
        behind = Limited(small_app, self.operation, routes.find, hosts=hosts, rates=rates)

        async def login(scope, receive, send):
            await behind({**scope, SCOPE_KEY: self.person}, receive, send)

        self.port, self.application = port, Observed(login, self.operation, routes.find)

    def request(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        connection.close()
        return answer

    def metrics(self):
        """Map each sample, with its labels in alphabetical order, to its value, as Prometheus reads them."""
        families = text_string_to_metric_families(self.request("GET", "/metrics").text)
        return {
            (sample.name, *(label for _, label in sorted(sample.labels.items()))): sample.value
            for family in families
            for sample in family.samples
        }


@contextmanager
def site(log=None, rates=None):
    listener = socket.create_server(("127.0.0.1", 0))
    made = Site(listener.getsockname()[1], log or RequestLog(), rates or Rates(0, 1))
    server = uvicorn.Server(
        uvicorn.Config(made.application, lifespan="off", log_level="critical", proxy_headers=False)
    )
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        until(lambda: server.started)
        yield made
    finally:
        server.should_exit = True
        thread.join(60)
        made.operation.log.close()


def test_metrics_count_by_route_and_are_read_by_prometheus():
    with site() as served:
        for path in ("/", "/gradio_api/call/ask/1", "/gradio_api/call/ask/2", "/secret-name", "/%0a%22x"):
            served.request("GET", path)
        served.request("BREW", "/coffee")
        assert served.request("GET", "/source/page").status == 500
        with served.operation.asked(Question("med", "How?")) as question:
            question.answer = answered(0.9, 0)
        with pytest.raises(ValueError, match="x"), served.operation.asked(Question("med", "How?")):
            raise ValueError("x")
        metrics = served.metrics()
        text = served.request("GET", "/metrics").text
    count = {key[1:]: value for key, value in metrics.items() if key[0] == "tacrochat_requests_total"}
    assert count["GET", "/", "200"] == 1
    assert count["GET", "/gradio_api/call/{api_name}/{event_id}", "200"] == 2
    assert count["GET", "other", "200"] == 2
    assert count["other", "other", "200"] == 1
    assert count["GET", "/source/page", "500"] == 1
    assert metrics["tacrochat_asks_total", "med", "answered"] == 1
    assert metrics["tacrochat_asks_total", "med", "error"] == 1
    assert metrics["tacrochat_ask_seconds_count", "med"] == 2
    assert metrics["tacrochat_documents", "med"] == 3
    assert metrics["tacrochat_passages", "med"] == 20
    assert metrics["tacrochat_build_running", "med"] == 0
    assert metrics["tacrochat_build_seconds", "med"] == 1.5
    assert metrics["tacrochat_build_success_timestamp_seconds", "med"] == 1e9
    assert metrics["tacrochat_questions_waiting",] == 0
    assert metrics["process_resident_memory_bytes",] > 1e6
    assert "secret" not in text
    assert "coffee" not in text


def test_a_route_has_the_same_name_in_every_library_and_none_outside():
    name_of = route_names({"med", "law"})
    assert (
        name_of("POST", "/med/gradio_api/call/ask") == name_of("POST", "/gradio_api/call/ask") == routes.CALL
    )
    assert name_of("GET", "/law/") == "/"
    assert name_of("POST", "/login") == "/login"
    assert name_of("POST", "/other/gradio_api/call/ask") is None
    assert name_of("GET", "/med/secret") is None


def test_metrics_are_for_admins_and_for_programs_on_this_machine():
    """They name the libraries."""
    with site() as served:
        asked = {
            "alone": served.request("GET", "/metrics"),
            "proxy": served.request("GET", "/metrics", X_Forwarded_For="203.0.113.9"),
            "rebound": served.request("GET", "/metrics", Host="evil.example"),
            "written": served.request("POST", "/metrics", "x"),
        }
        for person in (ADMIN, READER, COLLECTOR, None):
            served.person = person
            asked[person and person.name] = served.request("GET", "/metrics")
    statuses = {name: answer.status for name, answer in asked.items()}
    assert statuses == {
        "alone": 200, "proxy": 403, "rebound": 403, "written": 405,
        "ada": 200, "rita": 403, "max": 200, None: 401
    }  # fmt: skip
    assert all("med" not in a.text for a in asked.values() if a.status != 200)


def test_health_is_of_the_libraries_and_names_none():
    with site() as served:
        served.person = None
        seen = [served.request("GET", "/healthz")]
        for phase, has_library in (("building", True), ("building", False), ("failed", False)):
            served.states = [LibraryState("med", phase, has_library, 0, 0, None, None)]
            seen.append(served.request("GET", "/healthz"))
        assert served.request("POST", "/healthz").status == 405
    assert [(a.status, json.loads(a.text)) for a in seen] == [
        (200, {"status": "ok"}),
        (200, {"status": "ok"}),
        (503, {"status": "starting"}),
        (503, {"status": "failed"}),
    ]


def test_the_log_has_one_json_object_a_line_and_no_question(tmp_path):
    file = tmp_path / "log.jsonl"
    with site(RequestLog(str(file))) as served:
        served.person = Person('eve\n{"event": "forged"}\u2028\x1b[31m', "reader")
        answer = served.request("POST", ASK, json.dumps({"data": ["What is my secret?"]}), X_Request_ID="a-1")
        assert answer.headers["X-Request-ID"] == "a-1"
        other = served.request("GET", "/%0a%22secret", X_Request_ID='"; forged')
        assert len(other.headers["X-Request-ID"]) == 16
        with served.operation.asked(Question("med", "a secret question", "ada", "a-1")) as question:
            question.answer = answered(0.87654, 2)
    text = file.read_text()
    lines = [json.loads(line) for line in text.split("\n")[:-1]]
    assert text.isascii()
    assert "secret" not in text
    request, unknown, ask = sorted(
        lines, key=lambda line: (line["event"] == "ask", line.get("route") == "other")
    )
    assert [line["event"] for line in (request, unknown, ask)] == ["request", "request", "ask"]
    assert request["person"] == served.person.name
    assert (request["id"], request["route"], request["status"]) == ("a-1", routes.CALL, 200)
    assert request["bytes"] == 32
    assert "address" not in request
    assert unknown["route"] == "other"
    assert (ask["id"], ask["status"], ask["confidence"], ask["quotes"]) == ("a-1", "answered", 0.877, 2)


def test_questions_and_addresses_are_logged_if_asked_for(tmp_path):
    file = tmp_path / "log.jsonl"
    with site(RequestLog(str(file), with_questions=True, with_addresses=True)) as served:
        served.request("GET", "/")
        with served.operation.asked(Question("med", "How\n?")):
            pass
    # The line of a request is written after its answer has been sent.
    by_event = {entry["event"]: entry for entry in map(json.loads, file.read_text().splitlines())}
    request, ask = by_event["request"], by_event["ask"]
    assert request["address"] == "127.0.0.1"
    assert (ask["question"], ask["status"]) == ("How\n?", "error")


def test_a_log_that_is_cut_short_is_continued_and_one_that_cannot_be_opened_is_named(tmp_path):
    log = RequestLog(str(tmp_path / "log"))
    log.write("a")
    (tmp_path / "log").write_text("")  # as logrotate's copytruncate does
    log.write("b")
    log.close()
    assert json.loads((tmp_path / "log").read_text())["event"] == "b"
    with pytest.raises(TacrochatError, match=r"--log .* cannot be written .*give another file"):
        RequestLog(str(tmp_path / "nowhere" / "log"))


def test_whoever_asks_too_often_is_told_when_to_ask_again():
    with site(rates=Rates(1, 2)) as served:
        served.person = READER
        asked = [served.request("POST", ASK, "{}") for _ in range(3)]
        assert [answer.status for answer in asked] == [200, 200, 429]
        assert 50 <= int(asked[-1].headers["Retry-After"]) <= 60
        assert "ask again" in json.loads(asked[-1].text)["detail"]
        assert served.request("GET", "/").status == 200, "pages cost nothing"
        served.person = Person("other", "reader")
        assert served.request("POST", ASK, "{}").status == 200
        served.person = EVERYONE
        assert {served.request("POST", ASK, "{}").status for _ in range(5)} == {200}, "one's own machine"
        assert served.metrics()["tacrochat_refused_total", "rate"] == 1


def test_a_body_that_trickles_in_is_cut_off(monkeypatch):
    monkeypatch.setattr(limited, "_FREE_SECONDS", 0.3)
    with site() as served, socket.create_connection(("127.0.0.1", served.port), 60) as client:
        client.sendall(f"POST {ASK} HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n".encode())
        answer, sent = b"", 0
        client.settimeout(0.05)
        end = time.monotonic() + 60
        while b"\r\n\r\n" not in answer and time.monotonic() < end:
            try:
                if sent < 900:
                    client.sendall(b"x")
                    sent += 1
                answer += client.recv(65_536)
            except TimeoutError:
                continue
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert served.metrics()["tacrochat_refused_total", "slow"] == 1


def test_bodies_in_memory_have_a_limit_together(monkeypatch):
    monkeypatch.setattr(limited, "_MAX_BODIES", 100_000)
    with site() as served:
        assert served.request("POST", ASK, b"x" * 90_000).status == 200
        answer = served.request("POST", ASK, b"x" * 110_000)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        assert served.request("POST", ASK, b"x" * 90_000).status == 200, "room is given back"
        for path in (routes.UPLOAD, routes.API_DOCUMENTS):
            assert served.request("POST", path, b"x" * 110_000).status == 200, "that is kept in files"
