"""Two records in, what differs between them out: every figure with the interval of its difference, and the cases.

Only questions that both records have count, with the same text, history and gold; the others are named. Knows nothing
of files, of running or of the terminal.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial, reduce
from typing import Any, Literal

import numpy as np

from embeddings.phrase import Phrase
from qa.errors import RecordError
from qa.figures import Measure, measures
from qa.metrics import Floats
from qa.paired import Pairs, adjusted_chances
from qa.questions import Question
from qa.record import Record
from qa.scores import CRASHED, Case

Verdict = Literal["better", "worse", "same"]

CHANCE = 0.05
"""The most probable that a fall among all figures may be between two runs of the same quality, to be called one."""

SLOWER = 0.25
"""How much longer a time must be, at least, to be called a fall: the same machine is now and then busy."""

LEAST_COMPARED = 8
"""Questions behind a difference, at least, to call it better or worse: intervals over fewer are too narrow. Of 4,000
differences of two means of normal noise alone, the interval left out 0 in .49 where there were 2 questions, .20 at 4,
.14 at 6, .11 at 8 and .08 at 20."""

CHECKED_STATES = {("citations", state) for state in ("supported", "unsupported", "contradicted")}
"""What the check of each sentence says: not to be compared between ways of answering of which one has no such check."""

NO_LONGER_RIGHT = Phrase("no longer right")

_STATUS = {"answered": Phrase("answered"), "not_found": Phrase("refused"), CRASHED: Phrase("crashed")}
_STATES = {
    "supported": Phrase("supported"),
    "unsupported": Phrase("unsupported"),
    "contradicted": Phrase("contradicted"),
}


@dataclass(frozen=True, slots=True)
class FigureChange:
    """One figure in both records, over the same questions: the difference is new minus old.

    `n` is how many of these questions speak of it in either record. None: it is not defined. The verdict is "better" or
    "worse" where the 95 % interval of the difference leaves out 0 and n is at least LEAST_COMPARED, else "same": no
    difference was shown.
    """

    group: str
    name: str
    old: float | None
    new: float | None
    difference: float | None
    low: float | None
    high: float | None
    n: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A question that went otherwise: what changed, in words, and both cases."""

    id: str
    question: str
    changes: tuple[str, ...]
    old: Case
    new: Case

    @property
    def is_lost(self) -> bool:
        """Whether the answer was right and is so no longer."""
        return NO_LONGER_RIGHT in self.changes


@dataclass(frozen=True, slots=True)
class Comparison:
    """A record beside an earlier one. `baseline` is the settings of the earlier one.

    `only_old` and `only_new` are the ids of questions that only one of them has, or has otherwise. `fell` names the
    figures that are worse by more than chance explains, all figures considered together.
    """

    baseline: Mapping[str, Any]
    figures: tuple[FigureChange, ...]
    changed: tuple[CaseChange, ...]
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]
    fell: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether no question is the same in both, so that nothing is compared."""
        return not any(figure.n for figure in self.figures)

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as plain JSON values."""
        return {
            "baseline": self.baseline,
            "figures": [asdict(figure) for figure in self.figures],
            "changed": [
                {"id": c.id, "question": c.question, "changes": list(c.changes), "old": c.old, "new": c.new}
                for c in self.changed
            ],
            "only_old": list(self.only_old),
            "only_new": list(self.only_new),
            "fell": list(self.fell),
        }


def compare(old: Record, new: Record) -> Comparison:
    """Return what differs, figures in the order of the summary and cases in the order of the new record."""
    earlier = {question_key(case): case for case in old.cases}
    later = {question_key(case): case for case in new.cases}
    shared = [key for key in later if key in earlier]
    before, after = [earlier[key] for key in shared], [later[key] for key in shared]
    unlike = old.settings.get("answering") != new.settings.get("answering")
    measured = [
        (measure, _paired(measure, before, after))
        for measure in measures(after)
        if not (unlike and (measure.group, measure.name) in CHECKED_STATES)
    ]
    figures = tuple(_change(measure, pairs) for measure, pairs in measured)
    return Comparison(
        baseline=old.settings,
        figures=figures,
        changed=tuple(_changed(before, after)),
        only_old=tuple(case["id"] for key, case in earlier.items() if key not in later),
        only_new=tuple(case["id"] for key, case in later.items() if key not in earlier),
        fell=_fell(measured, figures, len(shared), _same_machine(old, new)),
    )


def check_shared(baseline: Record, questions: Sequence[Question], name: str) -> None:
    """Raise RecordError where the record, called `name`, has none of the questions."""
    known = {(case["id"], case["question"]) for case in baseline.cases}
    if not {(question.id, question.question) for question in questions} & known:
        raise RecordError(
            "{name} has none of these questions; give the record of a run over the same question file", name=name
        )


