"""Documents in and out by the page: names that lead nowhere else, zips, refresh and swap."""

import io
import stat
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import Server

import tacrochat
from tacrochat.index.origin import Origin
from tacrochat.ui.documents import files as documents
from tacrochat.ui.documents import table
from tacrochat.ui.documents.names import MAX_BYTES, safe_name, safe_path

KEY = """---
title: The brass key
---

# The brass key

## Where the brass key hangs

The brass key to the cellar hangs on a nail behind the kitchen door.
"""


@given(st.text())
def test_safe_name_is_one_visible_component(name):
    safe = safe_name(name)
    assert safe == safe_name(safe)
    assert 0 < len(safe.removesuffix(".meta.yaml").encode()) <= MAX_BYTES
    assert "/" not in safe
    assert "\\" not in safe
    assert not safe.startswith(".")
    assert safe.isprintable()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd.md", "passwd.md"),
        ("..\\..\\boot.txt", "boot.txt"),
        ("/etc/cron.d/x.md", "x.md"),
        (".hidden.md", "hidden.md"),
        ("a\u202egpj.md", "agpj.md"),
        ("con.md", "con_.md"),
        ("", "document"),
        ("…/über uns.md", "über uns.md"),
        ("x" * 300 + ".md", "x" * 197 + ".md"),
        ("薬" * 110 + ".md", "薬" * 65 + ".md"),
        ("x" * 300 + ".tar.gz", "x" * 193 + ".tar.gz"),
        ("薬" * 110 + ".md.meta.yaml", "薬" * 65 + ".md.meta.yaml"),
    ],
)
def test_safe_name(name, safe):
    assert safe_name(name) == safe


def test_safe_path_keeps_folders_and_leads_nowhere_else():
    assert str(safe_path("../a/./b/../con/.x/C:\\y.md")) == "a/b/con_/x/C/y.md"
    assert str(safe_path("/..")) == "document"


def test_zip_members_stay_inside(tmp_path):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    bundle = tmp_path / "bundle.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("../../outside.md", KEY)
        archive.writestr("/absolute.md", KEY)
        archive.writestr("folder/inner.md", KEY)
        archive.writestr("__MACOSX/._inner.md", "x")
        archive.writestr("folder/.hidden.md", KEY)
        archive.writestr("program.exe", "MZ")
        link = zipfile.ZipInfo("link.md")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    change = documents.add(corpus, [("bundle.zip", bundle)], 10_000)
    assert change.done == ["uploaded/outside.md", "uploaded/absolute.md", "uploaded/folder/inner.md"]
    assert [(file.path, file.reason) for file in change.refused] == [
        ("bundle.zip/folder/.hidden.md", "it is hidden (a name that begins with a dot)"),
        ("bundle.zip/program.exe", "no reader for .exe"),
        ("bundle.zip/link.md", "it is a link"),
    ]
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    inside = ("absolute", "folder/inner", "outside")
    assert files == ["bundle.zip"] + [f"corpus/uploaded/{name}.md" for name in inside]


def test_members_of_one_name_are_all_taken(tmp_path):
    bundle = tmp_path / "bundle.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        for name in ("a/readme.md", "b/readme.md", "b/read?me.md", "b/README.md", "a/readme.md.meta.yaml"):
            archive.writestr(name, name)
    change = documents.add(tmp_path / "corpus", [("bundle.zip", bundle)], 10_000)
    assert change.refused == []
    taken = {name: (tmp_path / "corpus" / name).read_text() for name in change.done}
    assert taken == {
        "uploaded/a/readme.md": "a/readme.md",
        "uploaded/b/readme.md": "b/readme.md",
        "uploaded/b/readme-2.md": "b/read?me.md",
        "uploaded/b/README-3.md": "b/README.md",
        "uploaded/a/readme.md.meta.yaml": "a/readme.md.meta.yaml",
    }


def test_one_bad_member_does_not_hold_up_the_others(tmp_path):
    bundle = tmp_path / "bundle.zip"
    long_path = "/".join(["x" * 190] * 30) + "/deep.md"
    with zipfile.ZipFile(bundle, "w") as archive:
        for name in ("first.md", "damaged.md", long_path, "first.md/below-a-file.md", "薬" * 110 + ".md"):
            archive.writestr(name, f"{KEY} {name}")
    data = bundle.read_bytes()
    bundle.write_bytes(data.replace(b" damaged.md", b" DAMAGED.md"))  # the text of the member, not its name
    (tmp_path / "corpus" / "uploaded" / "taken.md").mkdir(parents=True)
    folder = tmp_path / "taken.md"
    folder.write_text(KEY)
    gone = tmp_path / "gone.md"
    uploads = [("bundle.zip", bundle), ("taken.md", folder), ("gone.md", gone)]
    change = documents.add(tmp_path / "corpus", uploads, 10_000)
    assert change.done == ["uploaded/first.md", f"uploaded/{'薬' * 65}.md"]
    assert all((tmp_path / "corpus" / name).is_file() for name in change.done)
    reasons = {file.path.rpartition("/")[2]: file.reason for file in change.refused}
    assert "damaged" in reasons.pop("damaged.md")
    assert "too long" in reasons.pop("deep.md")
    assert "cannot be written" in reasons.pop("below-a-file.md")
    assert "folder of that name" in reasons.pop("taken.md")
    assert "no longer in the upload" in reasons.pop("gone.md")
    assert reasons == {}
    assert list((tmp_path / "corpus").rglob("*.part")) == []


