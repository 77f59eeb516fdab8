"""Document → sections → passages: the laws, for any text, and for pages."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from material import line_spans
from tacrochat.building.passages import context, paragraphs, passages, sections
from tacrochat.readers import markdown, plain
from tacrochat.text import sentences
from tacrochat.types import QUOTABLE, Document
from test_readers import MARKDOWN, SCRAPED, WRAPPED
from test_text import ANY_TEXT

READERS = {"txt": plain.read, "md": markdown.read}


def count_words(texts):
    """Count words and marks: here a unit of length as good as the model's word pieces."""
    return [len(re.findall(r"\w+|[^\w\s]", text)) for text in texts]


def split(reader, text, max_tokens=30, min_tokens=8):
    extract = reader(text)
    title = extract.metadata.get("title", "page")
    document = Document(0, "page", title, extract.text, "", pages=extract.pages)
    found = sections(document, extract.blocks)
    return (
        document,
        found,
        passages(
            document,
            found,
            paragraphs(document.text, found),
            count_words,
            max_tokens=max_tokens,
            min_tokens=min_tokens,
        ),
    )


LINES = st.lists(
    st.sampled_from(
        [
            "# A heading",
            "## Another heading",
            "A plain heading",
            "Dose and strength",
            "",
            "",
            "It was given twice a day. It did not help. Nobody knows why.",
            "Price et al. found no regrowth. The dose was approx. 5 mg per day for 2 yrs. in all.",
            "One very long sentence that goes on, and on, without an end, through commas, and more commas, so"
            " that it is longer than any window, and still has to stay whole, because half of it would lie.",
            "- an item of a list",
            "- another item. It has two sentences.",
            "1. first",
            "| a | b |",
            "| --- | --- |",
            "| 1 | 2 |",
            "Related Articles:",
            "- Rash from Ovens",
            "- Rash from Irons",
            "---",
            "> quoted words. Twice.",
            "    indented code.",
            "```",
            "Übergröße. Ein Satz auf Deutsch.",
            "\u3000wide\u3000space. Then more.\x85",
        ]
    ),
    max_size=30,
).map("\n".join)
TEXTS = st.one_of(LINES, ANY_TEXT)
BOTH = pytest.mark.parametrize("kind", READERS)


