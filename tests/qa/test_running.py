"""An evaluation in a thread of its own: stopped, gone on with, made to wait, compared."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from qa.errors import EngineError, QuestionFileError
from qa.evaluate import Plan, evaluate
from qa.questions import Evidence
from qa.running import Job, Run
from qa.types import Answer, Turn
from tests.qa.scripted import Scripted
from tests.qa.test_evaluate import QUESTIONS, REPLIES, scripted


class Paced(Scripted):
    """Calls `before` with each question before it answers; half of an answer is what it has once it is stopped."""

    before: Callable[[str], None] = staticmethod(lambda question: None)

    def ask(self, question: str, history: Sequence[Turn] = (), *, stop: threading.Event | None = None) -> Answer:
        self.before(question)
        answer = super().ask(question, history)
        return replace(answer, stopped=True) if stop is not None and stop.is_set() else answer


def paced(before: Callable[[str], None]) -> Paced:
    answerer = Paced(REPLIES, scripted().order)
    answerer.before = before
    return answerer


def without_date(value: dict[str, Any]) -> dict[str, Any]:
    return {**value, "settings": {**value["settings"], "date": ""}}


def test_a_run_makes_the_record_that_evaluate_makes() -> None:
    job = Job(Run(Plan.of(QUESTIONS, scripted(), limit=3)).work)
    job.wait(20)
    assert job.result is not None
    assert without_date(job.result.record.to_json()) == without_date(evaluate(QUESTIONS, scripted(), limit=3).to_json())
    assert (job.result.is_whole, job.result.comparison, job.error, job.is_running) == (True, None, "", False)
    assert "<h1>Evaluation of Article QA</h1>" in job.result.pages["en"]


def test_a_stopped_run_has_what_was_done_and_goes_on_from_there() -> None:
    asked: list[str] = []
    stop = threading.Event()

    def before(question: str) -> None:
        asked.append(question)
        if len(asked) == 3:
            stop.set()

    run = Run(Plan.of(QUESTIONS, paced(before)))
    outcome = run.work(stop)
    assert outcome is not None
    assert [case["id"] for case in outcome.record.cases] == ["a-1", "a-2"]  # half of the third answer counts not
    assert (outcome.is_whole, outcome.n_questions, outcome.record.summary["counts"]["n"]) == (False, 4, 2)
    assert run.underway.question == "At what heat does water boil?"
    whole = run.work(threading.Event())
    assert whole is not None
    assert whole.is_whole
    assert [case["id"] for case in whole.record.cases] == ["a-1", "a-2", "ooc-1", "a-3"]
    assert asked == ["When?", "Built?", *["At what heat does water boil?"] * 2, "How many lines?"]


def test_a_run_that_is_closed_holds_what_answers_no_longer_and_cannot_be_gone_on_with() -> None:
    stop = threading.Event()
    answerer = paced(lambda question: stop.set() if question == "Built?" else None)
    run, held = Run(Plan.of(QUESTIONS, answerer)), weakref.ref(answerer)
    del answerer
    outcome = run.work(stop)
    assert outcome is not None
    gc.collect()
    assert (held() is None, run.is_closed) == (False, False)
    run.close()
    gc.collect()
    assert (held(), run.is_closed) == (None, True)
    assert run.work(threading.Event()) is None
    assert (run.underway.n_done, run.underway.n_questions) == (1, 4)


def test_a_run_that_is_closed_while_it_works_works_to_its_end() -> None:
    answerer = paced(lambda _: run.close())
    run, held = Run(Plan.of(QUESTIONS, answerer)), weakref.ref(answerer)
    outcome = run.work(threading.Event())
    assert outcome is not None
    assert outcome.is_whole
    del answerer
    gc.collect()
    assert (held(), run.is_closed) == (None, True)


def test_a_run_that_is_stopped_before_its_first_answer_has_nothing() -> None:
    stop = threading.Event()
    stop.set()
    assert Run(Plan.of(QUESTIONS, scripted())).work(stop) is None


def test_others_go_first() -> None:
    busy = threading.Event()
    busy.set()
    answerer = scripted()
    run = Run(Plan.of(QUESTIONS, answerer), is_busy=busy.is_set)
    job = Job(run.work)
    until_s = time.monotonic() + 20
    while not run.underway.waits and time.monotonic() < until_s:
        time.sleep(0.01)
    assert (run.underway.waits, run.underway.n_done, answerer.asked) == (True, 0, [])
    busy.clear()
    job.wait(20)
    assert (run.underway.waits, run.underway.n_done) == (False, 4)


def test_what_is_underway_is_told_with_the_figures_so_far() -> None:
    seen = []
    run = Run(Plan.of(QUESTIONS, paced(lambda _: seen.append(run.underway))))
    run.work(threading.Event())
    assert [(now.n_done, now.n_questions, now.question) for now in seen] == [
        (place, 4, question.question) for place, question in enumerate(QUESTIONS)
    ]
    assert [now.left_s is None for now in seen] == [True, False, False, False]
    # Two of two are right, the third is rightly refused: its figure is there from then on.
    assert seen[0].figures == {}
    assert seen[2].figures["answers", "contained"] == (1.0, 2)
    assert ("refusal", "recall") not in seen[2].figures
    assert seen[3].figures["refusal", "recall"] == (1.0, 1)
    # Then one of three is wrong.
    value, n = run.underway.figures["answers", "contained"]
    assert (round(value, 6), n) == (0.666667, 3)
    assert (run.underway.question, run.underway.left_s) == ("", 0.0)


def test_a_run_is_compared_with_an_earlier_record_and_its_page_shows_it() -> None:
    earlier = evaluate(QUESTIONS, scripted())
    worse = scripted(replies={**REPLIES, "When?": EngineError("gone")})
    outcome = Run(Plan.of(QUESTIONS, worse), earlier).work(threading.Event())
    assert outcome is not None
    assert outcome.comparison is not None
    (changed,) = outcome.comparison.changed
    assert (changed.id, changed.is_lost) == ("a-1", True)
    assert "Compared with the baseline" in outcome.pages["en"]


def test_a_record_of_other_questions_is_compared_with_nothing() -> None:
    other = evaluate([replace(QUESTIONS[0], id="z")], scripted())
    outcome = Run(Plan.of(QUESTIONS, scripted()), other).work(threading.Event())
    assert outcome is not None
    assert outcome.comparison is not None
    assert outcome.comparison.is_empty
    assert "Compared with the baseline" not in outcome.pages["en"]


def test_what_cannot_be_done_is_one_sentence_and_a_mistake_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: threading.Event) -> None:
        raise EngineError("the engine went away; start it again")

    def breaks(_: threading.Event) -> None:
        raise ZeroDivisionError

    printed: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", printed.append)
    jobs = [Job(fails), Job(breaks)]
    for job in jobs:
        job.wait(20)
    assert [(job.error, job.is_crashed) for job in jobs] == [
        ("the engine went away; start it again", False),
        ("", True),
    ]
    assert len(printed) == 1


def test_evidence_elsewhere_is_told_before_anything_runs() -> None:
    elsewhere = replace(QUESTIONS[0], evidence=(Evidence("bob.txt", 0, 3, "Bob"),), line=7)
    with pytest.raises(QuestionFileError, match=r"line 7 has evidence in 'bob.txt'"):
        Plan.of([elsewhere], scripted())
