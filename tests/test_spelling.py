"""Misspelt words are searched for in both spellings; no name is exchanged for one that looks like it."""

import random
from importlib.resources import files

import pytest

import tacrochat
from material import ROOT
from tacrochat.search.slips import is_slip
from tacrochat.search.spelling import respell
from tacrochat.text import frequency, stem

PAIRS = [
    tuple(line.split())
    for line in (ROOT / "tests" / "labelled" / "confused_drug_names.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


def known(*words):
    return lambda word, stem: word in words


def word_counts(library):
    """Return the words of an index, each with the number of passages that have it."""
    arrays = [part.segment.terms for part in library._store.parts]
    return {
        word: library.pipeline.terms.frequency(stem)
        for terms in arrays
        for stem, word in zip(terms.stems, terms.words, strict=True)
    }


def misspellings():
    """What people really typed, with what they meant: the dictionary of codespell, made of others' texts."""
    lines = files("codespell_lib").joinpath("data", "dictionary.txt").read_text("utf-8").splitlines()
    for line in lines:
        typed, _, meant = line.partition("->")
        if typed.isalpha() and meant.isalpha():  # one meaning only
            yield typed.lower(), meant.lower()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("tacrolimis oinment", "tacrolimus ointment"),
        ("does it cause siezures", "does it cause seizures"),
        ("the ointment", "the ointment"),
        ("a zebra", "a zebra"),
        ("an oitnment", "an ointment"),
    ],
)
def test_a_slip_is_respelt(question, expected):
    words = ("tacrolimus", "ointment", "seizures", "zebu")
    respelt = respell(question, lambda _: dict.fromkeys(words, 1), known(*words, "cause", "zebra"))
    assert respelt.text == expected
    assert [r.searched for r in respelt.respellings] == [
        b for a, b in zip(question.split(), expected.split(), strict=True) if a != b
    ]


@pytest.mark.parametrize(
    ("typed", "word", "expected"),
    [
        ("tacrolimis", "tacrolimus", True),
        ("alopesia", "alopecia", True),
        ("nefritis", "nephritis", True),
        ("docucument", "document", True),
        ("amking", "making", True),
        ("prednisolone", "prednisone", False),
        ("clobetasone", "clobetasol", False),
        ("nimodipine", "nifedipine", False),
        ("quinidine", "quinine", False),
        ("dioval", "diovan", False),
    ],
)
def test_what_is_a_slip(typed, word, expected):
    assert is_slip(typed, word) == expected


def test_no_drug_is_exchanged_for_one_that_looks_like_it(corpus_library):
    """Each name is asked for in a library that knows the other one of the pair, and only that."""
    counts = word_counts(corpus_library)
    vocabulary = corpus_library.encoder.vocabulary
    assert len({frozenset(pair) for pair in PAIRS}) >= 200

    def respelt(name, other):
        words = {word: n for word, n in counts.items() if word != name} | {other: 9}
        return respell(
            f"What is {name} used for?", lambda _: words, lambda word, _: word in words or word in vocabulary
        ).respellings

    respellings = {name: respelt(name, other) for pair in PAIRS for name, other in (pair, pair[::-1])}
    searched = {name: found[0].searched for name, found in respellings.items() if found}
    names = {name for pair in PAIRS for name in pair}
    assert not {name: word for name, word in searched.items() if word in names}
    # An everyday word may be searched for beside a name that no list has; the answer says so.
    assert len(searched) <= 3, searched
    assert all(frequency(word) >= 3.5 for word in searched.values())


def test_real_misspellings_of_words_of_the_corpus_are_found(corpus_library):
    pipeline = corpus_library.pipeline
    words = word_counts(corpus_library)
    pairs = [(typed, meant) for typed, meant in misspellings() if meant in words and typed not in words]
    sample = random.Random(2026).sample(pairs, 200)

    def is_found(typed, meant):
        searched = pipeline.respell(f"what about {typed}").text.split()[-1]
        return stem(searched) == stem(meant)

    found = sum(is_found(*pair) for pair in sample)
    assert found >= 180, [pair for pair in sample if not is_found(*pair)]


def test_the_words_that_are_looked_at_have_all_that_may_be_meant(corpus_library):
    """``near`` narrows by length and letters; no word that the rules would choose is lost by that."""
    pipeline = corpus_library.pipeline
    words = word_counts(corpus_library)
    sample = random.Random(7).sample([typed for typed, _ in misspellings() if typed not in words], 150)
    for typed in sample:
        question = f"what about {typed}"
        whole = respell(question, lambda _: words, lambda word, _: word in words)
        narrowed = respell(question, pipeline.terms.near, lambda word, _: word in words)
        assert narrowed == whole


@pytest.mark.parametrize("name", ["prednisolone", "clobetasone", "clobetasone butyrate"])
def test_a_name_that_the_documents_do_not_have_is_missing(corpus_library, name):
    for question in (f"What is {name} used for?", f"What about {name}?"):
        answer = tacrochat.Assistant(corpus_library).ask(question)
        assert answer.status == "not_found"
        assert name.split()[0] in answer.missing_terms
        assert not answer.respellings
        assert name.split()[0] in answer.message


def test_both_spellings_are_named(corpus_library):
    answer = tacrochat.Assistant(corpus_library).ask("How often is tacrolimis applied?")
    assert answer.status == "answered"
    assert answer.resolved_question == "How often is tacrolimus applied?"
    assert answer.message.endswith("Searched also for “tacrolimus”; you wrote “tacrolimis”.")
    assert [(r.typed, r.searched) for r in answer.respellings] == [("tacrolimis", "tacrolimus")]
    for text in (answer.to_text(), answer.to_html()):
        assert "you wrote “tacrolimis”" in text


def test_an_abstention_names_both_spellings_too(corpus_library):
    answer = tacrochat.Assistant(corpus_library).ask("Which tacrolimis factory is in Brazil?", threshold=1.0)
    assert answer.status in {"uncertain", "not_found"}
    assert "you wrote “tacrolimis”" in answer.message
