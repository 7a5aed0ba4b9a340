"""Two columns of cases in, how surely they differ out: paired resampling and swapping. Pure functions.

Row n of both belongs to the same question; a row of NaN says that there the case does not speak of the figure.
Knows nothing of records.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.intervals import N_RESAMPLES, SEED
from qa.metrics import Floats, mean
from qa.row_wise import row_wise

N_SWAPS = 2000
"""Swaps of old and new that a difference is held against: enough for 5 % with all figures together."""

_DIGITS = 9
"""Differences are rounded to this, so that equal ones tie although they were summed in another order."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """A figure's rows in both records, (n, k) each, and the statistic that makes one number of k columns."""

    statistic: Callable[..., float]
    old: Floats
    new: Floats

    def value(self, rows: Floats) -> float:
        """Return the figure of the rows that speak of it; NaN: none does."""
        present = rows[~np.isnan(rows[:, 0])]
        return self.statistic(*present.T) if present.shape[0] else math.nan

    @property
    def n(self) -> int:
        """How many questions speak of the figure in either record."""
        return int(self._speaks().sum())

    def _speaks(self) -> NDArray[np.bool_]:
        return ~(np.isnan(self.old[:, 0]) & np.isnan(self.new[:, 0]))

    def difference(self) -> float:
        """Return new minus old."""
        return round(self.value(self.new) - self.value(self.old), _DIGITS)

    def interval(self) -> tuple[float, float]:
        """Return the 95 % bootstrap interval of the difference: the same questions are drawn for both.

        Questions are drawn among those that speak of the figure in either. Draws on which one of the two is not
        defined are left out; NaN where all are.
        """
        if self._are_equal():
            return (math.nan, math.nan) if math.isnan(self.difference()) else (0.0, 0.0)
        found = self._drawn_differences()
        found = found[~np.isnan(found)]
        if not found.size:
            return math.nan, math.nan
        low, high = np.quantile(found, [0.025, 0.975])
        return round(float(low), _DIGITS), round(float(high), _DIGITS)

    def _drawn_differences(self) -> Floats:
        """Return (N_RESAMPLES,) differences over questions drawn with the same seed always."""
        speaking = np.flatnonzero(self._speaks())
        draws = speaking[np.random.default_rng(SEED).integers(0, speaking.size, (N_RESAMPLES, speaking.size))]
        return self._values(self.new[draws]) - self._values(self.old[draws])

    def _values(self, drawn: Floats) -> Floats:
        """Return (n_draws,) values of the figure over drawn rows, (n_draws, n, k); NaN: none of them speaks of it."""
        return row_wise(self.statistic, *np.moveaxis(drawn, 2, 0))

    def swapped_differences(self, swaps: Floats) -> Floats:
        """Return (n_swaps,) differences with old and new exchanged where a row of `swaps`, (n_swaps, n), has 1."""
        if self._are_equal():
            return np.full(swaps.shape[0], self.difference())
        if self.statistic is mean:
            return self._swapped_means(swaps)
        exchanged = swaps.astype(bool)[:, :, None]
        new, old = np.where(exchanged, self.old, self.new), np.where(exchanged, self.new, self.old)
        return np.asarray(np.round(self._values(new) - self._values(old), _DIGITS))

    def _are_equal(self) -> bool:
        return np.array_equal(self.old, self.new, equal_nan=True)

    def _swapped_means(self, swaps: Floats) -> Floats:
        """Do it for a mean at once: sums and counts are linear in what is swapped."""
        old, new = (np.nan_to_num(rows[:, 0]) for rows in (self.old, self.new))
        in_old, in_new = (~np.isnan(rows[:, 0]) for rows in (self.old, self.new))
        moved, moved_in = new - old, in_new.astype(float) - in_old
        with np.errstate(invalid="ignore", divide="ignore"):
            new_mean = (new.sum() - swaps @ moved) / (in_new.sum() - swaps @ moved_in)
            old_mean = (old.sum() + swaps @ moved) / (in_old.sum() + swaps @ moved_in)
        return np.asarray(np.round(new_mean - old_mean, _DIGITS))


Falls = Callable[[Floats], Floats]
"""Swaps, (n_swaps, n), in; out (n_swaps,) falls of one figure: positive is worse."""


def adjusted_chances(falls: Sequence[Falls], observed: Sequence[float], n: int) -> tuple[float, ...]:
    """Return for each figure how probable such a fall in any of the figures is where old and new are of one quality.

    `observed` are the falls that were seen, over n questions. If both records come of the same quality, which of two
    answers is called old is a toss of a coin; so each question's two answers are swapped or not, for all figures at
    once, and a fall counts by how rare it is among the swaps. Taking the rarest over all figures holds the chance of
    a false alarm in any of them, and figures that move together cost little.

    Source: the step of the smallest p-value of Westfall and Young, over Fisher's randomisation test.
    """
    if not falls:
        return ()
    generator = np.random.default_rng(SEED)
    swaps = generator.integers(0, 2, (N_SWAPS, n)).astype(np.float64)
    swaps[0] = 0.0  # the order that was seen is one of the orders
    rarest = np.ones(N_SWAPS)
    chances = []
    for fall, seen in zip(falls, observed, strict=True):
        found = np.nan_to_num(fall(swaps), nan=-np.inf)
        order = np.sort(found)
        rarest = np.minimum(rarest, (N_SWAPS - np.searchsorted(order, found, side="left")) / N_SWAPS)
        chances.append((N_SWAPS - int(np.searchsorted(order, seen, side="left"))) / N_SWAPS)
    return tuple(float((rarest <= chance).mean()) for chance in chances)
