"""Follow-ups keep their subject, ask back which one is meant, and leave alone what stands by itself."""

import pytest

import tacrochat
from tacrochat.answering import references
from tacrochat.search.condition import About
from tacrochat.search.filter import Filter

FEVERS = {
    "malaria.md": """\
# Malaria

## How it spreads

Malaria is spread by the bite of an infected anopheles mosquito.

## Symptoms

The first symptoms of malaria are fever, headache and chills, ten to fifteen days after the bite.
""",
    "dengue.md": """\
# Dengue

## How it spreads

Dengue is spread by the bite of an infected aedes mosquito, which bites by day.

## Symptoms

The symptoms of dengue are high fever, pain behind the eyes, and a rash.

## Vaccine

A vaccine against dengue is given to children in two doses, three months apart.
""",
    "cholera.md": """\
# Cholera

## How it spreads

Cholera is spread by water and food that hold the bacterium.

## Treatment

Most people with cholera are treated with an oral rehydration solution.
""",
}


@pytest.fixture(scope="module")
def fevers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fevers")
    for name, text in FEVERS.items():
        (folder / "corpus").mkdir(exist_ok=True)
        (folder / "corpus" / name).write_text(text, "utf-8")
    return tacrochat.Assistant(tacrochat.build(folder / "corpus", folder / "index"))


ONE_DRUG = {
    "pregnancy.md": "# Tacrolimus ointment in pregnancy\n\nTacrolimus ointment: only if needed.\n",
    "use.md": "# Using tacrolimus ointment\n\nTacrolimus ointment is applied to the skin twice daily.\n",
    "storage.md": "# Storing tacrolimus ointment\n\nTacrolimus ointment is stored below 25 degrees.\n",
}


def test_it_is_the_grammatical_subject_and_not_what_a_preposition_adds(tmp_path):
    (tmp_path / "corpus").mkdir()
    for name, text in ONE_DRUG.items():
        (tmp_path / "corpus" / name).write_text(text, "utf-8")
    assistant = tacrochat.Assistant(tacrochat.build(tmp_path / "corpus", tmp_path / "index"))
    answer = assistant.ask("How is it applied?", history=["Is tacrolimus safe in pregnancy?"])
    assert answer.resolved_question == "How is tacrolimus applied?"


def documents(answer):
    return {quote.document for quote in answer.quotes + answer.nearest}


def test_a_follow_up_is_answered_about_its_subject(fevers):
    answer = fevers.ask("what are the symptoms?", history=["How is malaria spread?"], threshold=0)
    assert answer.resolved_question == "what are the symptoms? (malaria)"
    assert documents(answer) == {"malaria.md"}
    assert "chills" in answer.quotes[0].text


def test_a_pronoun_is_replaced(fevers):
    answer = fevers.ask("How is it treated?", history=["How is cholera spread?"], threshold=0)
    assert answer.resolved_question == "How is cholera treated?"
    assert "rehydration" in answer.quotes[0].text


def test_what_the_documents_of_the_subject_do_not_say_is_not_found(fevers):
    answer = fevers.ask("is there a vaccine?", history=["How is malaria spread?"])
    assert answer.status in {"uncertain", "not_found"}
    assert "malaria" in f"{answer.message} {answer.resolved_question}"
    assert documents(answer) <= {"malaria.md"}
    assert documents(fevers.ask("is there a vaccine?")) == {"dengue.md"}  # by itself


def test_a_new_subject_takes_over_the_question(fevers):
    answer = fevers.ask("what about dengue?", history=["How is malaria spread?"], threshold=0)
    assert answer.resolved_question == "How is dengue spread?"
    assert documents(answer) == {"dengue.md"}


def test_the_first_subject_is_gone_back_to(fevers):
    history = ["How is malaria spread?", "How is dengue spread?", "what are the symptoms?"]
    answer = fevers.ask("and of the first one?", history=history, threshold=0)
    assert answer.resolved_question == "what are the symptoms? (malaria)"
    assert documents(answer) == {"malaria.md"}


@pytest.mark.parametrize("correction", ["no, dengue", "I meant dengue", "sorry, dengue!"])
def test_a_correction_asks_the_question_again(fevers, correction):
    history = ["How is malaria spread?", "what are the symptoms?"]
    answer = fevers.ask(correction, history=history, threshold=0)
    assert answer.resolved_question == "what are the symptoms? (dengue)"
    assert documents(answer) == {"dengue.md"}


