"""What an evaluation measured, as it is kept: written in one rename, read with care.

Knows nothing of how figures come about.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from embeddings.phrase import Phrase
from qa import fields
from qa.errors import RecordError
from qa.partial import replace_text
from qa.scores import CRASHED
from qa.types import State, Status

SCORED = ("retrieval", "answers", "citations")
STATUSES = (*get_args(Status), CRASHED)


@dataclass(frozen=True, slots=True)
class Record:
    """What was measured: the summary, what it was measured with, and every case. All plain JSON values."""

    summary: Mapping[str, Any]
    settings: Mapping[str, Any]
    cases: tuple[Mapping[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """Return the record as it is written."""
        return {"summary": self.summary, "settings": self.settings, "cases": list(self.cases)}

    def text(self) -> str:
        """Return the record as its file has it."""
        return json.dumps(self.to_json(), indent=1) + "\n"

    def save(self, path: Path) -> None:
        """Write the record in one rename. Raises QaError where it cannot be written."""
        replace_text(path, self.text())


def read_record(path: str | Path) -> Record:
    """Return the record of a file. Raises RecordError where it cannot be read or is none, saying what it lacks."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise RecordError(
            "the record {path} cannot be read ({why}); check the path", path=path, why=error.strerror or error
        ) from error
    return record_of(content, str(path))


def is_record(content: bytes) -> bool:
    """Return whether the content of a file is meant to be a record rather than anything else."""
    try:
        value = fields.parsed(fields.decoded(content))
    except ValueError:
        return False
    return isinstance(value, dict) and "cases" in value and "questions" not in value


def record_of(content: bytes, name: str) -> Record:
    """Return the record of a file of that name by its content, as `read_record` does."""
    try:
        value = fields.parsed(fields.decoded(content))
        if not isinstance(value, dict):
            raise ValueError(Phrase("it is {kind}, not an object", kind=fields.kind_of(value)))
        cases = fields.each(value, "cases", _case)
        if not cases:
            raise ValueError(Phrase("it has no 'cases'"))
        return Record(fields.mapping(value, "summary"), fields.mapping(value, "settings"), cases)
    except ValueError as error:
        raise RecordError(
            "{name} is no record: {why}; give a file that evaluate --out wrote", name=name, why=error
        ) from error


def _case(row: fields.Row) -> fields.Row:
    """Return the case as it is, once everything is there that comparing reads."""
    for name in ("id", "question", "text"):
        fields.text(row, name)
    for name in ("timings_s", "sentences", "citations"):
        fields.field(row, name)
    fields.one_of(row, "status", STATUSES)
    fields.number(row, "confidence")
    fields.numbers(row, "timings_s")
    scores = fields.mapping(row, "scores")
    for group in SCORED:
        fields.mapping(scores, group)
        fields.numbers(scores, group)
    gold = fields.mapping(row, "gold")
    for name in ("answers", "evidence"):
        fields.field(gold, name)
    fields.texts(gold, "answers")
    fields.each(gold, "evidence", dict)
    answerable = fields.field(gold, "answerable")
    if answerable is not None and not isinstance(answerable, bool):
        raise ValueError(Phrase("'answerable' is {kind}, not true, false or null", kind=fields.kind_of(answerable)))
    fields.each(row, "sentences", lambda sentence: fields.one_of(sentence, "state", get_args(State)))
    fields.each(row, "citations", _place)
    return row


def _place(row: fields.Row) -> tuple[str, int, int]:
    return fields.text(row, "document"), fields.whole(row, "start"), fields.whole(row, "end")
