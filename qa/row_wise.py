"""Statistics of many draws at once: those of `qa.metrics`, of every row of a matrix. Pure functions.

A row is one draw of cases. A case that has NaN in the first column is not part of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from qa import metrics
from qa.metrics import Floats

MOST_AT_ONCE = 2_000_000
"""So many cases of draws are computed with at once, which bounds the memory."""


def row_wise(statistic: Callable[..., float], *columns: Floats) -> Floats:
    """Return (n_rows,) values of the statistic, of the cases of each row; NaN: it is not defined there.

    `columns` are (n_rows, n_cases) each, in the order in which the statistic takes them.
    """
    if isinstance(statistic, metrics.Percentile):
        compute: Callable[..., Floats] = partial(_percentiles, statistic.share)
    else:
        compute = _AT_ONCE.get(statistic) or partial(_one_by_one, statistic)
    n_rows, n_cases = columns[0].shape
    if np.isnan(columns[0]).all():
        return np.full(n_rows, np.nan)
    step = max(1, MOST_AT_ONCE // max(1, n_cases))
    blocks = [[column[at : at + step] for column in columns] for at in range(0, n_rows, step)]
    with np.errstate(invalid="ignore", divide="ignore"):  # 0 / 0 is what is not defined
        return np.concatenate([compute(*block) for block in blocks])


def _one_by_one(statistic: Callable[..., float], *columns: Floats) -> Floats:
    rows = zip(~np.isnan(columns[0]), *columns, strict=True)
    return np.array([statistic(*(row[there] for row in of)) if there.any() else math.nan for there, *of in rows])


def _means(values: Floats) -> Floats:
    means: Floats = np.nan_to_num(values).sum(axis=1) / _n_there(values)
    return means


def _percentiles(share: float, values: Floats) -> Floats:
    """Return what lies linearly between the two values of each row around the percentile, rounded as NumPy does."""
    ordered, n = np.sort(values, axis=1), _n_there(values)  # NaN stands last
    place = share * np.maximum(n - 1, 0)
    below = place.astype(np.int64)
    above = np.minimum(below + 1, np.maximum(n - 1, 0))
    low, high = (np.take_along_axis(ordered, at[:, None], axis=1)[:, 0] for at in (below, above))
    part = place - below
    between: Floats = np.where(part < 0.5, low + (high - low) * part, high - (high - low) * (1.0 - part))
    return between


def _aurocs(scores: Floats, positive: Floats) -> Floats:
    levels, counts = _levels(scores)
    positives = _summed(levels, counts.shape[1], positive > 0)
    mid_ranks = np.cumsum(counts, axis=1) - (counts - 1) / 2.0
    n_positive, rank_sum = positives.sum(axis=1), (positives * mid_ranks).sum(axis=1)
    n_pairs = n_positive * (counts.sum(axis=1) - n_positive)
    areas: Floats = (rank_sum - n_positive * (n_positive + 1) / 2.0) / n_pairs
    return areas


def _risk_coverage_areas(confidences: Floats, right: Floats) -> Floats:
    levels, counts = _levels(-confidences)
    tied = _summed(levels, counts.shape[1], 1.0 - right) / counts
    ordered, n = np.sort(levels, axis=1), _n_there(confidences)
    there = np.arange(levels.shape[1]) < n[:, None]
    wrong = np.take_along_axis(tied, np.where(there, ordered, 0), axis=1)
    risks = np.cumsum(np.where(there, wrong, 0.0), axis=1) / np.arange(1, levels.shape[1] + 1)
    areas: Floats = np.where(there, risks, 0.0).sum(axis=1) / n
    return areas


def _calibration_errors(confidences: Floats, is_so: Floats, n_bins: int = 10) -> Floats:
    bins = np.minimum((np.nan_to_num(confidences) * n_bins).astype(np.int64), n_bins - 1)
    bins = np.where(np.isnan(confidences), n_bins, bins)
    gaps = _summed(bins, n_bins, confidences) - _summed(bins, n_bins, is_so)
    errors: Floats = np.abs(gaps).sum(axis=1) / _n_there(confidences)
    return errors


def _f1s_of_choice(chosen: Floats, positive: Floats) -> Floats:
    there = ~np.isnan(chosen)
    chosen, positive = np.where(there, chosen, 0.0), np.where(there, positive, 0.0)
    found: Floats = 2.0 * (chosen * positive).sum(axis=1) / (chosen + positive).sum(axis=1)
    return np.where(positive.sum(axis=1) > 0, found, np.nan)


def _n_there(values: Floats) -> NDArray[np.int64]:
    """Return (n_rows,) how many cases each row has."""
    counts: NDArray[np.int64] = (~np.isnan(values)).sum(axis=1)
    return counts


def _levels(values: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Return the place of each value among the different ones, past the last for NaN, and how often a row has each."""
    different, places = np.unique(values, return_inverse=True)  # NaN stands last, once
    n_levels = int((~np.isnan(different)).sum())
    levels = np.minimum(places.reshape(values.shape), n_levels)
    return levels, _summed(levels, n_levels, np.ones_like(values))


def _summed(levels: NDArray[np.int64], n_levels: int, weights: NDArray[np.generic]) -> Floats:
    """Return (n_rows, n_levels) sums of the weights of each row by level; what is past the last level is left out."""
    places = np.arange(levels.shape[0])[:, None] * (n_levels + 1) + levels
    there = levels < n_levels
    size = levels.shape[0] * (n_levels + 1)
    sums = np.bincount(places[there], weights[there].astype(np.float64), size).astype(np.float64, copy=False)
    return sums.reshape(-1, n_levels + 1)[:, :n_levels]


_AT_ONCE: Mapping[Callable[..., float], Callable[..., Floats]] = {
    metrics.mean: _means,
    metrics.auroc: _aurocs,
    metrics.risk_coverage_area: _risk_coverage_areas,
    metrics.calibration_error: _calibration_errors,
    metrics.f1_of_choice: _f1s_of_choice,
}
