"""The suite's own promise: nothing but loopback, here and in child processes."""

import os
import socket
import subprocess
import sys

import pytest

from loopback import BlockedConnection


@pytest.fixture
def stays_on_this_machine():
    """Here leaving is tried on purpose."""


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("10.0.0.1", 53)])
@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_other_machines_are_out_of_reach(address, kind):
    with socket.socket(socket.AF_INET, kind) as one:
        for connect in (one.connect, one.connect_ex):
            with pytest.raises(BlockedConnection, match=address[0]):
                connect(address)


def test_a_datagram_is_blocked():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, pytest.raises(BlockedConnection):
        one.sendto(b"x", ("192.0.2.1", 53))


def test_names_are_not_looked_up():
    with pytest.raises(BlockedConnection, match=r"huggingface\.co"):
        socket.create_connection(("huggingface.co", 443), timeout=1)


def test_loopback_and_unix_sockets_work(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(("localhost", server.getsockname()[1])):
            server.accept()[0].close()
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(tmp_path / "s"))
        server.listen()
        client.connect(str(tmp_path / "s"))


def test_a_child_process_is_blocked_and_reported(blocked_log):
    before = blocked_log.stat().st_size
    code = "import socket\ntry: socket.getaddrinfo('example.org', 80)\nexcept RuntimeError: print('blocked')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "blocked\n"
    assert "look-up of example.org" in blocked_log.read_text()[before:]
    assert os.environ["HF_HUB_OFFLINE"] == "1"
