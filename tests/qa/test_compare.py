"""Two records of a few cases, and what differs between them, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from qa.compare import Comparison, FigureChange, compare, question_key
from qa.figures import summarise
from qa.questions import Question
from qa.record import Record

MACHINE = {"machine": {"cpu": "some processor", "cpu_count": 2}}


def case(question_id: str, right: bool | None = True, total_s: float = 1.0, **changes: Any) -> dict[str, Any]:
    """Return a case that was answered, rightly or not; None: one that has no answer and was refused."""
    answered = right is not None
    made: dict[str, Any] = {
        "id": question_id,
        "question": f"What of {question_id}?",
        "status": "answered" if answered else "not_found",
        "text": "It is so." if answered else "",
        "confidence": 0.9 if answered else 0.1,
        "sentences": [{"text": "It is so.", "state": "supported", "citations": [1]}] if answered else [],
        "citations": [{"label": 1, "document": "a.txt", "doc_id": "0", "start": 0, "end": 9, "quote": "It is so."}],
        "timings_s": {"retrieve": 0.1, "first_token": 0.5, "total": total_s},
        "gold": {"answers": ["so"] if answered else [], "answerable": answered, "evidence": []},
        "history": [],
        "scores": {"retrieval": {}, "answers": {} if right is None else {"contained": float(right)}, "citations": {}},
    }
    return made | changes


def record(*cases: dict[str, Any], settings: dict[str, Any] | None = None) -> Record:
    return Record(summarise(cases), settings if settings is not None else MACHINE, cases)


def change_of(comparison: Comparison, name: str) -> FigureChange:
    (found,) = (change for change in comparison.figures if change.name == name)
    return found


def test_a_record_is_the_same_as_itself() -> None:
    one = record(*(case(f"q{n}", n % 3 > 0) for n in range(9)), case("ooc-1", None))
    comparison = compare(one, one)
    assert {change.verdict for change in comparison.figures} == {"same"}
    assert {change.difference for change in comparison.figures} == {0.0, None}
    assert (comparison.changed, comparison.only_old, comparison.only_new, comparison.fell) == ((), (), (), ())
    assert comparison.baseline == MACHINE


def test_a_fall_beyond_chance_is_worse_and_named() -> None:
    # Ten of twenty rightly answered before, none now: 1.0 to .5, every one of ten coins the same way.
    old = record(*(case(f"q{n}") for n in range(20)))
    new = record(*(case(f"q{n}", n >= 10) for n in range(20)))
    comparison = compare(old, new)
    contained = change_of(comparison, "contained")
    assert (contained.group, contained.old, contained.new, contained.difference) == ("answers", 1.0, 0.5, -0.5)
    assert (contained.n, contained.verdict) == (20, "worse")
    # All have the same confidence, so the risk at every coverage is the share that is wrong: 0 to .5; lower is better.
    area = change_of(comparison, "risk_coverage_area")
    assert (area.old, area.new, area.verdict) == (0.0, 0.5, "worse")
    assert comparison.fell == ("answers: contained", "refusal: risk_coverage_area")
    assert [(c.id, c.changes) for c in comparison.changed] == [(f"q{n}", ("no longer right",)) for n in range(10)]
    assert change_of(compare(new, old), "contained").verdict == "better"
    assert compare(new, old).fell == ()


def test_four_falls_of_twenty_leave_out_zero_but_may_be_chance() -> None:
    # The interval of -4/20 leaves out 0 (no draw of 20 without one of the four: .8^20 = .012), but four coins
    # the same way come up once in sixteen: no fall.
    old = record(*(case(f"q{n}") for n in range(20)))
    comparison = compare(old, record(*(case(f"q{n}", n >= 4) for n in range(20))))
    assert change_of(comparison, "contained").verdict == "worse"
    assert comparison.fell == ()


def test_the_direction_that_is_better_depends_on_the_figure() -> None:
    def answered(words: float, state: str) -> dict[str, Any]:
        scores = {"retrieval": {}, "answers": {"words": words}, "citations": {state: 1.0}}
        return {"scores": scores}

    old = record(
        *(case(f"q{n}", scores=answered(5.0, "none")["scores"] | {"citations": {"unsupported": 0.0}}) for n in range(9))
    )
    new = record(*(case(f"q{n}", scores=answered(9.0, "unsupported")["scores"]) for n in range(9)))
    comparison = compare(old, new)
    assert change_of(comparison, "unsupported").verdict == "worse"
    assert change_of(comparison, "words").difference == 4.0
    assert change_of(comparison, "words").verdict == "same"


@pytest.mark.parametrize(
    ("settings", "total_s", "fell"),
    [
        (MACHINE, 2.0, ("time: total_s, p50", "time: total_s, p95")),
        # A tenth slower on the same machine is no fall, however regular.
        (MACHINE, 1.1, ()),
        ({"machine": {"cpu": "another", "cpu_count": 2}}, 2.0, ()),
        ({}, 2.0, ()),
    ],
    ids=["same machine", "a little slower", "another machine", "no machine stated"],
)
def test_times_are_a_fall_on_the_same_machine_only(
    settings: dict[str, Any], total_s: float, fell: tuple[str, ...]
) -> None:
    # No two questions take the same time, or a median would not notice which of them are swapped.
    old = record(*(case(f"q{n}", total_s=1 + n / 100) for n in range(20)))
    slower = (case(f"q{n}", total_s=(1 + n / 100) * total_s) for n in range(20))
    comparison = compare(old, record(*slower, settings=settings))
    assert change_of(comparison, "total_s, p50").verdict == "worse"
    assert comparison.fell == fell


def test_questions_that_only_one_record_has_are_named_and_do_not_count() -> None:
    reworded = case("q2", False) | {"question": "What else of q2?"}
    relabelled = case("q3", False) | {"gold": {"answers": ["thus"], "answerable": True, "evidence": []}}
    old = record(*(case(f"q{n}") for n in range(4)))
    comparison = compare(old, record(case("q1"), reworded, relabelled, case("q4", False)))
    assert comparison.only_old == ("q0", "q2", "q3")
    assert comparison.only_new == ("q2", "q3", "q4")
    assert (change_of(comparison, "contained").n, comparison.changed) == (1, ())


def test_records_without_a_common_question_have_nothing_to_compare() -> None:
    comparison = compare(record(case("a")), record(case("b")))
    assert {(change.n, change.old, change.verdict) for change in comparison.figures} == {(0, None, "same")}


def test_a_case_says_all_that_went_otherwise_with_both_sides() -> None:
    elsewhere = {"label": 1, "document": "b.txt", "doc_id": "1", "start": 3, "end": 5, "quote": "so"}
    unsupported = {"text": "It is so.", "state": "unsupported", "citations": []}
    refused = case("q1", None) | {"gold": case("q1")["gold"]}
    refused["scores"] = {"retrieval": {}, "answers": {"contained": 0.0}, "citations": {}}
    olds = (case("q0"), case("q1"), case("q2"))
    news = (case("q0", citations=[elsewhere], sentences=[unsupported]), refused, case("q2", text="Other words."))
    comparison = compare(record(*olds), record(*news))
    assert [(c.id, c.changes) for c in comparison.changed] == [
        ("q0", ("other words cited", "1 supported before, 1 unsupported now")),
        ("q1", ("answered before, refused now", "no longer right")),
    ]
    assert (comparison.changed[0].old, comparison.changed[0].new) == (olds[0], news[0])


def test_the_nearest_sentences_of_a_refusal_may_change_unnoticed() -> None:
    elsewhere = {"label": 1, "document": "b.txt", "doc_id": "1", "start": 3, "end": 5, "quote": "so"}
    assert compare(record(case("q", None)), record(case("q", None, citations=[elsewhere]))).changed == ()


def test_the_json_has_settings_figures_and_cases_side_by_side() -> None:
    old, new = record(case("q0"), case("old")), record(case("q0", False), case("new"))
    made = compare(old, new).to_json()
    assert list(made) == ["baseline", "figures", "changed", "only_old", "only_new", "fell"]
    (contained,) = (figure for figure in made["figures"] if figure["name"] == "contained")
    assert contained == {
        "group": "answers",
        "name": "contained",
        "old": 1.0,
        "new": 0.0,
        "difference": -1.0,
        "low": -1.0,
        "high": -1.0,
        "n": 1,
        "verdict": "same",
    }
    assert made["changed"] == [
        {
            "id": "q0",
            "question": "What of q0?",
            "changes": ["no longer right"],
            "old": old.cases[0],
            "new": new.cases[0],
        }
    ]
    assert (made["baseline"], made["only_old"], made["only_new"]) == (MACHINE, ["old"], ["new"])
    assert made["fell"] == []


def test_a_question_has_the_key_of_its_case() -> None:
    question = Question("q0", "What of q0?", ("so",), True, (), ())
    assert question_key(question.to_json() | {"answerable": True}) == question_key(case("q0"))


@pytest.mark.parametrize(("n", "verdict"), [(7, "same"), (8, "worse")])
def test_a_few_questions_show_no_difference(n: int, verdict: str) -> None:
    old = record(*(case(f"q{k}") for k in range(n)))
    alike = record(*(case(f"q{k}", False) for k in range(n)))
    assert change_of(compare(old, alike), "contained").verdict == verdict
    # Slower by 1 to 1 + (n - 1) / 10 seconds, so that the interval has a width; it leaves out 0 for any n.
    varying = compare(old, record(*(case(f"q{k}", total_s=2 + k / 10) for k in range(n))))
    slower = change_of(varying, "total_s, p50")
    assert slower.low is not None and slower.high is not None
    assert 0 < slower.low < slower.high
    assert slower.verdict == verdict


def test_what_the_check_says_is_not_compared_with_an_answer_that_was_not_checked() -> None:
    unchecked = [
        case(f"q{n}", scores={"retrieval": {}, "answers": {}, "citations": {"supported": 1.0}}) for n in range(20)
    ]
    checked = [
        case(f"q{n}", scores={"retrieval": {}, "answers": {}, "citations": {"supported": 0.5}}) for n in range(20)
    ]
    old, new = (
        record(*unchecked, settings={"answering": "told to cite"}),
        record(*checked, settings={"answering": "checked"}),
    )
    comparison = compare(old, new)
    assert "supported" not in {change.name for change in comparison.figures}
    assert comparison.fell == ()
    assert compare(record(*unchecked), record(*checked)).fell == ("citations: supported",)
