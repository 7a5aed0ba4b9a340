"""What a browser has in the Evaluate view: files taken in, work begun, stopped and gone on with, results as HTML."""

from __future__ import annotations

import gc
import json
import threading
import time
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from embeddings.chosen import chosen
from qa.answer import Answerer
from qa.compare import compare
from qa.conversations import Conversations
from qa.errors import EngineError, QuestionError, QuestionFileError, RecordError
from qa.evaluate import Plan, evaluate
from qa.figures import summarise
from qa.opening import Opening
from qa.questions import questions_of
from qa.report_page.figures import MEANINGS, figures_of
from qa.running import Outcome, Run
from qa.switching import Choice, Switching
from qa.ui.desk import Desk
from qa.ui.evaluate_result import NAMES, name_of, result_html
from qa.ui.evaluate_view import evaluation_html
from qa.ui.evaluation import Begun, Earlier, Evaluation, Shown
from qa.ui.evaluations import Evaluations
from qa.ui.page import build_page
from qa.ui.session import Session
from qa.ui.texts import ENGLISH, Texts
from tests.fake_reader import WordReader
from tests.qa.asked_engine import AskedEngine
from tests.qa.command_line import SpokenEngine
from tests.qa.reported import record, with_case
from tests.qa.test_switching import Loading
from tests.ui.scripted import BUILT, LIGHTHOUSE, TRAP, Scripted, small_store

TRAPPED = '<img src=x onerror="window.trapped = 5">'
QUESTIONS: list[dict[str, Any]] = [
    {
        "id": "built",
        "question": "When was the lighthouse built?",
        "answers": ["1887"],
        "answerable": True,
        "evidence": [
            {
                "doc": "lighthouse.txt",
                "start": LIGHTHOUSE.index(BUILT),
                "end": LIGHTHOUSE.index(BUILT) + len(BUILT),
                "text": BUILT,
            }
        ],
    },
    {"id": "trap", "question": f"What is the trap? {TRAPPED}", "answers": ["It says"], "answerable": True},
    {"id": "none-far-1", "question": "At what heat does mercury boil?", "answerable": False},
]


def content(questions: list[dict[str, Any]] = QUESTIONS) -> bytes:
    return "".join(json.dumps(question) + "\n" for question in questions).encode()


@pytest.fixture
def answerer(tmp_path: Path) -> Scripted:
    return Scripted(small_store(tmp_path / "store"))


@pytest.fixture
def desk(answerer: Scripted) -> Desk:
    return Desk(Session(Opening.of(answerer)), Conversations.in_memory(), is_lasting=False)


@pytest.fixture
def evaluation() -> Evaluation:
    evaluation = Evaluation()
    evaluation.take("island.jsonl", content())
    return evaluation


def never() -> bool:
    return False


def ended(evaluation: Evaluation) -> Evaluation:
    """Wait until what runs has come to its end, and take in what it brought."""
    for job in (evaluation._evaluating, evaluation._proposing):
        if job is not None:
            job.wait(30)
    evaluation.settle(ENGLISH)
    return evaluation


def test_a_file_is_a_record_or_questions_by_what_stands_in_it(evaluation: Evaluation) -> None:
    assert evaluation.chosen is not None
    assert [question.id for question in evaluation.chosen.questions] == ["built", "trap", "none-far-1"]
    evaluation.take("old.json", record().text().encode())
    assert evaluation.earlier is not None
    assert (evaluation.earlier.name, len(evaluation.earlier.record.cases)) == ("old.json", 7)
    evaluation.take("list.json", json.dumps({"questions": QUESTIONS}).encode())
    assert evaluation.chosen.name == "list.json"


def test_a_broken_file_is_named_with_its_line_and_changes_nothing(evaluation: Evaluation) -> None:
    before = evaluation.chosen
    with pytest.raises(QuestionFileError, match=r"^line 2 of bad\.jsonl cannot be used: 'question' is a number"):
        evaluation.take("bad.jsonl", b'{"question": "Why?"}\n{"question": 3}\n')
    with pytest.raises(RecordError, match=r"^old\.json is no record: it has no 'cases'"):
        evaluation.take("old.json", b'{"summary": {}, "settings": {}, "cases": []}')
    with pytest.raises(RecordError, match=r"^island\.jsonl is no record"):
        evaluation.take_record("island.jsonl", content())
    assert (evaluation.chosen, evaluation.earlier) == (before, None)


