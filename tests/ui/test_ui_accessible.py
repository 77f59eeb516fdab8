"""Everyone can use every state of the page: axe, the keyboard alone, 200 % zoom, less motion.

Login, failed start and running build are checked where the tests have such a server: ``test_ui_access.py``,
``test_ui_recovery.py``.
"""

import pytest
from accessible import LOOKS, check, look_at
from states import CARDS, DIFFER, STATES, open_source

pytestmark = pytest.mark.browser

LATER = {"answered", "closed", "uncertain", "not found", "differ", "compound", "compared"}
LATER |= {"conversations closed", "collected closed"}
"""States whose cards are still there in a later one, which is checked in both widths and colours."""


def test_axe_finds_nothing_in_any_state_in_any_look(visit, bundled):
    page = visit(url=bundled.url)
    for number, (name, reach) in enumerate(STATES.items()):
        look_at(page, 1366, "light")
        reach(page)
        looks = LOOKS[number % 2]
        for width, scheme in looks[:1] if name in LATER else looks:
            look_at(page, width, scheme)
            check(page, f"{name}, {scheme}")


def test_zoomed_to_twice_the_size_nothing_is_scrolled_sideways(visit, bundled):
    page = visit(url=bundled.url, viewport={"width": 683, "height": 450}, device_scale_factor=2)
    for name in ("start", "answered", "viewer", "closed", "settings", "documents", "map", "about"):
        STATES[name](page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 683, name
    STATES["chat"](page)
    assert page.locator("#tc-question textarea").bounding_box()["y"] < 450, "the question is in view"


def test_nothing_moves_where_less_motion_is_asked_for(visit, bundled):
    page = visit(url=bundled.url, reduced_motion="reduce")
    STATES["answered"](page)
    open_source(page)
    moving = page.evaluate("document.getAnimations().filter((a) => a.playState === 'running').length")
    assert moving == 0
    page.locator(".tc-walk button").last.click()
    before = page.evaluate("document.querySelector('.tc-text').scrollTop")
    page.wait_for_timeout(150)
    assert page.evaluate("document.querySelector('.tc-text').scrollTop") == before, (
        "it jumps, it does not glide"
    )


class TestKeyboard:
    def test_ask_read_filter_and_save_with_the_keyboard_alone(self, visit, bundled):
        page = visit(url=bundled.url)
        page.focus("body")
        self.to(page, "#tc-question textarea")
        page.keyboard.type(DIFFER)
        page.keyboard.press("Enter")
        page.locator(CARDS).first.wait_for()
        page.wait_for_timeout(500)

        self.to(page, ".tc-source[data-document='pregnancy-and-breastfeeding.md']", back=True)
        page.keyboard.press("Enter")
        page.locator(".tc-text .tc-current").first.wait_for()
        assert page.evaluate("document.activeElement.closest('.tc-viewer') !== null"), (
            "the source has the focus"
        )
        place = page.locator(".tc-place")
        before = place.inner_text()
        self.to(page, ".tc-walk button[aria-label='Next quote']")
        page.keyboard.press("Enter")
        assert place.inner_text() != before
        self.to(page, ".tc-text")
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.matches('.tc-source')"), "the focus returns"

        self.to(page, "#tc-filters > button")
        page.keyboard.press("Enter")
        page.locator("#tc-filters input").first.wait_for()
        self.to(page, "#tc-filters input")
        page.keyboard.type("prescribing")
        page.keyboard.press("Enter")
        self.to(page, ".tc-keep-list", back=True)
        page.keyboard.press("Enter")
        self.to(page, ".tc-kept-more")
        page.keyboard.press("Enter")
        self.to(page, "#tc-conversations [data-form=md]")
        with page.expect_download() as download:
            page.keyboard.press("Enter")
        assert download.value.suggested_filename == "tacrochat.md"

    def test_every_tab_opens_with_the_keyboard(self, visit, bundled):
        page = visit(url=bundled.url)
        page.focus("body")
        for tab, sign in (
            ("Documents", "#tc-tree .tc-source"),
            ("Map", "#tc-map svg"),
            ("About", ".tc-about"),
        ):
            self.to(page, "[role=tab]", text=tab)
            page.keyboard.press("Enter")
            page.locator(sign).first.wait_for()

    @staticmethod
    def to(page, selector, *, text="", back=False):
        """Press Tab until an element that has the text has the focus."""
        has_focus = (
            "([s, t]) => [document.activeElement].some((n) => n.matches(s) && n.textContent.includes(t))"
        )
        for _ in range(120):
            if page.evaluate(has_focus, [selector, text]):
                return
            page.keyboard.press("Shift+Tab" if back else "Tab")
        raise AssertionError(f"the keyboard does not reach {selector}")
