"""What may be given as a model, and what is said of anything else."""

from pathlib import Path

import pytest

from embeddings.errors import WeightsError
from qa.errors import EngineError
from qa.generate import open_engine


@pytest.mark.parametrize(
    "model", ["no such model", "gpt-9", "/no/such/folder", "../x", "a/b/c", "ftp://host/v1", " ", "org/", "-"]
)
def test_what_is_no_model_is_told_with_all_that_can_be_given(model: str) -> None:
    with pytest.raises(EngineError) as caught:
        open_engine(model, offline=True)
    assert str(caught.value) == (
        f"{model!r} is no model: give one of qwen2.5-coder-1.5b, smollm2-135m, a .gguf file, a folder, a Hub id such as "
        "org/name, or the http address of a server"
    )


@pytest.mark.parametrize("model", ["all-minilm-l6-v2", "all-mpnet-base-v2"])
def test_an_encoder_cannot_write_answers(model: str) -> None:
    with pytest.raises(
        EngineError, match=rf"^{model} encodes texts and cannot write answers; qwen2\.5-coder-1\.5b can$"
    ):
        open_engine(model, offline=True)


def test_a_gguf_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"there is no model file '.*absent\.GGUF'; check the path"):
        open_engine(str(tmp_path / "absent.GGUF"))


@pytest.mark.parametrize("model", [None, "smollm2-135m", "some-org/some-model"])
def test_weights_that_are_not_here_are_not_fetched_offline(tmp_path: Path, model: str | None) -> None:
    with pytest.raises(WeightsError) as caught:
        open_engine(model, cache=tmp_path, offline=True)
    assert (model or "qwen2.5-coder-1.5b") in str(caught.value)
    assert list(tmp_path.rglob("*.gguf")) + list(tmp_path.rglob("*.safetensors")) == []
