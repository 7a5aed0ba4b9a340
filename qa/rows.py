"""A question file in, its rows out, each with its line: JSONL, JSON or CSV, told apart by what stands in it.

Knows nothing of what the fields mean, only how a table's cells write lists and truth values.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from embeddings.phrase import Phrase, without_error
from qa import fields

DELIMITERS = (",", ";", "\t")
LISTS = ("answers", "evidence", "history")
"""Columns that may hold a JSON list."""

EVIDENCE = ("doc", "start", "end", "text")
"""Columns that together are one piece of evidence."""

TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Located:
    """A row, the line it begins on, and a name for it where it gives none: its line, in JSON its place in the list."""

    row: fields.Row
    line: int
    name: str


class RowError(ValueError):
    """What is wrong with the row that begins on `line`; 0: with the file as a whole."""

    def __init__(self, line: int, reason: object) -> None:
        super().__init__(without_error(reason))
        self.line = line


def read_rows(text: str, suffix: str) -> Iterator[Located]:
    """Yield the rows of the text of a file with that ending (".csv"), in order. Raises RowError."""
    if suffix.lower() in {".csv", ".tsv"}:
        return _csv_rows(text)
    return _json_rows(text) if suffix.lower() == ".json" and not _is_jsonl(text) else _jsonl_rows(text)


def _is_jsonl(text: str) -> bool:
    """Return whether the first of several lines is an object by itself; such a file may be called .json too."""
    lines = [line for line in text.split("\n") if line.strip()]
    try:
        return len(lines) > 1 and bool(fields.parsed_line(lines[0]))
    except ValueError:
        return False


def _jsonl_rows(text: str) -> Iterator[Located]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield Located(fields.parsed_line(line), number, str(number))
            except ValueError as error:
                raise RowError(number, error) from error


def _json_rows(text: str) -> Iterator[Located]:
    """Yield the objects of a list, or of the list "questions" of an object."""
    try:
        fields.parsed(text)
    except ValueError as error:
        raise RowError(0, error) from error
    for number, (value, place) in enumerate(_items(text, _list_start(text)), start=1):
        line = text.count("\n", 0, place) + 1
        if not isinstance(value, dict):
            kind = fields.kind_of(value)
            raise RowError(line, Phrase("question {number} is {kind}, not an object", number=number, kind=kind))
        yield Located(value, line, str(number))


def _list_start(text: str) -> int:
    """Return where the list of questions opens in a sound JSON text."""
    place = _next(text, 0)
    if text[place] == "{":
        for name, at in _items(text, place):
            if name == "questions" and text[at] == "[":
                return at
    elif text[place] == "[":
        return place
    raise RowError(0, Phrase("it is neither a list of questions nor an object whose 'questions' is one"))


def _items(text: str, start: int) -> Iterator[tuple[object, int]]:
    """Yield the values of the list that opens at `start`, each with its place; of an object the names, with the places
    of their values.
    """
    decoder, is_object = json.JSONDecoder(), text[start] == "{"
    place = _next(text, start + 1)
    while text[place] not in "]}":
        value, end = decoder.raw_decode(text, place)
        if is_object:
            place = _next(text, _next(text, end) + 1)  # behind the colon
            _, end = decoder.raw_decode(text, place)
        yield value, place
        place = _next(text, end)
        if text[place] == ",":
            place = _next(text, place + 1)


def _next(text: str, place: int) -> int:
    """Return the place of the first character that is no white space."""
    found = _SPACE.match(text, place)
    return found.end() if found else place


def _csv_rows(text: str) -> Iterator[Located]:
    """Yield a row for each line under the heading; an empty cell is a field that is missing."""
    heading = text.lstrip().split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(DELIMITERS, key=heading.count), strict=True)
    columns: list[str] = []
    line = 1
    try:
        for cells in reader:
            if columns and any(cell.strip() for cell in cells):
                yield Located(_row(columns, cells), line, str(line))
            elif not columns and any(cells):
                columns = [cell.strip().lower() for cell in cells]
                _check_columns(columns)
            line = reader.line_num + 1
    except (csv.Error, ValueError) as error:
        raise RowError(line, error) from error


def _check_columns(columns: list[str]) -> None:
    twice = next((name for name in columns if name and columns.count(name) > 1), None)
    if twice is not None:
        raise ValueError(Phrase("two columns are called {name!r}", name=twice))
    if "question" in columns:
        return
    named = ", ".join(map(repr, columns))
    raise ValueError(Phrase("the heading has no column 'question'; it has: {columns}", columns=named))


def _row(columns: list[str], cells: list[str]) -> fields.Row:
    if len(cells) > len(columns):
        raise ValueError(
            Phrase("it has {n} cells and the heading {m}; quote cells that hold a comma", n=len(cells), m=len(columns))
        )
    given = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name and cell.strip()}
    row: dict[str, object] = {name: _value(name, cell) for name, cell in given.items() if name not in EVIDENCE}
    evidence: dict[str, object] = {name: given[name] for name in EVIDENCE if name in given}
    for name in ("start", "end"):
        if name in evidence:
            evidence[name] = _whole(name, given[name])
    return row | ({"evidence": [evidence]} if evidence else {})


def _value(name: str, cell: str) -> object:
    if name in LISTS and cell.startswith("["):
        return _list(name, cell)
    if name == "answers":
        return [answer.strip() for answer in cell.split("|") if answer.strip()]
    if name == "answerable":
        if cell.lower() not in TRUTH:
            raise ValueError(Phrase("'answerable' is {value!r}; write true or false", value=cell))
        return TRUTH[cell.lower()]
    return cell


def _list(name: str, cell: str) -> object:
    try:
        return fields.parsed(cell)
    except ValueError as error:
        raise ValueError(Phrase("'{name}' begins as a list, but {why}", name=name, why=error)) from error


def _whole(name: str, cell: str) -> int:
    if not re.fullmatch(r"\d+", cell, flags=re.ASCII):
        raise ValueError(Phrase("'{name}' is {value!r}, not a whole number", name=name, value=cell))
    return int(cell)
