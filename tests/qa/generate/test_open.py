"""What may be given as a model, and what is said of anything else."""

from pathlib import Path

import pytest

from embeddings.errors import WeightsError
from qa.answer import open_answerer
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


@pytest.mark.parametrize("model", ["~nosuch/x.gguf", "~nosuch/folder", "~nosuch"])
def test_a_home_folder_that_is_none_is_told(model: str) -> None:
    with pytest.raises(EngineError) as caught:
        open_engine(model, offline=True)
    assert str(caught.value) == f"there is no home folder for {model!r}; write the whole path"


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("typo.gguf", "^there is no model file 'typo.gguf'; check the path$"),
        ("notes.gguf", r"notes\.gguf is no GGUF file, or a damaged one; fetch it again, or name another$"),
        ("qwen", "^'qwen' is no model: give one of qwen2.5-coder-1.5b, "),
        ("all-minilm-l6-v2", "^all-minilm-l6-v2 encodes texts and cannot write answers; "),
        ("http://host:port/v1", "is no address of a server"),
        ("~nosuch/x.gguf", "there is no home folder for"),
    ],
)
def test_a_name_that_is_no_models_is_told_before_anything_is_fetched_or_indexed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.gguf").write_text("no model at all", encoding="utf-8")
    cache = tmp_path / "cache"
    with pytest.raises(EngineError, match=sentence):
        open_answerer(docs=[tmp_path / "notes.gguf"], model=model, cache=cache, offline=True)
    assert not cache.exists()
    with pytest.raises(WeightsError, match="all-minilm-l6-v2"):  # without a model its name is not looked at
        open_answerer(docs=[tmp_path / "notes.gguf"], model=model, cache=cache, offline=True, with_engine=False)
