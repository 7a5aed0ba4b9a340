from __future__ import annotations

import math
from pathlib import Path

import pytest

from qa.answer import Answerer
from qa.explain import decision, signals_in_words
from qa.gate import Gate, Stage, fitted_gate
from qa.settings import looser
from tests.fake_encoder import HashingEncoder
from tests.fake_reader import WordReader
from tests.qa.command_line import SpokenEngine, gate
from tests.ui.scripted import BUILT, small_store


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("yes_log_odds", math.log(3), "Asked whether the passages state the answer, the model said Yes with 75%."),
        ("head_log_odds", math.log(3), "the trained head of the model said Yes with 75%."),
        ("answered", 0.0, "That one of the best sentences answers it is, to the trained reader, 50% probable."),
        ("capped_cosine", 0.55, "Of that likeness the gate counts 0.55."),
        ("best_cosine", 0.614, "The sentence nearest in meaning to the question has a likeness of 0.61; 1 is the same"),
        ("coverage", 0.5, "Of the question's words, all that the model read has 50% (rare words count more)."),
        ("nowhere", 0.0, "Of the question's words, 0% stand in no document (rare words count more)."),
        ("missing_names", 0.0, "No name of the question is missing from what the model read."),
        ("missing_numbers", 2.0, "2 numbers of the question are missing from what the model read."),
        ("missing_beside_sources", 3.0, "3 numbers or names of the question are missing from the cited sentences and"),
        ("mean_log_probability", math.log(0.9), "gave each piece of a word a probability of 90% on average."),
        ("least_log_probability", math.log(0.25), "The piece it was least sure of had 25%."),
        ("support", 1.0, "Of what the answer says, its sources have 100%."),
        ("a_new_one", 0.125, "A new one: 0.12."),
    ],
)
def test_a_signal_is_told_in_plain_words(name: str, value: float, words: str) -> None:
    (said,) = signals_in_words({name: value})
    assert words in said


def test_every_signal_of_the_gate_has_its_own_words() -> None:
    gates = [fitted_gate(by_head=by_head) for by_head in (True, False)]
    names = {name for gate in gates for stage in (gate.before, gate.after) for name in stage.coefficients}
    assert [name for name in names if signals_in_words({name: 0.0})[0].endswith(": 0.00.")] == []


def test_the_decision_names_the_threshold_of_its_stage(tmp_path: Path) -> None:
    encoder = HashingEncoder(dim=256)
    sure = Stage(math.log(3), {}, {}, {}, {"lenient": 0.1, "balanced": 0.2, "strict": 0.3})
    later = Stage(math.log(4), {}, {}, {}, {"lenient": 0.4, "balanced": 0.5, "strict": 0.9})
    answerer = Answerer(
        small_store(tmp_path, encoder), encoder, WordReader(), SpokenEngine([BUILT]), gate=Gate(sure, later)
    )
    answer = answerer.ask("When was the lighthouse of Norderhaven built?")
    assert decision(answer, answerer.gate_of(answer.signals), "balanced") == (
        "The documents state the answer with a probability of 80%, as estimated after the answer was written; "
        "the setting “balanced” wants at least 50%."
    )
    refused = Answerer(answerer.store, encoder, WordReader(), SpokenEngine([BUILT]), gate=gate(-2.0, 0.0)).ask(
        "When was it built?"
    )
    assert decision(refused, gate(-2.0, 0.0), "strict") == (  # 1 / (1 + e^2) is .119
        "The documents state the answer with a probability of 12%, as estimated before anything was written; "
        "the setting “strict” wants at least 50%."
    )


def test_the_prompts_of_an_answer_are_those_that_the_engine_was_sent(tmp_path: Path) -> None:
    encoder, engine = HashingEncoder(dim=256), SpokenEngine([BUILT])
    answer = Answerer(small_store(tmp_path, encoder), encoder, WordReader(), engine, gate=gate(3.0, 3.0)).ask(
        "When was it built?"
    )
    sent = ["\n\n".join(f"[{message.role}]\n{message.content}" for message in prompt) for prompt in engine.prompts]
    assert list(answer.prompts) == sent
    assert len(sent) == 2  # whether the passages state it, the answer


def test_the_next_looser_level_refuses_less_and_the_last_has_none() -> None:
    assert [looser(level) for level in ("strict", "balanced", "lenient")] == ["balanced", "lenient", None]
