"""The source viewer in a real browser: pages with boxes, the reading view, links to quotes, downloads."""

import io
import re
import shutil
import time
import urllib.error
import urllib.request
import zipfile
from urllib.parse import parse_qs, quote

import docx
import numpy as np
import openpyxl
import pytest
from accessible import check, look_at
from PIL import Image
from serving import Server

import tacrochat
from printed import ink, pdf, scan
from tacrochat.ui.links import link

pytestmark = pytest.mark.browser

TITLE = (50, 780, 18, ["Larch Station"])
LEFT = (50, 720, 11, ["The barometer of the station is read at", "noon by the keeper, every single day."])
RAIN = (310, 720, 11, ["The rain gauge of the station holds forty", "litres and is emptied on each Monday."])
STORM = (
    310,
    600,
    11,
    ["In a storm the keeper closes the shutters", "and writes the hour into a large book."],
)
SNOW_TITLE = (50, 780, 18, ["Depth of the snow"])
SNOW = (50, 700, 11, ["Snow is measured with a wooden staff", "that has a mark for each thumb of depth."])
PAGE = [TITLE, LEFT, RAIN, STORM]
RAIN_BELOW = (50, 660, *RAIN[2:])
ONE_COLUMN = [TITLE, LEFT, RAIN_BELOW, (50, 600, *STORM[2:])]
QUOTE = ("The rain gauge", "on each Monday.")

WEB = """<html><head><title>Mill &lt;script&gt;window.pwned=2&lt;/script&gt;</title></head><body><main>
<h1>Old mill</h1><p>{first}</p><h2>The wheel</h2>
<p>The wheel of the mill turns nine times a minute when the river is high in the spring.</p>
<ul><li>It is made of oak and was last mended by hand</li>
<li>Its axle is greased with tallow once a month</li></ul>
<p>Visitors see &lt;img src=x onerror="window.pwned=3"&gt; and a <a href="javascript:window.pwned=4">
door</a> to the loft, which is open on Sundays for everyone who asks the miller.</p></main></body></html>"""
FIRST = "The mill stands beside the river and has ground the corn of the village for two hundred years."
WHEEL = "The wheel of the mill turns nine times a minute when the river is high in the spring."
GOAT = "The goat of the miller eats the thistles behind the barn, and nothing else at all."
LAMP = "The lamp in the tower burns nine pints of oil in a long winter night."