def test_the_record_is_that_of_the_command_line(evaluation: Evaluation, answerer: Scripted) -> None:
    evaluation.begin(answerer, 2, never, ENGLISH)
    shown = ended(evaluation).shown
    assert shown is not None
    assert evaluation.chosen is not None
    made = evaluate(
        questions_of(content(), "island.jsonl"), answerer, limit=2, questions_hash=evaluation.chosen.sha256
    ).to_json()
    here = shown.outcome.record.to_json()
    for one in (made, here):
        one["settings"] = {**one["settings"], "date": ""}
    assert here == made
    assert (evaluation.is_running, evaluation.can_go_on, evaluation.trouble) == (False, False, "")


def test_documents_that_are_left_out_are_not_asked_and_their_evidence_is_told(
    evaluation: Evaluation, desk: Desk
) -> None:
    (lighthouse,) = [id for id, document in desk.session.uploads.store.documents.items() if "house" in document.path]
    desk.session.uploads.ask([lighthouse], wanted=False)
    with pytest.raises(QuestionFileError, match=r"^line 1 has evidence in 'lighthouse.txt', which is not among"):
        evaluation.begin(desk.session.answerer, None, never, ENGLISH)
    evaluation.take("two.jsonl", content(QUESTIONS[1:]))
    evaluation.begin(desk.session.answerer, None, never, ENGLISH)
    shown = ended(evaluation).shown
    assert shown is not None
    assert shown.outcome.record.settings["store"]["n_documents"] == 1
    desk.session.uploads.ask(list(desk.session.uploads.store.documents), wanted=False)
    with pytest.raises(QuestionError, match="No document is chosen"):
        evaluation.begin(desk.session.answerer, None, never, ENGLISH)


def test_a_run_over_uploads_goes_on_when_their_session_has_ended(
    evaluation: Evaluation, desk: Desk, tmp_path: Path
) -> None:
    ferry = tmp_path / "ferry.txt"
    ferry.write_text("The ferry Halla carries forty passengers.", encoding="utf-8")
    desk.session.add([ferry])
    evidence = {"doc": "uploaded/ferry.txt", "text": "The ferry Halla carries forty passengers."}
    asked = {"question": "How many passengers carries the ferry Halla?", "answers": ["forty"], "evidence": [evidence]}
    evaluation.take("ferry.jsonl", content([{**asked, "answerable": True}]))
    goes = threading.Event()
    evaluation.begin(desk.session.answerer, None, lambda: not goes.is_set(), ENGLISH)
    folder = desk.session.uploads.folder
    desk.close()
    assert folder is not None
    assert not folder.exists()
    goes.set()
    shown = ended(evaluation).shown
    assert shown is not None
    (case,) = shown.outcome.record.cases
    assert (case["status"], case["scores"]["answers"]["contained"]) == ("answered", 1.0)
    assert "The ferry Halla carries forty passengers." in shown.outcome.pages["en"]


def test_a_choice_of_documents_has_the_paths_of_those_alone(answerer: Scripted) -> None:
    store = answerer.store
    (traps,) = [id for id, document in store.documents.items() if "traps" in document.path]
    plan = Plan.of((), answerer.with_store(chosen(store, [traps])))
    assert list(plan.by_path) == ["notes/<i>traps</i>.md"]


