"""Example questions, the tree of documents and topics: how they are made, and a walk through them."""

import shutil
import zipfile

import numpy as np
import pytest
from serving import LABEL, TRIAL, corpus

import tacrochat
from tacrochat.embedding.clusters import clusters
from tacrochat.errors import QuestionError
from tacrochat.types import Document, Passage
from tacrochat.ui.documents.catalogue import PAGE, Catalogue
from tacrochat.ui.examples.forms import candidates
from tacrochat.ui.examples.kept import Examples
from tacrochat.ui.workspace import Workspace

ENGLISH = " It is the pump of the well, and the water that is in it goes to the tank by this pump."
GERMAN = " Das ist die Pumpe von dem Brunnen, und das Wasser ist nicht in dem Tank."
FRENCH = " La pompe est dans le puits, et les tuyaux sont pour le jardin. Une pompe est un outil."
SPANISH = " La bomba es una parte del pozo, y el agua que no se usa está en los tanques."


def asked(title, heading, text):
    document = Document(0, "a.txt", title, text, "0")
    passage = Passage(0, 0, (heading,), 0, len(text), text)
    return [candidate.question for candidate in candidates(document, [passage])]


@pytest.mark.parametrize(
    ("title", "heading", "text", "question"),
    [
        ("Water Pump", "", f"A water pump is a machine.{ENGLISH}", "What is a water pump?"),
        ("The Rhine", "", f"The Rhine (Rein) is a river.{ENGLISH}", "What is the Rhine?"),
        ("Care of the pump", "Greasing the Bearings", ENGLISH,
         "What should I know about greasing the bearings?"),
        ("Care of the pump", "2.1. Bearing grease", ENGLISH, "What should I know about bearing grease?"),
        ("Care of the pump", "Replace the filter", ENGLISH, "How do I replace the filter?"),
        ("Care of the pump", "How often it is greased", ENGLISH,
         "What does “Care of the pump” say about how often it is greased?"),
        ("Care of the pump", "What is a sump?", ENGLISH, "What is a sump?"),
        ("Die Pumpe", "Wartung der Pumpe", GERMAN, "Was steht hier über Wartung der Pumpe?"),
        ("La pompe", "Les tuyaux du jardin", FRENCH, "Que dit-on sur les tuyaux du jardin ?"),
        ("La bomba", "Limpieza del pozo", SPANISH, "¿Qué se dice sobre limpieza del pozo?"),
    ],
)  # fmt: skip
def test_a_question_is_made_of_a_title_and_a_heading(title, heading, text, question):
    assert question in asked(title, heading, text)


@pytest.mark.parametrize(
    "heading",
    [
        "Introduction", "References", "Table 2", "Figures and tables", "get_pump(self)", "PumpController",
        "1.2", "src/pump.c", "Pumps are not rated", "and earlier pumps", "насос и колодец", "Error: no water",
    ],
)  # fmt: skip
def test_no_question_is_made_of(heading):
    assert asked("0001.md", heading, ENGLISH) == []


@pytest.fixture(scope="module")
def shelf(tmp_path_factory, encoder):
    """Folders in folders, an archive, a copy, two years and a file that cannot be read."""
    root = corpus(tmp_path_factory.mktemp("shelf") / "corpus")
    (root / "deep" / "er").mkdir(parents=True)
    for number in range(PAGE + 5):
        (root / "deep" / "er" / f"{number:03}.txt").write_text(
            f"Jar {number} holds {number} grams of salt.\n"
        )
    (root / "deep" / "copy.md").write_text(LABEL)
    with zipfile.ZipFile(root / "old.zip", "w") as archive:
        archive.writestr("trial.md", TRIAL.replace("glow", "glimmer"))
    return tacrochat.build(root, root.parent / "index", encoder=encoder)


def test_folders_are_listed_a_page_at_a_time(shelf):
    documents = Catalogue(shelf)
    root = documents.listing({})
    assert [(f["path"], f["count"]) for f in root["folders"]] == [("deep", PAGE + 6), ("old.zip", 1)]
    assert {d["path"] for d in root["documents"]} == {"label.md", "trial.md", "hostile <b>.md"}
    first = documents.listing({"folder": "deep/er"})
    rest = documents.listing({"folder": "deep/er", "offset": first["next"]})
    assert (len(first["documents"]), len(rest["documents"]), rest["next"]) == (PAGE, 5, None)
    assert first["total"] == PAGE + 5


