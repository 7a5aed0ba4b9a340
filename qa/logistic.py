"""Named measures in, a probability out: the one form that all fitted decisions of the program have."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

MOST = 30.0
"""Log-odds are cut here, where a probability can no longer be told from 0 or 1."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic model: `coefficients` by name, over measures moved by `means` and scaled by `deviations`."""

    intercept: float
    coefficients: Mapping[str, float]
    means: Mapping[str, float]
    deviations: Mapping[str, float]

    def probability(self, measured: Mapping[str, float]) -> float:
        """Return the probability, 0 to 1. A measure that is not there tells nothing: it counts as its mean."""
        log_odds = self.intercept + sum(
            coefficient * (measured[name] - self.means[name]) / self.deviations[name]
            for name, coefficient in self.coefficients.items()
            if name in measured
        )
        return 1.0 / (1.0 + math.exp(-max(-MOST, min(MOST, log_odds))))
