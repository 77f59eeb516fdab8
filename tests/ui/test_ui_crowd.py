"""Many people ask one real server at once: each gets the right answer, also while a build runs."""

import http.client
import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families
from serving import Server

QUESTIONS = {
    "How is the tube of glow ointment stored?": "below 25 degrees",
    "How many adults took part in the trial of glow ointment?": "60 adults",
    "Is glow ointment applied to broken skin?": "not applied to broken skin",
}


class Crowd(Server):
    """A server with a process that answers, and a log."""

    def __init__(self, folder):
        super().__init__(folder, "--processes", "1", "--log", "requests.jsonl")

    def send(self, method, path, value=None):
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=120)
        body = None if value is None else json.dumps(value)
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse().read().decode()
        connection.close()
        return answer

    def ask(self, question):
        event = json.loads(self.send("POST", "/gradio_api/call/ask", {"data": [question]}))["event_id"]
        stream = self.send("GET", f"/gradio_api/call/ask/{event}")
        return json.loads(stream.partition("event: complete\ndata: ")[2].partition("\n")[0])[0]

    def metrics(self):
        families = text_string_to_metric_families(self.send("GET", "/metrics"))
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in families
            for sample in family.samples
        }

    def refresh(self):
        config = json.loads(self.send("GET", "/config"))
        button = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == "tc-refresh")
        event = next(d["id"] for d in config["dependencies"] if [button, "click"] in map(list, d["targets"]))
        call = {"data": [], "fn_index": event, "session_hash": "builder", "trigger_id": button}
        self.send("POST", "/gradio_api/queue/join", call)
        self.send("GET", "/gradio_api/queue/data?session_hash=builder")

    def workers(self):
        children = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        pids = [pid for path in children for pid in path.read_text().split()]
        return [int(pid) for pid in pids if b"operation.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    started = Crowd(tmp_path_factory.mktemp("crowd"))
    yield started.wait()
    if started.process.poll() is None:  # the last test kills it
        started.stop()


def until(condition):
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def is_right(question, answer):
    return answer["question"] == question and QUESTIONS[question] in answer["quotes"][0]["text"]


def test_fifty_at_once_while_a_build_runs_all_get_the_right_answer(crowd):
    for question in QUESTIONS:
        assert is_right(question, crowd.ask(question))
    for number in range(6):
        text = (
            f"# Shelf {number}\n\nThe lamp of shelf {number} was mended on the {number}th day of the year.\n"
        )
        (crowd.corpus / f"shelf-{number}.md").write_text(text)
    built_before = crowd.metrics()["tacrochat_build_success_timestamp_seconds", ""]
    crowd.refresh()
    asked = [list(QUESTIONS)[number % 3] for number in range(50)]
    with ThreadPoolExecutor(50) as people:
        answers = list(people.map(crowd.ask, asked))
    assert all(map(is_right, asked, answers))
    assert all(answer == answers[number % 3] for number, answer in enumerate(answers))
    until(lambda: crowd.metrics()["tacrochat_build_success_timestamp_seconds", ""] > built_before)
    until(lambda: crowd.metrics()["tacrochat_documents", ""] == 9)
    metrics = crowd.metrics()
    assert metrics["tacrochat_asks_total", "", "answered"] == 53
    assert metrics["tacrochat_questions_waiting",] == 0
    lines = [json.loads(line) for line in (crowd.folder / "requests.jsonl").read_text().splitlines()]
    asks = [line for line in lines if line["event"] == "ask"]
    assert len(asks) == 53
    assert {line["id"] for line in asks} <= {line["id"] for line in lines if line["event"] == "request"}
    assert not any(question in json.dumps(lines) for question in QUESTIONS)


def test_a_process_that_is_killed_is_replaced_and_nobody_notices(crowd):
    question = next(iter(QUESTIONS))
    assert is_right(question, crowd.ask(question))
    (first,) = crowd.workers()
    os.kill(first, signal.SIGKILL)
    assert is_right(question, crowd.ask(question))
    assert is_right(question, crowd.ask(question))
    (second,) = crowd.workers()
    assert second != first


def test_the_processes_end_with_a_server_that_is_killed(crowd):
    (worker,) = crowd.workers()
    crowd.process.kill()
    crowd.process.wait()

    def has_ended():
        try:
            return Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            return True

    until(has_ended)
