from collections.abc import Callable, Sequence

import pytest

from qa import metrics
from qa.intervals import Figure, figure


def away(n: int) -> float:
    """Return how far Wilson's interval of 0 or 1 of n cases goes from it: z² / (n + z²)."""
    return 1.959964**2 / (n + 1.959964**2)


def test_figure_without_cases_has_no_value_and_says_so() -> None:
    assert figure(metrics.mean, []) == Figure(None, 0, None, None)
    # Three cases, but all of one kind: no AUROC.
    assert figure(metrics.auroc, [0.1, 0.2, 0.3], [1, 1, 1]) == Figure(None, 3, None, None)


def test_a_share_of_all_or_none_is_not_said_to_be_certain() -> None:
    assert figure(metrics.mean, [1.0] * 20) == Figure(1.0, 20, round(1.0 - away(20), 6), 1.0)
    assert figure(metrics.mean, [0.0] * 20) == Figure(0.0, 20, 0.0, round(away(20), 6))


def test_interval_of_a_share_is_close_to_the_normal_one_and_always_the_same() -> None:
    values: Sequence[float] = [1.0] * 60 + [0.0] * 40
    found = figure(metrics.mean, values)
    assert found == figure(metrics.mean, values)
    assert (found.value, found.n) == (0.6, 100)
    # 0.6 -+ 1.96 * sqrt(0.6 * 0.4 / 100) = 0.504 to 0.696; a thousand draws come within 0.015 of it.
    assert found.low == pytest.approx(0.504, abs=0.015)
    assert found.high == pytest.approx(0.696, abs=0.015)


def test_draws_on_which_a_figure_is_not_defined_are_left_out() -> None:
    # Two cases with one confidence: half of the draws hold one kind only; on all others it is a tie.
    assert figure(metrics.auroc, [0.5, 0.5], [1, 0]) == Figure(0.5, 2, 0.5, 0.5)


@pytest.mark.parametrize(
    ("statistic", "columns", "found"),
    [
        # 3 of one kind and 5 of the other, in perfect order or in the opposite one: the 3 are what is known.
        (metrics.auroc, ([0.9] * 3 + [0.1] * 5, [1] * 3 + [0] * 5), Figure(1.0, 8, round(1 - away(3), 6), 1.0)),
        (metrics.auroc, ([0.1] * 5 + [0.9] * 3, [1] * 5 + [0] * 3), Figure(0.0, 8, 0.0, round(away(3), 6))),
        (metrics.f1_of_choice, ([1] * 3 + [0] * 5, [1] * 3 + [0] * 5), Figure(1.0, 8, round(1 - away(3), 6), 1.0)),
        (metrics.f1_of_choice, ([0] * 3 + [1] * 5, [1] * 3 + [0] * 5), Figure(0.0, 8, 0.0, round(away(3), 6))),
        # One kind alone.
        (metrics.f1_of_choice, ([1] * 4, [1] * 4), Figure(1.0, 4, round(1 - away(4), 6), 1.0)),
        # All right, or none, whatever the confidence.
        (metrics.risk_coverage_area, ([0.9, 0.8, 0.3], [1] * 3), Figure(0.0, 3, 0.0, round(away(3), 6))),
        (metrics.risk_coverage_area, ([0.9, 0.8, 0.3], [0] * 3), Figure(1.0, 3, round(1 - away(3), 6), 1.0)),
    ],
)
def test_no_figure_between_0_and_1_is_said_to_be_certain(
    statistic: Callable[..., float], columns: tuple[Sequence[float], ...], found: Figure
) -> None:
    assert figure(statistic, *columns) == found


def test_what_is_no_share_has_the_interval_of_its_draws() -> None:
    assert figure(metrics.mean, [1.0] * 20, is_share=False) == Figure(1.0, 20, 1.0, 1.0)
    assert figure(metrics.Percentile(0.5), [1.0] * 20, is_share=False) == Figure(1.0, 20, 1.0, 1.0)
