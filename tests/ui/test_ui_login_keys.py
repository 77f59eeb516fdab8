"""The login keys of ``tacrochat.yaml``: what they open, and that nobody else can change who gets in."""

import json
import logging
import os
import shutil
import signal
import time
import urllib.error
import urllib.request

import pytest
from serving import Server

from tacrochat.configuration.record import NAME
from tacrochat.errors import TacrochatError
from tacrochat.index.manifest import sealed
from tacrochat.ui import passwords
from tacrochat.ui.access import tokens
from tacrochat.ui.access.configured import with_login
from tacrochat.ui.live import LiveConfiguration
from tacrochat.ui.served import Served, ServerOptions

LOGIN = "login: {password_file: ../people, token_file: ../tokens}\n"


@pytest.fixture
def home(tmp_path):
    """A folder of documents with a login, and beside it the files of people and tokens."""
    (tmp_path / "corpus").mkdir(mode=0o700)
    (tmp_path / "corpus" / NAME).write_text(LOGIN)
    (tmp_path / "corpus" / NAME).chmod(0o644)
    passwords.write(tmp_path / "people", "ada", "correct horse")
    return tmp_path


def configured(home, *more, **options):
    served = [Served("a", home / "index", home / "corpus"), *more]
    return with_login(served, ServerOptions(**options))


def refused(home, *more):
    with pytest.raises(TacrochatError) as error:
        configured(home, *more)
    return str(error.value)


def made(home, *, login):
    """Write what an index records of what it was made from."""
    (home / "index").mkdir(exist_ok=True)
    values = {"corpus": str(home / "corpus"), "model": "m", "login": login}
    (home / "index" / "manifest.json").write_text(sealed(values))


def test_the_keys_become_options_and_the_command_line_counts_more_as_a_whole(home, capsys):
    (home / "corpus" / NAME).write_text(
        LOGIN.replace("}", ", trusted_header: X-Remote-User, trusted_proxies: [10.0.0.0/8]}")
    )
    options = configured(home, port=1)
    assert options.auth == f"*:{home / 'people'}"
    assert options.tokens == str(home / "tokens")
    assert (options.trusted_header, options.trusted_proxies) == ("X-Remote-User", ("10.0.0.0/8",))
    assert f"{home / 'corpus' / NAME} asks for a login" in capsys.readouterr().err
    given = ServerOptions(auth="ada:elsewhere")
    assert configured(home, auth="ada:elsewhere") == given, "no token or header of the file beside it"
    (home / "corpus" / NAME).write_text("title: Ours\n")
    assert configured(home) == ServerOptions()


@pytest.mark.parametrize("what", ["corpus", f"corpus/{NAME}", "people"])
def test_what_others_can_change_is_not_believed(home, what):
    (home / what).chmod(0o770)
    text = refused(home)
    assert f"{home / what} can be written by others" in text
    assert "give --auth" in text
    (home / what).chmod(0o700)
    assert configured(home).auth
    if os.geteuid() == 0:
        os.chown(home / what, 4321, -1)
        assert f"{home / what} belongs to somebody else" in refused(home)


def test_a_link_is_no_way_around_that(home):
    (home / "open").mkdir()
    (home / "open").chmod(0o777)
    (home / "corpus" / NAME).rename(home / "open" / NAME)
    (home / "corpus" / NAME).symlink_to(home / "open" / NAME)
    assert f"{home / 'open'} can be written by others" in refused(home)


def test_the_files_lie_outside_of_what_is_read(home):
    for place in ("corpus", "corpus/uploaded"):
        (home / place).mkdir(exist_ok=True)
        shutil.copy(home / "people", home / place / ".people")
        text = LOGIN.replace("../people", f"../{place}/.people")
        (home / "corpus" / NAME).write_text(text)
        assert f"lies in {home / 'corpus'}, which is read" in refused(home)
    (home / "corpus" / NAME).write_text(f"folders: [../more]\n{LOGIN.replace('../people', '.people')}")
    assert configured(home).auth == f"*:{home / 'corpus' / '.people'}"
    (home / "corpus" / NAME).write_text(f"folders: [../more]\n{text}")
    assert f"lies in {home / 'corpus' / 'uploaded'}" in refused(home)


def test_a_login_that_is_gone_opens_nothing(home):
    """As of a folder whose drive is not connected when the machine starts."""
    made(home, login=True)
    assert configured(home).auth
    (home / "corpus" / NAME).unlink()
    assert f"asked for a login when {home / 'index'} was made" in refused(home)
    shutil.rmtree(home / "corpus")
    assert "connect its drive" in refused(home)
    assert configured(home, auth="ada:people").auth == "ada:people"
    (home / "index" / "manifest.json").write_text("{")
    assert "manifest.json is incomplete or damaged" in refused(home), "nothing says whether there was one"
    made(home, login=False)
    assert configured(home) == ServerOptions()


def test_one_of_several_libraries_cannot_say_who_gets_into_the_others(home):
    (home / "other").mkdir()
    other = Served("b", home / "index-2", home / "other")
    assert "give --auth for all" in refused(home, other)
    (home / "corpus" / NAME).unlink()
    assert configured(home, other) == ServerOptions()


def test_a_change_while_the_server_runs_says_that_it_needs_a_restart(home, caplog):
    live = LiveConfiguration(lambda: home / "corpus")
    (home / "corpus" / NAME).write_text("title: Open to everybody\n")
    with caplog.at_level(logging.WARNING):
        end = time.monotonic() + 30
        while not live.look() and time.monotonic() < end:
            time.sleep(0.05)
    assert live.current.title == "Open to everybody"
    assert [record.message for record in caplog.records] == [
        f"the login settings of {NAME} have changed; they need a restart"
    ]


def status(url, token=""):
    request = urllib.request.Request(url, headers={"authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, None


def test_a_server_asks_for_the_login_and_after_kill_9_without_its_configuration_does_not_start(home):
    """With a second folder."""
    token = tokens.create(home / "tokens", "script", "ada", role="reader", scopes="ask")
    (home / "more").mkdir()
    (home / "more" / "key.md").write_text("# Key\n\nThe brass key to the cellar hangs behind the door.\n")
    (home / "corpus" / NAME).write_text(f"folders: [., ../more]\n{LOGIN}")
    server = Server(home)
    try:
        _use(server.wait(), home, token)
    finally:
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
    shutil.rmtree(server.temporary)
    (home / "corpus" / NAME).unlink()
    again = Server(home)
    assert again.process.wait(120) == 1
    assert "asked for a login when" in again.log.read_text()


def _use(server, home, token):
    listing = f"{server.url}/api/documents"
    assert status(listing)[0] == 401
    until(lambda: status(listing, token)[0] == 200)
    assert status(listing, "tacro_wrong")[0] == 401
    assert {"corpus/label.md", "more/key.md"} <= paths(listing, token)


def paths(url, token):
    return {document["document"] for document in status(url, token)[1]}


def until(condition, seconds=180):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it has not happened"
        time.sleep(0.2)
