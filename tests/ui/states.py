"""The states of the page, one line each: what leads to it, and the sign that it is there.

The tests of accessibility and the pictures of the documentation go through them on the bundled documents. A
state builds on what is shown: a question is added to the conversation, a source is opened
from the last answer.
"""

from collections.abc import Callable
from typing import Any

from tacrochat.ui.wording import translations

Reach = Callable[[Any], None]

CARDS = "#tc-chat .tc-card:not(.tc-pending)"


def words(page: Any) -> dict[str, str]:
    """Return the texts of the language that a page has."""
    return translations(page.evaluate("document.documentElement.lang"))


def asking(question: str, sign: str) -> Reach:
    """Ask a question; ``sign`` is a selector that its card matches or contains."""

    def reach(page: Any) -> None:
        before = page.locator(CARDS).count()
        page.fill("#tc-question textarea", question)
        page.press("#tc-question textarea", "Enter")
        card = page.locator(CARDS).nth(before)
        card.wait_for(timeout=60_000)  # a machine may be busy
        card.and_(page.locator(sign)).or_(card.locator(sign)).first.wait_for()
        settle(page)

    return reach


def showing(tab: str, sign: str) -> Reach:
    """Open a tab, named as in the keys of the page's texts."""

    def reach(page: Any) -> None:
        page.get_by_role("tab", name=words(page)[f"tab_{tab}"], exact=True).click()
        page.locator(sign).first.wait_for()
        settle(page)

    return reach


def clicking(selector: str, sign: str) -> Reach:
    """Click what a selector finds last, which is in the last answer."""

    def reach(page: Any) -> None:
        page.locator(selector).last.click()
        page.locator(sign).first.wait_for()
        settle(page)

    return reach


def pressing(key: str, gone: str) -> Reach:
    """Press a key; what ``gone`` finds is then hidden."""

    def reach(page: Any) -> None:
        page.keyboard.press(key)
        page.locator(gone).first.wait_for(state="hidden")

    return reach


def settle(page: Any) -> None:
    """Wait until the page has scrolled to the new answer and nothing moves."""
    page.wait_for_timeout(500)


def open_source(page: Any) -> None:
    """Open the source of the best quote of the last answer."""
    page.locator(CARDS).last.locator(".tc-source").first.click()
    page.locator(".tc-text .tc-current").first.wait_for()
    settle(page)


def open_pages(page: Any) -> None:
    """Open the source of the best quote of the last answer, a PDF that is shown as its pages."""
    page.locator(CARDS).last.locator(".tc-source").first.click()
    page.locator(".tc-page .tc-box.tc-current").first.wait_for()
    settle(page)


def open_settings(page: Any) -> None:
    page.locator("#tc-filters > button").click()
    page.locator("#tc-filters input[type=range]").first.wait_for()


ANSWERED = "How often is tacrolimus ointment applied?"
DIFFER = "Is tacrolimus ointment safe in pregnancy?"


def open_conversations(page: Any) -> None:
    """Open the list of conversations, and what can be done with the first one."""
    page.click(".tc-keep-list")
    page.locator(".tc-kept-more").first.click()
    page.locator(".tc-kept-delete").first.wait_for()


def collect(page: Any) -> None:
    """Collect a quote, and open the sheet of collected quotes."""
    page.locator("#tc-chat .tc-collect").first.click()
    page.click(".tc-basket")
    page.locator(".tc-collected blockquote").first.wait_for()


STATES: dict[str, Reach] = {
    "start": lambda page: page.locator("#tc-chat .example").first.wait_for(),
    "answered": asking(ANSWERED, ".tc-answered"),
    "viewer": open_source,
    "exact text": clicking(".tc-viewer button:has-text('Exact text')", ".tc-text mark.tc-current"),
    "closed": pressing("Escape", ".tc-text"),
    "uncertain": asking("Can tacrolimus be used for cats?", ".tc-uncertain"),
    "not found": asking("Which submarines did Brazil launch?", ".tc-not-found"),
    "differ": asking(DIFFER, ".tc-differ .tc-number"),
    "compound": asking("What does tacrolimus ointment cost, and how is it applied?", ".tc-compound"),
    "compared": asking("How does tacrolimus compare with clobetasol?", ".tc-answered"),
    "ask back": asking("How often is it used?", ".tc-talk"),
    "conversations": open_conversations,
    "conversations closed": pressing("Escape", "#tc-conversations"),
    "collected": collect,
    "collected closed": pressing("Escape", "#tc-basket-sheet"),
    "settings": open_settings,
    "documents": showing("documents", "#tc-tree .tc-source"),
    "map": showing("map", "#tc-map svg"),
    "about": showing("about", ".tc-about"),
    "chat": showing("chat", CARDS),
}
"""By name, in an order in which each can be reached from the one before."""
