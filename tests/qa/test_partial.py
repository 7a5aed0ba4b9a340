"""What is written in one rename: whole or not at all, through links, and in the stead of nothing but a file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
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
        Partial.open(path, {}, None)
    assert (path.lstat().st_ino, path.lstat().st_mode) == (before.st_ino, before.st_mode)
    assert list(tmp_path.iterdir()) == [path]


def test_looking_whether_a_file_can_be_written_leaves_nothing_and_takes_nothing(tmp_path: Path) -> None:
    record, beside = tmp_path / "record.json", tmp_path / "record.json.writing"
    check_replaceable(record)
    assert list(tmp_path.iterdir()) == []
    beside.write_text("what another run is writing", encoding="utf-8")
    check_replaceable(record)
    assert beside.read_text(encoding="utf-8") == "what another run is writing"


HERE, ELSEWHERE = {"cpu": "one"}, {"cpu": "another"}


def run(out: Path, strictness: str, machine: Mapping[str, str] | None, *ids: str) -> Partial:
    """Take a run up, and keep so many cases more."""
    kept = Partial.open(out, {"strictness": strictness}, machine)
    for each in ids:
        kept.add({"id": each, "asked": strictness})
    return kept


def aside(out: Path, strictness: str) -> Path:
    """Return the place that is named by what its cases are made with."""
    told = hashlib.sha256(f'{{"strictness": "{strictness}"}}'.encode()).hexdigest()
    return out.with_name(f"{out.name}.partial.{told[:8]}")


def test_of_three_runs_towards_one_record_none_is_lost_and_each_is_taken_up(tmp_path: Path) -> None:
    out = tmp_path / "record.json"
    for strictness in ("strict", "balanced", "lenient"):
        assert run(out, strictness, HERE, f"{strictness}-1").path == tmp_path / "record.json.partial"
    names = {aside(out, "strict").name, aside(out, "balanced").name, "record.json.partial"}
    assert {path.name for path in tmp_path.iterdir()} == names
    kept = run(out, "strict", HERE, "strict-2")
    assert kept.cases == {each: {"id": each, "asked": "strict"} for each in ("strict-1", "strict-2")}
    names = {aside(out, "lenient").name, aside(out, "balanced").name, "record.json.partial"}
    assert {path.name for path in tmp_path.iterdir()} == names
    kept.remove()
    assert list(run(out, "lenient", HERE).cases) == ["lenient-1"]
    assert list(run(out, "balanced", HERE).cases) == ["balanced-1"]


@pytest.mark.parametrize("content", ['{"strictness": "strict"}\n{"id": "q"}\n', "my own\n", ""])
def test_what_does_not_say_what_it_is_made_with_is_put_aside_and_not_taken_up(tmp_path: Path, content: str) -> None:
    path = tmp_path / "record.json.partial"
    path.write_text(content, encoding="ascii")
    assert run(tmp_path / "record.json", "strict", HERE).cases == {}
    (other,) = (other for other in tmp_path.iterdir() if other != path)
    assert other.read_text(encoding="ascii") == content


@pytest.mark.parametrize(
    ("first", "second", "named"),
    [(HERE, HERE, HERE), (HERE, ELSEWHERE, None), (None, HERE, None), (HERE, None, None)],
)
def test_cases_of_several_machines_are_of_none(
    tmp_path: Path, first: dict[str, str] | None, second: dict[str, str] | None, named: dict[str, str] | None
) -> None:
    out = tmp_path / "record.json"
    run(out, "strict", first, "q1")
    assert run(out, "strict", second, "q2").machine == named
    assert run(out, "strict", second).machine == named  # nor does a third half make them of one


def test_where_nothing_was_kept_the_cases_are_of_the_machine_that_makes_them(tmp_path: Path) -> None:
    run(tmp_path / "record.json", "strict", ELSEWHERE).add({"id": "q1", "error": "gone"})
    assert run(tmp_path / "record.json", "strict", HERE, "q1").machine == HERE
    assert run(tmp_path / "record.json", "strict", HERE).machine == HERE
