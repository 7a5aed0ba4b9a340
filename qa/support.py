"""A claim and its sources in, how probable it is that they state it out: what tells "A beat B" from "B beat A".

Words, numbers, names and negations alone cannot: a claim with the source's words in another relation has them all. So
what the reader says, how the claim lies on its source, order and neighbourhood go into a logistic model, fitted by
`python -m qa.fit_support` on true sentences and false variants of them; its coefficients stand in support.json. Knows
nothing of labels or prompts.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from embeddings.stems import plain_figures
from qa.align import align
from qa.reader import Read
from qa.words import STOP_WORDS, figure_or_stem, names_of, numbers_of, words_of

NEAR_CLAIM, NEAR_SOURCE = 2, 4
"""How many words of meaning on each side are a word's neighbours: more in a source, where more stands between."""

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
    whole = " ".join(matched.own)
    claim, source = _stems(matched.text), _stems(whole)
    return {
        "part": matched.part,
        "rest": matched.rest,
        "differs": float(min(3, matched.n_differs)),
        "stated": matched.read.stated,
        "strange": matched.read.strange,
        "stated_alike": matched.read.stated * lies["same"],
        **lies,
        **{f"{name}_alike": lies[name] * lies["same"] for name in ALIKE},
        **_order(claim, source),
        **_neighbours(matched.text, whole, claim, source),
    }


def _stems(text: str) -> list[str]:
    """Return the stems of the words of meaning in order."""
    return [figure_or_stem(word) for word in words_of(plain_figures(text)) if word not in STOP_WORDS]


def _order(claim: Sequence[str], source: Sequence[str]) -> dict[str, float]:
    """Return how the words that both have follow each other on both sides."""
    places: dict[str, list[int]] = {}
    for place, stem in enumerate(source):
        places.setdefault(stem, []).append(place)
    shared = [stem for stem in claim if stem in places]
    steps = [[b - a for a in places[one] for b in places[other]] for one, other in pairwise(shared) if one != other]
    inverted = sum(min(step, key=abs) < 0 for step in steps)
    return {
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


def _neighbours(text: str, own: str, claim: Sequence[str], source: Sequence[str]) -> dict[str, float]:
    """Return whether the claim's names and numbers stand among the same words as in the source."""
    there = set(source)
    named = [stem for stem in claim if stem in there and stem in names_of(text) | numbers_of(text)]
    kept = []
    for stem in dict.fromkeys(named):
        around = _around(claim, stem, NEAR_CLAIM) & there
        if around:
            kept.append(len(around & _around(source, stem, NEAR_SOURCE)) / len(around))
    before = _kept_before(text, own, set(named))
    return {
        "least_neighbours": min(kept, default=1.0),
        "neighbours": sum(kept) / len(kept) if kept else 1.0,
        "words_before": sum(before) / len(before) if before else 1.0,
        "other_words_before": float(before.count(False)),
        "names_inverted": float(min(4, _inversions(named, source))),
        "other_number": float(min(3, _other_numbers(text, claim, source))),
    }


def _around(stems: Sequence[str], stem: str, reach: int) -> set[str]:
    found: set[str] = set()
    for place, other in enumerate(stems):
        if other == stem:
            found |= {*stems[max(0, place - reach) : place], *stems[place + 1 : place + 1 + reach]}
    return found - {stem}


def _kept_before(text: str, own: str, named: set[str]) -> list[bool]:
    """Return for each named word of the claim whether one of the two words before it is before it in the source too."""
    claim, source = words_of(text), words_of(own)
    before: dict[str, set[str]] = {}
    for place, word in enumerate(source):
        before.setdefault(word, set()).update(source[max(0, place - 2) : place])
    return [
        any(other in before[word] for other in claim[max(0, place - 2) : place])
        for place, word in enumerate(claim)
        if place and word in before and figure_or_stem(word) in named
    ]


def _other_numbers(text: str, claim: Sequence[str], source: Sequence[str]) -> int:
    """Return how many numbers of the claim stand beside a word beside which the source has another number only."""
    pairs = set(pairwise(source))
    found = 0
    for place, stem in enumerate(claim):
        if stem in numbers_of(text):
            before = claim[place - 1] if place else ""
            behind = claim[place + 1] if place + 1 < len(claim) else ""
            other_behind = any(one == before and other.isdigit() for one, other in pairs)
            other_before = any(other == behind and one.isdigit() for one, other in pairs)
            found += (other_behind and (before, stem) not in pairs) or (other_before and (stem, behind) not in pairs)
    return found


def _inversions(named: Sequence[str], source: Sequence[str]) -> int:
    """Return how many pairs of names, each once in the source, stand there the other way round."""
    once = [stem for stem in named if source.count(stem) == 1]
    return sum(
        source.index(one) > source.index(other)
        for place, one in enumerate(once)
        for other in once[place + 1 :]
        if one != other
    )


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
