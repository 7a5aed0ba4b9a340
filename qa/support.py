"""A claim and its sources in, how probable it is that they state it out: what tells "A beat B" from "B beat A".

Words, numbers, names and negations alone cannot: a claim with the source's words in another relation has them all. So
what the reader says and how the claim lies on its source go into a logistic model, fitted by
`python -m qa.fit_support` on true sentences and false variants of them; its coefficients stand in support.json. Knows
nothing of labels or prompts.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from qa.align import align
from qa.reader import Read

SAME_WORDS = 0.66
"""Least part of a sentence's word weight that its sources must have to state it where it is no whole sentence, and to
contradict it where nothing else differs."""

OWN_ORDER = 0.5
"""Part of a claim's words that follow each other as in its source, below which the order is its own."""

ALIKE = ("replaced", "replacements", "moved", "denials", "exchanged")
"""What counts for more where the claim follows its source word for word."""


@dataclass(frozen=True, slots=True)
class Matched:
    """What is compared: the claim, its sources' own texts, and what word matching and the reader made of them.

    `part` of the claim's word weight stands in the sources, `rest` of it without the `n_differs` numbers, names and
    denials that differ; `read` is the reader's, of the claim beside its sources and what stands around them.
    """

    text: str
    own: tuple[str, ...]
    part: float
    rest: float
    n_differs: int
    read: Read


def measures(matched: Matched) -> dict[str, float]:
    """Return what the model looks at, by name."""
    lies = asdict(align(matched.text, matched.own))
    return {
        "part": matched.part,
        "rest": matched.rest,
        "differs": float(min(3, matched.n_differs)),
        "stated": matched.read.stated,
        "strange": matched.read.strange,
        "stated_alike": matched.read.stated * lies["same"],
        **lies,
        **{f"{name}_alike": lies[name] * lies["same"] for name in ALIKE},
    }


def in_own_words(measured: Mapping[str, float]) -> bool:
    """Return whether a claim that has the sources' words and differs in none puts them into an order of its own.

    Nothing shows there what was exchanged, and it is rarer that something was: of such claims of the fit, left out by
    document, 19 of 24 true ones reach the threshold of the others, 22 reach .2.
    """
    return measured["same"] < OWN_ORDER and measured["part"] >= SAME_WORDS and not measured["differs"]


@dataclass(frozen=True, slots=True)
class Checker:
    """A logistic model over measures moved by `means` and scaled by `deviations`; it accepts from `threshold` on.

    A claim in words of its own needs `own_words_threshold` only: see `in_own_words`.
    """

    intercept: float
    coefficients: Mapping[str, float]
    means: Mapping[str, float]
    deviations: Mapping[str, float]
    threshold: float
    own_words_threshold: float

    def probability(self, measured: Mapping[str, float]) -> float:
        """Return the probability, 0 to 1, that the sources state the claim."""
        log_odds = self.intercept + sum(
            coefficient * (measured[name] - self.means[name]) / self.deviations[name]
            for name, coefficient in self.coefficients.items()
        )
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, log_odds))))

    def accepts(self, measured: Mapping[str, float]) -> bool:
        """Return whether it is probable enough that the sources state the claim to call it supported."""
        needed = self.own_words_threshold if in_own_words(measured) else self.threshold
        return self.probability(measured) >= needed


@lru_cache(maxsize=1)
def fitted_checker() -> Checker:
    """Return the checker that ships with the program."""
    return Checker(**json.loads(Path(__file__).with_name("support.json").read_text(encoding="utf-8")))
