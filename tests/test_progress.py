"""The share that is done and the time that is left: by cost, not by count."""

import pytest

import tacrochat
from material import write_pages
from tacrochat.building.progress import Meter, file_cost, text_costs
from tacrochat.ui.documents.tab import doing
from tacrochat.ui.state import State


class Paces(list):
    """What a meter shows, at times that the test sets."""

    def __init__(self):
        super().__init__()
        self.now = 0.0
        self.meter = Meter(self.append, lambda: self.now)

    def at(self, seconds, *told):
        self.now = seconds
        self.meter(*told)
        return self[-1]


def test_a_large_file_counts_as_what_it_is():
    paces = Paces()
    paces.meter.plan("reading", {"reading": [10, 10, 960, 20]})
    assert paces.at(0, "reading", 2, 4).share == pytest.approx(0.02)
    assert paces.at(1, "reading", 3, 4).share == pytest.approx(0.98)
    assert paces.at(1, "reading", 4, 4).share == 1
    assert file_cost(50_000_000) > 1_000 * file_cost(1_000)


def test_passages_and_sentences_are_one_phase():
    paces = Paces()
    paces.meter.plan("embedding", {"passages": [3, 3], "sentences": [1] * 4})
    shares = [paces.at(t, *told).share for t, told in enumerate([("passages", 2, 2), ("sentences", 2, 4)])]
    assert shares == pytest.approx([0.6, 0.8])
    assert [pace.phase for pace in paces] == ["embedding"] * 2


def test_the_time_left_is_that_of_a_steady_speed_and_leaves_out_the_start():
    paces = Paces()
    paces.meter.plan("embedding", {"sentences": [1] * 1_000})
    assert paces.at(40, "sentences", 10, 1_000).seconds_left is None, "the model was loaded meanwhile"
    for second in range(1, 60):
        pace = paces.at(40 + second, "sentences", 10 + 10 * second, 1_000)
        assert pace.seconds_left == pytest.approx((990 - 10 * second) / 10)


def test_the_time_left_follows_a_change_of_speed_without_a_jump():
    paces = Paces()
    paces.meter.plan("embedding", {"sentences": [1] * 10_000})
    for second in range(60):
        before = paces.at(second, "sentences", 100 * second, 10_000).seconds_left
    after = paces.at(60, "sentences", 5_910, 10_000).seconds_left
    assert before < after < 1.1 * before, "one slow second of sixty"
    for second in range(61, 181):
        slow = paces.at(second, "sentences", 5_910 + 10 * (second - 60), 10_000).seconds_left
    assert slow == pytest.approx((10_000 - 7_110) / 10, rel=0.7), "two slow minutes"


def test_costs_come_in_the_order_of_encoding_and_are_bounded():
    texts = ["a" * 10, "b" * 200_000, "c" * 500]
    costs = text_costs(texts)
    assert costs == sorted(costs, reverse=True)
    assert costs[0] < 2 * text_costs(["d" * 1_000])[0], "the model reads a window"


def test_a_build_tells_a_meter_its_phases_and_ends_each(tmp_path, encoder):
    paces = []
    pages = write_pages(tmp_path / "pages")
    tacrochat.build(pages, tmp_path / "index", encoder=encoder, progress=Meter(paces.append))
    assert list(dict.fromkeys((pace.phase, pace.stage) for pace in paces)) == [
        ("reading", "reading"), ("embedding", "passages"), ("embedding", "sentences")
    ]  # fmt: skip
    for phase in ("reading", "embedding"):
        shares = [pace.share for pace in paces if pace.phase == phase]
        assert shares == sorted(shares)
        assert shares[-1] == 1


def test_a_page_says_minutes():
    def said(seconds_left, language):
        return doing(State("building", "reading", 0.5, seconds_left), language)

    assert said(None, "en") == "files 50%"
    assert said(50, "en") == "files 50%, less than a minute left"
    assert said(130, "de") == "Dateien 50\u00a0%, noch etwa 2 min"
