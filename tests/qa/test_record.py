import json
from pathlib import Path
from typing import Any

import pytest

from qa.errors import RecordError
from qa.record import is_record, read_record, record_of
from tests.qa.test_compare import case, record


def written(tmp_path: Path, value: Any) -> Path:
    path = tmp_path / "record.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    one = record(case("a"), case("b", None))
    one.save(tmp_path / "record.json")
    assert read_record(tmp_path / "record.json") == one


def test_a_file_that_is_meant_to_be_a_record_is_told_from_questions() -> None:
    whole = record(case("a"))
    assert record_of(whole.text().encode(), "old.json") == whole
    assert is_record(whole.text().encode())
    assert is_record(b'{"cases": 3}')  # a broken one, which is to be named as such
    for other in (b'{"questions": []}', b'[{"question": "Why?"}]', b'{"question": "Why?"}', b"{", b"\xff"):
        assert not is_record(other)


WHOLE: dict[str, Any] = record(case("a")).to_json()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("{", r"it is not JSON \(.*\)"),
        ([], "it is a list, not an object"),
        (WHOLE | {"cases": []}, "it has no 'cases'"),
        (WHOLE | {"cases": [1]}, "'cases' holds a number, not objects only"),
        ({"summary": {}, "cases": [case("a")]}, "'settings' is missing"),
        (WHOLE | {"summary": 1}, "'summary' is a number, not an object"),
        (
            WHOLE | {"cases": [case("a", status="lost")]},
            "in 'cases', number 1: 'status' is 'lost'; it can be: answered,",
        ),
        (WHOLE | {"cases": [case("a", confidence=None)]}, "number 1: 'confidence' is null, not a number"),
        (WHOLE | {"cases": [case("a", scores={"retrieval": {"mrr": "1"}})]}, "number 1: 'mrr' is a text, not a number"),
        (WHOLE | {"cases": [case("a", scores={"retrieval": {}})]}, "number 1: 'answers' is missing"),
        (WHOLE | {"cases": [case("a", gold={"answerable": True})]}, "number 1: 'answers' is missing"),
        (WHOLE | {"cases": [{k: v for k, v in case("a").items() if k != "citations"}]}, "'citations' is missing"),
        (
            WHOLE | {"cases": [case("a", gold={"answerable": 1, "answers": [], "evidence": []})]},
            "'answerable' is a number, not true, false or null",
        ),
        (WHOLE | {"cases": [case("a", citations=[{}])]}, "in 'citations', number 1: 'document' is missing"),
        (WHOLE | {"cases": [case("a", sentences=[{"state": "so"}])]}, "'state' is 'so'; it can be: supported,"),
    ],
)
def test_what_is_no_record_is_refused_with_its_reason(tmp_path: Path, value: Any, reason: str) -> None:
    path = written(tmp_path, value)
    with pytest.raises(RecordError, match=rf"record.json is no record: .*{reason}.*; give a file that evaluate"):
        read_record(path)


def test_a_record_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        RecordError, match=r"the record .*missing.json cannot be read \(No such file.*\); check the path"
    ):
        read_record(tmp_path / "missing.json")
