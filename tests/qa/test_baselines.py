"""The simpler ways to answer in a conversation: what a model is told of the turns before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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
