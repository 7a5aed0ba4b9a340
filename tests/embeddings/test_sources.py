"""Any model of the Hub: only what can run nothing is fetched, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from embeddings.errors import WeightsError
from embeddings.sources import fetch_hub
from tests.loopback import REVISION, Loopback, closed_port, loopback, sha256

WEIGHTS = b"weights" * 1000


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback() as play:
        yield play


def serve(server: Loopback, **files: bytes) -> None:
    """Serve files whose names are given with "_" for "/" and "__" for "."."""
    for name, content in files.items():
        server.hub["org/model/" + name.replace("__", ".").replace("_", "/")] = content


def names_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_settings_tokenizer_and_safetensors_come_and_nothing_that_runs(server: Loopback, tmp_path: Path) -> None:
    serve(server, model__safetensors=WEIGHTS, config__json=b"{}", tokenizer__json=b"{}", merges__txt=b"a b")
    serve(server, modeling__py=b"raise SystemExit", pytorch__bin=b"pickle", README__md=b"# A model")
    serve(server, onnx_model__onnx=b"onnx", original_params__json=b"{}")
    server.hub["org/model/1_Pooling/config.json"] = b"{}"
    folder = fetch_hub("org/model", tmp_path, endpoint=server.address)
    assert folder == tmp_path / "hub" / "org--model"
    assert names_in(folder) == [
        "1_Pooling/config.json",
        "VERIFIED.json",
        "config.json",
        "merges.txt",
        "model.safetensors",
        "tokenizer.json",
    ]
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS


def test_revision_is_recorded_and_asked_for(server: Loopback, tmp_path: Path) -> None:
    serve(server, model__safetensors=WEIGHTS, config__json=b"{}")
    folder = fetch_hub("org/model", tmp_path, endpoint=server.address)
    stamp = json.loads((folder / "VERIFIED.json").read_text(encoding="utf-8"))
    assert stamp == {
        "repo_id": "org/model",
        "revision": REVISION,
        "files": {"model.safetensors": 7000, "config.json": 2},
    }
    assert f"/org/model/resolve/{REVISION}/config.json" in server.asked


def test_what_is_here_is_not_asked_for_again(server: Loopback, tmp_path: Path) -> None:
    serve(server, model__safetensors=WEIGHTS)
    folder = fetch_hub("org/model", tmp_path, endpoint=server.address)
    server.asked.clear()
    assert fetch_hub("org/model", tmp_path, endpoint=server.address) == folder
    assert fetch_hub("org/model", tmp_path, offline=True) == folder
    assert server.asked == []


def test_progress_ends_with_all_bytes(server: Loopback, tmp_path: Path) -> None:
    serve(server, model__safetensors=WEIGHTS, config__json=b"{}")
    calls: list[tuple[str, int, int]] = []
    fetch_hub("org/model", tmp_path, lambda *call: calls.append(call), endpoint=server.address)
    assert calls[-1] == ("fetching org/model from the Hub", 7002, 7002)


def test_pickled_weights_are_refused(server: Loopback, tmp_path: Path) -> None:
    server.hub = {"org/model/pytorch_model.bin": b"pickle", "org/model/config.json": b"{}"}
    with pytest.raises(WeightsError, match=r"^the model org/model has no weights as safetensors, and other forms"):
        fetch_hub("org/model", tmp_path, endpoint=server.address)
    assert not (tmp_path / "hub" / "org--model").exists()


def test_gguf_alone_is_pointed_to(server: Loopback, tmp_path: Path) -> None:
    server.hub = {"org/model/model-q4.gguf": b"GGUF", "org/model/config.json": b"{}"}
    message = "^the model org/model has GGUF files: download one of them and give its path$"
    with pytest.raises(WeightsError, match=message):
        fetch_hub("org/model", tmp_path, endpoint=server.address)


def test_weights_that_are_there_twice_come_once(server: Loopback, tmp_path: Path) -> None:
    serve(server, **{"model-00001-of-00001__safetensors": WEIGHTS, "consolidated__safetensors": WEIGHTS})
    folder = fetch_hub("org/model", tmp_path, endpoint=server.address)
    assert names_in(folder) == ["VERIFIED.json", "model-00001-of-00001.safetensors"]


def test_names_that_lead_out_of_the_folder_are_passed_over(server: Loopback, tmp_path: Path) -> None:
    serve(server, model__safetensors=WEIGHTS)
    server.hub["org/model/../../../escaped.json"] = b"{}"
    server.hub["org/model//etc/escaped.json"] = b"{}"
    folder = fetch_hub("org/model", tmp_path, endpoint=server.address)
    assert names_in(folder) == ["VERIFIED.json", "model.safetensors"]
    assert list(tmp_path.parent.rglob("escaped.json")) == []


def test_content_of_another_hash_than_listed_is_an_error(server: Loopback, tmp_path: Path) -> None:
    serve(server, model__safetensors=WEIGHTS)
    server.stated_hashes = {"org/model/model.safetensors": "0" * 64}
    message = f"model.safetensors has the SHA-256 {'0' * 64}, not {sha256(WEIGHTS)}"
    with pytest.raises(WeightsError, match=message):
        fetch_hub("org/model", tmp_path, endpoint=server.address)


def test_model_that_is_not_there_is_a_plain_sentence(server: Loopback, tmp_path: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        fetch_hub("org/none", tmp_path, endpoint=server.address)
    assert str(caught.value) == (
        f"the model org/none could not be fetched: the Hub at {server.address} answers 401 for org/none; check its "
        "name and the network, or download it with your account where it asks for one, and give the folder"
    )


def test_unreachable_hub_is_a_plain_sentence(tmp_path: Path) -> None:
    endpoint = f"http://127.0.0.1:{closed_port()}"
    message = rf"^the model org/model could not be fetched: the Hub at {endpoint} cannot be reached \("
    with pytest.raises(WeightsError, match=message):
        fetch_hub("org/model", tmp_path, endpoint=endpoint)


def test_page_of_a_network_that_wants_a_login_is_a_plain_sentence(server: Loopback, tmp_path: Path) -> None:
    server.is_portal = True
    with pytest.raises(WeightsError, match="does not answer as the Hub does; check its name and the network"):
        fetch_hub("org/model", tmp_path, endpoint=server.address)


def test_offline_without_the_model_is_a_plain_sentence(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"^the model org/model is not in .* and fetching is switched off; "):
        fetch_hub("org/model", tmp_path, offline=True)


@pytest.mark.parametrize("name", ["", "..", "../..", "org/..", "a/b/c", "org/mod el", "/etc", "org/"])
def test_what_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(WeightsError, match=r"is no name of a model on the Hub; they look like org/name$"):
        fetch_hub(name, tmp_path)
