"""Whether everyone can use what a page shows: axe finds nothing, and nothing has to be scrolled sideways."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe

LOOKS = (((1366, "light"), (360, "dark")), ((1366, "dark"), (360, "light")))
"""Widths in pixels with colour schemes. Each pair has both widths and both schemes: colours do not depend on
the width, nor what is in the way on the colours."""
_VIOLATIONS = {"resultTypes": ["violations"]}
"""Of what is in order, axe then does not describe every element, which takes most of its time."""


def look_at(page: Any, width: int, scheme: str, height: int | None = None) -> None:
    """Give the page another width and other colours, without loading it again."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": height or (900 if width > 900 else 740)})
    page.wait_for_function(  # Gradio's pages have a class for it
        "(dark) => !document.querySelector('.gradio-container')"
        " || document.body.classList.contains('dark') === dark",
        arg=scheme == "dark",
    )
    page.wait_for_function("() => !document.getAnimations().some((a) => a instanceof CSSTransition)")


def check(page: Any, where: str = "") -> None:
    """Fail with what axe finds, whatever its impact, and with what is wider than the page."""
    faults = [
        (violation["id"], node["html"][:160], node.get("failureSummary", "")[:200])
        for violation in Axe().run(page, options=_VIOLATIONS).response["violations"]
        for node in violation["nodes"][:3]
    ]
    assert faults == [], f"{where} at {page.viewport_size}: {faults}"
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{where} at {page.viewport_size} is {wide} pixels too wide"
