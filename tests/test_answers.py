"""What an answer claims: yes-or-no questions, several questions in one, filters and copies, indented text."""

import numpy as np
import pytest
from markdown_it import MarkdownIt

import tacrochat
from material import write_pages
from tacrochat.answering.escaping import escape_markdown
from tacrochat.errors import QuestionError
from tacrochat.index import vectors
from tacrochat.ranking.yes_no import _says_class
from tacrochat.text import sentences
from tacrochat.types import Passage

# Yes or no ------------------------------------------------------------------------------------------


def passage(text, heading=()):
    return Passage(0, 0, heading, 0, len(text), text, sentences=tuple(sentences(text)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tacrolimus is a steroid.", True),
        ("Tacrolimus is not a steroid.", True),
        ("Tacrolimus ointment is a nonsteroidal medicine.", True),
        ("Tacrolimus, a strong steroid, was used.", True),
        ("Steroids such as tacrolimus thin the skin.", True),
        ("It is a steroid.", True),
        ("Tacrolimus was compared with a steroid.", False),
        ("Patients on tacrolimus were also given a steroid.", False),
        ("After injected steroid, the figure for tacrolimus is not given.", False),
        ("Doctors may add steroid (cortisone) injections to tacrolimus.", False),
        ("Tacrolimus is similar to a steroid.", False),
    ],
)
def test_a_sentence_says_what_something_is(text, expected):
    assert _says_class(passage(text), ["tacrolimus"], "steroid") == expected


def test_a_heading_may_name_what_a_sentence_is_about():
    text = "The medicine is a macrolide."
    assert not _says_class(passage(text), ["tacrolimus"], "macrolid")
    assert _says_class(passage(text, ("Tacrolimus",)), ["tacrolimus"], "macrolid")


@pytest.mark.parametrize("question", ["Is tacrolimus an antibiotic?", "Is minoxidil an injection?"])
def test_a_yes_or_no_question_needs_its_predicate_said(corpus_library, question):
    assert tacrochat.Assistant(corpus_library).ask(question).status != "answered"


@pytest.mark.parametrize(
    "question",
    [
        "Is tacrolimus a calcineurin inhibitor?",
        "Is clobetasol a steroid?",
        "Is tacrolimus a steroid?",
        "Does tacrolimus cause cancer?",
        "Is alopecia areata an autoimmune disease?",
    ],
)
def test_a_yes_or_no_question_whose_predicate_is_said_is_answered(corpus_library, question):
    assert tacrochat.Assistant(corpus_library).ask(question).status == "answered"


@pytest.mark.parametrize(
    "limits",
    [
        {"threshold": float("nan")},
        {"threshold": float("inf")},
        {"threshold": -1},
        {"threshold": 2},
        {"top": 0},
        {"top": -3},
        {"top": 10**9},
    ],
)
def test_limits_out_of_range_are_refused_by_name(corpus_library, limits):
    with pytest.raises(QuestionError, match=next(iter(limits))):
        tacrochat.Assistant(corpus_library).ask("Does it burn?", **limits)


def test_a_follow_up_may_grow_beyond_the_limit_of_what_is_typed(copies):
    short = tacrochat.open(copies.folder, settings=tacrochat.Settings(max_question_chars=60))
    history = ["How often must the copper kettle be descaled with vinegar?"]
    answer = tacrochat.Assistant(short).ask(
        "And why must it be done that often at all, can you tell us?", history=history
    )
    assert len(answer.resolved_question) > 60


# Several questions in one ---------------------------------------------------------------------------

THREE = "How often is tacrolimus applied? Does it burn? Can it harm the kidneys?"


def test_the_limit_of_quotes_holds_for_several_questions(corpus_library):
    assistant = tacrochat.Assistant(corpus_library)
    answer = assistant.ask(THREE, top=1)
    assert len(answer.quotes) == 1
    assert [len(part.quotes) for part in answer.parts if part.status == "answered"] == [1, 1, 1]
    assert len(assistant.ask(THREE, top=3).quotes) == 3


def test_a_joined_answer_is_as_sure_as_its_least_sure_part(corpus_library):
    assistant = tacrochat.Assistant(corpus_library)
    unknown = "Which vaccine protects against yellow fever?"
    answer = assistant.ask(f"How often is tacrolimus applied? {unknown}")
    assert answer.status == "answered"
    assert answer.confidence == assistant.ask("How often is tacrolimus applied?").confidence
    assert answer.unanswered == (unknown,)
    assert f"The sources do not say: “{unknown}”" in answer.message
    neither = ("What is the capital of Mongolia?", "Who won the football cup of 1974?")
    both = assistant.ask(" ".join(neither))
    assert both.status == "not_found"
    assert both.unanswered == neither


# Filters --------------------------------------------------------------------------------------------

SHARED = (
    "The copper kettle must be descaled once a month with diluted vinegar, because hard water leaves lime\n"
    "in it, and lime makes the kettle slow, loud and costly to use over the years that it is in use.\n"
)


