"""Python: the contract's names, arrays that cannot be changed, and text that cannot act as markup."""

import html
import re
from dataclasses import FrozenInstanceError, fields, replace
from html.parser import HTMLParser

import numpy as np
import pytest
from markdown_it import MarkdownIt

import tacrochat
from material import write_pages
from tacrochat.answering.answer import Answer
from tacrochat.answering.escaping import escape_markdown, visible


@pytest.fixture(params=["folder", "milvus"])
def kettle_library(request, kettle):
    """The small corpus, in a folder and in Milvus."""
    if request.param == "milvus":
        return request.getfixturevalue("kettle_in_milvus")
    return tacrochat.open(kettle[1])


def test_build_search_ask(tmp_path):
    corpus = write_pages(tmp_path / "pages")
    library = tacrochat.build(str(corpus), str(tmp_path / "index"))
    assert library.report.added == 3
    assert tacrochat.open(str(tmp_path / "index")).report is None
    hits = library.search("handle can break", k=3)
    assert len(hits) == 3
    assert all(isinstance(hit, tacrochat.Hit) for hit in hits)
    assert "The handle of model K2" in hits[0].passage.text
    answer = tacrochat.Assistant(library).ask("How often?", history=["How do I descale the kettle?"])
    assert isinstance(answer, tacrochat.Answer)
    assert answer.resolved_question.startswith("How often? (")
    quote = (answer.quotes + answer.nearest)[0]
    assert isinstance(quote, tacrochat.Quote)
    assert "once a month" in quote.text
    assert quote.label.startswith("Care of the copper kettle")
    assert answer.to_dict()["resolved_question"] == answer.resolved_question
    assert repr(library).startswith("Library(")


def test_embeddings(kettle_library, encoder):
    rows = kettle_library.embeddings
    assert rows.dtype == np.float32
    assert rows.shape == (len(kettle_library.passages), encoder.dimension)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert not rows.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        rows[0, 0] = 1
    for i, passage in enumerate(kettle_library.passages):
        assert passage.id == i
        document = kettle_library.documents[passage.document_id]
        context = " › ".join([document.title, *passage.heading])
        (own,) = encoder.encode([f"{context}\n{passage.text}"])
        assert float(own @ rows[i]) > 0.999


def test_embeddings_outlive_the_library(kettle):
    rows = tacrochat.open(kettle[1]).embeddings
    import gc

    gc.collect()
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_the_same_question_gets_the_same_answer(kettle):
    asked = [tacrochat.Assistant(tacrochat.open(kettle[1])).ask("What can break?") for _ in range(2)]
    assert asked[0] == asked[1]


def test_search_has_no_side_effects(kettle_library):
    before = kettle_library.search("vinegar", k=3)
    kettle_library.search("what else is there about bronze graves?", k=9)
    assert kettle_library.search("vinegar", k=3) == before


def test_many_threads(kettle_library):
    from concurrent.futures import ThreadPoolExecutor

    questions = ["What can break?", "Who invented the whistle?", "vinegar", "refund"] * 6
    assistant = tacrochat.Assistant(kettle_library)
    expected = {q: assistant.ask(q) for q in set(questions)}
    with ThreadPoolExecutor(8) as pool:
        for question, answer in zip(questions, pool.map(assistant.ask, questions), strict=True):
            assert [q.text for q in answer.quotes] == [q.text for q in expected[question].quotes]


def test_records_cannot_be_changed(kettle_library):
    answer = tacrochat.Assistant(kettle_library).ask("What can break?")
    for record in (kettle_library.documents[0], kettle_library.passages[0], answer, answer.quotes[0]):
        with pytest.raises(FrozenInstanceError):
            setattr(record, fields(record)[0].name, "changed")
        with pytest.raises((AttributeError, TypeError)):
            record.unheard_of = 1


def test_to_pandas(kettle_library):
    frame = kettle_library.to_pandas()
    assert len(frame) == len(kettle_library.passages)
    assert frame.index.name == "passage"
    assert list(frame.columns[:8]) == [
        "document", "title", "kind", "heading", "start", "end", "line", "role",
    ]  # fmt: skip
    for number, row in frame.iterrows():
        passage = kettle_library.passages[number]
        assert row["text"] == passage.text
        assert kettle_library.document(row["document"]).text[row["start"] : row["end"]] == row["text"]
    assert set(frame["kind"]) == {"guideline", "consumer page", "unknown"}


HOSTILE = (
    '<script>alert(1)</script> <img src=x onerror=alert(2)> "quoted" & &lt;b&gt; </blockquote></div>\n'
    "# not a heading\n\n---\n* not a list\n1. nor this\n> nor that\n| a | b |\n| - | - |\n"
    "[link](javascript:alert(3)) ![image](http://192.0.2.1/x.png) <http://192.0.2.1/> `code` **bold** __b__\n"
    "$x^2$ ~~gone~~ ==mark== :smile: [^1] \\* https://192.0.2.1/auto www.example.org\n"
    "    indented\n```\nfence\n```\n\x1b[31mred\x07 \u202edetrever\u2066 \x85 end. &amp; Not this."
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, encoder):
    """An answer that quotes a hostile document, with hostile title, source and question."""
    folder = tmp_path_factory.mktemp("hostile")
    pages = {"<b>.txt": f"Widgets & <i>more</i>\n\n{HOSTILE}\n", "plain.md": "Kettles are of copper.\n"}
    pages["<b>.txt"] = pages["<b>.txt"].replace("\x1b", "")  # more than a few make it binary
    library = tacrochat.build(write_pages(folder / "pages", pages), folder / "index", encoder=encoder)
    answer = tacrochat.Assistant(library).ask("Is the <script> not a heading or a list?")
    (found, *_) = [q for q in answer.quotes + answer.nearest if q.document == "<b>.txt"]
    long = replace(
        found, text=HOSTILE, start=0, end=len(HOSTILE), title="<i>T*t*</i>",
        label="<i>T*t*</i> › [x](y), line 1",
        highlights=((HOSTILE.index("[link]"), HOSTILE.index("\n$x")),),
    )  # fmt: skip
    return Answer("<b>q</b>", "<b>q</b>", "answered", 0.9, "No <b>passage</b> *mentions*: [x](y).", (long,))


