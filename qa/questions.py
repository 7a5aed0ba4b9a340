"""A question file in, Questions out; a line that cannot be used is named by its number.

One JSON object a line, in the form that docs/guide/command-line.md gives. Knows nothing of answers or scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast, get_args

from embeddings.types import Document
from qa import fields
from qa.errors import QuestionFileError
from qa.types import Role, Turn


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a document states an answer: `text` is the slice `start:end` of the text of the file `doc`."""

    doc: str
    start: int
    end: int
    text: str

    def __post_init__(self) -> None:
        if self.start < 0 or self.end - self.start != len(self.text) or not self.text:
            raise ValueError(
                f"the span {self.start} to {self.end} does not fit its text of {len(self.text)} characters"
            )


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what is known of its answer.

    Where `answerable` is None, or `answers` or `evidence` are empty, that is not known.
    `line` is where it stands in its file, 0 for one that was not read from a file.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    answerable: bool | None = None
    evidence: tuple[Evidence, ...] = ()
    history: tuple[Turn, ...] = ()
    line: int = 0

    def __post_init__(self) -> None:
        for name in ("id", "question"):
            if not getattr(self, name).strip():
                raise ValueError(f"'{name}' is empty")
        if self.answerable and not self.answers and not self.evidence:
            raise ValueError("'answerable' is true, but there are neither 'answers' nor 'evidence'")
        if self.answerable is False and self.evidence:
            raise ValueError("'answerable' is false, but there is 'evidence'")

    def to_json(self) -> dict[str, Any]:
        """Return the question as plain JSON values, in the form of a question file."""
        return {
            "id": self.id,
            "question": self.question,
            "answers": list(self.answers),
            "answerable": self.answerable,
            "evidence": [asdict(evidence) for evidence in self.evidence],
            "history": [{"role": turn.role, "content": turn.content} for turn in self.history],
        }


def read_questions(path: str | Path) -> tuple[Question, ...]:
    """Return the questions of a JSONL file in their order; blank lines are passed over.

    Raises QuestionFileError where the file cannot be read, holds no question, or has a broken line.
    """
    path = Path(path)
    questions: list[Question] = []
    lines: dict[str, int] = {}
    for number, line in enumerate(_text_of(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            question = _question(fields.parsed_line(line), number)
        except ValueError as error:
            raise QuestionFileError(f"line {number} of {path} cannot be used: {error}") from error
        if question.id in lines:
            raise QuestionFileError(
                f"line {number} of {path} cannot be used: the id {question.id!r} is already that of line "
                f"{lines[question.id]}"
            )
        lines[question.id] = number
        questions.append(question)
    if not questions:
        raise QuestionFileError(f"{path} holds no question; write one JSON object with an id and a question a line")
    return tuple(questions)


def questions_sha256(questions: Iterable[Question]) -> str:
    """Return the 64 hexadecimal digits of the SHA-256 of what the questions say, however it is written."""
    return fields.sha256_of([question.to_json() for question in questions])


def check_evidence(questions: Iterable[Question], by_path: Mapping[str, Document]) -> None:
    """Raise QuestionFileError for the first evidence that does not stand where it says it stands."""
    for question in questions:
        where = f"line {question.line}" if question.line else f"the question {question.id!r}"
        for evidence in question.evidence:
            document = find_document(evidence.doc, by_path)
            if document is None:
                raise QuestionFileError(
                    f"{where} has evidence in {evidence.doc!r}, which is not among the documents; "
                    "give the folder that holds it with --docs"
                )
            if document.text[evidence.start : evidence.end] != evidence.text:
                raise QuestionFileError(
                    f"{where} has evidence that does not stand at {evidence.start} to {evidence.end} in "
                    f"{document.path}: {_short(evidence.text)!r}"
                )


def find_document(name: str, by_path: Mapping[str, Document]) -> Document | None:
    """Return the document of that path, or else the only one whose path ends with it; None: there is none."""
    name = name.replace("\\", "/")
    if name in by_path:
        return by_path[name]
    ending = [document for path, document in by_path.items() if path.endswith(f"/{name}")]
    return ending[0] if len(ending) == 1 else None


def _text_of(path: Path) -> str:
    try:
        return fields.read_text(path)
    except OSError as error:
        reason = error.strerror or error
        raise QuestionFileError(f"{path} cannot be read ({reason}); check the path") from error
    except ValueError as error:
        raise QuestionFileError(f"{path} cannot be read: {error}; save the file as UTF-8") from error


def _question(row: fields.Row, line: int) -> Question:
    return Question(
        id=fields.text(row, "id"),
        question=fields.text(row, "question"),
        answers=fields.texts(row, "answers"),
        answerable=_answerable(row.get("answerable")),
        evidence=fields.each(row, "evidence", _evidence),
        history=fields.each(row, "history", _turn),
        line=line,
    )


def _answerable(value: object) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise ValueError(f"'answerable' is {fields.kind_of(value)}, not true or false")
    return value


def _evidence(row: fields.Row) -> Evidence:
    return Evidence(
        doc=fields.text(row, "doc"),
        start=fields.whole(row, "start"),
        end=fields.whole(row, "end"),
        text=fields.text(row, "text"),
    )


def _turn(row: fields.Row) -> Turn:
    # Some sets, MTRAG among them, call a turn's content its text.
    name = "text" if "text" in row and "content" not in row else "content"
    return Turn(cast(Role, fields.one_of(row, "role", get_args(Role))), fields.text(row, name))


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
