"""Folders that are served: one that is empty, and one that two servers serve."""

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from serving import Server

from once import place_model
from tacrochat.cli import main
from tacrochat.index.user_folders import index_of


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Start servers, each from a folder of its own, which share a user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    started = []

    def start(name, *arguments):
        started.append(Server(tmp_path / name, *map(str, arguments)))
        return started[-1]

    yield start
    for server in started:
        server.stop()
        assert "Traceback" not in server.log.read_text()


def ask(client, question):
    return client.predict(question, api_name="/ask")["quotes"]


def test_an_empty_folder_is_served_and_the_page_says_what_to_do(start, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "one").mkdir()
    server = start("one", tmp_path / "empty").wait()
    with pytest.raises(AppError, match="holds no files; put documents there"):
        ask(Client(server.url, verbose=False), "How is the tube stored?")
    assert server.process.poll() is None
    assert list((tmp_path / "empty").iterdir()) == []


def test_two_servers_of_one_folder_build_it_once_and_take_up_what_a_third_process_builds(start, tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    folder = tmp_path / "one" / "corpus"
    place_model(index_of(folder))
    servers = [start("one", "corpus"), start("other", folder)]
    clients = [Client(server.wait().url, verbose=False) for server in servers]
    for client in clients:
        (first, *_) = ask(client, "How is the tube of glow ointment stored?")
        assert "25 degrees" in first["text"]
    (generation,) = index_of(folder).glob("generation-*")

    (folder / "new.md").write_text("# Lids\n\nThe lid of the tube is made of blue tin.\n")
    assert main(["build", "--folder", str(folder), "--quiet"]) == 0
    assert len(list(index_of(folder).glob("generation-*"))) == 2, generation
    for client in clients:
        assert "blue tin" in ask(client, "What is the lid of the tube made of?")[0]["text"]
