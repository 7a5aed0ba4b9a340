"""JSON text in, values of the right kind out; a ValueError says in a phrase what else they are.

For question files and saved answers. Knows nothing of what the fields mean.
"""

from __future__ import annotations

import codecs
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from embeddings.phrase import Phrase

T = TypeVar("T")
Row = Mapping[str, Any]


def read_text(path: Path) -> str:
    """Return the file's text, UTF-8 or UTF-16 with its mark. Raises OSError or ValueError."""
    return decoded(path.read_bytes())


def decoded(content: bytes) -> str:
    """Return the text of a file's content, UTF-8 or UTF-16 with its mark. Raises ValueError."""
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        if marked:
            raise ValueError(Phrase("it says that it is UTF-16 and is not")) from error
        line = content[: error.start].count(b"\n") + 1
        raise ValueError(Phrase("line {line} is not UTF-8", line=line)) from error


def parsed(text: str) -> Any:
    """Return the value of a JSON text."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        line, column = error.lineno, error.colno
        raise ValueError(
            Phrase("it is not JSON ({why} at line {line}, column {column})", why=error.msg, line=line, column=column)
        ) from error
    except RecursionError as error:
        raise ValueError(Phrase("it is nested too deeply")) from error


def parsed_line(line: str) -> Row:
    """Return the JSON object that a line of a file holds."""
    try:
        value = json.loads(line, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ValueError(
            Phrase("it is not JSON ({why} at column {column})", why=error.msg, column=error.colno)
        ) from error
    except RecursionError as error:
        raise ValueError(Phrase("it is nested too deeply")) from error
    if not isinstance(value, dict):
        raise ValueError(Phrase("it is {kind}, not an object", kind=kind_of(value)))
    return value


def _no_constant(name: str) -> None:
    raise ValueError(Phrase("it is not JSON ({name} is no value)", name=name))


_KINDS: Mapping[type, Phrase] = {
    str: Phrase("a text"),
    int: Phrase("a number"),
    float: Phrase("a number"),
    list: Phrase("a list"),
    dict: Phrase("an object"),
}


def kind_of(value: object) -> str:
    """Return what a JSON value is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _KINDS.get(type(value), type(value).__name__)


def field(row: Row, name: str) -> Any:
    """Return the field, which has to be there."""
    if name not in row:
        raise ValueError(Phrase("'{name}' is missing", name=name))
    return row[name]


def text(row: Row, name: str) -> str:
    """Return the field, a text."""
    value = field(row, name)
    if not isinstance(value, str):
        raise ValueError(Phrase("'{name}' is {kind}, not a text", name=name, kind=kind_of(value)))
    return value


def one_of(row: Row, name: str, allowed: Sequence[str]) -> str:
    """Return the field, one of the texts allowed."""
    value = text(row, name)
    if value not in allowed:
        raise ValueError(
            Phrase("'{name}' is {value!r}; it can be: {allowed}", name=name, value=value, allowed=", ".join(allowed))
        )
    return value


def whole(row: Row, name: str) -> int:
    """Return the field, a whole number."""
    value = field(row, name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(Phrase("'{name}' is {kind}, not a whole number", name=name, kind=kind_of(value)))
    return value


def number(row: Row, name: str) -> float:
    """Return the field, a number."""
    value = field(row, name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(Phrase("'{name}' is {kind}, not a number", name=name, kind=kind_of(value)))
    return value


def texts(row: Row, name: str) -> tuple[str, ...]:
    """Return the field, a list of texts; empty where it is missing or null."""
    values = _list(row, name)
    for value in values:
        if not isinstance(value, str):
            raise ValueError(Phrase("'{name}' holds {kind}, not texts only", name=name, kind=kind_of(value)))
    return tuple(values)


def wholes(row: Row, name: str) -> tuple[int, ...]:
    """Return the field, a list of whole numbers; empty where it is missing or null."""
    values = _list(row, name)
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(Phrase("'{name}' holds {kind}, not whole numbers only", name=name, kind=kind_of(value)))
    return tuple(values)


def mapping(row: Row, name: str) -> Row:
    """Return the field, an object."""
    value = field(row, name)
    if not isinstance(value, dict):
        raise ValueError(Phrase("'{name}' is {kind}, not an object", name=name, kind=kind_of(value)))
    return value


def numbers(row: Row, name: str) -> dict[str, float]:
    """Return the field, an object of numbers; empty where it is missing or null."""
    value = row.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(Phrase("'{name}' is {kind}, not an object", name=name, kind=kind_of(value)))
    return {key: number(value, key) for key in value}


def each(row: Row, name: str, read: Callable[[Row], T]) -> tuple[T, ...]:
    """Return what `read` makes of every object of the field, a list; empty where it is missing or null."""
    values = _list(row, name)
    for value in values:
        if not isinstance(value, dict):
            raise ValueError(Phrase("'{name}' holds {kind}, not objects only", name=name, kind=kind_of(value)))
    made = []
    for place, value in enumerate(values, start=1):
        try:
            made.append(read(value))
        except ValueError as error:
            raise ValueError(Phrase("in '{name}', number {place}: {why}", name=name, place=place, why=error)) from error
    return tuple(made)


def _list(row: Row, name: str) -> list[Any]:
    value = row.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError(Phrase("'{name}' is {kind}, not a list", name=name, kind=kind_of(value)))
    return value


def sha256_of(value: Any) -> str:
    """Return the 64 hexadecimal digits of the SHA-256 of a value's JSON text."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode("ascii")).hexdigest()