@BOTH
@given(TEXTS, st.integers(5, 60))
def test_offsets_are_right(kind, text, max_tokens):
    document, _, cut = split(READERS[kind], text, max_tokens, max_tokens // 4)
    assert document.text == text
    for number, passage in enumerate(cut):
        assert passage.id == number
        assert text[passage.start : passage.end] == passage.text
        assert passage.text == passage.text.strip() != ""
        assert passage.role in QUOTABLE
        assert passage.sentences[0][0] == passage.start
        assert passage.sentences[-1][1] == passage.end


@BOTH
@given(TEXTS, st.integers(5, 60))
def test_nothing_is_lost_but_white_space(kind, text, max_tokens):
    _, found, cut = split(READERS[kind], text, max_tokens, max_tokens // 4)

    def uncovered(spans):
        position = 0
        for start, end in spans:
            assert position <= start <= end
            yield text[position:start]
            position = end
        yield text[position:]

    assert not "".join(uncovered((s.start, s.end) for s in found)).strip()
    aside = [(s.start, s.end) for s in found if s.role not in QUOTABLE]
    quoted = [(p.start, p.end) for p in cut]
    assert not "".join(uncovered(sorted(aside + quoted))).strip()
    inside = [span for p in cut for span in p.sentences]
    assert not "".join(uncovered(sorted(aside + inside))).strip()


@BOTH
@given(TEXTS, st.integers(5, 60))
def test_sentences_are_whole(kind, text, max_tokens):
    """A passage starts and ends where a sentence of its section does; in lists and tables, a line."""
    _, found, cut = split(READERS[kind], text, max_tokens, max_tokens // 4)
    starts, ends = set(), set()
    for section in found:
        for start, end in sentences(text, section.start, section.end):
            starts.add(start)
            ends.add(end)
        if section.role in {"list", "table"}:
            spans = line_spans(text, section.start, section.end)
            starts.update(start for start, _ in spans)
            ends.update(end for _, end in spans)
    for passage in cut:
        assert passage.start in starts
        assert passage.end in ends
        for start, end in passage.sentences:
            assert start in starts
            assert end in ends


@BOTH
@given(TEXTS, st.integers(5, 60))
@example("- an item\n---\n- another item", 28)
def test_never_across_a_heading_or_what_was_set_aside(kind, text, max_tokens):
    _, found, cut = split(READERS[kind], text, max_tokens, max_tokens // 4)
    walls = [s for s in found if s.role not in QUOTABLE]
    for passage in cut:
        assert not [w for w in walls if w.start < passage.end and passage.start < w.end]
        own = [s for s in found if s.start < passage.end and passage.start < s.end]
        assert {s.heading for s in own} == {passage.heading}


@BOTH
@given(TEXTS, st.integers(5, 60))
def test_size_stays_in_the_window_unless_one_sentence_is_longer(kind, text, max_tokens):
    _, _, cut = split(READERS[kind], text, max_tokens, max_tokens // 4)
    for passage in cut:
        sizes = count_words([text[a:b] for a, b in passage.sentences])
        assert sum(sizes) <= max_tokens or len(sizes) == 1


@BOTH
@given(TEXTS)
def test_the_same_twice(kind, text):
    assert split(READERS[kind], text) == split(READERS[kind], text)


@given(TEXTS)
def test_other_text_in_front_moves_passages_and_changes_nothing_else(text):
    """What a section says does not depend on where in the file it stands."""
    page, before = f"# Second\n\n{text}", "# First\n\nAlone.\n\n"
    _, _, alone = split(markdown.read, page)
    _, _, moved = split(markdown.read, before + page)
    shift = len(before)
    assert [(p.start + shift, p.end + shift, p.role, p.text) for p in alone] == [
        (p.start, p.end, p.role, p.text) for p in moved[1:]
    ]


def test_headings_are_paths():
    text = "# Salve\n\n## Use\n\nRub it in.\n\n### Children\n\nDo not.\n\n## Risks\n\nNone known.\n"
    _, _, cut = split(markdown.read, text)
    assert [(p.heading, p.text) for p in cut] == [
        (("Use",), "Rub it in."),
        (("Use", "Children"), "Do not."),
        (("Risks",), "None known."),
    ]


def test_what_is_embedded_carries_the_path_and_what_is_quoted_does_not():
    document, _, cut = split(markdown.read, "# Salve\n\n## Use\n\nRub it in.\n")
    assert context(document, cut[0].heading) == "Salve › Use"
    assert cut[0].text == "Rub it in."


def test_small_paragraphs_are_joined_and_large_ones_cut_evenly():
    short = "Rub it in.\n\nWash your hands.\n\nThat is all.\n"
    assert [p.text for p in split(plain.read, short, max_tokens=50, min_tokens=40)[2]] == [short.strip()]
    long = "Here is a sentence of seven words. " * 9
    sizes = [len(p.sentences) for p in split(plain.read, long, max_tokens=30, min_tokens=5)[2]]
    assert sum(sizes) == 9
    assert max(sizes) - min(sizes) <= 1


def test_a_list_stays_with_the_sentence_that_introduces_it():
    _, _, cut = split(plain.read, SCRAPED, max_tokens=80, min_tokens=20)
    (listed,) = [p for p in cut if "Numbness" in p.text]
    assert "Symptoms include:" in listed.text


@pytest.mark.parametrize(
    ("reader", "page"), [(plain.read, SCRAPED), (plain.read, WRAPPED), (markdown.read, MARKDOWN)]
)
def test_navigation_is_kept_and_never_quoted(reader, page):
    _, found, cut = split(reader, page)
    for section in found:
        if section.role == "navigation":
            assert not [p for p in cut if p.start < section.end and section.start < p.end]


def test_the_models_own_word_pieces_are_what_counts(encoder):
    text = "Tacrolimusmonohydratsalbengrundlage wurde aufgetragen. " * 30
    document = Document(0, "x", "x", text, "")
    found = sections(document, plain.read(text).blocks)
    pieces = paragraphs(text, found)
    cut = passages(document, found, pieces, encoder.count_tokens, max_tokens=100, min_tokens=20)
    assert all(encoder.count_tokens([p.text])[0] <= 100 for p in cut)
    assert len(cut) > 3


def test_every_passage_of_the_corpus_fits_the_model(corpus_library, encoder):
    over = []
    for passage in corpus_library.passages:
        document = corpus_library.documents[passage.document_id]
        heading = context(document, passage.heading)
        before = encoder.truncate_all([heading], 48)[heading]
        if encoder.count_tokens([f"{before}\n{passage.text}"])[0] > encoder.window - 2:
            over.append(passage)
    assert all(len(p.sentences) == 1 for p in over)