def test_a_stopped_run_is_shown_as_partial_and_can_be_gone_on_with(evaluation: Evaluation, tmp_path: Path) -> None:
    slow = Scripted(small_store(tmp_path / "slow"), pause_s=30.0)
    evaluation.begin(slow, None, never, ENGLISH)
    slow.pause_s = 0.0
    evaluation.stop()
    ended(evaluation)
    assert evaluation.trouble == "It was stopped before the first answer."
    evaluation.trouble = ""
    slow.asked.clear()
    gone = threading.Event()

    def busy() -> bool:  # stop before the second question is asked
        while evaluation._evaluating is None:
            time.sleep(0.01)
        if slow.asked and slow.asked[-1][0] == QUESTIONS[0]["question"]:
            evaluation.stop()
            gone.set()
        return False

    evaluation.begin(slow, None, busy, ENGLISH)
    shown = ended(evaluation).shown
    assert gone.is_set()
    assert shown is not None
    assert (len(shown.outcome.record.cases), evaluation.can_go_on) == (1, True)
    html = result_html(shown, "", ENGLISH)
    assert "Stopped after 1 of 3 questions: the figures are of these alone." in html
    slow.asked.clear()
    evaluation.go_on(ENGLISH)
    shown = ended(evaluation).shown
    assert shown is not None
    assert [case["id"] for case in shown.outcome.record.cases] == ["built", "trap", "none-far-1"]
    assert [asked for asked, _, _ in slow.asked] == [question["question"] for question in QUESTIONS[1:]]
    assert evaluation.can_go_on is False


def test_a_record_without_these_questions_is_refused_before_anything_is_asked(
    evaluation: Evaluation, answerer: Scripted
) -> None:
    evaluation.take("old.json", record().text().encode())
    with pytest.raises(RecordError, match=r"^old\.json has none of these questions"):
        evaluation.begin(answerer, None, never, ENGLISH)
    assert answerer.asked == []


def test_the_result_can_be_what_the_next_run_is_compared_with(evaluation: Evaluation, answerer: Scripted) -> None:
    evaluation.begin(answerer, None, never, ENGLISH)
    ended(evaluation).take_outcome()
    assert evaluation.earlier is not None
    assert evaluation.earlier.name == "island-record.json"
    evaluation.begin(answerer, None, never, ENGLISH)
    shown = ended(evaluation).shown
    assert shown is not None
    html = result_html(shown, "", ENGLISH)
    assert "No figure fell by more than chance explains." in html
    assert "No question went otherwise." in html


def test_judged_answers_become_questions(evaluation: Evaluation, desk: Desk) -> None:
    with pytest.raises(QuestionFileError, match="No answer has been judged yet"):
        evaluation.take_judged(desk.conversations.judged(), ENGLISH)
    desk.session.ask("When was the lighthouse built?")
    for _ in desk.session.answer():
        pass
    desk.session.exchanges[0].verdict = "up"
    desk.keep()
    evaluation.take_judged(desk.conversations.judged(), ENGLISH)
    assert evaluation.chosen is not None
    (question,) = evaluation.chosen.questions
    assert (evaluation.chosen.kind, question.answerable) == ("judged", True)
    assert [evidence.text for evidence in question.evidence][:1] == [BUILT]


def test_proposals_are_marked_as_made_by_a_machine(evaluation: Evaluation, answerer: Scripted, desk: Desk) -> None:
    with pytest.raises(QuestionError, match="none is loaded"):
        evaluation.propose(answerer, 2, ENGLISH)
    asks = f"Fact: {BUILT}\nAnswer: 1887"
    when = "When was the lighthouse of Norderhaven built from red granite?"
    engine = AskedEngine({asks: when, f"Question: {when}": "In 1887.", "Answer: ": "Which?"})
    reading = Answerer(answerer.store, answerer.encoder, WordReader(), engine)
    with pytest.raises(QuestionError, match="Name a number of questions from 1 to 50"):
        evaluation.propose(reading, 0, ENGLISH)
    evaluation.propose(reading, 1, ENGLISH)
    proposed = ended(evaluation).chosen
    assert proposed is not None
    assert (proposed.kind, [question.question for question in proposed.questions]) == ("proposed", [when])
    html = evaluation_html(evaluation, desk)
    assert '<span class="tag">machine-made</span>' in html
    assert f'<q dir="auto">{BUILT}</q>' in html
    assert json.loads(proposed.text)["origin"] == "machine-made"


