"""Turns as the browser keeps them, and an event that fails: what is kept, what is said, nothing lost."""

import json
import os
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
from tacrochat.ui.chat.feedback import append, labelled_question, verdict_of
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


def test_quotes_that_differ_are_rows_and_are_restored(folders):
    library = tacrochat.open(folders / "index")
    chosen = [p for p in library.passages if p.text][:3]
    quotes = tuple(cut(library.documents[p.document_id], Hit(p, 1.0)) for p in chosen)
    answer = Answer("Q", "Q", "answered", 0.9, "", quotes, differ=((0, 2), (1,)))
    html = cards.card(answer, 3, "en")
    assert "<strong>The sources differ:</strong> quotes 1 and 3 say the opposite of quote 2." in html
    assert html.count("<tbody>") == 2
    assert "Die Quellen widersprechen sich:" in cards.card(answer, 3, "de")
    assert "sources differ" not in cards.card(replace(answer, differ=()), 3, "en")
    (record,) = through_a_browser(turns.save([turns.Turn.of(answer, library)]))
    assert turns.restore([record], library)[0].answer.differ == ((0, 2), (1,))
    lost = {**record, "quotes": [{**record["quotes"][0], "digest": "0" * 16}, *record["quotes"][1:]]}
    assert turns.restore([lost], library)[0].answer.differ == ()
    for groups in ([[0], [7]], [[0]], [[], [1]], [[-1], [1]], 5):
        assert turns.restore([{**record, "differ": groups}], library) == []


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
    for status, quotes in (("answered", (quote,)), ("uncertain", (quote,)), ("not_found", ())):
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


def marked(library):
    """A quote with a highlight and the words in it that answer; the span of those is returned as well."""
    passage = next(p for p in library.passages if "twice daily to the scalp" in p.text)
    document = library.documents[passage.document_id]
    start = passage.start + passage.text.index("twice daily")
    words = (start, start + len("twice daily"))
    sentence = next(span for span in passage.sentences if span[0] <= start < span[1])
    return cut(document, Hit(passage, 1.0, sentences=(sentence,), answers=(words,))), words


def test_an_uncertain_turn_is_saved_with_the_words_that_answer(folders):
    library = tacrochat.open(folders / "index")
    quote, words = marked(library)
    answer = Answer("Q", "Q", "uncertain", 0.3, "", (quote,))
    (record,) = turns.save([turns.Turn.of(answer, library)])
    (restored,) = turns.restore(through_a_browser([record]), library)
    assert restored.answer.status == "uncertain"
    assert restored.answer.quotes[0].answers == (words,)
    del record["quotes"][0]["answers"]  # a turn of an older version has none
    (older,) = turns.restore(through_a_browser([record]), library)
    assert older.answer.quotes[0].answers == ()
    assert turns.restore(through_a_browser([{**record, "status": "guessed"}]), library) == []


def test_the_words_that_answer_stand_out_in_the_card(folders):
    quote, _ = marked(tacrochat.open(folders / "index"))
    answer = Answer("Q", "Q", "answered", 0.9, "", (quote,))
    assert "<strong>twice daily</strong> to the scalp" in cards.card(answer, 1, "en")
    assert "<strong>" not in cards.card(replace(answer, quotes=(replace(quote, answers=()),)), 1, "en")


@pytest.mark.parametrize(
    ("language", "frame"),
    [("en", "The documents may not answer this"), ("de", "Die Dokumente beantworten das vielleicht nicht")],
)
def test_an_uncertain_card_is_no_answer_at_first_sight(folders, language, frame):
    quote, _ = marked(tacrochat.open(folders / "index"))
    answer = Answer("Q", "Q", "uncertain", 0.3, "", (quote,), missing_terms=("<b>",))
    card = cards.card(answer, 1, language)
    assert card.startswith('<article class="tc-card tc-uncertain">')
    assert f"<p>{frame}</p>" in card
    assert card.index(frame) < card.index("&lt;b&gt;") < card.index("<blockquote")
    assert 'data-strength="0"' in card


