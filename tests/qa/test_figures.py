"""Every figure of a summary, worked out by hand over eight cases."""

from __future__ import annotations

from typing import Any

import pytest

from qa.figures import kind_of, measures, summarise
from qa.record import Record
from qa.report import render_table
from qa.report_page.figures import figures_of


@pytest.mark.parametrize(
    ("question_id", "kind"),
    [
        ("ooc-bdc86a8e66d5", "ooc"),
        ("ooc-02f537d12dd5", "ooc"),
        ("none-far-03", "none-far"),
        ("none-near-12", "none-near"),
        ("un-ba2a8b47<::>3", "un"),
        ("001fefa37a13cdd53f", "other"),
        ("abcdef", "other"),
        ("-1109485827985534106", "other"),
        ("A-1", "a"),
    ],
)
def test_the_kind_of_a_question_is_the_words_its_id_opens_with(question_id: str, kind: str) -> None:
    assert kind_of(question_id) == kind


CRASHED: dict[str, Any] = {
    "status": "error",
    "text": "",
    "confidence": 0.0,
    "sentences": [],
    "citations": [],
    "timings_s": {},
}


def case_of(
    question_id: str, status: str, confidence: float, answerable: bool | None, contained: float | None = None
) -> dict[str, Any]:
    answers = {} if contained is None else {"contained": contained}
    return CRASHED | {
        "id": question_id,
        "status": status,
        "confidence": confidence,
        "gold": {"answerable": answerable, "answers": ["x"] if answerable else [], "evidence": []},
        "scores": {"retrieval": {}, "answers": answers, "citations": {}},
        "timings_s": {"retrieve": 0.1, "first_token": confidence, "total": 2.0} if status != "error" else {},
    }


CASES = (
    case_of("a1", "answered", 0.9, True, 1.0),
    case_of("a2", "answered", 0.6, True, 0.0),
    case_of("a3", "not_found", 0.3, True, 0.0),
    case_of("ooc-1", "not_found", 0.1, False),
    case_of("ooc-2", "not_found", 0.2, False),
    case_of("u1", "answered", 0.7, False),
    case_of("u2", "error", 0.0, False),
    case_of("x", "answered", 0.5, None),
)


def values(group: dict[str, Any]) -> dict[str, tuple[float | None, int]]:
    return {name: (item["value"], item["n"]) for name, item in group.items() if "value" in item}


def test_refusal_figures_of_eight_worked_cases() -> None:
    refusal = summarise(CASES)["refusal"]
    # Labelled: 7. Refused a3, ooc-1, ooc-2; unanswerable ooc-1, ooc-2, u1, u2. The crash u2 counts as answered
    # with confidence 1.
    assert values(refusal) == {
        "precision": (round(2 / 3, 6), 3),
        "recall": (0.5, 4),
        "f1": (round(4 / 7, 6), 7),
        "false_refusals": (round(1 / 3, 6), 3),
        # Answerable .9 .6 .3 against .1 .2 .7 1.0: .9 beats three, .6 and .3 two each: 7 of 12.
        "auroc": (round(7 / 12, 6), 7),
        # In order of confidence u2 1.0 wrong, a1 right, u1, a2, a3, ooc-2, ooc-1 wrong:
        # (1/1 + 1/2 + 2/3 + 3/4 + 4/5 + 5/6 + 6/7) / 7.
        "risk_coverage_area": (round((1 + 1 / 2 + 2 / 3 + 3 / 4 + 4 / 5 + 5 / 6 + 6 / 7) / 7, 6), 7),
        # Ten bins: .9 and 1.0 share one, |.95 - .5| * 2; .7: .7; .6: .4; .3: .7; .2: .2; .1: .1; sum 3.0 of 7.
        "calibration_error": (round(3.0 / 7, 6), 7),
    }
    by_kind = refusal["by_kind"]
    assert set(by_kind) == {"ooc", "other"}
    # Against .1 and .2 every answerable case wins; against .7 and 1.0 only .9 beats .7: 1 of 6.
    assert values(by_kind["ooc"]) == {"refused": (1.0, 2), "auroc": (1.0, 5)}
    assert values(by_kind["other"]) == {"refused": (0.0, 2), "auroc": (round(1 / 6, 6), 5)}


def test_a_crash_makes_the_curve_of_risk_no_better() -> None:
    right, wrong = case_of("a1", "answered", 0.5, True, 1.0), case_of("a2", "answered", 0.9, True, 0.0)
    crashed = case_of("a2", "error", 0.0, True)
    areas = [summarise(cases)["refusal"]["risk_coverage_area"]["value"] for cases in ((right, wrong), (right, crashed))]
    # The wrong one is the surest: (1/1 + 1/2) / 2.
    assert areas == [0.75, 0.75]


def test_a_kind_may_be_called_like_a_part_of_a_figure() -> None:
    summary = summarise([*CASES, case_of("value-1", "not_found", 0.1, False)])
    table = render_table(Record(summary, {"model": "m", "encoder": "e", "strictness": "balanced"}, ()))
    assert any(line.split()[:3] == ["value,", "refused", "1.000"] for line in table.splitlines())
    assert ("refusal", "by_kind", "value", "refused") in [path for path, _ in figures_of(summary)]


