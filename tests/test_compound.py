"""Messages with several questions: what is taken apart, what stays together, what each part is answered."""

import pytest

import tacrochat
from material import write_pages
from tacrochat.answering.compound import sentences_apart, take_apart
from tacrochat.answering.found_phrases import FoundPhrases

NAMES = ["Narcolepsy", "Sleep apnea: the basics", "Nausea and vomiting", "Causes", "Treatment"]
TEXTS = [
    "Bubonic plague is one form. Pneumonic plague is another.",
    "Pepper was dear; salt and pepper stood on the table. Signs and symptoms differ.",
    "Acute back pain passes. Chronic back pain stays for months.",
    "A BAI index is small. A CSI index is large. The glow capsules are red.",
]


def phrases():
    return FoundPhrases(lambda: (NAMES, TEXTS))


def split(message):
    return [part.plain for part in take_apart(message, phrases()).parts]


# A question of its own --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("What is malaria and how is it treated?", ["What is malaria?", "How is malaria treated?"]),
        (
            "what is glow, how is it made, and what are its risks",
            ["What is glow?", "How is glow made?", "What are glow's risks?"],
        ),
        (
            "Does cold rash run in families? How is it tested for?",
            ["Does cold rash run in families?", "How is cold rash tested for?"],
        ),
        (
            "what is the function of insulin and where is it produced",
            ["What is the function of insulin?", "Where is insulin produced?"],
        ),
        (
            "What are comb jellies, and what do they eat?",
            ["What are comb jellies?", "What do comb jellies eat?"],
        ),
        (
            "Can you tell me what glow is and how it works?",
            ["Can you tell me what glow is?", "Can you tell me how glow works?"],
        ),
        (
            "Docker volumes: may two containers share one, and how is it encrypted?",
            ["Docker volumes: may two containers share one?", "Docker volumes: how is it encrypted?"],
        ),
        (
            "When was glow invented and for what purpose?",
            ["When was glow invented?", "For what purpose was glow invented?"],
        ),
        (
            "How often does it burn in adults, and how often in children?",
            ["How often does it burn in adults?", "How often does it burn in children?"],
        ),
        (
            "What is the dose for adults? And for children?",
            ["What is the dose for adults?", "What is the dose for children?"],
        ),
    ],
)
def test_each_question_is_complete(message, expected):
    assert split(message) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "Which dose is right for adults and for children?",
            ["Which dose is right for adults?", "Which dose is right for children?"],
        ),
        (
            "Is it safe for cats, for dogs and for birds?",
            ["Is it safe for cats?", "Is it safe for dogs?", "Is it safe for birds?"],
        ),
        (
            "Can I use it when I'm pregnant and later when I'm breastfeeding?",
            ["Can I use it when I'm pregnant?", "Can I use it when I'm breastfeeding?"],
        ),
        (
            "Do I sort by place or by name in sam?",
            ["Do I sort by place in sam?", "Do I sort by name in sam?"],
        ),
        ("Is it a cream or an ointment?", ["Is it a cream?", "Is it an ointment?"]),
    ],
)
def test_groups_share_the_rest_of_the_question(message, expected):
    assert split(message) == expected


@pytest.mark.parametrize(
    "message",
    [
        "Is it good with salt and pepper?",
        "Which signs and symptoms does it have?",
        "Is head and neck cancer common?",
        "Are nausea and vomiting part of it?",
        "Was it found by trial and error?",
        "Does it take weeks or months to work?",
        "What products are well made and have a lid?",
        "What should I do if I paid and don't like it?",
        "What decides which half is positive and which is negative?",
        "When playing alone, what happens?",
        "Is the ointment, which is greasy, safe?",
        "I have a rash. Is it safe?",
        "Is the ointment safe? I have a rash",
        "Do you share my data? If yes, how and why?",
        "Is it related to narcolepsy and sleep apnea together?",
        "It is used in adults and in children.",
        "Is it better than placebo?",
        "Is it better than glow?",
        "Why? Does it burn?",
        "What is the time between when it starts and when it ends?",
        "Does it burn and why?",
    ],
)
def test_one_question_stays_one(message):
    message_parts = take_apart(message, phrases())
    assert [part.text for part in message_parts.parts] == [message]
    assert message_parts.compared == ()


def test_more_than_four_questions_stay_together():
    message = " ".join(f"Is number {i} even?" for i in range(5))
    assert len(split(message)) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Is it safe? And does it work?", ["Is it safe?", "And does it work?"]),
        ("Really?? Yes?", ["Really?? Yes?"]),
        ("Is it safe? does it work", ["Is it safe?", "does it work"]),
        ("Does it burn? Why?", ["Does it burn? Why?"]),
        ("Does it burn? Why? How often is it applied?", ["Does it burn? Why?", "How often is it applied?"]),
        ("Does it burn? Is it costly?", ["Does it burn?", "Is it costly?"]),
        ('Who said "Is it safe?" in the film?', ['Who said "Is it safe?" in the film?']),
    ],
)
def test_no_question_of_a_message_is_dropped(text, expected):
    assert sentences_apart(text) == expected


# What the passages found decide -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "how do they treat narcolepsy and sleep apnea",
            ["How do they treat narcolepsy?", "How do they treat sleep apnea?"],
        ),
        (
            "What are the causes and the treatment of glow?",
            ["What are the causes of glow?", "What is the treatment of glow?"],
        ),
        (
            "How long do acute and chronic back pain last?",
            ["How long does acute back pain last?", "How long does chronic back pain last?"],
        ),
    ],
)
def test_things_that_the_documents_name_apart_are_asked_about_apart(message, expected):
    assert split(message) == expected
    nothing = FoundPhrases(lambda: ([], []))
    assert len(take_apart(message, nothing).parts) == 1


