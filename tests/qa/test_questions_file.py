import codecs
import json
from pathlib import Path
from typing import Any

import pytest

from embeddings.types import Document
from qa.errors import QuestionFileError
from qa.questions import (
    Evidence,
    Question,
    check_evidence,
    find_document,
    questions_sha256,
    read_questions,
)
from qa.types import Turn

DOCUMENT = Document.of("Ada wrote it in 1843.", "history/ada.txt", "Ada")
FULL: dict[str, Any] = {
    "id": "q-1",
    "question": "When was it written?",
    "answers": ["1843", "in 1843"],
    "answerable": True,
    "evidence": [{"doc": "ada.txt", "start": 16, "end": 20, "text": "1843"}],
    "history": [{"role": "user", "content": "Who wrote it?"}, {"role": "assistant", "content": "Ada."}],
}


def write(tmp_path: Path, *rows: Any) -> Path:
    path = tmp_path / "questions.jsonl"
    lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_full_line_gives_every_field(tmp_path: Path) -> None:
    assert read_questions(write(tmp_path, FULL)) == (
        Question(
            id="q-1",
            question="When was it written?",
            answers=("1843", "in 1843"),
            answerable=True,
            evidence=(Evidence("ada.txt", 16, 20, "1843"),),
            history=(Turn("user", "Who wrote it?"), Turn("assistant", "Ada.")),
            line=1,
        ),
    )


def test_a_question_is_written_as_it_was_read(tmp_path: Path) -> None:
    (question,) = read_questions(write(tmp_path, FULL))
    assert question.to_json() == FULL


def test_a_turn_s_content_may_be_called_its_text(tmp_path: Path) -> None:
    row = FULL | {"history": [{"role": "user", "text": "Who wrote it?"}]}
    assert read_questions(write(tmp_path, row))[0].history == (Turn("user", "Who wrote it?"),)


def test_missing_labels_are_not_known_rather_than_false(tmp_path: Path) -> None:
    (question,) = read_questions(write(tmp_path, {"id": "a", "question": "Why?", "answers": None}))
    assert question == Question("a", "Why?", line=1)
    assert question.answerable is None


def test_blank_lines_count_as_lines_and_are_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path, "", {"id": "a", "question": "Why?"}, "  ", {"id": "b", "question": "How?"})
    assert [(q.id, q.line) for q in read_questions(path)] == [("a", 2), ("b", 4)]


@pytest.mark.parametrize(
    "content",
    [
        codecs.BOM_UTF8 + '{"id": "a", "question": "Où?"}\r\n'.encode(),
        '{"id": "a", "question": "Où?"}'.encode("utf-16"),
        '{"id": "a", "question": "Où?"}'.encode(),
    ],
    ids=["UTF-8 with mark, CRLF", "UTF-16", "no line end"],
)
def test_marks_and_line_ends_do_not_matter(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "q.jsonl"
    path.write_bytes(content)
    assert read_questions(path) == (Question("a", "Où?", line=1),)


def test_a_line_separator_inside_a_text_is_no_end_of_line(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"id": "a", "question": "one\u2028two\x85?"}\n', encoding="utf-8")
    assert read_questions(path)[0].question == "one\u2028two\x85?"


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in FULL.items() if key != name}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('{"id": "b", ', r"it is not JSON \(Expecting property name.* at column 13\)"),
        ('{"id": "b", "question": NaN}', r"it is not JSON \(NaN is no value\)"),
        ("[" * 100_000, "it is nested too deeply"),
        ("[1]", "it is a list, not an object"),
        (without("id"), "'id' is missing"),
        (without("question"), "'question' is missing"),
        (FULL | {"id": 7}, "'id' is a number, not a text"),
        (FULL | {"question": " \n"}, "'question' is empty"),
        (FULL | {"answers": "1843"}, "'answers' is a text, not a list"),
        (FULL | {"answers": [1843]}, "'answers' holds a number, not texts only"),
        (FULL | {"answerable": "yes"}, "'answerable' is a text, not true or false"),
        (FULL | {"answerable": False}, "'answerable' is false, but there is 'evidence'"),
        (
            FULL | {"answers": [], "evidence": []},
            "'answerable' is true, but there are neither 'answers' nor 'evidence'",
        ),
        (FULL | {"evidence": ["1843"]}, "'evidence' holds a text, not objects only"),
        (FULL | {"evidence": [{"doc": "ada.txt"}]}, "in 'evidence', number 1: 'start' is missing"),
        (
            FULL | {"evidence": [{"doc": "ada.txt", "start": 16, "end": 21, "text": "1843"}]},
            "number 1: the span 16 to 21 does not fit its text of 4 characters",
        ),
        (
            FULL | {"evidence": [{"doc": "ada.txt", "start": True, "end": 5, "text": "1843"}]},
            "'start' is true, not a whole number",
        ),
        (
            FULL | {"history": [{"role": "system", "content": "x"}]},
            "in 'history', number 1: 'role' is 'system'; it can be: user, assistant",
        ),
        (FULL | {"history": [{"role": "user"}]}, "in 'history', number 1: 'content' is missing"),
        (
            FULL | {"history": [{"role": "user", "text": 1}]},
            "in 'history', number 1: 'text' is a number, not a text",
        ),
        ({"id": "a", "question": "Why?"}, "the id 'a' is already that of line 1"),
    ],
)
def test_a_broken_line_is_named_with_what_is_wrong(tmp_path: Path, row: Any, reason: str) -> None:
    path = write(tmp_path, {"id": "a", "question": "Why?"}, "", row)
    with pytest.raises(QuestionFileError, match=f"^line 3 of .*questions.jsonl cannot be used: .*{reason}"):
        read_questions(path)


