"""The page in front of several libraries: what each holds, the cards of an answer, the way into a chat."""

import time
import urllib.request

import pytest
from accessible import check, look_at
from serving import Server

from once import place_model
from tacrochat.index.user_folders import index_of

pytestmark = pytest.mark.browser

TITLE = "Ointments & <b>creams</b>"
TENANCY = """# Tenancy act

## Deposit of the tenant

The deposit is at most three months of rent, and it is returned six weeks after the lease has ended.
"""
GLOW = "How is glow ointment applied to the scalp?"
ZEBRA = "When does the zebra lamp shine?"


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A server of two libraries; only the first has a title."""
    folder = tmp_path_factory.mktemp("front")
    (folder / "shelf").mkdir()
    (folder / "shelf" / "tenancy.md").write_text(TENANCY)
    (folder / "corpus").mkdir()
    (folder / "corpus" / "tacrochat.yaml").write_text(f"title: {TITLE}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        for name in ("corpus", "shelf"):
            place_model(index_of(folder / name))
        server = Server(folder, "med=corpus", "law=shelf").wait()
    until = time.monotonic() + 120
    while urllib.request.urlopen(server.url).read().count(b'<span data-phase="ready"') < 2:
        assert time.monotonic() < until, server.log.read_text()
        time.sleep(0.2)
    yield server
    server.stop()


@pytest.fixture
def front(browser, two):
    """Open the page; an error in its console, such as something that its policy forbids, is a fault."""
    opened = []

    def go(**options):
        context = browser.new_context(
            **{"locale": "en-US", "viewport": {"width": 1366, "height": 900}, **options}
        )
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("console", lambda line: page.faults.append(line.text) if line.type == "error" else None)
        page.goto(two.url)
        opened.append((context, page))
        return page

    yield go
    for context, page in opened:
        assert page.faults == []
        context.close()


def ask(page, question):
    page.fill("#question", question)
    page.press("#question", "Enter")
    page.locator(".answer").wait_for()


def test_the_list_has_titles_addresses_and_what_each_library_holds_in_the_readers_language(front):
    page = front(locale="de-DE")
    med, law = page.locator("nav li").all()
    assert [part in med.inner_text() for part in (TITLE, "/med/", "Dokumente: 3", "bereit")] == [True] * 4
    assert med.locator("a").get_attribute("href") == "/med/"
    assert (law.locator("a").inner_text(), law.locator(".address").count()) == ("law", 0)


def test_an_answer_has_the_cards_of_the_chat_and_leads_there(front):
    page = front(permissions=["clipboard-read", "clipboard-write"])
    ask(page, GLOW)
    for width, scheme in ((1366, "light"), (390, "dark"), (390, "light"), (1366, "dark")):
        look_at(page, width, scheme)
        check(page, f"answer of all, {scheme}")
    section = page.locator("section.of").first
    quote = section.locator(".tc-answered .tc-quote").first
    source = quote.locator(".tc-source")
    assert source.inner_text().startswith(f"{TITLE} · Glow ointment label › How it is applied")
    clipboard = "navigator.clipboard.readText()"
    quote.locator(".tc-link").click()
    page.wait_for_function(f"async () => (await {clipboard}).includes('/med/#document=label.md&digest=')")
    quote.locator(".tc-copy").click()
    page.wait_for_function(f"async () => (await {clipboard}).includes('twice daily')")
    assert page.evaluate(clipboard).endswith(f"{source.inner_text()} (label.md)")
    unfold = section.locator(".tc-unfold")
    if unfold.count():
        unfold.first.click()
        assert unfold.first.get_attribute("aria-expanded") == "true"
    passages = section.locator("blockquote").all_inner_texts()
    section.locator(".chat a").click()
    page.locator("#tc-chat .tc-quote").first.wait_for(timeout=60_000)
    assert page.url.endswith("/med/"), "it is asked once, not again when the page is loaded again"
    assert page.locator("#tc-chat .user-row").inner_text().strip() == GLOW
    shown = page.locator("#tc-chat blockquote").all_inner_texts()
    assert [text.split(" […] ")[0][:40] for text in shown] == [text[:40] for text in passages]
    page.faults.clear()  # of Gradio's page


def test_a_label_opens_the_quote_and_document_text_is_no_markup(front):
    page = front()
    ask(page, ZEBRA)
    assert page.evaluate("window.pwned") is None
    card = page.locator(".of[data-status]").first
    assert card.locator("img, script, svg[onload]").count() == 0
    card.locator(".tc-source").first.click()
    page.locator(".tc-text .tc-current").first.wait_for(timeout=60_000)
    assert "zebra" in page.locator(".tc-text .tc-current").first.inner_text().lower()
    page.faults.clear()


def test_without_scripts_whole_passages_are_shown(front):
    page = front(java_script_enabled=False)
    ask(page, GLOW)
    assert "It is not applied to broken skin" in page.locator("section.of blockquote").first.inner_text()
    assert page.locator(".tc-unfold:visible, .tc-copy:visible").count() == 0


def test_the_link_of_a_page_elsewhere_only_types_its_question(visit, two):
    page = visit(url=f"{two.url}/law/#question=Who%20pays%20the%20deposit%3F")
    page.wait_for_function("() => document.querySelector('#tc-question textarea').value !== ''")
    assert page.input_value("#tc-question textarea") == "Who pays the deposit?"
    page.wait_for_timeout(300)
    assert page.locator("#tc-chat .tc-card").count() == 0
    assert page.url.endswith("/law/")
