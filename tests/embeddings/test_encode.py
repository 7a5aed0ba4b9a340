"""The encoder on the real weights: what sentence-transformers says, faster, and with nothing sent anywhere."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from embeddings.encode import (
    TABLE,
    Encoder,
    TorchEncoder,
    converted_folder,
    open_encoder,
    weights_sha256,
)
from embeddings.errors import WeightsError
from embeddings.sources import fetch_hub
from embeddings.tokens import SLAB_TEXTS
from embeddings.weights import default_cache, fetch, model_folder, model_named
from tests.loopback import loopback

MINILM = "all-minilm-l6-v2"
ROOT = Path(__file__).parents[2]

# Run before a script in a process of its own: whatever wants to reach a network ends it, and says so.
NO_NETWORK = """
import sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        print("NETWORK", event, arguments[1:], flush=True)
        raise SystemExit(3)

sys.addaudithook(refuse)
"""

# The same for every process that a script starts, itself among them: each adds a line when it ends, whether torch
# is there, what is there of libraries that send and fetch, and whether transformers would take kernels.
NOTE_OF_EACH_PROCESS = """
import atexit, sys

def note(line):
    with open({place!r}, "a", encoding="utf-8") as file:
        file.write(line + "\\n")

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        note("NETWORK " + event)
        raise SystemExit(3)

@atexit.register
def loaded():
    transformers = sys.modules.get("transformers")
    kernels = bool(transformers) and transformers.utils.is_kernels_available()
    silent = (sys.modules.get(name, "may be imported") for name in ("openvino_telemetry", "kernels"))
    note(" ".join(map(str, ("torch" in sys.modules, *silent, kernels))))

sys.addaudithook(refuse)
"""

TEXTS = (
    "The summit opened in Wuzhen on a rainy morning.",
    "Why?",
    "",
    " ",
    "0.25 % of 1,024 MB is 2.56 MB (see fig. 3a).",
    "Grüße aus Köln, wo 名探偵コナン läuft – 🦊🦊 и Чехов тоже.",
    "مرحبا بالعالم",
    "def encode(texts): return [vector(text) for text in texts]  # <s> [CLS] [MASK] </s>",
    "e\u0301 and é, \u200b zero width, \x00 a null, \ud800 a lone surrogate",
    "Coronaviruses bind to the ACE2 receptor of the host's cells before they enter. " * 8,
    "word " * 400,
    "unbroken" * 300,
)


@cache
def encoder() -> Encoder:
    return open_encoder(MINILM, device="cpu")


@cache
def reference() -> TorchEncoder:
    """Return the model as sentence-transformers runs it, float32 on the CPU."""
    model = model_named(MINILM)
    return TorchEncoder(MINILM, model.main_file.sha256, fetch(model, default_cache()), "cpu")


def cosines(rows: NDArray[np.float32], others: NDArray[np.float32]) -> list[float]:
    """Return the cosine of each row with the other of the same place; both are unit rows."""
    return [float(cosine) for cosine in (rows * others).sum(axis=1)]


def run_script(script: str, environment: Mapping[str, str] | None = None, **values: str) -> list[str]:
    """Run a script without a network in a process of its own, and return the lines it prints."""
    set_values = "".join(f"{name} = {value!r}\n" for name, value in values.items())
    ran = subprocess.run(
        [sys.executable, "-c", NO_NETWORK + set_values + script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout.splitlines()


# Opening


def test_importing_the_module_imports_nothing_heavy() -> None:
    heavy = ("torch", "openvino", "openvino_telemetry", "sentence_transformers", "transformers", "tokenizers")
    script = "import embeddings.encode\nprint([name for name in names.split() if name in sys.modules])"
    assert run_script(script, names=" ".join(heavy)) == ["[]"]


def test_unknown_encoder_names_the_known_models(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"^there is no model named 'bert'; there are: .*all-minilm-l6-v2"):
        open_encoder("bert", tmp_path, device="cpu")


def test_generator_is_no_encoder(tmp_path: Path) -> None:
    message = r"^smollm2-135m writes text and cannot encode it; all-minilm-l6-v2 can$"
    with pytest.raises(WeightsError, match=message):
        open_encoder("smollm2-135m", tmp_path, device="cpu")


def test_unknown_device_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"^there is no device 'gpu'; there are: cpu, cuda, mps$"):
        open_encoder(MINILM, tmp_path, device="gpu")


def test_offline_without_weights_names_the_command_that_fetches(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"fetch them once with: article-qa models pull all-minilm-l6-v2$"):
        open_encoder(MINILM, tmp_path, device="cpu", offline=True)


@pytest.mark.model
def test_encoder_says_what_it_is() -> None:
    assert (encoder().name, encoder().dim, encoder().max_tokens) == (MINILM, 384, 256)
    assert encoder().fingerprint == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@pytest.mark.model
def test_warm_start_needs_no_torch_no_network_and_sends_no_statistics() -> None:
    encoder()  # the converted model is in the cache now
    script = """
