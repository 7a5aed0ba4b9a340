"""A question file in, Questions out; a line that cannot be used is named by its number.

The form is that of docs/questions/README.md. Knows nothing of answers or scores.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePath
from typing import Any, cast, get_args

from embeddings.phrase import Phrase
from embeddings.types import Document
from qa import fields
from qa.errors import QuestionFileError
from qa.rows import Located, RowError, read_rows
from qa.types import Role, Turn

MACHINE_MADE = "machine-made"
"""The origin of a question that no person has written."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a document states an answer: `text` is the slice `start:end` of the text of the file `doc`.

    Both None: the place is that of the only time that the document has the text; `placed_evidence` finds it.
    """

    doc: str
    start: int | None
    end: int | None
    text: str

    @property
    def span(self) -> tuple[int, int]:
        """The place. Raises ValueError where it is not known yet."""
        if self.start is None or self.end is None:
            raise ValueError(Phrase("the place of {text!r} is not known yet", text=_short(self.text)))
        return self.start, self.end

    def __post_init__(self) -> None:
        if (self.start is None) != (self.end is None):
            raise ValueError(Phrase("'start' and 'end' stand together or not at all"))
        if not self.text.strip():
            raise ValueError(Phrase("'{name}' is empty", name="text"))
        if self.start is None or self.end is None:
            return
        if self.start < 0 or self.end - self.start != len(self.text):
            raise ValueError(
                Phrase(
                    "the span {start} to {end} does not fit its text of {n} characters",
                    start=self.start,
                    end=self.end,
                    n=len(self.text),
                )
            )


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what is known of its answer.

    Where `answerable` is None, or `answers` or `evidence` are empty, that is not known. `origin` says who wrote it
    where that matters, such as MACHINE_MADE. `line` is where it stands in its file, 0 where it comes from none.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    answerable: bool | None = None
    evidence: tuple[Evidence, ...] = ()
    history: tuple[Turn, ...] = ()
    line: int = 0
    origin: str = ""

    def __post_init__(self) -> None:
        for name in ("id", "question"):
            if not getattr(self, name).strip():
                raise ValueError(Phrase("'{name}' is empty", name=name))
        if any(not answer.strip() for answer in self.answers):
            raise ValueError(Phrase("'answers' holds an empty one"))
        if self.answerable is False and self.evidence:
            raise ValueError(Phrase("'answerable' is false, but there is 'evidence'"))

    def to_json(self) -> dict[str, Any]:
        """Return the question as plain JSON values, in the form of a question file."""
        row = {
            "id": self.id,
            "question": self.question,
            "answers": list(self.answers),
            "answerable": self.answerable,
            "evidence": [asdict(evidence) for evidence in self.evidence],
            "history": [{"role": turn.role, "content": turn.content} for turn in self.history],
        }
        return row | ({"origin": self.origin} if self.origin else {})


def lines_of(questions: Iterable[Question]) -> str:
    """Return the text of a question file (JSONL) with these questions."""
    return "".join(json.dumps(question.to_json(), ensure_ascii=False) + "\n" for question in questions)


def read_questions(path: str | Path) -> tuple[Question, ...]:
    """Return the questions of a JSONL, JSON or CSV file in their order. One without an id is called by its line.

    Raises QuestionFileError where the file cannot be read, holds no question, or has a broken line.
    """
    return questions_of(content_of(path), str(path))


def content_of(path: str | Path) -> bytes:
    """Return the content of a question file, which a pipe gives once only. Raises QuestionFileError."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise QuestionFileError("{path} cannot be read ({reason}); check the path", path=path, reason=reason) from error


def questions_of(content: bytes, name: str) -> tuple[Question, ...]:
    """Return the questions of a file of that name by its content, as `read_questions` does."""
    questions: list[Question] = []
    lines: dict[str, int] = {}
    try:
        for found in read_rows(_text_of(content, name), PurePath(name).suffix):
            question = _checked(found)
            if question.id in lines:
                first = lines[question.id]
                raise RowError(
                    found.line, Phrase("the id {id!r} is already that of line {line}", id=question.id, line=first)
                )
            lines[question.id] = found.line
            questions.append(question)
    except RowError as error:
        where = Phrase("line {line} of {name}", line=error.line, name=name) if error.line else name
        raise QuestionFileError("{where} cannot be used: {why}", where=where, why=error) from error
    if not questions:
        raise QuestionFileError(
            "{name} holds no question; docs/questions/README.md shows how one is written", name=name
        )
    return tuple(questions)


def _checked(found: Located) -> Question:
    try:
        return _question(found)
    except ValueError as error:
        raise RowError(found.line, error) from error


def questions_sha256(questions: Iterable[Question]) -> str:
    """Return the 64 hexadecimal digits of the SHA-256 of what the questions say, however it is written."""
    return fields.sha256_of([question.to_json() for question in questions])


