"""Three zones: what each confidence becomes, what is emphasised, and what a chosen threshold changes."""

import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt

import tacrochat
from tacrochat.answering.answer import Answer
from tacrochat.answering.quoting import cut
from tacrochat.ranking.weights import load
from tacrochat.ranking.zones import Zones, in_words, right_of_ten
from tacrochat.types import Hit

SALT = "What does a paste of salt and lemon juice remove?"


def test_the_fitted_zones_are_in_order_and_so_is_how_often_they_are_right():
    zones = Zones.of()
    assert 0 < zones.uncertain < zones.answered < 1
    assert (zones.answered, zones.uncertain) == (load().threshold, load().uncertain)
    shares = [load().right[zone] for zone in ("answered", "uncertain", "not_found")]
    assert all(more > less for more, less in pairwise(shares))


@pytest.mark.parametrize(
    ("chosen", "zones_at"),
    [
        (
            0.9,
            {
                0.95: "answered",
                0.9: "answered",
                0.89: "uncertain",
                "uncertain": "uncertain",
                0.0: "not_found",
            },
        ),
        (0.01, {0.5: "answered", 0.01: "answered", 0.009: "not_found"}),  # below the fitted lower one
        (0.0, {0.0: "answered"}),
    ],
)
def test_a_chosen_threshold_is_the_smallest_confidence_of_an_answer(chosen, zones_at):
    zones = Zones.of(chosen)
    for confidence, zone in zones_at.items():
        value = load().uncertain if confidence == "uncertain" else confidence
        assert zones.zone(value) == zone, confidence


def test_the_share_of_right_answers_is_said_in_words():
    for zone in ("answered", "uncertain"):
        assert 1 <= right_of_ten(zone) <= 10
        assert in_words(zone).startswith("of ten such answers about ")
    assert right_of_ten("answered") > right_of_ten("uncertain")


def test_one_question_in_each_zone_by_its_threshold(kettle_library):
    assistant = tacrochat.Assistant(kettle_library)
    confidence = assistant.ask(SALT).confidence
    assert load().uncertain < confidence < 1
    answered, uncertain = (assistant.ask(SALT, threshold=t) for t in (confidence, confidence + 1e-6))
    assert (answered.status, uncertain.status) == ("answered", "uncertain")
    assert uncertain.quotes == answered.quotes
    assert uncertain.message == "The documents may not answer this; the nearest they say:"
    assert uncertain.nearest == ()
    unsure = assistant.ask("What is the capital of Mongolia?", threshold=1.0)
    assert (unsure.status, unsure.quotes) == ("not_found", ())
    assert "mongolia" in unsure.missing_terms
    sure = assistant.ask("What is the capital of Mongolia?", threshold=0.0)
    assert sure.status == "answered"


def test_several_questions_of_which_none_is_sure_are_uncertain(kettle_library):
    both = f"{SALT} What is the capital of Mongolia?"
    answer = tacrochat.Assistant(kettle_library).ask(both, threshold=1.0)
    assert answer.status == "uncertain"
    assert answer.quotes
    assert answer.unanswered == ("What is the capital of Mongolia?",)
    assert answer.message.endswith("the nearest they say:")


def test_each_form_of_an_uncertain_answer_is_weaker(kettle_library):
    assistant = tacrochat.Assistant(kettle_library)
    answered, uncertain = assistant.ask(SALT), assistant.ask(SALT, threshold=1.0)
    assert uncertain.to_dict()["status"] == "uncertain"
    assert json.loads(json.dumps(uncertain.to_dict()))["quotes"][0]["highlights"]
    assert "**" in answered.to_markdown()
    assert "**" not in uncertain.to_markdown()
    assert 'class="uncertain"' not in answered.to_html()
    assert uncertain.to_html().count('<figure class="uncertain">') == len(uncertain.quotes)
    for text in (uncertain.to_text(), uncertain.to_markdown(), uncertain.to_html()):
        assert text.index("may not answer this") < text.index("salt and lemon juice")


# The words that answer ------------------------------------------------------------------------------


def quote_of(library, *words):
    """Return a quote of the sentence with some words, which are what answers."""
    passage = next(p for p in library.passages if words[0] in p.text)
    starts = [passage.start + passage.text.index(w) for w in words]
    sentences = [(a, b) for a, b in passage.sentences if any(a <= start < b for start in starts)]
    answers = tuple((start, start + len(w)) for start, w in zip(starts, words, strict=True))
    return cut(library.documents[passage.document_id], Hit(passage, 1.0, {}, tuple(sentences), answers))


def rendered(quote, **changes):
    answer = replace(Answer("q", "q", "answered", 0.9, "m", (quote,)), **changes)
    return answer, MarkdownIt("commonmark", {"html": True}).render(answer.to_markdown())


@pytest.mark.parametrize(
    "words", [["dark spots"], ["A paste"], ["ten minutes."], ["dark", " spots"], [" dark "]]
)
def test_the_words_that_answer_are_emphasised_inside_the_highlight(kettle_library, words):
    quote = quote_of(kettle_library, *words)
    answer, markdown = rendered(quote)
    said = "".join(words)
    (sentence,) = (quote.text[a - quote.start : b - quote.start] for a, b in quote.highlights)
    before, after = sentence.split(said)
    assert f"<mark>{before}<strong>{said}</strong>{after}</mark>" in answer.to_html()
    assert re.findall("<em>(.*?)</em>", markdown.replace("<strong>", "")) == [said.strip(" .")]
    shown = re.sub("<.*?>", "", markdown)
    assert sentence in shown
    assert "*" not in shown


def test_words_outside_the_highlight_are_not_emphasised(kettle_library):
    quote = replace(quote_of(kettle_library, "dark spots"), highlights=())
    answer, markdown = rendered(quote)
    assert "<strong>" not in answer.to_html()
    assert "<em>" not in markdown


def test_an_uncertain_quote_has_no_bold_and_no_italics(kettle_library):
    _, markdown = rendered(quote_of(kettle_library, "dark spots"), status="uncertain")
    assert "<em>" not in markdown
    assert "<strong>" not in markdown
