"""A GGUF file in, what its header says out, in well under a second and without reading the weights.

The layout is that of the GGUF specification, version 2 and 3: magic, version, counts, then typed key and value pairs.
Knows no engine.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import EngineError

_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_CONTROL, _USER_DEFINED = 3, 4  # kinds of tokens: marks of the template, and words added to the vocabulary
_LONGEST_ARRAY = 10_000_000
_UNKNOWN_WINDOW = 2048


@dataclass(frozen=True, slots=True)
class Header:
    """What the engines need to know of a GGUF file.

    window: the most tokens that the model was made to read and write together.
    marks: every string that its tokenizer reads as one token wherever it stands.
    end_ids: the tokens that end a reply: all marks of the template, none of which belongs to a text.
    n_kept: the numbers that are kept of each token that was read, its keys and values in all layers; 0: unknown.
    """

    architecture: str
    window: int
    marks: tuple[str, ...]
    end_ids: tuple[int, ...]
    n_kept: int = 0


def read_header(path: Path) -> Header:
    """Return what the file's header says. Raises EngineError where it is no GGUF file or a damaged one."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            values = _Reader(content).values()
    except OSError as error:
        raise EngineError(
            "the model file {path} cannot be read: {why}", path=path, why=error.strerror or error
        ) from error
    except (ValueError, struct.error, UnicodeDecodeError) as error:
        raise EngineError(
            "{path} is no GGUF file, or a damaged one; fetch it again, or name another", path=path
        ) from error
    return _header(values)


def _header(values: Mapping[str, Any]) -> Header:
    architecture = str(values.get("general.architecture", ""))
    tokens = values.get("tokenizer.ggml.tokens", [])
    kinds = values.get("tokenizer.ggml.token_type", [])
    marks = tuple(
        token for token, kind in zip(tokens, kinds, strict=False) if kind in (_CONTROL, _USER_DEFINED) and token
    )
    control = {place for place, kind in enumerate(kinds) if kind == _CONTROL}
    named = {values[key] for key in ("tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id") if key in values}
    window = int(values.get(f"{architecture}.context_length", _UNKNOWN_WINDOW))
    return Header(architecture, window, marks, tuple(sorted(control | named)), _n_kept(values, architecture))


def _n_kept(values: Mapping[str, Any], architecture: str) -> int:
    """Return how many numbers attention keeps of a token; 0 where the header does not say it, or by layer."""
    named = ("block_count", "embedding_length", "attention.head_count", "attention.head_count_kv")
    stated = [values.get(f"{architecture}.{name}") for name in named]
    if not all(isinstance(number, int) and number > 0 for number in stated):
        return 0
    layers, width, heads, kept_heads = (int(number or 0) for number in stated)
    sizes = (values.get(f"{architecture}.attention.{part}_length", width // heads) for part in ("key", "value"))
    return layers * kept_heads * sum(int(size) for size in sizes)


class _Reader:
    """Reads one header from its first byte on."""

    def __init__(self, content: mmap.mmap) -> None:
        self._content = content
        self._at = 0

    def values(self) -> dict[str, Any]:
        """Return the header's keys and values. Raises ValueError or struct.error where it is none."""
        if self._content[:4] != b"GGUF":
            raise ValueError("no GGUF magic")
        self._at = 4
        version, _tensors, n_values = self._number("I"), self._number("Q"), self._number("Q")
        if version not in (2, 3) or n_values > _LONGEST_ARRAY:
            raise ValueError("another version")
        return {self._string(): self._value(self._number("I")) for _ in range(n_values)}

    def _number(self, form: str) -> Any:
        (value,) = struct.unpack_from(f"<{form}", self._content, self._at)
        self._at += struct.calcsize(f"<{form}")
        return value

    def _string(self) -> str:
        length = self._number("Q")
        end = self._at + length
        if end > len(self._content):
            raise ValueError("a string goes past the end")
        text = self._content[self._at : end].decode("utf-8", "replace")
        self._at = end
        return text

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self._string()
        if kind == _ARRAY:
            return self._array()
        return self._number(_form(kind))

    def _array(self) -> list[Any]:
        kind, length = self._number("I"), self._number("Q")
        if length > _LONGEST_ARRAY:
            raise ValueError("an array without end")
        if kind in (_STRING, _ARRAY):
            return [self._value(kind) for _ in range(length)]
        form = f"<{length}{_form(kind)}"
        values = list(struct.unpack_from(form, self._content, self._at))
        self._at += struct.calcsize(form)
        return values


def _form(kind: int) -> str:
    if kind not in _NUMBERS:
        raise ValueError(f"values of kind {kind}")
    return _NUMBERS[kind]
