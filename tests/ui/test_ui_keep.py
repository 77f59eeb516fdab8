"""What a reader keeps: conversations, collected quotes, and the files saved of them. One walk for each."""

import io
import json
import re

import bibtexparser
import docx
import pypdfium2
import pytest
import rispy
from serving import LABEL

from tacrochat.errors import QuestionError
from tacrochat.ui.keep import saving

pytestmark = pytest.mark.browser

HOW = "How often is glow ointment applied to the scalp?"
ZEBRA = "When does the zebra lamp shine at night?"
FIRST_EDITION = (  # a conversation as the first edition of the page kept it, encrypted by Gradio
    "U2FsdGVkX1/cK1gW00UMeaYGkijnUJAI5hFAHgxw1jMsHccH2vONKK9lIIZdoSOftuqnSqp+W//Tq9XNbhSIKElaPl4CqyB1"
    "xyZV0NOmn/qDr31bWB+000JpGYsqLZpmA9kT34Lc5euFGveUS98wr2MzLx5DAHJlUF3gtKzUwrgMyYjdcKfaatHds6EsGSNi"
    "PmFvTLHV6k3SeEzy6zv+vWFniJs+zA4OibU6v30WV1/6RXCh3fiiY0+k6m8wEnKrO8hH0okkewvb6oQD7X3ix/1pUuxr/Km3"
    "9He2MlbYVlcC1T2iTOREoCopQQ3LD18Og0a8vd/IJ1PPJxAEKD+LPw=="
)


def said(page, text):
    page.locator(".tc-keep-said", has_text=text).first.wait_for()


def settle(page, count):
    page.wait_for_function(
        "(n) => document.querySelectorAll('#tc-chat .tc-card:not(.tc-pending)').length === n", arg=count
    )


def kept(page):
    """The conversations that the browser keeps, the newest first."""
    found = page.evaluate(
        "Object.keys(localStorage).filter((key) => key.startsWith('tacrochat-conversation:'))"
        ".map((key) => localStorage[key])"
    )
    return sorted(map(json.loads, found), key=lambda record: -record["changed"])


def names(page):
    return page.locator(".tc-kept-open").all_inner_texts()


def open_list(page):
    page.focus(".tc-keep-list")
    page.keyboard.press("Enter")
    page.locator("#tc-conversations[open]").wait_for()


def download(page, selector):
    with page.expect_download() as waiting:
        page.click(selector)
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


def edit_storage(page, expression):
    """Change every kept entry: ``expression`` is about ``value``, the text of an entry."""
    page.evaluate(
        "for (const key of Object.keys(localStorage).filter((k) => k.startsWith('tacrochat')))"
        f" {{ const value = localStorage[key]; localStorage[key] = {expression}; }}"
    )


