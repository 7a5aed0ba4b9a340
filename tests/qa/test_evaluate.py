import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from qa import machine
from qa.compare import compare
from qa.errors import EngineError, QaError, QuestionFileError, SettingsError
from qa.evaluate import Record, evaluate
from qa.questions import Evidence, Question, questions_sha256
from qa.report import render_table
from qa.report_page import render_page
from qa.settings import Settings
from qa.types import Turn
from tests.qa.scripted import DOCUMENT, Scripted, answered, at, refused

SECOND = "The engine was never built."


def question(question_id: str, text: str, quote: str = "", answer: str = "") -> Question:
    if not quote:
        return Question(question_id, text, answerable=False)
    start, end = at(quote)
    return Question(question_id, text, (answer,), True, (Evidence("copy/ada.txt", start, end, quote),))


QUESTIONS = (
    question("a-1", "When?", "Ada wrote the first program in 1843.", "1843"),
    replace(question("a-2", "Built?", SECOND, "never"), history=(Turn("user", "What of the engine?"),)),
    question("ooc-1", "At what heat does water boil?"),
    question("a-3", "How many lines?", "It ran to 25 lines.", "25"),
)
REPLIES: dict[str, Any] = {
    "When?": answered("When?", "In 1843.", "Ada wrote the first program in 1843."),
    "Built?": answered("Built?", "It was never built.", SECOND, confidence=0.8, first=2.0),
    "At what heat does water boil?": refused("At what heat does water boil?"),
    "How many lines?": answered("How many lines?", "2 million.", "London had 2 million people then.", 0.4),
}
ORDER = {"Built?": (1, 0, 2), "How many lines?": (2, 1, 0)}


def scripted(**changes: Any) -> Scripted:
    return Scripted(**({"replies": REPLIES, "order": ORDER} | changes))


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_case_is_the_answer_with_its_question_s_id_and_gold() -> None:
    record = evaluate(QUESTIONS, scripted())
    assert [case["id"] for case in record.cases] == ["a-1", "a-2", "ooc-1", "a-3"]
    for case, asked in zip(record.cases, QUESTIONS, strict=True):
        answer = REPLIES[asked.question].to_json()
        assert {name: case[name] for name in answer} == answer
        assert case["gold"] == {
            "answers": list(asked.answers),
            "answerable": asked.answerable,
            "evidence": [asdict(evidence) for evidence in asked.evidence],
        }
        assert "error" not in case


def test_figures_of_four_worked_cases() -> None:
    summary = evaluate(QUESTIONS, scripted()).summary

    def value(group: str, name: str) -> tuple[float, int]:
        return summary[group][name]["value"], summary[group][name]["n"]

    # The right passage is at rank 1, 1 and 3.
    assert value("retrieval", "hit@1") == (round(2 / 3, 6), 3)
    assert value("retrieval", "hit@3") == (1.0, 3)
    assert value("retrieval", "mrr") == (round((1 + 1 + 1 / 3) / 3, 6), 3)
    assert value("answers", "contained") == (round(2 / 3, 6), 3)
    # None is only the answer's words; the refusal is right.
    assert value("answers", "exact_match") == (0.25, 4)
    assert value("citations", "quotes_exact") == (1.0, 4)
    assert value("citations", "precision") == (round(2 / 3, 6), 3)
    assert value("citations", "right_and_cited") == (1.0, 2)
    assert value("refusal", "auroc") == (1.0, 4)
    assert value("refusal", "recall") == (1.0, 1)
    # First words after 1, 2 and 1 s.
    assert summary["time"]["first_word_s"]["p50"] == {"value": 1.0, "n": 3, "low": 1.0, "high": 2.0, "left_out": 1}
    assert summary["counts"]["n"] == 4


def test_ten_passages_are_ranked_however_few_an_answer_shows() -> None:
    record = evaluate(QUESTIONS[:1], scripted(settings=Settings(n_passages=1)))
    assert [hit["rank"] for hit in record.cases[0]["ranking"]] == [1, 2, 3]
    assert record.settings["n_passages"] == 1


