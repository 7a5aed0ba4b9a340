"""A figure with its bootstrap interval: cases in, one number and how sure it is out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

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

    Cases are drawn with the same seed always; a draw on which the statistic is not defined is left out.
    """
    arrays = [np.asarray(column, dtype=np.float64) for column in columns]
    size = arrays[0].size
    value = statistic(*arrays)
    if math.isnan(value):
        return Figure(None, size, None, None)
    draws = np.random.default_rng(SEED).integers(0, size, (N_RESAMPLES, size))
    found = row_wise(statistic, *(array[draws] for array in arrays))
    low, high = np.nanquantile(found, [0.025, 0.975])
    return Figure(round(value, 6), size, round(float(low), 6), round(float(high), 6))