from embeddings.encode import open_encoder
print(open_encoder(device="cpu", offline=True).encode(["What was said?"]).shape)
heavy = ("torch", "transformers", "sentence_transformers", "openvino_telemetry", "httpx", "huggingface_hub")
print([name for name in heavy if sys.modules.get(name) is not None], "openvino" in sys.modules)
"""
    assert run_script(script) == ["(1, 384)", "[] True"]


@pytest.mark.model
def test_first_start_converts_without_a_network_sends_no_statistics_and_fetches_no_compiled_code(
    tmp_path: Path,
) -> None:
    model = model_named(MINILM)
    linked = model_folder(model, tmp_path / "cache")
    linked.parent.mkdir(parents=True)
    linked.symlink_to(fetch(model, default_cache()), target_is_directory=True)
    noted, site = tmp_path / "noted", tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(NOTE_OF_EACH_PROCESS.format(place=str(noted)), encoding="utf-8")
    script = """
from pathlib import Path
from embeddings.encode import open_encoder
said = []
first = open_encoder(cache=Path(cache), device="cpu", offline=True, progress=lambda *call: said.append(call))
print(said)
again = open_encoder(cache=Path(cache), device="cpu", offline=True, progress=lambda *call: said.append(call))
print(len(said), (first.encode(["a text"]) == again.encode(["a text"])).all())
"""
    assert run_script(script, {"PYTHONPATH": str(site)}, cache=str(tmp_path / "cache")) == [
        "[('preparing all-minilm-l6-v2 for this machine, once', 1, 0)]",
        "1 True",
    ]
    assert noted.read_text(encoding="utf-8").splitlines() == ["True None None False", "False None None False"]
    made = [path for path in (tmp_path / "cache" / "converted").iterdir() if path.is_dir()]
    assert [path.name.split("-openvino-")[0] for path in made] == [f"{MINILM}-53aa51172d14-table"]


@pytest.mark.model
@pytest.mark.skipif(sys.platform != "linux", reason="the names of files are bytes there")
def test_a_cache_whose_path_is_no_utf_8_is_a_plain_sentence(tmp_path: Path) -> None:
    model = model_named(MINILM)
    cache = Path(os.fsdecode(os.fsencode(tmp_path) + b"/c\xe9"))
    model_folder(model, cache).parent.mkdir(parents=True)
    model_folder(model, cache).symlink_to(fetch(model, default_cache()), target_is_directory=True)
    with pytest.raises(WeightsError, match=r"is not UTF-8, which the encoder needs; name another folder with ARTICLE_"):
        open_encoder(MINILM, cache, device="cpu")


@pytest.mark.model
def test_damaged_converted_model_is_a_plain_sentence(tmp_path: Path) -> None:
    model = model_named(MINILM)
    encoder()
    model_folder(model, tmp_path).parent.mkdir(parents=True)
    model_folder(model, tmp_path).symlink_to(fetch(model, default_cache()), target_is_directory=True)
    name = converted_folder(model, tmp_path).name
    (tmp_path / "converted" / name).mkdir(parents=True)
    (tmp_path / "converted" / name / "model.xml").write_text("<net>", encoding="utf-8")
    with pytest.raises(WeightsError, match=f"^OpenVINO cannot read the model in .*{name}: remove that folder and"):
        open_encoder(MINILM, tmp_path, device="cpu")


@pytest.mark.model
@pytest.mark.parametrize("harm", ["missing", "empty", "cut"])
def test_damaged_table_of_a_converted_model_is_a_plain_sentence(tmp_path: Path, harm: str) -> None:
    model = model_named(MINILM)
    encoder()
    model_folder(model, tmp_path).parent.mkdir(parents=True)
    model_folder(model, tmp_path).symlink_to(fetch(model, default_cache()), target_is_directory=True)
    whole, damaged = converted_folder(model, default_cache()), converted_folder(model, tmp_path)
    shutil.copytree(whole, damaged, ignore=shutil.ignore_patterns(TABLE))
    if harm != "missing":
        (damaged / TABLE).write_bytes(b"" if harm == "empty" else (whole / TABLE).read_bytes()[:1000])
    with pytest.raises(WeightsError, match=f"{damaged.name}: remove that folder and try again$"):
        open_encoder(MINILM, tmp_path, device="cpu")


# Encoding


@pytest.mark.model
@pytest.mark.parametrize("place", range(len(TEXTS)))
def test_vectors_are_those_of_sentence_transformers(place: int) -> None:
    assert cosines(encoder().encode([TEXTS[place]]), reference().encode([TEXTS[place]]))[0] >= 0.999


@pytest.mark.model
def test_texts_encoded_together_keep_their_order() -> None:
    together = encoder().encode(TEXTS)
    alone = np.concatenate([encoder().encode([text]) for text in TEXTS])
    assert min(cosines(together, alone)) >= 0.999
    # Other texts are other vectors, so an order that got mixed up would show ("" and " " are the same).
    different = [place for place in range(len(TEXTS)) if place != 3]
    assert [int(np.argmax(together[different] @ alone[place])) for place in different] == list(range(11))


@pytest.mark.model
def test_rows_are_finite_unit_float32() -> None:
    rows = encoder().encode(TEXTS)
    assert (rows.shape, rows.dtype.name) == ((len(TEXTS), 384), "float32")
    assert np.abs(np.linalg.norm(rows, axis=1) - 1).max() < 1e-3


@pytest.mark.model
def test_no_texts_are_no_rows() -> None:
    said: list[tuple[str, int, int]] = []
    assert encoder().encode([], lambda *call: said.append(call)).shape == (0, 384)
    assert encoder().count_tokens([]) == []
    assert said == []


@pytest.mark.model
def test_what_comes_after_256_tokens_is_left_out() -> None:
    # 254 words of one token each and the marks at both ends are 256 tokens.
    full, longer = "word " * 254, "word " * 254 + "and something else entirely"
    other = "word " * 200 + "fox " * 54
    rows = encoder().encode([full, longer, other])
    assert cosines(rows[:1], rows[1:2])[0] == pytest.approx(1, abs=1e-6)
    assert cosines(rows[:1], rows[2:])[0] < 0.999


@pytest.mark.model
def test_progress_counts_all_texts() -> None:
    said: list[tuple[str, int, int]] = []
    encoder().encode(TEXTS, lambda *call: said.append(call))
    assert {(what, total) for what, _, total in said} == {("encoding passages", len(TEXTS))}
    counts = [done for _, done, _ in said]
    assert counts == sorted(set(counts))
    assert counts[-1] == len(TEXTS)


@pytest.mark.model
def test_more_texts_than_are_tokenized_at_once_keep_their_order() -> None:
    texts = ["a fox", *["a"] * SLAB_TEXTS, "a fox"]
    rows = encoder().encode(texts)
    fox, letter = encoder().encode(["a fox", "a"])
    assert [float(rows[place] @ fox) > 0.999 for place in (0, 1, SLAB_TEXTS, SLAB_TEXTS + 1)] == [
        True,
        False,
        False,
        True,
    ]
    assert float((rows[1:-1] @ letter).min()) > 0.999
    assert encoder().count_tokens(texts) == [2, *[1] * SLAB_TEXTS, 2]


@pytest.mark.model
def test_several_threads_get_what_one_gets() -> None:
    shares = [[f"{text} {number}" for text in TEXTS[:9]] for number in range(4)]
    expected = [encoder().encode(share) for share in shares]
    found: dict[int, NDArray[np.float32]] = {}

    def encode(number: int) -> None:
        found[number] = encoder().encode(shares[number])

    threads = [threading.Thread(target=encode, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [min(cosines(found[number], expected[number])) >= 0.9999 for number in range(4)] == [True] * 4


@pytest.mark.model
def test_tokens_are_counted_without_marks_and_without_cutting() -> None:
    # "embeddings" is em ##bed ##ding ##s; a full stop is a token.
    texts = ["", " ", "Hello world.", "embeddings", "word " * 1000, "a\ud800b"]
    assert encoder().count_tokens(texts)[:5] == [0, 0, 3, 4, 1000]
    assert encoder().count_tokens(texts)[5] >= 1
    assert reference().count_tokens(texts) == encoder().count_tokens(texts)


# Any encoder of the Hub


@pytest.mark.model
def test_any_encoder_of_the_hub_runs(tmp_path: Path) -> None:
    folder = fetch(model_named(MINILM), default_cache())
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != "VERIFIED.json"]
    with loopback() as server:
        server.hub = {f"org/other/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in paths}
        opened = open_encoder("org/other", tmp_path, device="cpu", hub_endpoint=server.address)
    assert (opened.name, opened.dim, opened.max_tokens) == ("org/other", 384, 256)
    assert opened.fingerprint == model_named(MINILM).main_file.sha256
    assert cosines(opened.encode(TEXTS[:2]), encoder().encode(TEXTS[:2])) == pytest.approx([1, 1], abs=1e-3)


def fingerprint_of(folder: Path, **files: bytes) -> str:
    """Return the fingerprint of a model with these weights; in a name "__" stands for the end of a folder's name."""
    for name, content in files.items():
        path = folder / (name.replace("__", "/") + ".safetensors")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return weights_sha256(folder)


