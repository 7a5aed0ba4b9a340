"""Statistics of many rows at once are those of each row alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import metrics, row_wise
from qa.metrics import Floats

N_CASES = 6
STATISTICS: dict[str, Callable[..., float]] = {
    "mean": metrics.mean,
    "median": metrics.Percentile(0.5),
    "95th percentile": metrics.Percentile(0.95),
    "auroc": metrics.auroc,
    "risk_coverage_area": metrics.risk_coverage_area,
    "calibration_error": metrics.calibration_error,
    "f1_of_choice": metrics.f1_of_choice,
    "a statistic that is known by no name": lambda *columns: fmean(columns[0]) - max(columns[0]),
}
N_COLUMNS = {"mean": 1, "median": 1, "95th percentile": 1}
YES_OR_NO = st.sampled_from([0.0, 1.0])
FROM_0_TO_1 = st.integers(0, 20).map(lambda n: n / 20)  # ties are common


def matrix(values: st.SearchStrategy[float]) -> st.SearchStrategy[Floats]:
    row = st.lists(values, min_size=N_CASES, max_size=N_CASES)
    return st.lists(row, min_size=1, max_size=5).map(lambda rows: np.array(rows, dtype=np.float64))


def like(first: Floats) -> st.SearchStrategy[Floats]:
    """Return matrices of 0 and 1 of the same shape."""
    return st.lists(YES_OR_NO, min_size=first.size, max_size=first.size).map(
        lambda values: np.array(values, dtype=np.float64).reshape(first.shape)
    )


def expected(statistic: Callable[..., float], *columns: Floats) -> list[float]:
    """Return what the statistic says of each row, asked one after the other."""
    found = []
    for number in range(columns[0].shape[0]):
        there = [not math.isnan(value) for value in columns[0][number]]
        found.append(statistic(*(column[number][there] for column in columns)) if any(there) else math.nan)
    return found


@pytest.mark.parametrize("name", STATISTICS)
@given(data=st.data())
def test_each_row_has_the_value_that_it_has_alone(name: str, data: st.DataObject) -> None:
    first = data.draw(matrix(YES_OR_NO if name == "f1_of_choice" else FROM_0_TO_1))
    first[data.draw(like(first)) > 0] = np.nan
    second = data.draw(like(first))
    columns = (first, second)[: N_COLUMNS.get(name, 2)]
    found = row_wise.row_wise(STATISTICS[name], *columns)
    assert found == pytest.approx(expected(STATISTICS[name], *columns), nan_ok=True, abs=1e-12)


def test_percentiles_are_those_of_numpy_to_the_last_digit() -> None:
    values = np.random.default_rng(5).random((50, 37))
    for share in (0.0, 0.025, 0.5, 0.95, 1.0):
        assert np.array_equal(row_wise.row_wise(metrics.Percentile(share), values), np.quantile(values, share, axis=1))


def test_many_rows_are_taken_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_wise, "MOST_AT_ONCE", 20)
    random = np.random.default_rng(6)
    scores, kinds = random.random((7, 9)), random.integers(0, 2, (7, 9)).astype(np.float64)
    assert list(row_wise.row_wise(metrics.auroc, scores, kinds)) == pytest.approx(
        expected(metrics.auroc, scores, kinds), nan_ok=True
    )


@pytest.mark.parametrize("name", STATISTICS)
def test_rows_without_any_case_have_no_value(name: str) -> None:
    columns = (np.full((2, 3), np.nan), np.ones((2, 3)))[: N_COLUMNS.get(name, 2)]
    assert np.isnan(row_wise.row_wise(STATISTICS[name], *columns)).all()