def write_corpus(folder):
    """Write documents of each kind that the viewer shows in another way."""
    folder.mkdir(parents=True)
    (folder / "columns.pdf").write_bytes(pdf(PAGE, [SNOW_TITLE, SNOW]))
    (folder / "turned.pdf").write_bytes(pdf(PAGE, turned=90, corner=(100, 50)))
    if shutil.which("tesseract"):
        (folder / "scan.pdf").write_bytes(scan(pdf(ONE_COLUMN)))
        (folder / "scan-turned.pdf").write_bytes(scan(pdf(ONE_COLUMN), turned=90))
    (folder / "mill.html").write_text(WEB.format(first=FIRST), "utf-8")
    (folder / "goat.md").write_text(f"# Goat\n\n{GOAT}\n", "utf-8")
    (folder / "lamp.md").write_text(f"# Lamp\n\n{LAMP}\n", "utf-8")
    with zipfile.ZipFile(folder / "box.zip", "w") as archive:
        archive.writestr("inner.pdf", pdf([SNOW]))
    book = openpyxl.Workbook()
    for row in (
        ("Tool", "Use", "Price"),
        ("Sickle", "cuts the barley <script>window.pwned=5</script>", "4.50"),
        ("Flail", "beats the ears of the rye", "3.00"),
    ):
        book.active.append(row)
    book.save(folder / "tools.xlsx")
    text = docx.Document()
    text.add_heading("The forge", 1)
    text.add_paragraph("The smith of the forge shoes six horses between breakfast and noon.")
    text.add_paragraph("Nails are sorted by their length", style="List Bullet")
    text.save(folder / "forge.docx")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A server with documents of its own; the last test changes them."""
    folder = tmp_path_factory.mktemp("viewed")
    write_corpus(folder / "corpus")
    started = Server(folder)
    yield started.wait()
    log = started.log.read_text()
    started.stop()
    assert "Traceback" not in log, log


@pytest.fixture
def window(served, visit):
    """A page of that server, high enough for a whole sheet."""
    return visit(url=served.url, viewport={"width": 1680, "height": 1300})


def link_to(served, path, first, last=None):
    """Return the link to the words from ``first`` to ``last``."""
    document = tacrochat.open(served.folder / "index").document(path)
    start = document.text.index(first)
    end = document.text.index(last, start) + len(last) if last else start + len(first)
    return link(document, (start, end))


def follow(page, fragment, selector):
    page.keyboard.press("Escape")  # nothing of the document before is left
    page.evaluate("(fragment) => { location.hash = fragment; }", fragment)
    page.wait_for_selector(selector)


def fetched(url, method="GET"):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def pixels(page, style):
    """Take a picture of the sheet with the boxes in another style."""
    node = page.add_style_tag(content=f".tc-box {{ {style} }}")
    sheet = Image.open(io.BytesIO(page.locator(".tc-page").screenshot())).convert("RGB")
    node.evaluate("(style) => style.remove()")
    return np.asarray(sheet, np.int32)


class TestPages:
    def test_a_quote_is_boxed_beside_its_answer_and_the_exact_text_is_one_click_away(
        self, served, window, ask
    ):
        page = window
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        question = "How many litres does the rain gauge of the station hold?"
        ask(page, question)
        page.locator('.tc-source[data-document="columns.pdf"]').first.click()
        page.wait_for_selector(".tc-box-answers.tc-current")
        for scheme in ("dark", "light"):
            look_at(page, 1280, scheme, height=1150)
            check(page, "pages")
        assert page.locator(".tc-page-number").inner_text() == "1 / 2"
        assert page.locator(".tc-page img").get_attribute("alt").startswith("Page 1 of 2")
        page.get_by_label("Next page").click()
        page.wait_for_function("() => document.querySelector('.tc-page img').alt.startsWith('Page 2 of 2')")
        assert page.locator(".tc-box.tc-current").count() == 0
        for _ in range(int(page.locator(".tc-place").inner_text().split()[-1])):  # once round
            page.get_by_label("Next quote").click()
        page.wait_for_function("() => document.querySelector('.tc-page img').alt.startsWith('Page 1 of 2')")
        page.wait_for_selector(".tc-box.tc-current")
        width = page.locator(".tc-page").bounding_box()["width"]
        page.get_by_label("Larger").click()
        page.wait_for_function("(w) => document.querySelector('.tc-page').offsetWidth > 1.4 * w", arg=width)
        page.get_by_label("Smaller").click()
        page.get_by_role("button", name="Exact text").click()
        page.wait_for_selector(".tc-exact mark.tc-current")
        text = tacrochat.open(served.folder / "index").document("columns.pdf").text
        assert "".join(page.locator(".tc-text > *").all_text_contents()) == text
        follow(page, link_to(served, "mill.html", WHEEL), ".tc-exact mark.tc-current")
        assert page.locator(".tc-reading").count() == 0, "the choice is kept for the next document"
        page.get_by_role("button", name="Reading view").click()
        page.wait_for_selector(".tc-reading mark.tc-current")
        for button in (page.locator("#tc-chat .tc-link").first, page.locator(".tc-walk .tc-link")):
            button.click()
            page.wait_for_function("(b) => b.textContent === 'Link copied'", arg=button.element_handle())
            address = page.evaluate("navigator.clipboard.readText()")
            assert address.startswith(f"{served.url}/#document=")
            assert set(parse_qs(address.partition("#")[2])) == {"document", "digest", "quote", "words"}
            assert not set(re.findall(r"\w{4,}", question.lower())) & set(re.findall(r"\w+", address.lower()))

    @pytest.mark.parametrize("names", [["columns.pdf", "turned.pdf"], ["scan.pdf", "scan-turned.pdf"]])
    def test_boxes_cover_the_quoted_words_and_no_others(self, served, window, names):
        if not (served.corpus / names[0]).exists():
            pytest.skip("tesseract is not installed")
        for name in names:
            self.check_boxes(served, window, name)

    @staticmethod
    def check_boxes(served, window, name):
        follow(window, link_to(served, name, *QUOTE), ".tc-box.tc-current")
        covered = pixels(
            window,
            "background: #f0f !important; mix-blend-mode: normal !important; border-radius: 0 !important",
        )
        bare = pixels(window, "visibility: hidden !important")
        is_covered = (covered[..., 0] > 200) & (covered[..., 1] < 60) & (covered[..., 2] > 200)
        is_ink = bare.mean(axis=2) < 140
        shown = {"turned": 90, "corner": (100, 50)} if name == "turned.pdf" else {}
        height, width = is_ink.shape
        quoted = ink(pdf([RAIN_BELOW if "scan" in name else RAIN], **shown), width, height)
        near = np.zeros_like(quoted)
        for y, x in np.argwhere(quoted):
            near[max(0, y - 3) : y + 4, max(0, x - 3) : x + 4] = True
        others = is_ink & ~near
        assert quoted.sum() > 300
        assert (is_ink & near).sum() > 0.8 * quoted.sum(), "the words are drawn there"
        assert (is_covered & quoted).sum() > (0.85 if "scan" in name else 0.98) * quoted.sum()
        assert others.sum() > 1.5 * quoted.sum()
        assert (is_covered & others).sum() < 0.01 * others.sum()

    def test_a_phone_shows_the_page_in_the_sheet(self, served, visit):
        fragment = link_to(served, "columns.pdf", *QUOTE)
        page = visit(url=f"{served.url}/{fragment}", viewport={"width": 390, "height": 844}, has_touch=True)
        box = page.locator(".tc-box.tc-current").first
        box.wait_for()
        frame, mark = page.locator(".tc-pages").bounding_box(), box.bounding_box()
        assert frame["x"] <= mark["x"] < mark["x"] + mark["width"] <= frame["x"] + frame["width"]
        assert frame["y"] <= mark["y"] < mark["y"] + mark["height"] <= frame["y"] + frame["height"]
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.keyboard.press("Escape")
        assert not page.locator("#tc-side").is_visible()
        assert page.evaluate("location.hash") == ""


class TestReading:
    def test_documents_read_as_documents_and_stay_text(self, served, window):
        page = window
        follow(page, link_to(served, "mill.html", WHEEL), ".tc-reading mark.tc-current")
        assert page.locator(".tc-reading mark").all_inner_texts() == [WHEEL]
        assert page.locator(".tc-reading h3").inner_text() == "Old mill"
        assert page.locator(".tc-reading h4").inner_text() == "The wheel"
        assert page.locator(".tc-reading li").first.inner_text().startswith("It is made of oak")
        assert '<img src=x onerror="window.pwned=3">' in page.locator(".tc-reading").inner_text()
        assert "<script>window.pwned=2</script>" in page.locator(".tc-viewer h2").inner_text()
        follow(page, link_to(served, "tools.xlsx", "cuts the barley"), ".tc-reading td mark.tc-current")
        assert page.locator(".tc-reading th").all_inner_texts() == ["Tool", "Use", "Price"]
        cells = page.locator(".tc-reading tbody tr").first.locator("td")
        assert cells.all_inner_texts() == [
            "Sickle",
            "cuts the barley <script>window.pwned=5</script>",
            "4.50",
        ]
        follow(page, link_to(served, "forge.docx", "six horses"), ".tc-reading p mark.tc-current")
        assert page.locator(".tc-reading h3").inner_text() == "The forge"
        assert page.locator(".tc-reading li").inner_text() == "Nails are sorted by their length"
        page.get_by_role("button", name="Exact text").click()
        page.wait_for_selector(".tc-exact mark.tc-current")
        text = tacrochat.open(served.folder / "index").document("forge.docx").text
        assert "".join(page.locator(".tc-text > *").all_text_contents()) == text
        assert page.evaluate("window.pwned") is None
        assert page.locator("#tc-viewer script, #tc-viewer img, #tc-viewer a[href^=javascript]").count() == 0

    def test_a_document_in_an_archive_is_shown_as_text(self, served, window):
        follow(window, link_to(served, "box.zip/inner.pdf", "Snow is measured"), ".tc-exact mark.tc-current")
        assert "inside another one" in window.locator(".tc-remark").inner_text()
        assert window.locator(".tc-views, .tc-download").count() == 0


class TestLinks:
    def test_a_bad_link_says_so(self, served, window):
        right = parse_qs(link_to(served, "goat.md", GOAT)[1:])
        begin = f"document=goat.md&digest={right['digest'][0]}"
        end = f"words={'0' * 16}"
        for fragment in (
            "document=goat.md",
            f"{begin}&quote=5-2&{end}",
            f"{begin}&quote=1e9-x&{end}",
            f"{begin}&quote=-1-5&{end}",
            "quote=0-9&document=%ff%00",
            f"document=goat.md&digest=<b>&quote=0-9&{end}",
        ):
            self.check(window, fragment, "incomplete or wrong")
        follow(window, f"{begin}&quote=0-99999999&{end}", ".tc-reading p")  # beyond the end of the text
        assert "incomplete or wrong" in window.locator(".tc-remark").inner_text()
        assert window.locator(".tc-viewer mark").count() == 0
        right = link_to(served, "goat.md", GOAT)[1:]
        for path in ("gone.md", "../index/manifest.json", "/etc/passwd", "<script>x</script>"):
            self.check(window, right.replace("goat.md", quote(path)), "no longer in the index")

    @staticmethod
    def check(page, fragment, message):
        follow(page, fragment, ".tc-viewer [role=alert]")
        assert message in page.locator(".tc-viewer [role=alert]").inner_text()


class TestFiles:
    def test_a_file_is_an_attachment_and_only_one_of_the_index(self, served):
        library = tacrochat.open(served.folder / "index")
        document = library.document("mill.html")
        address = f"{served.url}/source/file?document=mill.html&digest={document.digest}"
        status, headers, body = fetched(address)
        assert (status, body) == (200, (served.corpus / "mill.html").read_bytes())
        assert headers["content-type"] == "application/octet-stream"
        assert headers["content-disposition"].startswith('attachment; filename="mill.html"')
        assert "sandbox" in ", ".join(headers.get_all("content-security-policy"))
        assert headers["cache-control"] == "private, no-store"
        inner = library.document("box.zip/inner.pdf")
        status, _, body = fetched(
            f"{served.url}/source/file?document=box.zip/inner.pdf&digest={inner.digest}"
        )
        assert (status, b"inside box.zip" in body) == (403, True)
        columns = library.document("columns.pdf").digest
        page = f"{served.url}/source/page?document=columns.pdf&digest={columns}"
        status, headers, body = fetched(f"{page}&page=1&zoom=1")
        assert (status, headers["content-type"], body[:4]) == (200, "image/png", b"\x89PNG")
        assert headers["cache-control"].startswith("private")
        assert Image.open(io.BytesIO(body)).width == 1000
        for query, expected in (("&page=3&zoom=1", 422), ("&page=0&zoom=1", 400), ("&page=1&zoom=9", 400)):
            assert fetched(page + query)[0] == expected


def test_links_and_pages_after_the_documents_have_changed(served, visit, window):
    """The order: files change, then the index is refreshed."""
    page = window
    mill, goat, lamp = (
        link_to(served, *to) for to in (("mill.html", WHEEL), ("goat.md", GOAT), ("lamp.md", LAMP))
    )
    columns = link_to(served, "columns.pdf", *QUOTE)
    fragments = [(mill, ".tc-reading mark.tc-current"), (columns, ".tc-box.tc-current")]
    for fragment, selector in fragments:
        visit(url=f"{served.url}/{fragment}").wait_for_selector(selector)  # another session, another browser
    digest = tacrochat.open(served.folder / "index").document("columns.pdf").digest
    (served.corpus / "columns.pdf").write_bytes(pdf([STORM, TITLE]))
    follow(page, columns, ".tc-exact mark.tc-current")
    assert "has changed since the index was made" in page.locator(".tc-remark").inner_text()
    assert page.locator(".tc-page").count() == 0
    for route, query in (("file", ""), ("page", "&page=2&zoom=4")):
        status, _, body = fetched(f"{served.url}/source/{route}?document=columns.pdf&digest={digest}{query}")
        assert (status, b"has changed" in body) == (409, True)
    (served.corpus / "turned.pdf").unlink()
    follow(page, link_to(served, "turned.pdf", *QUOTE), ".tc-exact mark.tc-current")
    assert "is gone" in page.locator(".tc-remark").inner_text()
    (served.corpus / "mill.html").write_text(
        WEB.format(first="Another owner came in the year of the flood. " + FIRST)
    )
    (served.corpus / "goat.md").write_text(f"# Goat\n\n{GOAT.replace('goat', 'sheep')}\n")
    (served.corpus / "lamp.md").unlink()
    refresh(served, page)
    follow(page, goat, ".tc-reading p")
    assert "without a mark" in page.locator(".tc-remark").inner_text()
    assert page.locator(".tc-viewer mark").count() == 0
    follow(page, mill, ".tc-reading mark.tc-current")
    assert page.locator(".tc-remark").inner_text() == "The document has changed; these words are unchanged."
    assert page.locator(".tc-reading mark").all_inner_texts() == [WHEEL]
    follow(page, lamp, ".tc-viewer [role=alert]")
    assert "no longer in the index" in page.locator(".tc-viewer [role=alert]").inner_text()
    follow(page, columns, ".tc-page img")
    assert page.locator(".tc-box").count() == 0


def refresh(served, page):
    """Refresh the index by the page, and wait until the new one answers."""
    before = tacrochat.open(served.folder / "index").manifest.generation
    page.get_by_role("tab", name="Documents").click()
    page.click("#tc-refresh")
    until = time.monotonic() + 120
    while tacrochat.open(served.folder / "index").manifest.generation == before:
        assert time.monotonic() < until
        time.sleep(0.5)
    page.wait_for_selector(".tc-state[data-phase=ready]", timeout=120_000)
    page.wait_for_function("() => !document.querySelector('.tc-progress')")