def test_fingerprint_of_one_file_of_weights_is_its_sha_256(tmp_path: Path) -> None:
    expected = hashlib.sha256(b"weights").hexdigest()
    assert fingerprint_of(tmp_path / "a", model=b"weights") == expected
    assert fingerprint_of(tmp_path / "b", **{"0_StaticEmbedding__model": b"weights"}) == expected


def test_fingerprint_takes_in_every_file_of_weights_and_its_name(tmp_path: Path) -> None:
    models: list[dict[str, bytes]] = [
        {"model": b"a"},
        {"model": b"a", "2_Dense__model": b"b"},
        {"model": b"a", "2_Dense__model": b"c"},
        {"model": b"a", "3_Dense__model": b"b"},
        {"model-1": b"a", "model-2": b"b"},
        {"model-1": b"b", "model-2": b"a"},
    ]
    found = {fingerprint_of(tmp_path / str(number), **files) for number, files in enumerate(models)}
    assert len(found) == len(models)


def test_hub_model_that_is_no_encoder_is_a_plain_sentence(tmp_path: Path) -> None:
    with loopback() as server:
        server.hub = {"org/odd/model.safetensors": b"no weights", "org/odd/config.json": b"{}"}
        folder = fetch_hub("org/odd", tmp_path, endpoint=server.address)
    with pytest.raises(WeightsError, match=f"^the encoder in {folder} cannot be loaded on cpu: "):
        open_encoder("org/odd", tmp_path, device="cpu", offline=True)


