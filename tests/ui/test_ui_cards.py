"""What a card shows at first, which quotes share one, and what is offered when nothing answers."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

import tacrochat
from tacrochat import Assistant
from tacrochat.answering.answer import Answer
from tacrochat.search.filter import Filter
from tacrochat.text import sentences
from tacrochat.types import Document, Quote
from tacrochat.ui import turns
from tacrochat.ui.chat import cards
from tacrochat.ui.chat.context import context
from tacrochat.ui.chat.lead import lead
from tacrochat.ui.chat.people import people
from tacrochat.ui.chat.same import grouped
from tacrochat.ui.chat.shown import Context
from tacrochat.ui.chat.tries import questions_to_try

FILLER = (
    " The tube is white and has a green cap. It was designed in Basel by three engineers who like tubes."
    " Every box holds one tube and a leaflet in four languages. The leaflet is printed on thin paper."
    " Boxes are stacked on wooden pallets."
)


def quote(text, answering="", *, document="a.md", title="Glow ointment", start=100, **fields):
    """Make a quote at an offset of its document; ``answering`` is highlighted, and known to answer."""
    at = start + text.index(answering)
    marks = ((at, at + len(answering)),) if answering else ()
    values = {"heading": (), "page": None, "line": 3, "score": 1.0, "signals": {}, "kind": "trial"} | fields
    return Quote(
        document_id=0,
        start=start,
        end=start + len(text),
        text=text,
        label=f"{title}, line 3",
        highlights=marks,
        document=document,
        title=title,
        source=None,
        url=None,
        date="2020",
        answers=marks,
        **values,
    )


def shown(text, answering=""):
    return [text[a:b] for a, b in lead(quote(text, answering))]


@pytest.mark.parametrize(
    ("before", "answering", "after", "expected"),
    [
        ("", "Glow ointment is applied twice daily.", "", "Glow ointment is applied twice daily."),
        (
            "Grease was compared with glow ointment.",
            "It did not regrow hair.",
            "",
            "Grease was compared with glow ointment. It did not regrow hair.",
        ),
        (
            "Glow ointment helped in mice.",
            "However, it failed in people.",
            "",
            "Glow ointment helped in mice. However, it failed in people.",
        ),
        (
            "",
            "Glow ointment regrew hair.",
            "But only in mice.",
            "Glow ointment regrew hair. But only in mice.",
        ),
        (
            "",
            "Glow ointment regrew hair.",
            "This was not confirmed later.",
            "Glow ointment regrew hair. This was not confirmed later.",
        ),
        (
            "Sixty adults used grease.",
            "The same adults used glow ointment later.",
            "",
            "Sixty adults used grease. The same adults used glow ointment later.",
        ),
    ],
)
def test_a_sentence_is_shown_with_what_its_sense_depends_on(before, answering, after, expected):
    text = " ".join(filter(None, ["Nobody had asked before." + FILLER, before, answering, after])) + FILLER
    assert " ".join(shown(text, answering)) == expected


def test_an_item_of_a_list_is_shown_with_what_introduces_it():
    items = "\n".join(
        f"- a reason number {n} that is long enough to be an item of its own." for n in range(1, 6)
    )
    text = f"Some words before.{FILLER}\n\nDo not use glow ointment if there is one of these:\n\n{items}"
    answering = "- a reason number 4 that is long enough to be an item of its own."
    assert shown(text, answering)[0].startswith("Do not use glow ointment")
    assert shown(text, answering)[-1].endswith(answering)


def test_a_table_and_a_short_passage_are_shown_whole():
    table = "| group | hair |\n| --- | --- |\n" + "\n".join(f"| glow {n} | {n} % |" for n in range(60))
    assert shown(table, "| glow 41 | 41 % |") == [table]
    short = "Glow ointment is white. It is applied twice daily."
    assert shown(short, "It is applied twice daily.") == [short]


def test_what_is_shown_are_whole_sentences_of_real_passages(kettle_library):
    for passage in kettle_library.passages:
        for span in passage.sentences:
            own = quote(passage.text, passage.text[span[0] - passage.start : span[1] - passage.start])
            parts = lead(own)
            edges = {*sentences(passage.text), (0, len(passage.text))}
            starts, ends = {a for a, _ in edges}, {b for _, b in edges}
            assert all(a in starts and b in ends for a, b in parts)
            assert any(a <= own.highlights[0][0] - own.start < b for a, b in parts)


SAID = "Glow ointment is applied twice daily to the scalp for 12 weeks."


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        (SAID, True),
        ("The glow ointment is applied twice daily to the scalp, for 12 weeks.", True),
        ("Glow ointment is applied to the scalp twice daily for 12 weeks.", True),
        ("Glow ointment is not applied twice daily to the scalp for 12 weeks.", False),
        ("Glow ointment isn't applied twice daily to the scalp for 12 weeks.", False),
        ("Glow ointment is applied twice daily to the scalp for 16 weeks.", False),
        ("Glow ointment is applied once daily to the scalp for 12 weeks.", False),
        ("Glow ointment is applied twice daily to the scalp for 12 months.", False),
        ("Glow ointment is rarely applied twice daily to the scalp for 12 weeks.", False),
        ("Glow ointment may be applied twice daily to the scalp for 12 weeks.", False),
        ("Glow ointment was applied twice daily to the scalp for 12 weeks.", False),
        ("Glow ointment is applied twice daily to the skin for 12 weeks.", False),
    ],
)
def test_only_quotes_that_say_the_same_share_a_card(other, is_same):
    quotes = [quote(SAID, SAID), quote(other, other, document="b.md")]
    assert grouped(quotes, "How is it applied?") == ([[0, 1]] if is_same else [[0], [1]])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Glow ointment 0.1 % cleared patches.", "Glow ointment 0.1 mg cleared patches."),
        ("Glow ointment cleared patches in 5 % of adults.", "Glow ointment cleared patches in 5 of adults."),
        ("Glow ointment worked better than plain grease.", "Plain grease worked better than glow ointment."),
        (
            "Adults lost hair, 40 with glow, 60 with grease.",
            "Adults lost hair, 60 with glow, 40 with grease.",
        ),
        ("Hair loss causes stress in adults.", "Stress causes hair loss in adults."),
        ("Glow ointment is used above 25 degrees.", "Glow ointment is used below 25 degrees."),
        ("Hair grew in adults who stopped glow.", "Hair grew in adults. It stopped who glow."),
    ],
)
def test_the_same_words_that_say_another_thing_have_two_cards(first, second):
    quotes = [quote(first, first), quote(second, second, document="b.md")]
    assert grouped(quotes, "Glow?") == [[0], [1]]


def test_the_same_sentence_about_another_thing_or_with_a_limit_has_its_own_card():
    text = "Apply a thin layer twice daily to the affected skin."
    same, other = quote(text, text), quote(text, text, document="b.md", title="Dull ointment")
    assert grouped([same, other], "How is glow ointment applied?") == [[0], [1]]
    assert grouped([same, other], "How is ointment applied?") == [[0, 1]]
    limited = quote(f"{text} But do not apply it to children.", text, document="b.md")
    assert grouped([same, limited], "How is ointment applied?") == [[0], [1]]
    assert grouped([same, quote(text, text)], "How?") == [[0], [1]], "one document says it twice"
    assert grouped([same, quote(text, document="b.md")], "How?") == [[0], [1]], (
        "no sentence is known to answer"
    )


def test_those_that_say_the_same_are_folded_with_their_texts():
    first, second = quote(SAID, SAID, also=("copy.md, line 1",)), quote(SAID, SAID, document="b <i>.md")
    card = cards.card(Answer("Q", "Q", "answered", 0.9, "", (first, second)), 3, "en")
    assert "Also said by 2 others" in card
    assert card.count("<figure") == 2
    assert card.index('<details class="tc-also"') < card.index('data-document="b &lt;i&gt;.md"')
    assert "copy.md, line 1" in card.split("In the same words:")[1]
    assert "Das sagt auch 1 andere Quelle" in cards.card(
        Answer("Q", "Q", "answered", 0.9, "", (first,)), 3, "de"
    )


class Text(HTMLParser):
    """The text inside the ``blockquote`` elements of a card, one string for each."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.quotes, self.is_inside = [], False

    def handle_starttag(self, tag, attributes):
        if tag == "blockquote":
            self.quotes.append("")
            self.is_inside = True

    def handle_endtag(self, tag):
        self.is_inside = self.is_inside and tag != "blockquote"

    def handle_data(self, data):
        if self.is_inside:
            self.quotes[-1] += data


