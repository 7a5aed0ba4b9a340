from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.files import Files, FileState, write_files


def written(folder: Path, states: list[FileState]) -> Files:
    write_files(folder / "files.jsonl", states)
    return Files((folder / "files.jsonl").read_bytes())


@settings(deadline=None)
@given(st.lists(st.text(max_size=5), unique=True, max_size=20), st.text(max_size=5))
def test_each_file_is_found_by_its_path_and_no_other(
    tmp_path_factory: pytest.TempPathFactory, paths: list[str], other: str
) -> None:
    states = [FileState(path, f"{number % 3:064x}", path, number, number) for number, path in enumerate(sorted(paths))]
    files = written(tmp_path_factory.mktemp("files"), states)
    assert files.all() == tuple(states)
    assert [files.under(state.path) for state in states] == states
    assert files.under(other) == next((state for state in states if state.path == other), None)
    for doc_id in (f"{number:064x}" for number in range(4)):
        assert list(files.of(doc_id)) == [state for state in states if state.doc_id == doc_id]


def test_a_text_found_elsewhere_in_a_line_is_no_document(tmp_path: Path) -> None:
    doc_id = "a" * 64
    states = [FileState("1", "b" * 64, source=doc_id), FileState(doc_id, doc_id), FileState("c", doc_id)]
    files = written(tmp_path, sorted(states, key=lambda state: state.path))
    assert [state.path for state in files.of(doc_id)] == [doc_id, "c"]
    assert list(files.of("a")) == []


def test_to_find_one_of_a_thousand_files_ten_lines_are_read_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = written(tmp_path, [FileState(f"{number:04d}.txt", "a" * 64) for number in range(1024)])
    read: list[bytes] = []
    whole = json.loads

    def counted(line: bytes) -> object:
        read.append(line)
        return whole(line)

    monkeypatch.setattr("embeddings.files.json.loads", counted)
    assert files.under("0700.txt") == FileState("0700.txt", "a" * 64)
    assert 1 <= len(read) <= 11
