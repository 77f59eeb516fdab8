"""The reader: the same network in training and in use, and what a hit says of it."""

import sys

import numpy as np
import pytest
import torch

import tacrochat
from material import ROOT
from tacrochat.arrays import Floats
from tacrochat.embedding.encoder import Encoder
from tacrochat.ranking.reading.features import WORD_FEATURES
from tacrochat.ranking.reading.network import Network, Words
from tacrochat.ranking.reading.pieces import WordPieces
from tacrochat.ranking.score import READ, rank

sys.path.insert(0, str(ROOT / "scripts"))


def _words(network, count, sentences, random, *, in_question=False):
    def vectors(length) -> Floats:
        values = random.normal(size=(count, 384)).astype(np.float32)
        return length * values / np.linalg.norm(values, axis=1, keepdims=True)

    features = np.abs(random.normal(size=(count, WORD_FEATURES))).astype(np.float32)
    features[:, 0] = random.integers(0, 2, count)
    numbers = np.sort(random.integers(0, sentences, count))
    static = vectors(0.7)
    alone = network.alone(static, features, in_question=in_question)
    return Words(vectors(1.0), static, features, alone, random.integers(0, 30, count), numbers)


def _padded(arrays, count):
    rows = [np.concatenate([a, np.zeros((count - len(a), *a.shape[1:]), a.dtype)]) for a in arrays]
    return torch.from_numpy(np.stack(rows))


@pytest.mark.parametrize("question_words", [1, 7])
def test_numpy_and_torch_compute_the_same(question_words):
    from reader import network as trained

    random = np.random.default_rng(0)
    torch.manual_seed(0)
    network = trained.Network().eval()
    for values in network.parameters():
        values.data += 0.02 * torch.randn_like(values)
    used = Network({n: v.numpy() for n, v in network.state_dict().items()})
    question = _words(used, question_words, 1, random, in_question=True)
    passages = [_words(used, count, sentences, random) for count, sentences in ((30, 4), (1, 1), (50, 6))]
    known = [random.integers(0, 2, question_words).astype(bool) for _ in passages]
    judged = used.judge(question, passages, known)

    batch = trained.Batch(
        *(
            _padded([getattr(side, name) for side in sides], length)
            for name in ("contextual", "static", "features", "stems")
            for sides, length in (([question] * 3, question_words), (passages, 50))
        ),
        q_mask=torch.ones(3, question_words, dtype=torch.bool),
        p_mask=_padded([np.ones(len(p.stems), bool) for p in passages], 50),
        sentence=_padded([p.sentences for p in passages], 50),
        in_context=torch.from_numpy(np.stack(known)),
    )
    batch.p_stems[~batch.p_mask] = -1
    with torch.no_grad():
        log_odds, start, end, sentence = network(batch)
    for row, (passage, judgement) in enumerate(zip(passages, judged, strict=True)):
        count = len(passage.stems)
        assert judgement.log_odds == pytest.approx(float(log_odds[row]), abs=1e-4)
        for one, other in ((start, judgement.start), (end, judgement.end), (sentence, judgement.sentence)):
            np.testing.assert_allclose(one[row, :count].numpy(), other, atol=1e-4)


def test_pieces_are_those_of_the_tokenizer():
    pieces = Encoder().word_pieces
    names = {number: piece for piece, number in pieces.items()}
    cut = WordPieces(pieces)
    assert [names[number] for number in cut.of("tacrolimus")] == ["ta", "##cr", "##oli", "##mus"]
    assert [names[number] for number in cut.of("don't")] == ["don", "t"]
    assert [names[number] for number in cut.of("café")] == ["cafe"]
    assert [names[number] for number in cut.of("漢字漢字")]  # whatever it is, it is something


def test_ten_hits_are_read_and_say_so(corpus_library):
    hits = corpus_library.search("How often is tacrolimus ointment applied?", k=30)
    assert [("reader" in hit.signals) for hit in hits].count(True) == READ
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)


def test_the_words_that_answer_lie_in_a_highlight(corpus_library):
    found = 0
    for question in ("When was tacrolimus discovered?", "How often is the ointment applied?"):
        for quote in tacrochat.Assistant(corpus_library).ask(question).quotes:
            for start, end in quote.answers:
                found += 1
                assert any(a <= start < end <= b for a, b in quote.highlights)
                assert quote.text[start - quote.start : end - quote.start].strip()
    assert found


def test_without_a_reader_the_order_is_that_of_the_signals(corpus_library):
    pipeline = corpus_library.pipeline
    query = pipeline.analyse("Does tacrolimus ointment make hair grow?")
    hits = rank(query, pipeline.candidates(query), pipeline._store)
    assert not any("reader" in hit.signals for hit in hits)
    assert not any(hit.answers for hit in hits)


def test_it_tells_what_is_said_from_what_it_is_about(tmp_path):
    """Both passages are about the same fever."""
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "fever.md").write_text(
        "# Zafirone fever\n\n## One\n\nPeople with Zafirone fever get chills, a headache and a red rash."
        " Most of them feel tired for weeks.\n\n## Two\n\nZafirone fever is treated with rest, fluids and"
        " paracetamol. Antibiotics do not help.\n"
    )
    library = tacrochat.build(tmp_path / "corpus", tmp_path / "index")

    def log_odds(question):
        hits = {hit.passage.heading[-1]: hit for hit in library.search(question, k=2)}
        return [hits[name].signals["reader"] for name in ("One", "Two")]

    symptoms, treatment = (
        log_odds(f"{words} of Zafirone fever?")
        for words in ("What are the symptoms", "What is the treatment")
    )
    assert symptoms[0] > symptoms[1]
    assert treatment[1] > treatment[0]


def test_words_and_questions_without_end_are_read_in_no_time(tmp_path):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "x.md").write_text("# X\n\nThe kettle " + "x" * 300_000 + "\n\n?! … —\n")
    library = tacrochat.build(tmp_path / "corpus", tmp_path / "index")
    (first, *_) = library.search("kettle " + "word " * 300, k=3)
    assert "reader" in first.signals
