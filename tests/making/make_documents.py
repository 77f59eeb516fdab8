"""Make tests/documents with the programs in common use.

Needs LibreOffice (soffice), pandoc and Chromium. The tests need none of them: the
files are kept in the repository, with the questions in tests/documents.jsonl.

    python tests/making/make_documents.py
"""

import csv
import io
import json
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

HOME = Path(__file__).parent.parent / "documents"
EXPECTED: list[dict[str, object]] = []

# One invented place per line: name, heading, a fact, the question that only this fact answers.
TOPICS = Path(__file__).with_name("topics.txt").read_text("utf-8").splitlines()


class Topic:
    """One invented place and the sentences about it."""

    def __init__(self, line: str) -> None:
        self.title, self.heading, self.fact, self.question = line.split("|")
        self.slug = self.title.lower().replace(" ", "-")
        self.about = f"{self.title} has kept a house book since the old days, and this page is taken from it."
        self.more = f"The wardens of {self.title} read the book aloud to newcomers once a year."
        self.last = f"Letters about {self.title} are answered by the clerk, who keeps a copy of each one."

    def markdown(self) -> str:
        return (
            f"# {self.title}\n\n{self.about}\n\n## {self.heading}\n\n{self.fact} {self.more}\n\n"
            f"## Letters\n\n{self.last}\n\n- by post\n- by hand\n- by the carrier's cart\n"
        )


LEFT = iter([Topic(line) for line in TOPICS])


def next_topic(
    name: str, *, place: str = "", heading: bool = True, inner: str = "", answer: str = ""
) -> Topic:
    """Take the next topic for a file, and record the question that the file has to answer."""
    topic = next(LEFT)
    EXPECTED.append(
        {
            "document": f"{name}/{inner}" if inner else name,
            "question": topic.question,
            "answer": answer or topic.fact,
            "heading": topic.heading if heading else None,
            "place": place or None,
        }
    )
    return topic


def run(*command: str, cwd: Path | None = None) -> None:
    subprocess.run(command, check=True, cwd=cwd, capture_output=True)


def office(source: Path, suffix: str, target: Path) -> None:
    """Convert with LibreOffice; ``suffix`` may name a filter after a colon."""
    with tempfile.TemporaryDirectory() as folder:
        run("soffice", "--headless", "--convert-to", suffix, "--outdir", folder, str(source))
        made = Path(folder, f"{source.stem}.{suffix.split(':', maxsplit=1)[0]}")
        shutil.move(made, target)


def pandoc(topic: Topic, target: Path, *options: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, f"{topic.slug}.md")
        source.write_text(topic.markdown(), "utf-8")
        run("pandoc", "-s", "--metadata", "lang=en", *options, str(source), "-o", str(target))


def long_word(topic: Topic, path: Path) -> None:
    """Write a Word file of three pages with header and footer, and the fact on the second page."""
    import docx
    from docx.enum.text import WD_BREAK
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    document = docx.Document()
    section = document.sections[0]
    section.header.paragraphs[0].text = f"The house book of {topic.title}"
    run_of = section.footer.paragraphs[0].add_run("Page ")
    for kind, code in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = code
        run_of._r.append(element)
    document.add_heading(topic.title, 1)
    document.add_paragraph(topic.about)
    document.add_paragraph(topic.last)
    document.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE)
    document.add_heading(topic.heading, 2)
    document.add_paragraph(f"{topic.fact} {topic.more}")
    table = document.add_table(rows=2, cols=2)
    for cell, words in zip(table._cells, ("Day", "Warden", "Monday", "The elder sister"), strict=True):
        cell.text = words
    document.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE)
    document.add_heading("Letters", 2)
    for way in ("by post", "by hand", "by the carrier's cart"):
        document.add_paragraph(way, style="List Bullet")
    document.save(str(path))


PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title} | House books</title>
<meta name="author" content="The clerk"><link rel="canonical" href="https://example.org/{slug}"></head><body>
<div class="cookie-banner"><p>We use cookies to make the house books better.</p><button>Accept</button></div>
<header><nav><ul><li><a href="/">Home</a></li>
<li><a href="/books">All house books</a></li></ul></nav></header>
<main><h1>{title}</h1><p>{about}</p><h2>{heading}</h2><p>{fact} {more}</p><h2>Letters</h2><p>{last}</p></main>
<aside class="related"><h3>Related articles</h3><ul>
<li><a href="/a">Ten mills to see before you leave</a></li>
<li><a href="/b">A walk along the old quay</a></li></ul></aside>
<footer><p>© 2024 The house books. All rights reserved.</p></footer>
<script>document.querySelector('main').append(document.createElement('hr'))</script></body></html>"""


def page(topic: Topic) -> str:
    return PAGE.format(**vars(topic))


def browser(use: Callable[..., None]) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        use(chromium.new_page())
        chromium.close()


def make_pages() -> None:
    pandoc(next_topic("pandoc.html"), HOME / "pandoc.html")
    (HOME / "by-hand.html").write_text(page(next_topic("by-hand.html")), "utf-8")
    latin = (
        page(next_topic("windows.htm"))
        .replace("utf-8", "windows-1252")
        .replace("old days", "old days – “once”")
    )
    (HOME / "windows.htm").write_bytes(latin.encode("cp1252"))

    def save(tab: object) -> None:
        tab.set_content(page(next_topic("saved.html")))  # type: ignore[attr-defined]
        (HOME / "saved.html").write_text(tab.content(), "utf-8")  # type: ignore[attr-defined]
        tab.set_content(page(next_topic("saved.mhtml")))  # type: ignore[attr-defined]
        session = tab.context.new_cdp_session(tab)  # type: ignore[attr-defined]
        (HOME / "saved.mhtml").write_text(session.send("Page.captureSnapshot")["data"], "utf-8", newline="")
        topic = next_topic("printed.pdf", place="page 1")
        tab.set_content(page(topic))  # type: ignore[attr-defined]
        tab.pdf(path=str(HOME / "printed.pdf"))  # type: ignore[attr-defined]
        topic = next_topic("narrow.pdf", place="page 1")
        style = "<style>p{width:11em;text-align:justify;hyphens:auto}"
        style += "nav,aside,footer,.cookie-banner{display:none}</style>"
        tab.set_content(page(topic).replace("</head>", style + "</head>"))  # type: ignore[attr-defined]
        tab.pdf(path=str(HOME / "narrow.pdf"))  # type: ignore[attr-defined]

    browser(save)


def make_office() -> None:
    with tempfile.TemporaryDirectory() as folder:
        topic = next_topic("python-docx.docx")
        long_word(topic, HOME / "python-docx.docx")
        for name, suffix, place in (
            ("writer.docx", "docx", ""),
            ("writer.odt", "odt", ""),
            ("writer.rtf", "rtf", ""),
            ("writer.pdf", "pdf", "page 2"),
            ("writer-2.pdf", "pdf", "page 2"),
            ("writer.html", "html", ""),
            ("writer.epub", "epub", "no heading"),
        ):
            topic = next_topic(
                name, place=place if place[:4] == "page" else "", heading=place != "no heading"
            )
            source = Path(folder, f"{topic.slug}.docx" if suffix != "docx" else f"{topic.slug}.odt")
            word = Path(folder, f"{topic.slug}.docx")
            long_word(topic, word)
            if suffix == "docx":
                office(word, "odt", source)
            office(source, suffix, HOME / name)
    for name in ("pandoc.docx", "pandoc.odt", "pandoc.rtf", "pandoc.epub", "pandoc-2.docx"):
        pandoc(next_topic(name), HOME / name)
    pandoc(next_topic("old.epub"), HOME / "old.epub", "-t", "epub2", "--toc")
    pandoc(next_topic("contents.html"), HOME / "contents.html", "--toc", "--number-sections")
    scanned(HOME / "scanned.pdf")


def scanned(path: Path) -> None:
    """Write a PDF whose only page is a picture."""
    from PIL import Image, ImageDraw

    picture = Image.new("L", (600, 800), 255)
    ImageDraw.Draw(picture).text((50, 50), "This text is a picture of text.", fill=0)
    picture.save(path, "PDF")


def make_slides() -> None:
    import pptx

    pandoc(next_topic("pandoc.pptx", place="slide 3"), HOME / "pandoc.pptx", "--slide-level=2")
    topic = next_topic("python-pptx.pptx", place="slide 2")
    deck = pptx.Presentation()
    first = deck.slides.add_slide(deck.slide_layouts[0])
    first.shapes.title.text, first.placeholders[1].text = topic.title, topic.about
    second = deck.slides.add_slide(deck.slide_layouts[1])
    second.shapes.title.text = topic.heading
    second.placeholders[1].text = f"{topic.fact}\n{topic.more}"
    second.notes_slide.notes_text_frame.text = topic.last
    deck.save(str(HOME / "python-pptx.pptx"))
    topic = next_topic("impress.pptx", place="slide 2")
    with tempfile.TemporaryDirectory() as folder:
        first.shapes.title.text, first.placeholders[1].text = topic.title, topic.about
        second.shapes.title.text, second.placeholders[1].text = topic.heading, f"{topic.fact}\n{topic.more}"
        second.notes_slide.notes_text_frame.text = topic.last
        deck.save(f"{folder}/deck.pptx")
        office(Path(folder, "deck.pptx"), "odp", Path(folder, "impress.odp"))
        office(Path(folder, "impress.odp"), "pptx", HOME / "impress.pptx")


def rows(topic: Topic) -> list[list[str]]:
    return [
        ["Subject", "Entry", "Clerk"],
        ["Preface", topic.about, "Ada"],
        [topic.heading, topic.fact, "Bo"],
        ["Letters", topic.last, "Cy"],
    ]


def make_tables() -> None:
    import openpyxl

    for name, delimiter in (("excel.csv", ","), ("german.csv", ";"), ("tabs.tsv", "\t")):
        with (HOME / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows(
                rows(next_topic(name, place="row 3", heading=False))
            )
    book = openpyxl.Workbook()
    topic = next_topic("openpyxl.xlsx", place="row 3")
    EXPECTED[-1]["heading"] = "House book"
    book.active.title = "House book"
    for row in rows(topic):
        book.active.append(row)
    book.create_sheet("Weights").append(["Item", "Kilograms"])
    book["Weights"].append(["Ledger", 4.5])
    book.save(str(HOME / "openpyxl.xlsx"))
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "calc.csv")
        with source.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows(next_topic("calc.xlsx", place="row 3", heading=False)))
        office(source, "xlsx", HOME / "calc.xlsx")
        book = openpyxl.Workbook()
        for row in rows(next_topic("calc.csv", place="row 3", heading=False)):
            book.active.append(row)
        book.save(f"{folder}/sheet.xlsx")
        office(Path(folder, "sheet.xlsx"), "csv", HOME / "calc.csv")
    for name, place in (("records.jsonl", "line 2"), ("records.json", "record 2")):
        header, *entries = rows(next_topic(name, place=place, heading=False))
        records = [dict(zip(header, entry, strict=True)) for entry in entries]
        lines = "\n".join(map(json.dumps, records)) + "\n"
        (HOME / name).write_text(lines if name.endswith("l") else json.dumps(records, indent=1), "utf-8")


def letter(topic: Topic) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "Clerk <clerk@example.org>", "reader@example.org"
    message["Subject"], message["Date"] = topic.title, "Tue, 05 Mar 2024 10:00:00 +0000"
    return message


def make_mails() -> None:
    topic = next_topic("plain.eml", heading=False)
    message = letter(topic)
    message.set_content(
        f"{topic.about}\n\n{topic.fact} {topic.more}\n\n> What is it that you asked?\n\n-- \nThe clerk\n"
    )
    (HOME / "plain.eml").write_bytes(bytes(message))
    topic = next_topic("html.eml", heading=True)
    message = letter(topic)
    body = f"<h1>{topic.title}</h1><p>{topic.about}</p><h2>{topic.heading}</h2><p>{topic.fact}</p>"
    message.set_content(body, subtype="html")
    (HOME / "html.eml").write_bytes(bytes(message))
    topic = next_topic("forwarded.eml", inner="letter.eml", heading=False)
    inner = letter(topic)
    inner.set_content(f"{topic.about}\n\n{topic.fact}\n")
    outer = letter(topic)
    outer.replace_header("Subject", "Fwd: a letter")
    outer.set_content("Please find below the letter of which we spoke on the stairs.")
    outer.add_attachment(inner, filename="letter.eml")
    (HOME / "forwarded.eml").write_bytes(bytes(outer))
    topic = next_topic("attached.eml", inner="house-book.docx")
    message = letter(topic)
    message.set_content(
        "Dear reader, the page that you asked for is attached to this letter. Yours, the clerk."
    )
    with tempfile.TemporaryDirectory() as folder:
        pandoc(topic, Path(folder, "a.docx"))
        data = Path(folder, "a.docx").read_bytes()
    kind = "vnd.openxmlformats-officedocument.wordprocessingml.document"
    message.add_attachment(data, maintype="application", subtype=kind, filename="house-book.docx")
    (HOME / "attached.eml").write_bytes(bytes(message))


def make_archives() -> None:
    with zipfile.ZipFile(HOME / "books.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        topic = next_topic("books.zip", inner="inside/page.md")
        archive.writestr("inside/page.md", topic.markdown())
        topic = next_topic("books.zip", inner="inside/page.html")
        archive.writestr("inside/page.html", page(topic))
    topic = next_topic("books.tar.gz", inner="page.txt", heading=True)
    data = f"{topic.title}\n\n{topic.about}\n\n{topic.heading}\n\n{topic.fact} {topic.more}\n".encode()
    with tarfile.open(HOME / "books.tar.gz", "w:gz") as archive:
        info = tarfile.TarInfo("page.txt")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))


def make_texts() -> None:
    topic = next_topic("plain.txt")
    (HOME / "plain.txt").write_text(
        f"{topic.title}\n\n{topic.about}\n\n{topic.heading}\n\n{topic.fact}\n", "utf-8"
    )
    topic = next_topic("wide.txt")
    (HOME / "wide.txt").write_text(
        f"{topic.title}\n\n{topic.about}\n\n{topic.heading}\n\n{topic.fact}\n", "utf-16"
    )
    topic = next_topic("windows.txt")
    about = f"{topic.about} “So they say”, as the clerk’s café has it."
    old = "\r\n\r\n".join([topic.title, about, topic.heading, topic.fact])
    (HOME / "windows.txt").write_bytes(old.encode("cp1252"))
    topic = next_topic("notes.markdown")
    front = f'---\ntitle: "{topic.title}"\nauthor: The clerk\nkind: review\n---\n\n'
    (HOME / "notes.markdown").write_text(front + topic.markdown(), "utf-8")
    topic = next_topic("page.md")
    (HOME / "page.md").write_text(topic.markdown(), "utf-8")
    (HOME / "page.md.meta.yaml").write_text(
        "kind: guideline\nurl: https://example.org/page\ndate: 2024-03-05\n", "utf-8"
    )


def main() -> None:
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    for make in (make_pages, make_office, make_slides, make_tables, make_mails, make_archives, make_texts):
        make()
    lines = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in EXPECTED)
    HOME.with_suffix(".jsonl").write_text(lines, "utf-8")
    print(f"{len(list(HOME.iterdir()))} files, {len(EXPECTED)} questions, {sum(1 for _ in LEFT)} topics left")


if __name__ == "__main__":
    main()