def test_a_question_that_stands_by_itself_is_left_alone(fevers):
    question = "How are most people with cholera treated?"
    alone = fevers.ask(question)
    assert fevers.ask(question, history=["How is malaria spread?"]) == alone


def test_it_is_asked_back_which_of_two_is_meant(fevers):
    history = ["What is the difference between malaria and dengue?"]
    back = fevers.ask("how is it spread?", history=history)
    assert back.status == "conversation"
    assert back.choices == ("how is malaria spread?", "how is dengue spread?")
    assert back.quotes == back.nearest == ()
    assert back.to_dict()["choices"] == list(back.choices)
    assert "2. how is dengue spread?" in back.to_text()
    assert "2. how is dengue spread?" in back.to_markdown()
    assert "<li>how is dengue spread?</li>" in back.to_html()
    history.append("how is it spread?")
    for reply in (back.choices[1], "2", "dengue", "the second one"):
        chosen = fevers.ask(reply, history=history, threshold=0)
        assert documents(chosen) == {"dengue.md"}, reply
        later = fevers.ask("and the symptoms?", history=[*history, reply], threshold=0)
        assert documents(later) == {"dengue.md"}, reply


def test_both_are_asked_about_when_the_question_says_so(fevers):
    history = ["What is the difference between malaria and dengue?"]
    answer = fevers.ask("how are they spread?", history=history, threshold=0)
    assert answer.choices == ()
    assert documents(answer) == {"malaria.md", "dengue.md"}


def test_a_follow_up_stays_within_the_chosen_documents(fevers):
    answer = fevers.ask(
        "what are the symptoms?", history=["How is malaria spread?"], documents=["dengue.md"], threshold=0
    )
    assert answer.status == "not_found"
    assert documents(answer) == set()


def test_a_section_is_a_condition(fevers):
    pipeline = fevers.library.pipeline
    number = fevers.library.find_document("dengue.md")
    heading = next(p.heading for p in fevers.library.passages_of(number) if "two doses" in p.text)
    about = About(sections=frozenset({(number, heading)}))
    hits = pipeline.search("how is it spread", narrowed=Filter(about=(about,))).hits
    assert ["two doses" in hit.passage.text for hit in hits] == [True]


def test_a_stretch_is_a_condition(fevers):
    number = fevers.library.find_document("dengue.md")
    start = fevers.library.documents[number].text.index("A vaccine")
    about = About(stretches=frozenset({(number, start, start + 10)}))
    hits = fevers.library.pipeline.search("how is it spread", narrowed=Filter(about=(about,))).hits
    assert ["two doses" in hit.passage.text for hit in hits] == [True]


def test_words_are_a_condition(fevers):
    about = About(stems=frozenset({"mosquito"}))
    hits = fevers.library.pipeline.search("what are the symptoms", narrowed=Filter(about=(about,))).hits
    assert len(hits) == 2
    assert all("mosquito" in hit.passage.text for hit in hits)


@pytest.mark.parametrize(
    ("message", "divided"),
    [
        ("and in children?", ("in children", "")),
        ("No, the ointment", ("the ointment", "")),
        ("no i meant the cream. can it burn?", ("the cream", "can it burn?")),
        ("and the first one, what is the dose", ("the first one", "what is the dose")),
        ("what about frame relay?", ("frame relay", "")),
        ("going back to the rats, did it work", ("the rats", "did it work")),
        ("Does it burn?", ("", "Does it burn?")),
        ("and how often?", ("", "and how often?")),
    ],
)
def test_a_message_is_divided(message, divided):
    assert references.divide(message) == divided


@pytest.mark.parametrize(
    ("question", "resolved"),
    [
        ("is it dangerous?", "is malaria dangerous?"),
        ("what is its cause?", "what is malaria's cause?"),
        ("how often do they occur", "how often do malaria occur"),
        ("is it safe to travel?", "is it safe to travel? (malaria)"),
        ("how hot does it get there", "how hot does it get there (malaria)"),
        ("side effects?", "side effects? (malaria)"),
        ("is malaria treated?", "is malaria treated?"),
    ],
)
def test_a_question_is_shown_with_its_subject(question, resolved):
    assert references.with_subject(question, "malaria") == resolved


@pytest.mark.parametrize("message", ["no side effects?", "Is there no ointment?", "and now the cream"])
def test_no_correction(message):
    assert not references.is_correction(message)
