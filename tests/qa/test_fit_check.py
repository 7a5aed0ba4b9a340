"""The head's training: what is read with each question, and a head whose values are log-odds."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from embeddings.types import Document
from qa.fit_check import LAYER, LAYERS, Written, _collected, fit, prompts_of, read_written
from qa.generate import Message
from qa.generate.openvino import PromptTokens
from qa.generate.states import States
from qa.prompt import CHECK, CHECK_CLAIM

TEXT = "Kelm has a harbour. It froze in 1931. Oslen has a market. Silk is sold there."
KELM = Document.of(TEXT, "kelm.txt", "Kelm")
ONE = Written(
    KELM,
    (0, 37),
    (("When did it freeze?", True), ("When did it thaw?", False), ("Who built it?", False)),
    (("The harbour froze.", True), ("The harbour never froze.", False)),
)
TWO = Written(KELM, (38, len(TEXT)), (("What is sold in Oslen?", True), ("Who sells silk?", False)))


def test_what_was_written_is_found_in_the_documents_of_the_sets(tmp_path: Path) -> None:
    (tmp_path / "set" / "docs").mkdir(parents=True)
    (tmp_path / "set" / "docs" / "kelm.txt").write_text(TEXT, encoding="utf-8")
    line = {"set": "set", "document": "kelm.txt", "start": 0, "end": 37, "answered": ["a?"], "unanswered": ["b?"]}
    line |= {"stated": ["A."], "unstated": ["B.", "C."]}
    lines = [line, {**line, "document": "other.txt"}, {**line, "set": "other"}]
    path = tmp_path / "written.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    (found,) = read_written(path, [tmp_path / "set"])
    assert found.document.text[slice(*found.span)] == "Kelm has a harbour. It froze in 1931."
    assert found.told("answer") == (("a?", True), ("b?", False))
    assert found.told("claim") == (("A.", True), ("B.", False), ("C.", False))


@pytest.mark.parametrize(("others", "beside"), [([ONE], False), ([ONE, TWO], True)])
def test_each_question_is_checked_on_the_text_and_at_times_on_another_beside_it(
    others: list[Written], beside: bool
) -> None:
    seen = set()
    for seed in range(12):
        prompts = [messages[-1].content for messages in prompts_of(ONE, others, random.Random(seed))]
        assert [question in prompt for prompt, (question, _) in zip(prompts, ONE.questions, strict=True)] == [True] * 3
        assert all("Kelm: " in prompt and "It froze in 1931." in prompt and CHECK in prompt for prompt in prompts)
        assert len({prompt.split("Question: ")[0] for prompt in prompts}) == 1  # what is alike is read once
        seen.add("Silk is sold there." in prompts[0])
    assert seen == ({True, False} if beside else {False})


def test_each_claim_is_checked_behind_one_of_the_questions() -> None:
    asked = set()
    for seed in range(12):
        prompts = [messages[-1].content for messages in prompts_of(ONE, [ONE], random.Random(seed), "claim")]
        (shared,) = {prompt.split("Statement: ")[0] for prompt in prompts}  # what is alike is read once
        (question,) = [text for text, _ in ONE.questions if f"Question: {text}\n" in shared]
        assert [prompt.removeprefix(shared) for prompt in prompts] == [
            f"Statement: {claim}\n{CHECK_CLAIM}" for claim, _ in ONE.claims
        ]
        asked.add(question)
    assert len(asked) > 1


def test_the_head_hears_what_one_direction_of_the_states_tells_and_its_values_are_log_odds() -> None:
    chosen = np.random.default_rng(1)
    documents = [Document.of(f"text {n}", f"{n}.txt", str(n)) for n in range(60)]
    written = [
        Written(document, (0, 4), (("a?", True), ("b?", True), ("c?", False), ("d?", False))) for document in documents
    ]
    holds = np.array([held for item in written for _, held in item.questions])
    states = chosen.normal(size=(len(holds), len(LAYERS), 24)).astype(np.float32)
    states[:, :, 0] += 1.5 * np.where(holds, 1, -1)[:, None]
    head, record = fit(
        written, states, "0" * 64, cast(PromptTokens, SimpleNamespace(of=_ids, of_prompt=lambda _: [4, 5])), "answer"
    )
    assert (head.layer, head.yes, head.no, head.last, head.model_sha256) == (LAYER, 3, 2, 5, "0" * 64)
    assert np.argmax(np.abs(head.weights)) == 0
    values = states[:, LAYERS.index(LAYER)]
    values = values / np.linalg.norm(values, axis=1, keepdims=True) @ head.weights + head.bias
    sure = np.abs(values) > 1
    expected = 1 / (1 + np.exp(-np.abs(values[sure])))
    assert (holds == (values > 0))[sure].mean() == pytest.approx(expected.mean(), abs=0.06)
    assert min(record["AUROC by layer, unseen documents"].values()) > 0.8


class CountedStates:
    """States that are the number of the prompt; counts the texts."""

    def __init__(self) -> None:
        self.n_texts = 0

    def behind(self, prompts: Sequence[Sequence[Message]]) -> Any:
        self.n_texts += 1
        return np.full((len(prompts), len(LAYERS), 2), self.n_texts, np.float32)


def test_states_at_hand_are_taken_and_no_more_than_the_texts_have(tmp_path: Path) -> None:
    path, model = tmp_path / "states.npz", CountedStates()
    whole = _collected([ONE, TWO], [ONE, TWO], cast(States, model), path, "answer")
    assert (whole.shape, model.n_texts) == ((5, len(LAYERS), 2), 2)
    first = _collected([ONE], [ONE, TWO], cast(States, model), path, "answer")
    assert model.n_texts == 2
    np.testing.assert_array_equal(first, whole[:3])


def _ids(word: str) -> list[Any]:
    return [len(word)]