def test_encrypted_member_and_compressed_archive(tmp_path):
    locked, packed = tmp_path / "locked.zip", tmp_path / "packed.tar.gz"
    with zipfile.ZipFile(locked, "w") as archive:
        archive.writestr("secret.md", KEY)
    data = bytearray(locked.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1  # the flag of a password
    locked.write_bytes(data)
    with tarfile.open(packed, "w:gz") as archive:
        member = tarfile.TarInfo("key.md")
        member.size = len(KEY)
        archive.addfile(member, io.BytesIO(KEY.encode()))
    uploads = [("locked.zip", locked), ("packed.tar.gz", packed), ("packed.gz", packed)]
    change = documents.add(tmp_path / "corpus", uploads, 10_000)
    # Of a compressed file without a suffix the build says whether it is text; this one is none.
    assert change.done == ["uploaded/packed.tar.gz", "uploaded/packed.gz"]
    assert [file.path for file in change.refused] == ["locked.zip/secret.md"]
    assert "password" in change.refused[0].reason


def test_zip_bomb_and_broken_zip_are_refused(tmp_path):
    bomb, broken = tmp_path / "bomb.zip", tmp_path / "broken.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.txt", b"0" * 5_000_000)
    broken.write_bytes(b"PK\x03\x04 this is no zip")
    change = documents.add(tmp_path / "corpus", [("bomb.zip", bomb), ("broken.zip", broken)], 1_000_000)
    assert change.done == []
    assert [file.path for file in change.refused] == ["bomb.zip/zeros.txt", "broken.zip"]
    assert list((tmp_path / "corpus" / "uploaded").iterdir()) == []


def test_upload_does_not_write_below_a_linked_folder(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    folder = tmp_path / "corpus" / "uploaded"
    folder.mkdir(parents=True)
    (folder / "linked").symlink_to(outside)
    bundle = tmp_path / "bundle.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("linked/key.md", KEY)
    change = documents.add(tmp_path / "corpus", [("bundle.zip", bundle)], 10_000)
    assert (change.done, list(outside.iterdir())) == ([], [])
    assert "leads out" in change.refused[0].reason


def test_upload_does_not_write_through_a_link(tmp_path):
    target = tmp_path / "outside.md"
    target.write_text("mine")
    folder = tmp_path / "corpus" / "uploaded"
    folder.mkdir(parents=True)
    (folder / "key.md").symlink_to(target)
    upload = tmp_path / "upload"
    upload.write_text(KEY)
    documents.add(tmp_path / "corpus", [("key.md", upload)], 10_000)
    assert target.read_text() == "mine"
    assert (folder / "key.md").read_text() == KEY


def test_remove_moves_known_documents_only(tmp_path):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "key.md").write_text(KEY)
    (corpus / "key.md.meta.yaml").write_text("title: The key")
    (tmp_path / "secret.md").write_text("secret")
    files = {"key.md": "key.md"}
    change = documents.remove(Origin(str(corpus)), ["key.md", "../secret.md"], files)
    assert change.done == ["key.md"]
    assert [file.path for file in change.refused] == ["../secret.md"]
    assert list(corpus.iterdir()) == [corpus / ".removed"]
    (kept,) = (corpus / ".removed").rglob("key.md")
    assert kept.read_text() == KEY
    assert kept.with_name("key.md.meta.yaml").read_text() == "title: The key"
    (corpus / "key.md").write_text("another")
    documents.remove(Origin(str(corpus)), ["key.md"], files)
    kept = {path.read_text() for path in (corpus / ".removed").rglob("key.md")}
    assert kept == {KEY, "another"}, "what was removed before is not replaced"


def test_a_document_in_an_archive_goes_with_the_archive(tmp_path, encoder):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "lamp.txt").write_text("The oil lamp burns for six hours on one filling of the tank.\n")
    with zipfile.ZipFile(corpus / "keys.zip", "w") as archive:
        archive.writestr("brass.md", KEY)
        archive.writestr("iron.md", KEY.replace("brass", "iron"))
    library = tacrochat.build(corpus, tmp_path / "index", encoder=encoder)
    choices = dict(map(reversed, table.removable(library, "en")))
    assert choices["keys.zip/brass.md"].endswith("is inside keys.zip; removes all of it")
    assert choices["lamp.txt"].endswith("(lamp.txt)")
    files = {document.path: document.file for document in library.documents}
    change = documents.remove(Origin(str(corpus)), ["keys.zip/brass.md", "keys.zip/iron.md"], files)
    assert (change.done, change.refused) == (["keys.zip"], [])
    assert not (corpus / "keys.zip").exists()


