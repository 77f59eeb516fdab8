"""The order of passages, the choice of quotes, confidence: on a real index, with the shipped weights."""

import json

import numpy as np
import pytest

import tacrochat
from tacrochat.ranking import confidence, diversity, score, signals, weights
from tacrochat.ranking.question_form import answer_type, negation, refers_back
from tacrochat.types import Hit, Passage


@pytest.fixture(scope="module")
def library(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("boats")
    (folder / "a.md").write_text(
        "# Harbour rules\n\n## Speed\n\nBoats must not go faster than 6 knots inside the harbour wall.\n\n"
        "## Mooring\n\nA mooring costs 14 euros a night, paid to the harbour master before noon.\n\n"
        "## Repairs\n\nHulls may be painted on the slipway in spring and in autumn.\n",
        encoding="utf-8",
    )
    (folder / "b.md").write_text(
        "# Visitors' page\n\n## Cost of a night\n\nVisitors say "
        "that a night at the mooring costs 20 euros in summer.\n\n"
        "## Food\n\nThe bakery by the quay opens at seven and sells rolls with seeds.\n",
        encoding="utf-8",
    )
    return tacrochat.build(folder, tmp_path_factory.mktemp("index") / "index", encoder=encoder)


def hit(number, score, document=0):
    return Hit(Passage(number, document, (), 0, 1, "x"), score)


def test_weights_name_known_signals_and_say_where_they_come_from():
    shipped = weights.load()
    assert set(shipped.ranking) == set(signals.NAMES)
    assert set(shipped.ranking_long) == set(signals.NAMES)
    assert all(weight >= 0 for model in (shipped.ranking, shipped.ranking_long) for weight in model.values())
    assert set(shipped.sentence) == set(signals.SENTENCE_NAMES)
    assert set(shipped.topic) <= {*confidence.TOPIC, "intercept"}
    assert all(
        weight >= 0
        for model in (shipped.topic, shipped.answer)
        for n, weight in model.items()
        if n != "intercept"
    )
    assert 0 < shipped.threshold < 1
    path = __import__("importlib.resources").resources.files("tacrochat.ranking") / "weights.json"
    provenance = json.loads(path.read_text("utf-8"))["provenance"]
    assert provenance["fitted_by"] == "benchmarks/fit_ranking.py"
    assert provenance["sets"]


def test_the_weights_of_a_question_depend_on_its_length():
    assert [round(weights.length(terms), 3) for terms in (0, 3, 6, 15, 400)] == [0, 0, 0.431, 1, 1]
    shipped = weights.load()
    assert shipped.of_length(2) == dict(shipped.ranking)
    assert shipped.of_length(40) == dict(shipped.ranking_long)
    short, middle, long = (shipped.of_length(terms)["bm25_share"] for terms in (2, 7, 40))
    assert short < middle < long
    signal = dict.fromkeys(signals.NAMES, 1.0)
    assert score.contributions(signal, 2)["word_match"] == pytest.approx(shipped.ranking["word_match"])
    assert score.contributions(signal, 40)["word_match"] == pytest.approx(shipped.ranking_long["word_match"])


def test_a_passage_has_the_cosine_of_the_beginning_of_its_document(library):
    query = library.pipeline.analyse("What does a mooring cost?")
    candidates = library.pipeline.candidates(query)
    values = library.pipeline.measure(query, candidates).values[:, signals.NAMES.index("opening_cosine")]
    assert len({c.passage.document_id for c in candidates}) == 2
    for candidate, value in zip(candidates, values, strict=True):
        first = library.passages_of(candidate.passage.document_id)[0]
        assert value == pytest.approx(float(library.embeddings[first.id] @ query.query_vector), abs=1e-3)


def test_signals_are_finite_and_named(library):
    query = library.pipeline.analyse("How fast may a boat go?")
    candidates = library.pipeline.candidates(query)
    found = signals.measure(query, candidates, library._store)
    assert found.values.shape == (len(candidates), len(signals.NAMES))
    assert np.isfinite(found.values).all()
    assert [len(rows) for rows in found.sentences] == [len(c.passage.sentences) for c in candidates]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How fast may a boat go?", "6 knots"),
        ("When can I paint my hull?", "slipway"),
        ("fresh bread", "bakery"),
    ],
)
def test_the_right_passage_comes_first(library, question, words):
    assert words in library.search(question)[0].passage.text


