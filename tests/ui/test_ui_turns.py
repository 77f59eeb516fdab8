"""Turns as the browser keeps them, and an event that fails: what is kept, what is said, nothing lost."""

import contextlib
import json
import shutil
from dataclasses import replace

import pytest
from serving import LABEL, corpus

import tacrochat
from tacrochat.answering.answer import Answer
from tacrochat.answering.quoting import cut
from tacrochat.search.spelling import Respelling
from tacrochat.types import Hit
from tacrochat.ui import turns
from tacrochat.ui.chat import cards
from tacrochat.ui.chat.events import BUSY, Chat
from tacrochat.ui.workspace import Workspace

TUBE = "How is the tube of glow ointment stored?"


class Browser:
    """A request of a browser, as far as the events read it."""

    headers = {"accept-language": "en"}  # noqa: RUF012


@pytest.fixture(scope="module")
def folders(tmp_path_factory, encoder):
    """A corpus with one text in two files, and its index."""
    root = tmp_path_factory.mktemp("turns")
    corpus(root / "corpus")
    (root / "corpus" / "second.md").write_text(LABEL, "utf-8")
    tacrochat.build(root / "corpus", root / "index", encoder=encoder)
    return root


@pytest.fixture
def workspace(folders, tmp_path):
    shutil.copytree(folders / "index", tmp_path / "index")
    opened = Workspace(tmp_path / "index", tmp_path)
    opened.start()
    opened.wait()
    return opened


def through_a_browser(saved):
    return json.loads(json.dumps(saved))


def test_a_quote_of_a_copy_is_restored(folders):
    library = tacrochat.open(folders / "index")
    document = next(
        d for d in library.documents if d.path in {"label.md", "second.md"} and library.repeated(d.id)
    )
    passage, _ = library.repeated(document.id)[0]
    answer = Answer("Q", "Q", "answered", 0.9, "1 quoted.", (cut(document, Hit(passage, 1.0)),))
    (restored,) = turns.restore(through_a_browser(turns.save([turns.Turn.of(answer, library)])), library)
    assert restored.answer.quotes == answer.quotes
    assert restored.lost == 0


def test_parts_are_shown_by_themselves_and_restored(folders):
    library = tacrochat.open(folders / "index")
    quotes = [cut(library.documents[p.document_id], Hit(p, 1.0)) for p in library.passages[:2]]
    parts = (
        Answer("What is <b>X</b>?", "What is <b>X</b>?", "answered", 0.9, "", (quotes[0],)),
        Answer("What is Y?", "What is Y?", "not_found", 0.1, "", missing_terms=("y",), nearest=(quotes[1],)),
    )
    answer = Answer("X or Y?", "", "answered", 0.9, "", (quotes[0],), parts=parts, compared=("X", "Y"))
    turn = turns.Turn.of(answer, library)
    html = cards.card(answer, 3, "en")
    assert html.count('<section class="tc-part"') == 2
    assert "tc-rows" in html
    assert "What is &lt;b&gt;X&lt;/b&gt;?" in html
    assert "The sources do not say." in html.split("What is Y?")[1]
    assert "tc-rows" not in cards.card(replace(answer, compared=()), 3, "en")
    (restored,) = turns.restore(through_a_browser(turns.save([turn])), library)
    assert restored.answer == answer
    assert restored.lost == 0


def test_what_names_all_that_is_compared_comes_before_the_rows(folders):
    library = tacrochat.open(folders / "index")
    quotes = [cut(library.documents[p.document_id], Hit(p, 1.0)) for p in library.passages[:2]]
    part = Answer("What is X?", "What is X?", "answered", 0.9, "", (quotes[0],))
    answer = Answer("X or Y?", "", "answered", 0.9, "", tuple(quotes), parts=(part,), compared=("X", "Y"))
    assert "About all of them" in cards.card(answer, 3, "en")
    assert "Zu allen zusammen" in cards.card(answer, 3, "de")
    assert "About all" not in cards.card(replace(answer, quotes=(quotes[0],)), 3, "en")


