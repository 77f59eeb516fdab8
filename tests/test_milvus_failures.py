"""What goes wrong with Milvus: killed builds, servers that go away, locks, secrets, bad addresses."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

import once
import tacrochat
from material import write_pages
from milvus_server import Remembering, client, environment, free_port, generations, serving
from tacrochat.cli import main
from tacrochat.errors import IndexBusy, IndexFolderError, IndexMissing, TacrochatError
from tacrochat.index.milvus import lock
from tacrochat.index.milvus.address import Address, Connection
from tacrochat.index.milvus.place import MilvusPlace
from tacrochat.index.places import place_of
from tacrochat.ui.workspace import Workspace


@pytest.fixture(scope="module")
def encoder():
    return Remembering(exported=once.exported_model())


@pytest.fixture(scope="module", autouse=True)
def work_folder(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    port = free_port()
    with serving(tmp_path_factory.mktemp("server") / "data", port):
        yield f"milvus+http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return write_pages(tmp_path_factory.mktemp("pages") / "corpus")


@pytest.fixture(scope="module")
def built(server, corpus, encoder):
    return tacrochat.build(corpus, f"{server}/built", encoder=encoder)


def _run(*arguments):
    command = [sys.executable, *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment())


# --- addresses and settings ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "uri", "name"),
    [
        ("milvus+http://db:19530/manuals", "http://db:19530", "manuals"),
        ("milvus+https://db.example.org:443/m_2/", "https://db.example.org:443", "m_2"),
        ("milvus+http:/db:19530/manuals", "http://db:19530", "manuals"),  # as a Path writes it
        ("milvus+http://[::1]:19530", "http://[::1]:19530", "tacrochat"),
        ("milvus+file:/some/where.db", "/some/where.db", "tacrochat"),
        ("milvus+file:where.db#manuals", "where.db", "manuals"),
    ],
)
def test_addresses(text, uri, name):
    address = Address.parse(text)
    assert (address.uri, address.name) == (uri, name)
    assert Address.parse(address.text) == address


@pytest.mark.parametrize(
    "text",
    [
        "milvus+http://db/manuals",
        "milvus+http://db:19530/two words",
        "milvus+http://db:19530/a/b",
        "milvus+http://db:19530/9",
        "milvus+http://db:19530/a_building",
        "milvus+ftp://db:1/a",
        "milvus+file:/some/where",
        "milvus+file:a.db#b-c",
        "milvus+",
    ],
)
def test_what_is_no_address_is_refused_with_how_to_write_one(text, capsys):
    assert main(["info", "--index", text]) == 1
    assert "milvus+http://HOST:19530/NAME" in capsys.readouterr().err


def test_a_password_in_an_address_is_refused_and_not_repeated(capsys):
    for text in ("milvus+http://root:s3cret@db:19530/a", "milvus+http:/root:s3cret@db:19530/a b"):
        assert main(["info", "--index", text]) == 1
        error = capsys.readouterr().err
        assert "s3cret" not in error
        assert "TACROCHAT_MILVUS_TOKEN" in error


@pytest.mark.parametrize(
    ("name", "value"),
    [("TIMEOUT", "soon"), ("TIMEOUT", "0"), ("BUILD_TIMEOUT", "nan"), ("CERTIFICATE", "/nowhere.pem")],
)
def test_settings_that_are_not_allowed_are_named(monkeypatch, capsys, name, value):
    monkeypatch.setenv(f"TACROCHAT_MILVUS_{name}", value)
    assert main(["info", "--index", "milvus+http://127.0.0.1:1/a"]) == 1
    assert f"TACROCHAT_MILVUS_{name}" in capsys.readouterr().err


def test_settings_are_those_of_the_environment(monkeypatch):
    monkeypatch.setenv("TACROCHAT_MILVUS_TOKEN", "root:s3cret")
    monkeypatch.setenv("TACROCHAT_MILVUS_DATABASE", "manuals")
    monkeypatch.setenv("TACROCHAT_MILVUS_TIMEOUT", "2.5")
    connection = Connection.from_environment()
    assert (connection.token, connection.database, connection.timeout) == ("root:s3cret", "manuals", 2.5)
    assert "s3cret" not in repr(connection)


def test_no_secret_is_printed_or_stored(monkeypatch, server, corpus, encoder, capsys, tmp_path):
    monkeypatch.setenv("TACROCHAT_MILVUS_TOKEN", "reader:s3cret-word")
    address = f"{server}/secretive"
    library = tacrochat.build(corpus, address, encoder=encoder)
    assert main(["info", "--index", address]) == 0
    assert main(["info", "--json", "--index", address]) == 0
    stored = [
        str(row)
        for name in client(address).list_collections()
        if "secretive" in name
        for row in client(address).query(name, filter="", limit=1000, output_fields=["*"])
    ]
    client(address).drop_collection(library._store.names.passages)
    with pytest.raises(IndexFolderError) as error:
        library.search("kettle")
    written = capsys.readouterr()
    kept = [path.read_bytes() for path in place_of(address).folder.rglob("*") if path.is_file()]
    for text in (written.out, written.err, str(error.value), repr(library), *stored, *map(str, kept)):
        assert "s3cret-word" not in text


def test_the_database_is_one_of_the_server(monkeypatch, server, corpus, encoder):
    client(f"{server}/x").create_database("other")
    monkeypatch.setenv("TACROCHAT_MILVUS_DATABASE", "other")
    address = f"{server}/in_other"
    assert tacrochat.build(corpus, address, encoder=encoder).verify() == []
    monkeypatch.delenv("TACROCHAT_MILVUS_DATABASE")
    with pytest.raises(IndexMissing):
        tacrochat.open(address)


def test_without_the_package_one_sentence_says_what_to_install():
    code = (
        "import sys\nsys.modules['pymilvus'] = None\n"
        "from tacrochat.cli import main\nsys.exit(main(['info', '--index', 'milvus+http://127.0.0.1:1/a']))"
    )
    done = _run("-c", code)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert 'pip install "tacrochat[milvus]"' in done.stderr


def test_a_folder_needs_no_package(kettle):
    code = (
        "import sys\nfrom tacrochat.cli import main\n"
        f"main(['info', '--index', {str(kettle[1])!r}])\n"
        "sys.exit(bool({'pymilvus', 'grpc', 'milvus_lite'} & sys.modules.keys()))"
    )
    assert _run("-c", code).returncode == 0


# --- servers that are away ---------------------------------------------------------------------------


@pytest.mark.parametrize("verb", [["info"], ["ask", "why"], ["build", "--corpus", "."], ["verify"]])
def test_a_server_that_is_away_gives_one_sentence_at_once(verb, capsys):
    address = f"milvus+http://127.0.0.1:{free_port()}/a"
    began = time.monotonic()
    assert main([*verb, "--index", address]) == 1
    assert time.monotonic() - began < 5
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert f"{address} does not answer" in error
    assert "start the server" in error


def test_no_index_yet(server, capsys):
    assert main(["ask", "why", "--index", f"{server}/nothing"]) == 1
    assert f"run 'tacrochat build --index {server}/nothing'" in capsys.readouterr().err


def test_a_server_that_stops_during_a_question_and_comes_back(corpus, encoder, tmp_path, monkeypatch):
    monkeypatch.setenv("TACROCHAT_MILVUS_TIMEOUT", "2")
    port = free_port()
    address = f"milvus+http://127.0.0.1:{port}/a"
    question = "How often should the kettle be descaled?"
    with serving(tmp_path / "data", port) as process:
        library = tacrochat.build(corpus, address, encoder=encoder)
        before = tacrochat.Assistant(library).ask(question)
        library = tacrochat.open(address)  # nothing in memory
        library._model.loaded = encoder
        process.send_signal(signal.SIGSTOP)
        threading.Timer(0.5, process.kill).start()  # it is asked, and dies
        began = time.monotonic()
        with pytest.raises(IndexFolderError, match="does not answer"):
            tacrochat.Assistant(library).ask(question)
        assert time.monotonic() - began < 10
    with serving(tmp_path / "data", port):
        after = tacrochat.Assistant(
            tacrochat.Library(tacrochat.open(address)._store, library.settings, encoder=encoder)
        )
        assert after.ask(question).to_dict() == before.to_dict()
        assert tacrochat.Assistant(library).ask(question).to_dict() == before.to_dict(), "it connects again"


# --- builds that are killed, and locks ------------------------------------------------------------------

_KILLED = """
import os, signal, sys
import tacrochat
from tacrochat.index.milvus.client import Client

