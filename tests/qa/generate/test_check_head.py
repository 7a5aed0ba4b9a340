"""A small model with a head: at the mark it says what the head hears, everywhere else it is as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openvino
import pytest
from openvino import opset13 as operations

from embeddings.manifest import file_sha256
from qa.generate import check_head
from qa.generate.check_head import (
    ABOVE,
    LAYER,
    MOST,
    Head,
    Mark,
    add_heads,
    heads_for,
    marks_in,
    read_head,
    write_head,
    write_marks,
)

N_TOKENS, DIM, YES, NO, LAST = 40, 16, 3, 7, 5
RANDOM = np.random.default_rng(5)
TABLE = RANDOM.normal(size=(N_TOKENS, DIM)).astype(np.float32)
WEIGHTS = RANDOM.integers(-127, 128, (N_TOKENS, DIM), dtype=np.int8)
SCALES = RANDOM.uniform(0.01, 0.02, (N_TOKENS, 1)).astype(np.float16)
OTHER_HEAD = Head(RANDOM.normal(size=DIM).astype(np.float32), -0.5, 4, YES, NO, LAST, "of no model")
HEAD = Head(RANDOM.normal(size=DIM).astype(np.float32), 1.5, 4, YES, NO, LAST, "of no model")
EXACT = {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": "0"}


def small_model() -> Any:
    """Return a model that takes rows of a table, doubles them in its layer 4 and scores all tokens by eight bits."""
    ids = operations.parameter([-1, -1], np.int64, "input_ids")
    ids.output(0).set_names({"input_ids"})
    taken = operations.gather(operations.constant(TABLE), operations.convert(ids, "i32"), operations.constant(0))
    state = operations.multiply(taken, operations.constant(np.float32(2)))
    state.set_friendly_name(LAYER.format(HEAD.layer))
    last = operations.multiply(state, operations.constant(np.float32(0.5)))
    weights = operations.convert(operations.constant(WEIGHTS), "f16")
    scales = operations.constant(SCALES)
    matrix = operations.convert(operations.multiply(weights, scales), "f32")
    return openvino.Model([operations.matmul(last, matrix, False, True)], [ids], "small")


def said(model: Any, ids: list[int]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return (n, N_TOKENS) scores behind each token."""
    found: np.ndarray[Any, np.dtype[np.float32]] = openvino.Core().compile_model(model, "CPU", EXACT)([ids])[0][0]
    return found


def heard(token: int, head: Head = HEAD) -> float:
    """Return what the head hears where the model reads that token."""
    return float(TABLE[token] / np.linalg.norm(TABLE[token]) @ head.weights + head.bias)


def test_at_the_mark_the_model_says_yes_or_no_as_the_head_hears_it() -> None:
    plain, model = said(small_model(), [1, 2, LAST]), small_model()
    mark = add_heads(model, {"answer": HEAD})["answer"]
    assert mark == Mark(N_TOKENS - 1, LAST)
    headed = said(model, mark.put([1, 2, LAST]))
    np.testing.assert_allclose(headed[:2], plain[:2], atol=1e-5)  # what stands before the mark
    assert headed[2][YES] - headed[2][NO] == pytest.approx(heard(LAST), abs=1e-4)
    assert abs(heard(LAST)) > 0.1
    assert {*np.argsort(headed[2])[-2:]} == {YES, NO}
    assert (headed[2][YES] + headed[2][NO]) / 2 == pytest.approx(ABOVE, rel=0.1)


def test_each_head_is_heard_at_its_own_mark() -> None:
    model = small_model()
    marks = add_heads(model, {"answer": HEAD, "claim": OTHER_HEAD})
    assert marks == {"answer": Mark(N_TOKENS - 1, LAST), "claim": Mark(N_TOKENS - 2, LAST)}
    for about, head in (("answer", HEAD), ("claim", OTHER_HEAD)):
        scores = said(model, marks[about].put([1, LAST]))[1]  # type: ignore[index]
        assert scores[YES] - scores[NO] == pytest.approx(heard(LAST, head), abs=1e-4)
    assert abs(heard(LAST) - heard(LAST, OTHER_HEAD)) > 0.1


def test_without_the_mark_nothing_moves() -> None:
    model = small_model()
    add_heads(model, {"answer": HEAD, "claim": OTHER_HEAD})
    np.testing.assert_allclose(said(model, [1, 2, LAST, YES]), said(small_model(), [1, 2, LAST, YES]), atol=1e-5)


def test_the_log_odds_of_the_head_are_cut_at_a_bound() -> None:
    model = small_model()
    far = Head(HEAD.weights, 1000.0, HEAD.layer, YES, NO, LAST, HEAD.model_sha256)
    mark = add_heads(model, {"claim": far})["claim"]
    scores = said(model, [mark.mark])[0]
    assert scores[YES] - scores[NO] == pytest.approx(MOST, abs=1e-3)


def test_a_model_whose_layers_have_other_names_stays_as_it_is() -> None:
    model = small_model()
    assert add_heads(model, {"answer": Head(HEAD.weights, 0.0, 5, YES, NO, LAST, HEAD.model_sha256)}) == {}
    np.testing.assert_array_equal(said(model, [1, N_TOKENS - 1]), said(small_model(), [1, N_TOKENS - 1]))


def test_a_prompt_that_ends_otherwise_gets_no_mark() -> None:
    assert Mark(39, LAST).put([1, LAST]) == [1, 39]
    for ids in ([1, 2], []):
        with pytest.raises(ValueError, match="does not end as those"):
            Mark(39, LAST).put(ids)


def test_a_head_and_a_mark_come_back_as_they_were_written(tmp_path: Path) -> None:
    write_head(HEAD, tmp_path / "head.safetensors")
    read = read_head(tmp_path / "head.safetensors")
    np.testing.assert_array_equal(read.weights, HEAD.weights)
    assert (read.bias, read.layer, read.yes, read.no, read.last, read.model_sha256) == (
        *(HEAD.bias, HEAD.layer, YES, NO, LAST),
        HEAD.model_sha256,
    )
    assert marks_in(tmp_path) == {}
    write_marks({"claim": Mark(39, LAST)}, tmp_path)
    assert marks_in(tmp_path) == {"claim": Mark(39, LAST)}


def test_a_head_is_for_its_own_model_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tmp_path / "model.gguf"
    model.write_bytes(b"a model")
    assert heads_for(model) == {}
    mine = Head(HEAD.weights, 0.0, 4, YES, NO, LAST, file_sha256(model))
    monkeypatch.setattr(check_head, "WEIGHTS", {"claim": tmp_path / "mine.safetensors", "answer": tmp_path / "none"})
    write_head(mine, tmp_path / "mine.safetensors")
    found = heads_for(model)
    assert [(about, head.model_sha256) for about, head in found.items()] == [("claim", mine.model_sha256)]