def test_a_word_alone_and_a_question_of_function_words_are_ranked(library):
    assert "mooring" in library.search("mooring")[0].passage.text
    assert library.search("how is it")


def test_particular_words_count_more_than_everyday_ones(library):
    specificity = library.encoder.vocabulary.specificity
    assert specificity("the") < 0.2 < specificity("people") < specificity("harbour") < specificity("vitiligo")
    assert specificity("vitiligo") == 1.0
    query = library.pipeline.analyse("What do people pay for a mooring?")
    by_term = dict(zip([term.text for term in query.terms], query.specificity, strict=True))
    assert by_term["people"] < by_term["mooring"]


def test_a_particular_word_that_is_missing_weighs_more_than_an_everyday_one(library):
    def lacking(question):
        query = library.pipeline.analyse(question)
        hits = score.rank(query, library.pipeline.candidates(query), library._store)
        return max(hit.signals["specific_lacking"] for hit in hits)

    plain = lacking("What does a mooring cost?")
    assert lacking("What does a mooring cost with vitiligo?") < plain - 0.1
    assert lacking("What does a mooring cost with some more?") > plain - 0.1


def test_confidence_compares_with_what_unrelated_questions_reach(library):
    query = library.pipeline.analyse("What does a night at the mooring cost?")
    hits = score.rank(query, library.pipeline.candidates(query), library._store, library.pipeline.reader)
    values, background, shipped = (
        confidence.features(query, hits),
        library.pipeline.background,
        weights.load(),
    )
    assert set(background) == set(confidence.TOPIC)
    assert all(values[name] > background[name] for name in background)
    here = confidence.probability(values, background, shipped)
    assert confidence.probability(values, {n: v + 5 for n, v in background.items()}, shipped) < here
    for name in set(shipped.answer) - {"intercept"}:
        assert confidence.probability(values | {name: values[name] + 1}, background, shipped) >= here
    assert confidence.probability({}, background, shipped) == 0.0
    assert confidence.median_features([{}]) == dict.fromkeys(confidence.TOPIC, 0.0)


def test_only_a_confidence_asks_for_the_background(library):
    opened = tacrochat.open(library.folder)
    opened.search("mooring")
    assert "background" not in vars(opened.pipeline)
    opened.pipeline.search("mooring")
    assert "background" in vars(opened.pipeline)


def test_a_sentence_that_refers_back_carries_what_it_refers_to(library, encoder):
    assert refers_back("These can include rash.")
    assert refers_back("In this case, stop.")
    assert not refers_back("The ointment burns.")
    passage = "Side effects are common with it. These may be rash and fever. A bus stops at noon."
    folder = library.folder.parent / "carried"
    folder.mkdir()
    (folder / "c.md").write_text(passage, encoding="utf-8")
    other = tacrochat.build(folder, folder / "index", encoder=encoder)
    query = other.pipeline.analyse("Which side effects are there?")
    rows = signals.measure(query, other.pipeline.candidates(query), other._store).sentences[0]
    carried = rows[:, signals.SENTENCE_NAMES.index("carried")]
    assert carried[1] > 0.5
    assert carried[0] == carried[2] == 0


def test_both_documents_are_quoted(library):
    answer = tacrochat.Assistant(library).ask("What does a night at the mooring cost?", threshold=0.0)
    assert {quote.document for quote in answer.quotes[:2]} == {"a.md", "b.md"}


def test_silence_is_less_confident_than_an_answer(library):
    assistant = tacrochat.Assistant(library)
    there = assistant.ask("What does a night at the mooring cost?").confidence
    absent = assistant.ask("Which vaccine protects against yellow fever?")
    assert absent.status == "not_found"
    assert absent.confidence < there
    assert "vaccine" in absent.missing_terms


