"""A case in: whether it went right, in one word, and the filters that show it. Knows nothing of pages."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from qa.scores import CRASHED, right_of

Case = Mapping[str, Any]

FILTERS = {
    "all": "All",
    "wrong": "Wrong",
    "refused": "Refused",
    "wrongly-refused": "Wrongly refused",
    "not-refused": "Should have been refused",
    "unsupported": "Unsupported",
    "contradicted": "Contradicted",
    "slow": "Slowest tenth",
    "crashed": "Crashed",
    "changed": "Changed",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a case went. "open": its labels do not say."""

    words: str
    kind: Literal["right", "wrong", "open"]


CRASH = Verdict("crashed", "wrong")
RIGHT = Verdict("right", "right")
WRONG = Verdict("wrong", "wrong")
NOT_JUDGED = Verdict("not judged", "open")
REFUSED = Verdict("refused", "open")
RIGHTLY_REFUSED = Verdict("rightly refused", "right")
WRONGLY_REFUSED = Verdict("wrongly refused", "wrong")
NOT_REFUSED = Verdict("should have been refused", "wrong")


def verdict_of(case: Case) -> Verdict:
    """Return how the case went; a case that crashed went wrong."""
    answerable, answers = case["gold"]["answerable"], case["gold"]["answers"]
    if case["status"] == CRASHED:
        return CRASH
    if case["status"] == "not_found":
        known = {True: WRONGLY_REFUSED, False: RIGHTLY_REFUSED}
        return known.get(answerable, WRONGLY_REFUSED if answers else REFUSED)
    if answerable is False:
        return NOT_REFUSED
    if not answers:
        return NOT_JUDGED
    return RIGHT if right_of(case) else WRONG


def filters_of(case: Case, slow: Collection[str], changed: Collection[str]) -> tuple[str, ...]:
    """Return the names of the filters that show the case, "all" left out; `slow` and `changed` are ids."""
    verdict = verdict_of(case)
    states = {sentence["state"] for sentence in case["sentences"]}
    shown = {
        "wrong": verdict.kind == "wrong",
        "refused": case["status"] == "not_found",
        "wrongly-refused": verdict is WRONGLY_REFUSED,
        "not-refused": verdict is NOT_REFUSED,
        "unsupported": "unsupported" in states,
        "contradicted": "contradicted" in states,
        "slow": case["id"] in slow,
        "crashed": verdict is CRASH,
        "changed": case["id"] in changed,
    }
    return tuple(name for name, is_so in shown.items() if is_so)


def slowest(cases: Sequence[Case]) -> frozenset[str]:
    """Return the ids of the slowest tenth of the cases that have a time, rounded up."""
    timed = [case for case in cases if "total" in case["timings_s"]]
    ordered = sorted(timed, key=lambda case: -float(case["timings_s"]["total"]))
    return frozenset(case["id"] for case in ordered[: math.ceil(len(timed) / 10)])
