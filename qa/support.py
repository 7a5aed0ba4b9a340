"""A claim and its sources in, how probable it is that they state it out: what tells "A beat B" from "B beat A".

Words, numbers, names and negations alone cannot: a claim with the source's words in another relation has them all. So
measures of order, neighbourhood and token likeness go into a logistic model, fitted by `python -m qa.fit_support` on
true sentences and false variants of them; its coefficients stand in support.json. Knows nothing of labels or prompts.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.stems import plain_figures
from qa.reader import Read
from qa.words import STOP_WORDS, content_stems, figure_or_stem, names_of, negated_stems, numbers_of, words_of

Rows = NDArray[np.float32]

NEAR_CLAIM, NEAR_SOURCE = 2, 4
"""How many words of meaning on each side are a word's neighbours: more in a source, where more stands between."""


@dataclass(frozen=True, slots=True)
class Matched:
    """What is compared: the claim, its sources' own text and what stands around them, and what word matching found.

    `tokens` and `source_tokens` are the (n, dim) unit rows of the claim's and the own text's tokens, `cosine` is that
    of the whole texts, `weights` are those of the claim's stems, `read` is what the reader makes of the claim beside
    its sources and what stands around them.
    """

    text: str
    question: str
    own: str
    nearby: str
    part: float
    rest: float
    n_differs: int
    weights: Mapping[str, float]
    tokens: Rows
    source_tokens: Rows
    cosine: float
    read: Read


def measures(matched: Matched) -> dict[str, float]:
    """Return what the model looks at, by name."""
    claim, source = _stems(matched.text), _stems(matched.own)
    return {
        "part": matched.part,
        "rest": matched.rest,
        "differs": float(min(3, matched.n_differs)),
        "length_ratio": len(claim) / max(1, len(source)),
        "cosine": matched.cosine,
        "stated": matched.read.stated,
        "strange": matched.read.strange,
        **_new_words(matched, claim),
        **_order(claim, source),
        **_neighbours(matched, claim, source),
        **_tokens(matched),
    }


def _stems(text: str) -> list[str]:
    """Return the stems of the words of meaning in order."""
    return [figure_or_stem(word) for word in words_of(plain_figures(text)) if word not in STOP_WORDS]


def _new_words(matched: Matched, claim: Sequence[str]) -> dict[str, float]:
    """Return how much of the claim its sources do not have, and whether only one side denies something."""
    have, given = content_stems(f"{matched.own} {matched.nearby}"), content_stems(matched.question)
    new = [stem for stem in claim if stem not in have]
    total = sum(matched.weights.values()) or 1.0
    weights = [matched.weights.get(stem, 0.0) / total for stem in new]
    return {
        "new_share": sum(weights),
        "new_most": max(weights, default=0.0),
        "new_not_asked": float(sum(stem not in given for stem in new)),
        "denies_alone": float(bool(negated_stems(matched.text)) != bool(negated_stems(matched.own))),
    }


def _order(claim: Sequence[str], source: Sequence[str]) -> dict[str, float]:
    """Return how the words that both have follow each other on both sides."""
    places: dict[str, list[int]] = {}
    for place, stem in enumerate(source):
        places.setdefault(stem, []).append(place)
    shared = [stem for stem in claim if stem in places]
    steps = [[b - a for a in places[one] for b in places[other]] for one, other in pairwise(shared) if one != other]
    inverted = sum(min(step, key=abs) < 0 for step in steps)
    return {
        "shared": float(min(12, len(shared))),
        "inverted": float(inverted),
        "inverted_part": inverted / max(1, len(steps)),
        "close_part": sum(any(0 < gap <= NEAR_SOURCE for gap in step) for step in steps) / max(1, len(steps)),
        "in_order_part": _longest_in_order(shared, source) / max(1, len(shared)),
    }