def test_settings_say_all_that_the_figures_depend_on() -> None:
    settings = evaluate(QUESTIONS, scripted(), limit=2).settings
    assert {name: settings[name] for name in asdict(Settings())} == asdict(Settings())
    assert (settings["model"], settings["encoder"], settings["encoder_fingerprint"]) == (
        "scripted",
        "hash",
        "0" * 64,
    )
    assert (settings["n_questions"], settings["limit"]) == (4, 2)
    assert settings["questions_sha256"] == questions_sha256(QUESTIONS)
    assert (settings["store"]["n_documents"], settings["store"]["n_passages"]) == (1, 3)
    assert set(settings["machine"]) == {"platform", "cpu", "cpu_count"}
    assert {"python", "numpy"} <= set(settings["versions"])
    assert evaluate(QUESTIONS, scripted(), questions_hash="f" * 64).settings["questions_sha256"] == "f" * 64


def test_history_is_asked_with_its_question() -> None:
    answerer = scripted()
    evaluate(QUESTIONS, answerer, limit=2)
    assert answerer.asked == [("When?", ()), ("Built?", (Turn("user", "What of the engine?"),))]


def test_a_crash_is_a_case_that_counts_as_wrong_and_the_run_goes_on() -> None:
    answerer = scripted(replies=REPLIES | {"When?": EngineError("the server is gone")})
    record = evaluate(QUESTIONS, answerer)
    crashed = record.cases[0]
    assert (crashed["id"], crashed["status"], crashed["error"]) == (
        "a-1",
        "error",
        "EngineError: the server is gone",
    )
    assert set(REPLIES["When?"].to_json()) <= set(crashed)
    # Of three answerable questions one is right now.
    assert record.summary["answers"]["contained"]["value"] == round(1 / 3, 6)
    assert record.summary["answers"]["contained"]["n"] == 3
    assert record.summary["counts"]["crashed"] == 1


def test_the_same_run_twice_gives_the_same_record_but_for_the_date() -> None:
    one, other = (evaluate(QUESTIONS, scripted()).to_json() for _ in range(2))
    for record in (one, other):
        del record["settings"]["date"]
    assert one == other


def test_the_record_is_written_as_it_is_returned(tmp_path: Path) -> None:
    out = tmp_path / "results" / "record.json"
    record = evaluate(QUESTIONS, scripted(), out=out)
    assert list(json.loads(out.read_text())) == ["summary", "settings", "cases"]
    assert json.loads(out.read_text()) == record.to_json()
    assert [path.name for path in out.parent.iterdir()] == ["record.json"]


def interrupted(tmp_path: Path, **changes: Any) -> Path:
    """Run until the third question is asked, where the run is broken off."""
    out = tmp_path / "record.json"
    answerer = scripted(replies=REPLIES | {"At what heat does water boil?": KeyboardInterrupt()}, **changes)
    with pytest.raises(KeyboardInterrupt, match=r"broken off after 2 of 4 questions, which are kept in .*\.partial"):
        evaluate(QUESTIONS, answerer, out=out)
    return out


def test_an_interrupted_run_keeps_its_cases_and_goes_on_from_there(tmp_path: Path) -> None:
    out = interrupted(tmp_path)
    assert not out.exists()
    kept = lines_of(tmp_path / "record.json.partial")
    assert [row["id"] for row in kept[1:]] == ["a-1", "a-2"]
    answerer = scripted()
    record = evaluate(QUESTIONS, answerer, out=out)
    assert [asked for asked, _ in answerer.asked] == ["At what heat does water boil?", "How many lines?"]
    whole = evaluate(QUESTIONS, scripted())
    assert (record.summary, record.cases) == (whole.summary, whole.cases)
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]


def test_a_half_written_last_line_is_asked_again(tmp_path: Path) -> None:
    out = interrupted(tmp_path)
    partial = tmp_path / "record.json.partial"
    partial.write_text(partial.read_text()[:-40])
    answerer = scripted()
    record = evaluate(QUESTIONS, answerer, out=out)
    assert answerer.asked[0][0] == "Built?"
    assert record.cases == evaluate(QUESTIONS, scripted()).cases


