"""What is made of a model once: whole or not at all, on the disk before it counts, and never taken from its users."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from embeddings.cache import READY, STAMP, remove_converted
from embeddings.convert import MODEL, convert, made_apart, write_model
from embeddings.errors import WeightsError

NAME = "tiny"


def write_converted(source: str, target: str) -> None:
    """What `convert` calls in a process of its own. The source says what goes wrong."""
    fault = Path(source).read_text(encoding="utf-8")
    (Path(target) / "some.bin").write_text("half", encoding="utf-8")
    if fault == "disk":
        raise OSError(28, "No space left on device")
    if fault:
        raise RuntimeError(fault)
    (Path(target) / MODEL).write_text("a model", encoding="utf-8")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_text("", encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "converted" / "tiny-1"


def test_a_model_is_made_once(source: Path, folder: Path) -> None:
    said: list[tuple[str, int, int]] = []
    for _ in range(2):
        convert(NAME, __name__, (source,), folder, lambda *call: said.append(call))
    assert said == [("preparing tiny for this machine, once", 1, 0)]
    assert sorted(path.name for path in folder.iterdir()) == [STAMP, MODEL, "some.bin"]
    assert [path.name for path in folder.parent.iterdir() if path.is_dir()] == ["tiny-1"]


def test_it_is_on_the_disk_before_it_takes_its_place(
    source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []

    def sync_tree(written: Path) -> None:
        assert not folder.exists()
        flushed.extend(path.name for path in written.iterdir())

    monkeypatch.setattr("embeddings.convert.sync_tree", sync_tree)
    convert(NAME, __name__, (source,), folder)
    assert sorted(flushed) == [MODEL, "some.bin"]


def test_of_programs_that_start_at_once_one_makes_it_and_the_others_take_it(source: Path, folder: Path) -> None:
    said: list[str] = []
    starts = [
        threading.Thread(target=convert, args=(NAME, __name__, (source,), folder, lambda *call: said.append(call[0])))
        for _ in range(3)
    ]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert said.count("preparing tiny for this machine, once") == 1
    assert set(said) <= {
        "preparing tiny for this machine, once",
        "waiting for another program that is fetching tiny",
    }
    assert (folder / MODEL).is_file()


def test_remains_without_a_model_give_way_to_a_whole_one(source: Path, folder: Path) -> None:
    (folder / "compiled").mkdir(parents=True)
    convert(NAME, __name__, (source,), folder)
    assert sorted(path.name for path in folder.iterdir()) == [STAMP, MODEL, "some.bin"]


def test_what_an_interrupted_try_has_left_gives_its_room_back(source: Path, folder: Path) -> None:
    left = folder.with_name(".tiny-1.part") / "0123"
    left.mkdir(parents=True)
    convert(NAME, __name__, (source,), folder)
    assert not left.parent.exists()


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("disk", r"^tiny could not be written to .*converted: No space left on device; make room there, or name "),
        ("Cannot allocate", r"^tiny could not be prepared for this machine: Cannot allocate; start the program again$"),
    ],
)
def test_what_cannot_be_made_is_one_sentence_and_leaves_nothing(
    source: Path, folder: Path, fault: str, told: str
) -> None:
    source.write_text(fault, encoding="utf-8")
    with pytest.raises(WeightsError, match=told):
        convert(NAME, __name__, (source,), folder)
    assert not folder.exists()
    assert remove_converted(folder.parents[1]) == 0
    source.write_text("", encoding="utf-8")
    convert(NAME, __name__, (source,), folder)
    assert (folder / MODEL).is_file()


def test_what_was_made_is_told_with_its_sizes(source: Path, tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.mkdir()
    assert made_apart(part, __name__, "write_converted", str(source)) == {MODEL: 7, "some.bin": 4}
    assert [path.name for path in part.iterdir()] == [READY]


def test_a_model_is_written_for_rows_of_any_number_and_width(tmp_path: Path) -> None:
    import openvino

    number = openvino.opset8.parameter([1, 1], np.float32)
    model = openvino.Model([openvino.opset8.relu(number)], [number], "tiny")
    write_model(model, tmp_path, {"table.f16": np.arange(3, dtype=np.float16)})
    compiled = openvino.Core().compile_model(str(tmp_path / MODEL), "CPU")
    rows = np.array([[-1, 2, 3], [4, -5, 6]], np.float32)
    assert compiled(rows)[0].tolist() == [[0, 2, 3], [4, 0, 6]]
    assert np.fromfile(tmp_path / "table.f16", np.float16).tolist() == [0, 1, 2]


def test_a_model_that_the_disk_does_not_take_is_an_os_error(tmp_path: Path) -> None:
    import openvino

    number = openvino.opset8.parameter([1, 1], np.float32)
    model = openvino.Model([openvino.opset8.relu(number)], [number], "tiny")
    (tmp_path / MODEL).mkdir()  # where the file should be
    with pytest.raises(OSError, match="Can't open xml file"):
        write_model(model, tmp_path, {})
