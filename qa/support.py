"""A claim and its sources in, how probable it is that they state it out: what tells "A beat B" from "B beat A".

Words, numbers, names and negations cannot: a claim with the source's words in another relation has them all. So what
the reader says and how the claim lies on its source go into a logistic model, fitted by
`python -m qa.fit_support` on true sentences and false variants of them; its coefficients stand in support.json, once
with what a trained head of the model hears and once without. Knows nothing of labels or prompts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from qa.align import align
from qa.logistic import Logistic
from qa.reader import Read

SAME_WORDS = 0.66
"""Least part of a sentence's word weight that its sources must have to state it where it is no whole sentence, and to
contradict it where nothing else differs."""

ALIKE = ("replaced", "replacements", "moved", "denials", "exchanged")
"""What counts for more where the claim follows its source word for word."""


HEARD = "heard"
"""The measure that is there where the model that writes has a head for claims."""


def measures(claim: str, sources: Sequence[str], read: Read, heard: float | None = None) -> dict[str, float]:
    """Return what the model looks at, by name.

    `sources` are the sources' own texts, `read` the reader's, of the claim beside them and what stands around them.
    `heard` is what the head hears of the claim behind all that was read, in log-odds; None: there is no head.
    """
    lies = asdict(align(claim, sources))
    return {
        "stated": read.stated,
        "strange": read.strange,
        "stated_alike": read.stated * lies["same"],
        **lies,
        **{f"{name}_alike": lies[name] * lies["same"] for name in ALIKE},
        **({} if heard is None else {HEARD: heard}),
    }


@dataclass(frozen=True, slots=True)
class Checker(Logistic):
    """How probable it is by the measures that the sources state the claim; it accepts from `threshold` on.

    `accepted` is which part of true sentences that was, on documents left out of the fit, and `told` which part of
    false variants of them was not accepted.
    """

    threshold: float
    accepted: float
    told: float

    def accepts(self, measured: Mapping[str, float]) -> bool:
        """Return whether it is probable enough that the sources state the claim to call it supported."""
        return self.probability(measured) >= self.threshold


@lru_cache(maxsize=2)
def fitted_checker(*, by_head: bool = False) -> Checker:
    """Return the checker that ships with the program: that with or without what a trained head hears."""
    raw = json.loads(Path(__file__).with_name("support.json").read_text(encoding="utf-8"))
    return Checker(**raw["head" if by_head else "plain"])


def checker_for(measured: Mapping[str, float]) -> Checker:
    """Return the checker that was fitted for these measures."""
    return fitted_checker(by_head=HEARD in measured)
