import math
from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest

from qa import metrics
from qa.metrics import Floats
from qa.paired import N_SWAPS, Pairs, adjusted_chances

NAN = math.nan


def column(*values: float) -> Floats:
    return np.array(values, dtype=np.float64).reshape(-1, 1)


def means(old: Sequence[float], new: Sequence[float]) -> Pairs:
    return Pairs(metrics.mean, column(*old), column(*new))


def test_the_difference_is_of_the_figures_each_over_the_cases_that_speak_of_it() -> None:
    # Old: 1, 0 and nothing: .5. New: nothing, 1 and 1: 1.0. Three questions speak of it in one of them.
    pairs = means([1, 0, NAN, NAN], [NAN, 1, 1, NAN])
    assert (pairs.difference(), pairs.n) == (0.5, 3)


def test_a_difference_that_every_question_shows_has_no_width() -> None:
    assert means([0.2, 0.5, 0.7], [0.3, 0.6, 0.8]).interval() == (0.1, 0.1)


def test_no_difference_is_none_however_much_the_cases_vary() -> None:
    assert means([0, 1, 0.3, 0.7], [0, 1, 0.3, 0.7]).interval() == (0.0, 0.0)


def test_the_interval_of_a_mean_is_close_to_the_normal_one() -> None:
    # 20 of 100 fall from 1 to 0, 80 stay: -.2 -+ 1.96 * sqrt(.2 * .8 / 100) = -.278 to -.122.
    low, high = means([1] * 100, [0] * 20 + [1] * 80).interval()
    assert low == pytest.approx(-0.278, abs=0.015)
    assert high == pytest.approx(-0.122, abs=0.015)


def test_the_interval_of_a_figure_that_is_no_mean_draws_both_columns_together() -> None:
    # The confidences are turned round: from perfect order to the reverse, on every draw that has both kinds.
    answerable = [1.0, 1.0, 0.0, 0.0]
    old = np.array([[0.9, 0.8, 0.2, 0.1], answerable]).T
    new = np.array([[0.1, 0.2, 0.8, 0.9], answerable]).T
    pairs = Pairs(metrics.auroc, old, new)
    assert (pairs.difference(), pairs.interval()) == (-1.0, (-1.0, -1.0))


def test_a_figure_that_no_draw_defines_has_no_interval() -> None:
    pairs = Pairs(metrics.auroc, np.array([[0.5, 1.0]]), np.array([[0.6, 1.0]]))
    assert all(math.isnan(bound) for bound in pairs.interval())


def every_swap(n: int) -> Floats:
    return np.array([[place >> bit & 1 for bit in range(n)] for place in range(2**n)], dtype=np.float64)


@pytest.mark.parametrize(
    "pairs",
    [
        means([1, 0, 0.5], [0, 1, 0.25]),
        means([1, NAN, 0.5], [NAN, 1, 0.25]),
        Pairs(metrics.auroc, np.array([[0.9, 1], [0.5, 0], [0.4, 1]]), np.array([[0.3, 1], [0.1, 0], [0.2, 1]])),
    ],
    ids=["mean", "mean with gaps", "AUROC"],
)
def test_swapped_differences_are_those_of_columns_exchanged_by_hand(pairs: Pairs) -> None:
    swaps = every_swap(3)
    expected = []
    for swap in swaps:
        old, new = pairs.old.copy(), pairs.new.copy()
        for place in np.flatnonzero(swap):
            old[place], new[place] = pairs.new[place], pairs.old[place]
        expected.append(Pairs(pairs.statistic, old, new).difference())
    np.testing.assert_allclose(pairs.swapped_differences(swaps), expected, atol=1e-9)


def chances(*figures: Pairs) -> tuple[float, ...]:
    """Return the chances of falls of figures of which higher is better."""

    def fall(pairs: Pairs, swaps: Floats) -> Floats:
        falls: Floats = -pairs.swapped_differences(swaps)
        return falls

    falls = [partial(fall, pairs) for pairs in figures]
    return adjusted_chances(falls, [-pairs.difference() for pairs in figures], figures[0].old.shape[0])


def test_the_chance_of_one_figure_is_that_of_so_many_tosses_of_a_coin() -> None:
    # Five of eight questions fall, none rises: all five have to come up the same way, 1 of 32.
    (chance,) = chances(means([1] * 8, [0] * 5 + [1] * 3))
    assert chance == pytest.approx(1 / 32, abs=4 * math.sqrt(1 / 32 * 31 / 32 / N_SWAPS))


def test_a_figure_that_says_the_same_as_another_costs_nothing() -> None:
    fell = means([1] * 8, [0] * 5 + [1] * 3)
    assert chances(fell, fell) == 2 * chances(fell)


def test_a_second_figure_that_moves_apart_makes_a_fall_more_probable() -> None:
    # Two figures over different questions, five falls each: 1 - (31/32)^2 = .0615.
    first = means([1] * 5 + [NAN] * 5, [0] * 5 + [NAN] * 5)
    second = means([NAN] * 5 + [1] * 5, [NAN] * 5 + [0] * 5)
    # The two chances are counted on the same swaps and come out a little apart, so the larger one counts both.
    assert max(chances(first, second)) == pytest.approx(0.0615, abs=0.02)


def test_a_figure_that_nothing_moves_costs_nothing() -> None:
    fell = means([1] * 8, [0] * 5 + [1] * 3)
    still = means([1] * 8, [1] * 8)
    assert chances(fell, still) == (*chances(fell), 1.0)


def test_two_runs_of_one_quality_seldom_raise_an_alarm() -> None:
    # 200 times, ten figures over 40 questions, a third of which come out anew. At 5 % ten alarms are expected, and more
    # than 20 in less than one of a thousand such tests; with each figure by itself there would be about 75.
    generator = np.random.default_rng(7)
    alarms = 0
    for _ in range(200):
        old = (generator.random((10, 40)) < 0.7).astype(np.float64)
        anew = generator.random((10, 40)) < 1 / 3
        new = np.where(anew, generator.random((10, 40)) < 0.7, old).astype(np.float64)
        figures = [Pairs(metrics.mean, o.reshape(-1, 1), n.reshape(-1, 1)) for o, n in zip(old, new, strict=True)]
        alarms += min(chances(*figures)) <= 0.05
    assert alarms <= 20


def test_no_figures_have_no_chances() -> None:
    assert adjusted_chances([], [], 3) == ()
