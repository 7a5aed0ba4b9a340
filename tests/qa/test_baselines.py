"""The simpler ways to answer: what a model is told of the turns before, and what it says that is a refusal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa.baselines import refuses
from qa.types import REFUSAL, REFUSAL_FROM_PASSAGES
from tests.qa.command_line import BRIDGE, CommandLine

TURNS = [
    {"role": "user", "content": "When was the old bridge over the Tamsel built?"},
    {"role": "assistant", "content": "It was built in 1852."},
]


@pytest.mark.parametrize("answering", ["checked", "told-to-cite"])
@pytest.mark.parametrize("no_answer", [REFUSAL, REFUSAL_FROM_PASSAGES, " "])
def test_what_is_no_answer_is_not_told_to_the_model(tmp_path: Path, answering: str, no_answer: str) -> None:
    (tmp_path / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    history, command = tmp_path / "history.json", CommandLine(tmp_path / "cache")

    def told(*turns: dict[str, str]) -> str:
        history.write_text(json.dumps(turns), encoding="utf-8")
        options = ("--docs", tmp_path / "bridge.txt", "--history", history, "--set", f"answering={answering}")
        assert command.run("ask", "And how many arches does it have?", *options).code == 0
        return command.engine.prompts[-1][-1].content

    assert "Earlier answer: It was built in 1852." in told(*TURNS)
    alone = told(TURNS[0])
    assert "Earlier question: When was the old bridge over the Tamsel built?" in alone
    assert told(TURNS[0], {"role": "assistant", "content": no_answer}) == alone


@pytest.mark.parametrize(
    "words",
    [
        "The document does not bind its member states [1].",
        "There was no mention of him until 1903 [2].",
        "He gave no answer to the king [1].",
        "None of the arches fell [1].",
        "None were built before 1903 [2].",
        "It is not given in marriage [1].",
        "The texts do not agree on the date [1].",
        "The document does not provide for a president [1].",
        "He is not mentioned in the Domesday Book [1].",
        "He cannot answer the riddle [1].",
        "No answer was given to the king [1].",
    ],
)
def test_an_answer_that_has_the_words_of_a_refusal_is_none(words: str) -> None:
    assert not refuses(words)


@pytest.mark.parametrize(
    "words",
    [
        REFUSAL_FROM_PASSAGES,
        "The passages don’t say.",
        "The passages do not have information about his birth.",
        "The passages do not name the author.",
        "The text does not identify the winner.",
        "There is no specific information about this in the passages.",
        "This is not mentioned anywhere in the passages.",
        "The document does not explicitly mention it [2].",
        "The year is not given in any of the passages.",
        "It is not stated in the provided text.",
        "There is no mention of him in the passages.",
        "The documents contain no information on it [1].",
        "None of the passages mentions it.",
        "None [1].",
        "No information is given.",
        "I can’t answer this question.",
        "The question cannot be answered from the passages.",
    ],
)
def test_what_says_that_the_passages_do_not_state_it_is_a_refusal(words: str) -> None:
    assert refuses(words)