@pytest.fixture(scope="module")
def own_server(tmp_path_factory):
    """A server whose documents the tests change, in the order in which they stand here."""
    started = Server(tmp_path_factory.mktemp("own"))
    yield started.wait()
    started.stop()


@pytest.mark.browser
def test_page_is_up_before_the_library_and_the_question_waits(visit, own_server):
    page = visit(url=own_server.url, ready=False)
    page.fill("#tc-question textarea", "How is the tube of glow ointment stored?")
    page.press("#tc-question textarea", "Enter")
    page.wait_for_selector(".tc-answered", timeout=120_000)
    assert "25 degrees" in page.locator(".tc-answered").inner_text()
    page.wait_for_selector(".tc-state[data-phase=ready]")


@pytest.mark.browser
def test_upload_ask_remove_without_restart(visit, ask, own_server, tmp_path):
    page = visit(url=own_server.url)
    card = ask(page, "Where does the brass key hang?")
    assert "tc-not-found" in card.get_attribute("class")
    page.get_by_role("tab", name="Documents").click()
    assert "no reader for .png" in page.locator("#tc-documents .tc-skipped").inner_text()
    key = tmp_path / "key.md"
    key.write_text(KEY)
    bundle = tmp_path / "more.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("deep/lamp.txt", "The oil lamp burns for six hours on one filling of the tank.\n")
    page.set_input_files("#tc-upload input[type=file]", [key, bundle])
    page.wait_for_function("() => document.querySelectorAll('#tc-upload .file').length === 2")
    page.click("#tc-add")
    page.locator("#tc-tree .tc-folder", has_text="uploaded").click()
    page.locator("#tc-tree", has_text="uploaded/key.md").wait_for()
    page.wait_for_selector(".tc-state[data-phase=ready]")
    assert "5 documents" in page.locator("#tc-progress").inner_text()
    page.get_by_role("tab", name="Chat").click()
    assert "behind the kitchen door" in ask(page, "Where does the brass key hang?").inner_text()
    assert "six hours" in ask(page, "How long does the oil lamp burn?").inner_text()

    page.get_by_role("tab", name="Documents").click()
    page.get_by_label("Documents to remove").click()
    page.locator("[role=option]", has_text="The brass key").click()
    page.keyboard.press("Escape")
    page.click("#tc-remove")
    page.wait_for_function("() => !document.querySelector('#tc-tree').innerText.includes('5 documents')")
    page.get_by_role("tab", name="Chat").click()
    assert page.locator(".tc-stale").count() == 1, "the quote of a removed document is not shown again"
    card = ask(page, "Where does the brass key hang?")
    assert "kitchen door" not in card.inner_text()
    assert not (own_server.corpus / "uploaded" / "key.md").exists()


@pytest.mark.browser
def test_a_build_is_cancelled_and_the_next_one_finishes(visit, ask, own_server):
    """The index before goes on answering; the bar shows how far the build is."""
    page = visit(url=own_server.url)
    page.get_by_role("tab", name="Documents").click()
    page.locator("#tc-tree li").first.wait_for()
    indexed = page.locator(".tc-results .tc-note").inner_text()
    folder = own_server.corpus / "shelf"
    folder.mkdir()
    for number in range(400):
        text = " ".join(f"Jar {number} of lot {n} holds {number * n} grams of spice." for n in range(1, 13))
        (folder / f"{number}.txt").write_text(f"{text}\n", "utf-8")
    page.click("#tc-refresh")
    page.wait_for_selector("#tc-cancel")
    page.locator("#tc-bar", has_text="%").wait_for()
    page.get_by_role("tab", name="Chat").click()
    settings = page.locator("#tc-filters").bounding_box()
    assert settings["y"] + settings["height"] <= page.viewport_size["height"], "the bar pushes nothing away"
    page.get_by_role("tab", name="Documents").click()
    page.click("#tc-cancel")
    page.locator(".tc-state", has_text="Cancelled; the previous index answers.").wait_for()
    assert page.locator("#tc-cancel").is_hidden()
    assert page.locator(".tc-results .tc-note").inner_text() == indexed
    page.get_by_role("tab", name="Chat").click()
    assert "six hours" in ask(page, "How long does the oil lamp burn?").inner_text()

    for path in list(folder.iterdir())[3:]:
        path.unlink()
    page.get_by_role("tab", name="Documents").click()
    page.click("#tc-refresh")
    page.locator("#tc-progress", has_text="3 added").wait_for(timeout=60_000)
    page.locator("#tc-tree .tc-folder", has_text="shelf").wait_for()
    assert "Cancelled" not in page.locator(".tc-state").inner_text()
    assert "Traceback" not in own_server.log.read_text()