@pytest.mark.parametrize(
    ("questions", "changes"),
    [
        (QUESTIONS, {"settings": Settings(strictness="strict")}),
        ((replace(QUESTIONS[0], answers=("1844",)), *QUESTIONS[1:]), {}),
    ],
    ids=["other settings", "other questions"],
)
def test_what_another_run_kept_is_neither_used_nor_lost(
    tmp_path: Path, questions: tuple[Question, ...], changes: dict[str, Any]
) -> None:
    out = interrupted(tmp_path)
    kept = (tmp_path / "record.json.partial").read_text()
    answerer = scripted(**changes)
    evaluate(questions, answerer, out=out)
    assert len(answerer.asked) == 4
    (aside,) = tmp_path.glob("record.json.partial.*")
    assert aside.read_text() == kept
    out.unlink()
    again = scripted()
    evaluate(QUESTIONS, again, out=out)
    assert [asked for asked, _ in again.asked] == ["At what heat does water boil?", "How many lines?"]
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]


def on(monkeypatch: pytest.MonkeyPatch, cpu: str) -> dict[str, Any]:
    """Have the program run on another machine from now on, and return what a record says of it."""
    found = {"platform": "p", "cpu": cpu, "cpu_count": 2}
    monkeypatch.setattr(machine, "described", lambda: found)
    return found


def test_a_record_whose_halves_are_of_two_machines_names_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, "one")
    out = interrupted(tmp_path)
    other = on(monkeypatch, "another")
    record = evaluate(QUESTIONS, scripted(), out=out)
    assert "machine" not in record.settings
    whole = evaluate(QUESTIONS, scripted())
    assert {**record.settings, "machine": other, "date": ""} == {**whole.settings, "date": ""}
    # Not the same machine as that of a record on either, nor as another such record's; so times decide nothing.
    slow = replace(whole, cases=tuple({**case, "timings_s": {"total": 90.0}} for case in whole.cases) * 5)
    slow = replace(slow, cases=tuple({**case, "id": str(n)} for n, case in enumerate(slow.cases)))
    fast = replace(slow, cases=tuple({**case, "timings_s": {"total": 1.0 + n}} for n, case in enumerate(slow.cases)))
    assert "time: total_s, p50" in compare(fast, slow).fell
    assert compare(replace(fast, settings=record.settings), slow).fell == ()
    assert compare(replace(fast, settings=record.settings), replace(slow, settings=record.settings)).fell == ()
    # It is shown, and it is the record of this run: nothing is asked again.
    assert "another" not in render_page(record, {})
    again = scripted()
    assert evaluate(QUESTIONS, again, out=out).to_json() == json.loads(out.read_text()) == record.to_json()
    assert again.asked == []


def test_a_record_of_two_machines_stays_one_when_what_crashed_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, "one")
    out = interrupted(tmp_path)
    on(monkeypatch, "another")
    evaluate(QUESTIONS, scripted(replies=REPLIES | {"How many lines?": EngineError("gone")}), out=out)
    answerer = scripted()
    record = evaluate(QUESTIONS, answerer, out=out)
    assert [asked for asked, _ in answerer.asked] == ["How many lines?"]
    assert "machine" not in record.settings


def test_cases_that_crashed_are_asked_again_when_a_run_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "record.json"
    replies = REPLIES | {"When?": EngineError("gone"), "How many lines?": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt, match="broken off after 3 of 4"):
        evaluate(QUESTIONS, scripted(replies=replies), out=out)
    answerer = scripted()
    record = evaluate(QUESTIONS, answerer, out=out)
    assert [asked for asked, _ in answerer.asked] == ["When?", "How many lines?"]
    assert record.summary["counts"]["crashed"] == 0


def test_of_a_finished_record_only_what_crashed_is_asked_again(tmp_path: Path) -> None:
    out = tmp_path / "record.json"
    evaluate(QUESTIONS, scripted(replies=REPLIES | {"When?": EngineError("gone")}), out=out)
    answerer = scripted()
    record = evaluate(QUESTIONS, answerer, out=out)
    assert [asked for asked, _ in answerer.asked] == ["When?"]
    assert record.cases == evaluate(QUESTIONS, scripted()).cases
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]


