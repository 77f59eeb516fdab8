"""A served folder is followed: what changes in it is answered from, and nothing is lost when it vanishes."""

import json
import os
import shutil
import time
import urllib.request

import pytest
from serving import Server, corpus

import tacrochat
from tacrochat.configuration.record import NAME
from tacrochat.ui.documents import files
from tacrochat.ui.examples.kept import Examples
from tacrochat.ui.state import Synced
from tacrochat.ui.sync import Sync
from tacrochat.ui.workspace import Workspace

KEY = "# The brass key\n\nThe brass key to the cellar hangs on a nail behind the {place}.\n"
WHERE = "Where does the brass key to the cellar hang?"
LOG = "document.querySelector('#tc-chat [role=log]')"
PLACE = f"[{LOG}.scrollTop, document.querySelector('#tc-chat .tc-card').getBoundingClientRect().top]"


def until(condition, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("it has not happened")


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def folders(tmp_path_factory, encoder):
    root = tmp_path_factory.mktemp("followed")
    tacrochat.build(corpus(root / "corpus"), root / "index", encoder=encoder)
    return root


@pytest.fixture
def followed(folders, tmp_path, encoder):
    """A workspace in this process whose folder is followed."""
    shutil.copytree(folders / "corpus", tmp_path / "corpus")
    shutil.copytree(folders / "index", tmp_path / "index")
    tacrochat.build(tmp_path / "corpus", tmp_path / "index", encoder=encoder)
    workspace = Workspace(tmp_path / "index", tmp_path / "corpus")
    workspace.start()
    sync = Sync(workspace)
    sync.start()
    until(lambda: sync._built_with is not None)  # compared once: changes from now on are bursts
    yield workspace
    sync.stop()


def paths(workspace):
    return [document.path for document in workspace.library.documents]


def test_a_folder_that_vanishes_or_is_empty_all_at_once_loses_nothing(followed, tmp_path):
    before = sorted(paths(followed))
    followed.corpus.rename(tmp_path / "away")
    until(lambda: followed.problem and followed.problem.key == "sync_away")
    (tmp_path / "corpus").mkdir()
    until(lambda: followed.problem.key == "sync_emptied")
    (tmp_path / "corpus" / "new.md").write_text(KEY.format(place="door"))
    with pytest.raises(tacrochat.TacrochatError, match="none of the"):
        followed.rebuild(lambda folder: files.add(folder, [], 1), is_sure=False)
    assert sorted(paths(followed)) == before
    shutil.rmtree(tmp_path / "corpus")
    (tmp_path / "away").rename(tmp_path / "corpus")
    (tmp_path / "corpus" / "key.md").write_text(KEY.format(place="kitchen door"))
    until(lambda: "key.md" in paths(followed) and followed.problem is None)
    assert followed.synced == Synced(1, 0, 0, followed.synced.at)


def test_many_changes_make_few_builds_and_only_read_the_folder(followed):
    until(lambda: followed.problem is None)
    built = []
    build = followed._build
    followed._build = lambda: built.append(build()) or built[-1]
    for number in range(60):
        text = f"# Page {number}\n\nLamp {number} is lit at dusk.\n"
        (followed.corpus / f"page{number}.md").write_text(text)
    half = followed.corpus / "half.md"
    with half.open("w") as file:  # written for longer than a burst is quiet
        for sentence in range(8):
            file.write(f"Sentence {sentence} of the copy is here.\n")
            file.flush()
            time.sleep(0.2)
    until(lambda: {"page59.md", "half.md"} <= set(paths(followed)))
    assert "Sentence 7" in followed.library.document("half.md").text, "not before it is whole"
    assert len(built) <= 3
    for path in followed.corpus.glob("page*.md"):
        os.utime(path, (4e9, 4e9) if path.name < "page2" else (1, 1))  # a clock that has jumped
    saved = followed.corpus / ".half.md.swp"
    saved.write_text("Saved as an editor does, under the same name, by a rename.\n")
    saved.rename(half)
    (followed.corpus / "page0.md").unlink()
    before = tree(followed.corpus)
    until(lambda: "page0.md" not in paths(followed))
    assert "as an editor does" in followed.library.document("half.md").text
    assert tree(followed.corpus) == before
    assert len(built) <= 6


def test_what_the_page_suggests_stays_while_it_is_chosen_anew(followed):
    examples, before = Examples(followed), followed.library
    until(lambda: examples.of(before))
    shown = {e.question: before.documents[e.document_id].path for e in examples.of(before)}
    (followed.corpus / "aaa.md").write_text(KEY.format(place="door"))  # first: the ids of all others change
    until(lambda: "aaa.md" in paths(followed))
    now = followed.library
    assert {e.question: now.documents[e.document_id].path for e in examples.of(now)}.items() >= shown.items()
    assert len(examples.main_of(now)) == len(before.documents)


def test_the_configuration_cannot_be_uploaded_or_removed(followed):
    (followed.corpus / NAME).write_text("title: Ours")
    upload = followed.corpus.parent / "upload"
    upload.write_text("title: Theirs")
    for name in (NAME, f"../{NAME}", f"{NAME}.meta.yaml", f"x/../../{NAME}"):
        change = files.add(followed.corpus, [(name, upload)], 1_000)
        assert (change.done, len(change.refused)) == ([], 1)
    rows = {document.path: document.path for document in followed.library.documents}
    assert files.remove(followed.library.manifest.origin, [NAME], rows).done == []
    assert tree(followed.corpus)[NAME] == b"title: Ours"


def call(server, name, *values):
    body = json.dumps({"data": values}).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"{server.url}/gradio_api/call/{name}", body, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        event = json.load(answer)["event_id"]
    with urllib.request.urlopen(f"{server.url}/gradio_api/call/{name}/{event}", timeout=60) as stream:
        return json.loads(stream.read().decode().rpartition("data: ")[2])[0]


def quoted(server):
    quotes = call(server, "ask", WHERE)["quotes"]
    return quotes[0]["text"] if quotes else ""


@pytest.mark.browser
def test_a_server_answers_from_a_new_file_and_the_page_says_so(visit, ask, tmp_path):
    """Then with a configuration that is broken, and mended; and after kill -9 in the middle of it all."""
    started = Server(tmp_path, "--watch").wait()
    page = visit(url=started.url)
    ask(page, "How is the tube of glow ointment stored?")
    page.fill("#tc-question textarea", "half a quest")
    page.evaluate(f"{LOG}.scrollTop = 40")
    place = page.evaluate(PLACE)
    look = (
        'title: Our ointments\ncolours: {accent: "#7a1f5c"}\nlanguages: [de]\nthresholds: {answered: 0.61}\n'
    )
    (started.corpus / NAME).write_text(look)
    (started.corpus / "key.md").write_text(KEY.format(place="kitchen door"))
    until(lambda: "kitchen door" in quoted(started))
    page.locator(".tc-sync", has_text="Ordner: 1 neu").wait_for(timeout=60_000)
    assert page.locator("h1").inner_text() == "Our ointments"
    assert page.input_value("#tc-question textarea") == "half a quest"
    assert page.evaluate("document.activeElement.closest('#tc-question') !== null")
    assert page.evaluate(PLACE) == place, "what is being read has not moved"
    page.wait_for_function("document.title === 'Our ointments'")
    page.click("#tc-filters > button")
    slider = page.locator("#tc-filters input[type=number]").last
    assert slider.input_value() == "0.61", "the minimum confidence is that of the configuration"
    slider.fill("0.3")
    slider.press("Enter")
    accent = "getComputedStyle(document.documentElement).getPropertyValue('--tc-accent').trim()"
    assert page.evaluate(accent) == "#7a1f5c"
    (started.corpus / NAME).write_text("title: Our ointments\nthresholds: {answered: high}\n")
    page.locator(".tc-fault", has_text=f"{NAME}, line 2, column 24: answered is 'high'").wait_for()
    assert page.locator("h1").inner_text() == "Our ointments"
    assert "kitchen door" in quoted(started)
    (started.corpus / NAME).write_text("title: Mended\nexamples: ['Is it sticky?']\nexclude: [key.md]\n")
    until(lambda: quoted(started) == "")
    page.locator("h1", has_text="Mended").wait_for(timeout=60_000)
    page.locator(".tc-fault").wait_for(state="detached")
    assert slider.input_value() == "0.3", "what a person has set stays"
    started.process.kill()
    started.process.wait()
    (started.corpus / NAME).unlink()
    shutil.rmtree(started.temporary)
    again = Server(tmp_path, "--watch").wait()
    until(lambda: "kitchen door" in quoted(again))
    again.stop()
