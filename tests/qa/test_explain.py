from __future__ import annotations

import math
from pathlib import Path

import pytest

from qa.answer import Answerer
from qa.explain import decision, refused_for_its_words, signals_in_words
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


@pytest.mark.parametrize("reply", ["Elephants married Wang Qian.", "The passage doesn’t say it.", ""])
def test_an_answer_refused_though_the_gate_let_it_pass_says_for_what(tmp_path: Path, reply: str) -> None:
    encoder, sure = HashingEncoder(dim=256), gate(math.log(3), math.log(4))
    answerer = Answerer(small_store(tmp_path, encoder), encoder, WordReader(), SpokenEngine([reply]), gate=sure)
    refused = answerer.ask("When was the lighthouse of Norderhaven built?")
    assert refused.status == "not_found"
    assert refused_for_its_words(refused, sure, "strict")
    assert decision(refused, sure, "strict") == (
        "The documents state the answer with a probability of 80%, as estimated after the answer was written, and the "
        "setting “strict” wants at least 50%; but what was written says itself that they do not, or names something "
        "that stands nowhere in what was found, or is empty."
    )
    assert not refused_for_its_words(refused, None, "strict")


def test_an_answer_refused_by_the_gate_is_not_refused_for_its_words(tmp_path: Path) -> None:
    encoder = HashingEncoder(dim=256)
    store = small_store(tmp_path, encoder)
    for unsure in (gate(-2.0, 3.0), gate(3.0, -2.0)):  # before and after the writing
        refused = Answerer(store, encoder, WordReader(), SpokenEngine([BUILT]), gate=unsure).ask("When was it built?")
        assert refused.status == "not_found"
        assert not refused_for_its_words(refused, unsure, "lenient")
    answered = Answerer(store, encoder, WordReader(), SpokenEngine([BUILT]), gate=gate(3.0, 3.0)).ask("When?")
    assert answered.status == "answered"
    assert not refused_for_its_words(answered, gate(3.0, 3.0), "lenient")


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
