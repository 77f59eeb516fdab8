"""Sources that differ: what a passage says to a yes-or-no question, and which quotes say opposite things."""

import json

import pytest

import tacrochat
from tacrochat.answering.disagreement import described
from tacrochat.ranking.aspects import opposed, with_both_sides
from tacrochat.ranking.stance import Stance
from tacrochat.ranking.verdict_words import affirms, denies, gives_none, in_scope
from tacrochat.types import Hit, Passage
from tacrochat.ui.differing import differ_text

PAGES = {
    "first.md": "# Zafirone trial in Bergen\n\nZafirone drops improved sleep in adults with tinnitus.\n",
    "second.md": (
        "# Zafirone trial in Lund\n\nZafirone drops had no effect on sleep in adults with tinnitus.\n"
    ),
    "third.md": "# Other medicines\n\nMelorine tablets had no effect on appetite in children with asthma.\n",
}
QUESTION = "Do zafirone drops improve sleep in adults with tinnitus?"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory, encoder):
    root = tmp_path_factory.mktemp("differ")
    (root / "pages").mkdir()
    for name, text in PAGES.items():
        (root / "pages" / name).write_text(text, "utf-8")
    library = tacrochat.build(root / "pages", root / "index", encoder=encoder)
    return tacrochat.Assistant(library)


def test_opposite_results_are_named(assistant):
    answer = assistant.ask(QUESTION, threshold=0.0)
    sides = [{answer.quotes[i].document for i in group} for group in answer.differ]
    assert sorted(sides, key=min) == [{"first.md"}, {"second.md"}]
    sentence = described(answer.differ)
    assert sentence.startswith("Sources differ: quote ")
    for shown in (answer.message, answer.to_text(), answer.to_markdown().replace("\\", ""), answer.to_html()):
        assert sentence in shown
    assert json.loads(json.dumps(answer.to_dict()))["differ"] == [list(group) for group in answer.differ]


def test_what_is_said_of_another_medicine_is_no_other_side(assistant):
    answer = assistant.ask(QUESTION, threshold=0.0, documents=["first.md", "third.md"])
    assert answer.quotes
    assert answer.differ == ()
    assert "Sources differ" not in answer.message


def test_only_a_yes_or_no_question_has_sides(assistant):
    answer = assistant.ask("What did zafirone drops do to sleep in adults?", threshold=0.0)
    assert len(answer.quotes) > 1
    assert answer.differ == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Tacrolimus improved the skin.", (True, False)),
        ("Tacrolimus did not improve the skin.", (False, True)),
        ("There was no significant difference in regrowth.", (False, True)),
        ("The two creams were similar.", (False, False)),
        ("It improved the skin, but not the nails.", (False, False)),
        ("The cream (not the tablet) improved the skin.", (True, False)),
    ],
)
def test_words_of_verdict(text, said):
    assert (affirms(text), denies(text)) == said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The study had no comparison group.", True),
        ("Its effect has not been clarified.", True),
        ("Further trials may show a benefit.", True),
        ("There is a lack of experimental evidence for gloves.", True),
        ("Gloves alone may not help unless hands are washed.", True),
        ("It ranges from the absence of any sign to fever.", True),
        ("It did not improve survival.", False),
        ("There was an absence of effect in adults.", False),
    ],
)
def test_what_is_missing_or_planned_is_no_verdict(text, expected):
    assert gives_none(text) == expected


def test_a_negation_ends_at_but():
    words = "did not help the skin but cleared the nails".split()
    assert in_scope(words) == [False, False, True, True, True, False, False, False, False]


def hit(number, score=0.0):
    return Hit(Passage(number, number, (), 0, 1, "x", sentences=((0, 1),)), score)


def stance(side, about=2.0):
    return Stance(side, (0, 1), about)


class TestBothSides:
    HITS = (hit(0, 5.0), hit(1, 4.0), hit(2, 3.0), hit(3, 2.5), hit(4, 2.0), hit(5, 0.5))

    def ids(self, known, count=4):
        return [h.passage.id for h in with_both_sides(self.HITS[:count], self.HITS, known)]

    def test_the_other_side_is_third(self):
        assert self.ids({0: stance("yes"), 4: stance("no")}) == [0, 1, 4, 3]

    def test_it_takes_no_side_away(self):
        assert self.ids({2: stance("yes"), 4: stance("no")}) == [0, 2, 4, 3]

    def test_nothing_changes_when_both_are_there_or_none(self):
        assert self.ids({0: stance("yes"), 1: stance("no"), 4: stance("no")}) == [0, 1, 2, 3]
        assert self.ids({4: stance("no")}) == [0, 1, 2, 3]

    def test_a_passage_far_below_the_best_is_no_other_side(self):
        assert self.ids({0: stance("yes"), 5: stance("no", 9.0)}) == [0, 1, 2, 3]

    def test_a_single_quote_stays(self):
        assert self.ids({0: stance("yes"), 4: stance("no")}, count=1) == [0]

    def test_groups_are_in_the_order_of_the_quotes(self):
        known = {0: stance("no"), 2: stance("yes"), 3: stance("no")}
        assert opposed(self.HITS[:4], known) == ((0, 3), (2,))
        assert opposed(self.HITS[:4], {0: stance("no"), 3: stance("yes")}) == ()


def test_the_sentence_counts_quotes_from_one():
    assert described(()) == ""
    assert described(((0, 2), (1,))) == "Sources differ: quotes 1 and 3 say the opposite of quote 2."
    assert described(((0,), (1, 2, 3))) == "Sources differ: quote 1 says the opposite of quotes 2, 3 and 4."
    assert differ_text(((0, 2), (1,)), "en") == "quotes 1 and 3 say the opposite of quote 2."
    assert differ_text(((0, 2), (1,)), "de") == "Die Zitate 1 und 3 sagen das Gegenteil von Zitat 2."
    assert differ_text(((0,), (1, 2)), "de") == "Zitat 1 sagt das Gegenteil von den Zitaten 2 und 3."
