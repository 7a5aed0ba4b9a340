"""A figure with its bootstrap interval: cases in, one number and how sure it is out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from qa.metrics import auroc, f1_of_choice
from qa.row_wise import row_wise

N_RESAMPLES = 1000
SEED = 20220

OF_TWO_KINDS = frozenset({auroc, f1_of_choice})
"""Statistics of how well two kinds of cases are told apart, the kind in the second column: what is known of the rarer
kind is all that is known."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, how many cases are behind it, and its 95 % interval. None: no case has the label it needs."""

    value: float | None
    n: int
    low: float | None
    high: float | None

    def to_json(self) -> dict[str, float | int | None]:
        """Return the figure as plain JSON values."""
        return {"value": self.value, "n": self.n, "low": self.low, "high": self.high}


def figure(statistic: Callable[..., float], *columns: Sequence[float], is_share: bool = True) -> Figure:
    """Return the statistic of the columns with its bootstrap interval; a row of the columns is a case.

    Cases are drawn with the same seed always; a draw on which the statistic is not defined is left out. Where a share
    is 0 or 1, as it is where all cases are alike, every draw is too, and says nothing of other cases: it has Wilson's
    interval there. Without `is_share` it may lie outside of 0 to 1, and has none.
    """
    arrays = [np.asarray(column, dtype=np.float64) for column in columns]
    size = arrays[0].size
    value = statistic(*arrays)
    if math.isnan(value):
        return Figure(None, size, None, None)
    draws = np.random.default_rng(SEED).integers(0, size, (N_RESAMPLES, size))
    found = row_wise(statistic, *(array[draws] for array in arrays))
    low, high = (float(bound) for bound in np.nanquantile(found, [0.025, 0.975]))
    if is_share and low == high == value and value in (0.0, 1.0):
        n = int(np.unique(arrays[1], return_counts=True)[1].min()) if statistic in OF_TWO_KINDS else size
        low, high = wilson(value, n)
    return Figure(round(value, 6), size, round(low, 6), round(high, 6))


def wilson(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of `n` cases. Source: the score interval of Wilson."""
    z = 1.959964
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)
