"""Questions in other words than the documents': lay words, other forms, words by sound, light words."""

from types import SimpleNamespace

import numpy as np
import pytest

from tacrochat.ranking.records import Query
from tacrochat.search.light_words import LIGHT_WORDS
from tacrochat.search.neighbours import in_their_words
from tacrochat.search.other_words import reword
from tacrochat.search.query import analyse
from tacrochat.search.sounds import sound_alike
from tacrochat.search.spelling import respell
from tacrochat.search.unknown_names import has_unknown_name
from tacrochat.search.word_forms import is_form
from tacrochat.text import STOPWORDS, content, stem, tokens
from tacrochat.types import Hit, Passage
from tacrochat.word_codes import compress


class Corpus:
    """The words of a corpus, each in one passage."""

    def __init__(self, text):
        self.words = {token.text: 1 for token in tokens(text)}
        self.stems = {stem(word) for word in self.words}

    def has(self, words):
        return all(token.stem in self.stems for token in content(tokens(words)))

    def near(self, word):
        return self.words

    def fetch(self, stems):
        pass

    def frequency(self, stem):
        return int(stem in self.stems)

    def idf(self, stem):
        return 1.0


@pytest.mark.parametrize(
    ("question", "corpus", "expected"),
    [
        ("Can I get my jabs?", "vaccines are given", "Can I get my vaccines?"),
        ("Can I get my jabs?", "jabs are vaccines", None),  # the documents have the word
        ("Can I get my jabs?", "nothing of the kind", None),  # nor have they a word for it
        ("Is it taken by mouth?", "oral use", "Is it taken oral?"),
        ("Does it cause HAIR   LOSS", "alopecia in adults", "Does it cause alopecia"),
        ("hair loss", "hair and its loss", None),
        ("Is it safe if pregnant?", "in pregnancy", "Is it safe if pregnancy?"),
        ("who discovered it", "its discovery", "who discovery it"),
        ("Does the stuff work?", "stuffing a goose", None),  # a light word stays
        ("kidney and fits", "renal colic, seizures", "renal and seizures"),
    ],
)
def test_a_word_that_the_documents_lack_is_searched_for_as_another(question, corpus, expected):
    corpus = Corpus(corpus)
    reworded = reword(question, corpus.has, corpus.near)
    assert reworded.text == (expected or question)
    assert bool(reworded.respellings) == (expected is not None)
    for change in reworded.respellings:
        assert change.typed in question
        assert change.searched in reworded.text


@pytest.mark.parametrize(
    ("word", "other", "expected"),
    [
        ("pregnant", "pregnancy", True),
        ("discovered", "discovery", True),
        ("injected", "injection", True),
        ("stronger", "strong", True),
        ("thinner", "thin", True),
        ("safer", "safe", True),
        ("easiest", "easy", True),
        ("number", "numb", False),
        ("shower", "show", False),
        ("respond", "response", True),
        ("important", "importing", True),  # of one origin; the answer names both
        ("prednisone", "prednisolone", False),
        ("clobetasone", "clobetasol", False),
        ("hair", "hairs", False),  # too short: stems bring these together
    ],
)
def test_what_is_another_form_of_a_word(word, other, expected):
    assert is_form(word, other) == is_form(other, word) == expected


@pytest.mark.parametrize(
    ("typed", "word", "expected"),
    [
        ("kidnies", "kidney", True),
        ("pharmasist", "pharmacist", True),
        ("clobetasone", "clobetasol", False),
        ("quinidine", "quinine", False),
        ("glands", "glans", False),
        ("cats", "cuts", False),
    ],
)
def test_what_sounds_alike(typed, word, expected):
    assert sound_alike(typed, word) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("togehter", "together"),
        ("presure", "pressure"),
        ("Elidel", None),
        ("Olumiant", None),
        ("zyrtec", None),
    ],
)
def test_a_slip_of_an_everyday_word_is_no_unknown_name(typed, expected):
    respelt = respell(f"what about {typed}", lambda _: {}, lambda word, _: False)
    assert respelt.text.split()[-1] == (expected or typed)


class Words:
    """An encoder that gives no vectors."""

    class vocabulary:  # noqa: N801
        """Every word is as specific as can be."""

        @staticmethod
        def specificity(word):
            return 1.0

    @staticmethod
    def encode_question(question, spans):
        return np.zeros(4, np.float32), np.zeros((len(spans), 4), np.float32)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("does that stuff burn", ["burn"]),
        ("gonna burn till when", ["burn", "till"]),  # of these, the documents have one
        ("is that stuff ok", ["stuff", "ok"]),  # nothing else is asked for
    ],
)
def test_words_that_matter_little_are_left_out_where_the_documents_lack_them(question, expected):
    query = analyse(question, Corpus("the till may burn"), Words)
    assert [term.text for term in query.terms] == expected
    assert [number >= 0 for number in query.ids] == [Corpus("the till may burn").has(w) for w in expected]
    assert len(query.positions) == len(expected)


def test_light_words_are_written_as_tokens_are():
    assert not LIGHT_WORDS & STOPWORDS
    assert all([token.text for token in tokens(word)] == [word] for word in LIGHT_WORDS)


@pytest.mark.parametrize(
    ("word", "expected"), [("finasteride", True), ("eyelashes", False), ("tacrolimus", False)]
)
def test_an_unknown_name_is_told_from_an_everyday_word(word, expected):
    query = analyse(f"Does {word} work?", Corpus("tacrolimus may work"), Words)
    assert isinstance(query, Query)
    assert has_unknown_name(query) == expected


class Passages:
    """An index of one passage whose words have given vectors."""

    def __init__(self, text, vectors):
        self.passage = Passage(0, 0, (), 0, len(text), text, sentences=((0, len(text)),))
        self.codes = compress(np.stack(vectors).astype(np.float32))
        assert len(tokens(text)) == len(vectors)

    def passages_at(self, ids):
        return [self.passage]

    def words(self, ids, stems):
        return SimpleNamespace(codes=self.codes)


def towards(target, other, cosine):
    """A vector of length 1 at a cosine to one vector, away from it in the direction of another."""
    return cosine * target + (1 - cosine**2) ** 0.5 * other


@pytest.mark.parametrize(
    ("cosine", "typed", "expected"),
    [
        (0.9, "die", "how many deaths here"),
        (0.3, "die", "how many die here"),
        (0.9, "finasteride", "how many finasteride here"),  # it may be a name
    ],
)
def test_a_near_word_of_the_passages_found_stands_for_one_that_is_nowhere(cosine, typed, expected):
    asked, away = np.eye(384, dtype=np.float32)[:2]
    question = f"how many {typed} here"
    term = next(token for token in tokens(question) if token.text == typed)
    vectors = np.stack([away, away, asked, away])
    query = Query(question, (term,), (-1,), (1.0,), (1.0,), asked, vectors, (2,))
    index = Passages("the deaths", [towards(asked, away, 0.99), towards(asked, away, cosine)])
    found = in_their_words(query, [Hit(index.passage, 1.0)], index)
    assert found.text == expected
    changes = [(change.typed, change.searched) for change in found.respellings]
    assert changes == ([("die", "deaths")] if "deaths" in expected else [])
    assert in_their_words(query, [], index).text == question
