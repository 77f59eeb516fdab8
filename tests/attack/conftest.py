"""Real servers that the attacks share: one open, one with a login."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "ui"))

from attacked import PASSWORD, Attacked
from serving import Server  # beside the tests of the page

from tacrochat.ui import passwords


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
    for user in ("ada", "bob"):
        passwords.write(folder / "passwords", user, PASSWORD)
    server = Server(folder, "--auth", "*:passwords")
    yield Attacked(server.wait())
    server.stop()