def test_a_card_has_the_whole_text_once_and_names_its_place():
    text = f"Before <b>all</b>.{FILLER}\n\nGlow ointment regrew hair & more.{FILLER}"
    own = quote(text, "Glow ointment regrew hair & more.")
    answer = Answer("Q", "Q", "answered", 0.9, "", (own,))
    card = cards.card(answer, 3, "en", Context(digests={"a.md": "0123456789abcdef"}))
    parser = Text()
    parser.feed(card)
    assert parser.quotes == [text]
    assert (
        '<span class="tc-lead"><mark><strong>Glow ointment regrew hair &amp; more.</strong></mark></span>'
        in card
    )
    assert 'data-document="a.md" data-start="100"' in card
    assert f'data-end="{100 + len(text)}" data-digest="0123456789abcdef"' in card
    assert (
        card.count('class="tc-link"')
        == card.count('class="tc-collect"')
        == card.count('class="tc-copy"')
        == 1
    )


@pytest.mark.parametrize(
    ("text", "opening", "expected"),
    [
        ("Hair grew in 45 adult patients.", "", "45 adult patients"),
        ("We saw 1,024 people.", "", "1,024 people"),
        ("Twenty-three women took part.", "", "Twenty-three women"),
        ("Hair grew.", "A study of 12 children.", "12 children"),
        ("It lasted 12 weeks in adults.", "", ""),
        ("Seen in 1 in 10 people.", "", ""),
        ("Less than 5 patients had it.", "", ""),
        ("About 10 % of patients had it.", "", ""),
        ("Children of 2 years and older children.", "", ""),
        ("It costs 3 million people their hair.", "", ""),
        ("Hair grew.", "x" * 4000 + " 12 children.", ""),
    ],
)
def test_people_are_counted_in_the_words_of_the_document(text, opening, expected):
    document = Document(id=0, path="a.md", title="A", text=opening or text, digest="0")
    assert people(quote(text), document) == expected


