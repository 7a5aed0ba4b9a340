from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from qa.judged import question_file
from qa.questions import Evidence, read_questions
from qa.types import Turn
from tests.qa.test_export import ANSWERED, BROKEN, FIRST, REFUSED, SECOND

GOOD = replace(ANSWERED, verdict="up", reason="both right")
BAD = replace(ANSWERED, verdict="down", reason="not blue")


def test_judged_answers_are_questions_that_evaluate_reads(tmp_path: Path) -> None:
    file = tmp_path / "judged.jsonl"
    said = [(BROKEN, GOOD), (BAD, replace(REFUSED, verdict="up"))]
    file.write_text(question_file(said, "uploaded/"), encoding="utf-8")
    good, bad, refused = read_questions(file)
    assert (good.id, good.answerable, good.answers) == (
        "judged-1-2",
        True,
        ("It was built in 1852. It has eight *arches*. It is blue.",),
    )
    assert good.evidence == (Evidence("bridge.txt", 0, 29, FIRST), Evidence("bridge.txt", 30, 63, SECOND))
    assert good.history == (Turn("user", "Why?"), Turn("assistant", "Because"))
    assert (bad.answerable, bad.answers, bad.evidence) == (None, (), ())
    assert (refused.answerable, refused.answers, refused.evidence) == (False, (), ())
    assert len(refused.history) == 2


def test_a_question_that_was_asked_without_the_conversation_has_no_history() -> None:
    said = (ANSWERED, replace(GOOD, alone=True), GOOD)
    alone, later = (json.loads(row) for row in question_file([said], "uploaded/").splitlines())
    assert (alone["id"], alone["history"]) == ("judged-1-2", [])
    assert [turn["role"] for turn in later["history"]] == ["user", "assistant", "user", "assistant"]


def test_what_was_quoted_beside_an_answer_is_no_part_of_what_is_accepted() -> None:
    assert ANSWERED.answer is not None
    beside = {"text": "“It stands by the mill.”", "state": "supported", "citations": [1]}
    answer = {**ANSWERED.answer, "sentences": [*ANSWERED.answer["sentences"], beside]}
    answer["text"] = f"{answer['text']} {beside['text']}"
    row = json.loads(question_file([(replace(GOOD, answer=answer),)], "uploaded/"))
    assert row["answers"] == [ANSWERED.answer["text"]]


def test_evidence_of_uploaded_documents_is_left_out() -> None:
    assert '"evidence": []' in question_file([(GOOD,)], "bridge")


def test_without_a_judgement_there_is_no_question() -> None:
    assert question_file([(ANSWERED, BROKEN)], "uploaded/") == ""