def test_a_file_without_a_question_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuestionFileError, match="holds no question; write one JSON object with an id"):
        read_questions(write(tmp_path, "", " "))


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuestionFileError, match=r"none.jsonl cannot be read \(No such file or directory\)"):
        read_questions(tmp_path / "none.jsonl")
    with pytest.raises(QuestionFileError, match=r"cannot be read \(.*\); check the path"):
        read_questions(tmp_path)


def test_a_line_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_bytes(b'{"id": "a", "question": "Why?"}\n{"id": "b", "question": "O\xf9?"}\n')
    with pytest.raises(QuestionFileError, match="line 2 is not UTF-8; save the file as UTF-8"):
        read_questions(path)


def test_the_hash_is_of_what_is_asked_not_of_how_it_is_written(tmp_path: Path) -> None:
    tight = write(tmp_path, json.dumps(FULL, separators=(",", ":")))
    one = questions_sha256(read_questions(tight))
    wide = write(tmp_path, "", json.dumps(dict(reversed(FULL.items())), ensure_ascii=False))
    assert questions_sha256(read_questions(wide)) == one
    other = write(tmp_path, FULL | {"answers": ["1844"]})
    assert questions_sha256(read_questions(other)) != one


def question(doc: str = "ada.txt", start: int = 16, text: str = "1843", line: int = 5) -> Question:
    return Question("q", "When?", ("1843",), True, (Evidence(doc, start, start + len(text), text),), (), line)


BY_PATH = {DOCUMENT.path: DOCUMENT}


def test_evidence_that_stands_where_it_says_is_let_pass() -> None:
    check_evidence([question(), question("history/ada.txt"), question("history\\ada.txt")], BY_PATH)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (question(doc="bob.txt"), "line 5 has evidence in 'bob.txt', which is not among the documents"),
        (question(doc="da.txt"), "line 5 has evidence in 'da.txt', which is not among"),
        (
            question(start=15),
            "line 5 has evidence that does not stand at 15 to 19 in history/ada.txt: '1843'",
        ),
        (question(start=16, text="1843. And more"), "line 5 has evidence that does not stand at 16 to 30"),
        (question(doc="bob.txt", line=0), "the question 'q' has evidence in 'bob.txt'"),
    ],
)
def test_evidence_that_does_not_stand_there_is_named(asked: Question, reason: str) -> None:
    with pytest.raises(QuestionFileError, match=f"^{reason}"):
        check_evidence([question(), asked], BY_PATH)


def test_a_name_that_ends_two_paths_stands_for_neither() -> None:
    other = Document.of("Another Ada.", "novels/ada.txt", "Ada")
    assert find_document("ada.txt", BY_PATH | {other.path: other}) is None
    assert find_document("novels/ada.txt", BY_PATH | {other.path: other}) is other
