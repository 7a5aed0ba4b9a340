"""The shipped questions say exactly where the shipped article states each answer."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from embeddings.types import Document
from qa.questions import placed_evidence, read_questions

DOCS = Path(__file__).parents[1] / "docs"
FILE = DOCS / "questions" / "wuzhen-summit.jsonl"
GUIDE = DOCS / "questions" / "README.md"
QUESTIONS: list[dict[str, Any]] = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
FIELDS = {"id", "question", "answers", "answerable", "evidence"}

each_question = pytest.mark.parametrize("question", QUESTIONS, ids=[q["id"] for q in QUESTIONS])


def kind(question: dict[str, Any]) -> str:
    """Return the id without its number: fact, long, follow, none-far or none-near."""
    return str(question["id"]).rsplit("-", 1)[0]


def evidence_text(question: dict[str, Any]) -> str:
    return " ".join(evidence["text"] for evidence in question["evidence"])


def check_slices(question: dict[str, Any]) -> None:
    for evidence in question["evidence"]:
        text = (DOCS / "articles" / evidence["doc"]).read_text(encoding="utf-8")
        assert text[evidence["start"] : evidence["end"]] == evidence["text"]
        assert text.count(evidence["text"]) == 1


def test_kinds_are_as_many_as_the_page_says() -> None:
    stated = re.findall(r"^\| `([a-z-]+)-` \| (\d+) \|", GUIDE.read_text(encoding="utf-8"), flags=re.M)
    assert {name: int(count) for name, count in stated} == Counter(kind(q) for q in QUESTIONS)
    assert Counter(kind(q) for q in QUESTIONS) == {
        "fact": 22,
        "long": 8,
        "follow": 8,
        "none-far": 6,
        "none-near": 15,
    }


def test_no_id_and_no_question_without_history_comes_twice() -> None:
    assert [i for i, n in Counter(q["id"] for q in QUESTIONS).items() if n > 1] == []
    alone = [q["question"].casefold() for q in QUESTIONS if "history" not in q]
    assert len(alone) == len(set(alone))


@each_question
def test_fields_are_those_of_the_form(question: dict[str, Any]) -> None:
    assert set(question) - {"history"} == FIELDS
    assert question["question"] == question["question"].strip() != ""
    assert all(isinstance(answer, str) and answer.strip() for answer in question["answers"])
    assert question["answerable"] is not kind(question).startswith("none")


@each_question
def test_evidence_is_the_slice_it_names(question: dict[str, Any]) -> None:
    check_slices(question)


@each_question
def test_answerable_questions_alone_have_answers_and_evidence(question: dict[str, Any]) -> None:
    assert bool(question["answers"]) is question["answerable"]
    assert bool(question["evidence"]) is question["answerable"]


@pytest.mark.parametrize("question", [q for q in QUESTIONS if kind(q) == "fact"], ids=lambda q: q["id"])
def test_first_answer_to_a_fact_stands_in_its_evidence(question: dict[str, Any]) -> None:
    assert question["answers"][0].casefold() in evidence_text(question).casefold()


@each_question
def test_no_answer_has_a_figure_that_its_evidence_lacks(question: dict[str, Any]) -> None:
    stated = set(re.findall(r"\d+", evidence_text(question).replace(",", "")))
    for answer in question["answers"]:
        assert set(re.findall(r"\d+", answer.replace(",", ""))) <= stated


@pytest.mark.parametrize("question", [q for q in QUESTIONS if kind(q) == "long"], ids=lambda q: q["id"])
def test_long_answers_rest_on_several_sentences(question: dict[str, Any]) -> None:
    assert len(question["evidence"]) >= 2


@each_question
def test_history_alternates_and_ends_with_an_answer(question: dict[str, Any]) -> None:
    roles = [turn["role"] for turn in question.get("history", [])]
    assert roles == ["user", "assistant"] * (len(roles) // 2)
    assert bool(roles) or kind(question) != "follow"


def test_the_page_shows_a_line_that_is_in_the_file() -> None:
    shown = re.findall(r"```json\n(.*?)```", GUIDE.read_text(encoding="utf-8"), flags=re.S)
    assert len(shown) == 1
    example = json.loads(shown[0])
    assert example in QUESTIONS
    check_slices(example)


def test_the_table_that_the_page_shows_can_be_used(tmp_path: Path) -> None:
    (table,) = re.findall(r"^```csv\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), flags=re.S | re.M)
    (tmp_path / "q.csv").write_text(table, encoding="utf-8")
    article = DOCS / "articles" / "wuzhen-summit-opinion.md"
    document = Document.of(article.read_text(encoding="utf-8"), article.name, "")
    visitors, weather = placed_evidence(read_questions(tmp_path / "q.csv"), {article.name: document})
    assert (visitors.answers, visitors.evidence[0].span) == (("1,600", "more than 1,600"), (724, 810))
    assert (weather.answerable, weather.answers, weather.evidence) == (False, (), ())
