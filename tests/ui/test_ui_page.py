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
        marked = page.locator(".tc-text .tc-current")
        marked.first.wait_for()  # the document is fetched at the click
        assert "".join(marked.all_text_contents()) == LABEL[start:end]
        assert "".join(page.locator(".tc-text > *").all_text_contents()) == LABEL
        page.wait_for_function("() => document.querySelector('.tc-text').scrollTop >= 0")
        assert in_view(page, ".tc-text mark.tc-current")
        assert page.locator(".tc-viewer a").get_attribute("rel") == "noopener noreferrer"
        assert page.locator(".tc-viewer a").get_attribute("href") == "https://example.org/label"

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
        page.wait_for_selector(".tc-text mark")
        assert "".join(page.locator(".tc-text > *").all_text_contents()) == HOSTILE
        assert page.locator(".tc-viewer a").count() == 0, "a javascript: address is no link"
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


class TestEveryone:
    @pytest.mark.parametrize("width", [360, 390])
    def test_phone_shows_the_source_as_a_sheet(self, visit, ask, width):
        page = visit(viewport={"width": width, "height": 740}, has_touch=True)
        card = ask(page, "How often is glow ointment applied to the scalp?")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert not page.locator("#tc-side").is_visible()
        source = card.locator(".tc-source").first
        source.tap()
        page.wait_for_selector(".tc-text mark.tc-current")
        sheet = page.locator("#tc-side").bounding_box()
        assert sheet["width"] == width
        assert sheet["y"] + sheet["height"] == pytest.approx(740, abs=2)
        assert in_view(page, ".tc-text mark.tc-current")
        page.keyboard.press("Escape")
        assert not page.locator("#tc-side").is_visible()
        assert source.evaluate("(node) => node === document.activeElement")

    def test_keyboard_alone(self, visit):
        page = visit()
        page.focus("body")
        self.tab_to(page, "textarea")
        page.keyboard.type("How often is glow ointment applied to the scalp?")
        page.keyboard.press("Enter")
        page.wait_for_selector(".tc-answered")
        page.wait_for_timeout(300)
        self.tab_to(page, ".tc-source", back=True)
        page.keyboard.press("Enter")
        page.wait_for_selector(".tc-text mark.tc-current")
        self.tab_to(page, ".tc-text")
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.matches('.tc-source')")

    @staticmethod
    def tab_to(page, selector, *, back=False):
        for _ in range(60):
            if page.evaluate("(s) => document.activeElement.matches(s)", selector):
                return
            page.keyboard.press("Shift+Tab" if back else "Tab")
        raise AssertionError(f"the keyboard does not reach {selector}")

    def test_german_where_the_browser_asks_for_it(self, visit, ask):
        page = visit(locale="de-DE")
        assert page.locator("#tc-send").inner_text() == "Fragen"
        card = ask(page, "How often is glow ointment applied to the scalp?")
        assert "von 3 Dokumenten" in card.locator(".tc-frame").inner_text()
        assert page.evaluate("document.documentElement.lang") == "de"

    @pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
    def test_axe_finds_nothing_serious(self, visit, ask, scheme, width):
        from axe_playwright_python.sync_playwright import Axe

        page = visit(viewport={"width": width, "height": 860}, color_scheme=scheme)
        serious(Axe().run(page))
        card = ask(page, "How often is glow ointment applied to the scalp?")
        ask(page, "Which submarines did Brazil launch?")
        card.locator(".tc-why summary").first.click()
        card.locator(".tc-source").first.click()
        page.wait_for_selector(".tc-text mark")
        serious(Axe().run(page))
        page.keyboard.press("Escape")
        page.get_by_text("Sources and settings").click()
        page.get_by_label("Quotes at most").first.wait_for()
        serious(Axe().run(page))
        for tab, sign in (
            ("Documents", "#tc-documents table"),
            ("Map", "#tc-map svg"),
            ("About", ".tc-about"),
        ):
            page.get_by_role("tab", name=tab).click()
            page.wait_for_selector(sign)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            serious(Axe().run(page))


def serious(results):
    """Fail with what axe calls serious or critical, and where."""
    faults = [
        (
            violation["id"],
            [
                node["html"][:160] + " | " + node.get("failureSummary", "")[:200]
                for node in violation["nodes"][:3]
            ],
        )
        for violation in results.response["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]
    assert faults == []
