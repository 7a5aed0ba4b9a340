"""Answerable questions in, near misses out: the same questions with a year, number or name that no document has.

A near miss is made by exchanging one thing: nothing in the documents can answer it then, though all of its other
words are theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from embeddings.types import Document
from qa.generate import Engine, Message
from qa.words import content_stems, numbers_of

YEARS_AWAY = (1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 7, -7, 11, -11)
TIMES = (2, 3, 4, 5, 6)
"""How far another year lies from the one that it stands for, and how many times as large another number is."""

OTHER = "Name another thing of the same kind as {name}. Write only its name."

_NUMBER = re.compile(r"(?<![\w.,–-])\d+(?:,\d{3})*(?![\w–-]|[.,]\d)")
_YEAR = re.compile(r"1\d{3}|20\d\d")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+)*\b")


def near_misses(questions: Sequence[str], documents: Sequence[Document], engine: Engine) -> Iterator[str]:
    """Yield near misses, those with another year or number before those with another name."""
    text = "\n".join(document.text for document in documents)
    figures, stems = numbers_of(text), content_stems(text)
    for question in questions:
        yield from list(_other_numbers(question, figures))[:1]
    for question in questions:
        if not _NUMBER.search(question):
            yield from _other_names(question, stems, engine)


def _other_numbers(question: str, figures: frozenset[str]) -> Iterator[str]:
    """Yield the question with its last number exchanged for one that occurs nowhere."""
    for match in list(_NUMBER.finditer(question))[-1:]:
        number = int(match.group().replace(",", ""))
        is_year = _YEAR.fullmatch(match.group())
        others = [number + step for step in YEARS_AWAY] if is_year else [number * times for times in TIMES]
        for other in others:
            if str(other) not in figures:
                shown = f"{other:,}" if "," in match.group() else str(other)
                yield question[: match.start()] + shown + question[match.end() :]


def _other_names(question: str, stems: frozenset[str], engine: Engine) -> Iterator[str]:
    """Yield the question with its last name exchanged for another, where the documents have no word of that."""
    for match in list(_NAME.finditer(question))[-1:]:
        messages = (Message("user", OTHER.format(name=match.group())),)
        other = "".join(piece.text for piece in engine.stream(messages, max_tokens=12)).strip().rstrip(".")
        if re.fullmatch(r"[A-Z][\w’'-]+(?: [\w’'-]+){0,3}", other) and not content_stems(other) & stems:
            yield question[: match.start()] + other + question[match.end() :]
