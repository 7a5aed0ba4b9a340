"""The engine's child process: what is said when it is gone, and that the program goes on while it computes."""

import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from embeddings.weights import default_cache, fetch, model_named
from qa.errors import EngineError
from qa.generate import Message
from qa.generate.process import OpenVinoEngine
from tests.processes import wait_for_end

pytestmark = pytest.mark.model

ROOT = Path(__file__).parents[3]
LONG = (Message("user", "Tell a very long story about a river, with many people and places."),)


@pytest.fixture(scope="module")
def tiny() -> Path:
    return fetch(model_named("smollm2-135m"), default_cache())


@pytest.fixture
def engine(tiny: Path) -> Iterator[OpenVinoEngine]:
    opened = OpenVinoEngine(tiny, "tiny")
    yield opened
    opened.close()


def test_a_child_that_dies_while_writing_is_an_error_that_says_what_to_do(engine: OpenVinoEngine) -> None:
    stream = engine.stream(LONG, max_tokens=400)
    next(stream)
    engine._child._process.kill()
    with pytest.raises(EngineError, match="its process has ended; start the program again"):
        list(stream)
    with pytest.raises(EngineError, match="its process has ended"):
        list(engine.stream(LONG, max_tokens=1))
    with pytest.raises(EngineError, match="its process has ended"):
        engine.count_tokens("word")


def test_a_closed_engine_tells_those_who_wait_for_it(engine: OpenVinoEngine) -> None:
    stream = engine.stream(LONG, max_tokens=400)
    next(stream)
    threading.Timer(0.1, engine.close).start()
    with pytest.raises(EngineError, match="its process has ended"):
        list(stream)


def test_a_stop_that_was_set_before_gives_nothing(engine: OpenVinoEngine) -> None:
    stop = threading.Event()
    stop.set()
    assert list(engine.stream(LONG, max_tokens=9, stop=stop)) == []


def test_the_program_does_not_stand_still_while_the_model_computes(engine: OpenVinoEngine) -> None:
    ended = threading.Event()
    pauses: list[float] = []

    def tick() -> None:
        while not ended.is_set():
            began = time.monotonic()
            time.sleep(0.005)
            pauses.append(time.monotonic() - began)

    ticking = threading.Thread(target=tick)
    ticking.start()
    began = time.monotonic()
    list(engine.stream((Message("user", "word " * 3000),), max_tokens=4))
    computed_s = time.monotonic() - began
    ended.set()
    ticking.join()
    assert max(pauses) < computed_s / 2


@pytest.mark.skipif(sys.platform == "win32", reason="asks for the process by POSIX means")
def test_the_child_ends_with_a_parent_that_is_killed(tiny: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from qa.generate.process import OpenVinoEngine; "
        "engine = OpenVinoEngine(Path(sys.argv[1]), 'tiny'); print(engine._child._process.pid, flush=True); input()"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tiny)], cwd=ROOT, stdin=pipe, stdout=pipe, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    wait_for_end(child)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a permission there")
def test_a_link_to_a_file_without_a_suffix_loads(tmp_path: Path, tiny: Path) -> None:
    blob = tmp_path / "blobs" / "b179c9523d0e"  # as `hf download` leaves it
    blob.parent.mkdir()
    shutil.copyfile(tiny, blob)
    snapshot = tmp_path / "tiny.gguf"
    snapshot.symlink_to(Path("blobs") / blob.name)
    engine = OpenVinoEngine(snapshot, "tiny")
    assert engine.count_tokens("one two") == 2
    engine.close()


def test_a_model_that_openvino_does_not_read_is_told(tmp_path: Path, tiny: Path) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(tiny.read_bytes()[: 30 << 20])
    with pytest.raises(EngineError, match=r"cut\.gguf does not load: .*; name another model") as caught:
        OpenVinoEngine(cut, "cut")
    assert "\n" not in str(caught.value)