def test_conversations_are_listed_searched_renamed_deleted_and_checked(visit, ask):
    page = visit()
    ask(page, HOW)
    page.click(".tc-keep-bar .tc-keep-new")
    page.wait_for_selector("#tc-chat .example")
    assert page.evaluate("document.activeElement.closest('#tc-question') !== null")
    ask(page, ZEBRA)
    assert [record["turns"][0]["question"] for record in kept(page)] == [ZEBRA, HOW]
    assert "twice daily" not in page.evaluate("JSON.stringify(localStorage)"), "no text of a document is kept"

    open_list(page)
    assert names(page) == [ZEBRA, HOW]
    page.fill(".tc-search", "SCALP glow")
    assert names(page) == [HOW]
    page.fill(".tc-search", "submarine")
    page.get_by_text("No question has these words.").wait_for()
    page.fill(".tc-search", "")
    page.locator(".tc-kept-more").last.click()
    page.locator(".tc-kept-name").last.fill("<b>Mine</b> & \u202eyours")
    page.keyboard.press("Enter")
    page.locator(".tc-kept-open", has_text="<b>Mine</b>").wait_for()
    assert page.locator(".tc-kept-open b").count() == 0
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.className").endswith("tc-keep-list")

    open_list(page)
    page.locator(".tc-kept-more").first.click()
    page.locator(".tc-kept-delete").first.click()
    page.wait_for_selector("#tc-chat .example")
    assert [record["name"] for record in kept(page)] == ["<b>Mine</b> & \u202eyours"]
    page.locator("dialog .tc-undo").click()
    settle(page, 1)
    assert names(page)[0] == ZEBRA

    page.locator(".tc-kept-open", has_text="Mine").click()
    page.wait_for_function("() => document.querySelector('#tc-chat').innerText.includes('twice daily')")
    page.wait_for_selector(".tc-unchanged")
    assert page.locator("#tc-chat .tc-unchanged").count() == page.locator("#tc-chat .tc-quote").count()
    before = page.locator("#tc-chat blockquote").all_text_contents()
    page.reload()
    settle(page, 1)
    page.wait_for_selector(".tc-unchanged")
    assert page.locator("#tc-chat blockquote").all_text_contents() == before

    quoted = [q for record in kept(page) for q in record["turns"][0]["quotes"]]
    digest = next(q["digest"] for q in quoted if q["document"] == "label.md")
    edit_storage(page, f"value.replaceAll('{digest}', '{'0' * 16}')")
    page.reload()
    settle(page, 1)
    page.get_by_text("A quote is not shown: the document has changed since (label.md).").first.wait_for()
    assert 0 < page.locator("#tc-chat .tc-quote").count() < len(before)
    ask(page, "How is the tube of glow ointment stored?")
    quotes = [q for r in kept(page) if r["name"] for q in r["turns"][0]["quotes"]]
    assert "0" * 16 in {q["digest"] for q in quotes}, "what cannot be shown today is kept"
    edit_storage(page, f"value.replaceAll('{'0' * 16}', '{digest}')")
    page.reload()
    settle(page, 2)
    assert page.locator("#tc-chat .tc-card").first.locator("blockquote").all_text_contents() == before


def test_two_tabs_keep_their_own_and_nothing_readable_is_lost(visit, ask):
    page = visit()
    page.evaluate(f"localStorage['tacrochat-conversation'] = 'AAAA:{FIRST_EDITION}'")
    page.evaluate("localStorage['tacrochat-conversation:damaged'] = '{'")
    page.evaluate("sessionStorage.clear()")
    page.reload()
    page.locator("#tc-chat", has_text="What did the first edition keep?").wait_for()
    assert page.evaluate("localStorage['tacrochat-conversation']") is None
    open_list(page)
    page.get_by_text("Kept entries that cannot be read: 1.").wait_for()
    page.keyboard.press("Escape")

    other = page.context.new_page()
    other.set_default_timeout(20_000)
    other.goto(page.url)
    other.locator("#tc-chat", has_text="What did the first edition keep?").wait_for()
    ask(other, HOW)
    settle(page, 2)  # the first tab shows the same conversation, and follows
    other.click(".tc-keep-bar .tc-keep-new")
    other.wait_for_selector("#tc-chat .example")
    page.fill("#tc-question textarea", "How is the tube of glow ointment stored?")
    other.fill("#tc-question textarea", ZEBRA)
    page.press("#tc-question textarea", "Enter")
    other.press("#tc-question textarea", "Enter")
    settle(page, 3)
    settle(other, 1)
    page.wait_for_function(
        "() => Object.keys(localStorage).filter((k) => k.startsWith('tacrochat-conversation:')).length === 3"
    )
    lengths = page.evaluate(
        "Object.keys(localStorage).filter((key) => /^tacrochat-conversation:(?!damaged)/.test(key))"
        ".map((key) => JSON.parse(localStorage[key]).turns.length).sort()"
    )
    assert lengths == [1, 3]
    open_list(other)
    other.locator("#tc-conversations li", has_text="What did the first").locator(".tc-kept-more").click()
    other.locator(".tc-kept-delete:visible").click()
    page.wait_for_selector("#tc-chat .example")  # deleted elsewhere
    assert page.evaluate("localStorage['tacrochat-conversation:damaged']") == "{"
    other.close()

    page.evaluate(
        """() => { let text = 'x'.repeat(1 << 20);
        for (let n = 0; text; n++)
            try { localStorage['filler' + n] = text; } catch { text = text.slice(1 + text.length / 2); } }"""
    )
    ask(page, HOW)
    said(page, "This browser’s storage is full")
    assert "twice daily" in page.locator("#tc-chat").inner_text()