def question_key(case: Mapping[str, Any]) -> str:
    """Return what makes two cases one question: id, text, history and gold; of a question's own JSON too."""
    gold = case.get("gold", case)
    parts = [case["id"], case["question"], case.get("history", [])]
    return json.dumps([*parts, *(gold.get(name) for name in ("answers", "answerable", "evidence"))])


def _paired(measure: Measure, old: Sequence[Case], new: Sequence[Case]) -> Pairs:
    return Pairs(measure.statistic, _rows(measure, old), _rows(measure, new))


def _rows(measure: Measure, cases: Sequence[Case]) -> Floats:
    """Return (n, k) rows, NaN where a case does not speak of the figure."""
    rows = [measure.row(case) for case in cases]
    width = max((len(row) for row in rows if row is not None), default=1)
    found = [row or (math.nan,) * width for row in rows]
    return np.array(found, dtype=np.float64).reshape(len(cases), width)


def _change(measure: Measure, pairs: Pairs) -> FigureChange:
    old, new = pairs.value(pairs.old), pairs.value(pairs.new)
    difference, (low, high) = pairs.difference(), pairs.interval() if pairs.n else (math.nan, math.nan)
    verdict: Verdict = "same"
    if measure.better != "neither" and (low > 0 or high < 0) and pairs.n >= LEAST_COMPARED:
        verdict = "better" if (low > 0) == (measure.better == "higher") else "worse"
    return FigureChange(
        group=measure.group,
        name=measure.name,
        old=_shown(old),
        new=_shown(new),
        difference=_shown(difference),
        low=_shown(low),
        high=_shown(high),
        n=pairs.n,
        verdict=verdict,
    )


def _shown(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)


def _fell(
    measured: Sequence[tuple[Measure, Pairs]], changes: Sequence[FigureChange], n: int, same_machine: bool
) -> tuple[str, ...]:
    """Return the names of the figures that fell by more than chance explains; times only on the same machine."""
    if all(change.verdict != "worse" for change in changes):
        return ()
    deciding = [
        (measure, pairs, change)
        for (measure, pairs), change in zip(measured, changes, strict=True)
        if measure.better != "neither" and change.difference is not None and (measure.group != "time" or same_machine)
    ]
    falls = [partial(_falls, measure, pairs) for measure, pairs, _ in deciding]
    seen = [_worse(measure, pairs.difference()) for measure, pairs, _ in deciding]
    chances = adjusted_chances(falls, seen, n)
    return tuple(
        f"{change.group}: {change.name}"
        for (_, _, change), chance in zip(deciding, chances, strict=True)
        if change.verdict == "worse" and chance <= CHANCE and _matters(change)
    )


def _falls(measure: Measure, pairs: Pairs, swaps: Floats) -> Floats:
    falls: Floats = pairs.swapped_differences(swaps) * _worse(measure, 1.0)
    return falls


def _worse(measure: Measure, difference: float) -> float:
    """Return the difference with the sign that makes a fall positive."""
    return difference if measure.better == "lower" else -difference


def _matters(change: FigureChange) -> bool:
    return change.group != "time" or (change.low or 0.0) > SLOWER * (change.old or 0.0)


def _same_machine(old: Record, new: Record) -> bool:
    return old.settings.get("machine") is not None and old.settings["machine"] == new.settings.get("machine")


def _changed(old: Sequence[Case], new: Sequence[Case]) -> Iterator[CaseChange]:
    for before, after in zip(old, new, strict=True):
        if changes := tuple(_changes(before, after)):
            yield CaseChange(after["id"], after["question"], changes, before, after)


def _changes(old: Case, new: Case) -> Iterator[Phrase]:
    """Yield what went otherwise, in words: the status, whether it is right, what is cited, what was found of it."""
    if old["status"] != new["status"]:
        yield Phrase("{before} before, {now} now", before=_STATUS[old["status"]], now=_STATUS[new["status"]])
    right = [case["scores"].get("answers", {}).get("contained") for case in (old, new)]
    if right[0] != right[1]:
        yield Phrase("right now") if right[1] else NO_LONGER_RIGHT
    if old["status"] == new["status"] == "answered":
        if _cited(old) != _cited(new):
            yield Phrase("other words cited")
        if (states := (_states(old), _states(new)))[0] != states[1]:
            yield Phrase("{before} before, {now} now", before=states[0], now=states[1])


def _cited(case: Case) -> set[tuple[str, int, int]]:
    return {(citation["document"], citation["start"], citation["end"]) for citation in case["citations"]}


def _states(case: Case) -> Phrase:
    """Return how many sentences have which state: "1 supported", "1 contradicted and 2 supported"."""
    counts = Counter(sentence["state"] for sentence in case["sentences"])
    told = [Phrase("{n} {state}", n=count, state=_STATES.get(state, state)) for state, count in sorted(counts.items())]
    return reduce(lambda one, other: Phrase("{one} and {other}", one=one, other=other), told or [Phrase("no sentence")])
