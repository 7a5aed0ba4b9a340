import math

import pytest

from qa.logistic import Logistic

MODEL = Logistic(0.5, {"part": 2.0, "kind": -1.0}, {"part": 0.5, "kind": 3.0}, {"part": 0.25, "kind": 2.0})


def test_probability_is_the_logistic_of_the_scaled_measures() -> None:
    # 0.5 + 2 * (1 - 0.5) / 0.25 - (4 - 3) / 2 = 4
    assert MODEL.probability({"part": 1.0, "kind": 4.0}) == pytest.approx(1 / (1 + math.exp(-4.0)))


def test_a_measure_that_is_not_there_counts_as_its_mean() -> None:
    assert MODEL.probability({"kind": 4.0}) == MODEL.probability({"part": 0.5, "kind": 4.0}) == 0.5


def test_log_odds_beyond_all_measure_are_still_a_probability() -> None:
    assert 0.0 < MODEL.probability({"part": -1e9}) < MODEL.probability({"part": 1e9}) < 1.0 + 1e-12
