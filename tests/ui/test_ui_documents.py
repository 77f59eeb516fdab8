"""Documents in and out by the page: names that lead nowhere else, zips, refresh and swap."""

import stat
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import Server

from tacrochat.ui.documents import files as documents

KEY = """---
title: The brass key
---

# The brass key

## Where the brass key hangs

The brass key to the cellar hangs on a nail behind the kitchen door.
"""


@given(st.text())
def test_safe_name_is_one_visible_component(name):
    safe = documents.safe_name(name)
    assert safe == documents.safe_name(safe)
    assert 0 < len(safe) <= 120
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
        ("x" * 300 + ".md", "x" * 117 + ".md"),
    ],
)
def test_safe_name(name, safe):
    assert documents.safe_name(name) == safe


def test_zip_members_stay_inside(tmp_path):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    bundle = tmp_path / "bundle.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("../../outside.md", KEY)
        archive.writestr("/absolute.md", KEY)
        archive.writestr("folder/inner.md", KEY)
        archive.writestr("__MACOSX/._inner.md", "x")
        archive.writestr("program.exe", "MZ")
        link = zipfile.ZipInfo("link.md")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    change = documents.add(corpus, [("bundle.zip", bundle)], 10_000)
    assert change.done == ["uploaded/outside.md", "uploaded/absolute.md", "uploaded/inner.md"]
    assert [(file.path, file.reason) for file in change.refused] == [
        ("program.exe", "no reader for .exe"),
        ("bundle.zip/link.md", "it is a link"),
    ]
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert files == ["bundle.zip"] + [f"corpus/uploaded/{n}.md" for n in ("absolute", "inner", "outside")]


def test_zip_bomb_and_broken_zip_are_refused(tmp_path):
    bomb, broken = tmp_path / "bomb.zip", tmp_path / "broken.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.txt", b"0" * 5_000_000)
    broken.write_bytes(b"PK\x03\x04 this is no zip")
    change = documents.add(tmp_path / "corpus", [("bomb.zip", bomb), ("broken.zip", broken)], 1_000_000)
    assert change.done == []
    assert [file.path for file in change.refused] == ["zeros.txt", "broken.zip"]
    assert list((tmp_path / "corpus" / "uploaded").iterdir()) == []


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
    (tmp_path / "secret.md").write_text("secret")
    change = documents.remove(corpus, ["key.md", "../secret.md"], ["key.md"])
    assert change.done == ["key.md"]
    assert [file.path for file in change.refused] == ["../secret.md"]
    assert not (corpus / "key.md").exists()
    (kept,) = (corpus / ".removed").rglob("key.md")
    assert kept.read_text() == KEY


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
    page.locator("#tc-documents", has_text="uploaded/key.md").wait_for()
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
    page.wait_for_function("() => !document.querySelector('#tc-documents').innerText.includes('key.md')")
    page.get_by_role("tab", name="Chat").click()
    assert page.locator(".tc-stale").count() == 1, "the quote of a removed document is not shown again"
    card = ask(page, "Where does the brass key hang?")
    assert "kitchen door" not in card.inner_text()
    assert not (own_server.corpus / "uploaded" / "key.md").exists()