def test_means_speak_of_the_cases_that_have_the_score() -> None:
    summary = summarise(CASES)
    assert values(summary["answers"])["contained"] == (round(1 / 3, 6), 3)
    assert summary["answers"]["numbers_right"] == {"value": None, "n": 0, "low": None, "high": None, "left_out": 8}


def test_a_length_or_a_time_of_one_is_no_share() -> None:
    one = [case_of(f"a{n}", "answered", 0.9, True, 1.0) for n in range(4)]
    cases = [case | {"timings_s": {"total": 1.0}} for case in one]
    for case in cases:
        case["scores"] = case["scores"] | {"answers": {"contained": 1.0, "words": 1.0}}
    summary = summarise(cases)
    certain = {"value": 1.0, "n": 4, "low": 1.0, "high": 1.0, "left_out": 0}
    assert (summary["answers"]["words"], summary["time"]["total_s"]["p50"]) == (certain, certain)
    # Wilson: 4 / (4 + 1.959964²) = .510109.
    assert summary["answers"]["contained"] == certain | {"low": 0.510109}


def test_times_leave_out_crashes_and_first_words_of_refusals() -> None:
    time = summarise(CASES)["time"]
    assert values(time["passages_s"]) == {"p50": (0.1, 7), "p95": (0.1, 7)}
    assert values(time["total_s"]) == {"p50": (2.0, 7), "p95": (2.0, 7)}
    # First words at .9 .6 .7 .5: the median is .65, and .95 * 3 = 2.85 of the way from .7 to .9 is .87.
    assert values(time["first_word_s"]) == {"p50": (0.65, 4), "p95": (0.87, 4)}


def test_counts() -> None:
    assert summarise(CASES)["counts"] == {
        "n": 8,
        "answered": 4,
        "refused": 3,
        "crashed": 1,
        "answerable": 3,
        "unanswerable": 4,
        "with_answers": 3,
        "machine_made": 0,
        "with_evidence": 0,
        "sentences": 0,
        "citations": 0,
    }


def test_a_summary_of_no_case_has_no_figure() -> None:
    summary = summarise(())
    assert summary["refusal"]["auroc"] == {"value": None, "n": 0, "low": None, "high": None, "left_out": 0}
    assert summary["refusal"]["by_kind"] == {}
    assert summary["counts"]["n"] == 0


def test_curves_of_eight_worked_cases() -> None:
    curves = summarise(CASES)["curves"]
    # The seven cases of the area above: u2 wrong, a1 right, then five that are wrong.
    assert curves["risk_coverage"] == [
        {"coverage": round(covered / 7, 6), "risk": round(risk, 6)}
        for covered, risk in enumerate((1 / 1, 1 / 2, 2 / 3, 3 / 4, 4 / 5, 5 / 6, 6 / 7), start=1)
    ]
    # .9 and 1.0 share a bin with a mean of .95, one of them answerable.
    assert curves["calibration"] == [
        {"n": 1, "confidence": 0.1, "answerable": 0.0},
        {"n": 1, "confidence": 0.2, "answerable": 0.0},
        {"n": 1, "confidence": 0.3, "answerable": 1.0},
        {"n": 1, "confidence": 0.6, "answerable": 1.0},
        {"n": 1, "confidence": 0.7, "answerable": 0.0},
        {"n": 2, "confidence": 0.95, "answerable": 0.5},
    ]


def test_a_long_curve_is_kept_at_twenty_steps_of_coverage() -> None:
    cases = [case_of(f"a{n}", "answered", 1 - n / 100, True, float(n < 50)) for n in range(100)]
    curve = summarise(cases)["curves"]["risk_coverage"]
    assert [point["coverage"] for point in curve] == [round(step / 20, 6) for step in range(1, 21)]
    # The first half is right and the second wrong: 0 up to .5, then 5/55, 10/60 ... 50/100.
    risks = [0.0] * 10 + [round(wrong / (50 + wrong), 6) for wrong in range(5, 55, 5)]
    assert [point["risk"] for point in curve] == risks


def test_every_figure_says_how_many_cases_it_leaves_out() -> None:
    summary = summarise(CASES)
    # Three of eight have an accepted answer; one has no label at all; a crash has no time.
    assert summary["answers"]["contained"]["left_out"] == 5
    assert summary["refusal"]["auroc"]["left_out"] == 1
    assert summary["time"]["total_s"]["p50"]["left_out"] == 1


def test_every_figure_knows_which_direction_is_better() -> None:
    directions = {(m.group, m.name): m.better for m in measures(CASES)}
    assert {name for (group, name), better in directions.items() if better == "neither"} == {"words"}
    assert {name for (group, name), better in directions.items() if better == "lower" and group != "time"} == {
        *("unsupported", "contradicted", "false_refusals", "risk_coverage_area", "calibration_error")
    }
    assert {better for (group, _), better in directions.items() if group == "time"} == {"lower"}
    assert directions["refusal", "ooc, refused"] == "higher"
