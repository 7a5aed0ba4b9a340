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
    find_document,
    lines_of,
    placed_evidence,
    questions_of,
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


@pytest.mark.parametrize("pretty", [None, 2])
@pytest.mark.parametrize("inside", [False, True], ids=["a list", "an object with questions"])
def test_a_json_file_gives_what_its_lines_would_give(tmp_path: Path, pretty: int | None, inside: bool) -> None:
    rows = [FULL, {"question": "Why?"}, FULL | {"id": "q-2"}]
    value = {"title": "x", "made": {"questions": [1]}, "questions": rows, "n": 3} if inside else rows
    path = tmp_path / "questions.json"
    path.write_text(json.dumps(value, indent=pretty), encoding="utf-8")
    read = read_questions(path)
    assert [q.to_json() for q in read] == [FULL, Question("2", "Why?").to_json(), FULL | {"id": "q-2"}]
    text = path.read_text(encoding="utf-8")
    lines = [text[: text.index(f'"{start}')].count("\n") for start in ("q-1", "q-2")]
    # The brace that opens a question stands on the line before its id where the file is indented.
    assert [read[0].line, read[2].line] == (lines if pretty else [1, 1])


def test_lines_of_json_may_be_called_json(tmp_path: Path) -> None:
    path = write(tmp_path, {"id": "a", "question": "Why?"}, {"id": "b", "question": "How?"})
    assert [q.id for q in read_questions(path.rename(tmp_path / "q.json"))] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"id": "a"', r"q.json cannot be used: it is not JSON \(.* at line 1, column 11\)"),
        ("3", "q.json cannot be used: it is neither a list of questions nor an object whose 'questions' is one"),
        ('{"questions": 3}', "it is neither a list of questions nor an object whose 'questions' is one"),
        ('[{"question": "Why?"},\n 3]', "line 2 of .*q.json cannot be used: question 2 is a number, not an object"),
        ('[{"question": "Why?"},\n\n{"id": "b"}]', "line 3 of .*q.json cannot be used: 'question' is missing"),
        ("[]", "q.json holds no question"),
    ],
)
def test_a_json_file_that_cannot_be_used_is_named_with_the_line(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "q.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(QuestionFileError, match=reason):
        read_questions(path)


def csv_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "questions.csv"
    path.write_bytes(text.encode())
    return path


def test_a_table_gives_what_its_lines_would_give(tmp_path: Path) -> None:
    text = (
        "id,question,answers,answerable,doc,start,end,text,note\r\n"
        '"q-1",When was it written?,1843| in 1843,TRUE,ada.txt,16,20,1843,mine\r\n'
        '\r\n,"Why,\r\nand how?",,,,,,\r\n'
        'b,How hot?,"[""a|b""]",no,,,,,\r\n'
        "c,When?,1843,yes,ada.txt,,,1843,\r\n"
    )
    evidence = (Evidence("ada.txt", 16, 20, "1843"),)
    assert read_questions(csv_file(tmp_path, text)) == (
        Question("q-1", "When was it written?", ("1843", "in 1843"), True, evidence, line=2),
        Question("4", "Why,\r\nand how?", line=4),
        Question("b", "How hot?", ("a|b",), False, line=6),
        Question("c", "When?", ("1843",), True, (UNPLACED,), line=7),
    )


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_table_may_be_delimited_as_spreadsheets_do(tmp_path: Path, delimiter: str) -> None:
    text = f"question{delimiter}answers\nWhen, and why?{delimiter}1843\n"
    assert read_questions(csv_file(tmp_path, text)) == (Question("2", "When, and why?", ("1843",), line=2),)


def test_a_table_may_hold_evidence_and_history_as_json(tmp_path: Path) -> None:
    cells = ",".join('"{}"'.format(json.dumps(FULL[name]).replace('"', '""')) for name in ("evidence", "history"))
    path = csv_file(tmp_path, f"id,question,evidence,history\nq-1,When?,{cells}\n")
    (question,) = read_questions(path)
    assert question.to_json() == FULL | {"question": "When?", "answers": [], "answerable": None}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "id,answers\na,b\n",
            "line 1 of .* cannot be used: the heading has no column 'question'; it has: 'id', 'answers'",
        ),
        ("question,question\na,b\n", "line 1 of .* cannot be used: two columns are called 'question'"),
        ("question,id\nWhy?,a,b\n", "line 2 of .* cannot be used: it has 3 cells and the heading 2; quote cells"),
        ("question,id\nWhy?,a\n,b\n", "line 3 of .* cannot be used: 'question' is missing"),
        ("question,answerable\nWhy?,perhaps\n", "line 2 of .*: 'answerable' is 'perhaps'; write true or false"),
        ("question,doc,start,text\nWhy?,a.txt,x,y\n", "line 2 of .*: 'start' is 'x', not a whole number"),
        ("question,doc,start,text\nWhy?,a.txt,1,y\n", "in 'evidence', number 1: 'start' and 'end' stand together"),
        ("question,doc\nWhy?,a.txt\n", "line 2 of .*: in 'evidence', number 1: 'text' is missing"),
        ("question,answers\nWhy?,[1\n", "line 2 of .*: 'answers' begins as a list, but it is not JSON"),
        ('question,answers\nWhy?,"a"b\n', "line 2 of .* cannot be used: "),
        ("question,id\nWhy?,a\nHow?,a\n", "line 3 of .* cannot be used: the id 'a' is already that of line 2"),
        ("question,id\n", "questions.csv holds no question"),
        ("", "questions.csv holds no question"),
    ],
)
def test_a_table_that_cannot_be_used_is_named_with_the_line(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(QuestionFileError, match=reason):
        read_questions(csv_file(tmp_path, text))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('{"id": "b", ', r"it is not JSON \(Expecting property name.* at column 13\)"),
        ('{"id": "b", "question": NaN}', r"it is not JSON \(NaN is no value\)"),
        ("[" * 100_000, "it is nested too deeply"),
        ("[1]", "it is a list, not an object"),
        (without("question"), "'question' is missing"),
        (FULL | {"id": 7}, "'id' is a number, not a text"),
        (FULL | {"question": " \n"}, "'question' is empty"),
        (FULL | {"answers": "1843"}, "'answers' is a text, not a list"),
        (FULL | {"answers": [1843]}, "'answers' holds a number, not texts only"),
        (FULL | {"answerable": "yes"}, "'answerable' is a text, not true or false"),
        (FULL | {"answerable": False}, "'answerable' is false, but there is 'evidence'"),
        (FULL | {"answers": ["1843", " "]}, "'answers' holds an empty one"),
        (FULL | {"evidence": ["1843"]}, "'evidence' holds a text, not objects only"),
        (FULL | {"evidence": [{"doc": "ada.txt"}]}, "in 'evidence', number 1: 'text' is missing"),
        (FULL | {"evidence": [{"text": "1843"}]}, "in 'evidence', number 1: 'doc' is missing"),
        (
            FULL | {"evidence": [{"doc": "ada.txt", "start": 16, "text": "1843"}]},
            "number 1: 'start' and 'end' stand together or not at all",
        ),
        (FULL | {"evidence": [{"doc": "ada.txt", "text": " "}]}, "number 1: 'text' is empty"),
        (FULL | {"origin": 1}, "'origin' is a number, not a text"),
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
    with pytest.raises(QuestionFileError, match=r"holds no question; docs/questions/README\.md shows how"):
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
    placed_evidence([question(), question("history/ada.txt"), question("history\\ada.txt")], BY_PATH)


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
        placed_evidence([question(), asked], BY_PATH)


def test_that_a_question_can_be_answered_may_be_all_that_is_known(tmp_path: Path) -> None:
    file = tmp_path / "questions.csv"
    file.write_text("Question,Answerable,,\nWho?,yes,,\n", encoding="utf-8")
    (asked,) = read_questions(file)
    assert (asked.question, asked.answerable, asked.answers, asked.evidence) == ("Who?", True, (), ())


def test_a_name_that_may_mean_two_documents_is_said_to() -> None:
    other = Document.of("Another Ada.", "novels/ada.txt", "Ada")
    asked = Question("q", "Q?", evidence=(Evidence("ada.txt", None, None, "1843"),))
    with pytest.raises(
        QuestionFileError, match=r"which may be 'history/ada.txt' or 'novels/ada.txt'; give more of its"
    ):
        placed_evidence([asked], BY_PATH | {other.path: other})


def test_of_two_files_with_one_text_either_is_meant_and_accents_may_be_written_in_either_way() -> None:
    one = Document.of("A café of 1843.", "x/cafe\u0301.md", "Café")
    assert find_document("café.md", {one.path: one, "y/cafe\u0301.md": one}) is one


def test_a_backslash_may_be_of_a_file_s_name_or_part_folders() -> None:
    own = Document.of("Ada wrote it in 1843.", "notes/caf\\xe9.txt", "Own")
    parted = Document.of("Another Ada.", "notes/caf/xe9.txt", "Parted")
    for name in (own.path, "caf\\xe9.txt"):
        assert find_document(name, {parted.path: parted, own.path: own}) is own
        assert find_document(name, {parted.path: parted}) is parted


def test_evidence_over_two_lines_is_found_whichever_way_the_lines_end() -> None:
    for text, quoted in (("One line\r\nand two.", "line\nand"), ("One line\nand two.", "line\r\nand")):
        document = Document.of(text, "a.txt", "A")
        asked = Question("q", "Q?", evidence=(Evidence("a.txt", None, None, quoted),))
        (placed,) = placed_evidence([asked], {"a.txt": document})
        start, end = placed.evidence[0].span
        assert document.text[start:end] == placed.evidence[0].text
        assert placed.evidence[0].text.split() == ["line", "and"]


def test_a_name_that_ends_two_paths_stands_for_neither() -> None:
    other = Document.of("Another Ada.", "novels/ada.txt", "Ada")
    assert find_document("ada.txt", BY_PATH | {other.path: other}) is None
    assert find_document("novels/ada.txt", BY_PATH | {other.path: other}) is other


UNPLACED = Evidence("ada.txt", None, None, "1843")


def test_evidence_without_a_place_gets_that_of_its_only_text() -> None:
    asked = Question("q", "When?", ("1843",), True, (UNPLACED,))
    (placed,) = placed_evidence([asked], BY_PATH)
    assert placed.evidence == (Evidence("ada.txt", 16, 20, "1843"),)
    assert placed.evidence[0].span == (16, 20)
    with pytest.raises(ValueError, match="the place of '1843' is not known yet"):
        print(asked.evidence[0].span)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "1844",
            "line 5 has evidence that does not stand in history/ada.txt: '1844'; copy it from the document letter",
        ),
        (
            "i",
            "line 5 has evidence that stands in history/ada.txt more than once: 'i'; give its 'start' and 'end', or more",
        ),
    ],
)
def test_evidence_without_a_place_has_to_stand_exactly_once(text: str, reason: str) -> None:
    asked = Question("q", "When?", (), True, (Evidence("ada.txt", None, None, text),), (), 5)
    with pytest.raises(QuestionFileError, match=f"^{reason}"):
        placed_evidence([asked], BY_PATH)