def test_two_questions_with_one_id_are_refused_before_anything_is_asked() -> None:
    answerer = scripted()
    with pytest.raises(QuestionFileError, match=f"2 questions have the id '{QUESTIONS[0].id}'"):
        evaluate((*QUESTIONS, QUESTIONS[0]), answerer)
    assert answerer.asked == []


def test_a_longer_run_goes_on_from_a_shorter_one_that_was_broken_off(tmp_path: Path) -> None:
    out = interrupted(tmp_path)
    answerer = scripted()
    record = evaluate(QUESTIONS, answerer, out=out, limit=3)
    assert [asked for asked, _ in answerer.asked] == ["At what heat does water boil?"]
    assert len(record.cases) == 3


def test_breaking_off_without_a_file_says_that_nothing_is_kept() -> None:
    with pytest.raises(KeyboardInterrupt, match="broken off after 0 of 4 questions; nothing is kept"):
        evaluate(QUESTIONS, scripted(replies={"When?": KeyboardInterrupt()}))


def test_progress_counts_questions() -> None:
    told: list[tuple[str, int, int]] = []
    evaluate(QUESTIONS, scripted(), limit=2, progress=lambda *now: told.append(now))
    assert told == [("evaluating", 0, 2), ("evaluating", 1, 2), ("evaluating", 2, 2)]


def test_evidence_of_other_documents_is_refused_before_anything_is_asked() -> None:
    answerer = scripted()
    elsewhere = replace(QUESTIONS[0], evidence=(Evidence("bob.txt", 0, 3, "Bob"),), line=7)
    with pytest.raises(QuestionFileError, match=r"line 7 has evidence in 'bob.txt', which is not among"):
        evaluate([elsewhere], answerer)
    assert answerer.asked == []


def test_a_record_that_cannot_be_written_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    answerer = scripted()
    (tmp_path / "file").write_text("")
    with pytest.raises(QaError, match=r"record.json.partial cannot be written \(.*\); name another place"):
        evaluate(QUESTIONS, answerer, out=tmp_path / "file" / "record.json")
    assert answerer.asked == []


def test_a_record_that_cannot_be_replaced_leaves_nothing_half_written(tmp_path: Path) -> None:
    out = tmp_path / "record.json"
    out.mkdir()
    with pytest.raises(QaError, match=r"record.json cannot be written \(.*\); name another place"):
        Record({}, {}, ()).save(out)
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(limit: int) -> None:
    with pytest.raises(SettingsError, match=f"limit is {limit}; it is a whole number from 1"):
        evaluate(QUESTIONS, scripted(), limit=limit)


def test_the_table_shows_every_figure_with_interval_and_n() -> None:
    replies = REPLIES | {"When?": EngineError("gone")}
    table = render_table(evaluate(QUESTIONS, scripted(replies=replies)))
    lines = table.splitlines()
    assert lines[0] == "4 questions: 2 answered, 1 refused, 1 crashed"
    assert lines[1] == "model scripted, encoder hash, strictness balanced"
    columns = [line.split() for line in lines]
    # One of three answers is right; n is 3.
    (contained,) = (column for column in columns if column[:1] == ["contained"])
    assert contained == ["contained", "0.333", "0.000", "to", "1.000", "3", "1"]
    assert ["ooc,", "refused", "1.000", "0.207", "to", "1.000", "1", "3"] in columns
    assert ["total", "s,", "p95"] in [column[:3] for column in columns]
    assert {"Retrieval", "Answers", "Citations", "Refusal", "Time"} <= set(lines)


def test_a_figure_without_cases_is_a_dash_in_the_table() -> None:
    table = render_table(evaluate([Question("a", "When?")], scripted()))
    (line,) = (line for line in table.splitlines() if line.split()[:1] == ["hit@1"])
    assert line.split() == ["hit@1", "–", "0", "1"]


def test_the_document_s_other_path_names_the_same_text() -> None:
    # The evidence names copy/ada.txt, the store's document is history/ada.txt: one text with two paths.
    assert DOCUMENT.path == "history/ada.txt"
    assert evaluate(QUESTIONS[:1], scripted()).summary["retrieval"]["hit@1"]["value"] == 1.0