def test_several_questions_in_one(library):
    answer = tacrochat.Assistant(library).ask(
        "What does a night at the mooring cost? Which vaccine protects against yellow fever?", threshold=0.3
    )
    assert answer.status == "answered"
    assert "euros" in answer.quotes[0].text
    assert "Which vaccine protects against yellow fever?" in answer.message


def test_misspelt_words_are_searched_for_in_the_other_spelling(library):
    answer = tacrochat.Assistant(library).ask("What does a moorng cost?")
    assert answer.resolved_question == "What does a mooring cost?"
    assert "moorng" not in answer.missing_terms


def test_a_follow_up_is_resolved_and_shown(library):
    answer = tacrochat.Assistant(library).ask(
        "and in summer?", history=["What does a night at the mooring cost?"]
    )
    assert "mooring" in answer.resolved_question
    assert "20 euros" in answer.quotes[0].text or "20 euros" in answer.quotes[1].text


class TestDiversify:
    vectors = np.eye(8, dtype=np.float32)

    def test_documents_alternate_when_each_speaks(self):
        hits = [hit(0, 9.0, 0), hit(1, 8.9, 0), hit(2, 8.0, 1)]
        assert [h.passage.id for h in diversity.diversify(hits, self.vectors[: len(hits)], 4)] == [0, 2, 1]

    def test_a_document_far_below_does_not_speak_first(self):
        hits = [hit(0, 9.0, 0), hit(1, 8.9, 0), hit(2, 4.0, 1)]
        assert [h.passage.id for h in diversity.diversify(hits, self.vectors[: len(hits)], 4)] == [0, 1, 2]

    def test_the_last_quote_goes_to_another_side(self):
        hits = [hit(0, 9.0, 0), hit(1, 8.9, 0), hit(2, 8.8, 0), hit(3, 8.7, 0), hit(4, 4.0, 1)]
        assert [h.passage.id for h in diversity.diversify(hits, self.vectors[: len(hits)], 4)] == [0, 1, 2, 4]
        assert [h.passage.id for h in diversity.diversify(hits, self.vectors[: len(hits)], 2)] == [0, 1]

    def test_a_passage_about_something_else_is_left_out(self):
        assert len(diversity.diversify([hit(0, 20.0), hit(1, 2.0)], self.vectors[:2], 4)) == 1

    def test_near_duplicates_count_once(self):
        vectors = self.vectors[[0, 0]]
        assert len(diversity.diversify([hit(0, 9.0), hit(1, 9.0, 1)], vectors, 4)) == 1

    def test_nothing_gives_nothing(self):
        assert diversity.diversify([], self.vectors[:0], 4) == []


def test_what_a_question_asks_for():
    assert answer_type("How many people?", ["It was 60 people.", "It was people."]) == [0.5, -0.5]
    assert answer_type("Tell me about it", ["60"]) == [0.0]


@pytest.mark.parametrize(
    ("question", "says", "says_not"),
    [
        ("What is a kettle?", "A kettle is a pot with a lid.", "A kettle is not sold here."),
        (
            "What is descaling?",
            "The page says descaling means taking off the lime.",
            "Descaling is often needed.",
        ),
        ("what are heat pads", "Heat pads are thin cushions with a wire.", "Heat pads are used by many."),
        ("What is lime?", "Lime (calcium carbonate) is a white stone.", "Lime is known to everybody."),
    ],
)
def test_what_something_is_is_a_type_of_answer(question, says, says_not):
    assert answer_type(question, [says, says_not]) == [0.5, -0.5]


@pytest.mark.parametrize(
    "question", ["What is the lid?", "What is it?", "What is a cure for lime?", "What is lime used for?"]
)
def test_only_a_question_for_the_meaning_asks_what_something_is(question):
    assert answer_type(question, ["The lid is a cover. Lime is a stone. A cure for lime is a rinse."]) == [
        0.0
    ]
    assert negation("Is it not safe?", ["It is safe.", "It isn't safe."]) == [-1.0, 0.0]
