"""The bundled documents: what a statement needs, and what is never quoted."""

import re
from statistics import mean

import pytest

from material import ROOT
from tacrochat.readers import markdown
from tacrochat.text import sentences
from tacrochat.types import KINDS, QUOTABLE

DOCUMENTS = sorted((ROOT / "corpus").rglob("*.md"))
KEY = re.compile(r"\[([^\]\n]+)\](?!:)")
DEFINITION = re.compile(r'^\[([^\]\n]+)\]: \S+ "[^"\n]+"$', re.MULTILINE)
FIGURE = re.compile(r"\d+(?:\.\d+)?%|\d of \d|\d mg|\d ng")
RESTATED = {"consumer page", "promotion"}  # one page, claim by claim; the text names it in every paragraph


@pytest.fixture(params=DOCUMENTS, ids=lambda path: path.stem)
def extract(request):
    return markdown.read(request.param.read_text("utf-8"))


def quotable(extract):
    """Return the texts of the blocks that can be quoted."""
    return [extract.text[b.start : b.end] for b in extract.blocks if b.role in QUOTABLE]


def test_citations_are_set_apart_and_each_is_used(extract):
    defined = DEFINITION.findall(extract.text)
    used = [key for text in quotable(extract) for key in KEY.findall(text)]
    assert set(defined) == set(used)
    assert len(defined) == len(set(defined))
    assert not any("://" in text for text in quotable(extract))
    assert {b.reason for b in extract.blocks if b.role == "navigation"} <= {"link definitions"}


def test_every_paragraph_with_a_figure_has_a_citation(extract):
    if extract.metadata["kind"] not in RESTATED:
        figures = [
            text for text in quotable(extract) if re.search(r"\d+(?:\.\d+)?%|\d of \d|\d mg|\d ng", text)
        ]
        assert [text for text in figures if not KEY.search(text)] == []


def test_sentences_are_short(extract):
    words = [
        len(KEY.sub("", text[a:b]).split())
        for text in quotable(extract)
        if not text.startswith("- ")
        for a, b in sentences(text, 0, len(text))
    ]
    assert mean(words) <= 20


def test_every_kind_of_source_is_there():
    kinds = {markdown.read(path.read_text("utf-8")).metadata["kind"] for path in DOCUMENTS}
    assert kinds == set(KINDS) - {"unknown"}
