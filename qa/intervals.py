"""A figure with its bootstrap interval: cases in, one number and how sure it is out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from qa.metrics import mean
from qa.row_wise import row_wise

N_RESAMPLES = 1000
SEED = 20220


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


def figure(statistic: Callable[..., float], *columns: Sequence[float]) -> Figure:
    """Return the statistic of the columns with its bootstrap interval; a row of the columns is a case.

    Cases are drawn with the same seed always; a draw on which the statistic is not defined is left out. Where all
    cases are alike, all 1 or all 0, every draw is too, and says nothing of other cases: a share has Wilson's interval
    there.
    """
    arrays = [np.asarray(column, dtype=np.float64) for column in columns]
    size = arrays[0].size
    value = statistic(*arrays)
    if math.isnan(value):
        return Figure(None, size, None, None)
    if statistic is mean and value in (0.0, 1.0) and (arrays[0] == value).all():
        low, high = wilson(value, size)
        return Figure(value, size, round(low, 6), round(high, 6))
    draws = np.random.default_rng(SEED).integers(0, size, (N_RESAMPLES, size))
    found = row_wise(statistic, *(array[draws] for array in arrays))
    low, high = np.nanquantile(found, [0.025, 0.975])
    return Figure(round(value, 6), size, round(float(low), 6), round(float(high), 6))


def wilson(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of `n` cases. Source: the score interval of Wilson."""
    z = 1.959964
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)
