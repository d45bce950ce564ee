"""Do names fit as the formulas say?"""

import numpy as np
import pytest

from analyzers.picture.zero_shot import each_of, label_table, log_odds, one_of
from tests.analyzers.picture.words import Directions


def test_log_odds_are_the_cosine_times_the_scale_plus_the_bias():
    embedder = Directions()
    vectors = np.stack([embedder.captioned({"a cup": 0.2}), embedder.captioned({"a car": 0.1})])

    odds = log_odds(vectors, ["a cup", "a car"], embedder)

    expected = [[0.2 * 112 - 16.5, -16.5], [-16.5, 0.1 * 112 - 16.5]]
    np.testing.assert_allclose(odds, expected, atol=1e-4)


def test_one_of_several_is_a_softmax():
    np.testing.assert_allclose(one_of(np.log([[1.0, 2.0, 5.0]])), [[0.125, 0.25, 0.625]])


@pytest.mark.parametrize("odds", [1000.0, -1000.0], ids=["huge", "tiny"])
def test_odds_of_any_size_have_a_probability(odds):
    assert np.isfinite(one_of(np.array([[odds, 0.0]]))).all()
    assert np.isfinite(each_of(np.array([[odds, 0.0]]), 0.1)).all()


def test_the_probability_under_the_prior_of_the_training_is_the_sigmoid():
    odds = np.array([[-9.0, -2.0, 0.0, 3.0]])

    np.testing.assert_allclose(each_of(odds, 1 / 32_768), 1 / (1 + np.exp(-odds)), rtol=1e-3)


def test_a_prior_is_what_is_answered_without_evidence():
    without = np.array([[-np.log(32_767.0)]])  # the log-odds of one pair in 32,768

    np.testing.assert_allclose(each_of(without, 0.02), [[0.02]], rtol=1e-6)


@pytest.mark.parametrize("name", ["scenes", "activities", "products"])
def test_lists_of_names_are_lower_case_captions_without_a_full_stop(name):
    def leaves(table):
        for value in table.values():
            yield from leaves(value) if isinstance(value, dict) else [value] if isinstance(value, str) else []

    phrases = list(leaves(label_table(name)))
    assert phrases
    assert [phrase for phrase in phrases if phrase != phrase.strip() or phrase.endswith(".")] == []


def test_no_place_stands_twice():
    places = [name for listed in label_table("scenes")["places"].values() for name in listed]

    assert len(places) == len(set(places))