def test_a_message_without_coordination_needs_no_search():
    def fail():
        raise AssertionError

    for message in ("What is glow and how is it used?", "How often is it applied?", "Is it safe for me?"):
        take_apart(message, FoundPhrases(fail))


# Comparisons ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "things", "questions"),
    [
        (
            "what's the difference between glow and shine",
            ("glow", "shine"),
            ["What is glow?", "What is shine?"],
        ),
        (
            "What is the difference between bubonic and pneumonic plague?",
            ("bubonic plague", "pneumonic plague"),
            ["What is bubonic plague?", "What is pneumonic plague?"],
        ),
        (
            "difference between glow ointment and capsules?",
            ("glow ointment", "capsules"),
            ["What is glow ointment?", "What are capsules?"],
        ),
        (
            "How do glow and shine differ in price?",
            ("glow", "shine"),
            ["How does glow differ in price?", "How does shine differ in price?"],
        ),
        ("Compare glow with shine", ("glow", "shine"), ["What is glow?", "What is shine?"]),
        (
            "side effects of the ointment vs the capsules?",
            ("the ointment", "the capsules"),
            ["side effects of the ointment", "side effects of the capsules"],
        ),
        (
            "Is glow safer than shine for children?",
            ("glow", "shine"),
            ["Is glow safer than shine for children?", "Is shine safer than glow for children?"],
        ),
        (
            "Which works better for warts, glow or shine?",
            ("glow", "shine"),
            ["Does glow work better than shine for warts?", "Does shine work better than glow for warts?"],
        ),
        (
            "Is glow or shine cheaper?",
            ("glow", "shine"),
            ["Is glow cheaper than shine?", "Is shine cheaper than glow?"],
        ),
        ("glow or shine?", ("glow", "shine"), ["glow", "shine"]),
        (
            "In GIMP, how do plain brushes differ from color brushes?",
            ("plain brushes", "color brushes"),
            ["In GIMP, what are plain brushes?", "In GIMP, what are color brushes?"],
        ),
    ],
)
def test_a_comparison_asks_the_same_about_each_thing(message, things, questions):
    found = take_apart(message, phrases())
    if message.startswith("difference between glow ointment"):  # "glow capsules" is said
        things, questions = ("glow ointment", "glow capsules"), [questions[0], "What are glow capsules?"]
    assert found.compared == things
    assert [part.plain for part in found.parts] == questions


# Answers ----------------------------------------------------------------------------------------------

PAGES = {
    "glow.md": "# Glow ointment\n\n## What it is\n\nGlow ointment is a yellow cream made from marigold"
    " flowers.\n\n## Use\n\nGlow ointment is spread on the skin of the elbow twice a day, in a thin layer.\n",
    "shine.md": "# Shine powder\n\n## What it is\n\nShine powder is a white dust made from ground sea"
    " shells.\n\n## Use\n\nShine powder is stirred into a glass of water once a week, before supper.\n",
    "both.md": "# Prices\n\nGlow ointment costs nine crowns a tube, and shine powder costs four crowns a"
    " box, so shine powder is cheaper than glow ointment.\n",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("compound")
    library = tacrochat.build(write_pages(folder / "pages", PAGES), folder / "index", encoder=encoder)
    return tacrochat.Assistant(library)


def test_each_part_is_answered_or_refused_by_itself(assistant):
    answer = assistant.ask("What is glow ointment, and who won the football cup of 1974?", threshold=0.3)
    first, second = answer.parts
    assert first.question == first.resolved_question == "What is glow ointment?"
    assert first.status == "answered"
    assert first.quotes[0].document == "glow.md"
    assert second.question == "Who won the football cup of 1974?"
    assert second.status == "not_found"
    assert "football" in second.missing_terms
    assert answer.quotes[0] == first.quotes[0]
    assert answer.unanswered == (second.question,)
    assert answer.confidence == first.confidence


def test_the_parts_are_in_every_form(assistant):
    answer = assistant.ask("What is glow ointment and how is it used?", threshold=0.1)
    questions = ["What is glow ointment?", "How is glow ointment used?"]
    assert [part["question"] for part in answer.to_dict()["parts"]] == questions
    assert answer.compared == ()
    for form in (answer.to_text(), answer.to_html()):
        assert [form.count(question) for question in questions] == [1, 1]
    assert "### How is glow ointment used?" in answer.to_markdown()
    assert "twice a day" in answer.to_text().split(questions[1])[1]


def test_a_comparison_has_a_row_a_thing_and_what_names_both_first(assistant):
    answer = assistant.ask("Is glow ointment cheaper than shine powder?", threshold=0.1)
    assert answer.compared == ("glow ointment", "shine powder")
    assert answer.quotes[0].document == "both.md"
    assert answer.to_html().count('<section class="row">') == 2


def test_one_question_has_no_parts(assistant):
    answer = assistant.ask("What is glow ointment?")
    assert answer.parts == answer.direct == ()
    assert answer.question == answer.resolved_question == "What is glow ointment?"


def test_a_choice_that_is_no_comparison_stays_one_question(assistant):
    assert assistant.ask("Which costs four crowns, glow ointment or shine powder?").parts == ()