def test_collected_quotes_are_noted_sorted_and_saved_in_each_form(visit, ask, browser):
    page = visit(viewport={"width": 360, "height": 740})
    ask(page, ZEBRA)
    page.locator("#tc-chat .tc-collect").first.click()
    ask(page, HOW)
    card = page.locator("#tc-chat .tc-card").nth(1)
    label = card.locator(".tc-quote[data-document='label.md']").first
    label.locator(".tc-collect").evaluate("(node) => node.click()")
    assert page.locator(".tc-basket").inner_text() == "Collected (2)"
    label.locator(".tc-source").evaluate("(node) => node.click()")
    page.wait_for_selector("#tc-viewer .tc-collect[aria-pressed=true]")  # the same quote in the viewer
    page.keyboard.press("Escape")

    page.click(".tc-basket")
    items = page.locator(".tc-collected > li")
    items.nth(1).wait_for()
    start, end = (int(label.get_attribute(f"data-{name}")) for name in ("start", "end"))
    assert items.nth(1).locator("blockquote").text_content() == LABEL[start:end]
    assert items.nth(0).locator("script, img, b").count() == 0
    hostile = "</textarea><script>window.pwned=9</script>\nER  - \n@book{x, title={y}}"
    items.nth(0).locator("textarea").fill(hostile)
    items.nth(1).locator("[data-act=up]").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "() => document.querySelector('.tc-collected blockquote').textContent.includes('twice')"
    )
    assert page.evaluate(
        "document.activeElement.closest('li') === document.querySelector('.tc-collected > li')"
    )
    assert items.nth(1).locator("textarea").input_value() == hostile
    page.click("[data-sort=document]")
    page.wait_for_function("() => document.querySelector('.tc-collected textarea').value !== ''")
    page.click("[data-sort=time]")
    page.wait_for_function("() => document.querySelector('.tc-collected textarea').value !== ''")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 360

    saved = {
        form: download(page, f"#tc-basket-sheet [data-form='{form}']")
        for form in ("md", "html", "docx", "bib", "ris", "csl.json")
    }
    assert saved["csl.json"][0] == "tacrochat-collected.csl.json"
    assert {item["id"] for item in json.loads(saved["csl.json"][1])} == {"hostile", "glow2020"}
    assert [entry["ID"] for entry in bibtexparser.loads(saved["bib"][1].decode()).entries] == [
        "hostile",
        "glow2020",
    ]
    assert [entry["id"] for entry in rispy.loads(saved["ris"][1].decode())] == ["hostile", "glow2020"]
    assert saved["md"][1].decode().count("\n[^") == 2
    quotes = [
        p.text for p in docx.Document(io.BytesIO(saved["docx"][1])).paragraphs if p.style.name == "Quote"
    ]
    assert quotes[1] == LABEL[start:end]
    page.click("#tc-basket-sheet [data-form=pdf]")
    frame = page.frame_locator("iframe.tc-print")
    assert frame.locator("blockquote .text").nth(1).text_content() == LABEL[start:end]
    self_contained(browser, saved["html"][1].decode(), quotes)

    items.nth(0).locator("[data-act=remove]").click()
    page.wait_for_function("() => document.querySelectorAll('.tc-collected > li').length === 1")
    page.locator("dialog .tc-undo").click()
    items.nth(1).wait_for()
    edit_storage(page, 'value.replace(/"digest":"\\w+"/g, \'"digest":"0000000000000000"\')')
    page.reload()
    page.click(".tc-basket")
    page.locator("#tc-basket-sheet .tc-stale", has_text="changed since (label.md)").wait_for()
    assert items.locator("blockquote").count() == 0
    page.get_by_role("button", name="Close", exact=True).click()
    assert page.evaluate("window.pwned") is None


