"""What is written in one rename: whole or not at all, through links, and in the stead of nothing but a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.errors import QaError
from qa.partial import Partial, check_replaceable, replace_text


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    target, link = tmp_path / "records" / "target.json", tmp_path / "latest.json"
    link.symlink_to(target)
    for text in ("first", "second"):  # the target is not there yet, and then it is
        replace_text(link, text)
        assert (link.is_symlink(), target.read_text(encoding="utf-8")) == (True, text)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["latest.json", "records", "target.json"]


def pipe(path: Path) -> None:
    os.mkfifo(path)


def link_to_itself(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize("make", [Path.mkdir, pipe, link_to_itself])
def test_nothing_but_a_file_is_replaced(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "record.json"
    said = r"record\.json cannot be written \(it is no ordinary file\); name another place"
    make(path)
    before = path.lstat()
    with pytest.raises(QaError, match=f"{said} with --report"):
        replace_text(path, "text", "--report")
    with pytest.raises(QaError, match=f"{said} with --report"):
        check_replaceable(path, "--report")
    with pytest.raises(QaError, match=f"{said} with --out"):
        Partial.open(path, {})
    assert (path.lstat().st_ino, path.lstat().st_mode) == (before.st_ino, before.st_mode)
    assert list(tmp_path.iterdir()) == [path]


def test_looking_whether_a_file_can_be_written_leaves_nothing_and_takes_nothing(tmp_path: Path) -> None:
    record, beside = tmp_path / "record.json", tmp_path / "record.json.writing"
    check_replaceable(record)
    assert list(tmp_path.iterdir()) == []
    beside.write_text("what another run is writing", encoding="utf-8")
    check_replaceable(record)
    assert beside.read_text(encoding="utf-8") == "what another run is writing"
