import json
from pathlib import Path
from typing import Any

import pytest

from qa.errors import AnswerFileError
from qa.saved import answer_from_json, history_from_json, read_saved, value_of
from qa.types import Answer, Turn
from tests.qa.scripted import DOCUMENT, answered, refused

DOCUMENTS = {DOCUMENT.doc_id: DOCUMENT}
ANSWER = answered("How long?", "It ran to 25 lines.", "It ran to 25 lines.")
REFUSAL = refused("At what heat does water boil?")
TURNS = [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Ada."}]


def from_file(answer: Answer) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(json.dumps(answer.to_json()))
    return value


@pytest.mark.parametrize("answer", [ANSWER, REFUSAL], ids=["answer", "refusal"])
def test_a_saved_answer_comes_back_as_it_was(answer: Answer) -> None:
    again = answer_from_json(from_file(answer), DOCUMENTS)
    assert again == answer
    assert again.to_json() == answer.to_json()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "error"}, "'status' is 'error'; it can be: answered, not_found"),
        ({"confidence": 1.5}, "a confidence lies between 0 and 1, not 1.5"),
        ({"confidence": True}, "'confidence' is true, not a number"),
        ({"timings_s": {"total": "1"}}, "'total' is a text, not a number"),
        ({"citations": []}, "a sentence has a label without a citation"),
        (
            {"sentences": [{"text": "x", "state": "supported"}]},
            "in 'sentences', number 1: a supported sentence has a citation: 'x'",
        ),
        ({"hits": [{"doc_id": "1", "start": 0, "end": 1}]}, "in 'hits', number 1: 'document' is missing"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(AnswerFileError, match=f"^this is no saved answer: {reason}"):
        answer_from_json(from_file(ANSWER) | changes, DOCUMENTS)


def test_a_hit_of_a_document_that_is_not_here_is_named() -> None:
    with pytest.raises(AnswerFileError, match=r"in 'hits', number 1: .*'history/ada.txt' is not here as it was"):
        answer_from_json(from_file(ANSWER), {})


def test_a_value_that_is_no_object_is_no_answer() -> None:
    with pytest.raises(AnswerFileError, match="this is no saved answer: it is a list, not an object"):
        answer_from_json([], DOCUMENTS)


def test_turns_come_back_in_order() -> None:
    assert history_from_json(TURNS) == (Turn("user", "Who?"), Turn("assistant", "Ada."))
    assert history_from_json([]) == ()


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(TURNS),
        json.dumps(TURNS, indent=2),
        "\n".join(json.dumps(turn) for turn in TURNS),
        "\n" + "\r\n\n".join(json.dumps(turn) for turn in TURNS) + "\n",
    ],
    ids=["JSON", "JSON over lines", "JSONL", "JSONL with blank lines"],
)
def test_a_text_in_json_or_jsonl_holds_the_same_turns(text: str) -> None:
    assert history_from_json(text) == (Turn("user", "Who?"), Turn("assistant", "Ada."))


def test_a_saved_answer_is_two_turns_with_its_citations() -> None:
    assert history_from_json([from_file(ANSWER)]) == (
        Turn("user", "How long?"),
        Turn("assistant", "It ran to 25 lines.", ANSWER.citations),
    )
    assert history_from_json(from_file(ANSWER)) == history_from_json(json.dumps(from_file(ANSWER)))


def test_a_refusal_s_nearest_sentences_are_not_taken_along() -> None:
    assert history_from_json([from_file(REFUSAL)])[1] == Turn("assistant", REFUSAL.text)


def test_a_turn_keeps_its_citations() -> None:
    turn = TURNS[1] | {"citations": from_file(ANSWER)["citations"]}
    assert history_from_json([turn]) == (Turn("assistant", "Ada.", ANSWER.citations),)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([TURNS[0], {"role": "system", "content": "x"}], "turn 2 .*'role' is 'system'; it can be: user, ass"),
        ([{"role": "user"}], "turn 1 .*'content' is missing"),
        ([{"content": "x"}], "turn 1 .*'role' is missing"),
        ([{"question": "x"}], "turn 1 .*'status' is missing"),
        (["Who?"], "turn 1 .*it is a text, not an object"),
        ([TURNS[0] | {"content": None}], "turn 1 .*'content' is null, not a text"),
        (7, "turn 1 .*it is a number, not an object"),
        ("{", r"it is not JSON \(.* at line 1, column 2\)"),
        ("", "it is empty"),
        ('{"role": "user", "content": "x"}\n{"role"', "in line 2, it is not JSON"),
        ([TURNS[1] | {"citations": [{"label": 0}]}], "in 'citations', number 1: 'doc_id' is missing"),
    ],
)
def test_a_broken_history_is_refused_in_one_sentence(value: Any, reason: str) -> None:
    with pytest.raises(AnswerFileError, match=reason):
        history_from_json(value)


def test_a_file_is_read_with_a_mark_and_without(tmp_path: Path) -> None:
    path = tmp_path / "chat.json"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        path.write_text(json.dumps([{"role": "user", "content": "Où?"}], ensure_ascii=False), encoding=encoding)
        assert read_saved(path) == [{"role": "user", "content": "Où?"}]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty; give a saved answer or conversation"),
        (b"[1, 2", r"it is not JSON \(.*\); give a saved answer or conversation"),
        (b'{"a": 1}\n\xff', "line 2 is not UTF-8; give a file that --json or /save wrote"),
        (b"\xff\xfe\x00", "it says that it is UTF-16 and is not"),
        (b"[" * 100_000, "it is nested too deeply"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "chat.json"
    path.write_bytes(content)
    with pytest.raises(AnswerFileError, match=f"chat.json cannot be read: {reason}"):
        read_saved(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AnswerFileError, match=r"none.json cannot be read \(No such file or directory\)"):
        read_saved(tmp_path / "none.json")


def test_one_object_over_several_lines_is_one_value() -> None:
    assert value_of('{\n"a": [1,\n2]}') == {"a": [1, 2]}
    assert value_of('{"a": 1}\n{"a": 2}') == [{"a": 1}, {"a": 2}]
