"""Cases and their figures in, the four plots out, each with what it says in words and in a table.

The curves are worked out by `qa.metrics`, from the cases that the figures of the summary are worked out from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from qa import metrics
from qa.intervals import wilson
from qa.report_page import svg
from qa.report_page.figures import shown
from qa.report_page.svg import BOTTOM, LEFT, RIGHT, TOP, Axis, Point, Scale
from qa.report_page.tables import cells, heading
from qa.report_page.words import ENGLISH, Words
from qa.scores import confidence_of, is_judged, right_of, risk_confidence_of
from qa.ui.markup import escaped

Case = Mapping[str, Any]

NOTHING = "No case has the label that this plot needs."
CURVES = {
    "retrieve": ("passages", "Passages found"),
    "first_token": ("first", "First word"),
    "total": ("total", "Whole answer"),
}
ACROSS = Scale(0.0, 1.0, LEFT, RIGHT)
UP = Scale(0.0, 1.0, BOTTOM, TOP)
FIFTHS = tuple((share, f"{100 * share:.0f} %") for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0))
SHORTEST_S = 0.001
"""Times are recorded in thousandths of a second; a shorter one is drawn as one."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture, and the same in words: `says` what it shows, `key` what its lines are, `rows` its numbers.

    Without `shapes` there is nothing to draw.
    """

    name: str
    title: str
    says: str
    shapes: str = ""
    key: tuple[tuple[str, str], ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def plots_html(summary: Mapping[str, Any], cases: Sequence[Case], say: Words = ENGLISH) -> str:
    """Return the four plots of a record."""
    made = (
        risk_coverage_plot(cases, say),
        calibration_plot(cases, say),
        retrieval_plot(summary, say),
        time_plot(cases, say),
    )
    return f'<div class="plots">{"".join(_figure(plot, say) for plot in made)}</div>'


def _figure(plot: Plot, say: Words) -> str:
    title = f'<h3>{plot.title}</h3><p id="{plot.name}-says">{escaped(plot.says)}</p>'
    if not plot.shapes:
        return f'<figure id="{plot.name}"><figcaption>{title}</figcaption></figure>'
    key = "".join(f"<li>{_sample(kind)}{escaped(words)}</li>" for kind, words in plot.key)
    listed = f'<ul class="key" id="{plot.name}-key">{key}</ul>' if key else ""
    head = heading(*(f"n:{column}" for column in plot.head))
    rows = "".join(f"<tr>{cells(row)}</tr>" for row in plot.rows)
    numbers = f"<details><summary>{say('Its numbers')}</summary><table>{head}<tbody>{rows}</tbody></table></details>"
    drawn = svg.drawing(plot.shapes, f"{plot.name}-says {plot.name}-key" if key else f"{plot.name}-says")
    return f'<figure id="{plot.name}"><figcaption>{title}{listed}</figcaption>{drawn}{numbers}</figure>'


def _sample(kind: str) -> str:
    """Return what a line or a mark of the plot looks like, for the key."""
    shape = {
        "operating": svg.diamond((14, 6), "operating", 5.5),
        "bin": svg.dot((14, 6), "bin", 4.5),
        "half": svg.dot((14, 6), "half", 4),
        "most": svg.diamond((14, 6), "most", 5),
    }.get(kind) or svg.line(((1, 6), (27, 6)), kind)
    return f'<svg width="28" height="12" aria-hidden="true">{shape}</svg>'


def risk_coverage_plot(cases: Sequence[Case], say: Words = ENGLISH) -> Plot:
    """Return how much of what is answered is not right, for every number of questions answered."""
    name, title = "risk-coverage", say("What does answering more cost?")
    can_be_right = any(case["gold"]["answers"] for case in cases)
    judged = [case for case in cases if can_be_right and case["gold"]["answerable"] is not None and is_judged(case)]
    if not judged:
        return Plot(name, title, say(NOTHING))
    confidences = np.array([risk_confidence_of(case) for case in judged])
    right = np.array([right_of(case) for case in judged])
    risks = metrics.risk_coverage(confidences, right)
    best = metrics.risk_coverage(right, right)
    answered = right[[case["status"] == "answered" for case in judged]]
    area, n = float(risks.mean()), len(judged)
    across = Axis(ACROSS, FIFTHS, say("share of the questions answered, most confident first"))
    up = Axis(UP, FIFTHS, say("share of those that is not right"))
    shapes = [
        svg.axes(across, up),
        svg.line(((LEFT, UP.at(1 - right.mean())), (RIGHT, UP.at(1 - right.mean()))), "chance"),
        svg.line(_curve(best), "best"),
        svg.line(_curve(risks), "risk"),
    ]
    key = [("risk", say("By confidence")), ("best", say("At best")), ("chance", say("By chance"))]
    says = say(
        "The area under the curve is {area:.3f} (the best order would have {best:.3f}).",
        area=area,
        best=float(best.mean()),
    )
    if answered.size:
        coverage, risk = answered.size / n, 1.0 - float(answered.mean())
        shapes.append(svg.diamond((ACROSS.at(coverage), UP.at(risk)), "operating"))
        key.append(("operating", say("Answered in this run")))
        says = say(
            "{answered:,} of {total:,} questions were answered, {risk} of them not right. {area} The mark stands where "
            "so many are answered; a refusal counts as not right.",
            answered=answered.size,
            total=n,
            risk=shown(risk, "share"),
            area=says,
        )
    rows = tuple(
        (shown(k / n, "share"), f"{k:,}", shown(float(risks[k - 1]), "share"))
        for k in sorted({max(1, math.ceil(n * tenth / 10)) for tenth in range(1, 11)})
    )
    head = (say("answered"), say("questions"), say("not right"))
    return Plot(name, title, says, "".join(shapes), tuple(key), head, rows)


def _curve(risks: metrics.Floats) -> list[Point]:
    """Return at most some 400 points of a curve over all coverages, its last one among them."""
    n = risks.size
    chosen = np.unique(np.linspace(0, n - 1, min(n, 400)).astype(int))
    return [(ACROSS.at((k + 1) / n), UP.at(float(risks[k]))) for k in chosen]


def calibration_plot(cases: Sequence[Case], say: Words = ENGLISH) -> Plot:
    """Return how often the documents do state the answer, for each confidence that they do."""
    name, title = "calibration", say("Does the confidence mean what it says?")
    labelled = [case for case in cases if case["gold"]["answerable"] is not None]
    if not labelled:
        return Plot(name, title, say(NOTHING))
    confidences = np.array([confidence_of(case) for case in labelled])
    answerable = np.array([float(case["gold"]["answerable"]) for case in labelled])
    bins = metrics.calibration_bins(confidences, answerable)
    error = metrics.calibration_error(confidences, answerable)
    across = Axis(ACROSS, FIFTHS, say("confidence that the documents state the answer"))
    up = Axis(UP, FIFTHS, say("share of which they do"))
    shapes = [
        svg.axes(across, up),
        svg.line(((LEFT, BOTTOM), (RIGHT, TOP)), "chance"),
        svg.label((LEFT - 8, 15), "n", "tick", "end"),
    ]
    rows = []
    for each in bins:
        place = min(int(each.confidence * 10), 9)
        low, high = wilson(each.share, each.n)
        x = ACROSS.at(each.confidence)
        shapes += [
            svg.whisker(x, UP.at(low), UP.at(high)),
            svg.dot((x, UP.at(each.share)), "bin", 3.5 + 4.5 * math.sqrt(each.n / len(labelled))),
            svg.label((ACROSS.at(place / 10 + 0.05), 15), f"{each.n:,}", "tick"),
        ]
        bounds = say("{low} to {high}", low=10 * place, high=f"{10 * place + 10} %")
        interval = say("{low} to {high}", low=f"{100 * low:.0f}", high=f"{100 * high:.0f} %")
        rows.append((bounds, shown(each.confidence, "share"), shown(each.share, "share"), interval, f"{each.n:,}"))
    says = say(
        "On average the confidence is {points:.1f} points away from the truth, over {total:,} questions. On the "
        "diagonal it would mean exactly what it says; the upright lines are 95 % intervals.",
        points=100 * error,
        total=len(labelled),
    )
    key = (("bin", say("Questions of like confidence, n above")), ("chance", say("Exactly what it says")))
    head = (say("confidence"), say("mean"), say("stated"), say("95 % interval"), "n")
    return Plot(name, title, says, "".join(shapes), key, head, tuple(rows))


def retrieval_plot(summary: Mapping[str, Any], say: Words = ENGLISH) -> Plot:
    """Return how often gold evidence is in the first passages."""
    name, title = "retrieval", say("Is the right passage found?")
    figures = {depth: summary.get("retrieval", {}).get(f"hit@{depth}") for depth in (1, 3, 5, 10)}
    found = {depth: figure for depth, figure in figures.items() if figure and figure["value"] is not None}
    if not found:
        return Plot(name, title, say(NOTHING))
    middles = {depth: LEFT + (RIGHT - LEFT) * (2 * place + 1) / (2 * len(found)) for place, depth in enumerate(found)}
    shapes = [
        svg.axes(
            Axis(Scale(LEFT, RIGHT, LEFT, RIGHT), (), say("passages looked at")),
            Axis(UP, FIFTHS, say("share of the questions")),
        )
    ]
    for depth, figure in found.items():
        x, top = middles[depth], UP.at(figure["value"])
        shapes += [
            svg.box(x - 26, top, x + 26, BOTTOM, "column"),
            svg.whisker(x, UP.at(figure["low"]), UP.at(figure["high"])),
            svg.label((x, UP.at(figure["high"]) - 8), f"{100 * figure['value']:.0f} %", "value"),
            svg.label((x, BOTTOM + 20), _first(depth, say), "tick"),
        ]
    rows = tuple(
        (str(depth), *(shown(figure[part], "share") for part in ("value", "low", "high")), f"{figure['n']:,}")
        for depth, figure in found.items()
    )
    told = say(", ").join(
        say("{share:.0f} % in {first}", share=100 * figure["value"], first=_first(depth, say))
        for depth, figure in found.items()
    )
    n = next(iter(found.values()))["n"]
    says = say(
        "Gold evidence is among the passages found: {told}, of {total:,} questions. The upright lines are 95 % "
        "intervals.",
        told=told,
        total=n,
    )
    head = (say("first"), say("found"), say("low"), say("high"), "n")
    return Plot(name, title, says, "".join(shapes), (), head, rows)


def _first(depth: int, say: Words) -> str:
    return say("the first|the first {n}", n=depth)


def time_plot(cases: Sequence[Case], say: Words = ENGLISH) -> Plot:
    """Return what part of the questions is done within each time."""
    name, title = "time", say("How long does it take?")
    times = {timing: _times(cases, timing) for timing in CURVES}
    times = {timing: values for timing, values in times.items() if values.size}
    if not times:
        return Plot(name, title, say("No case has a time."))
    drawn = {timing: np.log10(np.maximum(values, SHORTEST_S)) for timing, values in times.items()}
    low = math.floor(min(float(values.min()) for values in drawn.values()))
    high = max(low + 1, math.ceil(max(float(values.max()) for values in drawn.values())))
    scale = Scale(low, high, LEFT, RIGHT)
    across = Axis(
        scale,
        tuple((power, _seconds(power)) for power in range(low, high + 1)),
        say("time, each step ten times the one before"),
    )
    shapes, key, rows = [svg.axes(across, Axis(UP, FIFTHS, say("share done by then")))], [], []
    shares = np.linspace(0.0, 1.0, 101)
    for timing, values in drawn.items():
        kind, words = CURVES[timing][0], say(CURVES[timing][1])
        along = [scale.at(float(value)) for value in np.quantile(values, shares)]
        half, most = (round(float(np.quantile(times[timing], share)), 6) for share in (0.5, 0.95))
        shapes += [
            svg.line([(x, UP.at(float(share))) for x, share in zip(along, shares, strict=True)], kind),
            svg.dot((scale.at(math.log10(max(half, SHORTEST_S))), UP.at(0.5)), "half"),
            svg.diamond((scale.at(math.log10(max(most, SHORTEST_S))), UP.at(0.95)), "most"),
        ]
        half_said, most_said = shown(half, "seconds"), shown(most, "seconds")
        key.append((kind, say("{words}: {half}, {most}", words=words, half=half_said, most=most_said)))
        rows.append(
            (
                words,
                shown(half, "seconds"),
                shown(most, "seconds"),
                shown(float(times[timing].max()), "seconds"),
                f"{values.size:,}",
            )
        )
    says = say(
        "Times in which half of the questions (p50) and 95 of 100 (p95) are done; the first word, of answers alone."
    )
    key += [("half", "p50"), ("most", "p95")]
    head = (say("until"), "p50", "p95", say("longest"), "n")
    return Plot(name, title, says, "".join(shapes), tuple(key), head, tuple(rows))


def _times(cases: Sequence[Case], timing: str) -> metrics.Floats:
    """Return the sorted times in seconds; the first word only of answers: a refusal writes none."""
    return np.array(
        sorted(
            float(case["timings_s"][timing])
            for case in cases
            if timing in case["timings_s"] and (timing != "first_token" or case["status"] == "answered")
        )
    )


def _seconds(power: int) -> str:
    return f"{10 ** (power + 3)} ms" if power < -1 else f"{10.0**power:g} s"
