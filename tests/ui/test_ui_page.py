"""The page in a real browser: ask, read, open the source, and what must never happen."""

import re

import pytest
from serving import HOSTILE, LABEL, NESTED

from tacrochat.ranking.signals import NAMES

pytestmark = pytest.mark.browser


def in_view(page, selector):
    """Tell whether an element lies inside its scrolling box."""
    return page.eval_on_selector(
        selector,
        """(node) => {
            const box = node.closest(".tc-text").getBoundingClientRect(), mark = node.getBoundingClientRect();
            return mark.top >= box.top && mark.bottom <= box.bottom;
        }""",
    )


def exact_text(page):
    page.get_by_role("button", name="Exact text").click()
    page.wait_for_selector(".tc-exact mark")


class TestAnswers:
    def test_quote_is_the_documents_text_and_one_click_from_its_place(self, visit, ask):
        page = visit()
        card = ask(page, "How often is glow ointment applied to the scalp?")
        assert "of 3 documents" in card.locator(".tc-frame").inner_text()
        source = card.locator('.tc-source[data-document="label.md"]').first
        start, end = (int(source.get_attribute(f"data-{name}")) for name in ("start", "end"))
        quote = source.locator("xpath=ancestor::figure").locator("blockquote").text_content()
        assert quote == LABEL[start:end]
        assert "twice daily" in card.locator("mark").first.text_content()
        source.click()
        page.wait_for_selector(".tc-reading mark.tc-current")  # the document is fetched at the click
        exact_text(page)
        marked = page.locator(".tc-text .tc-current")
        assert "".join(marked.all_text_contents()) == LABEL[start:end]
        assert "".join(page.locator(".tc-text > *").all_text_contents()) == LABEL
        page.wait_for_function("() => document.querySelector('.tc-text').scrollTop >= 0")
        assert in_view(page, ".tc-text mark.tc-current")
        assert page.locator(".tc-viewer a[target]").get_attribute("rel") == "noopener noreferrer"
        assert page.locator(".tc-viewer a[target]").get_attribute("href") == "https://example.org/label"

    def test_kinds_are_cards_below_each_other_with_their_kind(self, visit, ask):
        page = visit()
        card = ask(page, "How often is glow ointment applied to the scalp?")
        boxes = [quote.bounding_box() for quote in card.locator(".tc-quote").all()[:2]]
        assert boxes[0]["x"] == boxes[1]["x"]
        assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"]
        assert set(card.locator(".tc-kind").all_inner_texts()) >= {"Prescribing information", "Trial"}

    def test_why_this_passage_names_shared_words(self, visit, ask):
        page = visit()
        card = ask(page, "How is the tube of glow ointment stored?")
        why = card.locator(".tc-why").first
        why.locator("> summary").click()
        assert {"tube", "glow", "ointment", "stored"} <= set(why.locator(".tc-term").all_inner_texts())
        signals = why.locator(".tc-signals > div")
        assert [signal.is_visible() for signal in signals.all()] == [True] * 5 + [False] * (len(NAMES) - 4)
        why.get_by_text("What else was measured").click()
        assert signals.last.is_visible()

    def test_not_found_names_what_is_missing(self, visit, ask):
        page = visit()
        card = ask(page, "Which submarines did Brazil launch?")
        assert "tc-not-found" in card.get_attribute("class")
        assert {"submarines", "brazil"} <= set(card.locator(".tc-missing .tc-term").all_inner_texts())
        nearest = card.locator(".tc-nearest")
        assert "not an answer" in nearest.locator("> summary").inner_text()
        assert not nearest.locator("blockquote").first.is_visible()

    def test_follow_up_refers_to_the_question_before(self, visit, ask):
        page = visit()
        ask(page, "How is the tube of glow ointment stored?")
        card = ask(page, "For how long?")
        assert re.search("Understood as: For how long.*ointment", card.inner_text())

    def test_answer_is_scrolled_to_its_top(self, visit, ask):
        page = visit(viewport={"width": 1280, "height": 600})
        for question in ("How is the tube of glow ointment stored?", "How often is glow ointment applied?"):
            card = ask(page, question)
        page.wait_for_timeout(900)
        log = page.locator("#tc-chat [role=log]").bounding_box()
        assert log["y"] - 5 <= card.bounding_box()["y"] < log["y"] + 120

    def test_empty_question_asks_nothing(self, visit):
        page = visit()
        page.fill("#tc-question textarea", "   ")
        page.press("#tc-question textarea", "Enter")
        page.wait_for_timeout(500)
        assert page.locator("#tc-chat .tc-card").count() == 0


class TestHostile:
    def test_document_is_plain_text_in_chat_and_viewer(self, visit, ask):
        page = visit()
        card = ask(page, "When does the zebra lamp shine at night?")
        source = card.locator(".tc-source[data-document^=hostile]").first
        start, end = (int(source.get_attribute(f"data-{name}")) for name in ("start", "end"))
        quote = source.locator("xpath=ancestor::figure").locator("blockquote")
        assert quote.text_content() == HOSTILE[start:end]
        assert "\u202e" in quote.text_content()
        assert quote.locator("bdi.tc-unseen").count() == 2
        source.click()
        page.wait_for_selector(".tc-reading mark")
        self.check(page)
        exact_text(page)
        assert "".join(page.locator(".tc-text > *").all_text_contents()) == HOSTILE
        assert page.locator(".tc-viewer a:not(.tc-download)").count() == 0, "a javascript: address is no link"
        self.check(page)

    def test_title_is_plain_text_in_lists(self, visit):
        page = visit()
        page.get_by_text("Sources and settings").click()
        page.get_by_label("Only these documents").click()
        option = page.locator("[role=option]", has_text="Hostile")
        assert "<img src=x onerror=alert(1)> title ${1+1} {{value}}" in option.inner_text()
        self.check(page)

    def test_ten_thousand_brackets(self, visit, ask):
        page = visit()
        card = ask(page, "What does the zebra nut hold inside?")
        card.locator(".tc-source[data-document^=hostile]").first.click()
        page.wait_for_selector(".tc-text mark")
        assert NESTED in page.locator(".tc-text").text_content()
        self.check(page)

    def test_question_is_plain_text(self, visit, ask):
        page = visit()
        question = "<img src=x onerror='window.pwned=8'> ![x](http://evil.example/c.png) **zebra** lamp"
        ask(page, question)
        assert page.locator(".user-row .message-content").inner_text() == question
        self.check(page)

    @staticmethod
    def check(page):
        page.wait_for_timeout(300)
        assert page.evaluate("window.pwned") is None
        assert page.locator("#tc-chat img, #tc-viewer img, #tc-chat script, #tc-viewer script").count() == 0