corpus, address, name, times = sys.argv[1:]
real, left = getattr(Client, name), [int(times)]

def fatal(self, *arguments):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(self, *arguments)

setattr(Client, name, fatal)
tacrochat.build(corpus, address)
"""


@pytest.mark.parametrize(("step", "times"), [("insert", 2), ("alter_alias", 0)])
def test_a_build_that_is_killed_leaves_the_old_index(server, tmp_path, encoder, step, times):
    corpus = write_pages(tmp_path / "corpus")
    address, name = f"{server}/killed_{step}", f"killed_{step}"
    before = tacrochat.build(corpus, address, encoder=encoder)
    (corpus / "more.md").write_text("# More\n\nA spout is soldered to the kettle with silver.\n")
    done = _run("-c", _KILLED, corpus, address, step, str(times))
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert tacrochat.open(address).manifest == before.manifest
    assert tacrochat.open(address).verify() == []
    left = generations(address, name)
    assert len(left) == 2
    after = tacrochat.build(corpus, address, encoder=encoder)
    assert after.report.added == 1
    assert after.verify() == []
    own = {library.manifest.generation.removeprefix("generation-") for library in (before, after)}
    assert generations(address, name) == own, "what the dead build left is cleared away"
    aliases = client(address).list_aliases()["aliases"]
    assert name in aliases
    assert f"{name}_building" not in aliases


def test_a_build_that_fails_clears_its_collections_away(
    server, built, monkeypatch, encoder, corpus, tmp_path
):
    other = write_pages(tmp_path / "other")

    def fail(self):
        raise KeyboardInterrupt

    monkeypatch.setattr("tacrochat.index.milvus.upload.Upload.close", fail)
    before = set(client(built.address).list_collections())
    with pytest.raises(KeyboardInterrupt):
        tacrochat.build(other, built.address, encoder=encoder)
    assert set(client(built.address).list_collections()) == before
    assert built.reopen() is built
    folder = place_of(built.address).folder
    assert not [path for path in folder.iterdir() if path.is_dir()]


def test_one_build_at_a_time(server, built, corpus, encoder, monkeypatch, tmp_path):
    place = place_of(built.address)
    with place.writing():
        with pytest.raises(IndexBusy, match=r"another build is writing .*/built"):
            tacrochat.build(corpus, built.address, encoder=encoder)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # as from another machine
        with pytest.raises(IndexBusy, match=f"process {os.getpid()}"):
            tacrochat.build(corpus, built.address, encoder=encoder)
    assert tacrochat.build(corpus, built.address, encoder=encoder).report.added == 0


def test_a_dead_build_of_another_machine_is_waited_for_and_then_replaced(
    server, built, corpus, encoder, monkeypatch, tmp_path
):
    monkeypatch.setattr(lock, "_RENEW", 3600.0)
    monkeypatch.setattr(lock.socket, "gethostname", lambda: "elsewhere")
    monkeypatch.setattr(lock, "SECONDS", 2.0)
    dead = place_of(built.address)
    with dead.writing():
        monkeypatch.undo()
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        with pytest.raises(IndexBusy, match="on elsewhere"):
            tacrochat.build(corpus, built.address, encoder=encoder)
        time.sleep(2.1)
        with MilvusPlace.of(built.address).writing():
            with pytest.raises(IndexBusy, match="has taken over"):
                dead._lock.check()


def test_readers_in_two_processes_see_what_a_third_builds(server, encoder, tmp_path):
    corpus = write_pages(tmp_path / "corpus")
    address = f"{server}/shared"
    tacrochat.build(corpus, address, encoder=encoder)
    code = (
        "import sys, tacrochat\nlibrary = tacrochat.open(sys.argv[1])\n"
        "for line in sys.stdin:\n    library = library.reopen()\n"
        "    print(len(library.documents), library.passages[0].text[:9], flush=True)"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    readers = [
        subprocess.Popen([sys.executable, "-c", code, address], env=environment(), **pipes) for _ in range(2)
    ]
    try:
        for expected in (3, 4):
            said = []
            for reader in readers:
                reader.stdin.write("\n")
                reader.stdin.flush()
                said.append(reader.stdout.readline())
            assert said[0] == said[1]
            assert said[0].startswith(f"{expected} ")
            (corpus / "zebra.md").write_text("# Zebra\n\nA zebra drinks no tea from any kettle.\n")
            tacrochat.build(corpus, address, encoder=encoder)
    finally:
        for reader in readers:
            reader.communicate(timeout=30)


def test_the_page_takes_up_what_another_process_builds(server, encoder, tmp_path):
    corpus = write_pages(tmp_path / "corpus")
    address = f"{server}/paged"
    workspace = Workspace(address, corpus)
    workspace._encoder = encoder
    workspace.start()
    library = workspace.wait()
    assert workspace.corpus == corpus
    assert len(library.documents) == 3
    (corpus / "zebra.md").write_text("# Zebra\n\nA zebra drinks no tea from any kettle.\n")
    tacrochat.build(corpus, address, encoder=encoder)
    with workspace.asking() as current:
        assert len(current.documents) == 4


def test_a_file_that_another_process_has_open_is_told(corpus, encoder, tmp_path):
    address = f"milvus+file:{tmp_path / 'index.db'}"
    tacrochat.build(corpus, address, encoder=encoder)
    code = "import sys\nfrom tacrochat.cli import main\nsys.exit(main(['info', '--index', sys.argv[1]]))"
    done = _run("-c", code, address)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "milvus-lite server" in done.stderr


def test_a_build_wants_a_token_that_is_a_text():
    with pytest.raises(TacrochatError, match="TACROCHAT_MILVUS_TIMEOUT"):
        Connection(timeout=0.0)
