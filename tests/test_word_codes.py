"""Word vectors in 2 bits a number: cosines stay what they were, for every length of vector."""

import numpy as np
import pytest

from tacrochat import word_codes


def _unit(rows, columns, seed=1):
    vectors = np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("dimension", [384, 385, 387, 64])
def test_cosines_are_about_those_of_whole_vectors(dimension):
    words = _unit(3_000, dimension)
    # Words of a question that are like some of the words, a little or very much.
    near = words[:6] + np.linspace(0.2, 2, 6)[:, None].astype(np.float32) * _unit(6, dimension, 2)
    question = near / np.linalg.norm(near, axis=1, keepdims=True)
    codes = word_codes.compress(words)
    assert codes.shape == (3_000, word_codes.width(dimension))
    assert word_codes.width(dimension) == 2 + -(-dimension // 4)
    error = word_codes.cosines(codes, question) - words @ question.T
    assert error.std() < 0.4 / dimension**0.5
    assert abs(error.mean()) < 0.1 / dimension**0.5


def test_a_word_is_as_near_to_itself_as_it_was():
    words = _unit(200, 384)
    found = word_codes.cosines(word_codes.compress(words), words)
    assert np.diag(found) == pytest.approx(np.ones(200), abs=2e-3)


def test_a_vector_with_a_few_large_numbers_loses_no_more_than_others():
    words = _unit(500, 384)
    words[:, :2] *= 30
    words /= np.linalg.norm(words, axis=1, keepdims=True)
    error = word_codes.cosines(word_codes.compress(words), words[:9]) - words @ words[:9].T
    assert error.std() < 0.02


def test_a_word_beyond_the_window_has_no_cosine():
    words = _unit(4, 384)
    words[2] = 0
    found = word_codes.cosines(word_codes.compress(words), _unit(3, 384, 5))
    assert not found[2].any()
    assert found[[0, 1, 3]].all()
    assert word_codes.cosines(word_codes.compress(words[:0]), words).shape == (0, 4)


def test_codes_of_any_bytes_give_numbers():
    codes = np.random.default_rng(3).integers(0, 256, (2_000, word_codes.width(384))).astype(np.uint8)
    assert not np.isnan(word_codes.cosines(codes, _unit(5, 384))).any()


def test_the_rotation_is_the_same_on_every_machine():
    """An index is read where it was not made: another rotation would make its words meaningless."""
    rotation = word_codes._rotation(384)
    assert rotation @ rotation.T == pytest.approx(np.eye(384), abs=1e-5)
    assert word_codes._rotation(8)[0, :4] == pytest.approx(
        [-0.1083297, 0.2664816, 0.5345827, 0.4510975], abs=1e-6
    )