def test_quotes_that_differ_are_a_table():
    texts = ("Yes, in 40 patients <b>.", "No.", "Neither.")
    quotes = tuple(quote(text, start=n) for n, text in enumerate(texts))
    answer = Answer("Q", "Q", "answered", 0.9, "", quotes, differ=((0,), (1,)))
    table = cards.card(answer, 3, "en", Context(people={("a.md", 0): "40 patients"}))
    head, *bodies = re.findall(r"<t(?:head|body)>.*?</t(?:head|body)>", table)
    names = ["What it says", "Kind of source", "Date", "People studied"]
    assert re.findall(r"<th [^>]*>([^<]*)<", head) == names
    assert len(bodies) == 2
    assert '<q dir="auto">40 patients</q>' in bodies[0]
    assert bodies[1].endswith("<td></td></tr></tbody>"), "nothing is said of people"
    assert "Neither." in table.split("</table>")[1], "a quote that takes no side stands below"


@pytest.fixture(scope="module")
def library(tmp_path_factory, encoder):
    root = tmp_path_factory.mktemp("tries")
    for name, text in {
        "skin": "Glow ointment is applied to the skin of the eyelids of dogs, cats and kittens.",
        "tube": "The tube of glow ointment is stored in a cool place, away from children.",
    }.items():
        (root / "corpus").mkdir(exist_ok=True)
        (root / "corpus" / f"{name}.md").write_text(f"# About {name}\n\n{text}\n", "utf-8")
    return tacrochat.build(root / "corpus", root / "index", encoder=encoder)


def test_words_of_the_documents_are_offered_and_kept(library):
    answer = Assistant(library).ask("Which submarine did the puppy launch?")
    assert answer.status in {"not_found", "uncertain"}
    tries = questions_to_try(library, answer)
    assert ("dogs", "Which submarine did the dogs launch?") in tries
    turn = replace(turns.Turn.of(answer, library), tries=tries, narrowed=Filter.of(["skin.md"], ["unknown"]))
    (restored,) = turns.restore(turns.save([turn]), library)
    assert (restored.tries, restored.narrowed) == (tries, turn.narrowed)
    bad = turns.save([turn])[0] | {"narrowed": {"documents": [], "kinds": ["<b>"]}}
    assert turns.restore([bad], library) == []


def test_what_was_searched_is_listed(library):
    answer = Answer("Q", "Q", "not_found", 0.1, "")
    turn = turns.Turn.of(answer, library)
    assert "All 2 documents were searched" in cards.card(answer, 2, "en", context(turn, library))
    narrowed = replace(turn, narrowed=Filter.of(["tube.md"], None))
    card = cards.card(answer, 2, "en", context(narrowed, library))
    assert "1 of 2 documents were searched" in card
    searched, left_out = card.split("Left out by")
    assert "About tube" in searched
    assert "About skin" in left_out
    assert "searched" not in cards.card(answer, 2, "en")