def placed_evidence(questions: Iterable[Question], by_path: Mapping[str, Document]) -> tuple[Question, ...]:
    """Return the questions, each evidence with its place.

    Raises QuestionFileError for the first evidence that does not stand where it says it stands, or that gives no place
    and does not stand in its document exactly once.
    """
    placed = []
    for question in questions:
        line, name = question.line, question.id
        where = Phrase("line {line}", line=line) if line else Phrase("the question {id!r}", id=name)
        evidence = tuple(_placed(item, where, by_path) for item in question.evidence)
        placed.append(replace(question, evidence=evidence))
    return tuple(placed)


def _placed(evidence: Evidence, where: str, by_path: Mapping[str, Document]) -> Evidence:
    document = find_document(evidence.doc, by_path)
    if document is None and (several := _ending_in(evidence.doc, by_path)):
        raise QuestionFileError(
            "{where} has evidence in {document!r}, which may be {one!r} or {other!r}; give more of its path",
            where=where,
            document=evidence.doc,
            one=several[0],
            other=several[1],
        )
    if document is None:
        raise QuestionFileError(
            "{where} has evidence in {document!r}, which is not among the documents; add the file, or give "
            "the folder that holds it with --docs",
            where=where,
            document=evidence.doc,
        )
    if evidence.start is None:
        return _found(evidence, where, document)
    start, end = evidence.span
    if document.text[start:end] != evidence.text:
        raise QuestionFileError(
            "{where} has evidence that does not stand at {start} to {end} in {document}: {text!r}",
            where=where,
            start=start,
            end=end,
            document=document.path,
            text=_short(evidence.text),
        )
    return evidence


def _found(evidence: Evidence, where: str, document: Document) -> Evidence:
    """Return the evidence with the only place of its text."""
    unix = evidence.text.replace("\r\n", "\n")  # lines may end otherwise than where it was copied from
    written = (text for text in (evidence.text, unix, unix.replace("\n", "\r\n")) if text in document.text)
    evidence = replace(evidence, text=next(written, evidence.text))
    start = document.text.find(evidence.text)
    if start < 0:
        raise QuestionFileError(
            "{where} has evidence that does not stand in {document}: {text!r}; copy it from the document "
            "letter by letter",
            where=where,
            document=document.path,
            text=_short(evidence.text),
        )
    if document.text.find(evidence.text, start + 1) >= 0:
        raise QuestionFileError(
            "{where} has evidence that stands in {document} more than once: {text!r}; give its 'start' and "
            "'end', or more of the text",
            where=where,
            document=document.path,
            text=_short(evidence.text),
        )
    return replace(evidence, start=start, end=start + len(evidence.text))


def find_document(name: str, by_path: Mapping[str, Document]) -> Document | None:
    """Return the document of that path, or else the only one whose path ends with it; None: there is none.

    Several that have the same text are one.
    """
    for written in _spellings(name):
        if written in by_path:
            return by_path[written]
    ending = _ending_in(name, by_path)
    return by_path[ending[0]] if len({by_path[path].doc_id for path in ending}) == 1 else None


def _ending_in(name: str, by_path: Mapping[str, Document]) -> list[str]:
    """Return the paths that are this one or end with it, however their accents are written."""
    paths = {path: f"/{unicodedata.normalize('NFC', path)}" for path in by_path}
    endings = (f"/{unicodedata.normalize('NFC', written)}" for written in _spellings(name))
    found = ([path for path, whole in paths.items() if whole.endswith(ending)] for ending in endings)
    return next(filter(None, found), [])


def _spellings(name: str) -> tuple[str, ...]:
    """Return the path as it is written, and as it is meant where a backslash parts folders and is of no file's name."""
    return (name, name.replace("\\", "/")) if "\\" in name else (name,)


def _text_of(content: bytes, name: str) -> str:
    try:
        return fields.decoded(content)
    except ValueError as error:
        raise QuestionFileError("{name} cannot be read: {why}; save the file as UTF-8", name=name, why=error) from error


def _question(found: Located) -> Question:
    row = found.row
    return Question(
        id=found.name if row.get("id") is None else fields.text(row, "id"),
        question=fields.text(row, "question"),
        answers=fields.texts(row, "answers"),
        answerable=_answerable(row.get("answerable")),
        evidence=fields.each(row, "evidence", _evidence),
        history=fields.each(row, "history", _turn),
        line=found.line,
        origin="" if row.get("origin") is None else fields.text(row, "origin"),
    )


def _answerable(value: object) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise ValueError(Phrase("'answerable' is {kind}, not true or false", kind=fields.kind_of(value)))
    return value


def _evidence(row: fields.Row) -> Evidence:
    start, end = (None if row.get(name) is None else fields.whole(row, name) for name in ("start", "end"))
    return Evidence(fields.text(row, "doc"), start, end, fields.text(row, "text"))


def _turn(row: fields.Row) -> Turn:
    # Some sets, MTRAG among them, call a turn's content its text.
    name = "text" if "text" in row and "content" not in row else "content"
    return Turn(cast(Role, fields.one_of(row, "role", get_args(Role))), fields.text(row, name))


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