def self_contained(browser, text, quotes):
    """Open a saved file as a reader would, and print it."""
    context = browser.new_context()
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.set_content(text)
    assert page.evaluate("window.pwned") is None
    assert page.locator("script, img").count() == 0
    assert [" ".join(q.split()) for q in page.locator("blockquote .text").all_text_contents()] == [
        " ".join(q.split()) for q in quotes
    ]
    pdf = pypdfium2.PdfDocument(page.pdf())
    printed = "".join(number.get_textpage().get_text_bounded() for number in pdf)
    assert re.sub(r"\W+", " ", quotes[1]) in re.sub(r"\W+", " ", printed)
    assert asked == []
    context.close()


def test_a_conversation_and_one_answer_are_saved(visit, ask):
    page = visit()
    ask(page, HOW)
    card = ask(page, ZEBRA)
    card.locator(".tc-save summary").click()
    name, data = download(page, "#tc-chat .tc-card:last-of-type .tc-save[open] [data-form=md]")
    text = data.decode()
    assert name == "tacrochat.md"
    assert text.startswith("# When does the zebra lamp shine at night?\n")
    assert HOW not in text.replace("\\", "")
    assert "<script" not in text
    assert "![picture]" not in text
    assert "\u202e" not in text
    open_list(page)
    page.click(".tc-kept-more")
    answers = json.loads(download(page, "#tc-conversations [data-form=json]")[1])
    quote = next(q for q in answers[0]["quotes"] if q["document"] == "label.md")
    assert quote["text"] == LABEL[quote["start"] : quote["end"]]
    assert answers[1]["question"] == ZEBRA
    page.evaluate("document.querySelector('#tc-conversations').close()")
    document = docx.Document(io.BytesIO(export_docx(page)))
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 2"]
    assert headings == [HOW, ZEBRA]


def export_docx(page):
    open_list(page)
    page.click(".tc-kept-more")
    return download(page, "#tc-conversations [data-form=docx]")[1]


QUOTE = {"document": "label.md", "digest": "0" * 16, "start": 0, "end": 5, "note": ""}


@pytest.mark.parametrize(
    "request_",
    [
        None,
        [],
        {"language": "en"},
        {"language": "xx", "form": "md", "quotes": [], "turns": [{}]},
        {"language": [], "form": "md", "quotes": [], "turns": [{}]},
        {"language": "en", "form": "exe", "quotes": [], "turns": [{}]},
        {"language": "en", "form": {}, "quotes": [], "turns": [{}]},
        {"language": "en", "form": "md", "quotes": {}, "turns": {}},
        {"language": "en", "form": "md", "quotes": [None], "turns": []},
        {"language": "en", "form": "md", "quotes": [QUOTE | {"start": "0"}], "turns": [{}] * 41},
        {"language": "en", "form": "md", "quotes": [QUOTE | {"end": True}], "turns": "x"},
        {"language": "en", "form": "md", "quotes": [QUOTE | {"note": 5}], "turns": [{}], "title": 5},
        {
            "language": "en",
            "form": "md",
            "quotes": [QUOTE | {"note": "x" * 4_001}],
            "turns": [{}],
            "title": [],
        },
        {"language": "en", "form": "md", "quotes": [QUOTE] * 501, "turns": [{}], "title": "x" * 301},
    ],
)
def test_a_request_of_another_form_is_refused_in_plain_words(kettle, request_):
    import tacrochat

    library = tacrochat.open(kettle[1])
    for function in (saving.save_conversation, saving.save_collection):
        with pytest.raises(QuestionError, match=r"is not|are not"):
            function(library, request_)