def test_what_a_run_cannot_do_is_told_and_the_earlier_result_stays(
    evaluation: Evaluation, answerer: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluation.begin(answerer, None, never, ENGLISH)
    before = ended(evaluation).shown

    def fails(*_: Any) -> Outcome:
        raise EngineError("the engine went away; start it again")

    monkeypatch.setattr("qa.running.render_page", fails)
    evaluation.begin(answerer, None, never, ENGLISH)
    assert ended(evaluation).trouble == "the engine went away; start it again"
    assert evaluation.shown is before


def shown_of(outcome: Outcome, evaluation: Evaluation, earlier: Earlier | None = None) -> Shown:
    assert evaluation.chosen is not None
    return Shown("ticket", outcome, evaluation.chosen, earlier)


def test_what_got_worse_is_marked_by_word_and_sign(evaluation: Evaluation) -> None:
    old = record()
    new = with_case(old, 0, status="not_found", scores={**old.cases[0]["scores"], "answers": {"contained": 0.0}})
    new = replace(new, summary=summarise(new.cases))
    compared = compare(old, new)
    fallen = replace(compared, fell=("answers: contained",))
    html = result_html(shown_of(Outcome(new, fallen, {}, 7), evaluation, Earlier("old.json", old)), "", ENGLISH)
    assert '<td class="verdict-fell"><span aria-hidden="true">▼▼</span> worse, beyond chance</td>' in html
    assert "Worse by more than chance explains: answered right." in html
    assert "No longer right: 1 question" in html
    assert '<li dir="auto">When did Ada write it?</li>' in html
    plain = result_html(shown_of(Outcome(new, compared, {}, 7), evaluation, Earlier("old.json", old)), "", ENGLISH)
    assert "No figure fell by more than chance explains." in plain


def test_nothing_of_questions_or_file_names_comes_alive(evaluation: Evaluation, desk: Desk) -> None:
    evaluation.take(f"{TRAPPED}.jsonl", content([{**QUESTIONS[1], "question": TRAP}]))
    evaluation.trouble = TRAPPED
    evaluation.begin(desk.session.answerer, None, never, ENGLISH)
    html = evaluation_html(evaluation, desk) + evaluation_html(ended(evaluation), desk)
    assert "<img" not in html
    assert "<script" not in html
    assert html.count("&lt;img src=x") >= 4


def test_every_figure_has_a_name_in_both_languages() -> None:
    assert set(NAMES) == set(MEANINGS)
    paths = [path for path, _ in figures_of(record().summary)]
    for say in (ENGLISH, Texts("zh")):
        names = [name_of(path, say) for path in paths]
        assert len(set(names)) == len(names)
    assert name_of(("refusal", "by_kind", "ooc", "refused"), ENGLISH) == "rightly refused, kind “ooc”"


def test_one_runs_at_a_time_and_the_other_is_told(answerer: Scripted, tmp_path: Path) -> None:
    evaluations = Evaluations()
    one, other = evaluations.of("a", "tab-1"), evaluations.of("b", "tab-2")
    assert evaluations.of("a", "tab-3") is one
    one.take("island.jsonl", content())
    slow = Scripted(answerer.store, pause_s=30.0)
    with evaluations.alone(one, ENGLISH):
        one.begin(slow, None, never, ENGLISH)
    with pytest.raises(QuestionError, match="An evaluation runs already"), evaluations.alone(one, ENGLISH):
        pass
    with pytest.raises(QuestionError, match="Somebody else's evaluation runs"), evaluations.alone(other, ENGLISH):
        pass
    one.stop()
    ended(one)
    with evaluations.alone(other, ENGLISH):
        pass


def test_a_run_goes_on_without_a_tab_and_is_forgotten_a_while_after_the_last(answerer: Scripted) -> None:
    evaluations = Evaluations(kept_s=0.2)
    one = evaluations.of("a", "tab-1")
    evaluations.of("a", "tab-2")
    one.take("island.jsonl", content())
    one.begin(Scripted(answerer.store, pause_s=30.0), None, never, ENGLISH)
    job = one._evaluating
    assert job is not None
    evaluations.leave("tab-1")
    job.wait(0.6)
    assert (len(evaluations), job.is_running) == (1, True)  # the other tab is open
    evaluations.leave("tab-2")
    job.wait(20)
    assert (len(evaluations), job.is_running) == (0, False)
    assert evaluations.of("a", "tab-3") is not one


@pytest.fixture
def switching(answerer: Scripted) -> Switching:
    """Return what changes the model "a" of an opened page for "b"."""
    answerer.engine = SpokenEngine([], name="a")
    opening = Opening.of(answerer)
    choices = (Choice("a", 0, is_here=True), Choice("b", 0, is_here=True))
    load = Loading()
    load.may_end.set()
    opening.switching = Switching(opening, "a", lambda: choices, load)
    return opening.switching


def is_gone(held: weakref.ref[Any]) -> bool:
    """Wait until nobody holds it; those threads that did come to their end."""
    until_s = time.monotonic() + 20
    while held() is not None and time.monotonic() < until_s:
        gc.collect()
        time.sleep(0.01)
    return held() is None


@pytest.mark.parametrize("is_seen", [True, False])
@pytest.mark.parametrize("when", ["stopped before", "stopped after"])
def test_a_stopped_run_lets_a_model_go_that_was_changed_for_another(
    answerer: Scripted, evaluation: Evaluation, switching: Switching, when: str, is_seen: bool
) -> None:
    opening, evaluations = switching._opening, Evaluations()
    build_page(opening, evaluations=evaluations)
    evaluations._by_browser["a"] = evaluation
    held = weakref.ref(engine := SpokenEngine([], name="a"))
    opening.replace(answerer.with_engine(engine))
    del engine
    asking, may_end = threading.Event(), threading.Event()

    def busy() -> bool:  # stop before the second question is asked
        while evaluation._evaluating is None:
            time.sleep(0.01)
        if evaluation.begun is not None and evaluation.begun.run.underway.n_done == 1:
            asking.set()
            assert may_end.wait(20)
            evaluation.stop()
        return False

    assert opening.answerer is not None
    evaluation.begin(opening.answerer, None, busy, ENGLISH)
    job = evaluation._evaluating
    assert job is not None
    assert asking.wait(20)
    if when == "stopped before":
        may_end.set()
        job.wait(20)
        if is_seen:
            evaluation.settle(ENGLISH)
            assert (evaluation.can_go_on, evaluation.is_left) == (True, False)
    switching.begin("b", may_fetch=False)
    with opening._changed:
        assert opening._changed.wait_for(lambda: not switching.coming, 20)
    if when == "stopped after":
        assert held() is not None
        may_end.set()
        job.wait(20)
    assert is_gone(held)
    evaluation.settle(ENGLISH)
    assert evaluation.shown is not None
    assert len(evaluation.shown.outcome.record.cases) == 1
    assert (evaluation.can_go_on, evaluation.is_left) == (False, True)
    with pytest.raises(QuestionError, match="The model was changed since, so the rest cannot be asked any more"):
        evaluation.go_on(ENGLISH)


def test_of_a_run_that_was_stopped_with_another_model_the_rest_is_not_offered(
    evaluation: Evaluation, desk: Desk
) -> None:
    evaluation.begin(desk.session.ready, 2, never, ENGLISH)
    shown = ended(evaluation).shown
    assert shown is not None
    evaluation.shown = replace(shown, outcome=replace(shown.outcome, n_questions=3))
    evaluation.begun = Begun(Run(Plan.of([], desk.session.ready)), shown.chosen, None)
    assert "Go on with the rest" in evaluation_html(evaluation, desk)
    evaluation.let_go()
    html = evaluation_html(evaluation, desk)
    assert "Go on with the rest" not in html
    assert "The model was changed since, so the rest cannot be asked any more; evaluate anew." in html


def test_while_one_evaluates_the_model_is_held(switching: Switching, evaluation: Evaluation) -> None:
    opening, evaluations = switching._opening, Evaluations()
    build_page(opening, evaluations=evaluations)
    assert not switching.is_held()
    assert isinstance(opening.answerer, Scripted)
    evaluations._by_browser["a"] = evaluation
    evaluation.begin(Scripted(opening.answerer.store, pause_s=30.0), None, never, ENGLISH)
    assert switching.is_held()
    evaluation.stop()
    ended(evaluation)
    assert not switching.is_held()


def test_of_many_browsers_the_one_used_least_recently_is_forgotten() -> None:
    evaluations = Evaluations(most=2)
    first = evaluations.of("a", "1")
    evaluations.of("b", "2")
    evaluations.of("a", "1")
    evaluations.of("c", "3")
    assert len(evaluations) == 2
    assert evaluations.of("a", "1") is first