def _longest_in_order(some: Sequence[str], others: Sequence[str]) -> int:
    """Return the length of the longest common subsequence."""
    row = [0] * (len(others) + 1)
    for one in some:
        before = 0
        for place, other in enumerate(others, start=1):
            kept = row[place]
            row[place] = before + 1 if one == other else max(row[place], row[place - 1])
            before = kept
    return row[-1]


def _neighbours(matched: Matched, claim: Sequence[str], source: Sequence[str]) -> dict[str, float]:
    """Return whether the claim's names and numbers stand among the same words as in the source."""
    there = set(source)
    named = [stem for stem in claim if stem in there and stem in names_of(matched.text) | numbers_of(matched.text)]
    kept = []
    for stem in dict.fromkeys(named):
        around = _around(claim, stem, NEAR_CLAIM) & there
        if around:
            kept.append(len(around & _around(source, stem, NEAR_SOURCE)) / len(around))
    before = _kept_before(matched, set(named))
    return {
        "least_neighbours": min(kept, default=1.0),
        "neighbours": sum(kept) / len(kept) if kept else 1.0,
        "words_before": sum(before) / len(before) if before else 1.0,
        "other_words_before": float(before.count(False)),
        "names_inverted": float(min(4, _inversions(named, source))),
    }


def _around(stems: Sequence[str], stem: str, reach: int) -> set[str]:
    found: set[str] = set()
    for place, other in enumerate(stems):
        if other == stem:
            found |= {*stems[max(0, place - reach) : place], *stems[place + 1 : place + 1 + reach]}
    return found - {stem}


def _kept_before(matched: Matched, named: set[str]) -> list[bool]:
    """Return for each named word of the claim whether one of the two words before it is before it in the source too."""
    claim, source = words_of(matched.text), words_of(matched.own)
    before: dict[str, set[str]] = {}
    for place, word in enumerate(source):
        before.setdefault(word, set()).update(source[max(0, place - 2) : place])
    return [
        any(other in before[word] for other in claim[max(0, place - 2) : place])
        for place, word in enumerate(claim)
        if place and word in before and figure_or_stem(word) in named
    ]


def _inversions(named: Sequence[str], source: Sequence[str]) -> int:
    """Return how many pairs of names, each once in the source, stand there the other way round."""
    once = [stem for stem in named if source.count(stem) == 1]
    return sum(
        source.index(one) > source.index(other)
        for place, one in enumerate(once)
        for other in once[place + 1 :]
        if one != other
    )


def _tokens(matched: Matched) -> dict[str, float]:
    """Return how like the claim's tokens are to their best matches in the source, and how those places jump back."""
    if not len(matched.tokens) or not len(matched.source_tokens):
        return {"token_mean": 0.0, "token_least": 0.0, "token_jumps": 0.0}
    cosines = matched.tokens @ matched.source_tokens.T
    best, places = cosines.max(axis=1), cosines.argmax(axis=1)
    return {
        "token_mean": float(best.mean()),
        "token_least": float(np.sort(best)[:3].mean()),
        "token_jumps": float((np.diff(places) < -2).mean()) if len(places) > 1 else 0.0,
    }


@dataclass(frozen=True, slots=True)
class Checker:
    """A logistic model over measures moved by `means` and scaled by `deviations`; it accepts from `threshold` on."""

    intercept: float
    coefficients: Mapping[str, float]
    means: Mapping[str, float]
    deviations: Mapping[str, float]
    threshold: float

    def probability(self, measured: Mapping[str, float]) -> float:
        """Return the probability, 0 to 1, that the sources state the claim."""
        log_odds = self.intercept + sum(
            coefficient * (measured[name] - self.means[name]) / self.deviations[name]
            for name, coefficient in self.coefficients.items()
        )
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, log_odds))))

    def accepts(self, matched: Matched) -> bool:
        """Return whether the sources state the claim, as far as can be told."""
        return self.probability(measures(matched)) >= self.threshold


@lru_cache(maxsize=1)
def fitted_checker() -> Checker:
    """Return the checker that ships with the program."""
    return Checker(**json.loads(Path(__file__).with_name("support.json").read_text(encoding="utf-8")))
