"""The tiny model's states, and the tiny model with a head that was made of them: held with real weights."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import openvino
import pytest

from embeddings.weights import default_cache, fetch, model_named
from qa.generate import Engine, Message, Piece, first_piece, judge_of
from qa.generate.check_head import Head, add_heads, write_marks
from qa.generate.loading import LoadingEngine
from qa.generate.prepared import MODEL, prepared
from qa.generate.process import OpenVinoEngine
from qa.generate.states import States
from qa.prompt import check_messages
from tests.qa.command_line import SpokenEngine

pytestmark = pytest.mark.model
ASKED = check_messages("Kelm: The harbour of Kelm froze in 1931.\n\nQuestion: When did the harbour of Kelm freeze?")
ALSO = check_messages("Kelm: The harbour of Kelm froze in 1931.\n\nQuestion: Who built it?")
LAYERS = (3, 20)


@pytest.fixture(scope="module")
def tiny() -> Path:
    return fetch(model_named("smollm2-135m"), default_cache())


@pytest.fixture(scope="module")
def plain(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = prepared(tiny, tmp_path_factory.mktemp("cache"))
    assert folder is not None
    return folder


@pytest.fixture(scope="module")
def states(tiny: Path, plain: Path) -> States:
    return States(tiny, plain, LAYERS)


@pytest.fixture(scope="module")
def headed(tiny: Path, plain: Path, states: States, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the tiny model whose head says Yes to ASKED and No to ALSO, at 2.5 and -2.5 in log-odds."""
    folder = tmp_path_factory.mktemp("made") / "headed"
    shutil.copytree(plain, folder)
    rows = states.behind([ASKED, ALSO])[:, 1].astype(np.float64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    apart = rows[0] - rows[1]
    weights = 5.0 * apart / (apart @ apart)
    head = Head(
        weights.astype(np.float32),
        float(-weights @ rows.mean(0)),
        LAYERS[1],
        states.tokens.of("Yes")[0],
        states.tokens.of("No")[0],
        states.tokens.of_prompt(ASKED)[-1],
        "of the tiny model",
    )
    model = openvino.Core().read_model(plain / MODEL)
    write_marks(add_heads(model, {"claim": head}), folder)
    openvino.save_model(model, folder / MODEL, compress_to_fp16=False)
    return folder


def test_prompts_that_begin_alike_have_the_states_that_each_has_alone(states: States) -> None:
    together = states.behind([ASKED, ALSO])
    alone = np.concatenate([states.behind([ASKED]), states.behind([ALSO])])
    assert together.shape == (2, len(LAYERS), 576)
    assert together.dtype == np.float32
    for one, other in zip(together.reshape(4, -1), alone.reshape(4, -1), strict=True):
        assert one @ other / np.linalg.norm(one) / np.linalg.norm(other) > 0.99
    assert np.linalg.norm(together[0] - together[1]) > 0.05 * np.linalg.norm(together[0])


def test_the_head_is_heard_in_a_check_and_nowhere_else(tiny: Path, plain: Path, headed: Path) -> None:
    without, engine = OpenVinoEngine(tiny, "tiny", plain), OpenVinoEngine(tiny, "tiny", headed)
    try:
        assert [judge_of(one, "claim") for one in (without, engine)] == [None, engine]
        assert judge_of(engine, "answer") is None
        with pytest.raises(ValueError, match="the model tiny has no head for that"):
            engine.yes_or_no(ASKED, "answer")
        assert list(engine.stream(ASKED, max_tokens=6)) == list(without.stream(ASKED, max_tokens=6))
        for loaded in (engine, LoadingEngine(lambda: engine)):
            said = [loaded.yes_or_no(messages, "claim") for messages in (ASKED, ALSO)]
            assert [piece and piece.text.strip() for piece in said] == ["Yes", "No"]
    finally:
        without.close()
        engine.close()


def test_an_engine_without_a_head_says_the_first_piece_of_its_reply() -> None:
    engine: Engine = SpokenEngine(["In 1931."])
    assert [judge_of(one, "claim") for one in (engine, None)] == [None, None]
    assert first_piece(engine, ASKED) == Piece("Yes", -0.1)
    loading = LoadingEngine(lambda: engine)
    assert judge_of(loading, "answer") is None
    with pytest.raises(ValueError, match="the model spoken has no head for that"):
        loading.yes_or_no((Message("user", "When?"),), "answer")