def test_what_was_not_found_is_a_line_of_its_own(folders):
    library = tacrochat.open(folders / "index")
    quote = cut(library.documents[0], Hit(library.passages[0], 1.0))
    searched = {
        "unanswered": ("Where is <b>Oslo</b>?",),
        "respellings": (Respelling("ointmnet", "ointment"),),
    }
    for status, quotes in (("answered", (quote,)), ("not_found", ())):
        answer = Answer("Q", "Q", status, 0.5, "", quotes, **searched)
        html = cards.card(answer, 3, "en")
        assert '<p class="tc-unanswered" dir="auto">The sources do not say: Where is &lt;b&gt;Oslo' in html
        assert "Searched also for “ointment”; you wrote “ointmnet”." in html
        assert "Die Quellen sagen nichts zu: Where" in cards.card(answer, 3, "de")
        (record,) = turns.save([turns.Turn.of(answer, library)])
        assert record["unanswered"] == ["Where is <b>Oslo</b>?"]
        assert record["respellings"] == [["ointmnet", "ointment"]]
        (restored,) = turns.restore(through_a_browser([record]), library)
        assert restored.answer.unanswered == searched["unanswered"]
        assert restored.answer.respellings == searched["respellings"]


def test_a_quote_says_that_its_kind_was_guessed_and_why(folders):
    library = tacrochat.open(folders / "index")
    document, hit = library.documents[0], Hit(library.passages[0], 1.0)
    hostile = replace(document, kind="trial", kind_reason='it says “<b>"\u202e')
    shown = '<span class="tc-guessed" title="it says “&lt;b&gt;&quot;\\u202e">guessed from its form</span>'
    for changed, is_marked in (
        (hostile, True),
        (replace(hostile, kind_reason=None), False),
        (replace(hostile, kind="unknown"), False),
    ):
        quote = cut(changed, hit)
        answered = Answer("Q", "Q", "answered", 0.9, "", (quote,))
        not_found = Answer("Q", "Q", "not_found", 0.1, "", nearest=(quote,))
        for answer in (answered, not_found):
            assert (shown in cards.card(answer, 1, "en")) == is_marked
            assert ("nach der Form vermutet" in cards.card(answer, 1, "de")) == is_marked
        assert quote.to_dict()["kind_reason"] == changed.kind_reason


def test_a_turn_is_saved_with_the_library_that_answered(workspace, folders, tmp_path, encoder):
    """The documents of the answer are gone from the index by the time the turn is saved."""
    chat = Chat(workspace)
    question = chat.ask(Browser, TUBE, [], None, None, None, None)
    assert next(question)[3] == BUSY
    asking = workspace.asking

    @contextlib.contextmanager
    def asking_and_removing():
        with asking() as answering:
            yield answering
        shutil.copytree(folders / "corpus", tmp_path / "smaller")
        for name in ("label.md", "second.md"):
            (tmp_path / "smaller" / name).unlink()
        tacrochat.build(tmp_path / "smaller", workspace.index, encoder=encoder)
        workspace.look()
        assert len(workspace.library.documents) == 2

    workspace.asking = asking_and_removing
    _, saved, _, current = next(question)
    assert saved == current != BUSY
    assert {quote["document"] for quote in saved[0]["quotes"]} & {"label.md", "second.md"}
    (turn,) = turns.restore(through_a_browser(saved), workspace.library)
    assert turn.lost == len(saved[0]["quotes"])


def test_whatever_fails_the_session_is_released(workspace, caplog):
    chat = Chat(workspace)
    *_, (_, saved, _, _) = chat.ask(Browser, TUBE, [], None, None, None, None)
    workspace.library.pipeline.analyse = None  # calling it raises an error that is not ours
    pending, (messages, unchanged, box, current) = chat.ask(Browser, "And for how long?", saved, *[None] * 4)
    assert pending[3] == BUSY
    assert (box, current) == ("And for how long?", saved)
    assert unchanged != saved, "what the browser keeps is left as it is"
    assert "could not be answered (TypeError)" in messages[-1]["content"].value
    assert "Traceback" in caplog.text


def test_a_question_before_the_index_is_open_keeps_the_conversation(workspace, tmp_path):
    chat = Chat(workspace)
    *_, (_, saved, _, _) = chat.ask(Browser, TUBE, [], None, None, None, None)
    early = Workspace(tmp_path / "index", tmp_path)
    question = Chat(early).ask(Browser, "How often is glow ointment applied?", saved, *[None] * 4)
    next(question)
    early.start()
    _, kept, _, _ = next(question)
    assert [record["question"] for record in kept] == [TUBE, "How often is glow ointment applied?"]
    failing = Workspace(tmp_path / "nothing", tmp_path / "nowhere")
    question = Chat(failing).ask(Browser, TUBE, saved, *[None] * 4)
    next(question)
    failing.start()
    assert next(question)[3] == saved
