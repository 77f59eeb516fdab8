"""The map: where points lie, and that pointing and clicking lead to the passage."""

import numpy as np
import pytest

from tacrochat.embedding.projection import Projection


def test_projection_finds_the_plane_of_greatest_variance():
    rng = np.random.default_rng(7)
    flat = rng.normal(size=(400, 2)) * [5.0, 2.0]
    basis, _ = np.linalg.qr(rng.normal(size=(16, 16)))
    vectors = (flat @ basis[:2] + 0.01 * rng.normal(size=(400, 16))).astype(np.float32)
    projection = Projection.fit(vectors)
    assert projection.share > 0.99
    placed = projection.place(vectors)
    assert placed.std(axis=0) == pytest.approx(flat.std(axis=0), rel=0.05)
    again = Projection.fit(vectors)
    assert (again.axes == projection.axes).all()


@pytest.mark.browser
def test_map_shows_the_question_and_opens_a_passage(visit, ask):
    page = visit()
    ask(page, "How often is glow ointment applied to the scalp?")
    page.get_by_role("tab", name="Map").click()
    page.wait_for_selector("#tc-map svg .tc-star")
    dots = page.locator("#tc-map .tc-dot")
    documents = set(dots.evaluate_all("(all) => all.map((dot) => dot.dataset.document)"))
    assert documents == {"label.md", "trial.md", "hostile <b>.md"}
    hit = page.locator("#tc-map .tc-hit").last
    hit.hover()
    assert page.locator(".tc-tip").is_visible()
    assert "glow ointment" in page.locator(".tc-tip").inner_text().lower()
    hostile = page.locator("#tc-map .tc-dot[data-document^=hostile]").first
    hostile.hover(force=True)
    assert "Hostile <img src=x onerror=alert(1)>" in page.locator(".tc-tip").inner_text()
    assert page.locator("#tc-map img, #tc-map script").count() == 0
    hit.click()
    page.wait_for_selector(".tc-text .tc-current")
    assert page.evaluate("window.pwned") is None
    assert page.locator("#tc-map .tc-list .tc-source").first.is_visible()

    page.keyboard.press("Escape")
    reached = page.locator("#tc-map .tc-dot[tabindex='0']")
    assert reached.count() == 1
    reached.focus()
    before = page.evaluate("document.activeElement.getAttribute('cx')")
    page.keyboard.press("ArrowRight" if float(before) < 500 else "ArrowLeft")
    assert page.evaluate("document.activeElement.getAttribute('cx')") != before
    assert page.locator(".tc-tip").is_visible()
    title = page.evaluate("document.activeElement.dataset.title")
    page.keyboard.press("Enter")
    page.locator(".tc-viewer h2", has_text=title).wait_for()
