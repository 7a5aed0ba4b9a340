"""What is made of a GGUF file once: the same model, whole or not at all, and never in the way of an answer."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from embeddings.cache import READY, STAMP, converted_sizes, remove_converted
from embeddings.weights import default_cache, fetch, model_named
from qa.errors import EngineError
from qa.generate import Message, at_hand
from qa.generate.openvino import _put
from qa.generate.prepared import MODEL, TOKENIZER, is_prepared, prepared, prepared_folder
from qa.generate.process import OpenVinoEngine
from tests.processes import wait_for_end

ROOT = Path(__file__).parents[3]
ASKED = (Message("system", "You answer in one short sentence."), Message("user", "What is the capital of France?"))


@pytest.fixture(scope="module")
def tiny() -> Path:
    return fetch(model_named("smollm2-135m"), default_cache())


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def folder(tiny: Path, cache: Path) -> Path:
    said: list[str] = []
    folder = prepared(tiny, cache, lambda what, _done, _total: said.append(what))
    assert folder is not None
    assert said == [f"preparing {tiny.name} for this machine, once; it takes half a minute to two"]
    return folder


@pytest.fixture
def engines(tiny: Path, folder: Path) -> Iterator[tuple[OpenVinoEngine, OpenVinoEngine]]:
    both = OpenVinoEngine(tiny, "tiny"), OpenVinoEngine(tiny, "tiny", folder)
    yield both
    for engine in both:
        engine.close()


@pytest.mark.model
def test_what_was_prepared_is_the_same_model_with_its_weights_rounded(
    engines: tuple[OpenVinoEngine, OpenVinoEngine],
) -> None:
    read, made = (list(engine.stream(ASKED, max_tokens=3)) for engine in engines)
    assert [piece.text for piece in made] == [piece.text for piece in read]
    assert [piece.logprob for piece in made] == pytest.approx([piece.logprob for piece in read], abs=0.2)
    text = "A mark <|im_end|> and é😀\r\n."
    assert engines[0].count_tokens(text) == engines[1].count_tokens(text)


@pytest.mark.model
def test_of_a_small_file_every_matrix_is_prepared_in_eight_bits(folder: Path) -> None:
    """SmolLM2 has 30 layers of seven matrices, and one that words are chosen with."""
    described = (folder / MODEL).read_text(encoding="utf-8")
    assert described.count('element_type="i8"') == 211
    assert sorted(file.suffix for file in folder.glob("openvino_model*")) == [".bin", ".xml"]


@pytest.mark.model
def test_it_is_prepared_once(tiny: Path, cache: Path, folder: Path) -> None:
    before = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    assert {MODEL, TOKENIZER, STAMP} <= set(before)
    assert not any(name.endswith(".gguf") for name in before)
    assert prepared(tiny, cache, lambda *_: pytest.fail("nothing is to be said")) == folder
    assert {file.name: file.stat().st_mtime_ns for file in folder.iterdir()} == before


@pytest.mark.model
def test_a_model_that_was_prepared_is_at_hand_and_another_is_not(tiny: Path, cache: Path, folder: Path) -> None:
    assert folder.is_dir()
    assert at_hand(str(tiny), cache) is not None
    assert at_hand(str(tiny), cache / "other") is None
    assert at_hand("smollm2-135m", cache) is None  # its weights are in another cache
    assert at_hand("http://127.0.0.1:9/v1", cache) is None
    assert at_hand("all-minilm-l6-v2", default_cache()) is None


@pytest.mark.model
def test_a_file_that_does_not_load_leaves_nothing_that_counts(tiny: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(tiny.read_bytes()[: 30 << 20])
    with pytest.raises(EngineError, match=r"cut\.gguf does not load: .*; name another model") as caught:
        prepared(cut, tmp_path / "cache")
    assert "\n" not in str(caught.value)
    assert not is_prepared(prepared_folder(cut, tmp_path / "cache"))
    assert sum(converted_sizes(tmp_path / "cache").values()) == 0


@pytest.mark.model
@pytest.mark.skipif(sys.platform == "win32", reason="asks for the process by POSIX means")
def test_the_process_that_prepares_ends_with_the_program_that_is_killed(tiny: Path, tmp_path: Path) -> None:
    script = "import sys; from pathlib import Path; from qa.generate.prepared import prepared; "
    script += "prepared(Path(sys.argv[1]), Path(sys.argv[2]))"
    with subprocess.Popen([sys.executable, "-c", script, str(tiny), str(tmp_path)], cwd=ROOT) as program:
        while not list(tmp_path.rglob("model.gguf")):  # it has begun
            assert program.poll() is None
            time.sleep(0.02)
        found = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], stdout=subprocess.PIPE, text=True, check=True)
        pairs = (line.split() for line in found.stdout.splitlines())
        (child,) = (int(pid) for pid, parent in pairs if int(parent) == program.pid)
        program.send_signal(signal.SIGTERM)
    # A call of the library holds Python's lock for seconds while it reads the tokenizer; the model itself takes longer.
    wait_for_end(child)
    assert not list(tmp_path.rglob(MODEL))


@pytest.mark.model
@pytest.mark.skipif(sys.platform == "win32", reason="limits what a process writes by POSIX means")
def test_a_disk_that_takes_only_part_is_told_and_the_file_itself_is_read(tiny: Path, tmp_path: Path) -> None:
    script = "import resource, sys; from pathlib import Path; from qa.generate.prepared import prepared; "
    script += "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)); "
    script += "print(prepared(Path(sys.argv[1]), Path(sys.argv[2]), lambda what, _done, _total: print(what)))"
    command = [sys.executable, "-c", script, str(tiny), str(tmp_path)]
    said = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    assert said[0].startswith("preparing ")
    assert said[1].startswith(f"{tiny.name} could not be written to {tmp_path / 'converted'}: ")
    assert said[1].endswith("; until then it is read anew at each start")
    assert said[2:] == ["None"]
    assert sum(converted_sizes(tmp_path).values()) == 0


def gguf(folder: Path) -> Path:
    """Return a file that is as good as a model as long as nobody reads it."""
    path = folder / "some.gguf"
    path.write_bytes(b"GGUF" + bytes(1000))
    return path


def put_prepared(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / MODEL).write_bytes(b"x" * 70)
    (folder / STAMP).write_text(json.dumps({MODEL: 70}), encoding="utf-8")


def test_what_an_earlier_version_has_made_of_the_file_goes_and_that_of_others_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = gguf(tmp_path)
    now = prepared_folder(path, tmp_path)
    earlier = now.with_name(now.name.replace("-openvino-genai-", "-openvino-genai-2025.1-"))
    other = now.with_name("another-0123456789ab-openvino-genai-2025.1")
    for made in (earlier, other):
        put_prepared(made)

    def gather(_path: Path, _progress: object, part: Path) -> dict[str, int]:
        put_prepared(part / READY)
        return {MODEL: 70}

    monkeypatch.setattr("qa.generate.prepared._gather", gather)
    assert prepared(path, tmp_path) == now
    assert (earlier.exists(), other.exists(), is_prepared(now)) == (False, True, True)


def test_a_file_that_has_lost_a_part_is_not_taken_for_prepared(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    put_prepared(folder)
    assert is_prepared(folder)
    (folder / MODEL).write_bytes(b"x" * 69)
    assert not is_prepared(folder)
    (folder / STAMP).unlink()
    (folder / MODEL).write_bytes(b"x" * 70)
    assert not is_prepared(folder)


def test_a_changed_file_is_another_one(tmp_path: Path) -> None:
    path = gguf(tmp_path)
    before = prepared_folder(path, tmp_path)
    assert prepared_folder(path, tmp_path) == before
    os.utime(path, ns=(1, 1))
    changed = prepared_folder(path, tmp_path)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    os.utime(path, ns=(1, 1))
    assert len({before, changed, prepared_folder(path, tmp_path)}) == 3


def test_a_disk_without_room_is_told_and_the_file_itself_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, said = gguf(tmp_path), list[str]()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    assert prepared(path, tmp_path / "cache", lambda what, _done, _total: said.append(what)) is None
    assert said == [
        f"the disk of {tmp_path / 'cache' / 'converted'} has 0.0 GB free and some.gguf needs 0.0 GB; make room, or name "
        "another folder with ARTICLE_QA_CACHE; until then it is read anew at each start"
    ]


def test_what_an_interrupted_try_has_left_gives_its_room_back_before_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, said = gguf(tmp_path), list[str]()  # of 1,004 bytes: 2,911 are needed
    folder = prepared_folder(path, tmp_path / "cache")
    left = folder.with_name(f".{folder.name}.part") / READY / "openvino_model.bin"
    left.parent.mkdir(parents=True)
    left.write_bytes(bytes(2000))
    monkeypatch.setattr(
        shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9000, 0, 1000 if left.exists() else 3000)
    )
    with pytest.raises(EngineError, match=r"some\.gguf does not load: "):  # so there was room to try
        prepared(path, tmp_path / "cache", lambda what, _done, _total: said.append(what))
    assert said == ["preparing some.gguf for this machine, once; it takes half a minute to two"]
    assert converted_sizes(tmp_path / "cache") == {left.parent.parent: 0}


@pytest.mark.parametrize("refused", [(), ("link",), ("link", "symlink")])
def test_where_a_disk_takes_no_links_the_file_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: tuple[str, ...]
) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    for name in refused:
        monkeypatch.setattr(os, name, refuse)
    path, linked = gguf(tmp_path), tmp_path / "linked.gguf"
    _put(str(path), linked)
    assert linked.read_bytes() == path.read_bytes()
    assert (path.stat().st_nlink, linked.is_symlink()) == ((1, len(refused) == 1) if refused else (2, False))


def test_a_cache_that_cannot_be_written_is_told_and_the_file_itself_is_read(tmp_path: Path) -> None:
    path, said = gguf(tmp_path), list[str]()
    (tmp_path / "cache").write_text("a file where the folder should be", encoding="utf-8")
    assert prepared(path, tmp_path / "cache", lambda what, _done, _total: said.append(what)) is None
    assert said[-1].endswith("; until then it is read anew at each start")


def test_what_was_prepared_is_counted_and_removed(tmp_path: Path) -> None:
    assert (converted_sizes(tmp_path), remove_converted(tmp_path)) == ({}, 0)
    folder = prepared_folder(gguf(tmp_path), tmp_path)
    put_prepared(folder)
    n_bytes = 70 + len(json.dumps({MODEL: 70}))
    assert converted_sizes(tmp_path) == {folder: n_bytes}
    assert remove_converted(tmp_path) == n_bytes
    assert not folder.exists() and (tmp_path / "some.gguf").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a permission there")
def test_where_it_is_kept_on_another_disk_it_is_removed_there(tmp_path: Path) -> None:
    elsewhere, cache = tmp_path / "elsewhere", tmp_path / "cache"
    put_prepared(elsewhere / "made")
    (elsewhere / ".made.lock").touch()
    cache.mkdir()
    (cache / "converted").symlink_to(elsewhere)
    assert remove_converted(cache) == 70 + len(json.dumps({MODEL: 70}))
    assert list((cache / "converted").iterdir()) == []