def test_filters(shelf):
    documents = Catalogue(shelf)

    def found(**request):
        return [d["path"] for d in documents.listing(request)["documents"]]

    assert found(text="TRIAL glow") == ["trial.md"]
    assert found(text="er/01", format=".txt")[:2] == ["deep/er/010.txt", "deep/er/011.txt"]
    assert found(kind="trial") == ["old.zip/trial.md", "trial.md"]
    assert found(since=2019, until=2019) == ["old.zip/trial.md", "trial.md"]
    (picture,) = documents.listing({"left_out": True, "text": "picture"})["left_out"]
    assert "no reader for .png" in picture["reason"]


def test_what_was_set_aside_is_listed_with_the_reason(shelf):
    documents = Catalogue(shelf)
    sections = documents.aside("trial.md")["sections"]
    assert [section["role"] for section in sections] == ["metadata"]
    copies = [documents.aside(path)["repeated"] for path in ("label.md", "deep/copy.md")]
    assert {row["document"] for rows in copies for row in rows} <= {"label.md", "deep/copy.md"}
    assert any(copies), "what is indexed in another document is named"


@pytest.mark.parametrize(
    "request_",
    [None, [], {"folder": 1}, {"offset": -1}, {"offset": "1"}, {"since": True}, {"text": "x" * 5000}],
)
def test_a_request_of_another_form_is_a_clear_error(shelf, request_):
    with pytest.raises(QuestionError, match=r"request|is not"):
        Catalogue(shelf).listing(request_)


def test_clusters_are_the_directions_that_vectors_share():
    rng = np.random.default_rng(3)
    axes = np.repeat(np.eye(3, 8), [30, 20, 10], axis=0)
    vectors = (axes + 0.1 * rng.normal(size=axes.shape)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    groups, directions = clusters(vectors, 3)
    assert sorted(np.bincount(groups).tolist()) == [10, 20, 30]
    assert (groups == clusters(vectors, 3)[0]).all()
    assert np.linalg.norm(directions, axis=1) == pytest.approx(1, abs=1e-5)


def test_examples_are_kept_for_each_index_and_wait_for_questions(shelf, tmp_path):
    shutil.copytree(shelf.folder, tmp_path / "index")
    workspace = Workspace(tmp_path / "index", shelf.folder)
    workspace.start()
    library, examples = workspace.wait(), Examples(workspace)
    with workspace.asking():  # somebody's question: nothing is tried meanwhile
        examples.of(library)
        with workspace._changed:
            assert not workspace._changed.wait_for(lambda: examples._known, 1)
    with workspace._changed:
        assert workspace._changed.wait_for(lambda: len(examples.of(library)) > 1, 60)
    for example in examples.of(library)[:2]:
        answer = tacrochat.Assistant(library).ask(example.question)
        assert (answer.status, answer.quotes[0].document_id) == ("answered", example.document_id)


@pytest.mark.browser
def test_the_library_is_beside_the_conversation_and_in_the_tree(visit):
    page = visit()
    panel = page.locator(".tc-library")
    question = panel.locator(".tc-question").first
    question.wait_for()
    asked_first = question.inner_text()
    panel.locator("li", has_text=asked_first).locator(".tc-source").first.click()
    page.wait_for_selector(".tc-text")
    page.keyboard.press("Escape")
    panel.wait_for()
    question.click()
    page.wait_for_selector("#tc-chat .tc-answered")
    assert page.locator("#tc-chat .user-row", has_text=asked_first).count() == 1

    panel.get_by_role("button", name="All documents").click()
    tree = page.locator("#tc-tree")
    tree.locator("li").first.wait_for()
    search = page.get_by_label("Search title and path")
    search.fill("trial")
    tree.locator(".tc-note", has_text="1 documents").wait_for()
    search.press("Tab")
    tree.locator("select[name=kind]").select_option("")
    search.fill("")
    hostile = tree.locator("li", has_text="Hostile <img src=x onerror=alert(1)>")
    hostile.wait_for()
    hostile.locator("summary").focus()
    page.keyboard.press("Enter")
    hostile.locator("q").first.wait_for()
    assert tree.locator("img, script").count() == 0
    tree.locator("select[name=left_out]").select_option("true")
    tree.locator("li", has_text="no reader for .png").wait_for()
    tree.locator("select[name=left_out]").select_option("")
    first = tree.locator(".tc-source", has_text="Glow ointment label")
    first.focus()
    page.keyboard.press("Enter")
    page.locator(".tc-viewer h2", has_text="Glow ointment label").wait_for()
