"""A folder for as long as a program runs, and what of it a program that was killed left behind."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest
from filelock import FileLock

from qa.temporary import IN_USE, PREFIX, YOUNG_S, own_folder


@pytest.fixture(autouse=True)
def everything_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the system's folder for temporary files be one of the test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left(folder: Path, name: str, age_s: float = 2 * YOUNG_S) -> Path:
    """Leave a folder as a program that was killed some time ago does."""
    made = folder / f"{PREFIX}{name}"
    (made / "own").mkdir(parents=True)
    (made / "own" / "secret.txt").write_text("The secret.", encoding="utf-8")
    (made / IN_USE).touch()
    os.utime(made / IN_USE, (time.time() - age_s,) * 2)
    return made


def test_it_is_empty_and_gone_at_the_end(tmp_path: Path) -> None:
    with own_folder() as folder:
        assert [path.name for path in folder.iterdir()] == [IN_USE]
        (folder / "a.txt").write_text("A text.", encoding="utf-8")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_program_left_goes(tmp_path: Path) -> None:
    gone = left(tmp_path, "gone")
    with own_folder():
        assert not gone.exists()


def test_what_is_in_use_or_just_begun_or_not_of_such_a_program_stays(tmp_path: Path) -> None:
    used, young = left(tmp_path, "used"), left(tmp_path, "young", age_s=0)
    other, linked = tmp_path / f"{PREFIX}other", tmp_path / f"{PREFIX}linked"
    other.mkdir()
    elsewhere = left(tmp_path / "elsewhere", "of-somebody")
    linked.symlink_to(elsewhere)
    with FileLock(used / IN_USE):
        os.utime(used / IN_USE, (time.time() - 2 * YOUNG_S,) * 2)
        with own_folder():
            assert used.exists() and young.exists() and other.exists()
            assert (elsewhere / "own" / "secret.txt").exists()