def test_a_question_without_an_id_is_called_by_its_line(tmp_path: Path) -> None:
    rows = ({"question": "Why?"}, "", {"id": None, "question": "How?"}, {"id": "b", "question": "When?"})
    assert [q.id for q in read_questions(write(tmp_path, *rows))] == ["1", "3", "b"]


def test_the_origin_of_a_question_is_kept(tmp_path: Path) -> None:
    (question,) = read_questions(write(tmp_path, FULL | {"origin": "machine-made"}))
    assert question.origin == "machine-made"
    assert question.to_json() == FULL | {"origin": "machine-made"}


def test_questions_come_back_from_their_lines() -> None:
    asked = (Question("a", "Où?", ("là", "ici"), True, line=1), Question("b", "Why?", answerable=False, line=2))
    assert questions_of(lines_of(asked).encode(), "q.jsonl") == asked


def test_a_file_by_its_content_is_named_as_it_is_called() -> None:
    with pytest.raises(QuestionFileError, match=r"^line 2 of mine\.csv cannot be used: 'answerable' is 'perhaps'"):
        questions_of(b"question,answerable\nWhy?,perhaps\n", "mine.csv")
    with pytest.raises(QuestionFileError, match=r"^mine\.csv cannot be read: line 1 is not UTF-8; save"):
        questions_of(b"\xff\xfe\xfa"[1:], "mine.csv")
