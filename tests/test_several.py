"""The answer of several libraries: which status, which quotes in which order, which words are missing."""

from types import SimpleNamespace

import pytest

from tacrochat.answering.answer import Answer
from tacrochat.answering.several import LibraryAnswer, join
from tacrochat.types import Quote
from tacrochat.ui.hosts import Hosts
from tacrochat.ui.joint_answer import joint_answer
from tacrochat.ui.libraries import Libraries
from tacrochat.ui.person import Person
from tacrochat.ui.wording import LANGUAGES
from tacrochat.ui.workspace import Workspace


def quote(document):
    return Quote(0, 0, 4, "text", document, (), document, document, "unknown", None, None, None, (), None, 1,
                 1.0, {})  # fmt: skip


def answer(status, confidence, *documents, missing=(), message=""):
    quotes = tuple(map(quote, documents))
    nearest = status == "not_found"
    return Answer("q", "q", status, confidence, message, () if nearest else quotes, missing,
                  quotes if nearest else ())  # fmt: skip


def joined(**answers):
    return join("q", [LibraryAnswer(name, given) for name, given in answers.items()])


def labels(quotes):
    return [one.label for one in quotes]


def test_each_library_is_quoted_once_before_any_twice_the_most_confident_first():
    both = joined(a=answer("answered", 0.6, "1", "2", "3"), b=answer("answered", 0.9, "4", "5"))
    assert labels(both.quotes) == ["b · 4", "a · 1", "b · 5", "a · 2", "a · 3"]
    assert (both.status, both.confidence) == ("answered", 0.9)


def test_only_what_has_the_best_status_is_quoted():
    both = joined(
        a=answer("uncertain", 0.5, "1"), b=answer("answered", 0.4, "2"), c=answer("not_found", 0, "3")
    )
    assert (both.status, labels(both.quotes), both.nearest) == ("answered", ["b · 2"], ())
    none = joined(a=answer("not_found", 0.1, "1"), b=answer("not_found", 0.2, "2"))
    assert (none.status, none.quotes, labels(none.nearest)) == ("not_found", (), ["b · 2", "a · 1"])


@pytest.mark.parametrize(
    ("missing", "expected"), [((("x", "y"), ("y", "z")), ("y",)), ((("x",), ()), ()), ((), ())]
)
def test_a_word_is_missing_if_it_is_in_every_library(missing, expected):
    answers = {f"n{i}": answer("not_found", 0, missing=words) for i, words in enumerate(missing)}
    assert joined(**answers).missing_terms == expected


def test_a_library_without_an_answer_is_named():
    both = join(
        "q", [LibraryAnswer("a", None, "it is gone"), LibraryAnswer("b", answer("answered", 0.5, "1"))]
    )
    assert [one["status"] for one in both.to_dict()["libraries"]] == ["failed", "answered"]
    assert both.to_dict()["quotes"][0] | {"library": "b", "document": "1"} == both.to_dict()["quotes"][0]
    assert join("q", []).status == "not_found"


def test_the_page_does_not_speak_for_libraries_that_were_not_asked():
    none = join("q", [LibraryAnswer("a", None, "it is not open yet")])
    shown = joint_answer(none, {"a": "Acts <b>"}, "", "en")
    assert "Acts &lt;b&gt; was not asked: it is not open yet" in shown
    assert "The sources do not say" not in shown
    refused = joint_answer(joined(b=answer("not_found", 0.1)), {"b": "Books"}, "", "en")
    assert "The sources do not say" in refused


def test_that_a_library_is_not_open_yet_is_said_in_the_readers_language(tmp_path):
    workspace = Workspace(tmp_path / "index", tmp_path, name="acts")
    libraries = Libraries([SimpleNamespace(name="acts", workspace=workspace)], Hosts("127.0.0.1", 1))
    asked = {code: libraries.ask(Person("", "admin"), "q", code).answers[0] for code in LANGUAGES}
    assert len({one.error for one in asked.values()}) == len(LANGUAGES)
    assert asked["de"].error == "noch nicht geöffnet"
