"""The answer at a glance, on the bundled documents: what is in view, unfolds, is offered and printed."""

import re

import pytest
from states import CARDS, asking

pytestmark = pytest.mark.browser

TYPICAL = (
    "How often is tacrolimus ointment applied?",
    "Does tacrolimus ointment cause cancer?",
)
DIFFER = asking("Is tacrolimus ointment safe in pregnancy?", ".tc-differ")


def last(page):
    return page.locator(CARDS).last


def box(locator):
    """Return the top and the bottom of an element."""
    found = locator.bounding_box()
    return found["y"], found["y"] + found["height"]


@pytest.mark.parametrize("width", [1440, 1366])
def test_four_cards_and_their_question_fit_a_laptop(visit, bundled, width):
    page = visit(url=bundled.url, viewport={"width": width, "height": 900})
    for question in TYPICAL:
        asking(question, ".tc-answered")(page)
        page.wait_for_timeout(700)  # until it has scrolled
        top, bottom = box(page.locator("#tc-chat [role=log]"))
        quotes = [box(quote) for quote in last(page).locator(".tc-quote").all()]
        assert len(quotes) == 4
        assert top <= box(page.locator(".user-row").last)[0]
        assert quotes[-1][1] <= bottom <= 900, question
        assert page.evaluate("scrollY") == 0


def test_a_passage_unfolds_in_its_order_and_is_copied_once(visit, bundled, corpus_library):
    page = visit(url=bundled.url, permissions=["clipboard-read", "clipboard-write"])
    asking(TYPICAL[0], ".tc-answered")(page)
    figure = last(page).locator(".tc-quote:has(blockquote[data-open=false])").first
    data = {name: figure.get_attribute(f"data-{name}") for name in ("document", "start", "end", "digest")}
    figure = last(page).locator(f'.tc-quote[data-start="{data["start"]}"]').first
    quote, unfold = figure.locator("blockquote"), figure.locator(".tc-unfold")
    document = corpus_library.document(data["document"])
    whole = document.text[int(data["start"]) : int(data["end"])]
    assert document.digest.startswith(data["digest"])
    assert len(data["digest"]) == 16
    assert len(quote.inner_text()) < len(whole)
    assert quote.inner_text() in whole
    figure.locator(".tc-copy").click()
    label = figure.locator(".tc-source").text_content()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('“')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"“{whole}”\n— {label} ({data['document']})"
    unfold.click()
    assert unfold.get_attribute("aria-expanded") == "true"
    assert quote.inner_text().split() == whole.split()
    assert quote.locator("mark").first.is_visible()
    unfold.click()
    assert len(quote.inner_text()) < len(whole)


def test_figures_are_shown_on_demand_and_words_are_explained(visit, bundled):
    page = visit(url=bundled.url)
    asking(TYPICAL[0], ".tc-answered")(page)
    sure, means = last(page).locator(".tc-confidence"), last(page).locator(".tc-means")
    assert not means.is_visible()
    sure.focus()
    assert re.search(r"Of ten such answers about \d are right", means.inner_text())
    page.keyboard.press("Escape")
    assert not means.is_visible()
    figures = last(page).get_by_text(re.compile(r"question: \d+%")).first
    assert not figures.is_visible()
    last(page).locator(".tc-why > summary").first.click()
    assert figures.is_visible()


def test_where_nothing_answers_other_words_are_offered_and_asked(visit, bundled):
    page = visit(url=bundled.url)
    asking("Can it be used with a drone on eyelashes?", ".tc-not-found, .tc-uncertain")(page)
    searched = last(page).locator(".tc-searched")
    assert "All 36 documents were searched" in searched.inner_text()
    searched.locator("summary").click()
    assert searched.locator("li").count() == 36
    last(page).locator(".tc-try", has_text="eyelids").click()
    page.locator(CARDS).nth(1).wait_for()
    asked = page.locator("#tc-chat .user-row .message-content").last.inner_text()
    assert asked.strip() == "Can it be used with a drone on eyelids?"


def test_the_question_stays_above_its_answer_and_nothing_jumps(visit, bundled):
    page = visit(url=bundled.url, viewport={"width": 1366, "height": 500})
    asking(TYPICAL[0], ".tc-answered")(page)
    page.evaluate("() => { document.querySelector('#tc-chat article').kept = true; }")
    page.fill("#tc-question textarea", TYPICAL[1])
    page.press("#tc-question textarea", "Enter")
    page.locator(CARDS).nth(1).wait_for()
    page.wait_for_timeout(700)
    log, question = page.locator("#tc-chat [role=log]"), page.locator(".user-row").last
    before = box(question)[0]
    assert before == pytest.approx(box(log)[0], abs=12)
    assert page.evaluate("document.querySelector('#tc-chat article').kept"), (
        "the earlier card is not drawn anew"
    )
    log.evaluate("(node) => node.scrollBy({ top: 200, behavior: 'instant' })")
    page.wait_for_timeout(100)
    assert box(question)[0] == pytest.approx(box(log)[0], abs=12)
    middle = page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y).closest('.user-row').textContent",
        [question.bounding_box()["x"] + 40, sum(box(question)) / 2],
    )
    assert TYPICAL[1] in middle, "it is in front of its answer"


def test_sources_that_differ_are_stacked_on_a_phone_and_everything_is_printed(visit, bundled):
    page = visit(url=bundled.url, viewport={"width": 360, "height": 740}, has_touch=True)
    DIFFER(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    table = last(page).locator(".tc-sides")
    assert table.bounding_box()["width"] <= 360
    cells = table.locator("tbody tr").first.locator("td:not(:empty)").all()
    assert box(cells[0])[1] <= box(cells[1])[0]
    assert "Kind of source" in cells[1].evaluate("(node) => getComputedStyle(node, '::before').content")

    page.emulate_media(media="print")
    rest = last(page).locator("blockquote[data-open=false] .tc-rest")
    assert rest.first.evaluate("(node) => getComputedStyle(node).display") == "inline"
    for gone in ("#tc-ask", "#tc-side", "#tc-tabs [role=tablist]", ".tc-foot", ".tc-means", ".tc-copy"):
        assert not page.locator(gone).first.is_visible(), gone
    for shown in (".user-row", ".tc-source", ".tc-sides td > .tc-kind"):
        assert page.locator(shown).first.is_visible(), shown