@pytest.fixture(scope="module")
def copies(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("copies")
    pages = {
        "a-shop.md": f"---\ntitle: Shop\nkind: promotion\n---\n# Shop\n\n## Lime\n\n{SHARED}",
        "b-rules.md": f"---\ntitle: Rules\nkind: guideline\n---\n# Rules\n\n## Lime\n\n{SHARED}",
        "c-page.md": f"---\ntitle: Page\nkind: consumer page\n---\n# Page\n\n{' '.join(SHARED.split())}\n",
    }
    return tacrochat.build(write_pages(folder / "pages", pages), folder / "index", encoder=encoder)


@pytest.mark.parametrize(
    ("filters", "path", "kind"),
    [
        ({"kinds": ["guideline"]}, "b-rules.md", "guideline"),
        ({"kinds": ["consumer page"]}, "c-page.md", "consumer page"),
        ({"documents": ["b-rules.md"]}, "b-rules.md", "guideline"),
        ({"documents": ["c-page.md"]}, "c-page.md", "consumer page"),
        ({"documents": ["a-shop.md"]}, "a-shop.md", "promotion"),
        ({}, "a-shop.md", "promotion"),
    ],
)
def test_the_copy_in_the_wanted_document_is_quoted(copies, filters, path, kind):
    answer = tacrochat.Assistant(copies).ask("How often must the copper kettle be descaled?", **filters)
    assert answer.status == "answered"
    quote = answer.quotes[0]
    assert (quote.document, quote.kind) == (path, kind)
    text = copies.document(path).text
    assert text[quote.start : quote.end] == quote.text
    assert "once a month" in quote.text
    assert all(quote.text[a - quote.start : b - quote.start].strip() for a, b in quote.highlights)
    others = {"a-shop.md", "b-rules.md", "c-page.md"} - {path}
    assert {label.split(",")[0] for label in quote.also} == others
    assert all(shown.document == path for shown in answer.quotes) or not filters


def test_a_filter_over_many_vectors_finds_all_it_lets_pass(monkeypatch, tmp_path):
    """An inverted file looks at a few lists; the vectors that a filter lets pass may be in others."""
    monkeypatch.setattr(vectors, "EXACT_UP_TO", 2_000)
    monkeypatch.setattr(vectors, "PROBES", 1)
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(6_000, 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    files = tmp_path / "x.faiss", tmp_path / "x.lists.faiss"
    vectors.write(rows, "float16", *files)
    index = vectors.VectorIndex.read(*files)
    assert not index.is_exact
    query = rows[17]
    allowed = np.zeros(6_000, bool)
    allowed[rng.choice(6_000, 60, replace=False)] = True
    passing = np.flatnonzero(allowed)
    exact = passing[np.argsort(-(rows[passing] @ query), kind="stable")][:10]
    found, cosines = index.search(query, 10, allowed)
    assert found.tolist() == exact.tolist()
    assert cosines == pytest.approx(rows[exact] @ query, abs=1e-3)
    everything = set(index.search(query, 6_000)[0].tolist())
    assert not set(exact.tolist()) <= everything, "the probe alone would have found them"


@pytest.mark.parametrize("bits", ["float16", "int8"])
@pytest.mark.parametrize("count", [500, 6_000])
def test_vectors_are_stored_and_found_as_they_were_given(monkeypatch, tmp_path, bits, count):
    monkeypatch.setattr(vectors, "EXACT_UP_TO", 2_000)
    monkeypatch.setattr(vectors, "_FEW", 1_000)
    rng = np.random.default_rng(6)
    rows = rng.normal(size=(count, 32)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    files = tmp_path / "x.faiss", tmp_path / "x.lists.faiss"
    vectors.write(rows, bits, *files)
    index = vectors.VectorIndex.read(files[0], files[1] if count > 2_000 else None)
    assert files[1].exists() == (count > 2_000)
    assert (len(index), index.dimension, index.is_exact) == (count, 32, count == 500)
    step = 1e-3 if bits == "float16" else 0.01
    np.testing.assert_allclose(index.vectors(slice(None)), rows, atol=step)
    allowed = np.arange(count) % 2 == 0  # more than are compared one by one, if there are many
    for mask in (None, allowed):
        for number in range(0, 40, 2):
            query = rows[number]
            found, cosines = index.search(query, 20, mask)
            assert found[0] == number
            assert np.all(np.diff(cosines) <= 0)
            assert mask is None or mask[found].all()
            np.testing.assert_allclose(cosines, rows[found] @ query, atol=10 * step)
            if index.is_exact:
                order = np.argsort(-(rows @ query))
                best = [row for row in order if mask is None or mask[row]][:20]
                assert len(set(best) & set(found.tolist())) >= 19
    assert index.search(rows[0], 5, np.zeros(count, bool))[0].size == 0


# Markdown -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["    x = {1: '*'}", "\tpip install _name_", "One.\n\n     Two *stars*.", " a\n  b\n   c\n    d\n\t\te"],
)
def test_indented_text_stays_text_in_markdown(text):
    lines = "\n".join(f"> {line}" for line in escape_markdown(text).split("\n"))
    tokens = MarkdownIt().parse(lines)
    assert not [t for t in tokens if t.type == "code_block"]
    shown = "\n".join(
        c.content for t in tokens if t.type == "inline" for c in t.children if c.type.startswith("text")
    )
    assert "\\" not in shown
    assert "".join(shown.split()) == "".join(text.split())
