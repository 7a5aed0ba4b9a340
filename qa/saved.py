"""Saved text in, answers and conversations out: JSON, or JSONL with one value a line.

What it holds comes from outside and is checked field by field. Whether quotes still stand, `qa.verify` tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast, get_args

from embeddings.types import Document, Hit, Passage
from qa import fields
from qa.errors import AnswerFileError
from qa.types import Answer, AnswerSentence, Citation, Role, State, Status, Turn


def read_saved(path: str | Path) -> Any:
    """Return what a file holds, as JSON values. Raises AnswerFileError where that cannot be read."""
    path = Path(path)
    try:
        return value_of(fields.read_text(path))
    except OSError as error:
        reason = error.strerror or error
        raise AnswerFileError("{path} cannot be read ({reason}); check the path", path=path, reason=reason) from error
    except ValueError as error:
        raise AnswerFileError(
            "{path} cannot be read: {why}; give a file that --json or /save wrote", path=path, why=error
        ) from error
    except AnswerFileError as error:
        raise AnswerFileError("{path} cannot be read: {why}", path=path, why=error) from error


def value_of(text: str) -> Any:
    """Return the value of a JSON text, or the list of the objects of a JSONL text. Raises AnswerFileError."""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if not lines:
        raise AnswerFileError("it is empty; give a saved answer or conversation")
    if len(lines) > 1 and _is_object(lines[0][1]):
        return [_line(number, line) for number, line in lines]
    try:
        return fields.parsed(text)
    except ValueError as error:
        raise AnswerFileError("{why}; give a saved answer or conversation", why=error) from error


def _is_object(line: str) -> bool:
    """Return whether the line alone is a JSON object: then the text is JSONL."""
    try:
        fields.parsed_line(line)
    except ValueError:
        return False
    return True


def _line(number: int, line: str) -> fields.Row:
    try:
        return fields.parsed_line(line)
    except ValueError as error:
        raise AnswerFileError("in line {number}, {why}", number=number, why=error) from error


def history_from_json(value: Any) -> tuple[Turn, ...]:
    """Return the turns of a conversation, oldest first.

    `value` is a list of {"role", "content"} objects (with "citations" where an answer had some), a saved
    Answer or a list of them, each of which is two turns, or the text of such a value in JSON or JSONL.
    Raises AnswerFileError.
    """
    if isinstance(value, str):
        value = value_of(value)
    rows = value if isinstance(value, list) else [value]
    turns: list[Turn] = []
    for number, row in enumerate(rows, start=1):
        try:
            turns.extend(_turns(row))
        except ValueError as error:
            raise AnswerFileError(
                'turn {number} of the history cannot be used: {why}; give objects with "role" and "content", or '
                "saved answers",
                number=number,
                why=error,
            ) from error
    return tuple(turns)


def _turns(row: Any) -> tuple[Turn, ...]:
    if not isinstance(row, dict):
        raise ValueError(f"it is {fields.kind_of(row)}, not an object")
    citations = fields.each(row, "citations", citation_from_json)
    if "role" in row or "question" not in row:
        role = cast(Role, fields.one_of(row, "role", get_args(Role)))
        return (Turn(role, fields.text(row, "content"), citations),)
    asked = Turn("user", fields.text(row, "question"))
    # What a refusal cites are the nearest sentences: no answer leaned on them.
    answered = fields.one_of(row, "status", get_args(Status)) == "answered"
    return (asked, Turn("assistant", fields.text(row, "text"), citations if answered else ()))


def citation_from_json(row: fields.Row) -> Citation:
    """Return the citation that `citation_to_json` has written. Raises ValueError."""
    return Citation(
        label=fields.whole(row, "label"),
        doc_id=fields.text(row, "doc_id"),
        document=fields.text(row, "document"),
        start=fields.whole(row, "start"),
        end=fields.whole(row, "end"),
        quote=fields.text(row, "quote"),
        page=None if row.get("page") is None else fields.whole(row, "page"),
    )


def answer_from_json(value: Any, documents: Mapping[str, Document]) -> Answer:
    """Return the Answer that `Answer.to_json` has written; `documents`, by doc_id, hold the text of its hits.

    Raises AnswerFileError where a field is not what it should be, or a hit's document is not here.
    """
    try:
        if not isinstance(value, dict):
            raise ValueError(f"it is {fields.kind_of(value)}, not an object")
        return _answer(value, documents)
    except ValueError as error:
        raise AnswerFileError("this is no saved answer: {why}", why=error) from error


def _answer(row: fields.Row, documents: Mapping[str, Document]) -> Answer:
    hits = fields.each(row, "hits", lambda hit: _hit(hit, documents))
    return Answer(
        question=fields.text(row, "question"),
        search_text=fields.text(row, "search_text"),
        status=cast(Status, fields.one_of(row, "status", get_args(Status))),
        text=fields.text(row, "text"),
        sentences=fields.each(row, "sentences", _sentence),
        citations=fields.each(row, "citations", citation_from_json),
        hits=hits,
        confidence=fields.number(row, "confidence"),
        timings_s=fields.numbers(row, "timings_s"),
        model=fields.text(row, "model"),
        missing_words=fields.texts(row, "missing_words"),
        signals=fields.numbers(row, "signals"),
        documents={hit.passage.doc_id: documents[hit.passage.doc_id].path for hit in hits},
        stopped=row.get("stopped") is True,
    )


def _sentence(row: fields.Row) -> AnswerSentence:
    state = cast(State, fields.one_of(row, "state", get_args(State)))
    return AnswerSentence(fields.text(row, "text"), state, fields.wholes(row, "citations"))


def _hit(row: fields.Row, documents: Mapping[str, Document]) -> Hit:
    doc_id, start, end = fields.text(row, "doc_id"), fields.whole(row, "start"), fields.whole(row, "end")
    if doc_id not in documents:
        raise ValueError(f"its document {fields.text(row, 'document')!r} is not here as it was")
    passage = Passage(f"{doc_id[:16]}-{start}-{end}", doc_id, start, end, documents[doc_id].text[start:end])
    return Hit(
        passage,
        score=fields.number(row, "score"),
        rank=fields.whole(row, "rank"),
        dense_score=_score(row, "dense_score"),
        word_score=_score(row, "word_score"),
    )


def _score(row: fields.Row, name: str) -> float | None:
    return None if row.get(name) is None else fields.number(row, name)