class Seen(HTMLParser):
    """Collects what a browser would obey and what it would show."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.shown, self._hidden = set(), set(), [], 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self._hidden += tag == "style"

    def handle_endtag(self, tag):
        self._hidden -= tag == "style"

    def handle_data(self, data):
        if not self._hidden:
            self.shown.append(data)


def test_html_escapes_hostile_text(hostile):
    text = hostile._repr_html_()
    seen = Seen(text)
    assert seen.tags <= {"div", "style", "p", "figure", "blockquote", "mark", "figcaption", "cite"}
    assert not [name for name in seen.attributes if name not in {"class", "dir"}]
    shown = "".join(seen.shown)
    assert "<script>alert(1)</script>" in shown
    assert "onerror=alert(2)" in shown
    assert "&lt;b&gt;" in shown, "an escape in the document is shown as it stands there"
    assert "[link](javascript:alert(3))" in shown
    assert "<i>T*t*</i>" in shown
    assert html.escape("</blockquote></div>") in text


def test_html_shows_every_character_of_a_quote(hostile):
    seen = "".join(Seen(hostile._repr_html_()).shown)
    assert HOSTILE in seen
    mark = re.search(r"<mark>(.*?)</mark>", hostile.to_html(), re.DOTALL).group(1)
    a, b = hostile.quotes[0].highlights[0]
    assert html.unescape(mark) == HOSTILE[a:b]


RENDERERS = {
    "commonmark": MarkdownIt("commonmark", {"html": True}),
    "tables": MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]),
}


@pytest.mark.parametrize("name", RENDERERS)
def test_markdown_escapes_hostile_text(hostile, name):
    source = hostile.to_markdown()
    assert "\x07" not in source
    assert "\u202e" not in source
    seen = Seen(RENDERERS[name].render(source))
    assert seen.tags <= {"p", "blockquote", "strong"}
    assert not seen.attributes
    shown = "".join(seen.shown)
    for words in (
        "<script>alert(1)</script>", "[link](javascript:alert(3))", "# not a heading", "* not a list",
        "1. nor this", "`code`", "**bold**", "~~gone~~", "```", "| a | b |", "&lt;b&gt;", "<i>T*t*</i>",
        "\\u202edetrever", "\\* https",
    ):  # fmt: skip
        assert words in shown, words


def test_a_terminal_obeys_nothing(hostile):
    text = hostile.to_text()
    assert "\x1b" not in text
    assert "\\x1b[31mred\\x07 \\u202edetrever\\u2066 \\x85" in text


def test_titles_are_on_one_line(tmp_path, encoder):
    """A document without a title and without a name to make one of has its path for a title."""
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / " \n.md").write_text("The kettle boils in four minutes, and then it whistles.\n")
    library = tacrochat.build(tmp_path / "corpus", tmp_path / "index", encoder=encoder)
    assert library.documents[0].title == " \n.md"
    assistant = tacrochat.Assistant(library)
    answer = assistant.ask("When does the kettle whistle?", threshold=0)
    assert answer.to_text().endswith("\n  — .md, line 1")
    assert "> — \\.md, line 1" in answer.to_markdown()
    assert ">.md, line 1<" in answer.to_html()
    assert assistant.ask("Which documents do you have?").message == "I quote from 1 document: “.md”."


def test_visible_and_escape():
    assert visible("a\tb\nc") == "a\tb\nc"
    assert visible("\x00\x1b\r\u202e") == "\\x00\\x1b\\r\\u202e"
    assert escape_markdown("a<b>&*") == "a&lt;b\\>&amp;\\*"


def test_rich_display(kettle_library):
    answer = tacrochat.Assistant(kettle_library).ask("What can break?")
    text = answer._repr_html_()
    assert text.startswith('<div class="tacrochat">')
    assert "<mark>" in text
    assert answer._repr_markdown_() == answer.to_markdown()
    assert "> " in answer.to_markdown()
    empty = tacrochat.Assistant(kettle_library).ask("What is the capital of Mongolia?")
    assert "not an answer" in empty._repr_html_()
    assert "not an answer" in empty.to_markdown()


def test_settings(monkeypatch, tmp_path, encoder):
    monkeypatch.setenv("TACROCHAT_TOP", "1")
    monkeypatch.setenv("TACROCHAT_THRESHOLD", "0")
    library = tacrochat.build(write_pages(tmp_path / "pages"), tmp_path / "index", encoder=encoder)
    answer = tacrochat.Assistant(library).ask("kettle")
    assert len(answer.quotes) == 1
    assert tacrochat.Assistant(library).ask("kettle", threshold=1.0).status != "answered"
    monkeypatch.setenv("TACROCHAT_TOP", "few")
    with pytest.raises(tacrochat.TacrochatError, match="TACROCHAT_TOP"):
        tacrochat.open(tmp_path / "index")


def test_another_passage_size_splits_again(tmp_path, encoder):
    corpus = write_pages(tmp_path / "pages")
    first = tacrochat.build(corpus, tmp_path / "index", encoder=encoder)
    small = replace(first.settings, passage_tokens=30, merge_tokens=5)
    second = tacrochat.build(corpus, tmp_path / "index", settings=small, encoder=encoder)
    assert len(second.passages) > len(first.passages)
    assert second.manifest.settings["passage_tokens"] == 30