# Token vectors


@pytest.mark.model
def test_token_vectors_are_those_of_the_model_in_float32() -> None:
    texts = [text for text in TEXTS if "\ud800" not in text]
    found, expected = encoder().encode_tokens(texts), reference().encode_tokens(texts)
    assert [rows.shape for rows in found] == [rows.shape for rows in expected]
    assert min(min(cosines(rows, others), default=1.0) for rows, others in zip(found, expected, strict=True)) >= 0.995


@pytest.mark.model
def test_token_vectors_are_as_many_as_the_tokens_up_to_what_the_model_reads() -> None:
    texts = ["otters swim", "", "word " * 400]
    assert [len(rows) for rows in encoder().encode_tokens(texts)] == [encoder().count_tokens(texts)[0], 0, 254]
    assert [len(ids) for ids in encoder().token_ids(texts)] == [encoder().count_tokens(texts)[0], 0, 254]


@pytest.mark.model
def test_tokens_that_stand_alone_are_those_of_the_model() -> None:
    ids = encoder().token_ids(["otters swim"])[0]
    np.testing.assert_array_equal(ids, reference().token_ids(["otters swim"])[0])
    table = encoder().token_table()
    assert table.shape == (30522, encoder().dim)
    np.testing.assert_array_equal(table[ids], reference().token_table()[ids])
    river, rivers, silk = (table[encoder().token_ids([word])[0]].mean(axis=0) for word in ("river", "rivers", "silk"))
    assert river @ rivers > river @ silk
