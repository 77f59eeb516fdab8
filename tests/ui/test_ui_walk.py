"""A walk through the page on the bundled documents, as a reader takes it."""

import re

import pytest
from states import CARDS, STATES, open_source

from tacrochat.ui.wording import LANGUAGES, say, translations

pytestmark = pytest.mark.browser

ANSWERED = STATES["answered"]


def last(page):
    return page.locator(CARDS).last


def quoted(card):
    """Return the document, the span and the text of each quote of a card."""
    return [
        (
            *(source.get_attribute(f"data-{name}") for name in ("document", "start", "end")),
            quote.text_content(),
        )
        for figure in card.locator("figure.tc-quote").all()
        for source, quote in [(figure.locator(".tc-source").first, figure.locator("blockquote"))]
    ]


def test_a_reader_asks_and_gets_what_the_documents_say(visit, bundled, corpus_library):
    page = visit(url=bundled.url)
    assert page.locator("#tc-chat .example").count() >= 3

    STATES["answered"](page)
    assert "twice daily" in " ".join(last(page).locator("mark").all_text_contents())
    for document, start, end, text in quoted(last(page)):
        assert text == corpus_library.document(document).text[int(start) : int(end)]
    open_source(page)
    first = quoted(last(page))[0]
    assert "".join(page.locator(".tc-text .tc-current").all_text_contents()) == first[3]
    STATES["closed"](page)

    STATES["uncertain"](page)
    assert "may not answer" in last(page).inner_text()
    assert "cats" in last(page).locator(".tc-term").all_inner_texts()

    STATES["not found"](page)
    assert "The sources do not say" in last(page).inner_text()
    assert "submarines" in last(page).locator(".tc-term").all_inner_texts()
    assert not last(page).locator("blockquote").first.is_visible()

    STATES["differ"](page)
    says = last(page).locator(".tc-differ-head").inner_text()
    first, second = re.search(r"quote (\d) says the opposite of quote (\d)", says).groups()
    assert {f"Quote {first}", f"Quote {second}"} <= set(last(page).locator(".tc-number").all_inner_texts())

    STATES["compound"](page)
    parts = last(page).locator(".tc-part h2").all_inner_texts()
    assert [part.lower() for part in parts] == [
        "what does tacrolimus ointment cost?", "how is tacrolimus ointment applied?",
    ]  # fmt: skip
    assert last(page).locator(".tc-part figure.tc-quote").count() >= 2


def test_the_page_asks_back_where_two_things_may_be_meant(visit, bundled):
    page = visit(url=bundled.url)
    STATES["compared"](page)
    STATES["ask back"](page)
    assert "Which do you mean?" in last(page).inner_text()
    choice = page.get_by_role("button", name="How often is clobetasol used?")
    page.wait_for_timeout(600)  # the page scrolls to the question
    assert choice.bounding_box()["y"] < page.locator("#tc-ask").bounding_box()["y"] - 24, "it is in view"
    choice.click()
    page.locator(CARDS).nth(2).wait_for()
    assert "clobetasol" in page.locator(".user-row").last.inner_text()
    assert "clobetasol" in last(page).inner_text()


@pytest.mark.parametrize("width", [360, 390])
def test_on_a_phone_the_source_is_a_sheet_over_the_answer(visit, bundled, width):
    page = visit(url=bundled.url, viewport={"width": width, "height": 740}, has_touch=True)
    STATES["answered"](page)
    source = last(page).locator(".tc-source").first
    source.tap()
    page.locator(".tc-text .tc-current").first.wait_for()
    sheet = page.locator("#tc-side").bounding_box()
    assert sheet["width"] == width
    assert sheet["y"] + sheet["height"] == pytest.approx(740, abs=2)
    STATES["closed"](page)
    assert not page.locator("#tc-side").is_visible()
    assert source.evaluate("(node) => node === document.activeElement")


@pytest.mark.parametrize(
    ("locale", "language"), [("de-AT", "de"), ("fr-FR", "fr"), ("es-MX", "es"), ("it-IT", "en")]
)
def test_the_page_speaks_the_readers_language_and_the_documents_keep_theirs(visit, bundled, locale, language):
    page = visit(url=bundled.url, locale=locale)
    text = translations(language)
    assert page.evaluate("document.documentElement.lang") == language
    assert page.locator("#tc-send").inner_text() == text["send"]
    assert page.get_by_role("tab").first.inner_text() == text["tab_chat"]
    ANSWERED(page)
    assert say(language, "kind_prescribing information") in last(page).locator(".tc-kind").all_inner_texts()
    assert "twice daily" in " ".join(last(page).locator("mark").all_text_contents())
    assert last(page).locator("blockquote").first.get_attribute("lang") == "", "its language is not stated"
    open_source(page)
    assert page.locator(".tc-viewer .tc-close").get_attribute("aria-label") == text["close"]
    STATES["documents"](page)
    assert page.locator("#tc-refresh").inner_text() == text["rebuild"]
    others = {translations(other)["rebuild"] for other in LANGUAGES if other != language}
    assert not any(other in page.locator("body").inner_text() for other in others)


def test_a_browser_with_several_languages_gets_the_first_that_the_page_has(browser, bundled):
    context = browser.new_context(
        extra_http_headers={"Accept-Language": "it-IT,it;q=0.9,fr-CH;q=0.8,en;q=0.7"}
    )
    page = context.new_page()
    page.goto(bundled.url)
    page.wait_for_selector(".tc-state[data-phase=ready]", timeout=120_000)
    text = translations("fr")
    assert page.locator(".tc-tagline").inner_text() == text["tagline"]  # from the server
    assert page.locator("#tc-side h2").first.inner_text() == text["library"]  # from our script
    assert page.locator("#tc-send").inner_text() == text["send"]  # from Gradio's table
    assert page.evaluate("document.documentElement.lang") == "fr"
    context.close()
