"""Words and sentences: where they stand, and that no sentence is ever cut in two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacrochat.text import LONGEST_SENTENCE, content, fold, sentences, stem, stems, tokens, trim


def cut(text):
    return [text[a:b] for a, b in sentences(text)]


# Each line holds whole sentences separated by " | "; joined by a blank, they must come apart there and
# nowhere else.
SENTENCES = [
    "The dose was approx. 5 mg per day. | It was taken for 6 wk. in all.",
    "Children of 2 yrs. of age were included. | Adults were not.",
    "Treatment lasted max. 6 mo. without a pause. | Then it ended.",
    "Price et al. found no regrowth in 11 patients. | This was in 2005.",
    "They compared clobetasol vs. tacrolimus in 40 people. | Neither won.",
    "It appeared in J. Am. Acad. Dermatol. in 2005. | Others followed.",
    "See Int. J. Trichology for details. | It is free.",
    "The mean was 3.5 ng/mL after 2.25 hours. | Nothing above 5.0 was seen.",
    "The hair grew again.[5] | Then it fell out.",
    "It was shown twice [5]. | It was doubted once [6, 7].",
    "He asked Dr. Smith about it. | She said no.",
    "Avoid live vaccines, e.g. measles, mumps and rubella. | Ask first.",
    "It may burn, i.e. sting, at first. | This passes.",
    "Take it b.i.d. with water. | Do not chew it.",
    "The U.S. label warns of this. | The European one does too.",
    "Does it help? | No one knows. | It might!",
    'She said "It does not work." | He agreed.',
    "It costs $5.99 at St. Mary's. | That is cheap.",
    "See Fig. 3 and Tab. 2 for the doses. | They are low.",
    "Version 2.0 came on Jan. 5 of that year. | It was better.",
    "Strength no. 2 is stronger. | Use it on the body.",
    "Apply a thin layer (about 0.5 g) twice daily. | Rub it in gently.",
    "Die Salbe wird ca. 2 Wochen lang angewendet. | Danach wird geprüft, z.B. beim Arzt.",
    "Nicht auf offene Wunden auftragen. | Kinder unter 2 Jahren bekommen sie nicht.",
    "Bei bzw. nach der Behandlung kann die Haut brennen. | Das vergeht.",
]


@pytest.mark.parametrize("line", SENTENCES)
def test_sentence_ends(line):
    parts = line.split(" | ")
    assert cut(" ".join(parts)) == parts


# Where it cannot be told, staying together is right and coming apart is wrong.
NEVER_CUT = [
    ("The drug does not", "The dose is approx. 5 mg and does not rise."),
    ("vs", "Tacrolimus 0.1% vs. Placebo was tested in vain."),
    ("citation", "It was published (J. Am. Acad. Dermatol. 2005;52:138-9) without effect."),
    ("initial", "It was described by R. C. Strange in a letter without data."),
    ("species", "S. aureus was not found in any of them."),
    ("time", "Do not apply it at 8 a.m. or later."),
    ("lower", "The pH was 5.5. but it did not change."),
]


@pytest.mark.parametrize(("name", "text"), NEVER_CUT, ids=[n for n, _ in NEVER_CUT])
def test_one_sentence_stays_one(name, text):
    assert cut(text) == [text]


def test_a_blank_line_ends_a_sentence_and_a_single_newline_does_not():
    assert cut("No full stop here\n\nNext one") == ["No full stop here", "Next one"]
    assert cut("broken over\ntwo lines. Then more.") == ["broken over\ntwo lines.", "Then more."]


def test_a_run_without_an_end_is_cut_at_white_space_only():
    text = "word " * 2_000
    spans = sentences(text)
    assert len(spans) > 5
    assert all(b - a <= LONGEST_SENTENCE for a, b in spans)
    assert all(set(text[a:b].split()) == {"word"} for a, b in spans)
    unbroken = "x" * 5_000
    assert cut(unbroken) == [unbroken]


ALPHABET = st.one_of(
    st.characters(codec="utf-8"),
    st.sampled_from(list("  \n\n\t.!?…:;,-*#>|[]()0123456789AbcZ'\"“”‘’«»é\u3000\u2028\x85\x0b\ufeff")),
)
WORDS = st.lists(
    st.sampled_from(
        "the not Drug dose. No? Yes! approx. e.g. Dr. 5.5 mg [5] [note 3] \n\n \n J. Am. (see) “Quote.” … .\n"
        " \u3000 。 a.m. 中文。 ab\n\nCd U.S. I. - * 1. ## End".split(" ")
    ),
    max_size=40,
).map(" ".join)
# Decoding has turned every "\r" into "\n" before anything else sees a text.
ANY_TEXT = st.one_of(st.text(ALPHABET, max_size=400), WORDS).map(lambda text: text.replace("\r", "\n"))


@given(ANY_TEXT)
def test_sentences_cover_everything_but_white_space(text):
    spans = sentences(text)
    position = 0
    for start, end in spans:
        assert start < end
        assert position <= start
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


@given(ANY_TEXT)
def test_a_sentence_of_a_sentence_is_itself(text):
    for start, end in sentences(text):
        assert sentences(text, start, end)[0][0] == start
        assert sentences(text, start, end)[-1][1] == end


@given(ANY_TEXT, st.integers(0, 50), st.integers(0, 50))
def test_sentences_stay_inside_the_span_asked_for(text, a, b):
    start, end = sorted((min(a, len(text)), min(b, len(text))))
    assert all(start <= x < y <= end for x, y in sentences(text, start, end))


@given(ANY_TEXT)
def test_tokens_stand_where_they_say(text):
    position = 0
    for token in tokens(text):
        assert position <= token.start < token.end
        assert fold(text[token.start : token.end]) == token.text
        assert stem(token.text) == token.stem
        position = token.end


@given(st.text(max_size=80))
def test_fold_is_idempotent(word):
    assert fold(fold(word)) == fold(word)


@given(ANY_TEXT)
def test_trim_drops_white_space_only(text):
    start, end = trim(text, 0, len(text))
    assert text[start:end] == text.strip()


def test_words():
    assert [t.text for t in tokens("It's 0.03% Protopic® (60 g), isn’t it?")] == [
        "it's",
        "0.03",
        "protopic",
        "60",
        "g",
        "isn't",
        "it",
    ]
    assert [t.text for t in content(tokens("How often is it applied?"))] == ["often", "applied"]
    assert stems("applied applies applying") == ["appli", "appli", "appli"]
    assert tokens("...!?") == []


@pytest.mark.timeout(60)  # far more than it takes; with the square of the length it would be minutes
@pytest.mark.parametrize("unit", ["`", "`a. B` ", "J. Am. Acad. ", "is it so? yes it is! "])
def test_the_time_for_a_hostile_text_grows_with_its_length_only(unit):
    text = unit * (1_000_000 // len(unit))
    spans = sentences(text)
    assert "".join("".join(text[a:b] for a, b in spans).split()) == "".join(text.split())