@pytest.mark.parametrize(
    ("status", "clicked", "answerable"),
    [
        ("answered", True, True),
        ("uncertain", True, True),
        ("not_found", True, False),
        ("answered", False, None),
        ("uncertain", "The documents should say this", None),
        ("not_found", False, None),
        ("answered", "", None),
    ],
)
def test_what_a_reader_says_is_a_label_where_it_settles_one(folders, status, clicked, answerable):
    library = tacrochat.open(folders / "index")
    quote, _ = marked(library)
    turn = turns.Turn.of(
        Answer("Q", "Q", status, 0.3, "", () if status == "not_found" else (quote,)), library
    )
    record = labelled_question(turn, ["H" * 3_000] * 30, verdict_of(clicked), "a session")
    assert record["answerable"] is answerable
    assert ("document" in record) == (answerable is True)
    assert len(record["history"]) == 20
    assert len(record["history"][0]) == 2_000
    assert [path for path, digest in record["quoted"] if len(digest) == 16] == [
        q.document for q in turn.answer.quotes
    ]
    assert record["id"] == labelled_question(turn, ["H" * 3_000] * 30, None, "a session")["id"]
    assert record["id"] != labelled_question(turn, [], None, "another")["id"]


def test_a_file_of_feedback_is_written_whole_and_not_without_end(tmp_path):
    path = tmp_path / "feedback.jsonl"
    append(path, {"question": "\x1b[2J \u202e \ud800"})
    text = path.read_text("ascii")
    assert text == '{"question": "\\u001b[2J \\u202e \\ud800"}\n'
    assert path.stat().st_mode & 0o777 == 0o600
    os.truncate(path, 15_999_990)
    with pytest.raises(OSError, match="too large"):
        append(path, {"question": "one more"})
    assert path.stat().st_size == 15_999_990


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
    ask = workspace.ask

    def ask_and_remove(*arguments, **options):
        answered = ask(*arguments, **options)
        shutil.copytree(folders / "corpus", tmp_path / "smaller")
        for name in ("label.md", "second.md"):
            (tmp_path / "smaller" / name).unlink()
        tacrochat.build(tmp_path / "smaller", workspace.index, encoder=encoder)
        workspace.look()
        assert len(workspace.library.documents) == 2
        return answered

    workspace.ask = ask_and_remove
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


def test_choices_are_kept_and_offered_as_buttons(workspace, folders):
    library = tacrochat.open(folders / "index")
    choices = ("Is glow ointment stored cold?", "Is <b>grease</b> stored cold?")
    answer = Answer("Is it stored cold?", "", "conversation", 1.0, "Which do you mean?", choices=choices)
    saved = through_a_browser(turns.save([turns.Turn.of(answer, library)]))
    assert turns.restore(saved, library)[0].answer.choices == choices
    messages = Chat(workspace).restore(saved, "de")
    assert [option["value"] for option in messages[-1]["options"]] == list(choices)
    assert "Was ist gemeint?" in messages[-1]["content"].value


def test_a_card_names_the_subject_that_nothing_is_said_about():
    answer = Answer("Is it cold?", "Is <i> cold?", "not_found", 0.1, "", subject="<i>")
    assert "The sources do not say this about “&lt;i&gt;”." in cards.card(answer, 3, "en")
    assert "Die Quellen sagen das nicht über „&lt;i&gt;“." in cards.card(answer, 3, "de")
    assert "do not say this about" not in cards.card(replace(answer, subject=""), 3, "en")


def test_only_a_follow_up_is_said_to_be_understood_as_another_question():
    respelt = (Respelling("ointmnet", "ointment"),)
    answer = Answer("Is the ointmnet red?", "Is the ointment red?", "not_found", 0.1, "", respellings=respelt)
    assert "Understood as" not in cards.card(answer, 3, "en")
    assert "you wrote “ointmnet”" in cards.card(answer, 3, "en")
    followed = replace(answer, resolved_question="Is the ointment red? (glow)")
    assert "Understood as: Is the ointment red? (glow)" in cards.card(followed, 3, "en")
