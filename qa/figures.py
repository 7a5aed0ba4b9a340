"""All cases in, the summary out: every figure of a record with its n, its interval and how many cases it leaves out.

What a figure is, is said once, as a Measure: which cases speak of it, with which numbers, and how those become one.
Records are summarised and compared by the same measures. Knows nothing of how a case is scored.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from qa import metrics
from qa.intervals import Figure, figure
from qa.metrics import mean
from qa.questions import MACHINE_MADE
from qa.scores import (
    ANSWERS,
    CITATIONS,
    CRASHED,
    RETRIEVAL,
    Case,
    confidence_of,
    is_judged,
    right_of,
    risk_confidence_of,
)

Better = Literal["higher", "lower", "neither"]
Row = tuple[float, ...]

GROUPS = {"retrieval": RETRIEVAL, "answers": ANSWERS, "citations": CITATIONS}
TIMES = {"passages_s": "retrieve", "first_word_s": "first_token", "total_s": "total"}
PERCENTILES = {"p50": 0.50, "p95": 0.95}
LOWER_IS_BETTER = frozenset(
    {"unsupported", "contradicted", "false_refusals", "risk_coverage_area", "calibration_error"}
)
NEITHER_IS_BETTER = frozenset({"words"})
COUNTED = frozenset({"words"})
"""Means of how many there are of something, which may lie above 1."""

N_CURVE_POINTS = 20
"""Points of the risk-coverage curve that a record keeps, at even steps of coverage."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure: where it stands in the summary, what a case says of it, and the statistic of those rows.

    `row` gives the numbers of one case; None: the case lacks the label, or what is measured does not occur in it.
    """

    group: str
    path: tuple[str, ...]
    statistic: Callable[..., float]
    row: Callable[[Case], Row | None]

    @property
    def name(self) -> str:
        """The name within its group: "mrr", "total_s, p95", "ooc, refused"."""
        return ", ".join(part for part in self.path if part != "by_kind")

    @property
    def is_share(self) -> bool:
        """Whether it lies between 0 and 1: a share, or a score that is made of shares."""
        return self.group != "time" and self.path[-1] not in COUNTED

    @property
    def better(self) -> Better:
        """Which direction is the better one."""
        if self.group == "time" or self.path[-1] in LOWER_IS_BETTER:
            return "lower"
        return "neither" if self.path[-1] in NEITHER_IS_BETTER else "higher"


def measures(cases: Sequence[Case]) -> tuple[Measure, ...]:
    """Return all figures in the order of the summary; those by kind depend on the kinds among the cases."""
    return (*_means(), *_refusal(cases), *_by_kind(cases), *_times())


def _means() -> Iterator[Measure]:
    for group, names in GROUPS.items():
        for name in names:
            yield Measure(group, (name,), mean, partial(_score, group, name))


def _score(group: str, name: str, case: Case) -> Row | None:
    score = case["scores"].get(group, {}).get(name)
    return None if score is None else (score,)


def _refusal(cases: Sequence[Case]) -> Iterator[Measure]:
    """Yield how well refusing, and the confidence, part what can be answered from what cannot.

    Where no case has an accepted answer none could be right, and the risk is not defined.
    """
    can_be_right = any(case["gold"]["answers"] for case in cases)
    rows: dict[str, tuple[Callable[..., float], Callable[[Case], Row | None]]] = {
        "precision": (mean, lambda case: (1.0 - _answerable(case),) if _refused(case) else None),
        "recall": (mean, lambda case: None if _answerable(case) else (_refused(case),)),
        "f1": (metrics.f1_of_choice, lambda case: (_refused(case), 1.0 - _answerable(case))),
        "false_refusals": (mean, lambda case: (_refused(case),) if _answerable(case) else None),
        "auroc": (metrics.auroc, lambda case: (confidence_of(case), _answerable(case))),
        "risk_coverage_area": (metrics.risk_coverage_area, _risk_row if can_be_right else _no_row),
        "calibration_error": (metrics.calibration_error, lambda case: (confidence_of(case), _answerable(case))),
    }
    for name, (statistic, row) in rows.items():
        yield Measure("refusal", (name,), statistic, partial(_labelled, row))


def _by_kind(cases: Sequence[Case]) -> Iterator[Measure]:
    """Yield for each kind of unanswerable question the part refused and the AUROC against the answerable."""
    for kind in sorted({kind_of(case["id"]) for case in cases if case["gold"]["answerable"] is False}):
        refused, auroc = partial(_refused_row, kind), partial(_auroc_row, kind)
        yield Measure("refusal", ("by_kind", kind, "refused"), mean, partial(_labelled, refused))
        yield Measure("refusal", ("by_kind", kind, "auroc"), metrics.auroc, partial(_labelled, auroc))


def _times() -> Iterator[Measure]:
    for name, timing in TIMES.items():
        for label, share in PERCENTILES.items():
            yield Measure("time", (name, label), metrics.Percentile(share), partial(_time_row, timing))


def _labelled(row: Callable[[Case], Row | None], case: Case) -> Row | None:
    return None if case["gold"]["answerable"] is None else row(case)


def _refused_row(kind: str, case: Case) -> Row | None:
    return (_refused(case),) if not _answerable(case) and kind_of(case["id"]) == kind else None


def _auroc_row(kind: str, case: Case) -> Row | None:
    if not _answerable(case) and kind_of(case["id"]) != kind:
        return None
    return (confidence_of(case), _answerable(case))


def _risk_row(case: Case) -> Row | None:
    """Return the confidence and whether the answer is right; None: no accepted answer says what would be right."""
    return (risk_confidence_of(case), right_of(case)) if is_judged(case) else None


def _no_row(case: Case) -> Row | None:
    """Return that no case speaks of the figure."""
    return None


def _time_row(timing: str, case: Case) -> Row | None:
    """Return a time in seconds; the first word only of answers: a refusal writes none."""
    if timing not in case["timings_s"] or (timing == "first_token" and case["status"] != "answered"):
        return None
    return (case["timings_s"][timing],)


def kind_of(question_id: str) -> str:
    """Return the words that an id opens with: "ooc" of "ooc-17", "none-far" of "none-far-2"; or "other"."""
    opening = re.match(r"[A-Za-z]+(?:-[A-Za-z]+)?(?=-)", question_id)
    return opening.group().lower() if opening else "other"


def _answerable(case: Case) -> float:
    return float(case["gold"]["answerable"])


def _refused(case: Case) -> float:
    """Return 1.0 where the question was refused; a crash counts as the wrong decision."""
    if case["status"] == CRASHED:
        return _answerable(case)
    return float(case["status"] == "not_found")


def rows_of(measure: Measure, cases: Sequence[Case]) -> list[Row]:
    """Return the rows of the cases that speak of the figure, in their order."""
    return [row for case in cases if (row := measure.row(case)) is not None]


def so_far(cases: Sequence[Case], wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], tuple[float, int]]:
    """Return value and n of the wanted figures, by group and name, without intervals: quick enough for each case.

    One that no case speaks of, or that is not defined, is left out.
    """
    found = {}
    for measure in measures(cases):
        rows = rows_of(measure, cases) if (measure.group, measure.name) in wanted else []
        if rows:
            columns = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
            found[measure.group, measure.name] = (measure.statistic(*columns), len(rows))
    return {name: (value, n) for name, (value, n) in found.items() if not math.isnan(value)}


def summarise(cases: Sequence[Case]) -> dict[str, Any]:
    """Return the figures of all cases by group, the curves behind two of them, and the counts: plain JSON values."""
    summary: dict[str, Any] = {group: {} for group in (*GROUPS, "refusal", "time")}
    summary["refusal"]["by_kind"] = {}
    for measure in measures(cases):
        rows = rows_of(measure, cases)
        found = Figure(None, 0, None, None)
        if rows:
            found = figure(measure.statistic, *zip(*rows, strict=True), is_share=measure.is_share)
        place = summary[measure.group]
        for part in measure.path[:-1]:
            place = place.setdefault(part, {})
        place[measure.path[-1]] = {**found.to_json(), "left_out": len(cases) - len(rows)}
    summary["curves"] = _curves(cases)
    summary["counts"] = _counts(cases)
    return summary


def _curves(cases: Sequence[Case]) -> dict[str, Any]:
    """Return the risk at each coverage, and the bins of the calibration, as the figures of these names have them."""
    by_name = {measure.name: measure for measure in _refusal(cases)}
    risk, calibration = (
        np.array(rows_of(by_name[name], cases), dtype=np.float64).reshape(-1, 2)
        for name in ("risk_coverage_area", "calibration_error")
    )
    risks = metrics.risk_coverage(risk[:, 0], risk[:, 1])
    places = sorted({max(1, round(risks.size * step / N_CURVE_POINTS)) for step in range(1, N_CURVE_POINTS + 1)})
    bins = metrics.calibration_bins(calibration[:, 0], calibration[:, 1])
    return {
        "risk_coverage": [
            {"coverage": round(place / risks.size, 6), "risk": round(float(risks[place - 1]), 6)}
            for place in places
            if risks.size
        ],
        "calibration": [
            {"n": item.n, "confidence": round(item.confidence, 6), "answerable": round(item.share, 6)} for item in bins
        ],
    }


def _counts(cases: Sequence[Case]) -> dict[str, int]:
    statuses = Counter(case["status"] for case in cases)
    labels = Counter(case["gold"]["answerable"] for case in cases)
    return {
        "n": len(cases),
        "answered": statuses["answered"],
        "refused": statuses["not_found"],
        "crashed": statuses[CRASHED],
        "answerable": labels[True],
        "unanswerable": labels[False],
        "with_answers": sum(bool(case["gold"]["answers"]) for case in cases),
        "machine_made": sum(case.get("origin") == MACHINE_MADE for case in cases),
        "with_evidence": sum(bool(case["gold"]["evidence"]) for case in cases),
        "sentences": sum(len(case["sentences"]) for case in cases),
        "citations": sum(len(case["citations"]) for case in cases),
    }
