from collections.abc import Sequence

import pytest

from qa import metrics
from qa.intervals import Figure, figure


def test_figure_without_cases_has_no_value_and_says_so() -> None:
    assert figure(metrics.mean, []) == Figure(None, 0, None, None)
    # Three cases, but all of one kind: no AUROC.
    assert figure(metrics.auroc, [0.1, 0.2, 0.3], [1, 1, 1]) == Figure(None, 3, None, None)


def test_a_share_of_all_or_none_is_not_said_to_be_certain() -> None:
    # Wilson: z² / (n + z²) from the bound.
    away = 1.959964**2 / (20 + 1.959964**2)
    assert figure(metrics.mean, [1.0] * 20) == Figure(1.0, 20, round(1.0 - away, 6), 1.0)
    assert figure(metrics.mean, [0.0] * 20) == Figure(0.0, 20, 0.0, round(away, 6))
    assert figure(metrics.mean, [2.5] * 20) == Figure(2.5, 20, 2.5, 2.5)  # no share


def test_interval_of_a_share_is_close_to_the_normal_one_and_always_the_same() -> None:
    values: Sequence[float] = [1.0] * 60 + [0.0] * 40
    found = figure(metrics.mean, values)
    assert found == figure(metrics.mean, values)
    assert (found.value, found.n) == (0.6, 100)
    # 0.6 -+ 1.96 * sqrt(0.6 * 0.4 / 100) = 0.504 to 0.696; a thousand draws come within 0.015 of it.
    assert found.low == pytest.approx(0.504, abs=0.015)
    assert found.high == pytest.approx(0.696, abs=0.015)


def test_draws_on_which_a_figure_is_not_defined_are_left_out() -> None:
    # Two cases: half of the draws hold one kind only; all others are in perfect order.
    assert figure(metrics.auroc, [0.9, 0.1], [1, 0]) == Figure(1.0, 2, 1.0, 1.0)
