"""What a reader does with a conversation: take back, ask again, keep, export, rate, narrow."""

import json

import pytest

from tacrochat.evaluation.questions import read_set

pytestmark = pytest.mark.browser

HOW = "How often is glow ointment applied to the scalp?"
TUBE = "How is the tube of glow ointment stored?"


def cards(page):
    return page.locator("#tc-chat .tc-card:not(.tc-pending)")


def questions(page):
    return [text.strip() for text in page.locator("#tc-chat .user-row .message-content").all_inner_texts()]


def settle(page, count):
    page.wait_for_function(
        "(n) => document.querySelectorAll('#tc-chat .tc-card:not(.tc-pending)').length === n"
        " && !document.querySelector('#tc-chat .tc-pending')",
        arg=count,
    )


def test_examples_are_questions_that_a_document_answers(visit):
    page = visit()
    example = page.locator("#tc-chat .example", has_text="?").first
    asked = example.inner_text()
    example.click()
    settle(page, 1)
    assert "tc-answered" in cards(page).first.get_attribute("class")
    assert asked not in page.locator("#tc-chat .option").all_inner_texts()


def test_suggested_follow_up_is_asked(visit, ask):
    page = visit()
    ask(page, HOW)
    page.locator("#tc-chat .option").first.click()
    settle(page, 2)
    assert questions(page)[0] == HOW


def test_it_is_asked_back_with_buttons_that_the_keyboard_reaches(visit, ask):
    page = visit()
    ask(page, "What is the difference between glow ointment and grease?")
    card = ask(page, "is it applied to the scalp?")
    assert "Which do you mean?" in card.inner_text()
    choices = page.locator("#tc-chat .option")
    assert choices.all_inner_texts() == [
        "is glow ointment applied to the scalp?",
        "is grease applied to the scalp?",
    ]
    choices.first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    settle(page, 3)
    assert questions(page)[-1] == "is glow ointment applied to the scalp?"
    assert "twice daily" in cards(page).last.inner_text()


def test_undo_returns_the_question_and_retry_asks_again(visit, ask):
    page = visit()
    ask(page, HOW)
    ask(page, TUBE)
    page.locator("#tc-chat").get_by_role("button", name="Undo", exact=True).click()
    settle(page, 1)
    assert page.input_value("#tc-question textarea") == TUBE
    page.locator("#tc-chat").get_by_role("button", name="Retry", exact=True).click()
    settle(page, 1)
    assert questions(page) == [HOW]


def test_edit_asks_the_edited_question(visit, ask):
    page = visit()
    ask(page, "How is a < b & the tube stored?")
    assert questions(page) == ["How is a < b & the tube stored?"]
    page.get_by_label("Edit").first.click()
    box = page.locator("#tc-chat .user-row textarea")
    box.fill(HOW)
    page.get_by_label("Submit").click()
    page.wait_for_function("() => document.querySelector('#tc-chat').innerText.includes('twice daily')")
    assert questions(page) == [HOW]


def test_reload_keeps_and_clear_forgets(visit, ask):
    page = visit()
    ask(page, HOW)
    before = page.locator("#tc-chat blockquote").all_text_contents()
    page.reload()
    settle(page, 1)
    assert page.locator("#tc-chat blockquote").all_text_contents() == before
    assert "thin layer" not in page.evaluate("JSON.stringify(localStorage)")
    page.locator("#tc-chat").get_by_role("button", name="Clear", exact=True).click()
    page.wait_for_selector("#tc-chat .example")
    page.wait_for_function("() => !Object.keys(localStorage).some((key) => key.includes('conversation:'))")
    page.reload()
    page.wait_for_selector("#tc-chat .example")
    assert cards(page).count() == 0


def test_what_readers_say_makes_a_labelled_set(visit, ask, server):
    page = visit()
    ask(page, HOW)
    page.locator("#tc-chat").get_by_role("button", name="Like", exact=True).click()
    page.get_by_text("Noted in feedback.jsonl").first.wait_for()
    ask(page, "Which submarines did Brazil launch?")
    page.locator("#tc-chat").get_by_role("button", name="Dislike", exact=True).last.click()
    page.get_by_text("Noted in feedback.jsonl").nth(1).wait_for()
    page.locator("#tc-chat .extra-feedback").last.hover()
    page.get_by_text("The documents should say this").last.click()
    page.get_by_text("Noted in feedback.jsonl").nth(2).wait_for()
    ((right,), unlabelled) = read_set(server.folder / "feedback.jsonl")
    assert (right.text, right.answerable, unlabelled) == (HOW, True, 1)
    assert right.answers
    last = json.loads((server.folder / "feedback.jsonl").read_text("utf-8").splitlines()[-1])
    assert (last["verdict"], last["status"], last["history"]) == ("missing", "not_found", [HOW])


def test_filters_narrow_the_sources(visit, ask):
    page = visit()
    page.get_by_text("Sources and settings").click()
    page.get_by_label("Only these kinds of source").click()
    page.locator("[role=option]", has_text="Trial").click()
    page.keyboard.press("Escape")
    card = ask(page, HOW)
    assert set(card.locator(".tc-kind").all_text_contents()) == {"Trial"}


def test_question_that_cannot_be_asked_says_why(visit, ask):
    page = visit()
    card = ask(page, "\u0007 \u0007")
    assert "empty" in card.inner_text()
    assert page.input_value("#tc-question textarea") != ""
