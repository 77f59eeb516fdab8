"""Real servers that the attacks share: one open, one with a login."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "ui"))

from attacked import PASSWORD, Attacked
from serving import Server  # beside the tests of the page

from tacrochat.ui import passwords
from tacrochat.ui.access import people, tokens


@pytest.fixture(scope="session")
def opened(tmp_path_factory):
    """A server without a login."""
    server = Server(tmp_path_factory.mktemp("opened"), "--mcp", "--allow-host", "chat.example.org")
    yield Attacked(server.wait())
    server.stop()


@pytest.fixture(scope="session")
def guarded(tmp_path_factory):
    """A server with a login for two editors, a reader and an admin, with tokens, and a proxy at 127.0.0.9."""
    folder = tmp_path_factory.mktemp("guarded")
    for user in ("ada", "bob"):
        passwords.write(folder / "passwords", user, PASSWORD, "editor")
    passwords.write(folder / "passwords", "rob", PASSWORD)
    passwords.write(folder / "passwords", "amy", PASSWORD, "admin")
    people.write(folder / "passwords", "pat")  # without a password
    (folder / "tokens").touch(0o600)
    asks = tokens.create(folder / "tokens", "asks", "ada", role="editor", scopes="ask")
    edits = tokens.create(folder / "tokens", "edits", "ada", role="editor", scopes="ask,edit")
    mcp = tokens.create(folder / "tokens", "mcp", "rob", role="admin", scopes="ask,edit,mcp")
    metrics = tokens.create(folder / "tokens", "metrics", "rob", role="reader", scopes="metrics")
    options = ("--auth", "*:passwords", "--tokens", "tokens", "--mcp")
    proxy = ("--trusted-header", "X-Remote-User", "--trusted-proxy", "127.0.0.9")
    attacked = Attacked(Server(folder, *options, *proxy).wait())
    attacked.tokens = {"asks": asks, "edits": edits, "mcp": mcp, "metrics": metrics}
    yield attacked
    attacked.server.stop()
